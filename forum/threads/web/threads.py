"""A thread: its pages, the form that starts one, its title."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from forum.errors import Conflict, Invalid, NotFound, SignInNeeded
from forum.kit.i18n import N_, Message
from forum.kit.paging import PAGE
from forum.meetups.queries import rows_of_thread
from forum.meetups.words import sayer
from forum.policy import threads as policy
from forum.policy.actors import Actor
from forum.policy.categories import may_start
from forum.search.gate import similar_to
from forum.search.views import SimilarThread
from forum.threads import domain, moves, queries
from forum.threads.compose import compose, draft_problems
from forum.threads.forms import ThreadForm, TitleForm, WriteQuery, number, split_tags
from forum.threads.moves import Merged
from forum.threads.views import ThreadPage, post_url, thread_url
from forum.threads.web.shared import Html, last, moved, new_key, page_context, preview, say_all, typed
from forum.web.ctx import Ctx

MAX_NUMBER = 2**31 - 1  # as the column holds it


class Threads(Controller):
    """A thread: its pages, the form that starts one, its title."""

    include_in_schema = False

    # One path a handler: given several, Litestar 2.25 wraps a threaded function once for each and calls the wrapper.
    @get("/t/{thread_id:int}", sync_to_thread=True)
    def show_bare(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """To the canonical address."""
        return self._show(ctx, thread_id, "")

    @get("/t/{thread_id:int}/{slug:str}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int], slug: FromPath[str]) -> Html:
        """Page N of a thread."""
        return self._show(ctx, thread_id, slug)

    def _show(self, ctx: Ctx, thread_id: int, slug: str) -> Html:
        page = number(last(ctx, "page", "1"))
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            try:
                found = queries.thread_page(session, actor, house, thread_id, page)
            except Merged as merged:  # 303, for a merge can be undone
                at = moves.landing(session, merged, page)
                return ctx.go(post_url(merged.into.id, merged.into.slug, at))
            meetups = rows_of_thread(session, actor, house, thread_id, now=ctx.now)
        if slug != found.thread.slug:
            return moved(ctx, thread_url(thread_id, found.thread.slug, page))
        self._seen(ctx, actor, found)
        when = sayer(ctx.locale, ctx.now, "" if actor.is_guest else actor.timezone)
        meetups_said = [(row, when(row.occurrence)) for row in meetups]
        return ctx.page("threads/show.html", shared=True, meetups=meetups_said, **page_context(ctx, found))

    @staticmethod
    def _seen(ctx: Ctx, actor: Actor, found: ThreadPage) -> None:
        """Remember how far the reader got, after the answer; pages are read in order, so the mark only grows."""
        if actor.is_guest or not found.reach:
            return
        low, high = PAGE * (found.page - 1) + 1, found.reach
        if found.jumped and found.page < found.pages:
            return  # jumped ahead of what was read: the mark would hide what lies between

        def mark() -> None:
            from forum.notifications.domain import mark_seen

            with ctx.db.write() as session:
                domain.mark_read(session, actor=actor, thread_id=found.thread.id, number=high, now=ctx.now)
                mark_seen(session, actor=actor, thread_id=found.thread.id, low=low, high=high, now=ctx.now)

        if found.unseen or actor.unread:
            ctx.core.later(mark)

    @get("/t/{thread_id:int}/{slug:str}/{post_number:int}", sync_to_thread=True)
    def at_post(
        self, ctx: NamedDependency[Ctx], thread_id: FromPath[int], slug: FromPath[str], post_number: FromPath[int]
    ) -> Html:
        """To post `post_number` of the thread."""
        if not 1 <= post_number <= MAX_NUMBER:
            raise NotFound()
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            asked = queries.address(session, actor, thread_id)
            thread, at = queries.where_is(session, actor, moves.where(session, actor, asked, post_number))
        return ctx.go(post_url(thread.id, thread.slug, at))

    @get("/threads/new", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """The form for a new thread."""
        query = ctx.query(WriteQuery)
        form = ThreadForm(title=query.title[:200], category=query.category, submission=new_key(ctx))
        similar = similar_to(ctx, form.title) if form.title else None
        return self._form(ctx, form, {}, status=200, similar=similar, sought=bool(form.title))

    @post("/threads", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Open a thread, or preview it."""
        form = ctx.form(ThreadForm)
        if ctx.query(WriteQuery).preview:
            return self._preview(ctx, form)
        if ctx.query(WriteQuery).similar:
            return self._form(ctx, form, {}, status=200, similar=similar_to(ctx, form.title), sought=True)
        try:
            with ctx.db.read() as session:
                draft = compose(session, form.body)
            with ctx.db.write() as session:
                made = domain.start_thread(
                    session, actor=ctx.actor(session), category=form.category, title=form.title, draft=draft,
                    tags=split_tags(form.tags), now=ctx.now, submission=form.submission, typing=typed(ctx, form),
                )  # fmt: skip
        except Invalid as error:
            return self._form(
                ctx, form, {**draft_problems(form.title, split_tags(form.tags), form.body), **error.fields}, status=422
            )
        return ctx.go(made.url.partition("#")[0])

    def _preview(self, ctx: Ctx, form: ThreadForm) -> Html:
        try:
            html = preview(ctx, form.body)
        except Invalid as error:
            if ctx.visit.htmx:
                return ctx.fragment("threads/_preview.html", html="", problem=ctx.say(error.fields["body"]))
            return self._form(ctx, form, error.fields, status=422)
        if ctx.visit.htmx:
            return ctx.fragment("threads/_preview.html", html=html, problem="")
        return self._form(ctx, form, {}, status=200, shown=html)

    @staticmethod
    def _form(
        ctx: Ctx, form: ThreadForm, fields: dict[str, Message], *, status: int, shown: Markup | None = None,
        similar: list[SimilarThread] | None = None, sought: bool = False,
    ) -> Html:  # fmt: skip
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
        if actor.is_guest:
            raise SignInNeeded()
        places = [category for category in house.visible_to(actor) if may_start(actor, category)]
        return ctx.page(
            "threads/new.html", status=status, values=form, errors=say_all(ctx, fields), categories=places,
            preview=shown, similar=similar, sought=sought,
        )  # fmt: skip

    @get("/threads/{thread_id:int}/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """The form for title and tags."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            try:
                thread = queries.thread(session, actor, thread_id)
            except Merged as merged:
                return ctx.go(merged.into.url)
            category = house.by_id(thread.category_id)
            assert category is not None
            policy.require_retitle(actor, thread, category)
        form = TitleForm(thread.title, ", ".join(thread.tags), str(thread.version))
        return ctx.page("threads/edit.html", thread=thread, category=category, values=form, errors={}, theirs=None)

    @post("/threads/{thread_id:int}/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """Change title and tags."""
        form, errors, theirs = ctx.form(TitleForm), {}, None
        try:
            with ctx.db.write() as session:
                thread = domain.retitle(
                    session, actor=ctx.actor(session), thread_id=thread_id, title=form.title,
                    tags=split_tags(form.tags), version=number(form.version), now=ctx.now,
                )  # fmt: skip
                target = thread_url(thread.id, thread.slug)
            ctx.flash(N_("Saved."))
            return ctx.go(target)
        except Invalid as error:
            errors = say_all(ctx, error.fields)
        except Conflict as error:
            theirs = error.current
        with ctx.db.read() as session:
            now = queries.thread(session, ctx.actor(session), thread_id)
            category = ctx.house(session).by_id(now.category_id)
        if theirs is not None:
            form.version = str(now.version)
        return ctx.page(
            "threads/edit.html", status=422 if errors else 409, thread=now, category=category, values=form,
            errors=errors, theirs=theirs,
        )  # fmt: skip


class Permalinks(Controller):
    """`/p/{post id}`: to a post, wherever it is now."""

    include_in_schema = False

    @get("/p/{post_id:int}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """303 to the page and anchor where it stands."""
        with ctx.db.read() as session:
            thread, at = queries.where_is(session, ctx.actor(session), post_id)
        return ctx.go(post_url(thread.id, thread.slug, at))
