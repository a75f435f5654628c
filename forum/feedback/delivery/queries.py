"""Reading what is delivered, where and when. Whoever calls has asked the policy: managers, all of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Case, Row, Select, and_, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from forum.errors import NotFound
from forum.feedback.delivery.models import TRACKERS, Delivery, Destination, Link, Run, Schedule
from forum.feedback.delivery.views import (
    DeliveryView,
    DestinationView,
    IssueLink,
    ItemLinks,
    RunView,
    ScheduleView,
)
from forum.feedback.exports.models import Snapshot
from forum.feedback.models import Team
from forum.kit import paging
from forum.members.models import Member
from forum.webhooks.signing import wait_after

PAGE = 50


def destinations(session: Session) -> list[DestinationView]:
    """All that were not taken away, with what stands in their queues."""
    counted = (
        select(Delivery.destination_id, func.count())
        .where(Delivery.state == "waiting")
        .group_by(Delivery.destination_id)
    )
    waiting = {row[0]: row[1] for row in session.execute(counted)}
    rows = session.scalars(
        select(Destination).where(Destination.archived_at.is_(None)).order_by(Destination.kind, Destination.name)
    )
    return [_destination(row, waiting.get(row.id, 0)) for row in rows]


def destination(session: Session, destination_id: int) -> DestinationView:
    """One. Raises NotFound."""
    row = session.get(Destination, destination_id)
    if row is None or row.archived_at:
        raise NotFound()
    counted = select(func.count()).where(Delivery.destination_id == row.id, Delivery.state == "waiting")
    return _destination(row, session.execute(counted).scalar_one())


def _destination(row: Destination, waiting: int) -> DestinationView:
    return DestinationView(
        id=row.id, kind=row.kind, name=row.name, shown=row.shown, options=dict(row.options),
        old_key_until=row.old_key_until, failing_since=row.failing_since, disabled_at=row.disabled_at,
        disabled_why=row.disabled_why, version=row.version, waiting=waiting,
    )  # fmt: skip


def schedules(session: Session) -> list[ScheduleView]:
    """All that were not taken away; what is due first stands first."""
    names = {it.id: it.name for it in destinations(session)}
    rows = session.execute(_schedules().order_by(Schedule.next_at.is_(None), Schedule.next_at, Schedule.id))
    return [_schedule(row, names) for row in rows]


def schedule(session: Session, schedule_id: int) -> ScheduleView:
    """One. Raises NotFound."""
    row = session.execute(_schedules().where(Schedule.id == schedule_id)).first()
    if row is None:
        raise NotFound()
    return _schedule(row, {it.id: it.name for it in destinations(session)})


def _schedules() -> Select[*tuple[Any, ...]]:
    return (
        select(Schedule, Team.name, Team.slug)
        .join(Team, Team.id == Schedule.team_id, isouter=True)
        .where(Schedule.archived_at.is_(None))
    )


def _schedule(found: Row[*tuple[Any, ...]], names: dict[int, str]) -> ScheduleView:
    row, team, slug = found
    return ScheduleView(
        id=row.id, team=team or "", team_slug=slug or "", every=row.every, days=row.days, hour=row.hour, zone=row.zone,
        period=row.period, skip_empty=row.skip_empty, approve=row.approve, privacy=row.privacy, locale=row.locale,
        formats=row.formats, to_team=row.to_team, addresses=row.addresses, destinations=row.destinations,
        active=row.active, next_at=row.next_at, version=row.version,
        names=tuple(names[it] for it in row.destinations if it in names),
    )  # fmt: skip


def runs(
    session: Session, *, state: str = "", schedule_id: int | None = None, before: int = 0, limit: int = 20
) -> list[RunView]:
    """The newest first; only those in a state, of a schedule, older than run `before`."""
    query = _runs().order_by(Run.id.desc()).limit(limit)
    if state:
        query = query.where(Run.state == state)
    if before:
        query = query.where(Run.id < before)
    if schedule_id is not None:
        query = query.where(Run.schedule_id == schedule_id)
    return [_run(row) for row in session.execute(query)]


def run(session: Session, run_id: int) -> RunView:
    """One. Raises NotFound."""
    row = session.execute(_runs().where(Run.id == run_id)).first()
    if row is None:
        raise NotFound()
    return _run(row)


def _runs() -> Select[*tuple[Any, ...]]:
    return (
        select(Run, Team.name, Member.display_name, _made(Snapshot.locale, Schedule.locale),
               _made(Snapshot.privacy, Schedule.privacy))
        .join(Schedule, Schedule.id == Run.schedule_id)
        .join(Snapshot, Snapshot.id == Run.snapshot_id, isouter=True)
        .join(Team, Team.id == _made(Snapshot.team_id, Schedule.team_id), isouter=True)
        .join(Member, Member.id == Run.decided_by_id, isouter=True)
    )  # fmt: skip


def _made(kept: InstrumentedAttribute[Any], planned: InstrumentedAttribute[Any]) -> Case[Any]:
    """What a run was made for; the schedule, which may be another one by now, tells only of those still to be made."""
    return case((Run.snapshot_id.is_(None), planned), else_=kept)


def _run(row: Row[*tuple[Any, ...]]) -> RunView:
    it: Run
    it, team, by, locale, privacy = row
    return RunView(
        id=it.id, schedule_id=it.schedule_id, team=team or "", due_at=it.due_at, starts=it.starts,
        last=it.ends - timedelta(days=1), state=it.state, snapshot_id=it.snapshot_id, reason=it.reason,
        decided_by=by or "", decided_at=it.decided_at, locale=locale, privacy=privacy,
    )  # fmt: skip


def deliveries(
    session: Session, *, after: str = "", state: str = "", destination_id: int | None = None, run_id: int | None = None,
    limit: int = PAGE,
) -> tuple[list[DeliveryView], str | None]:  # fmt: skip
    """The newest first, and a cursor to go on with."""
    query = _deliveries().order_by(Delivery.id.desc()).limit(limit + 1)
    found = paging.decode(after, int)
    if found:
        query = query.where(Delivery.id < found[0])
    if state:
        query = query.where(Delivery.state == state)
    if destination_id is not None:
        query = query.where(Delivery.destination_id == destination_id)
    if run_id is not None:
        query = query.where(Delivery.run_id == run_id)
    rows = session.execute(query).all()
    views = _views(rows[:limit])
    return views, paging.encode(views[-1].id) if len(rows) > limit else None


def delivery(session: Session, delivery_id: int) -> DeliveryView:
    """One. Raises NotFound."""
    row = session.execute(_deliveries().where(Delivery.id == delivery_id)).first()
    if row is None:
        raise NotFound()
    return _views([row])[0]


def _deliveries() -> Select[*tuple[Any, ...]]:
    return (
        select(Delivery, Destination, Member.display_name)
        .join(Destination, Destination.id == Delivery.destination_id, isouter=True)
        .join(Member, Member.id == Delivery.by_id, isouter=True)
    )


def _views(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[DeliveryView]:
    return [
        DeliveryView(
            id=it.id, message_id=it.message_id, what=it.what, to=to.name if to else it.address,
            kind=to.kind if to else "mail", destination_id=it.destination_id, run_id=it.run_id, item_id=it.item_id,
            state=it.state, tries=it.tries, status=it.status, error=it.error, by=by or "", created_at=it.created_at,
            next_at=it.next_at, sent_at=it.sent_at, usable=to is None or not (to.archived_at or to.disabled_at),
        )
        for it, to, by in rows
    ]  # fmt: skip


def given_up(session: Session, run_id: int) -> list[tuple[str, str]]:
    """(address, the last error) of mails of a run that were tried for days; not of those who may not have them."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.run_id == run_id, Delivery.state == "failed", Delivery.destination_id.is_(None))
        .order_by(Delivery.id)
    )
    return [(it.address, it.error) for it in rows if wait_after(it.tries) is None]


def links_of(session: Session, item_id: int) -> ItemLinks:
    """The issues of an item, for its page."""
    issues = session.execute(
        select(Link.key, Link.url, Destination.name, Destination.kind)
        .join(Destination, Destination.id == Link.destination_id)
        .where(Link.item_id == item_id).order_by(Link.id)
    )  # fmt: skip
    sent = session.execute(_deliveries().where(Delivery.item_id == item_id).order_by(Delivery.id)).all()
    asked = select(Delivery.destination_id).where(
        and_(Delivery.item_id == item_id, Delivery.state != "failed", Delivery.destination_id.is_not(None))
    )
    trackers = session.scalars(
        select(Destination)
        .where(
            Destination.kind.in_(TRACKERS), Destination.archived_at.is_(None), Destination.disabled_at.is_(None),
            Destination.id.not_in(asked),
        )
        .order_by(Destination.name)
    )  # fmt: skip
    return ItemLinks(
        tuple(IssueLink(*row) for row in issues), tuple(_views(sent)), tuple(_destination(it, 0) for it in trackers)
    )
