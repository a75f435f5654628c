"""The rules, version by version, as read structs. Without a single row the built-in text is version 1."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from forum.errors import NotFound
from forum.guidelines.builtin import FIRST, builtin
from forum.guidelines.models import GuidelineAcknowledgement, GuidelineVersion
from forum.guidelines.views import Announcement, Guidelines, Step
from forum.members.models import Member
from forum.policy.actors import GUEST, Actor
from forum.policy.guidelines import visible_versions

MAX_NUMBER = 10_000
"""More versions than anybody will write; below what any database calls an integer."""
FIELDS = Guidelines.__struct_fields__
COLUMNS: tuple[Any, ...] = tuple(getattr(GuidelineVersion, name) for name in FIELDS)
PUBLISHED = and_(GuidelineVersion.announced_at.is_not(None), GuidelineVersion.withdrawn_at.is_(None))
LATEST = (
    select(*(getattr(GuidelineVersion, name) for name in Announcement.__struct_fields__))
    .where(GuidelineVersion.significant, PUBLISHED, GuidelineVersion.effective_at.is_not(None))
    .order_by(GuidelineVersion.number.desc())
    .limit(1)
)
"""The newest rules that members were asked to read, whatever the hour: for the house's cache."""


def in_force(session: Session, now: datetime) -> Guidelines:
    """The version that holds at `now`. One statement. What decisions cite: its `number`, and a rule's number."""
    began = or_(GuidelineVersion.effective_at.is_(None), GuidelineVersion.effective_at <= now)
    return _one(session, PUBLISHED, began) or first()


def announced_next(session: Session, now: datetime) -> Guidelines | None:
    """The version that was announced and has still to take effect; None when nothing is to change."""
    return _one(session, PUBLISHED, GuidelineVersion.effective_at > now)


def draft(session: Session) -> Guidelines | None:
    """What managers are writing; None when nobody is."""
    return _one(session, GuidelineVersion.announced_at.is_(None))


def version(session: Session, number: int, *, actor: Actor = GUEST) -> Guidelines:
    """One version; drafts for managers only. Raises NotFound."""
    found = None
    if 0 < number <= MAX_NUMBER:
        found = _one(session, GuidelineVersion.number == number, visible_versions(actor))
    if found is None and number == FIRST:
        return first()
    if found is None:
        raise NotFound()
    return found


def rule_title(guidelines: Guidelines, number: str, locale: str) -> str:
    """The title of rule `number` ("3"); empty for one that this version does not have."""
    return next((rule.title(locale) for rule in guidelines.rules if rule.number == number), "")


def before(session: Session, guidelines: Guidelines) -> Guidelines | None:
    """The version that held when `guidelines` was written, what it is compared with; None for the first."""
    if guidelines.number == FIRST:
        return None
    return _one(session, PUBLISHED, GuidelineVersion.number < guidelines.number) or first()


def first() -> Guidelines:
    """The built-in text as version 1."""
    text = builtin()
    return Guidelines(FIRST, text.source_en, text.source_it, text.html_en, text.html_it)


def history(session: Session, now: datetime, *, actor: Actor = GUEST) -> list[Step]:
    """Every version that `actor` may know of, the newest first. One statement."""
    rows: list[Any] = [
        *session.execute(
            select(*(getattr(GuidelineVersion, name) for name in _Opening._fields))
            .where(visible_versions(actor))
            .order_by(GuidelineVersion.number)
        )
    ]
    if not rows or rows[0].number != FIRST:
        rows.insert(0, _Opening())
    current = max((row.number for row in rows if _held(row, now)), default=FIRST)
    steps: list[Step] = []
    last: int | None = None
    for row in rows:
        facts = (row.number, row.changes_en, row.changes_it, row.significant)
        days = (row.announced_at, row.effective_at, row.withdrawn_at)
        steps.append(Step(*facts, *days, state=_state(row, now, current), before=last))
        last = row.number if steps[-1].state in {"in_force", "over", "announced"} else last
    return [_until(step, steps) for step in reversed(steps)]


class _Opening(NamedTuple):
    """The row of the built-in text, where it was never stored."""

    number: int = FIRST
    changes_en: str = ""
    changes_it: str = ""
    significant: bool = False
    announced_at: datetime | None = None
    effective_at: datetime | None = None
    withdrawn_at: datetime | None = None


def _held(row: Any, now: datetime) -> bool:
    """Did it take effect?"""
    public = row.announced_at is not None or row.number == FIRST
    return public and row.withdrawn_at is None and (row.effective_at is None or row.effective_at <= now)


def _state(row: Any, now: datetime, current: int) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    if _held(row, now):
        return "in_force" if row.number == current else "over"
    return "draft" if row.announced_at is None else "announced"


def _until(step: Step, steps: Sequence[Step]) -> Step:
    """With the day on which the next version takes its place, where one is known."""
    if step.state not in {"in_force", "over"}:
        return step
    held = (other for other in steps if other.before == step.number and other.state not in {"draft", "withdrawn"})
    following = next(held, None)
    if following is None:
        return step
    return msgspec.structs.replace(step, until=following.effective_at)


def must_ask(session: Session, member_id: int, about: Announcement) -> bool:
    """Is `member_id` still to be asked about these rules? Not who has read them, nor who joined under them."""
    read = exists().where(
        GuidelineAcknowledgement.member_id == member_id, GuidelineAcknowledgement.number == about.number
    )
    query = select(Member.id).where(Member.id == member_id, Member.joined_at < about.effective_at, ~read)
    return session.execute(query).first() is not None


def has_read(session: Session, member_id: int, number: int) -> bool:
    """Did `member_id` say so?"""
    return session.get(GuidelineAcknowledgement, (member_id, number)) is not None


def readers(session: Session, number: int) -> int:
    """How many members said that they have read a version."""
    query = select(func.count()).where(GuidelineAcknowledgement.number == number)
    return int(session.execute(query).scalar_one())


def _one(session: Session, *conditions: ColumnElement[bool]) -> Guidelines | None:
    """The newest row that fits."""
    query = select(*COLUMNS).where(*conditions).order_by(GuidelineVersion.number.desc()).limit(1)
    row = session.execute(query).first()
    return Guidelines(*row) if row else None
