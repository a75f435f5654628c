"""Code in the HTML of other forums: coloured by their engines, or pasted as text with a `<br>` a line."""

import re
from html import unescape
from typing import Final

_TAG = re.compile(r"<[^>]*>")
_LANGUAGE = re.compile(r'class="[^"]*?(?:language-|lang-|brush: ?)([\w+#-]+)')
_LINE_END = re.compile(r"<br>|</div>|</p>")
_PARAGRAPH = re.compile(r"(<p>.*?</p>)", re.DOTALL)
_BETWEEN = re.compile(r"</code></pre>\s*(?:<p>(?:\s|&nbsp;)*</p>\s*)?<pre><code>")
# A line of code: ends like a statement or a block, is indented by hand, or begins like a comment or a directive
_CODE_LINE = re.compile(
    r"(?:[;{}]|\*/)\s*(?://.*)?$|^(?:\xa0| |\t){4,}\S|^\s*(?://|#include|#define|#if|#endif|\}|/\*)"
)
SHORTEST: Final = 3
"""Lines of a paragraph that may be code; shorter ones are told from prose too badly."""


def plain_pre(block: str) -> str:
    """A `<pre>` of cleaned HTML without the colours of another engine; its language is kept."""
    body = block[block.index(">") + 1 : -len("</pre>")]
    language = _LANGUAGE.search(block)
    opening = f'<code class="language-{language[1]}">' if language else "<code>"
    inner = _TAG.sub("", _LINE_END.sub("\n", body)).replace("&nbsp;", " ").strip("\n")
    return f"<pre>{opening}{inner}</code></pre>"


def find_pasted(html: str) -> str:
    """Turn paragraphs of which half the lines are code into `<pre>`; neighbours become one block."""
    if html.count("<br>") < SHORTEST - 1:
        return html
    parts = _PARAGRAPH.split(html)
    for index in range(1, len(parts), 2):
        if parts[index].count("<br>") >= SHORTEST - 1:
            parts[index] = _as_code(parts[index])
    return _BETWEEN.sub("\n\n", "".join(parts))


def _as_code(paragraph: str) -> str:
    lines = [_TAG.sub("", line).strip("\r\n") for line in paragraph.split("<br>")]
    lines = [line.replace("&nbsp;", "\xa0").rstrip() for line in lines]
    # A line break of the HTML itself and its indentation are not the author's
    lines = [re.sub(r"\s*\n[ \t]*", " ", line).lstrip(" \t\n") for line in lines]
    said = [unescape(line) for line in lines if line.strip()]
    if len(said) < SHORTEST or sum(_CODE_LINE.search(line) is not None for line in said) * 2 < len(said):
        return paragraph
    body = "\n".join(line.replace("\xa0", " ") for line in lines).strip("\n")
    return f"<pre><code>{body}</code></pre>"
