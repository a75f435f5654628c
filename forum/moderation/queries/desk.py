"""The queue of cases: a walk down an index whatever the filter, so it costs the same with ten cases and with 10,000."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Integer, Select, func, literal, literal_column, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from forum.categories.models import Category
from forum.db import MAX_ID
from forum.kit import paging
from forum.kit.markdown.plain import excerpt
from forum.members.models import Member
from forum.moderation.models import REASONS, TARGETS, Appeal, Case, Decision, Report
from forum.policy.actors import Actor, me
from forum.policy.moderation import visible_cases, visible_decisions
from forum.threads.models import Post, Thread
from forum.threads.views import post_url

PAGE = 20  # cases
COOKED = 2000
"""Characters of HTML that an excerpt is made from: a long post costs a page of the queue what a short one does."""
COUNTED = 100
"""Counts stop here: "99+" says enough, and nobody waits for a scan."""
VIEWS = ("open", "mine", "claimed", "resolved")
"""open: all that wait, claimed ones included. The API knows one more: free, open and nobody at it."""
ORDERS = ("weight", "waiting")
LIVING: ColumnElement[bool] = Case.state != literal_column("'resolved'")
CLAIMED: ColumnElement[bool] = Case.state == literal_column("'claimed'")
"""Literals, not parameters: SQLite matches a partial index by its words."""
_Claimer, _Subject = aliased(Member), aliased(Member)


class Filters(msgspec.Struct, frozen=True):
    """What of the queue is shown. `view`: see `VIEWS`; `category_id`, `reason`, `target`: all, when empty."""

    view: str = "open"
    category_id: int | None = None
    reason: str = ""
    target: str = ""
    order: str = "weight"


class QueueRow(msgspec.Struct, frozen=True):
    """A case in a list. `excerpt`: the beginning of what was reported, as it stands now, on one line, without marks."""

    id: int
    target_type: str
    target_id: int
    state: str
    held: bool
    threat: bool
    reason: str
    score: int
    report_count: int
    opened_at: datetime
    resolved_at: datetime | None
    version: int
    category_id: int | None
    subject_id: int | None
    claimed_by_id: int | None
    claimed_by: str
    claimed_by_display: str
    subject: str
    subject_display: str
    category: str
    thread_title: str
    excerpt: str
    url: str
    """Of the target, on the site."""


class Queue(msgspec.Struct, frozen=True):
    """A page of the queue; `older` goes on, None at the end."""

    rows: list[QueueRow]
    older: str | None


class Counts(msgspec.Struct, frozen=True):
    """How many there are, at most `COUNTED`."""

    open: int = 0
    mine: int = 0
    claimed: int = 0
    appeals: int = 0


def queue(session: Session, actor: Actor, filters: Filters, *, after: str = "", limit: int = PAGE) -> Queue:
    """A page of the queue: two statements. An unreadable `after` starts from the top."""
    ids = list(session.scalars(_ids(actor, filters, after, limit + 1)))
    rows = _rows(session, ids[:limit])
    older = _cursor(rows[-1], filters) if len(ids) > limit and rows else None
    return Queue(rows, older)


_SORTED: tuple[Any, ...] = (Case.id, Case.threat, Case.score, Case.opened_at, Case.resolved_at)


def _ids(actor: Actor, filters: Filters, after: str, limit: int) -> Select[Any]:
    """The ids of a page. Who moderates some categories walks down the index of each, and no further."""
    order = _order(filters)
    query = select(*_SORTED).where(visible_cases(actor), *_conditions(actor, filters), *_from(filters, after))
    if actor.kind != "bound" or filters.category_id is not None or not actor.moderates:
        return query.order_by(*order).limit(limit)
    parts = [
        select(query.where(Case.category_id == one).order_by(*order).limit(limit).subquery())
        for one in sorted(actor.moderates)
    ]
    found = union_all(*parts).subquery()
    columns = [found.c[column.key].desc() if down else found.c[column.key] for column, down in _keys(filters)]
    return select(found.c.id).order_by(*columns).limit(limit)


def _keys(filters: Filters) -> list[tuple[Any, bool]]:
    """(column, the highest first?) by which a view is sorted."""
    if filters.view == "resolved":
        return [(Case.resolved_at, True), (Case.id, True)]
    if filters.order == "waiting":
        return [(Case.opened_at, False), (Case.id, False)]
    return [(Case.threat, True), (Case.score, True), (Case.id, True)]


def _order(filters: Filters) -> list[Any]:
    return [column.desc() if down else column for column, down in _keys(filters)]


def _from(filters: Filters, after: str) -> list[ColumnElement[bool]]:
    """Where the cursor says; nothing for one that is not ours."""
    if filters.view == "resolved":
        kinds: tuple[type, ...] = (datetime, int)
    else:
        kinds = (datetime, int) if filters.order == "waiting" else (bool, int, int)
    found = paging.decode(after, *kinds)
    if found is None:
        return []
    columns, down = [column for column, _ in _keys(filters)], _keys(filters)[0][1]
    here, there = tuple_(*columns), tuple_(*map(_bound, found))
    return [here < there if down else here > there]


def _bound(value: object) -> Any:
    if isinstance(value, datetime):
        return literal(value, Case.resolved_at.type)
    return literal(value)


def _conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    if filters.view == "resolved":
        found = [Case.state == literal_column("'resolved'")]
    elif filters.view == "mine":
        found = [Case.claimed_by_id == me(actor), CLAIMED]
    else:
        found = [CLAIMED] if filters.view == "claimed" else [LIVING]
        if filters.view == "free":
            found.append(Case.state == literal_column("'open'"))
    if filters.category_id is not None:
        found.append(Case.category_id == filters.category_id)
    if filters.reason in REASONS:
        found.append(Case.reason == filters.reason)
    if filters.target in TARGETS:
        found.append(Case.target_type == filters.target)
    return found


def _cursor(row: QueueRow, filters: Filters) -> str:
    if filters.view == "resolved":
        return paging.encode(row.resolved_at, row.id)
    if filters.order == "waiting":
        return paging.encode(row.opened_at, row.id)
    return paging.encode(row.threat, row.score, row.id)


_CASE: tuple[Any, ...] = (
    Case.id, Case.target_type, Case.target_id, Case.state, Case.held, Case.threat, Case.reason, Case.score,
    Case.report_count, Case.opened_at, Case.resolved_at, Case.version, Case.category_id, Case.subject_id,
    Case.claimed_by_id,
)  # fmt: skip
_ROWS = (
    select(
        *_CASE, _Claimer.name, _Claimer.display_name, _Subject.name, _Subject.display_name, Category.name,
        Thread.title, Thread.slug, Post.number, func.substr(Post.html, 1, COOKED), Thread.id,
    )
    .outerjoin(_Claimer, _Claimer.id == Case.claimed_by_id)
    .outerjoin(_Subject, _Subject.id == Case.subject_id)
    .outerjoin(Category, Category.id == Case.category_id)
    .outerjoin(Post, (Post.id == Case.target_id) & (Case.target_type == "post"))
    .outerjoin(Thread, Thread.id == func.coalesce(Post.thread_id, Case.thread_id))
)  # fmt: skip


def _rows(session: Session, ids: list[int]) -> list[QueueRow]:
    """These cases, in this order. One statement, none for no cases."""
    if not ids:
        return []
    found = {row[0]: _row(row) for row in session.execute(_ROWS.where(Case.id.in_(ids)))}
    return [found[one] for one in ids]


def _row(row: Any) -> QueueRow:
    width = len(_CASE)
    claimer, claimer_shown, subject, subject_shown, category, title, slug, number, html, thread_id = row[width:]
    kind = row[1]
    url = f"/u/{subject}" if kind == "member" else ""
    if thread_id is not None:
        url = post_url(thread_id, slug, number or 1)
    words = excerpt(html, 180) if html else ""
    names = (text or "" for text in (claimer, claimer_shown, subject, subject_shown, category, title))
    values = (*row[:width], *names, words or title or subject_shown or "", url)
    return QueueRow(**dict(zip(QueueRow.__struct_fields__, values, strict=True)))


def case_row(session: Session, actor: Actor, case_id: int) -> QueueRow | None:
    """One case as a list shows it; None when it is not there, or not for `actor`. One statement."""
    if not 0 < case_id <= MAX_ID:
        return None
    row = session.execute(_ROWS.where(Case.id == case_id, visible_cases(actor))).first()
    return _row(row) if row else None


class ReportLine(msgspec.Struct, frozen=True):
    """A report as the API lists it."""

    case_id: int
    reference: str
    reason: str
    detail: str
    state: str
    created_at: datetime
    reporter: str | None


def reports_of(session: Session, case_ids: list[int], *, most: int) -> dict[int, list[ReportLine]]:
    """The newest reports of each case, at most `most`, oldest first. One statement, none for no cases."""
    if not case_ids:
        return {}
    place = func.row_number().over(partition_by=Report.case_id, order_by=Report.id.desc()).label("place")
    columns = (Report.case_id, Report.reference, Report.reason, Report.detail, Report.state, Report.created_at)
    newest = select(Report.id, *columns, Report.reporter_id, place).where(Report.case_id.in_(case_ids)).subquery()
    rows = session.execute(
        select(*(newest.c[column.key] for column in columns), Member.name)
        .outerjoin(Member, Member.id == newest.c.reporter_id)
        .where(newest.c.place <= most)
        .order_by(newest.c.id)
    )
    found: dict[int, list[ReportLine]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(ReportLine(**dict(zip(ReportLine.__struct_fields__, row, strict=True))))
    return found


def first_id(session: Session, actor: Actor, filters: Filters, *, but: int = 0) -> int | None:
    """The case on top of the queue, `but` this one. One statement."""
    ids = session.scalars(_ids(actor, filters, "", 2)).all()
    return next((one for one in ids if one != but), None)


def counts(session: Session, actor: Actor) -> Counts:
    """What waits, for the tabs. One statement, which looks at no more than `COUNTED` rows for each."""
    appeals = (
        select(Appeal.id)
        .join(Decision, Decision.id == Appeal.decision_id)
        .where(Appeal.state == "open", visible_decisions(actor))
    )
    views = [_bounded(_ids(actor, Filters(view=view), "", COUNTED)) for view in ("open", "mine", "claimed")]
    row: Any = session.execute(select(*views, _bounded(appeals.limit(COUNTED)))).one()
    return Counts(row[0], row[1], row[2], row[3])


def waiting(session: Session, actor: Actor) -> int:
    """How many cases wait, for the masthead; at most `COUNTED`. One statement."""
    return session.scalar(select(_bounded(_ids(actor, Filters(), "", COUNTED)))) or 0


def _bounded(query: Select[Any]) -> Any:
    """How many rows a limited query finds. Sorted as the lists are, so that the same index is walked down."""
    return select(func.count(type_=Integer)).select_from(query.subquery()).scalar_subquery()
