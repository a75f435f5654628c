"""Markdown to the HTML that is stored: parse, let the domain resolve names, render, sanitise."""

import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from forum.kit import sanitise
from forum.kit.markdown import bounds, links, rules
from forum.kit.markdown.plain import plain
from forum.kit.markdown.renderer import FOOTNOTE_RULES, PostRenderer
from forum.kit.markdown.shaping import Found, shape

RENDERER: Final = 1
"""Version of what `cook` writes. Raise it by one whenever the same source gives different HTML or text: the
stored number tells the background job which posts to cook again."""

MAX_SOURCE: Final = 32_768
"""Bytes (UTF-8) of a new post's source. Rendering takes longer ones too, for imports keep theirs."""

MAX_NESTING: Final = 20
"""Levels of blocks inside blocks (a list takes two). What lies deeper is not shown."""

_log = logging.getLogger(__name__)
_ANCHOR = re.compile(r"[A-Za-z0-9]{1,32}")


class Cooked(msgspec.Struct, frozen=True, kw_only=True):
    """A post as it is stored beside its source."""

    html: str  # sanitised; the only thing that templates may mark safe
    text: str  # plain text, a line a block; no hidden words, no quoted posts: for search and excerpts
    mentions: tuple[str, ...] = ()  # known names, lower-case, that stand outside quotes
    quotes: tuple[int, ...] = ()  # ids of the posts quoted with attribution
    links: tuple[str, ...] = ()  # addresses of all other links
    images: int = 0  # own pictures shown
    renderer: int = RENDERER


@dataclass(frozen=True, slots=True)
class Parsed:
    """A post between `parse` and `render`. `names`: every `@name` in it, lower-case; ask which exist."""

    names: frozenset[str]
    tokens: list[Token]
    found: Found
    digest: str


@lru_cache(maxsize=1)
def _engine() -> MarkdownIt:
    """The one parser. Shared by threads: what a parse changes lives in its own state and `env`."""
    md = MarkdownIt(
        "commonmark",
        {
            "html": False,
            "linkify": True,
            "breaks": True,  # people press Enter once and mean it
            "xhtmlOut": False,
            "maxNesting": MAX_NESTING,
            "tasklists": True,
        },
        renderer_cls=PostRenderer,
    )
    md.disable(["html_block", "html_inline"])
    md.enable("strikethrough")
    # Notes inside the text (`^[…]`) recurse without bound; the ones with a label do not.
    md.use(footnote_plugin, inline=False)
    for module in (rules, links, bounds):
        module.install(md)
    md.validateLink = sanitise.is_safe_url  # type: ignore[method-assign]
    normalise = md.normalizeLink
    md.normalizeLink = lambda url: normalise(_with_scheme(url))  # type: ignore[method-assign]
    for name, rule in FOOTNOTE_RULES.items():
        md.add_render_rule(name, rule)
    return md


def _with_scheme(url: str) -> str:
    """`www.example.org` and `//example.org` mean https."""
    if url.startswith("//"):
        return "https:" + url
    return "https://" + url if url[:4].lower() == "www." else url


def tokens_of(source: str) -> list[Token]:
    """The block tokens of `source`, unshaped. Raises RecursionError only if the parser's own bound fails."""
    return _engine().parse(source, {"search": max(bounds.MAX_SEARCH, 16 * len(source))})


def parse(source: str) -> Parsed:
    """Read Markdown. Pure; bounded time (tests hold hostile input of MAX_SOURCE under half a second)."""
    source = source.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be stored
    try:
        tokens, found = shape(tokens_of(source))
    except RecursionError:  # nesting is bounded, so this is a bug; still no post may break a page
        _log.exception("markdown_recursion")
        tokens, found = [Token("code_block", "code", 0, content=source, block=True)], Found()
    digest = hashlib.blake2s(source.encode(), digest_size=5).hexdigest()
    return Parsed(names=frozenset(found.names), tokens=tokens, found=found, digest=digest)


def render(parsed: Parsed, known: Mapping[str, str] | None = None, *, anchor: str | None = None) -> Cooked:
    """Write the HTML. `known`: lower-case name → the member's name as it stands in their address.

    `anchor` (1–32 letters or digits) keeps the footnotes of several posts on one page apart: the post's id or
    a random token. Without one it comes from the source, so that only two posts of the same text could clash.
    Raises ValueError for another anchor.
    """
    anchor = anchor or parsed.digest
    if not _ANCHOR.fullmatch(anchor):
        raise ValueError("anchor must be 1 to 32 letters or digits")
    known = known or {}
    md = _engine()
    env: dict[str, Any] = {"anchor": anchor, "known": known, "coloured": 0}
    html = sanitise.clean(md.renderer.render(parsed.tokens, md.options, env))
    found = parsed.found
    return Cooked(
        html=html,
        text=plain(html),
        mentions=tuple(name for name in found.called if name in known),
        quotes=tuple(found.quotes),
        links=tuple(found.links),
        images=found.images,
    )


def cook(
    source: str,
    *,
    mentions: Callable[[set[str]], Mapping[str, str]] | None = None,
    anchor: str | None = None,
) -> Cooked:
    """`parse` and `render` in one: `mentions` is called once, if there are names, and says which exist.

    It gets lower-case names and returns those that exist, mapped to the name in the member's address.
    """
    parsed = parse(source)
    known = mentions(set(parsed.names)) if mentions and parsed.names else {}
    return render(parsed, known, anchor=anchor)


def is_too_long(source: str) -> bool:
    """True if a new post's source is over MAX_SOURCE bytes."""
    return len(source) > MAX_SOURCE or len(source.encode("utf-8", "replace")) > MAX_SOURCE
