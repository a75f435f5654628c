"""Code in the HTML of other forums: coloured by their engines, or pasted as text, a `<br>` or a block a line."""

import re
from collections.abc import Iterator
from html import unescape
from textwrap import dedent
from typing import Final

_TAG = re.compile(r"<[^>]*>")
_LANGUAGE = re.compile(r'class="[^"]*?(?:language-|lang-|brush: ?)([\w+#-]+)')
_LINE_END = re.compile(r"<br>|</div>|</p>")
# A paragraph, or a `<div>` as browsers make one for each line typed; nothing else with lines of its own inside
_BLOCK = re.compile(r"<(p|div)>((?:[^<]|<(?!/?(?:p|div|pre|ul|ol|li|table|tr|td|blockquote|h[1-6]|img)\b))*)</\1>")
# A line of code: ends like a statement or a block, is indented by hand, or begins like a comment or a directive
_CODE_LINE = re.compile(
    r"(?:[;{}]|\*/)\s*(?://.*)?$|^(?:\xa0| |\t){4,}\S|^\s*(?://|#include|#define|#if|#endif|\}|/\*)"
)
# The same before the tags are off: most posts have none, and reading their lines one by one doubles the cost
_ANY_CODE = re.compile(
    r"(?<!&nbsp)[;{}](?:\s|&nbsp;)*(?:<|//)|\*/|>\s*(?:(?:&nbsp;|[ \t]){4}|(?:&nbsp;|\s)*(?://|#include|#define|#if|#endif|\}|/\*))"
)
# What may stand between two such lines: `void setup()`, `else`, `$a = 3`, but no sentence
_CODE_LIKE = re.compile(r"(?=.*[=(){}\[\]<>$])(?!.*[.?!:,]\s*$)|^\s*(?:else|do|try|begin|end|then|fi|done)\s*$")
_WORDS: Final = 12  # a line of more words is a sentence, whatever it holds
LONGEST: Final = 300  # characters of a line of code; beyond that it is a paragraph
SHORTEST: Final = 3
"""Lines that may be code; fewer are told from prose too badly."""


def plain_pre(block: str) -> str:
    """A `<pre>` of cleaned HTML without the colours of another engine; its language is kept."""
    body = block[block.index(">") + 1 : -len("</pre>")]
    language = _LANGUAGE.search(block)
    opening = f'<code class="language-{language[1]}">' if language else "<code>"
    inner = _TAG.sub("", _LINE_END.sub("\n", body)).replace("&nbsp;", " ").strip("\n")
    return f"<pre>{opening}{inner}</code></pre>"


def find_pasted(html: str) -> str:
    """Turn runs of paragraphs of which most lines are code into one `<pre>`."""
    if html.count("<br>") + html.count("</p>") + html.count("</div>") < SHORTEST or not _ANY_CODE.search(html):
        return html
    out, done = [], 0
    for start, end, body in _passages(html):
        out += [html[done:start], f"<pre><code>{body}</code></pre>"]
        done = end
    return "".join([*out, html[done:]]) if out else html


class _Block:
    """A paragraph and what it looks like.

    `score`: how many of its lines are code; -1 for prose, 0 for what may stand between. `lines`: still escaped.
    """

    __slots__ = ("end", "lines", "said", "score", "start", "wide")

    def __init__(self, match: re.Match[str]) -> None:
        self.start, self.end = match.span()
        lines = (_TAG.sub("", line).replace("&nbsp;", "\xa0") for line in match[2].split("<br>"))
        # A line break of the HTML itself and its indentation are not the author's
        self.lines = [re.sub(r"\s*\n[ \t]*", " ", line.strip("\r\n")).lstrip(" \t\n").rstrip() for line in lines]
        said = [unescape(line) for line in self.lines if line.strip()]
        code = sum(map(_is_code, said))
        enough = code * 2 >= len(said) if len(said) >= SHORTEST else all(map(_may_be_code, said))
        self.said, self.wide, self.score = len(said), len(self.lines) > 1, code if enough else -1


def _may_be_code(line: str) -> bool:
    return _is_code(line) or (line.count(" ") < _WORDS and _CODE_LIKE.match(line) is not None)


def _is_code(line: str) -> bool:
    return len(line) <= LONGEST and _CODE_LINE.search(line) is not None


def _passages(html: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, text) of the code in `html`."""
    run: list[_Block] = []
    for match in _BLOCK.finditer(html):
        block = _Block(match)
        if run and (html[run[-1].end : block.start].strip() or block.score < 0):
            yield from _passage(run)
            run = []
        if block.score > 0 or (run and block.score == 0):
            run.append(block)
    yield from _passage(run)


def _passage(run: list[_Block]) -> Iterator[tuple[int, int, str]]:
    """The run from its first to its last block with code, if there is enough of it."""
    while run and run[-1].score == 0:
        run.pop()
    code, said = sum(block.score for block in run), sum(block.said for block in run)
    if said < SHORTEST or code * 2 < said:
        return
    text = ""
    for index, block in enumerate(run):
        apart = index and (block.wide or run[index - 1].wide)
        text += ("\n\n" if apart else "\n" if index else "") + "\n".join(block.lines).replace("\xa0", " ").strip("\n")
    yield run[0].start, run[-1].end, dedent(re.sub(r"\n{3,}", "\n\n", text))
