"""`/moderation`: the queue, a case, claiming, deciding, notes, undoing."""

from typing import Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from forum.errors import Conflict, Forbidden, ForumError, Invalid, NotFound
from forum.kit.i18n import N_, Message
from forum.kit.worddiff import Piece, diff, fold
from forum.moderation.desk_forms import BulkForm, DecideForm, DeskQuery, act_of, number
from forum.moderation.domain import Act, add_note, claim, decide, preview, release, undo
from forum.moderation.domain.signups import decide_signup
from forum.moderation.models import Case, Decision
from forum.moderation.queries import canned as canned_queries
from forum.moderation.queries.case import target_waits
from forum.moderation.queries.desk import QueueRow, case_row
from forum.moderation.queries.people import file_of
from forum.moderation.web.desk import HERE, Html, address, show
from forum.policy.moderation import require_case, require_moderator
from forum.threads.compose import Draft, compose
from forum.threads.models import Post
from forum.web.ctx import Ctx

MOST = 50  # cases decided in one go


class Queue(Controller):
    """The list of cases."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """What waits, weightiest first. Raises SignInNeeded, Forbidden."""
        return show(ctx, ctx.query(DeskQuery))

    @post("/bulk", sync_to_thread=True)
    def bulk(self, ctx: NamedDependency[Ctx]) -> Html:
        """The same decision for several cases, each on its own; what is refused is named. Raises Invalid, Forbidden."""
        form, query = ctx.form(BulkForm), ctx.query(DeskQuery)
        with ctx.db.read() as session:
            require_moderator(ctx.actor(session))
        if form.action not in {"dismiss", "remove"} or not form.case or len(form.case) > MOST:
            wrong: Message = N_("Choose the cases, then what to do with them.")
            return show(ctx, query, status=422, errors={"": wrong}, bulk=None, chosen_cases=form.case)
        done, refused = [], []
        for chosen in form.case:
            case_id, _, version = chosen.partition(":")
            try:
                done.append((number(case_id), self._one(ctx, number(case_id), number(version), form)))
            except (ForumError, Invalid) as error:
                if isinstance(error, NotFound):
                    raise
                refused.append((number(case_id), ctx.say(error.message)))
        ctx.forget()
        return show(ctx, query, status=409 if refused and not done else 200, bulk=(form.action, done, refused))

    @staticmethod
    def _one(ctx: Ctx, case_id: int, version: int, form: BulkForm) -> int:
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            row = case_row(session, actor, case_id)
            if row is None:
                raise NotFound()
            if form.action == "dismiss" and (target_waits(session, row) or row.target_type == "signup"):
                raise Conflict(N_("This waits for approval: open it and look."))
            explanation = ""
            if form.action == "remove":
                file = file_of(session, actor, row.subject_id, ctx.now) if row.subject_id else None
                fitting = [one for one in canned_queries.offered(session, form.reason) if one.reason == form.reason]
                locale = (file.locale if file else "") or ctx.settings.locale
                explanation = fitting[0].body(locale) if fitting else ""
        act = Act(action=form.action, reason=form.reason or row.reason, explanation=explanation)
        with ctx.db.write() as session:
            return decide(session, actor=actor, act=act, case_id=case_id, version=version, now=ctx.now).id


class Cases(Controller):
    """One case."""

    path = f"{HERE}/cases/{{case_id:int}}"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], case_id: FromPath[int]) -> Html:
        """All that helps to decide it. Raises SignInNeeded, Forbidden, NotFound."""
        return show(ctx, ctx.query(DeskQuery), case_id=case_id)

    @post("/claim", sync_to_thread=True)
    def claim(self, ctx: NamedDependency[Ctx], case_id: FromPath[int]) -> Html:
        """Nobody else decides it for now. 409 with the fresh case when somebody was faster."""
        return self._step(ctx, case_id, claiming=True)

    @post("/release", sync_to_thread=True)
    def release(self, ctx: NamedDependency[Ctx], case_id: FromPath[int]) -> Html:
        """Back into the queue."""
        return self._step(ctx, case_id, claiming=False)

    def _step(self, ctx: Ctx, case_id: int, *, claiming: bool) -> Html:
        form, query = ctx.form(DecideForm), ctx.query(DeskQuery)
        try:
            with ctx.db.write() as session:
                actor = ctx.actor(session)
                if claiming:
                    found = claim(
                        session, actor=actor, case_id=case_id, version=number(form.version) or None, now=ctx.now
                    )
                else:
                    found = release(session, actor=actor, case_id=case_id, now=ctx.now)
        except Conflict as error:
            return _again(ctx, query, case_id, form, error)
        if not (form.typed or form.action or ctx.visit.htmx):
            return ctx.go(f"{HERE}/cases/{case_id}{address(query)}")
        form.version = str(found.version)
        said = N_("The case is yours.") if claiming else N_("The case is back in the queue.")
        return show(ctx, query, case_id=case_id, form=form, said=said)

    @post("/decide", sync_to_thread=True)
    def decide(self, ctx: NamedDependency[Ctx], case_id: FromPath[int]) -> Html:
        """Decide it; `look` shows first what that would do, `fill` puts a canned explanation into the form."""
        form, query = ctx.form(DecideForm), ctx.query(DeskQuery)
        if form.fill:
            return self._fill(ctx, case_id, form, query)
        try:
            with ctx.db.read() as session:
                actor = ctx.actor(session)
                require_moderator(actor)
                row = case_row(session, actor, case_id)
                text = _text(session, form, row)
            if row is not None and row.target_type == "signup":
                return self._signup(ctx, case_id, form, query)
            act = act_of(form, actor.timezone, ctx.now, text.draft if text else None)
            what: dict[str, Any] = {
                "actor": actor, "act": act, "case_id": case_id, "now": ctx.now, "version": number(form.version),
            }  # fmt: skip
            if form.look or query.look:
                would = preview(ctx.db, **what)
                return show(
                    ctx, query, case_id=case_id, form=form, dry=would, until=act.until,
                    changes=text.changes if text else [],
                )  # fmt: skip
            with ctx.db.write() as session:
                decide(session, **what)
        except Invalid as error:
            fields = {"text" if name == "body" else name: words for name, words in error.fields.items()}
            return show(ctx, query, case_id=case_id, form=form, status=422, errors=fields)
        except Conflict as error:
            return _again(ctx, query, case_id, form, error)
        except Forbidden as error:
            if type(error) is not Forbidden:
                raise
            status = 422 if ctx.visit.htmx else 403  # htmx puts 422 into the page, so that nothing typed is lost
            return show(ctx, query, case_id=case_id, form=form, status=status, stale=error.message)
        ctx.flash(N_("Decided."))
        return ctx.go(f"{HERE}/cases/{case_id}{address(query)}")

    @staticmethod
    def _signup(ctx: Ctx, case_id: int, form: DecideForm, query: DeskQuery) -> Html:
        """Let somebody in, or turn them down."""
        with ctx.db.write() as session:
            decide_signup(
                session, actor=ctx.actor(session), case_id=case_id, version=number(form.version), action=form.action,
                explanation=form.explanation, now=ctx.now,
            )  # fmt: skip
        ctx.flash(N_("Let in: they get a mail.") if form.action == "approve" else N_("Turned down: they get a mail."))
        return ctx.go(f"{HERE}/cases/{case_id}{address(query)}")

    @staticmethod
    def _fill(ctx: Ctx, case_id: int, form: DecideForm, query: DeskQuery) -> Html:
        """Below what is there already: nothing typed is replaced."""
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            require_moderator(actor)
            row = case_row(session, actor, case_id)
            require_case(actor, row)
            assert row is not None
            found = {one.key: one for one in canned_queries.offered(session, "")}.get(form.canned)
            file = file_of(session, actor, row.subject_id, ctx.now) if row.subject_id else None
        if found is not None:
            words = found.body((file.locale if file else "") or ctx.settings.locale)
            if words not in form.explanation:
                form.explanation = f"{form.explanation.rstrip()}\n\n{words}".strip()
        return show(ctx, query, case_id=case_id, form=form, filled=True)

    @post("/notes", sync_to_thread=True)
    def note(self, ctx: NamedDependency[Ctx], case_id: FromPath[int]) -> Html:
        """A note that only the staff reads. Raises SignInNeeded, Forbidden, NotFound."""
        form, query = ctx.form(DecideForm), ctx.query(DeskQuery)
        try:
            with ctx.db.write() as session:
                add_note(session, actor=ctx.actor(session), body=form.body, case_id=case_id, now=ctx.now)
        except Invalid as error:
            return show(ctx, query, case_id=case_id, form=form, status=422, errors=error.fields)
        form.body = ""
        if not (form.typed or form.action or ctx.visit.htmx):
            return ctx.go(f"{HERE}/cases/{case_id}{address(query)}#notes")
        return show(ctx, query, case_id=case_id, form=form, said=N_("Noted."))


class Decisions(Controller):
    """Decisions that were made."""

    path = f"{HERE}/decisions/{{decision_id:int}}"
    include_in_schema = False

    @post("/undo", sync_to_thread=True)
    def undo(self, ctx: NamedDependency[Ctx], decision_id: FromPath[int]) -> Html:
        """Take it back. 409 with the case when that cannot be done (any more)."""
        query = ctx.query(DeskQuery)
        try:
            with ctx.db.write() as session:
                decision = undo(session, actor=ctx.actor(session), decision_id=decision_id, now=ctx.now)
        except Conflict as error:
            with ctx.db.read() as session:
                found = session.get(Decision, decision_id)
                case_id = found.case_id if found else None
                seen = case_id is not None and case_row(session, ctx.actor(session), case_id) is not None
            if case_id is None or not seen:
                raise
            return show(ctx, query, case_id=case_id, status=409, stale=error.message)
        ctx.flash(N_("Taken back: everything stands as it did before."))
        if decision.case_id is not None:
            return ctx.go(f"{HERE}/cases/{decision.case_id}{address(query)}")
        return ctx.go(ctx.next(HERE))


class _Text(msgspec.Struct, frozen=True):
    """Other words for a post, cooked, and how they differ from those that stand there."""

    draft: Draft
    changes: list[Piece]


def _text(session: Session, form: DecideForm, row: QueueRow | None) -> _Text | None:
    """What an edit asks for, cooked while no lock is held; None for other acts. Raises Invalid(body)."""
    post = session.get(Post, row.target_id) if form.editing and row is not None and row.target_type == "post" else None
    if post is None:
        return None
    draft = compose(session, form.text)
    return _Text(draft, fold(diff(post.source, draft.source)))


def _again(ctx: Ctx, query: DeskQuery, case_id: int, form: DecideForm, error: Conflict) -> Html:
    """The fresh case with what was typed, and its version: whoever has looked again may send again.

    Where it was the post that changed under an edit, its text as it stands now and how the typed one differs.
    """
    theirs, changes = None, None
    with ctx.db.read() as session:
        case = session.get(Case, case_id)
        fresh = msgspec.structs.replace(form, version=str(case.version) if case else "")
        post = session.get(Post, case.target_id) if case and isinstance(error.current, str) else None
    if post is not None:
        fresh.post_version, theirs = str(post.version), post.source
        changes = fold(diff(theirs, form.text.replace("\r\n", "\n").strip("\n")))
    return show(
        ctx, query, case_id=case_id, form=fresh, status=409, stale=error.message, theirs=theirs, changes=changes
    )


CONTROLLERS = [Queue, Cases, Decisions]
