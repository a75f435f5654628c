"""The law at the desk of moderation: notices, what is confirmed, guests' objections."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Invalid, NotFound
from forum.kit.i18n import N_, Message
from forum.legal.domain.complaints import decide_complaint
from forum.legal.domain.notices import confirm, mark_unfounded
from forum.legal.forms import DeskQuery, MarkForm, OutcomeForm
from forum.legal.queries import desk
from forum.web.ctx import Ctx

Html = Response[bytes]
HERE = "/moderation/notices"


class NoticeDesk(Controller):
    """`/moderation/notices`."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """What waits, whose time runs, what was decided. Raises SignInNeeded, Forbidden."""
        query = ctx.query(DeskQuery)
        view = query.view if query.view in desk.VIEWS else "open"
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            found = desk.notices(session, actor, view, after=query.after)
            objections = [row for row in desk.complaints(session, actor) if row.state == "open"]
            ctx.house(session)
        older = f"{HERE}?view={view}&after={found.older}" if found.older else None
        return ctx.page(
            "legal/notices.html", rows=found.rows, view=view, older=older, newest=bool(query.after),
            complaints=objections,
        )  # fmt: skip

    @post("/{legal_id:int}/confirm", sync_to_thread=True)
    def confirm(self, ctx: NamedDependency[Ctx], legal_id: FromPath[int]) -> Html:
        """It is in hand. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        with ctx.db.write() as session:
            confirm(session, actor=ctx.actor(session), notice_id=legal_id, now=ctx.now)
        ctx.flash(N_("We are telling who asked that it is in hand."))
        return ctx.go(ctx.next(HERE))

    @post("/{legal_id:int}/judge", sync_to_thread=True)
    def judge(self, ctx: NamedDependency[Ctx], legal_id: FromPath[int]) -> Html:
        """Manifestly unfounded, or not after all. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        unfounded = ctx.form(MarkForm).unfounded == "1"
        with ctx.db.write() as session:
            mark_unfounded(session, actor=ctx.actor(session), notice_id=legal_id, unfounded=unfounded, now=ctx.now)
        ctx.flash(N_("Noted."))
        return ctx.go(ctx.next(HERE))


class Complaints(Controller):
    """`/moderation/complaints/3`: a guest's objection."""

    path = "/moderation/complaints/{complaint_id:int}"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], complaint_id: FromPath[int]) -> Html:
        """What they say, and the case. Raises SignInNeeded, Forbidden, NotFound."""
        return self._page(ctx, complaint_id, OutcomeForm(), {})

    @post("/", sync_to_thread=True)
    def decide(self, ctx: NamedDependency[Ctx], complaint_id: FromPath[int]) -> Html:
        """Answer it. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        form = ctx.form(OutcomeForm)
        try:
            with ctx.db.write() as session:
                decide_complaint(
                    session, actor=ctx.actor(session), complaint_id=complaint_id, outcome=form.outcome,
                    reasons=form.reasons, override=form.override, now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._page(ctx, complaint_id, form, error.fields, 422)
        ctx.flash(N_("Answered. Whoever objected reads your reasons."))
        return ctx.go(HERE)

    def _page(
        self, ctx: Ctx, complaint_id: int, form: OutcomeForm, errors: dict[str, Message], status: int = 200
    ) -> Html:
        with ctx.db.read() as session:
            found = desk.complaints(session, ctx.actor(session), only=complaint_id)
            ctx.house(session)
        if not found:
            raise NotFound()
        return ctx.page(
            "legal/answer.html", status=status, it=found[0], values=form,
            errors={name: ctx.say(words) for name, words in errors.items()},
        )  # fmt: skip


CONTROLLERS = [NoticeDesk, Complaints]
