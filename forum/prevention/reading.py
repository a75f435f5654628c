"""A text, read once for all phases: forms, words, links, mentions, marks and tokens. Pure; some 1 ms for 32 kB."""

import hashlib
import re
import zlib
from heapq import nsmallest
from typing import Final
from urllib.parse import unquote

import msgspec

from forum.prevention.folding import bare, skeleton_of

MARKS: Final = 8
"""How many marks (least hashes of three words in a row) a text leaves."""
FEWEST_WORDS: Final = 10
"""Shorter texts leave none: people do say "thank you, that worked" twice."""
MOST_WORDS: Final = 1000
MOST_TOKENS: Final = 200
# Our own patterns, each linear in the text; those that people enter run in RE2 (rules.py).
_WORD: Final = re.compile(r"[^\W_]+")
_HREF: Final = re.compile(r'href="(?:https?:)?//(?:[wW]{3}\.)?([^/"?#:@]+)')
_IMAGE: Final = re.compile(r'src="/uploads/images/([0-9a-f]{32}-[0-9]{1,5}x[0-9]{1,5}\.webp)')
_URL: Final = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]]+")
_MENTION: Final = re.compile(r"@(?<![\w/.@]@)([A-Za-z0-9][A-Za-z0-9_-]{1,29})")
_QUOTED: Final = re.compile(r"(?m)^ {0,3}>.*$")
_CODE: Final = re.compile(r"(?ms)^ {0,3}(?:```.*?^ {0,3}```|~~~.*?^ {0,3}~~~)")


class Reading(msgspec.Struct, frozen=True):
    """What the phases look at. `whole`: title and body. `own`: without quotations, code and addresses.

    `hosts`: of links that lead elsewhere, each link one, in order. `tokens`: number → the word it stands for.
    """

    title: str
    source: str
    whole: str
    bare: bytes
    skeleton: bytes
    words: tuple[str, ...]
    own_words: int
    hosts: tuple[str, ...]
    mentions: tuple[str, ...]
    images: tuple[str, ...]
    digest: int
    marks: tuple[int, ...]
    tokens: dict[int, str]


def number_of(word: str) -> int:
    """A stable number of 62 bits for a word or host: fits every database's integer, tells nobody the word."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 2


def read(source: str, html: str, title: str = "") -> Reading:
    """Read `source` (Markdown) with its cooked `html`, whose links are what readers can follow."""
    whole = f"{title}\n{source}" if title else source
    folded = bare(whole)
    own = folded
    if ">" in own or "```" in own or "~~~" in own:
        own = _QUOTED.sub("", _CODE.sub("", own))
    if "://" in own or "www." in own:
        own = _URL.sub(" ", own)
    words = tuple(_WORD.findall(own)[: 2 * MOST_WORDS])
    hosts = tuple(unquote(host).lower().strip(".") for host in _HREF.findall(html)) if "//" in html else ()
    mentions = tuple(name.lower() for name in _MENTION.findall(source)) if "@" in source else ()
    return Reading(
        title=title, source=source, whole=whole,
        bare=folded.encode("utf-8", "replace"),
        skeleton=skeleton_of(folded).encode("utf-8", "replace"),
        words=words, own_words=len(words), hosts=hosts, mentions=mentions,
        images=tuple(dict.fromkeys(_IMAGE.findall(html))) if "/uploads/" in html else (),
        digest=number_of(" ".join(words)), marks=marks_of(words), tokens=tokens_of(words, hosts),
    )  # fmt: skip


def marks_of(words: tuple[str, ...]) -> tuple[int, ...]:
    """The least hashes of three words in a row: texts that are much alike share most of them (Broder's sketch)."""
    if len(words) < FEWEST_WORDS:
        return ()
    sums = [zlib.crc32(word.encode("utf-8", "replace")) for word in words[:MOST_WORDS]]
    three = {
        ((one * 0x9E3779B1 + two) * 0x85EBCA77 + six) * 0xC2B2AE3D % 0x1FFFFFFFFFFFFFFF
        for one, two, six in zip(sums, sums[1:], sums[2:], strict=False)
    }
    return tuple(nsmallest(MARKS, three))


def tokens_of(words: tuple[str, ...], hosts: tuple[str, ...]) -> dict[int, str]:
    """What the learning filter counts: words of 3 to 24 letters, hosts of links and how many links there are."""
    kept = dict.fromkeys(word for word in words if 3 <= len(word) <= 24 and not word.isdigit())
    signs = [*(f"//{host}" for host in dict.fromkeys(hosts)), f"links:{min(len(hosts), 4)}"]
    return {number_of(word): word for word in [*signs, *list(kept)[: MOST_TOKENS - len(signs)]]}
