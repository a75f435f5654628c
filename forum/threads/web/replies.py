"""Answering: the form, the post it makes, its preview."""

from typing import Any

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from forum.errors import Invalid, SignInNeeded, TooMany
from forum.kit.i18n import N_, Message
from forum.kit.paging import page_of
from forum.policy import threads as policy
from forum.threads import domain, queries
from forum.threads.compose import compose
from forum.threads.forms import ReplyForm, WriteQuery, number
from forum.threads.moves import Merged
from forum.threads.web.shared import Html, new_key, page_context, preview, quotation, say_all, typed
from forum.web.ctx import Ctx


class Replies(Controller):
    """Answering."""

    path = "/threads/{thread_id:int}"
    include_in_schema = False

    @get("/reply", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """The reply form on a page of its own (or as a fragment), perhaps with a quotation."""
        query = ctx.query(WriteQuery)
        form = ReplyForm(submission=new_key(ctx), reply_to=query.reply_to or query.quote)
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            try:
                thread = queries.thread(session, actor, thread_id)
            except Merged as merged:
                wanted = f"?reply_to={number(query.reply_to)}&quote={number(query.quote)}"
                return ctx.go(f"/threads/{merged.into.id}/reply{wanted if query.reply_to or query.quote else ''}")
            if quoted := number(query.quote):
                form.body = quotation(ctx, queries.post_text(session, actor, house, quoted), query.text)
        if actor.is_guest:
            raise SignInNeeded()
        form.seen, form.page = str(thread.last_number), str(thread.pages)
        return self._again(ctx, thread_id, form, {}, status=200)

    @post("/replies", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """Post a reply, or preview it."""
        form = ctx.form(ReplyForm)
        if ctx.query(WriteQuery).preview:
            return self._preview(ctx, thread_id, form)
        try:
            with ctx.db.read() as session:
                draft = compose(session, form.body)
            with ctx.db.write() as session:
                made = domain.reply(
                    session, actor=ctx.actor(session), thread_id=thread_id, draft=draft, now=ctx.now,
                    reply_to=number(form.reply_to) or None, submission=form.submission, typing=typed(ctx, form),
                )  # fmt: skip
        except Invalid as error:
            return self._again(ctx, thread_id, form, error.fields, status=422)
        except TooMany as error:
            if ctx.visit.htmx:
                raise  # said beside the form, which stays as it is
            answer = self._again(ctx, thread_id, form, {"body": error.message}, status=429)
            answer.headers["Retry-After"] = str(error.retry_after)
            return answer
        if made.thread_id != thread_id:
            ctx.flash(N_("The thread was merged while you were writing: your answer stands with the others."), "info")
            return ctx.go(made.url)
        if not ctx.visit.htmx or page_of(made.number) != number(form.page):
            return ctx.go(made.url)
        return self._posted(ctx, thread_id, number(form.seen), made)

    @staticmethod
    def _posted(ctx: Ctx, thread_id: int, seen: int, made: domain.PostRef) -> Html:
        """Everything that came since the page was loaded, the new post last, and an empty form."""
        ctx.forget()
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            found = queries.thread_page(session, actor, house, thread_id, page_of(made.number))
        context = page_context(ctx, found)
        fresh = [part for post, part in context["parts"] if post.number > seen]
        return ctx.fragment("threads/_posted.html", status=201, fresh=fresh, **context)

    def _preview(self, ctx: Ctx, thread_id: int, form: ReplyForm) -> Html:
        try:
            html = preview(ctx, form.body)
        except Invalid as error:
            if ctx.visit.htmx:
                return ctx.fragment("threads/_preview.html", html="", problem=ctx.say(error.fields["body"]))
            return self._again(ctx, thread_id, form, error.fields, status=422)
        if ctx.visit.htmx:
            return ctx.fragment("threads/_preview.html", html=html, problem="")
        return self._again(ctx, thread_id, form, {}, status=200, shown=html)

    @staticmethod
    def _again(
        ctx: Ctx,
        thread_id: int,
        form: ReplyForm,
        fields: dict[str, Message],
        *,
        status: int,
        shown: Markup | None = None,
    ) -> Html:
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            try:
                thread = queries.thread(session, actor, thread_id)
            except Merged as merged:
                thread = merged.into
            category = house.by_id(thread.category_id)
            assert category is not None
            policy.require_reply(actor, thread, category)
            parent = None
            if wanted := number(form.reply_to):
                text = queries.post_text(session, actor, house, wanted)
                parent = text.post if text.thread.id == thread.id else None
        if parent is None:
            form.reply_to = ""
        context: dict[str, Any] = {
            "thread": thread, "category": category, "values": form, "errors": say_all(ctx, fields), "parent": parent,
            "preview": shown,
        }  # fmt: skip
        if ctx.visit.htmx:
            return ctx.fragment("threads/_reply_form.html", status=status, **context)
        return ctx.page("threads/reply.html", status=status, **context)
