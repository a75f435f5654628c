"""`/meetups`: the calendar of a month, what is coming, what was, what is near."""

from urllib.parse import urlencode

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from sqlalchemy.orm import Session

from forum.categories.queries import CategoryView, House
from forum.errors import SignInNeeded
from forum.kit.dates import zone
from forum.kit.i18n import N_
from forum.kit.walltime import wall_of
from forum.meetups import queries, words
from forum.meetups.queries import here
from forum.meetups.web import months
from forum.meetups.web.shared import Context, Html, number, sayer
from forum.policy.actors import Actor
from forum.policy.categories import require_see
from forum.web.ctx import Ctx

BESIDE = 6  # entries of the agenda beside the month
DISTANCES = (10, 25, 50, 100, 200)  # km


class ListQuery(msgspec.Struct):
    """What a list of meetups is asked for."""

    month: str = ""
    category: str = ""
    chapter: str = ""
    after: str = ""
    km: str = ""


class Lists(Controller):
    """Meetups from afar."""

    include_in_schema = False

    @get("/meetups", sync_to_thread=True)
    def month(self, ctx: NamedDependency[Ctx]) -> Html:
        """A month as a table, and what is coming beside it. Raises NotFound for an unseen category or chapter."""
        query = ctx.query(ListQuery)
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            context, wanted = _filters(session, actor, house, query)
            today = wall_of(ctx.now, zone(actor.timezone)).date()
            first = months.month_of(query.month, today)
            month = queries.month(
                session, actor, house, year=first.year, month=first.month, timezone=actor.timezone, **wanted
            )
            agenda = queries.agenda(session, actor, house, now=ctx.now, limit=BESIDE, **wanted)
            may = here.announces(session, actor)
        kept = urlencode({name: getattr(query, name) for name in ("category", "chapter") if getattr(query, name)})
        locale = ctx.locale
        return ctx.page(
            "meetups/index.html", shared=True, view="month", base="/meetups", month=month, first=first,
            name=words.month_name(first, locale), days=words.week(locale), older=months.before(first),
            newer=months.after(first), today=today, rows=agenda.rows, when=sayer(ctx, actor),
            day_name=lambda day: words.day_name(day, locale), query=f"&{kept}" if kept else "",
            more=f"/meetups/coming{'?' + kept if kept else ''}" if agenda.next else None, may_announce=may,
            feed=_feed(query), **context,
        )  # fmt: skip

    @get("/meetups/coming", sync_to_thread=True)
    def coming(self, ctx: NamedDependency[Ctx]) -> Html:
        """All that is coming, soonest first."""
        return self._list(ctx, "coming", ctx.say(N_("Coming meetups")))

    @get("/meetups/past", sync_to_thread=True)
    def past(self, ctx: NamedDependency[Ctx]) -> Html:
        """What has taken place, newest first."""
        return self._list(ctx, "past", ctx.say(N_("Past meetups")))

    @staticmethod
    def _list(ctx: Ctx, view: str, title: str) -> Html:
        query = ctx.query(ListQuery)
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            context, wanted = _filters(session, actor, house, query)
            agenda = queries.agenda(
                session, actor, house, now=ctx.now, after=query.after, past=view == "past", **wanted
            )
        on = {name: getattr(query, name) for name in ("category", "chapter") if getattr(query, name)}
        older = f"/meetups/{view}?{urlencode(on | {'after': agenda.next})}" if agenda.next else None
        return ctx.page(
            "meetups/list.html", shared=True, view=view, base=f"/meetups/{view}", title=title, rows=agenda.rows,
            when=sayer(ctx, actor), older=older, **context,
        )  # fmt: skip

    @get("/meetups/near", sync_to_thread=True)
    def near(self, ctx: NamedDependency[Ctx]) -> Html:
        """What takes place around the town that the reader named in the settings."""
        km = number(ctx.query(ListQuery).km, 50)
        km = km if km in DISTANCES else 50
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            if actor.is_guest:
                raise SignInNeeded()
            mine = queries.choices(session, actor)
            found = []
            if mine.latitude is not None and mine.longitude is not None:
                found = queries.near(
                    session, actor, house, latitude=mine.latitude, longitude=mine.longitude, km=km, now=ctx.now
                )
        return ctx.page(
            "meetups/near.html", view="near", base="/meetups/near", found=found, when=sayer(ctx, actor),
            town=mine.town if mine.latitude is not None else "", km=km, distances=DISTANCES, chapters=(), chapter="",
            categories=(), category="",
        )  # fmt: skip


def _filters(session: Session, actor: Actor, house: House, query: ListQuery) -> tuple[Context, Context]:
    """(what the filters' form shows, what the queries are asked for). Raises NotFound."""
    chapters = queries.chapters(session, actor)
    wanted: Context = {}
    if query.category:
        category = house.by_slug(query.category)
        require_see(actor, category)
        assert category is not None
        wanted["categories"] = _inside(actor, house, category)
    if query.chapter == "online":
        wanted["online"] = True
    elif query.chapter:
        found = next((one for one in chapters if one.slug == query.chapter), None)
        wanted["chapter_id"] = found.id if found else queries.chapter(session, actor, house, query.chapter).chapter.id
    shown = {
        "chapters": chapters, "chapter": query.chapter, "categories": house.visible_to(actor),
        "category": query.category,
    }  # fmt: skip
    return shown, wanted


def _inside(actor: Actor, house: House, category: CategoryView) -> tuple[CategoryView, ...]:
    seen = {one.id for one in house.visible_to(actor)}
    return tuple(one for one in house.below(category) if one.id in seen)


def _feed(query: ListQuery) -> str:
    if query.category:
        return f"/c/{query.category}/meetups.ics"
    if query.chapter and query.chapter != "online":
        return f"/meetups/chapters/{query.chapter}/calendar.ics"
    return "/meetups.ics"
