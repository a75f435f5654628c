"""`/feedback/teams`: who reads and answers, and within how many days."""

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from forum.errors import Conflict, Invalid, NotFound
from forum.feedback import desk, domain, queries
from forum.feedback.domain import NewTeam
from forum.feedback.views import TeamView
from forum.feedback.web.shared import HERE, Html, collector, known, number, say
from forum.kit.i18n import N_, Message
from forum.policy.actors import Actor
from forum.web.ctx import Ctx

TEAMS = f"{HERE}/teams"


class TeamForm(msgspec.Struct):
    """A team. `person`: the name of somebody who joins."""

    name: str = ""
    ack_days: str = "7"
    archived: str = ""
    version: str = ""
    person: str = ""


class Teams(Controller):
    """All of them, and one."""

    path = TEAMS
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """The list, with a form. Raises SignInNeeded, Forbidden."""
        return _list(ctx, TeamForm())

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """A new one. Raises SignInNeeded, Forbidden."""
        form = ctx.form(TeamForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                team_id = domain.save_team(session, actor=actor, team=_team(form), now=ctx.now)
        except Invalid as error:
            return _list(ctx, form, say(ctx, error.fields))
        ctx.flash(N_("Made. Now say who reads for it."))
        return ctx.go(f"{TEAMS}/{team_id}")

    @get("/{team_id:int}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], team_id: FromPath[int]) -> Html:
        """Its people and its form. Raises SignInNeeded, Forbidden, NotFound."""
        return _page(ctx, team_id)

    @post("/{team_id:int}", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], team_id: FromPath[int]) -> Html:
        """Change it. 409 with what was typed when somebody was faster. Raises Forbidden, NotFound."""
        form = ctx.form(TeamForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                _one(session, actor, team_id)
                domain.save_team(
                    session, actor=actor, team=_team(form), now=ctx.now, team_id=team_id,
                    version=number(form.version) or None,
                )  # fmt: skip
        except Invalid as error:
            return _page(ctx, team_id, form, say(ctx, error.fields), status=422)
        except Conflict as error:
            return _page(ctx, team_id, form, stale=error.message, status=409)
        ctx.flash(N_("Saved."))
        return ctx.go(f"{TEAMS}/{team_id}")

    @post("/{team_id:int}/people", sync_to_thread=True)
    def join(self, ctx: NamedDependency[Ctx], team_id: FromPath[int]) -> Html:
        """Somebody reads for it. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(TeamForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                domain.join_team(session, actor=actor, team_id=known(team_id), name=form.person, now=ctx.now)
        except Invalid as error:
            errors = {"person" if name == "name" else name: said for name, said in error.fields.items()}
            return _page(ctx, team_id, None, say(ctx, errors), status=422, person=form.person)
        ctx.flash(N_("They see what is sent to this team from now on, and what was."))
        return ctx.go(f"{TEAMS}/{team_id}")

    @post("/{team_id:int}/people/{member_id:int}/leave", sync_to_thread=True)
    def leave(self, ctx: NamedDependency[Ctx], team_id: FromPath[int], member_id: FromPath[int]) -> Html:
        """They read for it no more. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.write() as session:
            actor = collector(ctx, session)
            domain.leave_team(
                session, actor=actor, team_id=known(team_id), member_id=known(member_id), now=ctx.now
            )  # fmt: skip
        ctx.flash(N_("They read for this team no more."))
        return ctx.go(f"{TEAMS}/{team_id}")


def _team(form: TeamForm) -> NewTeam:
    return NewTeam(form.name, number(form.ack_days), archived=bool(form.archived))


def _one(session: Session, actor: Actor, team_id: int) -> TeamView:
    """Raises NotFound."""
    found = next((it for it in queries.teams(session, actor, archived=True) if it.id == known(team_id)), None)
    if found is None:
        raise NotFound()
    return found


def _list(ctx: Ctx, form: TeamForm, errors: dict[str, str] | None = None) -> Html:
    with ctx.db.read() as session:
        actor = collector(ctx, session)
        teams = queries.teams(session, actor, archived=True)
        people = desk.team_people(session, [it.id for it in teams])
        counts = desk.team_items(session)
        ctx.house(session)
    return ctx.page(
        "feedback/teams.html", status=422 if errors else 200, teams=teams, people=people, counts=counts, values=form,
        errors=errors or {},
    )  # fmt: skip


def _page(
    ctx: Ctx, team_id: int, form: TeamForm | None = None, errors: dict[str, str] | None = None, *,
    stale: Message = "", status: int = 200, person: str = "",
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        actor = collector(ctx, session)
        team = _one(session, actor, team_id)
        people = desk.team_people(session, [team.id])[team.id]
        ctx.house(session)
    values = form or TeamForm(team.name, str(team.ack_days), "1" if team.archived_at else "")
    values.version, values.person = str(team.version), person
    return ctx.page(
        "feedback/team.html", status=status, team=team, people=people, values=values, errors=errors or {},
        stale=ctx.say(stale),
    )  # fmt: skip


CONTROLLERS = [Teams]
