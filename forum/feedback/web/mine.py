"""What members do and see: "this is feedback", "me too", whether they may be quoted, who saw their words."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.db import MAX_ID
from forum.errors import Invalid, NotFound
from forum.feedback import domain, own, words
from forum.feedback.domain.inbox import LONGEST_NOTE
from forum.kit.i18n import N_, Message
from forum.policy.actors import require_member
from forum.policy.feedback import require_collect, require_point
from forum.web.ctx import Ctx

Html = Response[bytes]
SETTINGS = "/settings/feedback"
NOTED = N_("Noted: you see it the same way. If an answer comes, you will hear it.")
CHOICES: dict[str, bool | None] = {"site": None, "yes": True, "no": False}


class PointForm(msgspec.Struct):
    """A post is pointed at: what sort, and why."""

    kind: str = ""
    note: str = ""


class TooForm(msgspec.Struct):
    """To say “me too”; `back`: taken back."""

    back: str = ""


class QuoteForm(msgspec.Struct):
    """Being quoted: site, yes, no. `next`: where to go on."""

    quote: str = ""


class Pointing(Controller):
    """What stands in the foot and the menu of a post."""

    path = "/posts/{post_id:int}"
    include_in_schema = False

    @get("/feedback", sync_to_thread=True)
    def ask(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """The little form; alone under the post for htmx."""
        return self._form(ctx, post_id, PointForm())

    @post("/feedback", sync_to_thread=True)
    def point(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """Into the inbox. Said twice, it counts once."""
        form = ctx.form(PointForm)
        try:
            with ctx.db.write() as session:
                domain.flag(
                    session, actor=ctx.actor(session), post_id=_known(post_id), kind=form.kind, note=form.note,
                    now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._form(ctx, post_id, form, error.fields, status=422)
        if ctx.visit.htmx:
            return self._form(ctx, post_id, PointForm())
        ctx.flash(N_("Thank you. Somebody of the team looks at it; if an answer comes, you will hear it."))
        return ctx.go(self._post(ctx, post_id).url)

    @staticmethod
    def _post(ctx: Ctx, post_id: int) -> own.PointedPost:
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            require_point(actor)
            return own.pointed(session, actor, _known(post_id))

    def _form(
        self, ctx: Ctx, post_id: int, form: PointForm, fields: dict[str, Message] | None = None, *, status: int = 200
    ) -> Html:  # fmt: skip
        context: dict[str, Any] = {
            "it": self._post(ctx, post_id), "values": form, "longest": LONGEST_NOTE,
            "errors": {name: ctx.say(text) for name, text in (fields or {}).items()},
            "kinds": [(key, ctx.say(label)) for key, label in words.KINDS.items()],
        }  # fmt: skip
        if ctx.visit.htmx:
            return ctx.fragment("feedback/_mine_point.html", status=status, **context)
        return ctx.page("feedback/mine_point.html", status=status, **context)

    @post("/me-too", sync_to_thread=True)
    def too(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """Say it, or take it back."""
        back = ctx.form(TooForm).back == "1"
        with ctx.db.write() as session:
            actor = ctx.actor(session)
            if back:
                domain.take_back(session, actor=actor, post_id=_known(post_id))
            else:
                domain.too(session, actor=actor, post_id=_known(post_id), now=ctx.now)
        if ctx.visit.htmx:
            return ctx.fragment("feedback/_mine_too.html", post_id=post_id, too=not back)
        ctx.flash(N_("Taken back.") if back else NOTED)
        return ctx.go(f"/p/{post_id}")

    @get("/quoting", sync_to_thread=True)
    def quoting(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """May this post be quoted?"""
        with ctx.db.read() as session:
            found = own.own_post(session, ctx.actor(session), _known(post_id))
        return ctx.page("feedback/mine_quoting.html", it=found)

    @post("/quoting", sync_to_thread=True)
    def quote(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """A word on this one, whatever was said for all of them."""
        with ctx.db.write() as session:
            domain.may_be_quoted_from(
                session, actor=ctx.actor(session), post_id=_known(post_id), quote=_choice(ctx), now=ctx.now
            )
        ctx.flash(N_("Saved."))
        return ctx.go(ctx.next(f"/p/{post_id}"))


class Mine(Controller):
    """`/settings/feedback`: your words."""

    include_in_schema = False

    @get(SETTINGS, sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """Whether one may be quoted, and who saw what."""
        with ctx.db.read() as session:
            found = own.own_words(session, ctx.actor(session))
        return ctx.page("feedback/mine.html", it=found)

    @post(SETTINGS, sync_to_thread=True)
    def save(self, ctx: NamedDependency[Ctx]) -> Html:
        """A word on all of one's posts."""
        with ctx.db.write() as session:
            domain.may_be_quoted(session, actor=ctx.actor(session), quote=_choice(ctx), now=ctx.now)
        ctx.flash(N_("Saved. It holds from now on, also for summaries that are made anew."))
        return ctx.go(SETTINGS)

    @get(f"{SETTINGS}/data.json", sync_to_thread=True)
    def data(self, ctx: NamedDependency[Ctx]) -> Html:
        """The same, whole, as a file (GDPR Art. 15 and 20)."""
        with ctx.db.read() as session:
            found = own.own_words(session, ctx.actor(session), limit=1_000_000)
        return Response(
            msgspec.json.format(msgspec.json.encode(found), indent=2), media_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="words.json"', "Cache-Control": "private, no-store"},
        )  # fmt: skip

    @get(f"{SETTINGS}/erase", sync_to_thread=True)
    def ask_erase(self, ctx: NamedDependency[Ctx]) -> Html:
        """Said before it is done."""
        with ctx.db.read() as session:
            found = own.own_words(session, ctx.actor(session))
        return ctx.page("feedback/mine_erase.html", it=found)

    @post(f"{SETTINGS}/erase", sync_to_thread=True)
    def erase(self, ctx: NamedDependency[Ctx]) -> Html:
        """Take one's words out of everything that was collected, and quote none from now on."""
        with ctx.db.write() as session:
            actor = ctx.actor(session)
            require_member(actor)
            domain.erase_words(session, member_id=actor.id, now=ctx.now)
        ctx.flash(N_("Your words are gone from what was collected, and none will be quoted."))
        return ctx.go(SETTINGS)


class Terms(Controller):
    """`/manage/feedback`: what holds for members who said nothing."""

    path = "/manage/feedback"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """Opt-out or opt-in."""
        with ctx.db.read() as session:
            require_collect(ctx.actor(session))
            quoted = own.site_quotes(session)
        return ctx.page("feedback/mine_terms.html", quoted=quoted)

    @post("/", sync_to_thread=True)
    def save(self, ctx: NamedDependency[Ctx]) -> Html:
        """The same, kept."""
        sent = ctx.form(QuoteForm).quote
        with ctx.db.write() as session:
            actor = ctx.actor(session)
            require_collect(actor)
            if sent not in {"yes", "no"}:
                raise Invalid({"quote": N_("Choose one of these.")})
            domain.set_terms(session, actor=actor, quoted=sent == "yes", now=ctx.now)
        ctx.flash(N_("Saved."))
        return ctx.go("/manage/feedback")


def _known(post_id: int) -> int:
    if not 0 < post_id <= MAX_ID:
        raise NotFound()
    return post_id


def _choice(ctx: Ctx) -> bool | None:
    """Raises SignInNeeded, Invalid."""
    with ctx.db.read() as session:
        require_member(ctx.actor(session))
    sent = ctx.form(QuoteForm).quote
    if sent not in CHOICES:
        raise Invalid({"quote": N_("Choose one of these.")})
    return CHOICES[sent]


CONTROLLERS = [Pointing, Mine, Terms]
