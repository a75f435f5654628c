"""Announcing a meetup, changing it or one of its dates, calling it off."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from forum.kit.dates import zone
from forum.kit.i18n import N_, Message
from forum.kit.walltime import wall_of
from forum.meetups import domain, queries
from forum.meetups.domain import Plan
from forum.meetups.domain.announce import linkable
from forum.meetups.domain.locks import team_of_date
from forum.meetups.views import MeetupPage
from forum.meetups.web import plans
from forum.meetups.web.plans import PlanForm
from forum.meetups.web.shared import Html, fields_of, last, number, say_all, sayer
from forum.members import zones
from forum.policy.actors import Actor
from forum.policy.categories import may_start
from forum.prevention.stamps import stamp
from forum.threads.compose import compose
from forum.threads.models import Thread
from forum.web.ctx import Ctx

LABELS = {
    "thread": N_("Thread"), "title": N_("Title"), "body": N_("Programme"), "category": N_("Category"),
    "chapter": N_("Local group"),
    "day": N_("Day"), "start": N_("Begins"), "end": N_("Ends"), "last_day": N_("Last day, if it is another one"),
    "timezone": N_("Time zone"), "fold": N_("Which of the two hours"), "repeat": N_("Does it come again?"),
    "until": N_("Until"), "place": N_("Where"), "place_name": N_("Name of the place"), "coordinates": N_("Coordinates"),
    "online_url": N_("Address of the online room"), "capacity": N_("Seats"), "guests_allowed": N_("Guests"),
    "deadline": N_("Answers are taken"), "offer_minutes": N_("When a seat is free"), "questions": N_("Questions"),
    "privacy": N_("Who sees who comes"), "keep_days": N_("Delete answers after"), "hosts": N_("Hosts"),
    "helpers": N_("Helpers at the door"), "note": N_("About this date alone"), "reason": N_("Why"),
}  # fmt: skip
FIELDS = {"starts_local": "start", "ends_local": "end", "rsvp_deadline": "deadline", "thread_id": "thread"}
"""What the domain calls a field → what the form calls it."""
SOON = timedelta(days=14)


class StartQuery(msgspec.Struct):
    """Where the form starts from."""

    category: str = ""
    chapter: str = ""
    day: str = ""
    thread: str = ""
    preview: str = ""


class Announcements(Controller):
    """`/meetups/new`, `/meetups/{id}/edit`, `/meetups/{id}/clone`."""

    include_in_schema = False

    @get("/meetups/new", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """An empty form with what is usual, or for a thread that is there. Raises SignInNeeded, Forbidden, NotFound."""
        query = ctx.query(StartQuery)
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            linked = _linked(session, actor, query.thread)
            if query.thread and linked is None and not actor.is_guest:
                raise NotFound()
            known = {one.slug: one for one in queries.chapters_of(session, actor)}
        usual = next(iter(known), "") if not actor.can_manage else ""  # who is no manager announces for a group
        chapter = known.get(query.chapter or usual)
        form = PlanForm(
            title=linked.title if linked else "", thread=query.thread, category=query.category,
            chapter=chapter.slug if chapter else "", timezone=chapter.timezone if chapter else actor.timezone,
            day=query.day or _fortnight(ctx, actor), start="19:00", end="21:00", survey="1",
            submission=stamp(ctx.core.secret, ctx.now),
        )  # fmt: skip
        return form_page(ctx, plans.read(form, {}))

    @post("/meetups/new", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Announce it, or preview the text. Raises SignInNeeded, Forbidden, TooMany."""
        form = sent_form(ctx)
        if ctx.query(StartQuery).preview:
            return _preview(ctx, form)
        try:
            plan = plans.plan_of(form)
            draft = None
            if plan.thread_id is None:
                with ctx.db.read() as session:
                    draft = compose(session, form.body)
            with ctx.db.write() as session:
                cloned = number(last(ctx, "cloned_from")) or None
                made = domain.announce(
                    session, actor=ctx.actor(session), plan=plan, draft=draft, now=ctx.now,
                    submission=form.submission, cloned_from=cloned,
                )  # fmt: skip
        except Invalid as error:
            return form_page(ctx, form, error.fields, status=422)
        ctx.flash(
            N_("It is announced. It waits for a moderator: until then only you and the staff see it.")
            if made.held
            else N_("It is announced.")
        )
        return ctx.go(made.url)

    @get("/meetups/{meetup_id:int}/clone", sync_to_thread=True)
    def clone(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int]) -> Html:
        """The form with what another meetup had, two weeks on. Raises NotFound, SignInNeeded, Forbidden."""
        it = own_page(ctx, meetup_id)
        with ctx.db.read() as session:
            plan = queries.plan_of(session, ctx.actor(session), meetup_id)
        first = datetime.fromisoformat(_fortnight(ctx, None))
        form = plans.form_of(plan)
        form.day, form.last_day, form.until = f"{first:%Y-%m-%d}", "", ""
        form.submission = stamp(ctx.core.secret, ctx.now)
        for question in form.questions:
            question.id = ""
        return form_page(ctx, self._placed(ctx, form, it), cloned=it)

    @staticmethod
    def _placed(ctx: Ctx, form: PlanForm, it: MeetupPage) -> PlanForm:
        """A place that the reader may not choose again (closed, or another host's) is described anew, never dropped."""
        with ctx.db.read() as session:
            offered = {str(one.id) for one in queries.places(session, ctx.actor(session))}
            known = {str(one.id): one for one in queries.places(session, ctx.actor(session), kept=_places_of(it))}
        if form.place and form.place not in offered and form.place in known:
            described = plans.place_form_of(known[form.place])
            form = msgspec.structs.replace(form, place="new", **msgspec.structs.asdict(described))
        return form

    @get("/meetups/{meetup_id:int}/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int]) -> Html:
        """The form with what the meetup is. Raises NotFound, SignInNeeded, Forbidden."""
        it = own_page(ctx, meetup_id)
        with ctx.db.read() as session:
            plan = queries.plan_of(session, ctx.actor(session), meetup_id)
        form = plans.form_of(plan)
        form.version = str(it.meetup.version)
        return form_page(ctx, form, it=it)

    @post("/meetups/{meetup_id:int}/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int]) -> Html:
        """Change the meetup: its coming dates follow, but for what was changed on them alone."""
        it, form = own_page(ctx, meetup_id), sent_form(ctx)
        try:
            plan = plans.plan_of(form)
            with ctx.db.write() as session:
                made = domain.change_series(
                    session, actor=ctx.actor(session), meetup_id=meetup_id, plan=plan, version=number(form.version),
                    reason=form.reason, now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return form_page(ctx, form, error.fields, it=it, status=422)
        except Conflict as error:
            form.version = str(it.meetup.version)
            return form_page(ctx, form, {"": error.message}, it=it, status=409)
        ctx.flash(N_("Saved. Whoever answered hears of it."))
        return ctx.go(made.url)


class Dates(Controller):
    """One date: `/occurrences/{id}/edit`, `/cancel`, `/confirm`."""

    include_in_schema = False

    @get("/occurrences/{occurrence_id:int}/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """The form for one date. Raises NotFound, SignInNeeded, Forbidden."""
        it = own_date(ctx, occurrence_id)
        form = date_form(it)
        return form_page(ctx, form, it=it, one=True)

    @post("/occurrences/{occurrence_id:int}/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """Change this date alone."""
        it, form = own_date(ctx, occurrence_id), sent_form(ctx)
        try:
            with ctx.db.write() as session:
                domain.change_occurrence(
                    session, actor=ctx.actor(session), occurrence_id=occurrence_id, plan=plans.date_plan_of(form),
                    version=number(form.version), reason=form.reason, now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return form_page(ctx, form, error.fields, it=it, one=True, status=422)
        except Conflict as error:
            form.version = str(it.occurrence.version)
            return form_page(ctx, form, {"": error.message}, it=it, one=True, status=409)
        ctx.flash(N_("Saved. Whoever answered hears of it."))
        return ctx.go(it.url)

    @get("/occurrences/{occurrence_id:int}/cancel", sync_to_thread=True)
    def ask(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """Really? And why. Raises NotFound, SignInNeeded, Forbidden."""
        return self._ask(ctx, own_date(ctx, occurrence_id), "", "one", {}, 200)

    @post("/occurrences/{occurrence_id:int}/cancel", sync_to_thread=True)
    def cancel(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """Call off this date, or all that are coming."""
        it, reason, scope = own_date(ctx, occurrence_id), last(ctx, "reason"), last(ctx, "scope", "one")
        try:
            with ctx.db.write() as session:
                actor = ctx.actor(session)
                if scope == "all":
                    domain.cancel_series(session, actor=actor, meetup_id=it.meetup.id, reason=reason, now=ctx.now)
                else:
                    domain.cancel_occurrence(
                        session, actor=actor, occurrence_id=occurrence_id, reason=reason, now=ctx.now
                    )
        except Invalid as error:
            return self._ask(ctx, it, reason, scope, error.fields, 422)
        except Conflict as error:
            return self._ask(ctx, it, reason, scope, {"": error.message}, 409)
        ctx.flash(N_("It is cancelled. Whoever answered hears of it, with your reason."))
        return ctx.go(it.url)

    @staticmethod
    def _ask(ctx: Ctx, it: MeetupPage, reason: str, scope: str, fields: dict[str, Message], status: int) -> Html:
        with ctx.db.read() as session:
            when = sayer(ctx, ctx.actor(session))
        return ctx.page(
            "meetups/cancel.html", status=status, it=it, w=when(it.occurrence), reason=reason, scope=scope,
            errors=say_all(ctx, fields),
        )  # fmt: skip

    @post("/occurrences/{occurrence_id:int}/confirm", sync_to_thread=True)
    def confirm(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """A host says that it takes place. Raises NotFound, SignInNeeded, Forbidden, Conflict."""
        it = own_date(ctx, occurrence_id)
        with ctx.db.write() as session:
            domain.confirm_occurrence(session, actor=ctx.actor(session), occurrence_id=occurrence_id, now=ctx.now)
        ctx.flash(N_("Confirmed."))
        return ctx.go(it.url)


def own_page(ctx: Ctx, meetup_id: int, occurrence_id: int | None = None) -> MeetupPage:
    """A meetup that the reader looks after. Raises NotFound, SignInNeeded, Forbidden."""
    with ctx.db.read() as session:
        actor, house = ctx.actor(session), ctx.house(session)
        it = queries.page(session, actor, house, meetup_id, now=ctx.now, occurrence_id=occurrence_id)
    if it.rights.change:
        return it
    if actor.is_guest:
        raise SignInNeeded()
    raise Forbidden(N_("Only the hosts of this meetup do that."))


def own_date(ctx: Ctx, occurrence_id: int) -> MeetupPage:
    """The same by one of its dates. A thread that is out of sight for others is none for its hosts who may open it."""
    with ctx.db.read() as session:
        crew = team_of_date(session, ctx.actor(session), occurrence_id)
    if crew is None:
        raise NotFound()
    return own_page(ctx, crew.meetup_id, occurrence_id)


def sent_form(ctx: Ctx) -> PlanForm:
    """The form as it was sent."""
    return plans.read(ctx.form(PlanForm), fields_of(ctx))


def date_form(it: MeetupPage) -> PlanForm:
    """The form for one date as it is."""
    o = it.occurrence
    deadline = wall_of(o.deadline_at, zone(o.timezone)).replace(fold=0) if o.deadline_at else None
    plan = Plan(
        title=o.title, starts_local=o.starts_local, ends_local=o.ends_local, timezone=o.timezone, fold=o.fold,
        place=o.place_id, online_url=o.online_url, capacity=o.capacity, guests_allowed=o.guests_allowed,
        deadline=deadline,
    )  # fmt: skip
    form = plans.form_of(plan)
    form.note, form.version = o.note, str(o.version)
    return form


def form_page(
    ctx: Ctx, form: PlanForm, fields: dict[str, Message] | None = None, *, it: MeetupPage | None = None,
    one: bool = False, cloned: MeetupPage | None = None, status: int = 200, shown: Markup | None = None,
) -> Html:  # fmt: skip
    """`meetups/form.html`: for a new meetup, for one that is there (`it`), for one of its dates (`one`)."""
    with ctx.db.read() as session:
        actor, house = ctx.actor(session), ctx.house(session)
        if actor.is_guest:
            raise SignInNeeded()
        chapters = queries.chapters_of(session, actor)
        if it is None and not (actor.can_manage or chapters):
            raise Forbidden(N_("Meetups are announced by the community manager and by the hosts of local groups."))
        places = queries.places(session, actor, kept=_places_of(it))
        linked = _linked(session, actor, form.thread)
    categories = [one for one in house.visible_to(actor) if may_start(actor, one)]
    errors = say_all(
        ctx, {FIELDS.get(name.partition(".")[0], name.partition(".")[0]): text for name, text in (fields or {}).items()}
    )
    return ctx.page(
        "meetups/form.html", status=status, values=form, errors=errors, linked=linked, it=it, one=one, cloned=cloned,
        chapters=chapters, places=places, categories=categories, labels={k: ctx.say(v) for k, v in LABELS.items()},
        regions=zones.regions(ctx.locale, ctx.now), known=zones.known(), preview=shown, ambiguous=plans.is_twice(form),
        repeats=_said(ctx, plans.REPEATS), deadlines=_said(ctx, plans.DEADLINES), offers=_said(ctx, plans.OFFERS),
        privacies=_said(ctx, plans.PRIVACIES), kinds=_said(ctx, plans.KINDS), facts=plans.FACTS,
        w=sayer(ctx, actor)(it.occurrence) if it else None,
    )  # fmt: skip


def _linked(session: Session, actor: Actor, thread: str) -> Thread | None:
    """The thread that is there in which the meetup is announced; None: a new one."""
    try:
        return linkable(session, actor, number(thread, most=MAX_ID)) if thread else None
    except Invalid:
        return None


def _places_of(it: MeetupPage | None) -> set[int]:
    """What the meetup and its date have already: whoever looks after it may keep that."""
    return {key for key in (it.meetup.place_id, it.occurrence.place_id) if key} if it else set()


def _said(ctx: Ctx, words: dict[str, str]) -> list[tuple[str, str]]:
    return [(value, ctx.say(label)) for value, label in words.items()]


def _fortnight(ctx: Ctx, actor: Actor | None) -> str:
    """Two weeks from today: nobody announces for tomorrow."""
    where = zone(actor.timezone if actor else "UTC")
    return f"{(wall_of(ctx.now, where) + SOON):%Y-%m-%d}"


def _preview(ctx: Ctx, form: PlanForm) -> Html:
    fields: dict[str, Any] = {}
    shown = None
    try:
        with ctx.db.read() as session:
            shown = Markup(compose(session, form.body).html)  # noqa: S704  sanitised by compose
    except Invalid as error:
        fields = error.fields
    if ctx.visit.htmx:
        problem = ctx.say(fields["body"]) if fields else ""
        return ctx.fragment("threads/_preview.html", html=shown or "", problem=problem)
    return form_page(ctx, form, fields, status=422 if fields else 200, shown=shown)
