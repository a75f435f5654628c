"""Local groups and places: seen by all, arranged by managers and hosts."""

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Conflict, Forbidden, Invalid, SignInNeeded
from forum.kit.i18n import N_, Message
from forum.meetups import domain, queries
from forum.meetups.domain import NewChapter
from forum.meetups.domain.places import is_host_somewhere
from forum.meetups.views import ChapterView, PlaceView
from forum.meetups.web import plans
from forum.meetups.web.plans import PlaceForm
from forum.meetups.web.shared import Html, last, number, say_all, sayer
from forum.members import zones
from forum.policy.actors import require_manager
from forum.web.ctx import Ctx

LISTED = 50
"""Places on their page: of more, one finds the one by its name."""


class ChapterForm(msgspec.Struct):
    """A local group. `hosts`: names of members."""

    name: str = ""
    about: str = ""
    category: str = ""
    town: str = ""
    coordinates: str = ""
    timezone: str = ""
    hosts: str = ""
    version: str = ""


class Chapters(Controller):
    """`/meetups/chapters`."""

    include_in_schema = False

    @get("/meetups/chapters", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """All that the reader may see."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            chapters = queries.chapters(session, actor)
        rooms = {one.id: house.by_id(one.category_id) for one in chapters}
        return ctx.page(
            "meetups/chapters.html", shared=True, found=chapters, rooms=rooms, view="chapters", chapters=(), chapter="",
            categories=(), category="", base="/meetups/chapters", may_arrange=actor.can_manage,
        )  # fmt: skip

    @get("/meetups/chapters/{slug:str}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], slug: FromPath[str]) -> Html:
        """Who looks after it, what is coming, what was. Raises NotFound."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            found = queries.chapter(session, actor, house, slug)
            coming = queries.agenda(session, actor, house, now=ctx.now, chapter_id=found.chapter.id, limit=12)
            past = queries.agenda(session, actor, house, now=ctx.now, chapter_id=found.chapter.id, past=True, limit=6)
        return ctx.page(
            "meetups/chapter.html", shared=True, found=found, coming=coming, past=past, when=sayer(ctx, actor)
        )


class ChapterDesk(Controller):
    """`/manage/chapters`: founding and changing them."""

    include_in_schema = False

    @get("/manage/chapters/new", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """An empty form. Raises SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            actor = ctx.actor(session)
        return self._page(ctx, ChapterForm(timezone=actor.timezone))

    @post("/manage/chapters/new", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Found it."""
        return self._save(ctx, None)

    @get("/manage/chapters/{slug:str}/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], slug: FromPath[str]) -> Html:
        """The form with what it is. Raises NotFound, SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            require_manager(actor)
            found = queries.chapter(session, actor, house, slug)
        it = found.chapter
        form = ChapterForm(
            it.name, it.about, found.category.slug, it.town, plans.coordinates_of(it), it.timezone,
            ", ".join(host.name for host in found.hosts), str(it.version),
        )  # fmt: skip
        return self._page(ctx, form, found=it)

    @post("/manage/chapters/{slug:str}/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], slug: FromPath[str]) -> Html:
        """Change it."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            require_manager(actor)
            found = queries.chapter(session, actor, house, slug).chapter
        return self._save(ctx, found)

    @post("/manage/chapters/{slug:str}/archive", sync_to_thread=True)
    def archive(self, ctx: NamedDependency[Ctx], slug: FromPath[str]) -> Html:
        """Close it: what it announced stays."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            require_manager(actor)
            found = queries.chapter(session, actor, house, slug).chapter
        with ctx.db.write() as session:
            domain.archive_chapter(session, actor=ctx.actor(session), chapter_id=found.id, now=ctx.now)
        ctx.flash(N_("The group is closed. What it announced stays."))
        return ctx.go("/meetups/chapters")

    def _save(self, ctx: Ctx, found: ChapterView | None) -> Html:
        form = ctx.form(ChapterForm)
        try:
            here = plans.place_of(PlaceForm(place_name="-", coordinates=form.coordinates))
            new = NewChapter(
                name=form.name, about=form.about, category=form.category, town=form.town, latitude=here.latitude,
                longitude=here.longitude, timezone=form.timezone, hosts=plans.names(form.hosts),
            )  # fmt: skip
            with ctx.db.write() as session:
                saved = domain.save_chapter(
                    session, actor=ctx.actor(session), chapter=new, chapter_id=found.id if found else None,
                    version=number(form.version) if found else None, now=ctx.now,
                )  # fmt: skip
                slug = saved.slug
        except Invalid as error:
            return self._page(ctx, form, error.fields, found=found, status=422)
        except Conflict as error:
            form.version = str(found.version if found else 0)
            return self._page(ctx, form, {"": error.message}, found=found, status=409)
        ctx.flash(N_("Saved."))
        return ctx.go(f"/meetups/chapters/{slug}")

    @staticmethod
    def _page(
        ctx: Ctx, form: ChapterForm, fields: dict[str, Message] | None = None, *, found: ChapterView | None = None,
        status: int = 200,
    ) -> Html:  # fmt: skip
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            require_manager(actor)
        return ctx.page(
            "meetups/chapter_form.html", status=status, values=form, errors=say_all(ctx, fields or {}), found=found,
            categories=house.visible_to(actor), regions=zones.regions(ctx.locale, ctx.now), known=zones.known(),
        )  # fmt: skip


class PlacesQuery(msgspec.Struct):
    """Finding one among many."""

    find: str = ""


class Places(Controller):
    """`/meetups/places`: where one meets again and again."""

    include_in_schema = False

    @get("/meetups/places", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """Those that the reader may choose; `?find=`: by part of name or address. Raises SignInNeeded, Forbidden."""
        find = ctx.query(PlacesQuery).find.strip()
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            ctx.house(session)
            if actor.is_guest:
                raise SignInNeeded()
            if not is_host_somewhere(session, actor):
                raise Forbidden(N_("Places are looked after by those who announce meetups."))
            found = queries.places(session, actor, find, limit=LISTED + 1)
        return ctx.page("meetups/places.html", found=found[:LISTED], find=find, more=len(found) > LISTED)

    @get("/meetups/places/{place_id:int}/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], place_id: FromPath[int]) -> Html:
        """The form with what is known. Raises NotFound, SignInNeeded, Forbidden."""
        place = self._one(ctx, place_id)
        return self._page(ctx, place, plans.place_form_of(place), {}, 200)

    @post("/meetups/places/{place_id:int}/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], place_id: FromPath[int]) -> Html:
        """Describe it better; of another address whoever comes hears. Raises NotFound, SignInNeeded, Forbidden."""
        place, form = self._one(ctx, place_id), ctx.form(PlaceForm)
        try:
            new = plans.place_of(form)
            with ctx.db.write() as session:
                domain.save_place(
                    session, actor=ctx.actor(session), place=new, place_id=place_id,
                    version=number(last(ctx, "version")), reason=last(ctx, "reason"), now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            fields = {"place_name" if name == "place" else name: text for name, text in error.fields.items()}
            return self._page(ctx, place, form, fields, 422)
        except Conflict as error:
            return self._page(ctx, place, form, {"": error.message}, 409)
        ctx.flash(N_("Saved."))
        return ctx.go("/meetups/places")

    @post("/meetups/places/{place_id:int}/archive", sync_to_thread=True)
    def archive(self, ctx: NamedDependency[Ctx], place_id: FromPath[int]) -> Html:
        """Offer it no more. Raises NotFound, SignInNeeded, Forbidden."""
        with ctx.db.write() as session:
            domain.archive_place(session, actor=ctx.actor(session), place_id=place_id, now=ctx.now)
        ctx.flash(N_("The place is offered no more; meetups that are there stay there."))
        return ctx.go("/meetups/places")

    @staticmethod
    def _one(ctx: Ctx, place_id: int) -> PlaceView:
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            ctx.house(session)
            if actor.is_guest:
                raise SignInNeeded()
            if not is_host_somewhere(session, actor):
                raise Forbidden(N_("Places are looked after by those who announce meetups."))
            return queries.place(session, actor, place_id)

    @staticmethod
    def _page(ctx: Ctx, place: PlaceView, form: PlaceForm, fields: dict[str, Message], status: int) -> Html:
        return ctx.page(
            "meetups/place.html", status=status, place=place, values=form, facts=plans.FACTS,
            reason=last(ctx, "reason"), errors=say_all(ctx, fields),
        )  # fmt: skip
