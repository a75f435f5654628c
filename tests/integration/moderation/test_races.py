"""Several at once: exactly one decision, one case, one appeal's outcome."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from forum.errors import ForumError
from forum.moderation.domain import Act, appeal, claim, decide, decide_appeal, report, undo
from forum.moderation.models import Appeal, Case, Decision, Report, Statement, Strike

WHY = {"reason": "spam", "explanation": "Advertising."}


@pytest.fixture
def scene(make):
    author, reader = make.member("author"), make.member("reader")
    staff = [make.member(f"mod{n}", role="moderator") for n in range(4)]
    thread = make.thread(author, make.category())
    with make.core.db.write() as session:
        made = report(session, actor=reader, target_type="post", target_id=thread.id, reason="spam", now=make.now)
    return {"author": author, "reader": reader, "staff": staff, "post": thread.id, "case": made.case_id}


def together(make, verbs):
    """Run all at the same moment, each on a connection of its own; results or our own errors."""
    barrier = Barrier(len(verbs))

    def run(verb):
        barrier.wait()
        try:
            with make.core.db.write() as session:
                return verb(session)
        except ForumError as error:
            return error

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def good(results):
    return [one for one in results if not isinstance(one, ForumError)]


def count(make, table, *where):
    with make.core.db.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where))


@pytest.mark.parametrize("round_", range(3))
def test_two_moderators_end_in_one_decision(make, scene, round_):
    version = make.get(Case, scene["case"]).version
    acts = ["hide", "remove", "dismiss", "warn"]

    def deciding(actor, action):
        act = Act(action=action, **(WHY if action != "dismiss" else {}))
        return lambda session: decide(
            session, actor=actor, act=act, case_id=scene["case"], version=version, now=make.now
        )

    done = good(together(make, [deciding(*pair) for pair in zip(scene["staff"], acts, strict=True)]))
    assert len(done) == 1
    assert count(make, Decision) == 1 and count(make, Case, Case.state == "resolved") == 1
    assert count(make, Statement) == (0 if done[0].action == "dismiss" else 1)
    assert count(make, Strike) <= 1
    make.check_counters()


def test_one_claim(make, scene):
    version = make.get(Case, scene["case"]).version

    def claiming(actor):
        return lambda session: claim(session, actor=actor, case_id=scene["case"], version=version, now=make.now)

    assert len(good(together(make, [claiming(actor) for actor in scene["staff"]]))) == 1


def test_reports_at_once_make_one_case(make, scene):
    people = [make.member() for _ in range(4)]
    other = make.thread(scene["author"]).id

    def reporting(actor):
        return lambda session: report(
            session, actor=actor, target_type="post", target_id=other, reason="hate", now=make.now
        )

    assert len(good(together(make, [reporting(actor) for actor in people]))) == 4
    with make.core.db.read() as session:
        (case,) = session.scalars(select(Case).where(Case.target_id == other)).all()
        reports = session.scalars(select(Report).where(Report.case_id == case.id)).all()
        assert case.report_count == 4 == len(reports)
        assert case.score == sum(row.weight for row in reports)


def test_one_undo(make, scene):
    with make.core.db.write() as session:
        act = Act(action="remove", **WHY)
        made = decide(session, actor=scene["staff"][0], act=act, case_id=scene["case"], now=make.now)

    def undoing(actor):
        return lambda session: undo(session, actor=actor, decision_id=made.id, now=make.now)

    assert len(good(together(make, [undoing(actor) for actor in scene["staff"]]))) == 1
    make.check_counters()


def test_one_outcome(make, scene):
    with make.core.db.write() as session:
        act = Act(action="remove", **WHY)
        made = decide(session, actor=scene["staff"][0], act=act, case_id=scene["case"], now=make.now)
    with make.core.db.write() as session:
        objection = appeal(session, actor=scene["author"], decision_id=made.id, body="No.", now=make.now).id

    def deciding(actor, outcome):
        return lambda session: decide_appeal(
            session, actor=actor, appeal_id=objection, outcome=outcome, reasons="Looked again.", now=make.now
        )

    pairs = zip(scene["staff"][1:], ("reversed", "upheld", "reversed"), strict=True)
    assert len(good(together(make, [deciding(*pair) for pair in pairs]))) == 1
    assert make.get(Appeal, objection).state in {"upheld", "reversed"}
    make.check_counters()
