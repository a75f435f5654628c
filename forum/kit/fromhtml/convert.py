"""HTML bodies to Markdown.

The converting itself is done by html-to-markdown (Rust). This module prepares what it gets (Word's and editors'
rubbish, inline pictures, addresses that lead nowhere from here) and mends what it writes.
"""

import base64
import binascii
import re
from collections.abc import Callable
from html import escape, unescape
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

import html_to_markdown
import msgspec
import nh3

from forum.kit.fromhtml import code, words
from forum.kit.fromhtml.scripts import raised
from forum.kit.markdown.shaping import picture_name
from forum.kit.sanitise import is_own_picture

SaveImage = Callable[[bytes, str], str | None]
"""Stores a picture (bytes, media type as claimed, not to be trusted) and returns its address here, or None."""


class Converted(msgspec.Struct, frozen=True):
    """A converted body."""

    markdown: str
    images_saved: int = 0
    dropped: int = 0  # pictures not saved or of unknown address, links that lead nowhere from here


_NAMES = (
    "a b blockquote br caption code dd del dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li"
    " mark ol p pre s samp strike strong sub sup table tbody td tfoot th thead tr tt u ul var"
)
_TAGS: Final = set(_NAMES.split())
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "code": {"class"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "pre": {"class"},
    "td": {"colspan"},
    "th": {"colspan"},
}
_JUNK: Final = {"script", "style", "xml", "title", "template", "noscript", "object", "iframe", "form", "svg"}
# The library's own constants: words would be looked up again for every post, and that costs more than the post.
_OPTIONS: Final = html_to_markdown.ConversionOptions(
    heading_style=html_to_markdown.HeadingStyle.ATX,
    list_indent_type=html_to_markdown.ListIndentType.SPACES,
    bullets="-",
    highlight_style=html_to_markdown.HighlightStyle.NONE,
    whitespace_mode=html_to_markdown.WhitespaceMode.NORMALIZED,
    newline_style=html_to_markdown.NewlineStyle.SPACES,
    code_block_style=html_to_markdown.CodeBlockStyle.BACKTICKS,
    inline_data_media=html_to_markdown.InlineDataMedia.KEEP,
    hidden_content=html_to_markdown.HiddenContent.DROP,
    url_escape_style=html_to_markdown.UrlEscapeStyle.ANGLE,
    link_style=html_to_markdown.LinkStyle.INLINE,
    output_format=html_to_markdown.OutputFormat.MARKDOWN,
    tier_strategy=html_to_markdown.TierStrategy.AUTO,
    extract_metadata=False,
    max_depth=200,
)
_PRE = re.compile(r"(<pre\b[^>]*>.*?</pre>)", re.DOTALL)
_CODE = re.compile(r"(<code\b[^>]*>)(.*?)(</code>)", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"<a( [^>]*)?>(.*?)</a>", re.DOTALL)
_IMG = re.compile(r"<img( [^>]*)?>")
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_RAISED = re.compile(r"<(sup|sub)>([^<]{1,20})</\1>")
_SPOILER = re.compile(r'<blockquote class="spoiler">')
_TYPED_QUOTE = re.compile(r"<p>((?:&gt; ?)+[^&].*?)</p>")
_NEWLINE = re.compile(r"[ \t]*\n\s*")
_PIECE = re.compile(r"(<code\b[^>]*>.*?</code>|<[^>]*>)", re.DOTALL)
_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_UNSAFE = re.compile(r"[\s<>\"`{}|\\^]+")
_DATA = re.compile(r"\s*data:([\w.+/-]*)((?:;[\w=.-]+)*),(.*)", re.DOTALL | re.IGNORECASE)
_PLACEHOLDERS: Final = frozenset({"enter image description here", "alt text", "image", "img", "alt"})
"""Alternative texts that an editor wrote, not a person."""
_HIDE: Final = "\ue000"  # private use: the quote that begins here is a spoiler
# After the conversion
_FENCED = re.compile(r"^([ >]*```.*?^[ >]*```[^\n]*$)", re.DOTALL | re.MULTILINE)
_BARE = re.compile(r"(?<![^\s(])<(https?://[\w./?=&%#~+:@-]*[\w/])>(?=[\s).,;:!?]|$)")
_TIGHT = re.compile(r"^([ >]*(?:[-*+]|\d+\.) [^\n]*)\n[ >]*\n(?=[ >]* (?:[-*+]|\d+\.) )", re.MULTILINE)
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
_GAPS = re.compile(r"\n{3,}")


def to_markdown(html: str, *, save_image: SaveImage | None = None, base_url: str | None = None) -> Converted:
    """Convert a post's HTML. Pure but for `save_image`, whose errors pass through.

    `save_image` gets each picture that stands in the body itself (`data:`); with None, or when it returns None,
    the picture is dropped and its alternative text stays. `base_url`: the old site's address of this page, against
    which relative addresses are resolved; without it they lead nowhere, and the words stay without the link.
    """
    job = _Job(save_image, base_url)
    text = job.prepare(html)
    result = html_to_markdown.convert(text, _OPTIONS).content or ""
    if not result.strip() and (rest := _TAG.sub(" ", text)).strip():
        result = unescape(" ".join(rest.split()))  # nested beyond max_depth
    return Converted(markdown=_mend(result), images_saved=job.saved, dropped=job.dropped)


class _Job:
    """One conversion: what it may do with pictures and addresses, and its counts."""

    def __init__(self, save_image: SaveImage | None, base_url: str | None) -> None:
        self.save_image, self.base_url = save_image, base_url
        self.saved = self.dropped = 0
        self._error: Exception | None = None

    def prepare(self, html: str) -> str:
        """HTML that the converter gets right: known tags, resolved addresses, one line a paragraph."""
        text = nh3.clean(
            html,
            tags=_TAGS,
            clean_content_tags=_JUNK,
            attributes=_ATTRIBUTES,
            allowed_classes={"blockquote": {"spoiler"}},
            attribute_filter=self._attribute,
            url_schemes={"http", "https", "mailto", "data"},
            link_rel=None,
        )
        if self._error is not None:
            raise self._error
        parts = _PRE.split(code.find_pasted(text))
        for index, part in enumerate(parts):
            parts[index] = code.plain_pre(part) if index % 2 else self._flow(part)
        return "".join(parts)

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        """nh3 asks for every attribute: the moment to take pictures out of the body, before anything copies it."""
        if name != "src" or value.lstrip()[:5].lower() != "data:":
            return value
        try:
            return self._saved(value)
        except Exception as error:
            self._error = self._error or error
            return None

    def _saved(self, value: str) -> str | None:
        picture = _decoded(value)
        address = self.save_image(picture[0], picture[1]) if picture and self.save_image else None
        if address is not None:
            self.saved += 1
        return address

    def _flow(self, text: str) -> str:
        text = _NEWLINE.sub(" ", text.replace("&nbsp;", " "))
        if "<code" in text:
            text = _CODE.sub(lambda m: m[1] + _TAG.sub("", m[2].replace("<br>", " ")) + m[3], text)
        if "<su" in text:
            text = _RAISED.sub(lambda m: escape(raised(unescape(m[2]), low=m[1] == "sub"), quote=False), text)
        if "<p>&gt;" in text:
            text = _TYPED_QUOTE.sub(words.typed_quote, text)
            text = re.sub(r"</blockquote>\s*<blockquote>(?=<p>)", "", text)
        text = words.EMPHASIS.sub(words.emphasis, text)
        pieces = _PIECE.split(text)
        pieces[::2] = map(words.literal, pieces[::2])
        text = _IMG.sub(lambda m: self._picture(_attributes(m[1])), "".join(pieces))
        text = _LINK.sub(lambda m: self._link(_attributes(m[1]), m[2]), text)
        return _SPOILER.sub(f"<blockquote><p>{_HIDE}</p>", text)

    def _picture(self, given: dict[str, str]) -> str:
        alt = given.get("alt", "").strip()
        alt = "" if alt.lower() in _PLACEHOLDERS else alt
        if face := words.face(given.get("src", "")):
            return f"{words.APART}{face}{words.APART}"
        src = self._resolved(given.get("src", ""))
        if src is None:
            self.dropped += 1
            name = alt or words.file_name(given.get("src", ""))
            return f"{words.APART}[{escape(name, quote=False)}]{words.APART}" if name else ""
        title = f' title="{escape(given["title"])}"' if given.get("title") else ""
        return f'{words.APART}<img src="{escape(src)}" alt="{escape(alt)}"{title}>{words.APART}'

    def _link(self, given: dict[str, str], inner: str) -> str:
        href = given.get("href", "")
        if not href or href.startswith("#"):  # an anchor, or the way to one
            return inner
        target = self._resolved(href)
        if target is None and (address := _URL.fullmatch(given.get("title", "") or _TAG.sub("", unescape(inner)))):
            target = address[0]  # archived pages: the link was rewritten, its text or title still tells
        if target is None:
            self.dropped += 1
            return inner
        picture = _IMG.fullmatch(inner.strip(f" {words.APART}"))
        if picture and not is_own_picture((shown := _attributes(picture[1]))["src"]):
            inner = escape(shown["alt"] or picture_name(shown["src"]), quote=False)
        return f'<a href="{escape(target)}">{inner}</a>'

    def _resolved(self, address: str) -> str | None:
        """An address that works from here, or None."""
        address = address.strip()
        if is_own_picture(address) or address[:7].lower() == "mailto:":
            return address
        address = "https:" + address if address.startswith("//") else address
        address = _UNSAFE.sub(lambda m: quote(m[0]), address)
        if not _URL.match(address):
            if not self.base_url or not address:
                return None
            address = urljoin(self.base_url, address)
        try:
            return address if urlsplit(address).hostname else None
        except ValueError:
            return None


def _decoded(value: str) -> tuple[bytes, str] | None:
    """The bytes and the claimed media type of a `data:` address, or None if it is broken."""
    match = _DATA.fullmatch(value)
    if match is None:
        return None
    try:
        if ";base64" in match[2].lower():
            data = base64.b64decode(b"".join(unquote_to_bytes(match[3]).split()), validate=True)
        else:
            data = unquote_to_bytes(match[3])
    except (binascii.Error, ValueError):
        return None
    return (data, match[1].lower()) if data else None


def _attributes(text: str | None) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(text or "")}


def _mend(text: str) -> str:
    """What html-to-markdown writes, as a person would have typed it."""
    parts = _FENCED.split(words.unmark(text.replace("\r\n", "\n")))
    for index in range(0, len(parts), 2):
        part = _BARE.sub(r"\1", _TRAILING.sub("", parts[index]))
        part = _TIGHT.sub(r"\1\n", _TIGHT.sub(r"\1\n", part))
        parts[index] = _GAPS.sub("\n\n", part)
    return _fold("".join(parts)).strip("\n").rstrip()


def _fold(text: str) -> str:
    """Turn the quotes marked by _HIDE into `>!` blocks."""
    if _HIDE not in text:
        return text
    out: list[str] = []
    hiding = False
    for line in text.split("\n"):
        if line.strip() == f"> {_HIDE}":
            hiding = True
            continue
        hiding = hiding and line.startswith(">")
        if hiding and line.rstrip() == ">" and (not out or not out[-1].startswith(">!")):
            continue  # the gap below the mark
        out.append(">!" + line[1:] if hiding else line)
    return "\n".join(out)
