"""Posting lists in memory: what was read comes back whole, and no more is kept than may be."""

from functools import partial

from forum.search.engines.whoosh.decoded import WORTH, Cache, Postings, unpacked

BLOCKS = [([3, 1, 4], (0.5, 1.25, 2.0), (b"\x01\x00", b"", b"\x02\x00\x07\x00")), ([10], 1.0, (b"\x09\x00",))]


def read(posts: int) -> Postings:
    """A list of so many posts, without places."""
    return unpacked([([1] * posts, None, None)])


def test_a_list_comes_back_as_it_was_packed() -> None:
    found = unpacked(BLOCKS)
    assert dict(zip(found.ids, found.weights, strict=True)) == {3: 0.5, 4: 1.25, 8: 2.0, 10: 1.0}
    assert dict(found.packed({3, 8, 10, 99})) == {3: b"\x01\x00", 8: b"\x02\x00\x07\x00", 10: b"\x09\x00"}


def test_a_field_without_places_has_weights_alone() -> None:
    found = read(3)
    assert list(found.weights) == [1.0, 1.0, 1.0]
    assert dict(found.packed({2})) == {2: b""}


def test_no_more_is_kept_than_fits_and_the_oldest_goes_first() -> None:
    size = read(1000).size
    cache, asked = Cache(most=size * 4), []

    def get(name: str) -> None:
        def make() -> Postings:
            asked.append(name)
            return read(1000)

        cache.get((name, "text", b"word"), make)

    for name in ("a", "b", "c", "d", "a", "e", "a", "b"):  # e pushes b out, for a was asked for again
        get(name)
    assert asked == ["a", "b", "c", "d", "e", "b"]
    assert cache.size <= cache.most


def test_short_lists_and_huge_ones_are_not_kept() -> None:
    cache = Cache(most=100 * WORTH)
    for posts in (2, 10_000):
        cache.get(("segment", "text", str(posts).encode()), partial(read, posts))
    assert cache.size == 0
