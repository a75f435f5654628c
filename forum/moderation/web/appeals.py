"""`/moderation/appeals`: objections, decided by somebody else than the first time."""

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from forum.errors import Conflict, Forbidden, Invalid
from forum.kit.i18n import N_, Message
from forum.moderation import words
from forum.moderation.domain import decide_appeal
from forum.moderation.domain.appeals import barred
from forum.moderation.domain.decide import is_alone
from forum.moderation.domain.targets import load, reporters
from forum.moderation.models import Decision
from forum.moderation.queries import appeals as queries
from forum.policy.actors import Actor
from forum.policy.moderation import Stakes, require_moderator
from forum.web.ctx import Ctx

HERE = "/moderation/appeals"
Html = Response[bytes]


class AppealsQuery(msgspec.Struct):
    """`view`: "" (waiting) or answered."""

    view: str = ""
    after: str = ""


class OutcomeForm(msgspec.Struct):
    """How an appeal is decided."""

    outcome: str = ""
    reasons: str = ""
    override: str = ""


class Appeals(Controller):
    """Those that wait, those that are answered, one."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """The soonest due first. Raises SignInNeeded, Forbidden."""
        query = ctx.query(AppealsQuery)
        waiting = query.view != "answered"
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            require_moderator(actor)
            ctx.house(session)
            found, older = queries.appeals(session, actor, waiting=waiting, after=query.after)
        more = "" if waiting else "view=answered&"
        return ctx.page(
            "moderation/appeals.html", appeals=found, waiting=waiting, words=words,
            older=f"{HERE}?{more}after={older}" if older else None,
        )  # fmt: skip

    @get("/{appeal_id:int}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], appeal_id: FromPath[int]) -> Html:
        """The first decision, what the member was told, what they answer. Raises SignInNeeded, Forbidden, NotFound."""
        return _page(ctx, appeal_id, OutcomeForm())

    @post("/{appeal_id:int}", sync_to_thread=True)
    def decide(self, ctx: NamedDependency[Ctx], appeal_id: FromPath[int]) -> Html:
        """The decision stands, or is reversed. What was typed stays when it is refused."""
        form = ctx.form(OutcomeForm)
        try:
            with ctx.db.write() as session:
                decide_appeal(
                    session, actor=ctx.actor(session), appeal_id=appeal_id, outcome=form.outcome, reasons=form.reasons,
                    override=form.override, now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return _page(ctx, appeal_id, form, status=422, errors=error.fields)
        except Conflict as error:
            return _page(ctx, appeal_id, form, status=409, stale=error.message)
        except Forbidden as error:
            if type(error) is not Forbidden:
                raise
            with ctx.db.read() as session:
                require_moderator(ctx.actor(session))
            return _page(ctx, appeal_id, form, status=403, stale=error.message)
        ctx.flash(N_("Decided. Whoever objected is told now."))
        return ctx.go(f"{HERE}/{appeal_id}")


def _page(
    ctx: Ctx, appeal_id: int, form: OutcomeForm, *, status: int = 200, errors: dict[str, Message] | None = None,
    stale: Message = "",
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        actor = ctx.actor(session)
        require_moderator(actor)
        ctx.house(session)
        found = queries.appeal_page(session, actor, appeal_id)
        why, alone = _bars(session, ctx, actor, found.decision.id)
    return ctx.page(
        "moderation/appeal.html", status=status, it=found, values=form, words=words, why=why, alone=alone,
        errors={name: ctx.say(text) for name, text in (errors or {}).items()}, stale=ctx.say(stale),
    )  # fmt: skip


def _bars(session: Session, ctx: Ctx, actor: Actor, decision_id: int) -> tuple[str, bool]:
    """("first" or "reported": why somebody else decides; "" when nothing does, is there nobody else?)."""
    decision = session.get_one(Decision, decision_id)
    target = load(session, decision.target_type, decision.target_id, lock=False)
    stakes = Stakes(decision.subject_id, target.member.role, target.category_id, reporters(session, decision.case_id))
    if not barred(actor, decision, stakes):
        return "", False
    others = msgspec.structs.replace(stakes, reporters=stakes.reporters | {decision.actor_id or 0})
    return "first" if decision.actor_id == actor.id else "reported", is_alone(session, actor, others, ctx.now)


CONTROLLERS = [Appeals]
