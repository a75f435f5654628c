"""One's own: reminders, the town, the address of one's calendar; and how to subscribe to the others."""

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency

from forum.errors import Invalid, NotFound, SignInNeeded
from forum.kit.i18n import N_, Message
from forum.meetups import domain, queries
from forum.meetups.web import plans
from forum.meetups.web.plans import PlaceForm
from forum.meetups.web.shared import Html, say_all
from forum.web.ctx import Ctx

HERE = "/settings/meetups"


class ChoicesForm(msgspec.Struct):
    """Reminders and town. `where`: the slug of a group whose town is one's own, or "other"."""

    week: str = ""
    day: str = ""
    hours: str = ""
    where: str = ""
    town: str = ""
    coordinates: str = ""


class SubscribeQuery(msgspec.Struct):
    """Which calendar."""

    chapter: str = ""
    category: str = ""


class Settings(Controller):
    """`/settings/meetups`."""

    include_in_schema = False

    @get(HERE, sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """What is chosen. Raises SignInNeeded."""
        return self._page(ctx)

    @post(HERE, sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx]) -> Html:
        """Reminders and town."""
        form = ctx.form(ChoicesForm)
        try:
            town, latitude, longitude = self._town(ctx, form)
            with ctx.db.write() as session:
                actor = ctx.actor(session)
                domain.set_reminders(
                    session, actor=actor, week=bool(form.week), day=bool(form.day), hours=bool(form.hours)
                )
                domain.set_town(session, actor=actor, town=town, latitude=latitude, longitude=longitude)
        except Invalid as error:
            fields = {"coordinates" if name == "latitude" else name: text for name, text in error.fields.items()}
            return self._page(ctx, form, fields, status=422)
        ctx.flash(N_("Saved."))
        return ctx.go(HERE)

    @staticmethod
    def _town(ctx: Ctx, form: ChoicesForm) -> tuple[str, float | None, float | None]:
        if not form.where:
            return "", None, None
        if form.where != "other":
            with ctx.db.read() as session:
                found = {one.slug: one for one in queries.chapters(session, ctx.actor(session))}.get(form.where)
            if found is None:
                raise Invalid({"where": N_("Choose from the list.")})
            return found.town or found.name, found.latitude, found.longitude
        if not form.town.strip():
            raise Invalid({"town": N_("What is your town called?")})
        if not form.coordinates.strip():
            raise Invalid({"coordinates": N_("Two numbers, as maps show them: 45.3142, 9.5034.")})
        point = plans.place_of(PlaceForm(place_name="-", coordinates=form.coordinates))
        return form.town, point.latitude, point.longitude

    @post(f"{HERE}/calendar", sync_to_thread=True)
    def new_address(self, ctx: NamedDependency[Ctx]) -> Html:
        """A new address of one's own calendar; the one before ends. It is shown once, in the answer itself."""
        with ctx.db.write() as session:
            token = domain.new_calendar_token(session, actor=ctx.actor(session), now=ctx.now)
        return self._page(ctx, address=f"{ctx.settings.base_url.rstrip('/')}/meetups/calendar/{token}/mine.ics")

    @post(f"{HERE}/calendar/revoke", sync_to_thread=True)
    def revoke(self, ctx: NamedDependency[Ctx]) -> Html:
        """End it."""
        with ctx.db.write() as session:
            domain.revoke_calendar_token(session, actor=ctx.actor(session))
        ctx.flash(N_("The address works no more."))
        return ctx.go(HERE)

    @staticmethod
    def _page(
        ctx: Ctx, form: ChoicesForm | None = None, fields: dict[str, Message] | None = None, *, address: str = "",
        status: int = 200,
    ) -> Html:  # fmt: skip
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            ctx.house(session)
            if actor.is_guest:
                raise SignInNeeded()
            mine = queries.choices(session, actor)
            towns = [one for one in queries.chapters(session, actor) if one.latitude is not None]
        if form is None:
            known = next((one.slug for one in towns if (one.town or one.name) == mine.town), "")
            point = f"{mine.latitude}, {mine.longitude}" if mine.latitude is not None else ""
            where = known or ("other" if point else "")
            form = ChoicesForm(
                _on(mine.remind_week), _on(mine.remind_day), _on(mine.remind_hours), where,
                "" if known else mine.town, "" if known else point,
            )  # fmt: skip
        return ctx.page(
            "meetups/settings.html", status=status, values=form, errors=say_all(ctx, fields or {}), mine=mine,
            towns=towns, address=address, webcal=webcal(address),
        )  # fmt: skip


class Subscriptions(Controller):
    """`/meetups/subscribe`: addresses for calendars, and what to do with them."""

    include_in_schema = False

    @get("/meetups/subscribe", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """The address of the calendar asked for, and of the others. Raises NotFound."""
        query = ctx.query(SubscribeQuery)
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            groups = queries.chapters(session, actor)
        base = ctx.settings.base_url.rstrip("/")
        visible = house.visible_to(actor)
        public = [one for one in visible if one.visibility == "public"]
        feeds = [(house.site.name, f"{base}/meetups.ics")]
        feeds += [(one.name, f"{base}{one.url}/calendar.ics") for one in groups]
        if query.chapter:
            group = next((one for one in groups if one.slug == query.chapter), None)
            if group is None:
                raise NotFound()
            feeds.sort(key=lambda feed: feed[0] != group.name)
        if query.category:
            room = next((one for one in public if one.slug == query.category), None)
            if room is None:
                raise NotFound()
            feeds.insert(0, (room.name, f"{base}{room.url}/meetups.ics"))
        return ctx.page(
            "meetups/subscribe.html", shared=True, feeds=[(name, url, webcal(url)) for name, url in feeds]
        )  # fmt: skip


def webcal(url: str) -> str:
    """The address that calendars open by themselves."""
    return f"webcal://{url.partition('://')[2]}" if url else ""


def _on(value: bool) -> str:
    return "1" if value else ""
