"""Bounds on what hostile Markdown may cost, where markdown-it has none of its own.

Nesting is bounded by its `maxNesting`. Two things are left: link labels, which are searched again from every
bracket, and tables, whose missing cells are filled in (1.8 kB of source can become 650 kB of HTML).
"""

import re
from types import SimpleNamespace
from typing import Final

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_inline import StateInline

MAX_SEARCH: Final = 500_000
"""Characters searched for the `]` of links and pictures in one post of up to 32 kB; in longer ones (imports) in
proportion. A link costs its words; an open `[` costs the rest of its paragraph. What comes after is text."""
MAX_COLUMNS: Final = 50
MAX_CELLS: Final = 10_000
"""A table beyond either is shown as the text it is."""
_DELIMITERS = re.compile(r"[-:|\s>]+")  # the line under the column heads; `>` for a table in a quote


def _label(state: StateInline, start: int, disableNested: bool = False) -> int:  # noqa: N803
    left = state.env.setdefault("search", MAX_SEARCH)
    if left <= 0 or state.src.find("]", start, state.posMax) < 0:
        return -1
    end = helpers.parseLinkLabel(state, start, disableNested)
    state.env["search"] = left - ((end if end >= 0 else state.posMax) - start)
    return end


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if start + 2 > end or not _DELIMITERS.fullmatch(state.src, state.bMarks[start + 1], state.eMarks[start + 1]):
        return False
    text, until = state.env.get("not_a_table", (None, 0))
    if text is state.src and start < until:
        return False  # judged already: every line of a paragraph asks whether a table begins
    columns = state.src.count("|", state.bMarks[start + 1], state.eMarks[start + 1]) + 1
    line = start
    while line < end and not state.isEmpty(line):
        line += 1
    if columns > MAX_COLUMNS + 2 or columns * (line - start) > MAX_CELLS:
        state.env["not_a_table"] = (state.src, line)
        return False
    return table(state, start, end, silent)


def install(md: MarkdownIt) -> None:
    """Put the bounds into `md`."""
    md.helpers = SimpleNamespace(  # type: ignore[assignment]
        parseLinkLabel=_label,
        parseLinkDestination=helpers.parseLinkDestination,
        parseLinkTitle=helpers.parseLinkTitle,
    )
    md.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    md.enable("table")
