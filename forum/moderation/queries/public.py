"""The public log of moderation: what was done, to what kind of thing, and why. No member, no title, no text.

Days, not hours: who watches a thread must not be able to tell which line is about it.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.guidelines import queries as guidelines
from forum.kit import paging
from forum.moderation.models import Appeal, Decision
from forum.moderation.words import logged, reason_label
from forum.policy.actors import GUEST, Actor
from forum.policy.categories import may_see
from forum.policy.moderation import visible_to_all

PAGE = 50


class Logged(msgspec.Struct, frozen=True):
    """A line. `category`: its name, when everybody may see it; `rule`: its number, `rule_title` in their language."""

    day: datetime
    action: str
    target_type: str
    reason: str
    rule: str
    rule_title: str
    guidelines: int
    category: str
    category_url: str
    undone_at: datetime | None
    reversed: bool
    """Taken back because somebody objected, and somebody else saw it differently."""

    @property
    def words(self) -> str:
        """What was done, as a message id."""
        return logged(self.action, self.target_type)

    @property
    def why(self) -> str:
        """The reason, as a message id; empty when none was given."""
        return reason_label(self.reason) if self.reason else ""


class LogPage(msgspec.Struct, frozen=True):
    """Newest first, up to `PAGE` lines. `older`: cursor, None at the end; `first`: when the log begins."""

    rows: list[Logged]
    older: str | None
    first: datetime | None


def public_log(
    session: Session, actor: Actor, house: House, locale: str, *, after: str = "", before: datetime | None = None
) -> LogPage:
    """A page of the log, in `locale`; `before`: nothing from then on. Two statements, one for each version cited."""
    query = (
        select(
            Decision.id, Decision.created_at, Decision.action, Decision.target_type, Decision.reason, Decision.rule,
            Decision.guidelines, Decision.category_id, Decision.undone_at,
            select(Appeal.id)
            .where(Appeal.decision_id == Decision.id, Appeal.state == "reversed").exists().label("reversed"),
        )
        .where(visible_to_all(actor))
        .order_by(Decision.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    cursor = paging.decode(after, int)
    if cursor:
        query = query.where(Decision.id < int(str(cursor[0])))
    elif before is not None:
        query = query.where(Decision.created_at < before)
    rows = session.execute(query).all()
    begun = session.execute(select(func.min(Decision.created_at))).scalar()
    titles = {number: guidelines.version(session, number) for number in {row.guidelines for row in rows if row.rule}}
    found = []
    for row in rows[:PAGE]:
        place = house.by_id(row.category_id)
        public = place is not None and may_see(GUEST, place)
        rules = titles.get(row.guidelines)
        found.append(
            Logged(
                row.created_at, row.action, row.target_type, row.reason, row.rule,
                guidelines.rule_title(rules, row.rule, locale) if rules else "", row.guidelines,
                place.name if place and public else "", place.url if place and public else "", row.undone_at,
                bool(row.reversed),
            )
        )  # fmt: skip
    return LogPage(found, paging.encode(rows[PAGE - 1].id) if len(rows) > PAGE else None, begun)


def month_after(text: str, zone: ZoneInfo) -> datetime | None:
    """The moment at which the month "2026-11" is over in `zone`; None for anything else."""
    year, _, month = text.partition("-")
    if not (text.isascii() and year.isdigit() and month.isdigit() and len(text) == 7):
        return None
    number = int(year) * 12 + int(month)
    if not 1 <= int(month) <= 12 or not 1990 <= int(year) < 9000:
        return None
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=zone).astimezone(UTC)


def months(first: datetime | None, now: datetime, zone: ZoneInfo) -> list[datetime]:
    """The first day of every month from the log's beginning until now, newest first, at most ten years."""
    if first is None:
        return []
    begin, end = first.astimezone(zone), now.astimezone(zone)
    low, high = begin.year * 12 + begin.month - 1, end.year * 12 + end.month - 1
    return [datetime(n // 12, n % 12 + 1, 1, 12, tzinfo=zone) for n in range(high, max(low, high - 120) - 1, -1)]
