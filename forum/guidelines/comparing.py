"""What changed between two versions, for people: word by word, with the rules' numbers, long calm stretches folded."""

import re

from forum.guidelines.text import rule_lines
from forum.kit.worddiff import Piece, diff, fold

_RULE = re.compile(r"^\d+ · ", re.MULTILINE)


def compare(old: str, new: str) -> list[Piece]:
    """The pieces of `kit.worddiff`, `gap` for what may be folded; above a change stands the title of its rule.

    All `same` (one piece) when nothing changed.
    """
    return fold(diff(numbered(old), numbered(new)), heading=_RULE)


def numbered(source: str) -> str:
    """`source` with its rules as decisions cite them: “3 · Title” where Markdown has “## Title”."""
    lines = source.split("\n")
    for number, (line, title) in enumerate(rule_lines(source), 1):
        lines[line] = f"{number} · {title}"
    return "\n".join(lines)
