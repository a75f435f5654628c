"""What a find counts. Measured with tests/relevance; docs/search.md says what each one brings."""

import msgspec


class Ranking(msgspec.Struct, frozen=True):
    """The first four are in the index: whoever changes them raises `fields.LAYOUT`."""

    title: float = 1.6  # a word of the thread's title, beside BM25's of the text
    tag: float = 0.6
    length: float = 0.3  # BM25's b: how much a long text is held against a post
    often: float = 0.8  # BM25's k1: how much more a word tells that stands there more than once
    opening: float = 1.5  # an opening post against a reply that matches as well
    thread: float = 0.1  # a thread in which many posts match, by the logarithm of how many
    fresh: float = 0.15  # a post of today against one that is ages old
    share: float = 0.3  # of the weight of all words, what a post must have where few have all; 1: all of them


RANKING = Ranking()
