"""The hosts' desk of a date: who answered what, the queue, seats, a word to all, the list as a file."""

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Conflict, Invalid
from forum.kit.i18n import N_, NN_, Message, Text
from forum.meetups import domain, queries
from forum.meetups.domain.desk import export_attendees, message_party
from forum.meetups.views import MeetupPage
from forum.meetups.web import plans
from forum.meetups.web.announce import own_date
from forum.meetups.web.shared import Html, last, number, say_all, sayer
from forum.web.ctx import Ctx

FILES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
GROUPS = (
    ("going", N_("Have a seat"), ("going", "offered")), ("waiting", N_("Waiting list"), ("waiting",)),
    ("maybe", N_("Perhaps"), ("maybe",)), ("no", N_("Do not come"), ("no", "lapsed")),
)  # fmt: skip


class Desk(Controller):
    """`/occurrences/{id}/desk` and what is done from it."""

    include_in_schema = False

    @get("/occurrences/{occurrence_id:int}/desk", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """Everything that the hosts see. Raises NotFound, SignInNeeded, Forbidden."""
        return _page(ctx, own_date(ctx, occurrence_id))

    @post("/occurrences/{occurrence_id:int}/capacity", sync_to_thread=True)
    def capacity(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """More seats, or fewer; whoever waits moves up at once."""
        it, text = own_date(ctx, occurrence_id), last(ctx, "capacity")
        try:
            capacity = plans.capacity_of(text)
            with ctx.db.write() as session:
                domain.change_capacity(
                    session, actor=ctx.actor(session), occurrence_id=occurrence_id, capacity=capacity,
                    version=number(last(ctx, "version")), now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return _page(ctx, it, error.fields, status=422, capacity=text)
        except Conflict as error:
            return _page(ctx, it, {"capacity": error.message}, status=409, capacity=text)
        ctx.flash(N_("Saved. Whoever waited and has a seat now hears of it."))
        return ctx.go(f"/occurrences/{occurrence_id}/desk")

    @post("/occurrences/{occurrence_id:int}/message", sync_to_thread=True)
    def message(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """A word to those who come, by notice and mail."""
        it, text = own_date(ctx, occurrence_id), last(ctx, "text")
        try:
            with ctx.db.write() as session:
                n = message_party(
                    session,
                    actor=ctx.actor(session),
                    occurrence_id=occurrence_id,
                    text=text,
                    everybody=last(ctx, "to") == "all",
                    now=ctx.now,
                )
        except Invalid as error:
            return _page(ctx, it, error.fields, status=422, text=text)
        one, many = NN_("It goes to %(n)s member.", "It goes to %(n)s members.")
        ctx.flash(Text(one, {"n": n}, many))
        return ctx.go(f"/occurrences/{occurrence_id}/desk")

    @post("/occurrences/{occurrence_id:int}/remove", sync_to_thread=True)
    def remove(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """Take a party off the list, with a reason that it reads."""
        it = own_date(ctx, occurrence_id)
        try:
            with ctx.db.write() as session:
                domain.remove_party(
                    session, actor=ctx.actor(session), rsvp_id=number(last(ctx, "rsvp_id"), most=2**63 - 1),
                    reason=last(ctx, "reason"), now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return _page(ctx, it, error.fields, status=422)
        ctx.flash(N_("The seat is free again. They were told, with your reason."))
        return ctx.go(f"/occurrences/{occurrence_id}/desk")

    @post("/occurrences/{occurrence_id:int}/export", sync_to_thread=True)
    def export(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Response[bytes]:
        """The list as a file; the log of the staff keeps that it was taken."""
        it, kind = own_date(ctx, occurrence_id), last(ctx, "format")
        kind = kind if kind in FILES else "csv"
        with ctx.db.write() as session:
            body = export_attendees(
                session, actor=ctx.actor(session), occurrence_id=occurrence_id, kind=kind, say=ctx.say, now=ctx.now
            )
        name = f"{it.meetup.slug}-{it.occurrence.starts_local:%Y-%m-%d}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(body, media_type=FILES[kind], headers=headers)


def _page(
    ctx: Ctx, it: MeetupPage, fields: dict[str, Message] | None = None, *, status: int = 200,
    capacity: str | None = None, text: str = "",
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        actor = ctx.actor(session)
        door = queries.door(session, actor, it.occurrence.id, now=ctx.now)
        survey = queries.survey(session, actor, it.occurrence.id) if it.occurrence.is_over(ctx.now) else None
    groups = []
    for key, label, states in GROUPS:
        rows = [row for row in door.rows if row.state in states]
        if key == "waiting":
            rows.sort(key=lambda row: row.ticket or 0)
        groups.append((key, ctx.say(label), rows))
    seats = it.occurrence.capacity
    return ctx.page(
        "meetups/desk.html", status=status, it=it, door=door, groups=groups, w=sayer(ctx, actor)(it.occurrence),
        errors=say_all(ctx, fields or {}), capacity=capacity if capacity is not None else str(seats or ""), text=text,
        survey=survey,
    )  # fmt: skip


class DeskQuery(msgspec.Struct):
    """Going on in a long list."""

    after: str = ""


class People(Controller):
    """`/occurrences/{id}/people`: who comes, for those who may know."""

    include_in_schema = False

    @get("/occurrences/{occurrence_id:int}/people", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """All who may be named. Raises NotFound, SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            row = queries.row(session, actor, house, occurrence_id)
            found = queries.attendees(session, actor, occurrence_id, after=ctx.query(DeskQuery).after)
        older = f"/occurrences/{occurrence_id}/people?after={found.next}" if found.next else None
        return ctx.page(
            "meetups/people.html", row=row, found=found, older=older, w=sayer(ctx, actor)(row.occurrence)
        )  # fmt: skip
