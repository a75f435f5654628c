"""A text, read once for all phases: forms, words, links, mentions, marks and tokens. Pure; some 1 ms for 32 kB.

Forms are of the whole text. Words, and what is made of them (marks, tokens, digest), are of its first 2,000 words: a
longer text is told by its beginning.
"""

import hashlib
import re
import zlib
from functools import cached_property
from heapq import nsmallest
from typing import Final
from urllib.parse import unquote

import msgspec

from forum.prevention.folding import bare, plain, skeleton_of, words_of

MARKS: Final = 8
"""How many marks (least hashes of three words in a row) a text leaves."""
FEWEST_WORDS: Final = 10
"""Shorter texts leave none: people do say "thank you, that worked" twice."""
MOST_WORDS: Final = 2000
MOST_MARKED: Final = 1000
"""Words from which marks are made."""
MOST_TOKENS: Final = 200
MOST_HOSTS: Final = 50
"""Of the tokens, how many may be hosts of links."""
# Our own patterns, each linear in the text; those that people enter run in RE2 (rules.py).
_HREF: Final = re.compile(r'href="(?:https?:)?//(?:[wW]{3}\.)?([^/"?#:@]+)')
_IMAGE: Final = re.compile(r'src="/uploads/images/([0-9a-f]{32}-[0-9]{1,5}x[0-9]{1,5}\.webp)')
_URL: Final = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]]+")
_MENTION: Final = re.compile(r"@(?<![\w/.@]@)([A-Za-z0-9][A-Za-z0-9_-]{1,29})")
_QUOTED: Final = re.compile(r"(?m)^ {0,3}>.*$")
_CODE: Final = re.compile(r"(?ms)^ {0,3}(?:```.*?^ {0,3}```|~~~.*?^ {0,3}~~~)")


class Reading(msgspec.Struct, frozen=True, dict=True):
    """What the phases look at. `whole`: title and body. `folded`, `spaced`: that, `bare` and `plain` (see `folding`).

    `words`: without quotations, code and addresses. `hosts`: of links that lead elsewhere, each link one, in order.
    `mentions`: the members that are called, each once. `tokens`: number → the word it stands for.
    """

    title: str
    source: str
    whole: str
    folded: str
    spaced: str
    words: tuple[str, ...]
    hosts: tuple[str, ...]
    mentions: tuple[str, ...]
    images: tuple[str, ...]
    digest: int
    marks: tuple[int, ...]
    tokens: dict[int, str]

    @cached_property
    def bare(self) -> bytes:
        """What patterns are matched on. Made when it is asked for, like `skeleton`: many sites watch no words."""
        return self.folded.encode("utf-8", "replace")

    @cached_property
    def skeleton(self) -> bytes:
        """What words are matched on."""
        return skeleton_of(self.spaced).encode("utf-8", "replace")


def number_of(word: str) -> int:
    """A stable number of 62 bits for a word or host: fits every database's integer, tells nobody the word."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 2


def read(source: str, html: str, title: str = "") -> Reading:
    """Read `source` (Markdown) with its cooked `html`, whose links are what readers can follow."""
    whole = f"{title}\n{source}" if title else source
    folded = bare(whole)
    own = spaced = plain(folded)
    if ">" in own or "```" in own or "~~~" in own:
        own = _QUOTED.sub("", _CODE.sub("", own))
    if "://" in own or "www." in own:
        own = _URL.sub(" ", own)
    words = tuple(words_of(own, MOST_WORDS))
    hosts = tuple(unquote(host).lower().strip(".") for host in _HREF.findall(html)) if "//" in html else ()
    called = dict.fromkeys(_MENTION.findall(source)) if "@" in source else ()
    return Reading(
        title=title, source=source, whole=whole, folded=folded, spaced=spaced, words=words, hosts=hosts,
        mentions=tuple(dict.fromkeys(name.lower() for name in called)),
        images=tuple(dict.fromkeys(_IMAGE.findall(html))) if "/uploads/" in html else (),
        digest=number_of(" ".join(words)), marks=marks_of(words), tokens=tokens_of(words, hosts),
    )  # fmt: skip


def marks_of(words: tuple[str, ...]) -> tuple[int, ...]:
    """The least hashes of three words in a row: texts that are much alike share most of them (Broder's sketch)."""
    if len(words) < FEWEST_WORDS:
        return ()
    sums = list(map(zlib.crc32, " ".join(words[:MOST_MARKED]).encode("utf-8", "replace").split(b" ")))
    three = {
        ((one * 0x9E3779B1 + two) * 0x85EBCA77 + six) * 0xC2B2AE3D % 0x1FFFFFFFFFFFFFFF
        for one, two, six in zip(sums, sums[1:], sums[2:], strict=False)
    }
    return tuple(nsmallest(MARKS, three))


def tokens_of(words: tuple[str, ...], hosts: tuple[str, ...]) -> dict[int, str]:
    """What the learning filter counts: words of 3 to 24 letters, hosts of links and how many links there are."""
    places = list(dict.fromkeys(hosts))[:MOST_HOSTS]
    kept = dict.fromkeys([*(f"//{host}" for host in places), f"links:{min(len(hosts), 4)}"])
    for word in words:
        if 3 <= len(word) <= 24 and not word.isdigit():
            kept[word] = None
            if len(kept) == MOST_TOKENS:
                break
    return {number_of(word): word for word in kept}
