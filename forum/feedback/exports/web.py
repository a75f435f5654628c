"""Summaries and exports in HTML: a period on screen, the files made of it, and their downloads."""

from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import File

from forum.errors import Invalid
from forum.feedback import queries as feedback
from forum.feedback.exports import domain, files, phrases, queries
from forum.feedback.exports.counting import day_of
from forum.feedback.exports.models import FORMATS
from forum.feedback.exports.render import TYPES
from forum.feedback.exports.views import Said
from forum.feedback.views import TeamView
from forum.kit.i18n import N_
from forum.policy.feedback import may_collect, require_read_items
from forum.web.ctx import Ctx

Html = Response[bytes]
KINDS = {
    "pdf": N_("PDF, to print"), "xlsx": N_("Excel, four sheets"),
    "csv": N_("CSV, one table"), "md": N_("Markdown, to paste"), "html": N_("Web page, by itself"),
    "json": N_("JSON, for programs"),
}  # fmt: skip


class PeriodQuery(msgspec.Struct, frozen=True):
    """What the address asks for. `from` and `to` are days, both of which count here."""

    team: str = ""
    starts: str = msgspec.field(default="", name="from")
    last: str = msgspec.field(default="", name="to")
    after: str = ""


class ExportForm(msgspec.Struct, frozen=True):
    """What the form sends. `snapshot`: another file of a run that there is."""

    team: str = ""
    starts: str = msgspec.field(default="", name="from")
    last: str = msgspec.field(default="", name="to")
    format: str = ""
    privacy: str = ""
    snapshot: str = ""


class Shown(msgspec.Struct, frozen=True):
    """A period that is looked at. `last` counts."""

    team: TeamView | None
    starts: date
    last: date

    @property
    def ends(self) -> date:
        """The first day that does not count."""
        return self.last + timedelta(days=1)


class Summaries(Controller):
    """`/feedback/summary`."""

    path = "/feedback/summary"

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """A team's page for a period; without one, the last whole month. Raises SignInNeeded, Forbidden, NotFound."""
        asked = ctx.query(PeriodQuery)
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            require_read_items(actor)
            teams = feedback.teams(session, actor)
            errors: dict[str, str] = {}
            try:
                shown = _shown(ctx, teams, asked.team, asked.starts, asked.last, every=may_collect(actor))
                domain.check_period(shown.starts, shown.ends)
            except Invalid as error:
                errors = {name: ctx.say(words) for name, words in error.fields.items()}
                shown = _shown(ctx, teams, "", "", "", every=may_collect(actor))
            team_id = shown.team.id if shown.team else None
            domain.require_summary(session, actor, team_id)
            page = queries.live(
                session, team_id=team_id, starts=shown.starts, ends=shown.ends, locale=ctx.locale, now=ctx.now
            )
        return ctx.page(
            "feedback/summary.html", status=422 if errors else 200, said=Said(page), shown=shown, teams=teams,
            collects=may_collect(actor), months=_months(ctx), errors=errors, asked=asked, kinds=KINDS,
            levels=phrases.LEVELS,
        )  # fmt: skip


class Exports(Controller):
    """`/feedback/exports`."""

    path = "/feedback/exports"

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """The files there are, the newest first. Raises SignInNeeded, Forbidden."""
        return self._page(ctx, ExportForm())

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """A file of a period, or another format of a run. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(ExportForm)
        try:
            with ctx.db.write() as session:
                actor = ctx.actor(session)
                require_read_items(actor)
                if form.snapshot:
                    export = domain.another(
                        session, actor=actor, snapshot_id=form.snapshot, kind=form.format, now=ctx.now
                    )
                else:
                    starts, last = _day("from", form.starts), _day("to", form.last)
                    asked = domain.Asked(form.team, starts, last + timedelta(days=1), form.format, form.privacy)
                    export = domain.ask(
                        session, actor=actor, asked=asked, locale=ctx.locale, secret=ctx.core.secret, now=ctx.now
                    )
                big = domain.is_big(session, export)
        except Invalid as error:
            return self._page(ctx, form, {name: ctx.say(words) for name, words in error.fields.items()})
        if big:
            ctx.flash(N_("This is a long one: it is being written, and will stand here when it is done."))
            return ctx.go("/feedback/exports")
        if export.state != "ready":
            files.make(ctx.db, ctx.settings, export.id, ctx.now)
        ctx.flash(N_("The file is ready."))
        return ctx.go(f"/feedback/exports#export-{export.id}")

    @get("/{export_id:int}/file", sync_to_thread=True)
    def file(self, ctx: NamedDependency[Ctx], export_id: FromPath[int]) -> File:
        """The file; whoever takes it is noted. Raises SignInNeeded, Forbidden, NotFound."""
        return download(ctx, export_id)

    def _page(self, ctx: Ctx, form: ExportForm, errors: dict[str, str] | None = None) -> Html:
        asked = ctx.query(PeriodQuery)
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            rows, older = queries.exports(session, actor, after=asked.after)
            teams = feedback.teams(session, actor)
            ctx.house(session)
        shown = _shown(ctx, teams, "", "", "", every=may_collect(actor))
        return ctx.page(
            "feedback/exports.html", status=422 if errors else 200, rows=rows, teams=teams, shown=shown,
            older=f"/feedback/exports?after={older}" if older else None, first=not asked.after, values=form,
            errors=errors or {}, kinds=KINDS, levels=phrases.LEVELS, collects=may_collect(actor),
            period=lambda row: phrases.period(row.starts, row.last, ctx.locale), formats=FORMATS,
        )  # fmt: skip


def download(ctx: Ctx, export_id: int) -> File:
    """The file as it may be shown now, noted. Raises SignInNeeded, Forbidden, NotFound (also: only its record)."""
    with ctx.db.read() as session:
        actor = ctx.actor(session)
        queries.export(session, actor, export_id)
    export, place = files.fetch(ctx.db, ctx.settings, export_id, ctx.now)
    with ctx.db.write() as session:
        domain.handed(session, export_id=export.id, by_id=actor.id, how="download", now=ctx.now)
    return File(
        path=place, filename=files.name_of(export), media_type=TYPES[export.format],
        content_disposition_type="attachment", headers={"Cache-Control": "no-store"},
    )  # fmt: skip


def _shown(ctx: Ctx, teams: list[TeamView], team: str, starts: str, last: str, *, every: bool) -> Shown:
    """What is looked at; a team without a choice looks at its own. Raises Invalid."""
    chosen = next((it for it in teams if it.slug == team), None)
    if team and chosen is None:
        raise Invalid({"team": N_("There is no such team.")})
    if chosen is None and not every and teams:
        chosen = teams[0]
    first = day_of(ctx.now).replace(day=1) - timedelta(days=1)
    return Shown(
        chosen, _day("from", starts) if starts else first.replace(day=1), _day("to", last) if last else first
    )  # fmt: skip


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({name: N_("Write a day.")}) from None


def _months(ctx: Ctx) -> list[tuple[date, date]]:
    """(first, last) of this month and the five before it."""
    found, first = [], day_of(ctx.now).replace(day=1)
    for _ in range(6):
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        found.append((first, last))
        first = (first - timedelta(days=1)).replace(day=1)
    return found


CONTROLLERS: list[Any] = [Summaries, Exports]
