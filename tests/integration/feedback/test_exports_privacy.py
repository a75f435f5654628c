"""What no file may hold: names, addresses, numbers and words, at each level and whatever has happened since."""

import io
import re
import zipfile
from typing import Any

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from forum.categories.models import Category
from forum.feedback import domain as feedback
from forum.feedback.exports.models import Snapshot
from forum.feedback.exports.privacy import Aliases
from forum.feedback.exports.snapshot import Opened
from forum.feedback.masking import Mask, Names
from forum.feedback.models import Consent, Evidence, PostConsent
from forum.threads.models import Thread
from tests.factories import Make
from tests.support.feedback_exports import SECRETS, House

BOTH = pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
"""What is made of the rows is the same on both: PostgreSQL in the slow suite."""

KINDS = ("csv", "xlsx", "json", "md", "html", "pdf")
WORDS = "The stand is unsteady"  # of one item's posts, and of nothing else


@pytest.fixture
def house(make: Make, clock: Any) -> House:
    return House(make, clock)


def readable(content: bytes, kind: str) -> str:
    """All that a reader could find in a file, on one line."""
    if kind == "pdf":
        found = pypdf.PdfReader(io.BytesIO(content))
        text = " ".join(it.extract_text() for it in found.pages) + str(found.metadata)
    elif kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            text = " ".join(book.read(name).decode("utf-8") for name in book.namelist())
    else:
        text = content.decode("utf-8").replace("\\", "")
    return " ".join(text.split())


def holders(house: House, snapshot: str, words: str, kinds: tuple[str, ...] = KINDS) -> list[str]:
    """The files that hold `words`."""
    return [kind for kind in kinds if words.casefold() in readable(house.file(snapshot, kind), kind).casefold()]


@BOTH
@pytest.mark.parametrize("privacy", ["counts", "paraphrase", "quotes"])
def test_no_level_tells_who_somebody_is(house: House, privacy: str) -> None:
    snapshot = house.snapshot(privacy)
    for kind in KINDS:
        text = readable(house.file(snapshot, kind), kind)
        for secret in (*SECRETS, *(it.name for it in house.people), *(it.display_name for it in house.people), "livia"):
            assert secret.casefold() not in text.casefold(), (kind, secret)
        assert "Only among us" not in text and "We of the staff" not in text  # a closed category; nobody's voice
        assert ("/p/" in text) == (privacy == "quotes") or kind == "pdf"
        if privacy != "quotes":
            assert WORDS not in text and "What an engine" not in text
        if privacy == "counts":
            assert "Item sensors" not in text and "May we say" not in text and "An answer on sensors" not in text
    kept = house.opened(snapshot)
    assert "Giulia" not in str(kept.page)
    for line in (line for lines in kept.evidence() for line in lines):
        assert "Giulia" not in line.text and (line.alias == "") == (line.item in few(house, snapshot))


def few(house: House, snapshot: str) -> set[int]:
    return {it.id for it in house.opened(snapshot).page.lines if it.people.now is None}


def erase(house: House) -> None:
    with house.make.core.db.write() as session:
        session.execute(
            update(Evidence).where(Evidence.item_id == house.items["stand"])
            .values(quote="", redacted_at=house.make.now, author_id=None)
        )  # fmt: skip


def forget(house: House) -> None:
    with house.make.core.db.write() as session:
        session.execute(delete(Evidence).where(Evidence.item_id == house.items["stand"]))


def states(state: str) -> Any:
    def change(house: House) -> None:
        for name in stands(house):
            house.hide(name, state)

    return change


def refuse(house: House) -> None:
    with house.make.core.db.write() as session:
        for one in house.people[:3]:
            feedback.may_be_quoted(session, actor=one, quote=False, now=house.make.now)


def refuse_these(house: House) -> None:
    with house.make.core.db.write() as session:
        for one in house.people[:3]:
            session.add(Consent(member_id=one.id, quote=True, at=house.make.now))
        for name in stands(house):
            session.add(PostConsent(post_id=house.posts[name].id, quote=False, at=house.make.now))


def close(house: House) -> None:
    with house.make.core.db.write() as session:
        session.execute(update(Category).where(Category.slug == house.open).values(visibility="members"))


def hide_thread(house: House) -> None:
    with house.make.core.db.write() as session:
        threads = [house.posts[name].thread_id for name in stands(house)]
        session.execute(update(Thread).where(Thread.id.in_(threads)).values(state="deleted"))


def stands(house: House) -> list[str]:
    return [name for name in house.posts if name.startswith("stand-")]


EVENTS = {
    "erased": erase, "taken off": forget, "deleted": states("deleted"), "hidden": states("hidden"),
    "held": states("held"), "removed": states("removed"), "refused": refuse, "refused for the post": refuse_these,
    "category closed": close, "thread deleted": hide_thread,
}  # fmt: skip
AT_ONCE = {"erased", "refused", "hidden"}
"""In the quick suite; it draws sequences of all of them, too: `test_privacy_sequences.py`."""


@BOTH
@pytest.mark.parametrize("event", [it if it in AT_ONCE else pytest.param(it, marks=pytest.mark.slow) for it in EVENTS])
def test_what_was_withdrawn_is_in_no_file_of_an_old_run(house: House, event: str) -> None:
    snapshot = house.snapshot()
    before = house.opened(snapshot).page
    assert holders(house, snapshot, WORDS) == list(KINDS)
    EVENTS[event](house)
    assert holders(house, snapshot, WORDS) == []
    assert WORDS not in str(Opened(house.make.get(Snapshot, snapshot).data).page)
    after = house.opened(snapshot).page
    assert after.redacted >= 3 and (after.lines, after.heard, after.themes) == (
        before.lines,
        before.heard,
        before.themes,
    )
    said = f"{after.redacted} quotes were taken out since"
    assert holders(house, snapshot, said, ("md", "html", "pdf", "xlsx")) == ["md", "html", "pdf", "xlsx"]
    assert holders(house, house.snapshot(), WORDS) == []  # nor in a new one


@BOTH
def test_pseudonyms_hold_within_an_export_and_lead_nowhere(house: House) -> None:
    runs = [[line for lines in house.opened(house.snapshot()).evidence() for line in lines] for _ in range(2)]
    first, second = ({it.id: it.alias for it in run} for run in runs)
    assert first.keys() == second.keys()
    named = [key for key, alias in first.items() if alias]
    assert named and all(first[key] != second[key] for key in named)
    with house.make.core.db.read() as session:
        author = {key: session.get_one(Evidence, key).author_id for key in named}
    assert len({first[key] for key in named}) == len({author[key] for key in named})
    assert all((first[a] == first[b]) == (author[a] == author[b]) for a in named for b in named)
    assert Aliases(b"one", "s").of(1) != Aliases(b"two", "s").of(1)


# -- the mask, whatever is written ------------------------------------------------------------------------------------

NAMES = [
    ("giulia.ferri", "Giulia Ferri", True), ("renzo", "Renzo", True), ("bici", "Marta D’Angelo-Riva", False),
    ("nico.detto.lampo", "Niccolò Del Bene", True), ("sella.rossa", "S. Conti", False),
]  # fmt: skip
MASK = Mask(
    Names(*("\n".join(f"{handle}\n{shown}" for handle, shown, it in NAMES if it is spoke) for spoke in (True, False)))
)
FILL = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Nd", "Cc")), max_size=30)
FORBIDDEN = st.sampled_from(
    ("giulia.ferri", "Giulia Ferri", "GIULIA FERRI", "renzo", "Renzo", "Marta D’Angelo-Riva", "@renzo", "a.b@posta.it",
     "info@ferri.example", "nome (at) posta.it", "+39 333 123 4567", "333 1234567", "02/12345678", "Via Torino 14",
     "https://example.org/u/renzo", "Giulia", "FERRI", "Marta", "Angelo", "Riva", "Niccolò",
     "Niccolo\u0300", "Niccolo", "Lampo", "Conti", "IT60 X054 2811 1010 0000 0123 456")
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(FILL, FORBIDDEN), min_size=1, max_size=4), FILL)
def test_the_mask_leaves_nothing_that_names_anybody(parts: list[tuple[str, str]], end: str) -> None:
    text = " ".join(f"{fill} {forbidden}" for fill, forbidden in parts) + f" {end}"
    masked = MASK(text)
    for _, forbidden in parts:
        assert not re.search(rf"(?<!\w){re.escape(forbidden)}(?!\w)", masked, re.IGNORECASE), (text, masked)
    assert MASK(masked) == masked


def test_the_mask_leaves_words_alone() -> None:
    for text in (
        "In 2026 ho fatto 1.900 km in 14 giorni.",
        "Taglia 55, versione 4.2.1, codice 12345.",
        "la mia bici è qui",
        "conti alla mano, va bene in riva al fiume: del resto il lampo è passato",
        "Del resto la Sella si cambia, e la Rossa si vende.",
    ):
        assert MASK(text) == text


def test_a_part_of_a_name_is_masked_where_it_stands_with_a_capital() -> None:
    for text, masked in (
        ("Ha ragione Giulia, la Ferri lo dice", "Ha ragione […], la […] lo dice"),
        ("Niccolo\u0300 e NICCOLO’ lo sanno", "[…] e […]’ lo sanno"),
        ("Come dice D’Angelo: è una riva ripida", "Come dice D’[…]: è una riva ripida"),
        ("Bene così", "[…] così"),  # somebody's name, if a word as well: nobody can tell
    ):
        assert MASK(text) == masked
