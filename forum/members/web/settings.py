"""One's own settings: profile, language and look. What belongs to the account is in `accounts.web`."""

from litestar import Controller, get, post
from litestar.di import NamedDependency

from forum.errors import Invalid
from forum.kit.i18n import N_
from forum.members import domain, queries, zones
from forum.members.forms import LookForm, ProfileForm
from forum.members.web.shared import Html, house_names, member, say_all
from forum.web.ctx import Ctx


class Settings(Controller):
    """For oneself."""

    include_in_schema = False

    @get("/settings", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """The first page of them."""
        member(ctx)
        return ctx.go("/settings/profile")

    @get("/settings/profile", sync_to_thread=True)
    def profile(self, ctx: NamedDependency[Ctx]) -> Html:
        """What others see of oneself."""
        return profile_page(ctx)

    @post("/settings/profile", sync_to_thread=True)
    def save_profile(self, ctx: NamedDependency[Ctx]) -> Html:
        """Name, about, place, links."""
        form = ctx.form(ProfileForm)
        actor = member(ctx)
        try:
            with ctx.db.write() as session:
                domain.save_profile(session, actor=actor, form=form, house=house_names(ctx, session))
        except Invalid as error:
            return profile_page(ctx, status=422, form=form, errors=say_all(ctx, error.fields))
        ctx.flash(N_("Saved. This is how others see you now."))
        return ctx.go("/settings/profile")

    @get("/settings/look", sync_to_thread=True)
    def look(self, ctx: NamedDependency[Ctx]) -> Html:
        """Language, time zone, light or dark."""
        return self._look_page(ctx)

    @post("/settings/look", sync_to_thread=True)
    def save_look(self, ctx: NamedDependency[Ctx]) -> Html:
        """The same, kept."""
        form = ctx.form(LookForm)
        actor = member(ctx)
        try:
            with ctx.db.write() as session:
                domain.save_look(session, actor=actor, form=form)
        except Invalid as error:
            return self._look_page(ctx, status=422, form=form, errors=say_all(ctx, error.fields))
        if form.locale:
            ctx.set_cookie("forum-locale", form.locale)
        else:
            ctx.drop_cookie("forum-locale")
        ctx.flash(N_("Saved. The new choices count from now on."))
        return ctx.go("/settings/look")

    @staticmethod
    def _look_page(
        ctx: Ctx, *, status: int = 200, form: LookForm | None = None, errors: dict[str, str] | None = None
    ) -> Html:
        actor = member(ctx)
        with ctx.db.read() as session:
            mine = queries.settled(session, actor)
        form = form or LookForm(mine.locale, mine.timezone, mine.theme)
        return ctx.page(
            "settings/look.html", status=status, data=form, errors=errors or {}, mine=mine,
            regions=zones.regions(ctx.locale, ctx.now), known=zones.known(),
        )  # fmt: skip


def profile_page(
    ctx: Ctx, *, status: int = 200, form: ProfileForm | None = None, errors: dict[str, str] | None = None
) -> Html:
    """The page with both forms, profile and picture. Raises SignInNeeded."""
    actor = member(ctx)
    with ctx.db.read() as session:
        mine = queries.settled(session, actor)
    form = form or ProfileForm(mine.card.display_name, mine.about, mine.place, mine.links)
    links = [*form.link, *[""] * domain.LINKS][: max(domain.LINKS, len(form.link))]
    return ctx.page(
        "settings/profile.html", status=status, data=form, links=links, mine=mine, errors=errors or {},
        limits={"about": domain.ABOUT, "place": domain.PLACE, "link": domain.LINK},
    )  # fmt: skip
