"""A member's page, and the directory of members."""

from urllib.parse import quote, urlencode

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from forum.kit.i18n import N_
from forum.members import activity, queries
from forum.members.about import cooked
from forum.members.activity import Activity
from forum.members.forms import DirectoryQuery
from forum.members.web.shared import Html
from forum.moderation.queries.standing import own_waiting
from forum.threads.queries import thread_list
from forum.threads.views import Page
from forum.web.ctx import Ctx


class Profiles(Controller):
    """Who writes here."""

    include_in_schema = False

    @get("/u/{name:str}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Html:
        """The member, and what they wrote of late."""
        return self._page(ctx, name, "activity")

    @get("/u/{name:str}/threads", sync_to_thread=True)
    def threads(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Html:
        """The member, and the threads they opened."""
        return self._page(ctx, name, "threads")

    @staticmethod
    def _page(ctx: Ctx, name: str, tab: str) -> Html:
        after = ctx.query(DirectoryQuery).after
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            found = queries.profile(session, actor, name)
            base = f"/u/{found.card.name}"
            here = base if tab == "activity" else f"{base}/{tab}"
            if found.card.name != name:
                query = f"?{ctx.visit.query}" if ctx.visit.query else ""
                return Html(b"", status_code=301, headers={"Location": quote(here + query, safe="/?=&%")})
            if tab == "threads":
                threads = thread_list(session, actor, house, order="new", author_id=found.card.id, after=after)
                page: Page | Activity = threads
            else:
                page = activity.activity(session, actor, house, found.card.id, after=after)
            going_on = bool(ctx.visit.htmx and after)
            counts = None if going_on else activity.counts(session, actor, found.card.id)
            own = actor.id == found.card.id
            waiting = own_waiting(session, actor) if own and not after else []
        older = f"{here}?{urlencode({'after': page.older})}" if page.older else None
        if going_on:
            template = "members/_activity.html" if tab == "activity" else "threads/_list.html"
            return ctx.fragment(template, rows=page.rows, older=older)
        tabs = [(base, N_("Activity"), "activity"), (f"{base}/threads", N_("Threads"), "threads")]
        return ctx.page(
            "members/show.html", shared=True, profile=found, member=found.card, about=Markup(cooked(found.about)),  # noqa: S704
            counts=counts, tab=tab, tabs=[(href, ctx.say(label), key == tab) for href, label, key in tabs],
            first=not after, own=own, waiting=waiting, rows=page.rows, older=older,
        )  # fmt: skip

    @get("/members", sync_to_thread=True)
    def directory(self, ctx: NamedDependency[Ctx]) -> Html:
        """Everybody, by name; who looks after the place first."""
        query = ctx.query(DirectoryQuery)
        prefix = query.q.strip()[:60]
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            ctx.house(session)
            page = queries.directory(session, actor, prefix=prefix, after=query.after)
            first = not prefix and not query.after
            caretakers = queries.caretakers(session, actor) if first else []
            total = queries.headcount(session) if first else None
        way = {"q": prefix, "after": page.older} if prefix else {"after": page.older}
        older = f"/members?{urlencode(way)}" if page.older else None
        if ctx.visit.htmx and query.after:
            return ctx.fragment("members/_directory.html", rows=page.rows, older=older)
        return ctx.page(
            "members/directory.html", shared=True, rows=page.rows, older=older, q=prefix, caretakers=caretakers,
            total=total, first=not query.after,
        )  # fmt: skip
