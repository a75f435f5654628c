"""`/manage/guidelines`: managers write the next version, announce it, take it back."""

from datetime import timedelta
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup
from sqlalchemy.orm import Session

from forum.errors import Conflict, Invalid
from forum.guidelines import domain, queries
from forum.guidelines.comparing import compare
from forum.guidelines.forms import AnnounceForm, DraftForm, DraftQuery, VersionForm, beginning_of, number
from forum.guidelines.text import size_problem, to_html
from forum.guidelines.views import Guidelines
from forum.kit.dates import zone
from forum.kit.i18n import N_, Message, Text
from forum.kit.worddiff import Piece, diff
from forum.policy.actors import Actor
from forum.policy.guidelines import require_write
from forum.web.ctx import Ctx

Html = Response[bytes]
HERE = "/manage/guidelines"


class Desk(Controller):
    """The desk of those who write the rules."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """What applies, what is announced, what is being written. Raises SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            _manager(ctx, session)
            standing = queries.in_force(session, ctx.now)
            coming = queries.announced_next(session, ctx.now)
            draft = queries.draft(session)
            read = queries.readers(session, coming.number) if coming else 0
        return ctx.page(
            "guidelines/desk.html", standing=standing, coming=coming, draft=draft, read=read,
            summary=coming.changes(ctx.locale) if coming else "",
            problems=_said(ctx, domain.problems_of(draft)) if draft else {},
        )  # fmt: skip

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Begin a draft, or go on with the one there is. Raises SignInNeeded, Forbidden, Conflict."""
        with ctx.db.write() as session:
            made = domain.draft(session, actor=ctx.actor(session), now=ctx.now)
        return ctx.go(f"{HERE}/{made}/edit")

    @get("/{version:int}/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], version: FromPath[int]) -> Html:
        """The draft in both languages. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        draft = self._draft(ctx, version)
        return self._form(ctx, draft, _form_of(draft), {})

    @post("/{version:int}/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], version: FromPath[int]) -> Html:
        """Save the draft, or show how one language looks. A stale draft answers 409 with both texts."""
        form, preview = ctx.form(DraftForm), ctx.query(DraftQuery).preview
        draft = self._draft(ctx, version)
        if preview in {"en", "it"}:
            return self._preview(ctx, draft, form, preview)
        try:
            words = domain.prepare(
                source_en=form.source_en, source_it=form.source_it, changes_en=form.changes_en,
                changes_it=form.changes_it,
            )  # fmt: skip
            with ctx.db.write() as session:
                domain.edit(
                    session, actor=ctx.actor(session), number=version, version=number(form.version), words=words,
                    now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._form(ctx, draft, form, error.fields, status=422)
        except Conflict as error:
            theirs = error.current
            if not isinstance(theirs, Guidelines):
                raise
            form.version = str(theirs.version)
            return self._form(ctx, theirs, form, {}, status=409, theirs=theirs)
        ctx.flash(N_("Saved. Nobody but the managers sees the draft."))
        return ctx.go(HERE)

    @get("/{version:int}/announce", sync_to_thread=True)
    def ask_announce(self, ctx: NamedDependency[Ctx], version: FromPath[int]) -> Html:
        """From which day, and whether members are told. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        draft = self._draft(ctx, version)
        return self._announce(ctx, draft, AnnounceForm(date=_earliest(ctx), version=str(draft.version)), {})

    @post("/{version:int}/announce", sync_to_thread=True)
    def announce(self, ctx: NamedDependency[Ctx], version: FromPath[int]) -> Html:
        """Publish it. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        form, draft = ctx.form(AnnounceForm), self._draft(ctx, version)
        try:
            assert ctx.visit.actor is not None
            effective_at = beginning_of(form.date, ctx.visit.actor.timezone)
            with ctx.db.write() as session:
                domain.announce(
                    session, actor=ctx.actor(session), number=version, version=number(form.version),
                    significant=form.significant != "0", effective_at=effective_at, now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._announce(ctx, draft, form, error.fields, status=422)
        except Conflict as error:
            if not isinstance(error.current, Guidelines):
                raise
            form.version = str(error.current.version)
            stale: dict[str, Message] = {
                "": N_("Somebody changed the draft meanwhile. Look at it once more, then announce it.")
            }
            return self._announce(ctx, error.current, form, stale, status=409)
        told = form.significant != "0"
        ctx.flash(N_("Announced. Members are told now.") if told else N_("Published."))
        return ctx.go(HERE)

    @get("/{version:int}/withdraw", sync_to_thread=True)
    def ask_withdraw(self, ctx: NamedDependency[Ctx], version: FromPath[int]) -> Html:
        """The question before. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        with ctx.db.read() as session:
            actor = _manager(ctx, session)
            found = queries.version(session, version, actor=actor)
        if found.state(ctx.now) != "announced":
            raise Conflict(N_("Only what is announced and does not apply yet can be withdrawn."))
        return ctx.page("guidelines/withdraw.html", it=found)

    @post("/{version:int}/withdraw", sync_to_thread=True)
    def withdraw(self, ctx: NamedDependency[Ctx], version: FromPath[int]) -> Html:
        """Take it back. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        with ctx.db.write() as session:
            domain.withdraw(session, actor=ctx.actor(session), number=version, now=ctx.now)
        ctx.flash(
            Text(N_("Version %(number)s is withdrawn. The next draft begins with its words."), {"number": version})
        )
        return ctx.go(HERE)

    @get("/{version:int}/discard", sync_to_thread=True)
    def ask_discard(self, ctx: NamedDependency[Ctx], version: FromPath[int]) -> Html:
        """The question before. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        return ctx.page("guidelines/discard.html", it=self._draft(ctx, version))

    @post("/{version:int}/discard", sync_to_thread=True)
    def discard(self, ctx: NamedDependency[Ctx], version: FromPath[int]) -> Html:
        """Throw the draft away. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        sent = number(ctx.form(VersionForm).version)
        with ctx.db.write() as session:
            domain.discard(session, actor=ctx.actor(session), number=version, version=sent, now=ctx.now)
        ctx.flash(N_("The draft is gone."))
        return ctx.go(HERE)

    # -- what they share ---------------------------------------------------------------------------------------------

    @staticmethod
    def _draft(ctx: Ctx, version: int) -> Guidelines:
        with ctx.db.read() as session:
            actor = _manager(ctx, session)
            found = queries.version(session, version, actor=actor)
        if not found.is_draft:
            raise Conflict(N_("This version is announced: its words stand. Begin a new draft."))
        return found

    def _preview(self, ctx: Ctx, draft: Guidelines, form: DraftForm, locale: str) -> Html:
        source = form.source_it if locale == "it" else form.source_en
        problem = size_problem(source)
        html = Markup("" if problem else to_html(source, anchor=f"preview{locale}", prefix=f"{locale}-"))  # noqa: S704  sanitised by it
        if ctx.visit.htmx:
            return ctx.fragment("threads/_preview.html", html=html, problem=ctx.say(problem) if problem else "")
        fields: dict[str, Message] = {f"source_{locale}": problem} if problem else {}
        return self._form(ctx, draft, form, fields, status=422 if problem else 200, shown={locale: html})

    @staticmethod
    def _form(
        ctx: Ctx, draft: Guidelines, form: DraftForm, fields: dict[str, Message], *, status: int = 200,
        theirs: Guidelines | None = None, shown: dict[str, Markup] | None = None,
    ) -> Html:  # fmt: skip
        return ctx.page(
            "guidelines/draft.html", status=status, it=draft, values=form, errors=_said(ctx, fields),
            theirs=_both(theirs, form) if theirs else [], preview=shown or {},
        )  # fmt: skip

    @staticmethod
    def _announce(
        ctx: Ctx, draft: Guidelines, form: AnnounceForm, fields: dict[str, Message], *, status: int = 200
    ) -> Html:
        with ctx.db.read() as session:
            standing = queries.in_force(session, ctx.now)
        pieces = {locale: compare(standing.source(locale), draft.source(locale)) for locale in ("en", "it")}
        missing = domain.problems_of(draft, significant=form.significant != "0")
        context: dict[str, Any] = {
            "it": draft,
            "values": form,
            "earliest": _earliest(ctx),
            "standing": standing,
            "comparisons": [(locale, pieces[locale]) for locale in sorted(pieces, key=lambda one: one != ctx.locale)],
            "errors": _said(ctx, fields),
            "missing": _said(ctx, {name: text for name, text in missing.items() if name not in fields}),
        }
        return ctx.page("guidelines/announce.html", status=status, **context)


def _manager(ctx: Ctx, session: Session) -> Actor:
    actor = ctx.actor(session)
    require_write(actor)
    ctx.house(session)
    return actor


def _said(ctx: Ctx, fields: dict[str, Message]) -> dict[str, str]:
    return {name: ctx.say(message) for name, message in fields.items()}


def _form_of(draft: Guidelines) -> DraftForm:
    words = (draft.source_en, draft.source_it, draft.changes_en, draft.changes_it)
    return DraftForm(*words, version=str(draft.version))


def _both(theirs: Guidelines, form: DraftForm) -> list[tuple[str, str, list[Piece]]]:
    """(language, the text that was saved meanwhile, how this one differs) where it does."""
    mine = {"en": form.source_en, "it": form.source_it}
    found = [(locale, theirs.source(locale), diff(theirs.source(locale), mine[locale])) for locale in ("en", "it")]
    return [one for one in found if any(piece.kind != "same" for piece in one[2])]


def _earliest(ctx: Ctx) -> str:
    """The first day, in the manager's zone, that leaves members the full notice; as a date field takes it."""
    assert ctx.visit.actor is not None
    local = (ctx.now + domain.NOTICE).astimezone(zone(ctx.visit.actor.timezone))
    return (local.date() + timedelta(days=1)).isoformat()
