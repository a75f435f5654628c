"""Delivery as JSON, for managers' programs: where feedback goes, when, what became of it, and once more."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlalchemy.orm import Session

from forum.api.idempotency import once
from forum.api.schema import about
from forum.api.shared import READING, WRITING, After, Key, Limit, answer, check_limit, cursor, needs, problems
from forum.db import MAX_ID
from forum.errors import Invalid, NotFound
from forum.feedback.delivery import destinations, queries
from forum.feedback.delivery.models import RUN_STATES
from forum.feedback.delivery.views import DeliveryView, DestinationView, RunView, ScheduleView
from forum.kit import paging
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect
from forum.threads.answers import MOMENT, Next
from forum.web.ctx import Ctx

PATH = "/api/v1/feedback/delivery"
STATES = ("waiting", "sent", "failed")
Number = Annotated[int, about(N_("Its number, for good."), 7)]
Only = Annotated[str, QueryParameter(name="state", description=N_("Only these, by their state; empty: all."))]
Of = Annotated[int, QueryParameter(description=N_("Only these, by the number; 0: all."))]


class FeedbackDestination(msgspec.Struct):
    """Another service. Its secrets are in no answer."""

    id: Number
    kind: Annotated[str, about(N_("What it is."), "webhook", schema={"enum": ["webhook", "slack", "jira", "github"]})]
    name: Annotated[str, about(N_("What the managers call it."), "Data warehouse")]
    shown: Annotated[str, about(N_("Where it is, without what opens it."), "https://hooks.example/feedback")]
    state: Annotated[
        str,
        about(N_("on, failing (it is tried again), off, broken (switched off by itself)."), "on",
              schema={"enum": ["on", "failing", "off", "broken"]}),
    ]  # fmt: skip
    why: Annotated[str, about(N_("With broken: what it answered last."), "")]
    waiting: Annotated[int, about(N_("Deliveries in its queue."), 0)]
    version: Annotated[int, about(N_("Grows with every change."), 1)]


class FeedbackSchedule(msgspec.Struct):
    """When a team's summary is made, and who gets it. Days and hour are those of clocks in `zone`."""

    id: Number
    team: Annotated[str | None, about(N_("The team, by its slug; null: all of them."), "product")]
    every: Annotated[str, about(N_("Whether days are those of the week or the month."), "week")]
    days: Annotated[list[int], about(N_("Of the week from 0, Monday; of the month from 1."), [0])]
    hour: Annotated[int, about(N_("From 0 to 23."), 8)]
    zone: Annotated[str, about(N_("Whose clocks."), "Europe/Rome")]
    period: Annotated[str, about(N_("What is told of: the whole week or month before."), "week")]
    privacy: Annotated[str, about(N_("counts, paraphrase or quotes."), "paraphrase")]
    locale: Annotated[str, about(N_("Its language."), "it")]
    formats: Annotated[list[str], about(N_("Files that go with the mail."), ["xlsx"])]
    approve: Annotated[bool, about(N_("Somebody looks at it before it leaves."), True)]
    skip_empty: Annotated[bool, about(N_("Left out when nothing was said."), True)]
    to_team: Annotated[bool, about(N_("A mail to each who reads for the team."), True)]
    addresses: Annotated[list[str], about(N_("Who else gets the mail."), ["head@example.org"])]
    destinations: Annotated[list[int], about(N_("Where else it goes, by the number."), [7])]
    next_at: Annotated[datetime | None, about(N_("When it is due; null: it is switched off."), MOMENT)]
    version: Annotated[int, about(N_("Grows with every change."), 1)]


class FeedbackRun(msgspec.Struct):
    """One time that a schedule was due."""

    id: Number
    schedule: Annotated[int, about(N_("The schedule, by its number."), 3)]
    due_at: Annotated[datetime, about(N_("When it was due."), MOMENT)]
    starts: Annotated[date, about(N_("The first day that counts."), "2026-10-01")] = msgspec.field(name="from")
    ends: Annotated[date, about(N_("The first day that does not count any more."), "2026-11-01")] = msgspec.field(
        name="to"
    )
    state: Annotated[
        str, about(N_("due, waiting (for a look), sent, skipped or rejected."), "sent",
                   schema={"enum": list(RUN_STATES)})
    ]  # fmt: skip
    reason: Annotated[str, about(N_("With rejected: why."), "")]
    snapshot: Annotated[str | None, about(N_("What was counted; null while it is not made."), "8f3a52c1d09be764")]


class FeedbackDelivery(msgspec.Struct):
    """One thing for one receiver."""

    id: Number
    message_id: Annotated[str, about(N_("The webhook-id; the same however often it is sent."), "msg_5f1d7a84c0b2e6f9")]
    what: Annotated[str, about(N_("What it is."), "summary", schema={"enum": ["summary", "issue", "test"]})]
    kind: Annotated[str, about(N_("mail, or the kind of its destination."), "webhook")]
    to: Annotated[str, about(N_("The destination’s name, or the address."), "Data warehouse")]
    destination: Annotated[int | None, about(N_("The destination, by its number; null for a mail."), 7)]
    run: Annotated[int | None, about(N_("The run that it tells of."), 12)]
    item: Annotated[int | None, about(N_("The item that becomes an issue."), None)]
    state: Annotated[str, about(N_("waiting, sent or failed."), "sent", schema={"enum": list(STATES)})]
    tries: Annotated[int, about(N_("How often it was tried."), 1)]
    status: Annotated[int, about(N_("Of the newest HTTP answer; 0: there was none."), 200)]
    error: Annotated[str, about(N_("What went wrong at the newest try."), "")]
    created_at: Annotated[datetime, about(N_("Since when it stands in the queue."), MOMENT)]
    next_at: Annotated[datetime | None, about(N_("While it waits: not tried before."), None)]
    sent_at: Annotated[datetime | None, about(N_("When it arrived."), MOMENT)]


class FeedbackDestinationList(msgspec.Struct):
    """Where feedback goes."""

    items: list[FeedbackDestination]
    next: Next


class FeedbackScheduleList(msgspec.Struct):
    """When it goes there."""

    items: list[FeedbackSchedule]
    next: Next


class FeedbackRunList(msgspec.Struct):
    """When it went there."""

    items: list[FeedbackRun]
    next: Next


class FeedbackDeliveryList(msgspec.Struct):
    """What became of it."""

    items: list[FeedbackDelivery]
    next: Next


class Redelivery(msgspec.Struct):
    """Nothing has to be said to send something again: this is what an Idempotency-Key stands for."""

    delivery: int


class Deliveries(Controller):
    """`/api/v1/feedback/delivery`."""

    path = PATH
    tags = ("Feedback",)

    @get(
        "/destinations", operation_id="listDestinations", summary=N_("Where feedback goes"), sync_to_thread=True,
        security=needs("manage"), responses=problems(*READING),
        description=N_("The oldest first, without what was taken away."),
    )  # fmt: skip
    def destinations(
        self, ctx: NamedDependency[Ctx], limit: Limit = paging.PAGE, after: After = ""
    ) -> Response[FeedbackDestinationList]:
        """A piece of the list. Raises SignInNeeded, Forbidden, Invalid."""
        with ctx.db.read() as session:
            start = _asked(ctx, session, limit, after)
            found = sorted(queries.destinations(session), key=lambda it: it.id)  # fifty at the most
        some = [it for it in found if it.id > start]
        return answer(FeedbackDestinationList([_destination(it) for it in some[:limit]], _more(some, limit)))

    @get(
        "/schedules", operation_id="listSchedules", summary=N_("When summaries leave"), sync_to_thread=True,
        security=needs("manage"), responses=problems(*READING),
        description=N_("The oldest first, without what was taken away."),
    )  # fmt: skip
    def schedules(
        self, ctx: NamedDependency[Ctx], limit: Limit = paging.PAGE, after: After = ""
    ) -> Response[FeedbackScheduleList]:
        """A piece of the list. Raises SignInNeeded, Forbidden, Invalid."""
        with ctx.db.read() as session:
            start = _asked(ctx, session, limit, after)
            found = sorted(queries.schedules(session), key=lambda it: it.id)  # a hundred at the most
        some = [it for it in found if it.id > start]
        return answer(FeedbackScheduleList([_schedule(it) for it in some[:limit]], _more(some, limit)))

    @get(
        "/runs", operation_id="listRuns", summary=N_("The times that schedules were due"), sync_to_thread=True,
        security=needs("manage"), responses=problems(*READING), description=N_("The newest first."),
    )  # fmt: skip
    def runs(
        self, ctx: NamedDependency[Ctx], schedule: Of = 0, which: Only = "",
        limit: Limit = paging.PAGE, after: After = "",
    ) -> Response[FeedbackRunList]:  # fmt: skip
        """A piece of the list. Raises SignInNeeded, Forbidden, Invalid."""
        with ctx.db.read() as session:
            start = _asked(ctx, session, limit, after)
            _known(which, RUN_STATES)
            some = queries.runs(
                session, state=which, schedule_id=_number(schedule), before=start, limit=limit + 1
            )  # fmt: skip
        return answer(FeedbackRunList([_run(it) for it in some[:limit]], _more(some, limit)))

    @get(
        "/deliveries", operation_id="listDeliveries", summary=N_("What was sent, and what waits"), sync_to_thread=True,
        security=needs("manage"), responses=problems(*READING),
        description=N_("The newest first; what arrived is forgotten after 180 days."),
    )  # fmt: skip
    def deliveries(
        self, ctx: NamedDependency[Ctx], destination: Of = 0, run: Of = 0,
        which: Only = "", limit: Limit = paging.PAGE, after: After = "",
    ) -> Response[FeedbackDeliveryList]:  # fmt: skip
        """A piece of the list. Raises SignInNeeded, Forbidden, Invalid."""
        with ctx.db.read() as session:
            _asked(ctx, session, limit, after)
            _known(which, STATES)
            found, following = queries.deliveries(
                session, after=after, state=which, destination_id=_number(destination), run_id=_number(run),
                limit=limit,
            )  # fmt: skip
        return answer(FeedbackDeliveryList([_delivery(it) for it in found], following))

    @get(
        "/deliveries/{delivery_id:int}", operation_id="getDelivery", summary=N_("One delivery"), sync_to_thread=True,
        security=needs("manage"), responses=problems(*READING), description=N_("How far it is."),
    )  # fmt: skip
    def show(self, ctx: NamedDependency[Ctx], delivery_id: FromPath[int]) -> Response[FeedbackDelivery]:
        """The delivery. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.read() as session:
            require_collect(ctx.actor(session))
            return answer(_delivery(queries.delivery(session, _there(delivery_id))))

    @post(
        "/deliveries/{delivery_id:int}/redeliver", operation_id="redeliver", summary=N_("Send it once more"),
        sync_to_thread=True, security=needs("manage"), responses=problems(*WRITING, 409), status_code=200,
        description=N_("Under the same webhook-id, with what may be said now. 409 while it is on its way, and when its "
                       "destination is switched off."),
    )  # fmt: skip
    def redeliver(
        self, ctx: NamedDependency[Ctx], delivery_id: FromPath[int], idempotency_key: Key = None
    ) -> Response[FeedbackDelivery]:
        """The delivery, which waits again. Raises SignInNeeded, Forbidden, NotFound, Conflict."""

        def make(session: Session, actor: Actor) -> tuple[FeedbackDelivery, str]:
            destinations.redeliver(session, actor=actor, delivery_id=_there(delivery_id), now=ctx.now)
            session.flush()
            return _delivery(queries.delivery(session, delivery_id)), ""

        return once(ctx, idempotency_key, Redelivery(delivery_id), make, status=200)


def _asked(ctx: Ctx, session: Session, limit: int, after: str) -> int:
    """The number after which to go on; 0 at first. Raises SignInNeeded, Forbidden, Invalid."""
    require_collect(ctx.actor(session))
    check_limit(limit)
    parts = cursor(after, int)
    return int(parts[0]) if parts else 0


def _known(which: str, states: tuple[str, ...]) -> None:
    if which and which not in states:
        raise Invalid({"state": N_("Choose one of these.")})


def _number(asked: int) -> int | None:
    """Of a filter: None where there is none; what is out of bounds is nobody's number."""
    return None if asked == 0 else asked if 0 < asked <= MAX_ID else -1


def _there(row_id: int) -> int:
    if not 0 < row_id <= MAX_ID:
        raise NotFound()
    return row_id


def _more(found: list[DestinationView] | list[ScheduleView] | list[RunView], limit: int) -> str | None:
    return paging.encode(found[limit - 1].id) if len(found) > limit else None


def _destination(it: DestinationView) -> FeedbackDestination:
    return FeedbackDestination(it.id, it.kind, it.name, it.shown, it.state, it.disabled_why, it.waiting, it.version)


def _schedule(it: ScheduleView) -> FeedbackSchedule:
    return FeedbackSchedule(
        id=it.id, team=it.team_slug or None, every=it.every, days=it.days, hour=it.hour, zone=it.zone,
        period=it.period, privacy=it.privacy, locale=it.locale, formats=it.formats, approve=it.approve,
        skip_empty=it.skip_empty, to_team=it.to_team, addresses=it.addresses, destinations=it.destinations,
        next_at=it.next_at, version=it.version,
    )  # fmt: skip


def _run(it: RunView) -> FeedbackRun:
    ends = date.fromordinal(it.last.toordinal() + 1)
    return FeedbackRun(it.id, it.schedule_id, it.due_at, it.starts, ends, it.state, it.reason, it.snapshot_id)


def _delivery(it: DeliveryView) -> FeedbackDelivery:
    return FeedbackDelivery(
        id=it.id, message_id=it.message_id, what=it.what, kind=it.kind, to=it.to, destination=it.destination_id,
        run=it.run_id, item=it.item_id, state=it.state, tries=it.tries, status=it.status, error=it.error,
        created_at=it.created_at, next_at=it.next_at if it.state == "waiting" else None, sent_at=it.sent_at,
    )  # fmt: skip


CONTROLLERS = [Deliveries]
SCHEMAS = (
    FeedbackDestination, FeedbackDestinationList, FeedbackSchedule, FeedbackScheduleList, FeedbackRun, FeedbackRunList,
    FeedbackDelivery, FeedbackDeliveryList,
)  # fmt: skip
