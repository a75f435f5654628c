"""What decisions teach: how authors' texts were judged, which words are telling, which pictures were taken away.

A decision teaches once (`Lesson`), and undoing it unlearns the same.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from forum.db import upsert
from forum.moderation.models import Case, Decision
from forum.prevention.models import Check, Lesson, Print, Token
from forum.prevention.reading import Reading, read
from forum.threads.models import Post, Thread

RESTRICTING = frozenset({"hide", "remove", "silence", "suspend", "ban"})
CLEARING = frozenset({"dismiss", "approve"})
TEACHES_BAD = frozenset({"spam"})
"""Reasons whose words are learned. A quarrel's words are everybody's: learning them would silence a topic."""
STANDS = timedelta(days=3)
"""A post that nobody minded for so long was a good one."""
A_ROUND = 200


class Taught(msgspec.Struct, frozen=True):
    """One post of a lesson. `learned`: what the filter took it for; "" when it did not learn from it."""

    post_id: int
    judged: str
    learned: str


def learn(session: Session, *, decision_id: int, now: datetime) -> list[str]:
    """Take in a decision; the names of pictures that were taken away with it, for `pictures.condemn`."""
    decision = session.get(Decision, decision_id)
    if decision is None or decision.undone_at is not None or session.get(Lesson, decision_id) is not None:
        return []
    lesson, names = [], list[str]()
    for post_id, judged in _judgements(decision):
        text = reading_of(session, post_id)
        if text is None:
            continue
        learns = judged if judged == "good" or decision.reason in TEACHES_BAD else ""
        before = _judge(session, post_id, judged, learns)
        if learns and before != learns:
            if before:
                count(session, text.tokens, before, -1)
            count(session, text.tokens, learns, +1)
        lesson.append(Taught(post_id, judged, learns if before != learns else ""))
        names += text.images if judged == "bad" else ()
    names = sorted(set(names))
    rows = msgspec.to_builtins(lesson)
    session.add(Lesson(decision_id=decision_id, checks=rows, prints=names, created_at=now))
    session.flush()
    return names


def unlearn(session: Session, *, decision_id: int) -> None:
    """Forget what a decision taught."""
    lesson = session.get(Lesson, decision_id)
    if lesson is None:
        return
    for one in msgspec.convert(lesson.checks, list[Taught]):
        text = reading_of(session, one.post_id)
        if one.learned and text is not None:
            count(session, text.tokens, one.learned, -1)
        session.execute(
            update(Check)
            .where(Check.post_id == one.post_id, Check.judged == one.judged)
            .values(judged="", learned="")
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(Print)
        .where(Print.name.in_(lesson.prints), Print.bad > 0)
        .values(bad=Print.bad - 1)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(Lesson).where(Lesson.decision_id == decision_id))


def learn_from_what_stands(session: Session, now: datetime) -> int:
    """Posts that nobody minded for three days were good ones: the filter learns them, some hundred a round."""
    contested = select(Case.id).where(Case.target_type == "post", Case.target_id == Post.id, Case.state != "resolved")
    query = (
        select(Check.id, Check.post_id)
        .join(Post, Post.id == Check.post_id)
        .where(
            Check.learned == "", Check.judged == "", Check.outcome.in_(("", "observe")), Check.kind != "edit",
            Check.created_at.between(now - 10 * STANDS, now - STANDS), Post.state == "visible", ~contested.exists(),
        )
        .order_by(Check.created_at)
        .limit(A_ROUND)
    )  # fmt: skip
    rows = session.execute(query).all()
    for check_id, post_id in rows:
        text = reading_of(session, post_id or 0)
        if text is not None:
            count(session, text.tokens, "good", +1)
        session.execute(update(Check).where(Check.id == check_id).values(learned="good"))
    return len(rows)


def reading_of(session: Session, post_id: int) -> Reading | None:
    """A post that is there, read as it was when it was new: an opening post with its title."""
    row = session.execute(
        select(Post.source, Post.html, Post.number, Thread.title)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.id == post_id)
    ).first()
    return read(row.source, row.html, row.title if row.number == 1 else "") if row else None


def count(session: Session, tokens: Iterable[int], kind: str, step: int) -> None:
    """Add to (or take from) what the filter knows of these words, and to the number of texts."""
    column = Token.bad if kind == "bad" else Token.good
    rows = sorted({0, *tokens})
    if step > 0:
        missing = upsert(session, Token).on_conflict_do_nothing(index_elements=[Token.token])
        session.execute(missing, [{"token": token, "bad": 0, "good": 0} for token in rows])
    changed = column + step
    session.execute(
        update(Token)
        .where(Token.token.in_(rows), column >= -step if step < 0 else Token.token >= 0)
        .values({column.key: changed})
        .execution_options(synchronize_session=False)
    )


def _judgements(decision: Decision) -> list[tuple[int, str]]:
    """(post, "bad" or "good") of what a decision was about, took away or let appear: what became of a post says more
    than what became of its author.
    """
    whole = "bad" if decision.action in RESTRICTING else "good" if decision.action in CLEARING else ""
    found = {decision.target_id: whole} if whole and decision.target_type == "post" else {}
    for entry in decision.effects:
        if entry[0] == "set" and entry[1] == "posts" and "state" in entry[3]:
            found[entry[2]] = "good" if entry[3]["state"][1] == "visible" else "bad"
    return sorted(found.items())[:500]


def _judge(session: Session, post_id: int, judged: str, learns: str) -> str:
    """Write the judgement into what was seen of a post; what the filter had taken it for before."""
    before = session.execute(select(func.max(Check.learned)).where(Check.post_id == post_id)).scalar()
    values = {"judged": judged, "learned": learns} if learns else {"judged": judged}
    session.execute(
        update(Check).where(Check.post_id == post_id).values(values).execution_options(synchronize_session=False)
    )
    return before or ""
