"""`/feedback/themes`: what items are about, in two levels; made, changed, put into one another."""

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from forum.errors import Conflict, Invalid, NotFound
from forum.feedback import desk, domain, queries
from forum.feedback.domain import NewTheme
from forum.feedback.views import ThemeView
from forum.feedback.web.shared import HERE, Html, collector, known, number, say, team_choices, theme_choices
from forum.kit.i18n import N_, Message
from forum.policy.actors import Actor
from forum.web.ctx import Ctx

THEMES = f"{HERE}/themes"


class ThemeForm(msgspec.Struct):
    """A theme. `aliases`: one a line, or with commas. `into`: where it goes."""

    name: str = ""
    parent: str = ""
    aliases: str = ""
    team: str = ""
    archived: str = ""
    version: str = ""
    into: str = ""


class Themes(Controller):
    """All of them, and one."""

    path = THEMES
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """The list, with a form. Raises SignInNeeded, Forbidden."""
        return _list(ctx, ThemeForm())

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """A new one. Raises SignInNeeded, Forbidden."""
        form = ctx.form(ThemeForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                domain.save_theme(session, actor=actor, theme=_theme(form), now=ctx.now)
        except Invalid as error:
            return _list(ctx, form, say(ctx, error.fields))
        ctx.flash(N_("Saved."))
        return ctx.go(THEMES)

    @get("/{theme_id:int}/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], theme_id: FromPath[int]) -> Html:
        """The form. Raises SignInNeeded, Forbidden, NotFound."""
        return _form(ctx, theme_id)

    @post("/{theme_id:int}/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], theme_id: FromPath[int]) -> Html:
        """Change it. 409 with what was typed when somebody was faster. Raises Forbidden, NotFound."""
        form = ctx.form(ThemeForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                _one(session, actor, theme_id)
                domain.save_theme(
                    session, actor=actor, theme=_theme(form), now=ctx.now, theme_id=theme_id,
                    version=number(form.version) or None,
                )  # fmt: skip
        except Invalid as error:
            return _form(ctx, theme_id, form, say(ctx, error.fields), status=422)
        except Conflict as error:
            return _form(ctx, theme_id, form, stale=error.message, status=409)
        ctx.flash(N_("Saved."))
        return ctx.go(THEMES)

    @post("/{theme_id:int}/merge", sync_to_thread=True)
    def merge(self, ctx: NamedDependency[Ctx], theme_id: FromPath[int]) -> Html:
        """Its items and its name go to another one. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(ThemeForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                _one(session, actor, theme_id)
                into = next((it.id for it in queries.themes(session, actor) if it.slug == form.into), 0)
                if not into or into == theme_id:
                    raise Invalid({"into": N_("Choose the theme that takes it in.")})
                domain.merge_themes(session, actor=actor, theme_id=theme_id, into=into, now=ctx.now)
        except Invalid as error:
            return _form(ctx, theme_id, errors=say(ctx, error.fields), status=422)
        ctx.flash(N_("Merged: its items and its name are there now."))
        return ctx.go(THEMES)


def _theme(form: ThemeForm) -> NewTheme:
    aliases = tuple(it.strip() for it in form.aliases.replace(",", "\n").splitlines() if it.strip())
    return NewTheme(form.name, parent=form.parent, aliases=aliases, team=form.team, archived=bool(form.archived))


def _one(session: Session, actor: Actor, theme_id: int) -> ThemeView:
    """Raises NotFound, also for one that went into another."""
    found = next((it for it in queries.themes(session, actor, archived=True) if it.id == known(theme_id)), None)
    if found is None:
        raise NotFound()
    return found


def _list(ctx: Ctx, form: ThemeForm, errors: dict[str, str] | None = None) -> Html:
    with ctx.db.read() as session:
        actor = collector(ctx, session)
        themes = queries.themes(session, actor, archived=True)
        teams = queries.teams(session, actor, archived=True)
        counts = desk.theme_items(session)
        ctx.house(session)
    return ctx.page(
        "feedback/themes.html", status=422 if errors else 200, themes=themes, values=form, errors=errors or {},
        team_names={it.id: it.name for it in teams}, teams=team_choices([it for it in teams if not it.archived_at]),
        parents=theme_choices([it for it in themes if not it.archived_at], upper=True), counts=counts,
    )  # fmt: skip


def _form(
    ctx: Ctx, theme_id: int, form: ThemeForm | None = None, errors: dict[str, str] | None = None, *,
    stale: Message = "", status: int = 200,
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        actor = collector(ctx, session)
        theme = _one(session, actor, theme_id)
        themes = queries.themes(session, actor)
        teams = queries.teams(session, actor, archived=True)
        ctx.house(session)
    slugs = {it.id: it.slug for it in themes}
    values = form or ThemeForm(
        theme.name, slugs.get(theme.parent_id or 0, ""), "\n".join(theme.aliases),
        next((it.slug for it in teams if it.id == theme.team_id), ""), "1" if theme.archived_at else "",
    )  # fmt: skip
    values.version = str(theme.version)
    others = [it for it in themes if it.id != theme.id]
    return ctx.page(
        "feedback/theme.html", status=status, theme=theme, values=values, errors=errors or {}, stale=ctx.say(stale),
        teams=team_choices([it for it in teams if not it.archived_at or it.id == theme.team_id]),
        parents=theme_choices(others, upper=True),
        others=theme_choices([it for it in others if it.parent_id != theme.id]),
    )  # fmt: skip


CONTROLLERS = [Themes]
