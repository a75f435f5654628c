"""At the door: the list to tap, the code to scan, those who come without having answered."""

import io

import msgspec
import segno
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from forum.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from forum.kit.i18n import N_, NN_, Message, Text
from forum.meetups import domain, queries
from forum.meetups.desk_views import DoorRow
from forum.meetups.queries import here
from forum.meetups.views import MeetupPage
from forum.meetups.web.shared import Html, last, number, say_all, sayer
from forum.prevention.stamps import stamp
from forum.web.ctx import Ctx

LARGEST = 2**63 - 1
MANY = 15  # rows that a thumb still scrolls through


class DoorQuery(msgspec.Struct):
    """`find`: a part of a name."""

    find: str = ""


class Door(Controller):
    """`/occurrences/{id}/door`: the list, on a phone."""

    include_in_schema = False

    @get("/occurrences/{occurrence_id:int}/door", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """Who is expected and who is here. Raises NotFound, SignInNeeded, Forbidden."""
        return _page(ctx, occurrence_id)

    @post("/occurrences/{occurrence_id:int}/check-in", sync_to_thread=True)
    def check_in(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """A party is here, all of it or fewer. A second tap changes nothing."""
        rsvp_id, arrived = number(last(ctx, "rsvp_id"), most=LARGEST), last(ctx, "arrived")
        try:
            with ctx.db.write() as session:
                done = domain.check_in(
                    session, actor=ctx.actor(session), rsvp_id=rsvp_id, arrived=number(arrived) if arrived else None,
                    now=ctx.now,
                )  # fmt: skip
        except (Invalid, Conflict) as error:
            return _page(ctx, occurrence_id, _problem(error), status=422 if isinstance(error, Invalid) else 409)
        words = Text(N_("%(name)s is here."), {"name": done.name})
        return _answer(ctx, occurrence_id, rsvp_id, words)

    @post("/occurrences/{occurrence_id:int}/undo-check-in", sync_to_thread=True)
    def undo(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """That was somebody else."""
        rsvp_id = number(last(ctx, "rsvp_id"), most=LARGEST)
        with ctx.db.write() as session:
            domain.undo_check_in(session, actor=ctx.actor(session), rsvp_id=rsvp_id, now=ctx.now)
        return _answer(ctx, occurrence_id, rsvp_id, N_("Taken back."))

    @post("/occurrences/{occurrence_id:int}/excuse", sync_to_thread=True)
    def excuse(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """They were there after all, or had said so: not counted as missed."""
        rsvp_id = number(last(ctx, "rsvp_id"), most=LARGEST)
        with ctx.db.write() as session:
            domain.excuse(session, actor=ctx.actor(session), rsvp_id=rsvp_id, now=ctx.now)
        if last(ctx, "back") == "desk":
            ctx.flash(N_("Excused."))
            return ctx.go(f"/occurrences/{occurrence_id}/desk")
        return _answer(ctx, occurrence_id, rsvp_id, N_("Excused."))

    @post("/occurrences/{occurrence_id:int}/walk-ins", sync_to_thread=True)
    def walk_in(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """Somebody came without having answered: a member by name, or anybody."""
        people = last(ctx, "people", "1")
        name, member = last(ctx, "name"), last(ctx, "member")
        try:
            with ctx.db.write() as session:
                domain.walk_in(
                    session, actor=ctx.actor(session), occurrence_id=occurrence_id, name=name, member=member,
                    people=number(people, 1), submission=last(ctx, "submission"), now=ctx.now,
                )  # fmt: skip
        except (Invalid, Conflict) as error:
            values = {"name": name, "member": member, "people": people}
            status = 422 if isinstance(error, Invalid) else 409
            return _page(ctx, occurrence_id, _problem(error), status=status, values=values)
        one, many = NN_("%(n)s person more.", "%(n)s people more.")
        ctx.flash(Text(one, {"n": number(people, 1)}, many))
        return ctx.go(f"/occurrences/{occurrence_id}/door#walk-ins")

    @post("/occurrences/{occurrence_id:int}/walk-ins/remove", sync_to_thread=True)
    def remove_walk_in(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """They were counted by mistake, or miscounted."""
        walk_in_id = number(last(ctx, "walk_in_id"), most=LARGEST)
        with ctx.db.write() as session:
            domain.remove_walk_in(session, actor=ctx.actor(session), occurrence_id=occurrence_id, walk_in_id=walk_in_id)
        ctx.flash(N_("Taken back."))
        return ctx.go(f"/occurrences/{occurrence_id}/door#walk-ins")


class Codes(Controller):
    """A party's code: shown by who comes, opened by who stands at the door."""

    include_in_schema = False

    @get("/occurrences/{occurrence_id:int}/code", sync_to_thread=True)
    def own(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """The reader's own code as a drawing. Raises NotFound without a seat."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            if actor.is_guest:
                raise SignInNeeded()
            row = queries.row(session, actor, house, occurrence_id)
            it = queries.page(session, actor, house, row.occurrence.meetup_id, now=ctx.now, occurrence_id=occurrence_id)
        if it.mine is None or it.mine.state != "going":
            raise NotFound()
        token = domain.party_token(ctx.core.secret, it.mine.id, occurrence_id)
        url = f"{ctx.settings.base_url.rstrip('/')}/meetups/check-in/{token}"
        return ctx.page("meetups/code.html", it=it, w=sayer(ctx, actor)(it.occurrence), qr=qr(url), url=url)

    @get("/meetups/check-in/{token:str}", sync_to_thread=True)
    def open(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """What a camera at the door opens. Raises SignInNeeded."""
        return self._show(ctx, token)

    @post("/meetups/check-in/{token:str}", sync_to_thread=True)
    def check_in(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """The party is here."""
        read, arrived = domain.read_party_token(ctx.core.secret, token), last(ctx, "arrived")
        if read is None:
            return self._show(ctx, token)
        try:
            with ctx.db.write() as session:
                domain.check_in(
                    session, actor=ctx.actor(session), rsvp_id=read[0], arrived=number(arrived) if arrived else None,
                    now=ctx.now,
                )  # fmt: skip
        except (Invalid, Conflict) as error:
            return self._show(ctx, token, _problem(error), 422 if isinstance(error, Invalid) else 409)
        return ctx.go(f"/meetups/check-in/{token}")

    @staticmethod
    def _show(ctx: Ctx, token: str, fields: dict[str, Message] | None = None, status: int = 200) -> Html:
        """The party behind the code; or that it is none, and how to go on."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            if actor.is_guest:
                raise SignInNeeded()
            read = domain.read_party_token(ctx.core.secret, token)
            found = here.party(session, actor, house, read[0]) if read is not None else None
            doors = here.doors(session, actor, house, now=ctx.now) if found is None else []
        when = sayer(ctx, actor)
        return ctx.page(
            "meetups/checkin.html", status=status if found else 404, found=found, doors=doors, when=when, token=token,
            errors=say_all(ctx, fields or {}),
        )  # fmt: skip


def qr(url: str) -> Markup:
    """`url` as a drawing. Error correction Q: a cracked screen is read, too."""
    drawn = io.BytesIO()
    segno.make(url, error="q", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=True, nl=False, omitsize=True, border=2, dark="#211c17",
        light="#ffffff", svgclass=None, lineclass=None,
    )  # fmt: skip
    return Markup(drawn.getvalue().decode("ascii"))  # noqa: S704  made of our own address alone


def _problem(error: Invalid | Conflict) -> dict[str, Message]:
    return error.fields if isinstance(error, Invalid) else {"": error.message}


def door_page(ctx: Ctx, occurrence_id: int) -> MeetupPage:
    """The meetup for who stands at its door. Raises NotFound, SignInNeeded, Forbidden."""
    with ctx.db.read() as session:
        actor, house = ctx.actor(session), ctx.house(session)
        row = queries.row(session, actor, house, occurrence_id)
        it = queries.page(session, actor, house, row.occurrence.meetup_id, now=ctx.now, occurrence_id=occurrence_id)
    if it.rights.check_in:
        return it
    if actor.is_guest:
        raise SignInNeeded()
    raise Forbidden(N_("Only the hosts of this meetup do that."))


def _answer(ctx: Ctx, occurrence_id: int, rsvp_id: int, words: Message) -> Html:
    """After a tap: the row and the figures for scripts, the list otherwise."""
    if not ctx.visit.htmx:
        ctx.flash(words)
        return ctx.go(f"/occurrences/{occurrence_id}/door#party-{rsvp_id}")
    with ctx.db.read() as session:
        door = queries.door(session, ctx.actor(session), occurrence_id, now=ctx.now)
    row = next((one for one in door.rows if one.rsvp_id == rsvp_id), None)
    return ctx.fragment(
        "meetups/_door_row.html" if row else "meetups/_door_gone.html", row=row, rsvp_id=rsvp_id, door=door,
        occurrence_id=occurrence_id, fresh=True, said=ctx.say(words), over=False,
    )  # fmt: skip


def _page(
    ctx: Ctx, occurrence_id: int, fields: dict[str, Message] | None = None, *, status: int = 200,
    values: dict[str, str] | None = None,
) -> Html:  # fmt: skip
    it = door_page(ctx, occurrence_id)
    with ctx.db.read() as session:
        actor = ctx.actor(session)
        door = queries.door(session, actor, occurrence_id, now=ctx.now)
    find = ctx.query(DoorQuery).find.strip()
    asked = [row for row in door.rows if _named(row, find)]
    rows = [row for row in asked if row.state in {"going", "offered", "walk_in"} or row.arrived_at]
    others = [row for row in asked if row not in rows and row.state in {"waiting", "maybe"}]
    return ctx.page(
        "meetups/door.html", status=status, it=it, door=door, rows=sorted(rows, key=_by_name),
        others=sorted(others, key=_by_name), w=sayer(ctx, actor)(it.occurrence), occurrence_id=occurrence_id,
        errors=say_all(ctx, fields or {}), values=values or {"name": "", "member": "", "people": "1"},
        submission=stamp(ctx.core.secret, ctx.now), over=it.occurrence.is_over(ctx.now), fresh=False, said="",
        find=find, many=MANY,
    )  # fmt: skip


def _named(row: DoorRow, find: str) -> bool:
    words = f"{row.member.display_name} {row.member.name}".casefold()
    return all(part in words for part in find.casefold().split())


def _by_name(row: DoorRow) -> str:
    return row.member.display_name.casefold()
