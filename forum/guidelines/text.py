"""The rules as text: Markdown in, numbered rules and HTML out. Knows no database."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from markdown_it.token import Token

from forum.kit.i18n import N_, Message, Text
from forum.kit.markdown import MAX_SOURCE, cook
from forum.kit.markdown.cooking import tokens_of

MAX_RULES: Final = 40
MAX_TITLE: Final = 150  # characters of a rule's title: it stands in statements and menus
MAX_CHANGES: Final = 1000  # characters of "what changes": a paragraph, for a notice and a mail

_HEADING = re.compile(r"<(/?)h([456])>")
_LEVELS = {"4": "2", "5": "3", "6": "4"}  # posts begin at the third level, a page of rules at the second


def tidy(source: str) -> str:
    """Line ends of one kind, nothing that a database refuses, no empty lines around."""
    words = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return words.encode("utf-8", "replace").decode("utf-8").strip("\n")


@lru_cache(maxsize=64)
def titles(source: str) -> tuple[str, ...]:
    """The titles of the rules, in order: rule 1 is the first. Plain words."""
    return tuple(_spoken(inline) for heading, inline in _headings(source) if heading.tag == "h2" and heading.level == 0)


def rule_lines(source: str) -> list[tuple[int, str]]:
    """(line, counted from 0; title) of every rule."""
    found = [(heading, inline) for heading, inline in _headings(source) if heading.tag == "h2" and heading.level == 0]
    return [(heading.map[0], _spoken(inline)) for heading, inline in found if heading.map]


def to_html(source: str, *, anchor: str, prefix: str = "") -> str:
    """`source` as a page shows it: sanitised, each rule under `<h2 id="rule-N">` with its number as a link.

    `anchor` keeps the footnotes, `prefix` the rules' addresses of several texts on one page apart.
    """
    top = [token.level == 0 for token, _ in _headings(source) if token.tag == "h2"]
    seen = rules = 0
    inside = False

    def level(match: re.Match[str]) -> str:
        nonlocal seen, rules, inside
        slash, was = match[1], match[2]
        if was != "4":
            return f"<{slash}h{_LEVELS[was]}>"
        if slash:
            return "</h2>" if inside else "</h3>"
        inside = seen < len(top) and top[seen]
        seen += 1
        if not inside:  # in a quotation or a list: a heading, but no rule
            return "<h3>"
        rules += 1
        here = f"{prefix}rule-{rules}"
        return f'<h2 id="{here}"><a class="rule-number" href="#{here}">{rules}</a> '

    return _HEADING.sub(level, cook(source, anchor=anchor).html)


def size_problem(source: str) -> Message | None:
    """What keeps a text from being saved at all: it is too long."""
    over = len(source.encode("utf-8", "replace")) - MAX_SOURCE
    return Text(N_("This is %(over)s characters too long."), {"over": over}) if over > 0 else None


def text_problem(source: str) -> Message | None:
    """What keeps one language's text from being announced."""
    if not source.strip():
        return N_("The rules are missing in this language.")
    if problem := size_problem(source):
        return problem
    if any(token.tag == "h1" and token.level == 0 for token, _ in _headings(source)):
        return N_("Begin each rule with ##. The page has its title already, so no line begins with a single #.")
    names = titles(source)
    if not names:
        return N_("There is no rule yet: begin each one with ## and its title.")
    if len(names) > MAX_RULES:
        return Text(N_("%(count)s rules are more than anybody reads: 40 at the most."), {"count": len(names)})
    for number, name in enumerate(names, 1):
        if not name:
            return Text(N_("Rule %(number)s has no title."), {"number": number})
        if len(name) > MAX_TITLE:
            return Text(N_("The title of rule %(number)s is longer than 150 characters."), {"number": number})
    return None


def count_problem(source_en: str, source_it: str) -> Message | None:
    """Decisions cite a rule by its number, so the number must be the same in both languages."""
    english, italian = len(titles(source_en)), len(titles(source_it))
    if english == italian:
        return None
    return Text(
        N_("There are %(english)s rules in English and %(italian)s in Italian: each needs the same ## headings."),
        {"english": english, "italian": italian},
    )


def _headings(source: str) -> Iterator[tuple[Token, Token]]:
    """(opening token, its words) of every heading of the text; those inside footnotes come after it and are left."""
    found = tokens_of(source)
    for index, token in enumerate(found):
        if token.type == "footnote_block_open":
            return
        if token.type == "heading_open":
            yield token, found[index + 1]


def _spoken(inline: Token) -> str:
    """The words of a heading without its marks."""
    parts = [child.content or " " * child.type.endswith("break") for child in inline.children or ()]
    return " ".join("".join(parts).split())
