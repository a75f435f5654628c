"""From cooked HTML to plain text: for mails, lists, notices and the search index."""

import re
from html import unescape
from itertools import takewhile
from typing import Final

# Reads what `forum.kit.sanitise.clean` serialises (lower-case names, double-quoted values, no comments), and
# nothing else: on that it is exact, and ten times faster than a parser.
_PIECE = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s[^\s="<>]+(?:="[^"]*")?)*)\s*>|([^<]+)|<')
_ALT = re.compile(r'\salt="([^"]*)"')
_SPACES = re.compile(r"[ \t]+")
_LINES = re.compile(r"[ \x1f]*\n[\n \x1f]*")
_CELLS = re.compile(r"(?: ?\x1f)+ ?")
_NAMES = "p h3 h4 h5 h6 li ul ol pre blockquote table tr div section figure figcaption details br hr thead tbody"
_BLOCKS: Final = frozenset(_NAMES.split())
_VOID: Final = frozenset({"br", "hr", "img", "input"})
_HIDDEN: Final = {"details": "spoiler", "label": "spoiler", "blockquote": "quote", "sup": "footnote-ref", "p": "cite"}
_SPOILER: Final = "[Spoiler]"
CELL: Final = " · "
"""Between the cells of a table."""


def plain(html: str) -> str:
    """Return the readable text of cooked HTML, or of the beginning of some, wherever it was cut off.

    A line a block or row of a table, `CELL` between its cells, pictures by their alternative text.

    Left out: what a spoiler hides (“[Spoiler]” stands for it), quoted posts (they are somebody else's words;
    plain block quotes stay), footnote marks. If nothing else is there, the quoted words are returned.
    """
    return _text(html, quotes=False) or _text(html, quotes=True)


def excerpt(html: str, limit: int) -> str:
    """The beginning of `plain(html)` on one line, at most `limit` characters, cut between words with “…”.

    Raises ValueError if `limit` is under 2.
    """
    return shorten(plain(html), limit)


def shorten(text: str, limit: int) -> str:
    """Put `text` on one line of at most `limit` characters, the “…” of a cut included."""
    if limit < 2:
        raise ValueError("an excerpt needs room for a letter and the ellipsis")
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    if line[limit - 1] != " ":
        at_word = head.rpartition(" ")[0]
        # a long word, or a script without spaces: cut inside it rather than lose more than half
        if len(at_word) * 2 >= len(head):
            head = at_word
    return head.rstrip(" ,;:.–—-") + "…"


def _text(html: str, *, quotes: bool) -> str:
    out: list[str] = []
    skipping, depth, in_code = "", 0, False
    # a bare "<" is where a beginning was cut off inside a tag: in text it is always `&lt;`
    for match in takewhile(lambda piece: piece[0] != "<", _PIECE.finditer(html)):
        closing, tag, attributes, text = match.groups()
        if skipping:
            if tag == skipping:
                depth += -1 if closing else 1
                if depth == 0:
                    skipping = ""
            continue
        if tag == "pre":
            in_code = not closing
        if text is not None:
            if in_code or "\n" not in text or not text.isspace():  # else only the serialiser's own line break
                out.append(unescape(text).replace("\x1f", " "))
        elif not closing and _is_hidden(tag, attributes, quotes=quotes):
            skipping, depth = tag, 1
            out.append(_stand_in(tag))
        elif tag is not None:
            out.append(_around(tag, attributes))
    lines = _LINES.sub("\n", _SPACES.sub(" ", "".join(out))).strip("\x1f \n\t")
    return _CELLS.sub(CELL, lines)


def _is_hidden(tag: str | None, attributes: str | None, *, quotes: bool) -> bool:
    kind = _HIDDEN.get(tag or "")
    if tag == "a":
        kind = "footnote-backref"
    elif tag == "blockquote" and quotes:
        return False
    return kind is not None and f'class="{kind}"' in (attributes or "")


def _stand_in(tag: str) -> str:
    if tag == "label":
        return _SPOILER
    return f"\n{_SPOILER}\n" if tag == "details" else "\n" if tag == "blockquote" else ""


def _around(tag: str, attributes: str) -> str:
    """What a tag leaves in the text: a new line for a block, the mark of a cell, the words of a picture."""
    if tag in _BLOCKS:
        return "\n"
    if tag in {"td", "th"}:
        return "\x1f"
    if tag == "img" and (alt := _ALT.search(attributes)):
        return unescape(alt[1])
    if tag == "input" and "checked" in attributes:
        return "☑ "
    return "☐ " if tag == "input" else ""
