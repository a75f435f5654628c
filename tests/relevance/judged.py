"""Queries whose right answers are known, made from the forums without chance: the same every time."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

import msgspec

from forum.search.analysis import fold, tokens
from forum.search.stopwords import EMPTY
from tests.relevance.corpus import APART, FORUMS, Corpus, forum_of
from tests.relevance.italian import FORMS

KINDS = ("known item", "title words", "duplicate", "similar", "misspelt", "Italian forms", "code and numbers")
IDENTIFIER = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])\w{4,}\b|\b[a-z]+[A-Z]\w+\b|\b\w+_\w+\b")


class Judged(msgspec.Struct, frozen=True):
    """A query. `right`: thread → how right it is as an answer, 2 fully, 1 partly; 0: neither right nor wrong.

    `text`: the opening post that comes with a title, for "similar".
    """

    kind: str
    query: str
    right: dict[int, int]
    text: str = ""


def judged(corpus: Corpus, each: int = 40) -> list[Judged]:
    """All of them; `each`: of a kind and a forum, where they are made."""
    makers = (_known, _title_words, _duplicates, _misspelt, _forms, _code)
    return [query for maker in makers for query in maker(corpus, each)]


def _dice(kind: str) -> random.Random:
    return random.Random(f"relevance {kind}")


def _words(text: str) -> list[str]:
    """The words of a text that say something, as typed, without repetition."""
    found: dict[str, None] = {}
    for token in tokens(text, ""):
        word = text[token.start : token.end].lower()
        if not token.part and token.text.isalpha() and len(token.text) > 3 and fold(word) not in EMPTY:
            found[word] = None
    return list(found)


def _opening(corpus: Corpus) -> dict[str, list[tuple[int, str]]]:
    """Forum → (thread, its opening post)."""
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for document in corpus.documents:
        if document.number == 1:
            found[forum_of(document.thread_id)].append((document.thread_id, document.text))
    return found


def _known(corpus: Corpus, each: int) -> Iterator[Judged]:
    """Somebody remembers a thread by three words of its opening post that are neither everywhere nor nowhere else."""
    dice = _dice("known")
    for threads in _opening(corpus).values():
        spread = Counter(word for _, text in threads for word in _words(text))
        made = 0
        for thread, text in dice.sample(threads, len(threads)):
            telling = [word for word in _words(text) if 2 <= spread[word] <= max(4, len(threads) // 25)]
            if len(telling) < 4:
                continue
            yield Judged("known item", " ".join(dice.sample(telling, 3)), {thread: 2})
            made += 1
            if made == each:
                break


def _title_words(corpus: Corpus, each: int) -> Iterator[Judged]:
    """Or by two or three words of its title."""
    dice = _dice("title")
    for forum in FORUMS:
        titles = corpus.titles(forum)
        made = 0
        for thread in dice.sample(sorted(titles), len(titles)):
            words = _words(titles[thread])
            if len(words) >= 2:
                chosen = sorted(dice.sample(words, min(len(words), 2 + made % 2)), key=words.index)
                yield Judged("title words", " ".join(chosen), {thread: 2})
                made += 1
            if made == each:
                break


def _duplicates(corpus: Corpus, each: int) -> Iterator[Judged]:
    """The title of a thread finds the threads that its replies point to."""
    titles, cited = corpus.titles(), defaultdict(set)
    for source, target in corpus.links:
        if source in titles and target in titles and source != target:
            cited[source].add(target)
    dice = _dice("duplicates")
    opening = {thread: text for threads in _opening(corpus).values() for thread, text in threads}
    for forum in FORUMS:
        sources = sorted(it for it in cited if forum_of(it) == forum)
        for source in dice.sample(sources, min(len(sources), 2 * each)):
            # the asking thread itself comes first, and rightly: it does not count
            right = {source: 0} | dict.fromkeys(sorted(cited[source]), 2)
            yield Judged("duplicate", titles[source], right)
            yield Judged("similar", titles[source], right, opening.get(source, ""))


def _misspelt(corpus: Corpus, each: int) -> Iterator[Judged]:
    """A word of a title with two letters swapped, one left out or one doubled, alone or beside a right one."""
    dice = _dice("misspelt")
    for forum in FORUMS:
        titles = corpus.titles(forum)
        spread = Counter(fold(word) for title in titles.values() for word in set(_words(title)))
        made = 0
        for thread in dice.sample(sorted(titles), len(titles)):
            rare = [word for word in _words(titles[thread]) if spread[fold(word)] <= 2 and len(word) >= 6]
            if not rare:
                continue
            word = dice.choice(rare)
            same = {it for it, title in titles.items() if word in _words(title)}
            at = dice.randrange(1, len(word) - 2)
            wrong = (
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
            )[made % 3]
            if wrong != word:
                yield Judged("misspelt", wrong, dict.fromkeys(sorted(same), 2))
                made += 1
            if made == each // 2:
                break


def _forms(corpus: Corpus, each: int) -> Iterator[Judged]:
    there = corpus.titles("italian-se")
    base = list(FORUMS).index("italian-se") * APART
    for query, threads in FORMS[: each * 4]:
        if right := {base + it: 2 for it in threads if base + it in there}:
            yield Judged("Italian forms", query, right)


def _code(corpus: Corpus, each: int) -> Iterator[Judged]:
    """An identifier of a title: threads with it in the title answer, those with it in the opening post a little."""
    titles = corpus.titles("oem-sample")
    named: defaultdict[str, set[int]] = defaultdict(set)
    for thread, title in titles.items():
        for word in IDENTIFIER.findall(title):
            named[word.lower()].add(thread)
    bodies = {thread: text.lower() for thread, text in _opening(corpus).get("oem-sample", [])}
    chosen = sorted(word for word, threads in named.items() if len(threads) <= 5)
    for word in _dice("code").sample(chosen, min(len(chosen), each + each // 2)):
        whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        partly = {thread: 1 for thread, text in bodies.items() if whole.search(text)}
        yield Judged("code and numbers", word, partly | dict.fromkeys(sorted(named[word]), 2))
