"""The queue of each destination: in order, one at a time, at least once, with patience of days.

The head of a queue holds up what stands behind it until it has arrived or is given up: receivers get things in the
order in which they happened. A worker that dies leaves a lease that ends, and the row as it was.
"""

import secrets
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import Session

from forum.errors import Conflict, NotFound
from forum.events import DeliveryDue, DestinationFailed, record
from forum.feedback.delivery.models import Delivery, Destination, Link
from forum.feedback.delivery.senders.base import Outcome
from forum.kit.i18n import N_
from forum.webhooks.signing import wait_after

LEASE = timedelta(minutes=3)
"""Longer than any try: four requests of fifteen seconds, and a summary to make."""
LEAST = {"jira": timedelta(minutes=1), "github": timedelta(minutes=1)}
"""A tracker's search learns late of an issue that was made just before we died."""


TOGETHER = timedelta(minutes=15)
"""Mails of one summary are given up within minutes of one another, and the managers hear of them in one."""


class Claim(msgspec.Struct, frozen=True):
    """A delivery that this worker has in hand. `destination_id` 0: a mail."""

    delivery_id: int
    destination_id: int
    lease: str


class Held(Exception):
    """Another worker has the destination in hand, until `until`."""

    def __init__(self, until: datetime) -> None:
        """`until`: when its lease ends."""
        super().__init__(until.isoformat())
        self.until = until


def enqueue(
    session: Session, *, key: str, what: str, now: datetime, destination_id: int | None = None, address: str = "",
    member_id: int | None = None, run_id: int | None = None, item_id: int | None = None, by_id: int | None = None,
) -> int:  # fmt: skip
    """Put something at the end of a queue; its id. What has the same `key` is there already, and stays as it is."""
    found = session.scalar(select(Delivery.id).where(Delivery.key == key))
    if found is not None:
        return found
    row = Delivery(
        key=key, message_id=f"msg_{secrets.token_hex(16)}", destination_id=destination_id, address=address, what=what,
        member_id=member_id, run_id=run_id, item_id=item_id, by_id=by_id, created_at=now, next_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    due(session, row, now)
    return row.id


def due(session: Session, row: Delivery, now: datetime) -> None:
    """Have the worker look at `row` when its time comes."""
    event = DeliveryDue(row.destination_id or 0, 0 if row.destination_id else row.id)
    record(session, event, now=now, key=f"{row.id}:{row.next_at.isoformat()}", run_at=row.next_at)


def claim(session: Session, destination_id: int, now: datetime) -> Claim | None:
    """Take what is to be sent next; None when nothing is due. A test goes first, and to what is switched off, too.

    Raises Held.
    """
    destination = session.scalars(
        select(Destination).where(Destination.id == destination_id).with_for_update(key_share=True)
    ).first()
    if destination is None or destination.archived_at:
        return None
    if destination.leased_until and destination.leased_until > now:
        raise Held(destination.leased_until)
    row = session.scalars(_head(destination)).first()
    if row is None or row.next_at > now:
        return None
    destination.lease, destination.leased_until = secrets.token_hex(16), now + LEASE
    return Claim(row.id, destination.id, destination.lease)


def _head(destination: Destination) -> Select[Delivery]:
    query = select(Delivery).where(Delivery.destination_id == destination.id, Delivery.state == "waiting")
    if destination.disabled_at:
        query = query.where(Delivery.what == "test")
    return query.order_by(case((Delivery.what == "test", 0), else_=1), Delivery.id).limit(1)


def claim_mail(session: Session, delivery_id: int, now: datetime) -> Claim | None:
    """A mail that is due. No lease: there is one row of the outbox for each, and that has one."""
    row = session.get(Delivery, delivery_id, with_for_update={"key_share": True})
    if row is None or row.destination_id is not None or row.state != "waiting" or row.next_at > now:
        return None
    return Claim(row.id, 0, "")


def finish(session: Session, taken: Claim, outcome: Outcome, now: datetime) -> None:
    """Write down what became of it, and let go. What arrived late has arrived all the same."""
    destination = session.scalars(
        select(Destination).where(Destination.id == taken.destination_id).with_for_update(key_share=True)
    ).first()
    if destination is not None and destination.lease == taken.lease:
        destination.lease = destination.leased_until = None
    row = session.get(Delivery, taken.delivery_id, with_for_update={"key_share": True})
    if row is None or row.state != "waiting":
        return
    row.tries, row.tried_at = row.tries + 1, now
    row.status, row.error = outcome.status, outcome.error[:300]
    if outcome.ok:
        _arrived(session, row, destination, outcome, now)
    else:
        _failed(session, row, destination, outcome, now)


def _arrived(session: Session, row: Delivery, destination: Destination | None, outcome: Outcome, now: datetime) -> None:
    row.state, row.sent_at, row.error = "sent", now, ""
    if destination is not None:
        destination.failing_since = None
    if outcome.link and row.item_id and row.destination_id:
        where = (Link.item_id == row.item_id, Link.destination_id == row.destination_id)
        link = session.scalars(select(Link).where(*where)).first()
        if link is None:
            link = Link(item_id=row.item_id, destination_id=row.destination_id, created_at=now)
            session.add(link)
        link.key, link.url = outcome.link


def _failed(session: Session, row: Delivery, destination: Destination | None, outcome: Outcome, now: datetime) -> None:
    wait = None if outcome.final or outcome.gone or row.what == "test" else wait_after(row.tries)
    if wait is not None:
        least = LEAST.get(destination.kind, timedelta()) if destination else timedelta()
        row.next_at = now + max(wait, least, outcome.wait or timedelta())
        if destination is not None:
            destination.failing_since = destination.failing_since or now
        due(session, row, now)
        return
    row.state = "failed"
    if row.what == "test" or (outcome.final and not outcome.gone):
        return
    if destination is None:
        told = DestinationFailed(0, row.id)
        record(session, told, now=now, key=f"mails:{row.run_id}:{now.date()}", run_at=now + TOGETHER)
        return
    destination.failing_since = destination.failing_since or now
    destination.disabled_at, destination.disabled_why = now, (outcome.error or str(outcome.status))[:300]
    destination.version += 1
    record(session, DestinationFailed(destination.id, row.id), now=now, key=f"{destination.id}:{now.isoformat()}")


def again(session: Session, row: Delivery, now: datetime) -> None:
    """Send it once more, under its id: a receiver that knows it takes no harm. Raises Conflict, NotFound."""
    if row.state == "waiting":
        raise Conflict(N_("It is on its way already."))
    if row.destination_id:
        destination = session.get_one(Destination, row.destination_id)
        if destination.archived_at:
            raise NotFound()
        if destination.disabled_at:
            raise Conflict(N_("This destination is switched off: switch it on first."))
    row.state, row.tries, row.next_at, row.error = "waiting", 0, now, ""
    record(session, DeliveryDue(row.destination_id or 0, 0 if row.destination_id else row.id), now=now)


def overdue(session: Session, now: datetime) -> list[DeliveryDue]:
    """Queues whose head should have been looked at: what a lost row of the outbox would have left lying."""
    rows = session.execute(
        select(Delivery.destination_id, Delivery.id)
        .join(Destination, Destination.id == Delivery.destination_id, isouter=True)
        .where(
            Delivery.state == "waiting", Delivery.next_at <= now, Destination.archived_at.is_(None),
            or_(Destination.disabled_at.is_(None), Delivery.what == "test"),
        )
        .order_by(Delivery.id).limit(1000)
    )  # fmt: skip
    return list(dict.fromkeys(DeliveryDue(row[0] or 0, 0 if row[0] else row[1]) for row in rows))
