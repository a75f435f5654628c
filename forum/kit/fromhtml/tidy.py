"""Markdown of another flavour, mostly Stack Exchange's: what our renderer reads differently is rewritten.

There, HTML is allowed inside Markdown, `#Heading` needs no space, a single line break is a space, and link
definitions may follow a paragraph at once. Code is left alone.
"""

import re
from collections.abc import Callable
from html import unescape
from itertools import pairwise
from typing import Final

from markdown_it.token import Token

from forum.kit.fromhtml.convert import to_markdown
from forum.kit.fromhtml.scripts import raised
from forum.kit.markdown.cooking import tokens_of

Change = Callable[[re.Match[str]], str]

_COMMENT = re.compile(r"[ \t]*<!--(?:(?!<!--).)*?-->", re.DOTALL)
_PRE = re.compile(r"^[ \t]*<pre\b[^>]*>(.*?)</pre>[ \t]*$", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_QUOTE = re.compile(r"^[ \t]*<blockquote[^>]*>(.*?)</blockquote>", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_BLOCK = re.compile(r"^[ \t]*<(ul|ol|table|dl)\b[^>]*>.*?</\1>", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_CODE_PAIR = re.compile(r"<(code|kbd|tt)>([^<`\n]+)</\1>", re.IGNORECASE)
_PAIR = re.compile(r"<(b|strong|i|em|s|del|strike)>((?:(?!\n\n|<\1>).){1,4000}?)</\1>", re.DOTALL | re.IGNORECASE)
_RAISED = re.compile(r"<(su[pb])>((?:(?!<su[pb]>).)*?)</\1>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(
    r"<a\s[^<>]{0,300}?href=[\"']([^\"'\s<>]{1,2000})[\"'][^<>]{0,300}>([^\n]{0,2000}?)</a>", re.IGNORECASE
)
_IMAGE = re.compile(r"<img\b([^<>\n]*)>", re.IGNORECASE)
_SRC = re.compile(r"\bsrc=[\"']([^\"'\s]+)[\"']", re.IGNORECASE)
_ALT = re.compile(r"\balt=[\"']([^\"'\n]*)[\"']", re.IGNORECASE)
_RULE = re.compile(r"[ \t]*<hr ?/?>[ \t]*", re.IGNORECASE)
_LAST_BREAK = re.compile(r"[ \t]*(?:</?br ?/?>[ \t]*)+$", re.IGNORECASE | re.MULTILINE)
_BREAK = re.compile(r"[ \t]*(?:</?br ?/?>[ \t]*)+", re.IGNORECASE)
_STRAY = re.compile(r"</?(?:p|u|small|big|span|font|div|center)(?: [^>\n]*)?>|<(?:b|i|strong|em) ?/>", re.IGNORECASE)
_HEADING = re.compile(r"^([ >]{0,6}#{1,6})(?=[^\W\d_]|[*«\"'(])", re.MULTILINE)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{2,6}|#[xX][0-9A-Fa-f]{2,5});")
_TAG_NAME = re.compile(r"\[(?:meta-)?tag:([\w.+#-]+)\]")
_PLACEHOLDER = re.compile(r"!\[(?:enter image description here|alt text)\]")
_DEFINITION = re.compile(r" {0,3}\[[^\]\n]+\]:\s*\S")
_NOWHERE = re.compile(
    r"^ {0,3}\[([^\]\n]{1,60})\]:[ \t]*<?((?!https?:|mailto:)[a-z]{2,10}://[^\s>]+)>?.*\n?", re.MULTILINE
)
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)\1(?!`)", re.DOTALL)
_GAPS = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_PREFIX = re.compile(r"[ \t>]*")
_MARKS: Final = {"b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "del": "~~", "strike": "~~"}
_HIDDEN = re.compile("\ue010([0-9]+)\ue011")  # private use: code, put aside
WRAPPED: Final = range(45, 101)
"""Columns at which people's editors break lines; a longer line was ended on purpose, a shorter one is verse."""


def tidy_markdown(source: str) -> str:
    """Return `source` so that it reads well under our renderer, which shows raw HTML as text.

    Pure. Line ends become LF. Hard-wrapped paragraphs are joined, for a line break is a line break here; short
    lines (verse, addresses) keep theirs.
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").removeprefix("\ufeff")
    aside: list[str] = []
    if "<" in text:
        text = _PRE.sub(lambda m: f"\n{_put(aside, _fenced(m[1]))}\n", text)
    text = _hide_code(text, aside)
    if "<" in text:
        text = _from_tags(text, aside)
    text = _HEADING.sub(r"\1 ", text)
    text = _TAG_NAME.sub(r"`\1`", _PLACEHOLDER.sub("![]", text))
    text = _ENTITY.sub(_letter, text) if "&" in text else text
    for _ in range(2):  # a code span may stand in a piece that was put aside later
        text = _HIDDEN.sub(lambda m: aside[int(m[1])], text)
    return _unwrapped(_defined(text)).strip("\n").rstrip()


def _put(aside: list[str], code: str) -> str:
    aside.append(code)
    return f"\ue010{len(aside) - 1}\ue011"


def _tokens(text: str) -> list[Token]:
    try:
        return tokens_of(text)
    except RecursionError:  # bounded nesting forbids it; then nothing is known about the text
        return []


def _hide_code(text: str, aside: list[str]) -> str:
    """Put code blocks and code spans aside."""
    if "`" not in text and "    " not in text and "\t" not in text and "~~~" not in text:
        return text
    lines = text.split("\n")
    for token in reversed(_tokens(text)):
        if token.type in {"fence", "code_block"} and token.map and token.level == 0:
            first, last = token.map
            while last - 1 > first and not lines[last - 1].strip():
                last -= 1
            lines[first:last] = [_put(aside, "\n".join(lines[first:last]))]
    return _CODE_SPAN.sub(lambda m: _put(aside, m[0]), "\n".join(lines))


def _fenced(inner: str) -> str:
    body = unescape(re.sub(r"</?code\b[^>]*>", "", inner)).strip("\n")
    return f"```\n{body}\n```"


def _from_tags(text: str, aside: list[str]) -> str:
    """Say in Markdown what HTML says in it."""
    text = _COMMENT.sub("", text)
    text = _BLOCK.sub(lambda m: f"\n{to_markdown(m[0]).markdown}\n", text)
    text = _QUOTE.sub(lambda m: "\n" + "\n".join(f"> {line}" for line in m[1].strip().split("\n")) + "\n", text)
    text = _CODE_PAIR.sub(lambda m: _put(aside, f"`{unescape(m[2]).strip()}`"), text)
    text = _RAISED.sub(lambda m: raised(m[2], low=m[1].lower() == "sub"), text)
    text = _IMAGE.sub(_image, text)
    text = _LINK.sub(r"[\2](\1)", text)
    for _ in range(3):  # one inside the other
        text = _PAIR.sub(_emphasis, text)
    text = _RULE.sub("\n\n---\n\n", text)
    text = _STRAY.sub("", _LAST_BREAK.sub("  ", text))  # two spaces: meant, not wrapped
    text = "\n".join(map(_broken, text.split("\n"))) if "<" in text else text
    return _GAPS.sub("\n\n", text)


def _broken(line: str) -> str:
    """A line with `<br>` in it as several, each with the line's quotation marks; in a table row, as one."""
    if "<" not in line:
        return line
    quoted = _PREFIX.match(line)
    prefix = quoted[0] if quoted and ">" in quoted[0] else ""
    return _BREAK.sub(" " if line.count("|") > 1 else f"  \n{prefix}", line)


def _image(match: re.Match[str]) -> str:
    src, alt = _SRC.search(match[1]), _ALT.search(match[1])
    return f"![{alt[1] if alt else ''}]({src[1]})" if src else ""


def _emphasis(match: re.Match[str]) -> str:
    """Markdown's marks do not work with space inside, nor beside a letter with punctuation inside."""
    mark = _MARKS[match[1].lower()]
    core = match[2].strip()
    lead = match[2][: len(match[2]) - len(match[2].lstrip())]
    trail = match[2][len(match[2].rstrip()) :]
    before = match.string[max(0, match.start() - 1) : match.start()]
    after = match.string[match.end() : match.end() + 1]
    if before.isalnum() and (found := re.match(r"[^\w*~\[]+", core)):
        lead, core = lead + found[0], core[found.end() :]
    if after.isalnum() and (found := re.search(r"[^\w*~\])]+$", core)):
        trail, core = found[0] + trail, core[: found.start()]
    return f"{lead}{mark}{core}{mark}{trail}" if core else match[2]


def _letter(match: re.Match[str]) -> str:
    """`&egrave;` as è; what Markdown or HTML could take for its own stays as it was written."""
    letter = unescape(match[0])
    return match[0] if letter.isascii() else letter.replace("\xa0", " ")


def _defined(text: str) -> str:
    """Link definitions stand apart: right after a paragraph they would be its last words."""
    if "]:" not in text:
        return text
    for name, address in _NOWHERE.findall(text):  # ftp and the like are no links here: say the address
        text = re.sub(rf"\[([^\]\n]+)\] ?\[{re.escape(name)}\]", lambda m, a=address: f"{m[1]} ({a})", text)  # type: ignore[misc]
    text = _NOWHERE.sub("", text)
    out: list[str] = []
    for line in text.split("\n"):
        if _DEFINITION.match(line) and out and out[-1].strip() and not _DEFINITION.match(out[-1]):
            out.append("")
        out.append(line)
    return "\n".join(out)


def _unwrapped(text: str) -> str:
    """Join the lines of paragraphs that an editor wrapped."""
    lines = text.split("\n")
    if all(len(line) not in WRAPPED for line in lines):
        return text
    depth = 0
    spans: list[tuple[int, int]] = []
    for token in _tokens(text):
        # inside a spoiler block, line numbers count from its own beginning
        depth += token.nesting if token.type.startswith("spoiler_block") else 0
        if token.type == "paragraph_open" and token.map and depth == 0 and token.map[1] - token.map[0] > 1:
            spans.append((token.map[0], token.map[1]))
    for first, last in reversed(spans):
        words = [
            lines[first],
            *(line[len(found[0]) :] for line in lines[first + 1 : last] if (found := _PREFIX.match(line))),
        ]
        if _is_wrapped(words):
            lines[first:last] = [
                " ".join(line.strip() if number else line.rstrip() for number, line in enumerate(words))
            ]
    return "\n".join(lines)


def _is_wrapped(lines: list[str]) -> bool:
    """True if every line but the last is as full as it could be, and the breaks look like nobody's wish."""
    longest = max(map(len, lines))
    if longest not in WRAPPED or any(line.endswith(("  ", "\\")) for line in lines[:-1]):
        return False
    if any(line.startswith(("http", "*", "_")) for line in lines[1:]):
        return False
    if len(lines) <= 3 and any(line.rstrip().endswith((".", "!", "?", ":", ";")) for line in lines[:-1]):
        return False
    return all(len(line) + 1 + len(after.split(" ", 1)[0]) > longest for line, after in pairwise(lines))
