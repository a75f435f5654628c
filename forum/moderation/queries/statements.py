"""Statements of reasons (DSA Art. 17), as the member concerned reads them. No moderator and no reporter is in them."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.db import MAX_ID
from forum.errors import NotFound
from forum.guidelines import queries as guidelines
from forum.kit import paging
from forum.moderation.domain.appeals import WINDOW
from forum.moderation.models import Decision, Sanction, Statement, Strike
from forum.moderation.queries.reports import AppealView, my_appeal
from forum.moderation.words import reason_label, told
from forum.policy.actors import FOREVER, Actor, require_member
from forum.policy.posts import visible_posts
from forum.policy.statements import visible_statements
from forum.policy.threads import visible_threads
from forum.prevention.models import Check
from forum.threads.models import Post, Thread


class Told(msgspec.Struct, frozen=True):
    """A line of "decisions about you"."""

    id: int
    reference: str
    action: str
    target_type: str
    reason: str
    until: datetime | None
    created_at: datetime
    undone_at: datetime | None
    unread: bool
    """It must be acknowledged, and is not yet."""

    @property
    def heading(self) -> str:
        """What happened, as a message id."""
        return told(self.action, self.target_type)

    @property
    def why(self) -> str:
        """The reason's words, as a message id."""
        return reason_label(self.reason)

    @property
    def path(self) -> str:
        """Its address."""
        return f"/decisions/{self.id}"


class ToldPage(msgspec.Struct, frozen=True):
    """Newest first. `older`: cursor, None at the end."""

    rows: list[Told]
    older: str | None


class StatementView(msgspec.Struct, frozen=True):
    """One statement, whole. Times are None where the thing did not happen or has no end."""

    id: int
    reference: str
    action: str
    target_type: str
    reason: str
    rule: str
    rule_title: str
    """In the reader's language; empty when no rule was named."""
    guidelines: int
    """The version that was in force."""
    explanation: str
    created_at: datetime
    thread_title: str
    """Empty when the reader may not see the thread any more and did not open it."""
    content: str
    """Their own words as they stood then, Markdown."""
    content_at: datetime | None
    url: str
    """Where the thing stands, if they can still open it."""
    locale: str
    after_report: bool
    by_timer: bool
    detected: bool
    """A phase of prevention had flagged or held it."""
    swept: int
    """How many posts went out of sight in all."""
    waited: str
    """What became of the post, where it waited and the act is about its author: "hidden", "approved" or ""."""
    starts_at: datetime | None
    until: datetime | None
    """The end of a sanction; FOREVER for one without."""
    ended_at: datetime | None
    """It was lifted before."""
    strike_until: datetime | None
    undone_at: datetime | None
    must_acknowledge: bool
    acknowledged_at: datetime | None
    appeal: AppealView | None
    appeal_until: datetime

    @property
    def heading(self) -> str:
        """What happened, as a message id."""
        return told(self.action, self.target_type)

    @property
    def why(self) -> str:
        """The reason's words, as a message id."""
        return reason_label(self.reason)

    @property
    def path(self) -> str:
        """Its address."""
        return f"/decisions/{self.id}"

    @property
    def appeal_path(self) -> str:
        """Where an objection goes."""
        return f"/decisions/{self.id}/appeal"

    @property
    def forever(self) -> bool:
        """A sanction without an end."""
        return self.until == FOREVER

    @property
    def conceals(self) -> bool:
        """Something they wrote is out of sight."""
        return self.action in {"hide", "remove"} or self.swept > 0 or self.waited == "hidden"

    @property
    def reversed(self) -> bool:
        """Taken back because they objected."""
        return self.undone_at is not None and self.appeal is not None and self.appeal.state == "reversed"

    @property
    def unread(self) -> bool:
        """It waits to be acknowledged."""
        return self.must_acknowledge and self.acknowledged_at is None

    def runs(self, now: datetime) -> bool:
        """A sanction that restricts them now."""
        return self.until is not None and self.ended_at is None and self.undone_at is None and self.until > now

    def may_appeal(self, now: datetime) -> bool:
        """It stands, nobody was asked yet, and the six months last."""
        return self.appeal is None and self.undone_at is None and now <= self.appeal_until


def my_statements(session: Session, actor: Actor, *, after: str = "", limit: int = paging.PAGE) -> ToldPage:
    """One page of the decisions about the reader. One statement. Raises SignInNeeded."""
    require_member(actor)
    cursor = paging.decode(after, int)
    below = int(str(cursor[0])) if cursor else MAX_ID
    rows = session.execute(
        select(
            Decision.id, Statement.reference, Decision.action, Decision.target_type, Decision.reason, Decision.until,
            Decision.created_at, Decision.undone_at, Statement.must_acknowledge, Statement.acknowledged_at,
            Statement.id.label("row"),
        )
        .join(Decision, Decision.id == Statement.decision_id)
        .where(visible_statements(actor), Statement.id < below)
        .order_by(Statement.id.desc())
        .limit(limit + 1)
    ).all()  # fmt: skip
    found = [Told(*row[:8], unread=row.must_acknowledge and row.acknowledged_at is None) for row in rows[:limit]]
    return ToldPage(found, paging.encode(rows[limit - 1].row) if len(rows) > limit else None)


def my_statement(session: Session, actor: Actor, decision_id: int, locale: str) -> StatementView:
    """The statement about one decision, in `locale`. Raises SignInNeeded, NotFound (not theirs)."""
    require_member(actor)
    row = None
    if 0 < decision_id <= MAX_ID:
        query = select(Statement, Decision).join(Decision, Decision.id == Statement.decision_id)
        row = session.execute(query.where(Decision.id == decision_id, visible_statements(actor))).first()
    if row is None:
        raise NotFound()
    statement, decision = row
    title, url, language = _place(session, actor, decision, statement.title)
    rules = guidelines.version(session, decision.guidelines) if decision.guidelines else guidelines.first()
    strike = session.execute(select(Strike.expires_at).where(Strike.decision_id == decision.id)).scalar()
    sanction: Any = session.execute(
        select(Sanction.starts_at, Sanction.until, Sanction.ended_at).where(Sanction.decision_id == decision.id)
    ).first() or (None, None, None)
    return StatementView(
        id=decision.id, reference=statement.reference, action=decision.action, target_type=decision.target_type,
        reason=decision.reason, rule=decision.rule, rule_title=guidelines.rule_title(rules, decision.rule, locale),
        guidelines=rules.number, explanation=decision.explanation, created_at=decision.created_at, thread_title=title,
        content=statement.content, content_at=statement.content_at, url=url, locale=language,
        after_report=statement.after_report, by_timer=decision.actor_id is None,
        detected=_detected(session, decision),
        swept=int(decision.summary.get("posts", 0)),
        waited=next((one for one in ("hidden", "approved") if one in decision.summary), ""),
        starts_at=sanction[0], until=sanction[1], ended_at=sanction[2],
        strike_until=strike, undone_at=decision.undone_at, must_acknowledge=statement.must_acknowledge,
        acknowledged_at=statement.acknowledged_at, appeal=my_appeal(session, actor, decision.id),
        appeal_until=decision.created_at + WINDOW,
    )  # fmt: skip


def _detected(session: Session, decision: Decision) -> bool:
    """Had a program marked the post before? Then the statement says so (DSA Art. 17 (3) c)."""
    if decision.target_type != "post":
        return False
    marked = (Check.post_id == decision.target_id, Check.outcome.in_(("flag", "hold")))
    earlier = Check.created_at <= decision.created_at
    return session.execute(select(Check.id).where(*marked, earlier).limit(1)).first() is not None


def _place(session: Session, actor: Actor, decision: Decision, title: str) -> tuple[str, str, str]:
    """(title, address, language) of what a decision is about, as far as the reader may see it now.

    The title is the thread's author's: theirs they may read in any case, another's only while they see the thread.
    """
    if decision.target_type == "member":
        return "", "", ""
    posts = decision.target_type == "post"
    query = select(
        Thread.id, Thread.slug, Thread.author_id, Thread.locale, Category.locale.label("place"),
        visible_threads(actor).label("seen"),
    ).join(Category, Category.id == Thread.category_id)  # fmt: skip
    if posts:
        query = query.add_columns(visible_posts(actor).label("readable")).join(Post, Post.thread_id == Thread.id)
        query = query.where(Post.id == decision.target_id)
    else:
        query = query.where(Thread.id == decision.target_id)
    row: Any = session.execute(query).first()
    if row is None:
        return "", "", ""
    url = f"/t/{row.id}/{row.slug}" if row.seen else ""
    if posts:
        url = f"/p/{decision.target_id}" if row.readable else ""
    return title if row.seen or row.author_id == actor.id else "", url, row.locale or row.place
