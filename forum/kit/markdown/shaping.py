"""Between parsing and rendering: one walk over the tokens that gathers what a post refers to and reshapes it.

Quotes get their attribution, headings their level, pictures from elsewhere become links, and what the domain
wants to know (mentions, quoted posts, links, pictures) is collected.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from markdown_it.token import Token

from forum.kit.sanitise import is_own_picture, is_safe_url

_POST = re.compile(r"/p/([1-9][0-9]{0,18})")
_HEADINGS: Final = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
_BREAKS: Final = ("softbreak", "hardbreak")


@dataclass(slots=True)
class Found:
    """What one post refers to, in order, each once. Dicts serve as ordered sets."""

    names: dict[str, None] = field(default_factory=dict)  # every @name, lower-case
    called: dict[str, None] = field(default_factory=dict)  # those outside quotes: their owners are told
    quotes: dict[int, None] = field(default_factory=dict)
    links: dict[str, None] = field(default_factory=dict)
    images: int = 0


def shape(tokens: list[Token]) -> tuple[list[Token], Found]:
    """Return the reshaped stream and what was found in it. The tokens are changed in place."""
    found = Found()
    out: list[Token] = []
    depth = 0  # of block quotes
    index, end = 0, len(tokens)
    while index < end:
        token = tokens[index]
        if token.type == "blockquote_open":
            depth += 1
            if cited := _citation(tokens, index):
                post, paragraph, rest = cited
                token.attrs = {"class": "quote", "data-post": str(post)}
                if depth == 1:
                    found.quotes[post] = None
                out += [token, *paragraph]
                tokens[index + 2].children = rest
                # without a rest, its whole paragraph was the attribution
                index += 1 if rest else 4
                continue
        elif token.type == "blockquote_close":
            depth -= 1
        elif token.type in {"heading_open", "heading_close"}:
            token.tag = _HEADINGS[token.tag]
        elif token.type == "inline" and token.children:
            token.children = _inline(token.children, found, quoted=depth > 0)
            if figures := _figures(out, token, tokens[index + 1]):
                out[-1:] = figures
                index += 2
                continue
        out.append(token)
        index += 1
    return out, found


def _citation(tokens: list[Token], index: int) -> tuple[int, list[Token], list[Token]] | None:
    """The attribution that opens a quote: `> [Nadia, post 12](/p/345):` alone on its line.

    Returns the quoted post's id, the attribution's paragraph, and what the first paragraph still holds.
    """
    if index + 2 >= len(tokens) or tokens[index + 1].type != "paragraph_open":
        return None
    children = tokens[index + 2].children or []
    if not children or children[0].type != "link_open":
        return None
    match = _POST.fullmatch(str(children[0].attrs["href"]))
    if match is None or int(match[1]) >= 2**63:
        return None
    close = next(i for i, child in enumerate(children) if child.type == "link_close")
    after = children[close + 1 :]
    if after and after[0].type == "text" and after[0].content.strip() in {"", ":"}:
        after = after[1:]
    if after and after[0].type not in _BREAKS:
        return None
    opening = Token("paragraph_open", "p", 1, attrs={"class": "cite"}, block=True)
    label = _inline(children[: close + 1], Found(), quoted=True)
    line = Token("inline", "", 0, children=label, block=True)
    return int(match[1]), [opening, line, Token("paragraph_close", "p", -1, block=True)], after[1:]


def _inline(children: list[Token], found: Found, *, quoted: bool) -> list[Token]:
    """One paragraph's children: collect, and turn pictures from elsewhere into links."""
    out: list[Token] = []
    in_link = False
    for token in _lift_spoilers(children):
        if token.type == "mention":
            found.names[token.meta["name"]] = None
            if not quoted:
                found.called[token.meta["name"]] = None
        elif token.type == "link_open":
            in_link = True
            found.links[str(token.attrs["href"])] = None
        elif token.type == "link_close":
            in_link = False
        elif token.type == "image":
            if is_own_picture(str(token.attrs["src"])):
                found.images += 1
            else:
                out += _picture_link(token, found, in_link=in_link)
                continue
        out.append(token)
    return out


def _picture_link(token: Token, found: Found, *, in_link: bool) -> list[Token]:
    """Our pages load nothing from elsewhere (Content-Security-Policy), so such a picture is a link to it."""
    src = str(token.attrs["src"])
    text = Token("text", "", 0, content=token.content.strip() or picture_name(src))
    if in_link or not is_safe_url(src):
        return [text]
    found.links[src] = None
    return [Token("link_open", "a", 1, attrs={"href": src}), text, Token("link_close", "a", -1)]


def picture_name(address: str) -> str:
    """What a picture from elsewhere is called when nobody described it: `photo.jpg (example.org)`."""
    try:
        parts = urlsplit(address)
        name, host = unquote(parts.path.rstrip("/").rsplit("/", 1)[-1]), parts.hostname
    except ValueError:
        return address
    return f"{name} ({host})" if name and host else host or name or address


def _lift_spoilers(children: list[Token]) -> list[Token]:
    """A spoiler inside a link's text is a control inside a control: put it around the link instead.

    And one inside another hides nothing more: drop it.
    """
    if not any(token.type == "spoiler_open" for token in children):
        return children
    out: list[Token] = []
    depth = 0
    lifted = False
    for index, token in enumerate(children):
        if token.type == "link_open" and depth == 0 and _spoils_link(children, index):
            out.append(Token("spoiler_open", "", 1))
            depth, lifted = 1, True
        if token.type == "spoiler_open":
            depth += 1
            if depth > 1:
                continue
        if token.type == "spoiler_close":
            depth -= 1
            if depth > 0:
                continue
        out.append(token)
        if token.type == "link_close" and lifted:
            out.append(Token("spoiler_close", "", -1))
            depth, lifted = 0, False
    return out


def _spoils_link(children: list[Token], index: int) -> bool:
    for token in children[index:]:
        if token.type == "link_close":
            return False
        if token.type == "spoiler_open":
            return True
    return False


def _figures(out: list[Token], inline: Token, closing: Token) -> list[Token] | None:
    """A paragraph of nothing but own pictures becomes figures; a picture's title is its caption."""
    if not out or out[-1].type != "paragraph_open" or out[-1].hidden or closing.type != "paragraph_close":
        return None
    children = inline.children or []
    if not children or any(token.type != "image" and token.type not in _BREAKS for token in children):
        return None
    figures: list[Token] = []
    for token in children:
        if token.type == "image":
            token.meta = {"captioned": True}
            caption = str(token.attrs.get("title") or "")
            figures += [
                Token("figure_open", "figure", 1, block=True),
                Token("inline", "", 0, children=[token], block=True),
                Token("figure_close", "figure", -1, content=caption, block=True),
            ]
    return figures
