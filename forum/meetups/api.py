"""Meetups as JSON."""

from datetime import datetime
from typing import Annotated, Final, Literal

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, RawBody
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.api.idempotency import once
from forum.api.shared import (
    PUBLIC,
    READING,
    WRITING,
    After,
    Key,
    Limit,
    answer,
    check_limit,
    clean,
    cursor,
    needs,
    problems,
    reader,
    sent,
    takes,
)  # fmt: skip
from forum.categories.queries import CategoryView, House
from forum.errors import Invalid, NotFound
from forum.kit import paging
from forum.kit.i18n import N_, Message
from forum.meetups import domain, queries, shapes
from forum.meetups.domain import NewPlace, Plan, Reply
from forum.meetups.domain.locks import queue_of, team_of_date
from forum.meetups.models import Rsvp
from forum.meetups.queries.series import Series, series, series_list
from forum.meetups.views import OccurrenceView, meetup_url
from forum.policy.actors import Actor, require_member
from forum.policy.categories import may_see
from forum.policy.meetups import may_change
from forum.threads.compose import compose, draft_problems
from forum.web.ctx import Ctx

Changing: Final = (*WRITING, 409)
NAMES: Final = {"starts_local": "starts_at_local", "ends_local": "ends_at_local"}
"""The domain's names of fields → the contract's."""
When = Annotated[
    Literal["coming", "past"],
    QueryParameter(description=N_("coming: by the next date. past: those that have no more, the last one first.")),
]
CategoryFilter = Annotated[
    str, QueryParameter(description=N_("Only meetups that are announced in this category, by its slug."))
]


class Meetups(Controller):
    """`/api/v1/meetups`."""

    path = "/api/v1/meetups"
    tags = ("Meetups",)

    @get(
        "/", operation_id="listMeetups", summary=N_("Meetups, a piece at a time"), sync_to_thread=True,
        security=PUBLIC, responses=problems(*READING),
        description=N_("What the caller may see, without a token what a guest sees. Cancelled dates are among them."),
    )  # fmt: skip
    def index(
        self, ctx: NamedDependency[Ctx], category: CategoryFilter = "", when: When = "coming",
        limit: Limit = paging.PAGE, after: After = "",
    ) -> Response[shapes.MeetupList]:  # fmt: skip
        """A list of meetups. Raises Invalid, NotFound for a category that is not there."""
        check_limit(limit)
        cursor(after, datetime, int)
        with ctx.db.read() as session:
            actor, house = reader(ctx, session), ctx.house(session)
            page = series_list(
                session, actor, house, now=ctx.now, past=when == "past", after=after, limit=limit,
                categories=_only(actor, house, category) if category else None,
            )  # fmt: skip
        return answer(shapes.MeetupList([_meetup(row, _base(ctx)) for row in page.rows], page.next))

    @post(
        "/", operation_id="createMeetup", summary=N_("Announce a meetup"), sync_to_thread=True,
        security=needs("manage"), operation_class=takes(shapes.NewMeetup), responses=problems(*WRITING),
        description=N_("Opens its thread and makes its dates. The host has no seat before answering."),
    )  # fmt: skip
    def create(self, ctx: NamedDependency[Ctx], body: RawBody, idempotency_key: Key = None) -> Response[shapes.Meetup]:
        """201 and the meetup. Raises Malformed, SignInNeeded, Forbidden, Invalid, TooMany."""
        with ctx.db.read() as session:
            require_member(ctx.actor(session))
            data = sent(shapes.NewMeetup, body)
            if problems_found := draft_problems(data.title, [], data.body):
                raise Invalid(problems_found)
            plan, house = _plan(data), ctx.house(session)
            draft = compose(session, data.body)

        def make(session: Session, actor: Actor) -> tuple[shapes.Meetup, str]:
            try:
                made = domain.announce(session, actor=actor, plan=plan, draft=draft, now=ctx.now)
            except Invalid as error:
                raise Invalid({NAMES.get(field, field): words for field, words in error.fields.items()}) from None
            found = series(session, actor, house, made.id, now=ctx.now)
            return _meetup(found, _base(ctx)), f"/api/v1/meetups/{made.id}"

        return once(ctx, idempotency_key, data, make)

    @get(
        "/{meetup_id:int}", operation_id="getMeetup", summary=N_("One meetup"), sync_to_thread=True, security=PUBLIC,
        description=N_("With its coming dates, and the last that were."), responses=problems(401, 403, 404),
    )  # fmt: skip
    def show(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int]) -> Response[shapes.Meetup]:
        """The meetup. Raises NotFound."""
        with ctx.db.read() as session:
            found = series(session, reader(ctx, session), ctx.house(session), meetup_id, now=ctx.now)
        return answer(_meetup(found, _base(ctx)))


class Dates(Controller):
    """`/api/v1/occurrences`."""

    path = "/api/v1/occurrences/{occurrence_id:int}"
    tags = ("Meetups",)

    @put(
        "/rsvp", operation_id="putRsvp", summary=N_("Say whether one comes"), sync_to_thread=True,
        security=needs("write"), operation_class=takes(shapes.NewRsvp), responses=problems(*Changing),
        description=N_(
            "A yes takes a seat, or the last place in the queue; a seat that becomes free goes to the first, at once."
        ),
    )  # fmt: skip
    def rsvp(
        self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int], body: RawBody
    ) -> Response[shapes.AnswerState]:
        """What came of it. Raises NotFound, SignInNeeded, Forbidden, Invalid, Conflict (cancelled, closed, begun)."""
        with ctx.db.write(queue_of(occurrence_id)) as session:  # who asks is read in it: each transaction counts
            actor = ctx.actor(session)
            require_member(actor)
            data = sent(shapes.NewRsvp, body)
            note = None if data.note is None else clean(data.note)
            seat = domain.answer(
                session, actor=actor, occurrence_id=occurrence_id, reply=Reply(data.answer, data.guests, note),
                now=ctx.now,
            )  # fmt: skip
        state = {"offered": "waiting", "lapsed": "no"}.get(seat.state, seat.state)
        return answer(shapes.AnswerState(seat.answer, state, seat.position, seat.guests, seat.offered_until))

    @get(
        "/attendees", operation_id="listAttendees", summary=N_("Who comes"), sync_to_thread=True, security=PUBLIC,
        responses=problems(*READING),
        description=N_("As far as the caller may see: a meetup says who reads its names, and members may hide theirs."),
    )  # fmt: skip
    def attendees(
        self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int], limit: Limit = paging.PAGE, after: After = ""
    ) -> Response[shapes.PartyList]:
        """Those who come. Raises NotFound, Invalid."""
        check_limit(limit)
        start = cursor(after, int)
        with ctx.db.read() as session:
            actor = reader(ctx, session)
            crew = team_of_date(session, actor, occurrence_id)
            if crew is None:
                raise NotFound()
            if may_change(actor, crew):
                return answer(_for_hosts(session, actor, occurrence_id, start[0] if start else 0, limit, ctx.now))
            return answer(_for_others(session, actor, occurrence_id, after, limit))

    @post(
        "/cancel", operation_id="cancelOccurrence", summary=N_("Call a date off"), sync_to_thread=True,
        security=needs("write"), operation_class=takes(shapes.Cancellation), responses=problems(*Changing),
        status_code=200,
        description=N_("For hosts. Those who wanted to come are told why; it stays in the calendars as cancelled."),
    )  # fmt: skip
    def cancel(
        self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[shapes.Date]:
        """The date. Raises NotFound, SignInNeeded, Forbidden, Invalid, Conflict (over)."""
        with ctx.db.read() as session:
            require_member(ctx.actor(session))
            data, house = sent(shapes.Cancellation, body), ctx.house(session)

        def make(session: Session, actor: Actor) -> tuple[shapes.Date, str]:
            done = domain.cancel_occurrence(
                session, actor=actor, occurrence_id=occurrence_id, reason=clean(data.reason), now=ctx.now
            )
            it = queries.page(session, actor, house, done.meetup_id, now=ctx.now, occurrence_id=occurrence_id)
            return _date(it.occurrence, it.meetup.slug, _base(ctx)), ""

        return once(ctx, idempotency_key, data, make, status=200)


def _only(actor: Actor, house: House, slug: str) -> tuple[CategoryView, ...]:
    found = house.by_slug(slug)
    if found is None or not may_see(actor, found):
        raise NotFound()
    return (found,)


def _for_hosts(
    session: Session, actor: Actor, occurrence_id: int, after: int, limit: int, now: datetime
) -> shapes.PartyList:
    rows = sorted(queries.door(session, actor, occurrence_id, now=now).rows, key=lambda row: row.rsvp_id)
    rows = [row for row in rows if row.rsvp_id > after]
    items = [
        shapes.Party(
            row.member.name, row.member.display_name, row.guests, row.state, None, row.note, row.arrived_at is not None
        )
        for row in rows[:limit]
    ]
    return shapes.PartyList(items, paging.encode(rows[limit - 1].rsvp_id) if len(rows) > limit else None, 0)


def _for_others(session: Session, actor: Actor, occurrence_id: int, after: str, limit: int) -> shapes.PartyList:
    found = queries.attendees_if_shown(session, actor, occurrence_id, after=after, limit=limit)
    if found is None:
        going = select(func.count()).where(Rsvp.occurrence_id == occurrence_id, Rsvp.state == "going")
        return shapes.PartyList([], None, session.execute(going).scalar_one())
    items = [
        shapes.Party(row.member.name, row.member.display_name, row.guests, row.state, row.first_time)
        for row in found.rows
    ]
    return shapes.PartyList(items, found.next, found.unnamed)


# -- shapes -----------------------------------------------------------------------------------------------------------


def _base(ctx: Ctx) -> str:
    return ctx.settings.base_url


def _meetup(found: Series, base: str) -> shapes.Meetup:
    meetup, place = found.meetup, found.place
    where = None
    if place is not None:
        access = shapes.Access(
            place.step_free, place.toilet, place.hearing_loop, place.quiet_room, place.transit, place.access
        )
        where = shapes.MeetingPlace(place.name, place.address, place.latitude, place.longitude, access)
    return shapes.Meetup(
        meetup.id, meetup.slug, meetup.title, meetup.thread_id, found.category.slug, meetup.timezone, where,
        meetup.guests_allowed, meetup.rule or None, meetup.privacy,
        [_date(one, meetup.slug, base) for one in found.dates], base + meetup.url, meetup.version,
    )  # fmt: skip


def _date(one: OccurrenceView, slug: str, base: str) -> shapes.Date:
    return shapes.Date(
        one.id, one.starts_at, one.ends_at, one.status, one.capacity, one.taken, one.waiting, one.meetup_id, one.title,
        one.timezone, one.starts_local.isoformat(), one.ends_local.isoformat(), one.deadline_at, one.cancel_reason,
        base + meetup_url(one.meetup_id, slug, one.id),
    )  # fmt: skip


def _plan(data: shapes.NewMeetup) -> Plan:
    """What was sent, as a plan. Raises Invalid."""
    bad: dict[str, Message] = {}
    times: dict[str, datetime | None] = {}
    for field in ("starts_at_local", "ends_at_local", "rsvp_deadline"):
        text = getattr(data, field)
        try:
            times[field] = None if text is None else datetime.fromisoformat(text)
        except ValueError:
            bad[field] = N_("Write date and time as in 2027-04-10T19:00:00.")
    if bad:
        raise Invalid(bad)
    starts, ends = times["starts_at_local"], times["ends_at_local"]
    assert starts is not None and ends is not None
    return Plan(
        title=clean(data.title), starts_local=starts, ends_local=ends, timezone=clean(data.timezone), body=data.body,
        category=clean(data.category), fold=data.fold, place=_place(data.place), online_url=clean(data.online_url),
        capacity=data.capacity, guests_allowed=data.guests_allowed, deadline=times["rsvp_deadline"],
        rule=_rule(data.repeat), offer_minutes=data.offer_minutes, privacy=data.privacy, chapter=clean(data.chapter),
    )  # fmt: skip


def _place(place: shapes.MeetingPlace | None) -> NewPlace | None:
    if place is None:
        return None
    access = place.access if isinstance(place.access, shapes.Access) else shapes.Access(notes=place.access or "")
    return NewPlace(
        clean(place.name), clean(place.address), place.latitude, place.longitude, access.step_free, access.toilet,
        access.hearing_loop, access.quiet_room, clean(access.transit), clean(access.notes),
    )  # fmt: skip


def _rule(repeat: shapes.Repeat | str | None) -> str:
    if repeat is None or isinstance(repeat, str):
        text = (repeat or "").strip()
        return f"FREQ={text}" if text.lower() in {"daily", "weekly", "monthly"} else text
    parts = [f"FREQ={repeat.freq}", f"INTERVAL={repeat.interval}"]
    if repeat.by_day:
        parts.append("BYDAY=" + ",".join(clean(day) for day in repeat.by_day))
    if repeat.by_month_day is not None:
        parts.append(f"BYMONTHDAY={repeat.by_month_day}")
    if repeat.count is not None:
        parts.append(f"COUNT={repeat.count}")
    if repeat.until is not None:
        parts.append("UNTIL=" + clean(repeat.until).replace("-", ""))
    return ";".join(parts)


CONTROLLERS = [Meetups, Dates]
SCHEMAS = shapes.SCHEMAS
