"""What our Markdown has beyond CommonMark and its usual extensions: mentions and spoilers."""

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){1,28}[A-Za-z0-9]"
"""A member's name inside text: 3 to 30 characters; a full stop at its end is punctuation, two are an ellipsis."""

# What follows must not be a letter or digit (a longer word), nor @ (an address elsewhere: @name@host).
_MENTION = re.compile(rf"@({NAME})(?![^\W_]|@)")
_PIPE = ord("|")


def mention(state: StateInline, silent: bool) -> bool:
    """`@name`, not inside links, words, e-mail addresses or paths. Whether the name exists is decided later."""
    pos = state.pos
    if state.src[pos] != "@" or state.linkLevel > 0:
        return False
    before = state.src[max(0, pos - 2) : pos]
    # an underscore may be emphasis (_@name_) or part of a word
    if before.removesuffix("_")[-1:].isalnum() or before[-1:] in {"@", "/", "."}:
        return False
    match = _MENTION.match(state.src, pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("mention", "a", 0)
        token.content = match.group(0)
        token.meta = {"name": match.group(1).lower()}
    state.pos = match.end()
    return True


def spoiler_marks(state: StateInline, silent: bool) -> bool:
    """`||hidden words||`: collects the marks; `spoiler_pairs` turns the matching ones into tokens."""
    if silent or state.src[state.pos] != "|":
        return False
    scanned = state.scanDelims(state.pos, canSplitWord=True)
    if scanned.length < 2:
        return False
    token = state.push("text", "", 0)
    token.content = state.src[state.pos : state.pos + scanned.length]
    if scanned.length == 2:
        index = len(state.tokens) - 1
        state.delimiters.append(
            Delimiter(marker=_PIPE, length=0, token=index, end=-1, open=scanned.can_open, close=scanned.can_close)
        )
    state.pos += scanned.length
    return True


def spoiler_pairs(state: StateInline) -> None:
    """Second pass, after markdown-it has paired the marks."""
    lists = [state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta)]
    for delimiters in lists:
        for start in delimiters:
            if start.marker != _PIPE or start.end == -1:
                continue
            for index, kind, nesting in (
                (start.token, "spoiler_open", 1),
                (delimiters[start.end].token, "spoiler_close", -1),
            ):
                token = state.tokens[index]
                token.type, token.nesting, token.content, token.markup = kind, nesting, "", "||"


def spoiler_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines that begin with `>!` (a bare `>` between them counts): a folded block, as on Stack Exchange.

    A `!<` at the end of the last line, as on Reddit, is dropped. No spoiler inside a spoiler.
    """
    if state.is_code_block(start) or state.env.get("in_spoiler") or not _spoiler_line(state, start):
        return False
    if silent:
        return True
    lines: list[str] = []
    line = start
    while line < end and state.sCount[line] >= state.blkIndent:
        text = _line(state, line)
        if _spoiler_line(state, line):
            lines.append(text[2:].removeprefix(" "))
        elif text.rstrip() == ">":
            lines.append("")
        else:
            break
        line += 1
    inner = "\n".join(lines).rstrip().removesuffix("!<")
    token = state.push("spoiler_block_open", "details", 1)
    token.map = [start, line]
    state.env["in_spoiler"] = True
    # A fresh state starts at nesting level 0, so at most one more maxNesting can be reached inside.
    state.md.block.parse(inner, state.md, state.env, state.tokens)
    state.env["in_spoiler"] = False
    state.push("spoiler_block_close", "details", -1)
    state.line = line
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _spoiler_line(state: StateBlock, line: int) -> bool:
    return state.src.startswith(">!", state.bMarks[line] + state.tShift[line], state.eMarks[line])


def install(md: MarkdownIt) -> None:
    """Teach `md` all of the above."""
    md.inline.ruler.before("link", "mention", mention)
    md.inline.add_terminator_char("|")
    md.inline.ruler.after("emphasis", "spoiler", spoiler_marks)
    md.inline.ruler2.after("emphasis", "spoiler", spoiler_pairs)
    md.block.ruler.before(
        "blockquote", "spoiler_block", spoiler_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
