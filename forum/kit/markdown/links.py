"""Bare addresses in text become links: `https://…`, `www.…`, `name@example.org`; not `main.py`, not `//comment`.

linkify-it finds them. Its patterns are kept in bounds here, because some take quadratic time on hostile text.
"""

import re
from typing import Any, Final

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MAX_ADDRESS: Final = 1024
"""Characters of a bare address; a longer one can be put into `<…>` or behind words."""

_SCHEME = re.compile(r"(?:^|[^A-Za-z0-9.+-])(https?)$", re.IGNORECASE)
# Ends an address, though the library knows only the straight quotation marks: «https://example.org»
_QUOTES = re.compile(r"[«»‹›“”„]")
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"


class Linkifier(LinkifyIt):  # type: ignore[misc]  # the library is untyped
    """Stateless once made, so threads share it."""

    def __init__(self) -> None:
        super().__init__(options={"fuzzy_link": False, "fuzzy_email": True})
        self.add("//", None).add("ftp:", None)
        self.add("http:", {"validate": self._http}).add("https:", "http:")
        self.add("www.", {"validate": self._www, "normalize": self._with_scheme})
        tail = self.re["src_port"] + r"(?!:\S)" + self.re["src_host_terminator"] + self.re["src_path"]
        # No user:password@: in a forum that is only ever a trick, and it costs the most.
        self._http_rest = re.compile(rf"//(?:{_LABEL}\.){{0,9}}{_LABEL}{tail}", re.IGNORECASE)
        self._www_rest = re.compile(rf"(?:{_LABEL}\.){{1,8}}[^\W\d_]{{2,63}}{tail}", re.IGNORECASE)

    def _http(self, text: str, pos: int) -> int:
        return _length(self._http_rest, text, pos)

    def _www(self, text: str, pos: int) -> int:
        return _length(self._www_rest, text, pos)

    def _with_scheme(self, match: Any) -> None:
        match.url = "https://" + match.url

    def _create_match(self, text: str, schema: str, index: int, last_index: int) -> Any:
        if cut := _QUOTES.search(text, index, last_index):
            last_index = cut.start()
        return super()._create_match(text, schema, index, last_index)

    def pretest(self, text: str) -> bool:
        """A cheap “may hold a link”: the library's own pattern costs more than all the rest on plain text."""
        lower = text.lower()
        return "://" in lower or "@" in lower or "www." in lower or "mailto:" in lower

    def http_at_start(self, text: str) -> str:
        """The http(s) address with which `text` begins, or an empty string."""
        colon = text.find(":")
        length = self._http(text, colon + 1)
        url = text[: colon + 1 + length] if length else ""
        return _QUOTES.split(url, maxsplit=1)[0]


def _length(pattern: re.Pattern[str], text: str, pos: int) -> int:
    match = pattern.match(text, pos, pos + MAX_ADDRESS)
    return match.end() - pos if match else 0


def http(state: StateInline, silent: bool) -> bool:
    """`https://…` while the text is read, so that `_` and `*` inside an address stay part of it.

    markdown-it's own rule does the same, but searches all the text before the colon each time.
    """
    if state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.pending[-6:])
    if scheme is None:
        return False
    before = len(scheme[1])
    start = state.pos - before
    linkifier: Linkifier = state.md.linkify  # type: ignore[assignment]
    url = linkifier.http_at_start(state.src[start : min(state.posMax, start + MAX_ADDRESS)]).rstrip("*")
    href = state.md.normalizeLink(url)
    if not url or not state.md.validateLink(href):
        return False
    if not silent:
        state.pending = state.pending[:-before]
        for token in _link(href, state.md.normalizeLinkText(url)):
            pushed = state.push(token.type, token.tag, token.nesting)
            pushed.attrs, pushed.content = token.attrs, token.content
    state.pos += len(url) - before
    return True


def others(state: StateCore) -> None:
    """`www.…` and e-mail addresses, once the text is read.

    In place of markdown-it's own rule, which copies the whole paragraph for each address.
    """
    linkifier: Linkifier = state.md.linkify  # type: ignore[assignment]
    for block in state.tokens:
        if block.type != "inline" or not block.children or not linkifier.pretest(block.content):
            continue
        out: list[Token] = []
        in_link = False
        for token in block.children:
            if token.type in {"link_open", "link_close"}:
                in_link = token.nesting == 1
            if token.type == "text" and not in_link and linkifier.pretest(token.content):
                out += _split(state.md, token.content, linkifier.match(token.content) or [])
            else:
                out.append(token)
        block.children = out


def _split(md: MarkdownIt, text: str, matches: list[Any]) -> list[Token]:
    out: list[Token] = []
    end = 0
    for match in matches:
        href = md.normalizeLink(match.url)
        if md.validateLink(href):
            out.append(Token("text", "", 0, content=text[end : match.index]))
            out += _link(href, match.text)
            end = match.last_index
    return [*out, Token("text", "", 0, content=text[end:])]


def _link(href: str, text: str) -> list[Token]:
    return [
        Token("link_open", "a", 1, attrs={"href": href}),
        Token("text", "", 0, content=text),
        Token("link_close", "a", -1),
    ]


def install(md: MarkdownIt) -> None:
    """Make `md` link bare addresses."""
    md.linkify = Linkifier()
    md.enable("linkify")
    md.inline.ruler.at("linkify", http)
    md.core.ruler.at("linkify", others)
