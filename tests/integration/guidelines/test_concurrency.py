"""Two people in the same moment: one draft, one outcome, one acknowledgement."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from forum.errors import Busy, Conflict, NotFound
from forum.guidelines import domain
from forum.guidelines.models import GuidelineAcknowledgement, GuidelineVersion
from forum.outbox import Outbox
from tests.support.between import between
from tests.support.guidelines import FORTNIGHT, Rules


@pytest.fixture
def rules(make):
    return Rules(make, make.member("livia", role="manager"))


def together(db, *acts):
    """What each act gave: its result, or the refusal it met. All begin at once, each in its own transaction."""
    gate = Barrier(len(acts))

    def run(act):
        gate.wait(10)
        try:
            with db.write() as session:
                return act(session)
        except (Conflict, NotFound, Busy) as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_managers_begin_one_draft(make, db, rules, clock):
    other = make.member("teo", role="admin")
    made = together(
        db, *[lambda s, who=who: domain.draft(s, actor=who, now=clock()) for who in (rules.boss, other) * 3]
    )
    assert 2 in made and all(one == 2 or isinstance(one, Conflict) for one in made)
    with db.read() as session:
        assert session.scalars(select(GuidelineVersion.number)).all() == [2]


@pytest.mark.parametrize("backend", ["postgres"])  # on SQLite nobody begins while somebody writes
@pytest.mark.parametrize("at", range(1, 6))
def test_a_draft_begun_between_two_looks_is_met(db, rules, clock, at):
    with (
        db.write() as session,
        between(db, session, at, lambda other: domain.draft(other, actor=rules.boss, now=clock())) as meanwhile,
    ):
        try:
            assert domain.draft(session, actor=rules.boss, now=clock()) == 2
        except Conflict:
            assert at > 1  # it had looked already
    assert meanwhile.done
    with db.read() as session:
        assert session.scalars(select(GuidelineVersion.number)).all() == [2]


def test_of_two_saves_one_is_stale(db, rules, clock):
    number = rules.draft()
    texts = [domain.prepare(source_en=f"## {name}", source_it=f"## {name}") for name in ("Mine", "Theirs")]
    made = together(
        db,
        *[
            lambda s, w=w: domain.edit(s, actor=rules.boss, number=number, version=1, words=w, now=clock())
            for w in texts
        ],
    )
    assert sorted(type(one).__name__ for one in made) == ["Conflict", "int"]
    winner = texts[[isinstance(one, int) for one in made].index(True)]
    assert rules.row(number).source_en == winner.source_en and rules.row(number).version == 2


def test_announced_or_discarded_but_not_both(db, rules, clock):
    number = rules.draft()
    rules.save(number, 1)
    day = clock() + FORTNIGHT
    made = together(
        db,
        lambda s: domain.announce(
            s, actor=rules.boss, number=number, version=2, significant=True, effective_at=day, now=clock()
        ),
        lambda s: domain.discard(s, actor=rules.boss, number=number, version=2, now=clock()),
    )
    assert len([one for one in made if one is None]) == 1, made
    with db.read() as session:
        told = session.scalars(select(Outbox.id).where(Outbox.event == "GuidelinesAnnounced")).all()
    row = rules.row(number)
    assert (row is None and not told) or (row.announced_at == clock() and len(told) == 1)


def test_one_withdrawal(db, rules, clock):
    rules.publish(effective_at=clock() + FORTNIGHT)
    made = together(db, *[lambda s: domain.withdraw(s, actor=rules.boss, number=2, now=clock()) for _ in range(3)])
    assert made.count(None) == 1 and sum(isinstance(one, Conflict) for one in made) == 2


def test_one_acknowledgement(make, db, rules, clock):
    rules.publish(effective_at=clock() + FORTNIGHT)
    anna = make.member("anna")
    made = together(db, *[lambda s: domain.acknowledge(s, actor=anna, number=2, now=clock()) for _ in range(4)])
    assert made == [None] * 4
    with db.read() as session:
        rows = session.scalars(
            select(GuidelineAcknowledgement.number).where(GuidelineAcknowledgement.member_id == anna.id)
        ).all()
    assert rows == [2]
