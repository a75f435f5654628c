"""`/feedback/delivery/schedules` and `/runs`: when summaries leave, and a look at one before it does."""

from typing import Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Conflict, Invalid, NotFound
from forum.feedback import queries as feedback
from forum.feedback.delivery import queries, runs, schedules, words
from forum.feedback.delivery.models import EVERY, FORMATS, NEWS, PRIVACIES
from forum.feedback.delivery.schedules import NewSchedule
from forum.feedback.delivery.views import ScheduleView
from forum.feedback.delivery.web.shared import HERE, Html, version_of
from forum.feedback.exports import phrases, snapshot
from forum.feedback.exports.views import Said
from forum.feedback.web.shared import collector, known, labels, number
from forum.kit.i18n import N_
from forum.settings import LOCALES
from forum.web.ctx import Ctx

SCHEDULES = f"{HERE}/schedules"


class ScheduleForm(msgspec.Struct):
    """A schedule as its form has it."""

    team: str = ""
    every: str = "month"
    weekdays: list[str] = []
    monthdays: str = "1"
    hour: str = "8"
    zone: str = "Europe/Rome"
    period: str = "month"
    locale: str = ""
    privacy: str = "paraphrase"
    skip_empty: str = ""
    approve: str = ""
    formats: list[str] = []
    to_team: str = ""
    addresses: str = ""
    destinations: list[str] = []
    version: str = ""
    on: str = ""

    def new(self) -> NewSchedule:
        """What the domain takes; what is no number is refused there."""
        typed = self.weekdays if self.every == "week" else self.monthdays.replace(",", " ").split()
        days = tuple(int(it) if it.isdecimal() and len(it) < 3 else 99 for it in typed)
        hour = int(self.hour) if self.hour.isdecimal() and len(self.hour) < 3 else -1
        return NewSchedule(
            team=self.team, every=self.every, days=days, hour=hour, zone=self.zone.strip(), period=self.period,
            locale=self.locale, privacy=self.privacy, skip_empty=bool(self.skip_empty), approve=bool(self.approve),
            formats=tuple(self.formats), to_team=bool(self.to_team), addresses=tuple(self.addresses.split()),
            destinations=tuple(number(it) for it in self.destinations),
        )  # fmt: skip


def _filled(one: ScheduleView) -> ScheduleForm:
    weekly = one.every == "week"
    return ScheduleForm(
        team=one.team_slug, every=one.every, weekdays=[str(it) for it in one.days] if weekly else [],
        monthdays="1" if weekly else ", ".join(str(it) for it in one.days), hour=str(one.hour), zone=one.zone,
        period=one.period, locale=one.locale, privacy=one.privacy, skip_empty="1" if one.skip_empty else "",
        approve="1" if one.approve else "", formats=one.formats, to_team="1" if one.to_team else "",
        addresses="\n".join(one.addresses), destinations=[str(it) for it in one.destinations],
        version=str(one.version),
    )  # fmt: skip


class Schedules(Controller):
    """When."""

    path = SCHEDULES
    include_in_schema = False

    @get("/new", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """A form. Raises SignInNeeded, Forbidden."""
        form = ScheduleForm(weekdays=["0"], skip_empty="1", approve="1", to_team="1", locale="")
        return _page(ctx, form, None)

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Make it. Raises SignInNeeded, Forbidden."""
        return self._save(ctx, None)

    @get("/{schedule_id:int}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], schedule_id: FromPath[int]) -> Html:
        """One, with its runs. Raises SignInNeeded, Forbidden, NotFound."""
        return _page(ctx, None, known(schedule_id))

    @post("/{schedule_id:int}", sync_to_thread=True)
    def change(self, ctx: NamedDependency[Ctx], schedule_id: FromPath[int]) -> Html:
        """Change it. Raises SignInNeeded, Forbidden, NotFound."""
        return self._save(ctx, known(schedule_id))

    @staticmethod
    def _save(ctx: Ctx, schedule_id: int | None) -> Html:
        form = ctx.form(ScheduleForm)
        try:
            with ctx.db.write() as session:
                saved = schedules.save(
                    session, actor=collector(ctx, session), new=form.new(), schedule_id=schedule_id,
                    version=version_of(form.version), now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            errors = {name: ctx.say(it) for name, it in error.fields.items()}
            return _page(ctx, form, schedule_id, errors, status=422)
        except Conflict as error:
            return _page(ctx, form, schedule_id, {"team": ctx.say(error.message)}, status=409)
        ctx.flash(N_("Saved. Below stands when it is due next."))
        return ctx.go(f"{SCHEDULES}/{saved}")

    @post("/{schedule_id:int}/switch", sync_to_thread=True)
    def switch(self, ctx: NamedDependency[Ctx], schedule_id: FromPath[int]) -> Html:
        """On or off. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(ScheduleForm)
        with ctx.db.write() as session:
            schedules.switch(
                session, actor=collector(ctx, session), schedule_id=known(schedule_id), on=form.on == "1",
                version=None, now=ctx.now,
            )  # fmt: skip
        ctx.flash(N_("It is on.") if form.on == "1" else N_("It is off: nothing is due."))
        return ctx.go(f"{SCHEDULES}/{schedule_id}")

    @post("/{schedule_id:int}/remove", sync_to_thread=True)
    def remove(self, ctx: NamedDependency[Ctx], schedule_id: FromPath[int]) -> Html:
        """Take it away. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.write() as session:
            schedules.remove(
                session, actor=collector(ctx, session), schedule_id=known(schedule_id), version=None, now=ctx.now
            )
        ctx.flash(N_("Taken away. What was sent is still in the list."))
        return ctx.go(HERE)


class RunForm(msgspec.Struct):
    """Why it does not leave. `version`: of the schedule that the page showed."""

    reason: str = ""
    version: str = ""


class Runs(Controller):
    """One summary that was due."""

    path = f"{HERE}/runs"
    include_in_schema = False

    @get("/{run_id:int}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], run_id: FromPath[int]) -> Html:
        """What it says and who gets it. Raises SignInNeeded, Forbidden, NotFound."""
        return _run(ctx, known(run_id))

    @post("/{run_id:int}/approve", sync_to_thread=True)
    def approve(self, ctx: NamedDependency[Ctx], run_id: FromPath[int]) -> Html:
        """It leaves. Raises SignInNeeded, Forbidden, NotFound."""
        seen = version_of(ctx.form(RunForm).version)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                runs.approve(session, actor=actor, run_id=known(run_id), version=seen, now=ctx.now)
            ctx.flash(N_("It leaves now."))
        except Conflict as error:
            ctx.flash(error.message, "warn")
        return ctx.go(f"{HERE}/runs/{run_id}")

    @post("/{run_id:int}/reject", sync_to_thread=True)
    def reject(self, ctx: NamedDependency[Ctx], run_id: FromPath[int]) -> Html:
        """It does not leave. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(RunForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                runs.reject(session, actor=actor, run_id=known(run_id), reason=form.reason, now=ctx.now)
            ctx.flash(N_("It does not leave. The next one comes when it is due."))
        except Conflict as error:
            ctx.flash(error.message, "warn")
        except Invalid as error:
            return _run(ctx, run_id, {name: ctx.say(it) for name, it in error.fields.items()}, form, status=422)
        return ctx.go(f"{HERE}/runs/{run_id}")


def _page(
    ctx: Ctx, form: ScheduleForm | None, schedule_id: int | None, errors: dict[str, str] | None = None, *,
    status: int = 200,
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        actor = collector(ctx, session)
        one = queries.schedule(session, schedule_id) if schedule_id else None
        past = queries.runs(session, schedule_id=schedule_id) if schedule_id else []
        teams = [(it.slug, it.name) for it in feedback.teams(session, actor)]
        places = [it for it in queries.destinations(session) if it.kind in NEWS]
        ctx.house(session)
    if form and not form.locale:
        form.locale = ctx.locale  # known once the member is
    context: dict[str, Any] = {
        "one": one, "runs": past, "teams": teams, "places": places, "values": form or (_filled(one) if one else None),
        "privacies": labels(ctx, phrases.LEVELS, PRIVACIES), "every": labels(ctx, words.EVERY, EVERY),
        "periods": labels(ctx, words.PERIODS, EVERY), "formats": [(it, words.FORMATS[it]) for it in FORMATS],
        "languages": [(it, words.LANGUAGES[it]) for it in LOCALES], "zones": words.zones(),
        "weekdays": words.weekdays(ctx.locale), "words": words,
    }  # fmt: skip
    return ctx.page("feedback/delivery_schedule.html", status=status, errors=errors or {}, **context)


def _run(
    ctx: Ctx, run_id: int, errors: dict[str, str] | None = None, form: RunForm | None = None, *, status: int = 200
) -> Html:
    with ctx.db.read() as session:
        collector(ctx, session)
        run = queries.run(session, run_id)
        one = _schedule(queries.schedule, session, run.schedule_id)
        page = snapshot.opened(session, run.snapshot_id).page if run.snapshot_id else None
        rows, _ = queries.deliveries(session, run_id=run.id)
        ctx.house(session)
    return ctx.page(
        "feedback/delivery_run.html", status=status, run=run, one=one, said=Said(page) if page else None, rows=rows,
        errors=errors or {}, values=form or RunForm(), words=words,
        period=phrases.period(run.starts, run.last, ctx.locale), levels=phrases.LEVELS,
    )  # fmt: skip


def _schedule(find: Any, session: Any, schedule_id: int) -> ScheduleView | None:
    """None when it was taken away since."""
    try:
        found: ScheduleView = find(session, schedule_id)
    except NotFound:
        return None
    return found
