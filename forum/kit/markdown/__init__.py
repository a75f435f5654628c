"""Markdown as people write it here: CommonMark with tables, ~~strikes~~, autolinks, task lists, footnotes, coloured
code, `@mentions`, quotes with attribution and spoilers. Knows no domain and no database.

- A single line break is a line break. Headings start at the third level: a page has the first two.
- Spoilers: `||hidden words||` inside a line (as on Discord), lines beginning with `>!` for a block (as on Stack
  Exchange). They open without scripts, by mouse and by key.
- Quotes: see `forum.kit.markdown.quoting`.
- Pictures: only uploads of this site (`/uploads/…`) are shown; the address of a picture from elsewhere becomes a link
  with its alternative text, because our pages load nothing from elsewhere. Alone in a paragraph a picture is a
  figure, with its title as caption.
- Raw HTML is text. The output has passed `forum.kit.sanitise`, whatever the source was.
"""

from forum.kit.markdown.cooking import (
    MAX_NESTING,
    MAX_SOURCE,
    RENDERER,
    Cooked,
    Parsed,
    cook,
    is_too_long,
    parse,
    render,
)
from forum.kit.markdown.plain import excerpt, plain, shorten
from forum.kit.markdown.quoting import quote

__all__ = (
    "MAX_NESTING",
    "MAX_SOURCE",
    "RENDERER",
    "Cooked",
    "Parsed",
    "cook",
    "excerpt",
    "is_too_long",
    "parse",
    "plain",
    "quote",
    "render",
    "shorten",
)
