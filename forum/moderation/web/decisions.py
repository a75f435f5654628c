"""Decisions about oneself: the statement of reasons, saying that one has read it, objecting."""

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from forum.errors import Conflict, Invalid
from forum.kit import dates
from forum.kit.i18n import N_, Text
from forum.kit.markdown import cook
from forum.moderation.domain import appeal
from forum.moderation.domain.statements import acknowledge
from forum.moderation.effects import effects, facts
from forum.moderation.queries import reports
from forum.moderation.queries import statements as queries
from forum.moderation.queries.reports import Objection
from forum.moderation.web.mine import my_list
from forum.web.ctx import Ctx

Html = Response[bytes]


class AppealForm(msgspec.Struct):
    """Why somebody sees it differently, plain words."""

    text: str = ""


class Decisions(Controller):
    """`/decisions`: what the moderators decided about me."""

    path = "/decisions"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """Newest first. Raises SignInNeeded."""
        return my_list(ctx, "moderation/decisions.html", self.path, queries.my_statements)

    @get("/{decision_id:int}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], decision_id: FromPath[int]) -> Html:
        """The statement of reasons. Raises SignInNeeded, NotFound (not about me)."""
        with ctx.db.read() as session:
            actor, _ = ctx.actor(session), ctx.house(session)
            found = queries.my_statement(session, actor, decision_id, ctx.locale)
        frame = ctx.frame()
        return ctx.page(
            "moderation/statement.html", it=found, effects=effects(found, frame), facts=facts(found, frame.site.name),
            content=_cooked(found.content, found.id),
            explanation=_cooked(found.explanation, found.id), runs=found.runs(ctx.now),
            may_appeal=found.may_appeal(ctx.now),
        )  # fmt: skip

    @post("/{decision_id:int}/acknowledge", sync_to_thread=True)
    def mark_read(self, ctx: NamedDependency[Ctx], decision_id: FromPath[int]) -> Html:
        """I have read it. Raises SignInNeeded, NotFound."""
        with ctx.db.write() as session:
            acknowledge(session, actor=ctx.actor(session), decision_id=decision_id, now=ctx.now)
        ctx.flash(N_("Thank you. You can write again."))
        return ctx.go(f"/decisions/{decision_id}")


class Objections(Controller):
    """`/decisions/{id}/appeal`: for the member concerned, and for the reporter who was not believed."""

    path = "/decisions/{decision_id:int}/appeal"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def ask(self, ctx: NamedDependency[Ctx], decision_id: FromPath[int]) -> Html:
        """The form; who has objected already is led to where the answer will be. Raises SignInNeeded, NotFound."""
        found = self._found(ctx, decision_id)
        if found.refusal:
            return ctx.go(found.back)
        return ctx.page("moderation/object.html", it=found, values=AppealForm(), errors={})

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx], decision_id: FromPath[int]) -> Html:
        """Object. What was typed survives every error. Raises SignInNeeded, NotFound."""
        form, found = ctx.form(AppealForm), self._found(ctx, decision_id)
        try:
            with ctx.db.write() as session:
                made = appeal(
                    session, actor=ctx.actor(session), decision_id=decision_id, body=form.text, now=ctx.now
                )  # fmt: skip
                due = made.due_at
        except Invalid as error:
            errors = {name: ctx.say(words) for name, words in error.fields.items()}
            return ctx.page("moderation/object.html", status=422, it=found, values=form, errors=errors)
        except Conflict as error:
            errors = {"": ctx.say(error.message)}
            return ctx.page("moderation/object.html", status=409, it=found, values=form, errors=errors)
        timezone = ctx.visit.actor.timezone if ctx.visit.actor else "UTC"
        day = dates.weekday(due, now=ctx.now, locale=ctx.locale, timezone=timezone)
        ctx.flash(Text(N_("We have your objection. You will have an answer by %(day)s."), {"day": day}))
        return ctx.go(found.back)

    @staticmethod
    def _found(ctx: Ctx, decision_id: int) -> Objection:
        with ctx.db.read() as session:
            actor, _ = ctx.actor(session), ctx.house(session)
            return reports.objection(session, actor, decision_id, ctx.now)


def _cooked(source: str, decision_id: int) -> Markup:
    """Markdown as it stood, cooked anew: never the source itself."""
    return Markup(cook(source, anchor=f"d{decision_id}").html) if source.strip() else Markup()  # noqa: S704  sanitised


CONTROLLERS = [Decisions, Objections]
