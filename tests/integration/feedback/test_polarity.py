"""The signal over evidence: counted by hand, honest about coverage; words in versions; a person's reading wins."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from forum.audit.models import AuditEntry
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.feedback import domain
from forum.feedback.domain import NewEvidence, NewItem, NewTeam, StatusChange
from forum.feedback.models import Evidence
from forum.feedback.polarity import queries
from forum.feedback.polarity.domain import WordChange, change_word, override, revert
from forum.feedback.polarity.models import LexiconVersion, Value
from tests.factories import Make

TEXTS = (
    "Pessimo.",
    "Bello, bello.",
    "Così così il giovedì.",
    "Non funziona.",
    "Ottimo!",
    "Che delusione.",
    "Perfetto.",
)


class House:
    """Seven members wrote in Italian, a moderator too; the team has the item."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.livia, self.nadia = make.member("livia", role="manager"), make.member("nadia", role="moderator")
        first = make.thread(make.member(), make.category("officina", locale="it"), body=TEXTS[0])
        refs = [first, *(make.reply(make.member(), first.thread_id, text) for text in TEXTS[1:])]
        refs.append(make.reply(self.nadia, first.thread_id, "Fantastico, stupendo!"))
        with make.core.db.write() as session:
            self.team = domain.save_team(session, actor=self.livia, team=NewTeam("Product", 5), now=make.now)
            item = NewItem(
                title="It", kind="problem", team="product", evidence=tuple(NewEvidence(it.id) for it in refs)
            )
            self.item = domain.create(session, actor=self.livia, item=item, now=make.now)
        self.refs = refs
        with make.core.db.read() as session:
            self.ids = list(session.scalars(select(Evidence.id).order_by(Evidence.id)))

    def signal(self, team: int | None = None, **span: float) -> queries.Signal:
        now = self.make.now
        with self.make.core.db.read() as session:
            return queries.signal(session, team, now - timedelta(days=1), now + timedelta(**(span or {"days": 1})))


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


def test_points_and_coverage(house: House) -> None:
    """The mean of the values, times a hundred; what no word was found in is counted as not scored."""
    found = house.signal()
    with house.make.core.db.read() as session:
        read = queries.of_evidence(session, house.ids)
    values = [read[it].value for it in house.ids[:7]]
    scored = [it for it in values if it is not None]
    assert (found.scored, found.total, found.version, found.corrected) == (6, 7, 1, 0) and values[2] is None
    assert found.points == round(100 * sum(scored) / 6)
    assert read[house.ids[1]].matched == ("bello", "bello")
    assert house.signal(house.team).total == 0  # not sent to it yet
    with house.make.core.db.write() as session:
        sent = StatusChange("sent")
        domain.set_status(session, actor=house.livia, item_id=house.item, change=sent, now=house.make.now)
    assert house.signal(house.team) == found
    assert house.signal(days=-1).total == 0


def test_what_may_not_be_read_is_not_counted(house: House) -> None:
    """A hidden post leaves; erased words are part of the whole, and no longer read; few pieces give no figure."""
    before = house.signal()
    house.make.state(house.refs[0], "hidden")
    assert house.signal().total == before.total - 1
    with house.make.core.db.write() as session:
        member = session.get_one(Evidence, house.ids[1]).author_id
        assert member
        domain.erase_words(session, member_id=member, now=house.make.now)
    queries._known.clear()
    found = house.signal()
    assert (found.total, found.scored) == (6, 4) and found.points is None


def test_a_persons_reading_wins_and_is_counted(house: House) -> None:
    page = house.make.browser(house.livia)
    for evidence, value in ((house.ids[2], "-1"), (house.ids[0], "1")):
        page.post(f"/feedback/evidence/{evidence}/polarity", {"value": value})
    found = house.signal()
    assert (found.scored, found.total, found.corrected) == (7, 7, 2)
    with house.make.core.db.read() as session:
        read = queries.of_evidence(session, house.ids)
        assert read[house.ids[0]].value == 1.0 and read[house.ids[0]].overridden
        actions = session.scalars(select(AuditEntry.action)).all()
    assert actions.count("feedback.polarity_set") == 2
    page.post(f"/feedback/evidence/{house.ids[2]}/polarity", {"value": ""})
    assert (house.signal().scored, house.signal().corrected) == (6, 1)
    assert page.post(f"/feedback/evidence/{house.ids[2]}/polarity", {"value": "7"}).status_code == 422
    with house.make.core.db.write() as session:
        with pytest.raises(Forbidden):
            override(session, actor=house.nadia, evidence_id=house.ids[0], value=0, now=house.make.now)
        with pytest.raises(NotFound):
            override(session, actor=house.livia, evidence_id=999_999, value=0, now=house.make.now)


def test_reading_ahead_changes_no_figure(house: House) -> None:
    """Kept values, older ones, or none: the same figures; erased words are not read from them either."""
    make, first = house.make, house.signal()
    for change in (WordChange("it", "così così", -1), WordChange("it", "così così", None)):
        with make.core.db.write() as session:
            number = change_word(session, actor=house.livia, change=change, now=make.now)
        cold = house.signal()
        make.drain()
        with make.core.db.read() as session:
            kept = session.scalars(select(Value)).all()
        assert len(kept) == 8 and {it.version for it in kept} == {number}
        queries._known.clear()
        assert house.signal() == cold
    assert (house.signal().points, house.signal().scored) == (first.points, first.scored)
    with make.core.db.write() as session:
        author = session.get_one(Evidence, house.ids[1]).author_id
        assert author
        domain.erase_words(session, member_id=author, now=make.now)
    assert (house.signal().scored, house.signal().total) == (5, 7)


def test_words_change_in_versions_and_come_back(house: House) -> None:
    """Each change is a version that is kept whole; figures follow; going back is one more version."""
    make, first = house.make, house.signal()
    with make.core.db.write() as session:
        change = WordChange("it", "Così così", -1, "of Thursdays", 1)
        assert change_word(session, actor=house.livia, change=change, now=make.now) == 2
    second = house.signal()
    assert (second.version, second.scored) == (2, 7) and second.points != first.points
    with make.core.db.write() as session:
        with pytest.raises(Conflict):
            change_word(session, actor=house.livia, change=WordChange("it", "x", 1, "", 1), now=make.now)
        with pytest.raises(NotFound):
            change_word(session, actor=house.livia, change=WordChange("it", "mai visto", None), now=make.now)
        with pytest.raises(Invalid):
            change_word(session, actor=house.livia, change=WordChange("it", "x", 5), now=make.now)
        with pytest.raises(Forbidden):
            change_word(session, actor=house.nadia, change=WordChange("it", "x", 1), now=make.now)
    with make.core.db.write() as session:  # another form of a word that is there replaces it
        change_word(session, actor=house.livia, change=WordChange("it", "belle", -3), now=make.now)
        assert "bello" not in queries.current(session).words["it"]
        assert revert(session, actor=house.livia, number=1, now=make.now) == 4
    again = house.signal()
    assert again == queries.Signal(first.points, first.scored, first.total, 4, 0)
    with make.core.db.read() as session:
        kept = {it.number: it.reverts_to for it in session.scalars(select(LexiconVersion))}
    assert kept == {1: None, 2: None, 3: None, 4: 1}


def test_the_page(house: House) -> None:
    browser = house.make.browser(house.livia)
    page = browser.get("/feedback/lexicon?locale=it&find=fantastic&text=Fantastico%2C+complimenti").text
    assert "fantastico, complimenti" in page and "In favour" in page
    wrong = browser.post("/feedback/lexicon", {"locale": "it", "term": "gnocco", "value": "9"})
    assert wrong.status_code == 422 and 'value="gnocco"' in wrong.text
    saved = browser.post(
        "/feedback/lexicon", {"locale": "it", "term": "gnocco", "value": "2", "version": "1"}, follow=True
    )
    assert "version 2" in saved.text and "came with the software" in saved.text
    stale = browser.post("/feedback/lexicon", {"locale": "it", "term": "altro", "value": "2", "version": "1"})
    assert stale.status_code == 409 and 'value="altro"' in stale.text
    browser.post("/feedback/lexicon", {"locale": "it", "term": "gnocco", "take": "1", "version": "2"})
    assert "No such word" in browser.get("/feedback/lexicon?find=gnocco").text
    assert browser.post("/feedback/lexicon/1/revert").status_code == 303
    assert house.make.browser(house.nadia).get("/feedback/lexicon").status_code == 403
