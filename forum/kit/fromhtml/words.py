"""Running text on its way from HTML to Markdown: what would be read as markup, emphasis that cannot be said, faces.

Private-use characters, which stand in no body, mark places through the conversion; `unmark` resolves them.
"""

import re
from typing import Final
from urllib.parse import unquote

ESCAPE: Final = "\ue001"  # a backslash here
APART: Final = "\ue002"  # a space here, if a word is next

EMPHASIS: Final = re.compile(r"<(b|strong|i|em|del|s|strike|u|ins)>([^<]*)</\1>")
# Literal text that would be markup: a mark beside a word, or an entity that was shown as such
_MARKS = re.compile(r"`|\*(?=\S)|(?<=\S)\*|(?<![^\W_])_|_(?![^\W_])|~(?=~)|\|(?=\|)|\[(?=\^)|(?<=\])\(|&(?=amp;#?\w+;)")
_WORDS = re.compile(r"(\s+)")
_LEAD = re.compile(r"(?:&\w+;|[^\w&])+")
_TRAIL = re.compile(r"(?:&\w+;|[^\w;])+$")
_BESIDE = re.compile(rf"(?<=\w){APART}+|{APART}+(?=[^\W_])|(?<=\S){APART}+(?=!?\[)")
_FACE = re.compile(r"/([a-z]+)_smile\.|/smiley_([a-z]+)\.|/smiley/\w+/(thumbs_up|thumbs_down|kiss|heart)\.")
_FACES: Final = {
    "angel": "😇", "angry": "😠", "biggrin": "😀", "confused": "😕", "cool": "😎", "cry": "😢", "devil": "😈",
    "doh": "🤦", "embaressed": "😳", "embarrassed": "😳", "frown": "🙁", "heart": "❤️", "kiss": "😘", "laugh": "😀",
    "omg": "😮", "regular": "🙂", "sad": "🙁", "shades": "😎", "teeth": "😁", "thumbs_down": "👎", "thumbs_up": "👍",
    "tongue": "😛", "whatchutalkingabout": "😒", "wink": "😉",
}  # fmt: skip
"""FCKeditor's and CKEditor's pictures of faces, by file name (the misspelling is theirs)."""


def literal(text: str) -> str:
    """Mark what in a run of (HTML-escaped) text would be read as Markdown; addresses stay as they are."""
    if not _MARKS.search(text):
        return text
    words = _WORDS.split(text)
    for index in range(0, len(words), 2):
        if "://" not in words[index] and "www." not in words[index]:
            words[index] = _MARKS.sub(rf"{ESCAPE}\g<0>", words[index])
    return "".join(words)


def emphasis(match: re.Match[str]) -> str:
    """For EMPHASIS: Markdown's marks do not work beside a letter with punctuation inside: `post<b>.json</b>`.

    So punctuation moves out of the emphasis; and an address with a part in bold is an address.
    """
    tag, inner = match.groups()
    before = match.string[max(0, match.start() - 200) : match.start()].rpartition(" ")[2]
    if "://" in before.rpartition(">")[2]:
        return inner
    core, lead, trail = inner, "", ""
    if before[-1:].isalnum() and (found := _LEAD.match(core)):
        lead, core = found[0], core[found.end() :]
    if match.string[match.end() : match.end() + 1].isalnum() and (found := _TRAIL.search(core)):
        trail, core = found[0], core[: found.start()]
    return f"{lead}<{tag}>{core}</{tag}>{trail}" if core else inner


def typed_quote(match: re.Match[str]) -> str:
    """A paragraph that begins with `>`: where there was no other way to quote, people typed what mail programs do."""
    lines = [re.sub(r"^\s*(?:&gt; ?)+", "", line) for line in match[1].split("<br>")]
    return f"<blockquote><p>{'<br>'.join(lines)}</p></blockquote>"


def face(address: str) -> str:
    """The emoji for an editor's picture of a face, or nothing."""
    match = _FACE.search(address)
    return _FACES.get(match[1] or match[2] or match[3], "") if match else ""


def file_name(address: str) -> str:
    """A lost picture's name, as far as it says something: `shield schematic.png`, not `320`."""
    name = unquote(address.split("?", maxsplit=1)[0].rstrip("/").rsplit("/", 1)[-1])
    name = re.sub(r"\.(?:html?|php|aspx?)$", "", name)
    return "" if name.isdigit() or len(name) > 80 else name


def unmark(text: str) -> str:
    """Resolve the private-use marks, after the conversion."""
    return _BESIDE.sub(" ", text).replace(APART, "").replace(ESCAPE, "\\")
