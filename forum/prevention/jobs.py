"""What happens after an event: cases for what was flagged, lessons from decisions, fingerprints of pictures."""

from sqlalchemy import select

from forum.errors import NotFound
from forum.events import CheckRaised, DecisionMade, DecisionUndone, HousekeepingDue, PostCreated, record
from forum.moderation.domain import cases
from forum.moderation.domain.reports import reference, snapshot
from forum.moderation.domain.scores import PLAIN, SEVERITY
from forum.moderation.domain.targets import load
from forum.moderation.models import REASONS, Report
from forum.prevention import domain, learning, pictures, queries
from forum.prevention.engine import outcome_of
from forum.prevention.facts import Author, Facts
from forum.prevention.models import Check
from forum.prevention.phases import BY_NAME, images
from forum.worker import Task

SYSTEM = "A"
"""Reports of the software itself have references A-XXXXXXXX and no reporter."""


def open_case(task: Task, event: CheckRaised) -> None:
    """A text that was flagged or held stands in the queue, with a report of the software's own; one a case."""
    now = task.clock()
    with task.db.write() as session:
        check = session.get(Check, event.check_id)
        if check is None or check.post_id is None:
            return
        try:
            target = load(session, "post", check.post_id)
        except NotFound:
            return
        if target.post is None or target.post.state not in {"visible", "held"}:
            return
        case = cases.open_case(session, target, now)
        mine = select(Report.id).where(Report.case_id == case.id, Report.reference.startswith(f"{SYSTEM}-"))
        if session.execute(mine).first() is None:
            reason = next((one["reason"] for one in check.findings if one["phase"] == check.phase), "other")
            reason = reason if reason in REASONS else "other"
            title, words, version = snapshot(session, target)
            session.add(
                Report(
                    reference=reference(SYSTEM), case_id=case.id, reporter_id=None, reason=reason, detail="",
                    threat=False, snapshot_title=title, snapshot=words, snapshot_version=version, created_at=now,
                    weight=PLAIN + SEVERITY[reason] // 2, state="open",
                )
            )  # fmt: skip
            session.flush()
        case.held = case.held or target.post.state == "held"
        cases.reckon(session, case)


def learn(task: Task, event: DecisionMade) -> None:
    """A decision teaches the filter, the author's history and the fingerprints."""
    with task.db.write() as session:
        names = learning.learn(session, decision_id=event.decision_id, now=task.clock())
        if names:
            pictures.condemn(session, names, task.settings.data_dir, task.clock())


def unlearn(task: Task, event: DecisionUndone) -> None:
    """What was taken back teaches nothing."""
    with task.db.write() as session:
        learning.unlearn(session, decision_id=event.decision_id)


def look_at_pictures(task: Task, event: PostCreated) -> None:
    """Pictures whose fingerprint nobody had taken yet are compared after the fact."""
    with task.db.read() as session:
        text = learning.reading_of(session, event.post_id)
        seen = session.scalar(select(Check.id).where(Check.post_id == event.post_id).limit(1))
        if text is None or not text.images or seen is None:
            return
    now = task.clock()
    with task.db.write() as session:
        near = pictures.know(session, list(text.images), task.settings.data_dir, now)
        check = session.get(Check, seen)
        rules = queries.rules(session)
        mode = rules.mode(images.PHASE.name, images.PHASE.mode)
        if check is None or mode == "off" or any(one["phase"] == "images" for one in check.findings):
            return
        who = queries.author(session, check.author_id)
        found = images.look(text, Facts(now, Author(who.id, who.joined_at), images=near), rules)
        if found is not None:
            finding = outcome_of(BY_NAME["images"], found, "observe" if mode == "observe" else "flag")
            domain.add_finding(session, check, finding)
            if finding.mode == "flag":
                record(session, CheckRaised(check.id), now=now)


def clean_up(task: Task, event: HousekeepingDue) -> None:
    """Once an hour: learn from what stands, forget what is kept no longer."""
    with task.db.write() as session:
        learning.learn_from_what_stands(session, task.clock())
    while True:
        with task.db.write() as session:
            if domain.clean_up(session, task.clock()) < 5000:
                return
