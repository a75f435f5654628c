"""The last word on user HTML: an allowlist, applied to everything the Markdown renderer wrote.

The renderer is written so that this step changes nothing; this step is written as if the renderer could be
made to write anything. What is not named here does not leave: no `style`, no `on…`, no `hx-…`, no form, no
foreign content (svg, math), no id outside our footnotes, no class that is not ours, no scheme but three.

Source of the rules: OWASP ASVS 5.0 (1.2, 1.3) and our Content-Security-Policy (`img-src 'self' data:`).
"""

import re
from typing import Final

import nh3
from pygments.token import STANDARD_TYPES

UPLOADS: Final = "/uploads/"
"""Every picture shown in a post has an address below this path of our own site."""

_HREF = re.compile(
    r"https?://[^\s/\\?#@:\[\]]*[^\s/\\?#]|https?://\[[0-9A-Fa-f:.]+\]|mailto:[^\s@]+@|/(?![/\\])|\#|\?",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\\]")
_PICTURE = re.compile(r"/uploads/(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,250}")
_OWN_ID = re.compile(r"fn(?:ref)?-[A-Za-z0-9]{1,32}-\d{1,5}(?:-\d{1,5})?")
_DIGITS = re.compile(r"[0-9]{1,19}")
_SIZE = re.compile(r"[0-9]{1,5}")

TOKEN_CLASSES: Final = frozenset(filter(None, STANDARD_TYPES.values()))
"""Pygments' short class names (`k`, `nf`, `s1` …); the colours are in `static/css/components/code.css`."""

CLASSES: Final[dict[str, set[str]]] = {
    "a": {"mention", "footnote-backref"},
    "blockquote": {"quote"},
    "details": {"spoiler"},
    "div": {"scroll"},
    "label": {"spoiler"},
    "li": {"task"},
    "p": {"cite"},
    "section": {"footnotes"},
    "span": set(TOKEN_CLASSES),
    "sup": {"footnote-ref"},
    "td": {"center", "end"},
    "th": {"center", "end"},
    "ul": {"tasks"},
    "ol": {"tasks"},
}
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title", "id", "rel"},
    "blockquote": {"data-post"},
    "div": {"aria-label"},
    "img": {"src", "alt", "title", "width", "height"},
    "input": {"checked", "disabled", "aria-label"},
    "li": {"id"},
    "ol": {"start"},
}
_VALUES: dict[str, dict[str, set[str]]] = {
    "a": {"role": {"doc-noteref", "doc-backlink"}},
    "div": {"tabindex": {"0"}, "role": {"region"}},
    "img": {"loading": {"lazy"}, "decoding": {"async"}},
    "pre": {"tabindex": {"0"}},
    "section": {"role": {"doc-endnotes"}},
    "th": {"scope": {"col", "row"}},
}
_NAMES = (
    "a blockquote br code del details div em figcaption figure h3 h4 h5 h6 hr img input label li ol p pre s"
    " section span strong summary sup table tbody td th thead tr ul"
)
TAGS: Final = frozenset(_NAMES.split())
REL: Final = "nofollow ugc noopener"
"""Put on every link that leaves the site: no vote for search engines, no handle on our window."""


def is_safe_url(url: str) -> bool:
    """True for what a link in a post may point to: absolute http(s), mailto, or a path, query or fragment here.

    A host-relative address (`//host`) and a bare relative path are refused: on a thread page the first leaves
    the site unseen, the second leads nowhere. So are control characters, spaces and backslashes, which
    browsers drop or turn into slashes before they read the scheme (WHATWG URL, 4.4).
    """
    return _HREF.match(url) is not None and _CONTROL.search(url) is None


def is_own_picture(url: str) -> bool:
    """True for the address of an upload of this site, the only thing an `<img>` of a post may show."""
    return _PICTURE.fullmatch(url) is not None


def is_external(url: str) -> bool:
    """True if a (safe) address is a page of another site."""
    return url[:4].lower() == "http"


def _keep(tag: str, name: str, value: str) -> str | None:
    """nh3's per-attribute filter: the value to keep, or None to drop the attribute."""
    pattern = _PATTERNS.get(name)
    if pattern is not None:
        return value if pattern.fullmatch(value) else None
    if name == "href":
        return value if is_safe_url(value) else None
    if name == "rel":
        return value if value == REL else None
    return value


_PATTERNS = {
    "src": _PICTURE,
    "id": _OWN_ID,
    "data-post": _DIGITS,
    "width": _SIZE,
    "height": _SIZE,
    "start": re.compile(r"[0-9]{1,9}"),
}

_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"},
    attributes=_ATTRIBUTES,
    tag_attribute_values=_VALUES,
    # An input whose type were dropped would be a text field: the type is set, never taken.
    set_tag_attribute_values={"input": {"type": "checkbox"}},
    allowed_classes=CLASSES,
    attribute_filter=_keep,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
    strip_comments=True,
)


def clean(html: str) -> str:
    """Return `html` with only what the allowlist names, well-formed. Linear in practice, never raises on text.

    Serialised canonically (lower-case names, double-quoted values, `<` and `&` of text escaped), which
    `forum.kit.markdown.plain` relies on.
    """
    return _cleaner.clean(html)
