"""One post: its form, its fate, its history, its quotation."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from forum.errors import Conflict, Invalid
from forum.kit.i18n import N_, Message
from forum.kit.worddiff import diff, fold
from forum.policy import posts as post_policy
from forum.policy import threads as policy
from forum.threads import domain, history, queries
from forum.threads.compose import compose
from forum.threads.forms import EditForm, WriteQuery, number
from forum.threads.views import PostText
from forum.threads.web.shared import Html, post_part, preview, quotation, say_all
from forum.web.ctx import HTML, Ctx


class Posts(Controller):
    """One post: its form, its fate, its history, its quotation."""

    path = "/posts/{post_id:int}"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """The post alone, for htmx; people go to where it stands."""
        text = self._text(ctx, post_id)
        return self._one(ctx, text) if ctx.visit.htmx else ctx.go(text.url)

    @get("/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """The form that changes a post."""
        text = self._text(ctx, post_id)
        actor = ctx.visit.actor
        assert actor is not None
        post_policy.require_edit(actor, _Rules(text), text.thread, text.category)
        return self._form(ctx, text, EditForm(text.source, str(text.post.version)), {}, status=200)

    @post("/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """Change a post, or preview the change. A stale version answers 409 with both texts."""
        form = ctx.form(EditForm)
        if ctx.query(WriteQuery).preview:
            return self._preview(ctx, post_id, form)
        try:
            with ctx.db.read() as session:
                draft = compose(session, form.body)
            with ctx.db.write() as session:
                made = domain.edit(
                    session, actor=ctx.actor(session), post_id=post_id, draft=draft, version=number(form.version),
                    now=ctx.now, reason=form.reason,
                )  # fmt: skip
        except Invalid as error:
            return self._form(ctx, self._text(ctx, post_id), form, error.fields, status=422)
        except Conflict as error:
            text = self._text(ctx, post_id)
            form.version = str(text.post.version)
            return self._form(ctx, text, form, {}, status=409, theirs=error.current)
        return self._one(ctx, self._text(ctx, post_id)) if ctx.visit.htmx else ctx.go(made.url)

    @post("/delete", sync_to_thread=True)
    def delete(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """Take one's own post away; the same place offers to bring it back."""
        with ctx.db.write() as session:
            made = domain.delete(session, actor=ctx.actor(session), post_id=post_id, now=ctx.now)
        if ctx.visit.htmx:
            return self._one(ctx, self._text(ctx, post_id))
        ctx.flash(N_("Deleted. You can bring it back from where it stood."))
        return ctx.go(made.url)

    @post("/restore", sync_to_thread=True)
    def restore(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """Bring back what one deleted."""
        with ctx.db.write() as session:
            made = domain.restore(session, actor=ctx.actor(session), post_id=post_id, now=ctx.now)
        if ctx.visit.htmx:
            return self._one(ctx, self._text(ctx, post_id))
        ctx.flash(N_("It is back."))
        return ctx.go(made.url)

    @get("/history", sync_to_thread=True)
    def history(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """All versions, each with what it changed."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            text = queries.post_text(session, actor, house, post_id)
            post_policy.require_history(actor, _Rules(text), text.thread, text.category)
            older = history.revisions(session, actor, text)
            standing = history.standing_revision(session, actor, text)
        versions = [standing, *older]
        steps = [
            (version, fold(diff(versions[index + 1].source, version.source)) if index + 1 < len(versions) else None)
            for index, version in enumerate(versions)
        ]
        return ctx.page("threads/history.html", text=text, steps=steps)

    @get("/quote", sync_to_thread=True)
    def quote(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """The Markdown that quotes this post (or the `text` selected in it), for the composer."""
        words = quotation(ctx, self._text(ctx, post_id), ctx.query(WriteQuery).text)
        return Response(words.encode("utf-8"), media_type="text/plain; charset=utf-8")

    @staticmethod
    def _text(ctx: Ctx, post_id: int) -> PostText:
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            return queries.post_text(session, actor, house, post_id)

    @staticmethod
    def _one(ctx: Ctx, text: PostText) -> Html:
        actor = ctx.visit.actor
        assert actor is not None
        may_reply = policy.may_reply(actor, text.thread, text.category)
        part = post_part(ctx, text.post, text.thread, text.category, may_reply=may_reply)
        return Response(part.encode("utf-8"), status_code=200, media_type=HTML)

    def _preview(self, ctx: Ctx, post_id: int, form: EditForm) -> Html:
        try:
            html = preview(ctx, form.body)
        except Invalid as error:
            if ctx.visit.htmx:
                return ctx.fragment("threads/_preview.html", html="", problem=ctx.say(error.fields["body"]))
            return self._form(ctx, self._text(ctx, post_id), form, error.fields, status=422)
        if ctx.visit.htmx:
            return ctx.fragment("threads/_preview.html", html=html, problem="")
        return self._form(ctx, self._text(ctx, post_id), form, {}, status=200, shown=html)

    @staticmethod
    def _form(
        ctx: Ctx, text: PostText, form: EditForm, fields: dict[str, Message], *, status: int,
        shown: Markup | None = None, theirs: str | None = None,
    ) -> Html:  # fmt: skip
        context: dict[str, Any] = {
            "text": text, "post": text.post, "thread": text.thread, "category": text.category, "values": form,
            "errors": say_all(ctx, fields), "preview": shown, "theirs": theirs,
            "changes": fold(diff(theirs, form.body)) if theirs is not None else None,
        }  # fmt: skip
        if ctx.visit.htmx:
            return ctx.fragment("threads/_edit_form.html", status=status, **context)
        return ctx.page("threads/edit_post.html", status=status, **context)


class _Rules:
    """A PostText as policy asks for it."""

    def __init__(self, text: PostText) -> None:
        self.author_id, self.number, self.state = text.post.author.id, text.post.number, text.post.state
        self.deleted_by_id = text.post.author.id if text.post.may_restore else None
