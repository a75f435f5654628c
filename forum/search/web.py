"""Search in HTML: the page, similar threads, the searches one keeps, the state of the index."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import Invalid, NotFound
from forum.kit.i18n import N_
from forum.policy.actors import Actor, require_admin, require_member
from forum.search import domain, filters, finding, queries, similar, words
from forum.search.forms import SavedForm, SearchForm, SimilarForm, asked
from forum.search.gate import admit, engine, similar_to
from forum.search.models import SavedSearch
from forum.search.views import SavedView
from forum.search.words import EXAMPLES, PERIODS, Reader, labelled
from forum.web.ctx import Ctx

Html = Response[bytes]


class Search(Controller):
    """`/search`."""

    include_in_schema = False

    @get("/search", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """What was found, or how to ask. Raises TooMany."""
        form = ctx.query(SearchForm)
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            question, found = asked(form, today=filters.today(actor, ctx.now)), None
            if not question.query.is_empty:
                admit(ctx, actor)
                found = finding.results(session, engine(ctx), actor, house, question, now=ctx.now)
        chips = labelled(found.chips, house, Reader(actor, ctx.locale, ctx.now)) if found else []
        # guests' pages too are made anew each time: what was hidden a moment ago shall not live on in a cache
        return ctx.page(
            "search/show.html", asked=question, it=found, chips=chips, periods=PERIODS, examples=EXAMPLES,
        )  # fmt: skip

    @get("/search/similar", sync_to_thread=True)
    def similar(self, ctx: NamedDependency[Ctx]) -> Html:
        """Threads about the same as a title that somebody writes: a fragment for htmx, a page otherwise."""
        title = ctx.query(SimilarForm).title
        found = similar_to(ctx, title)
        if ctx.visit.htmx:
            return ctx.fragment("search/_similar.html", threads=found, title=title, about=None)
        return ctx.page("search/similar.html", threads=found, title=title, about=None)

    @get("/search/similar/{thread_id:int}", sync_to_thread=True)
    def similar_thread(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """Threads about the same as a thread. Raises NotFound, TooMany."""
        if not 0 < thread_id <= MAX_ID:
            raise NotFound()
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            admit(ctx, actor, foot=ctx.visit.htmx)
            found = similar.alike(session, actor, thread_id, engine=engine(ctx), house=house, now=ctx.now)
        if found is None:
            raise NotFound()
        about, threads = found
        if not ctx.visit.htmx:
            return ctx.page("search/similar.html", threads=threads, title=about.title, about=about)
        # the same for every guest, without a form, and gone with the next commit: safe to keep
        ctx.visit.shareable = actor.is_guest and not ctx.frame().csrf and threads is not None
        return ctx.fragment("search/_similar.html", threads=threads, title=about.title, about=about)


class Saved(Controller):
    """`/settings/searches`: the searches that a member keeps and listens to."""

    include_in_schema = False

    @get("/settings/searches", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """All of them."""
        return self._page(ctx)

    @post("/settings/searches", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Keep one."""
        form = ctx.form(SavedForm)
        try:
            with ctx.db.write() as session:
                domain.save(session, actor=ctx.actor(session), query=form.query, name=form.name, now=ctx.now)
        except Invalid as error:
            return self._page(ctx, form, error)
        ctx.flash(N_("Kept. Once a week a mail tells you what is new."))
        return ctx.go("/settings/searches")

    @get("/settings/searches/{saved_id:int}", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], saved_id: FromPath[int]) -> Html:
        """The form for one. Raises NotFound."""
        row = self._own(ctx, saved_id)
        form = SavedForm(row.query, row.name, "1" if row.weekly else "")
        return ctx.page("search/saved_edit.html", saved_id=saved_id, values=form, errors={})

    @post("/settings/searches/{saved_id:int}", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], saved_id: FromPath[int]) -> Html:
        """Change its name, its words, or whether mails come. Raises NotFound."""
        form = ctx.form(SavedForm)
        self._own(ctx, saved_id)
        try:
            with ctx.db.write() as session:
                domain.change(
                    session, actor=ctx.actor(session), saved_id=saved_id, query=form.query, name=form.name,
                    weekly=bool(form.weekly), now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            errors = {name: ctx.say(message) for name, message in error.fields.items()}
            return ctx.page("search/saved_edit.html", status=422, saved_id=saved_id, values=form, errors=errors)
        ctx.flash(N_("Saved."))
        return ctx.go("/settings/searches")

    @post("/settings/searches/{saved_id:int}/stop", sync_to_thread=True)
    def remove(self, ctx: NamedDependency[Ctx], saved_id: FromPath[int]) -> Html:
        """Let one go. Raises NotFound."""
        if not 0 < saved_id <= MAX_ID:
            raise NotFound()
        with ctx.db.write() as session:
            domain.stop(session, actor=ctx.actor(session), saved_id=saved_id)
        ctx.flash(N_("Gone: no mail tells you of it any more."))
        return ctx.go("/settings/searches")

    @staticmethod
    def _own(ctx: Ctx, saved_id: int) -> SavedSearch:
        with ctx.db.read() as session:
            actor = _member(ctx, session)
            row = next((it for it in queries.saved(session, actor.id) if it.id == saved_id), None)
        if row is None:
            raise NotFound()
        return row

    @staticmethod
    def _page(ctx: Ctx, form: SavedForm | None = None, error: Invalid | None = None) -> Html:
        with ctx.db.read() as session:
            actor, house = _member(ctx, session), ctx.house(session)
            rows = queries.saved(session, actor.id)
            mails = queries.hears(session, actor.id)
        reader = Reader(actor, ctx.locale, ctx.now)
        shown = [_view(row, words.query_words(row.query, house, reader)) for row in rows]
        errors = {name: ctx.say(message) for name, message in error.fields.items()} if error else {}
        return ctx.page(
            "search/saved.html", status=422 if error else 200, rows=shown, values=form or SavedForm(), errors=errors,
            mails=mails, most=domain.MOST,
        )  # fmt: skip


def _member(ctx: Ctx, session: Session) -> Actor:
    actor = ctx.actor(session)
    require_member(actor)
    return actor


def _view(row: SavedSearch, said: str) -> SavedView:
    return SavedView(row.id, row.name, row.query, row.weekly, row.created_at, row.mailed_at, address(row.query), said)


def address(query: str) -> str:
    """The results of a kept search."""
    return asked(SearchForm(q=query), today=filters.ANY_DAY).href()


class Index(Controller):
    """`/admin/search`: how the index is, and a button that has it built anew."""

    include_in_schema = False

    @get("/admin/search", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """Its state. Raises SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            require_admin(ctx.actor(session))
            ctx.house(session)
            waiting = queries.waiting(session)
            posts = queries.findable(session)
        found = engine(ctx)
        return ctx.page("search/index.html", name=found.name, state=found.state(), waiting=waiting, posts=posts)

    @post("/admin/search/rebuild", sync_to_thread=True)
    def rebuild(self, ctx: NamedDependency[Ctx]) -> Html:
        """Have it built anew. Raises SignInNeeded, Forbidden."""
        with ctx.db.write() as session:
            domain.build_anew(session, actor=ctx.actor(session), now=ctx.now)
        ctx.flash(N_("The index is built anew in the background; search goes on meanwhile."))
        return ctx.go("/admin/search")


CONTROLLERS = [Search, Saved, Index]
