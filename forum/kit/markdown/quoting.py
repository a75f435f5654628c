"""Quoting a post: one Markdown form that reads well as it is typed, and that the renderer recognises.

    > [Nadia Verdi, post 12](/p/345):
    >
    > the words that are quoted

A block quote whose first line is a link to `/p/<id>` and nothing else but a colon. The link's text is for
people (name and number, in their language); the address is what counts.
"""

import re

from forum.kit.markdown.cooking import tokens_of

_SPECIAL = re.compile(r"([\\\[\]*_`<>|~&])")
_GAPS = re.compile(r"\n{3,}")
MAX_POST_ID = 2**63 - 1


def quote(author_label: str, post_id: int, text: str) -> str:
    """Return `text` (a post's source, or the words selected in it) as a quotation, ready to write below it.

    `author_label`: what the attribution says, “Nadia Verdi, post 12”; any text, it is escaped. Quotations inside
    `text` are dropped: a quote shows one voice. Raises ValueError if `post_id` is not 1..2**63-1.
    """
    if not 1 <= post_id <= MAX_POST_ID:
        raise ValueError("post_id out of range")
    label = _SPECIAL.sub(r"\\\1", " ".join(author_label.split()))
    lines = [f"[{label}](/p/{post_id}):"]
    if body := _own_words(text):
        lines += ["", *body.split("\n")]
    return "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"


def _own_words(text: str) -> str:
    """`text` without the block quotes at its top level."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    try:
        tokens = tokens_of(text)
    except RecursionError:
        return text.strip("\n")
    for token in tokens:
        if token.type == "blockquote_open" and token.level == 0 and token.map:
            first, last = token.map
            lines[first:last] = [""] * (last - first)
    return _GAPS.sub("\n\n", "\n".join(lines)).strip("\n").rstrip()
