"""The language link at the foot of every page."""

from litestar import Controller, post
from litestar.di import NamedDependency

from forum.errors import Malformed
from forum.members import domain
from forum.members.forms import LanguageForm
from forum.members.web.shared import Html
from forum.settings import LOCALES
from forum.web.ctx import Ctx


class Language(Controller):
    """`/language`: a cookie for guests, the member's own setting besides."""

    include_in_schema = False

    @post("/language", sync_to_thread=True)
    def choose(self, ctx: NamedDependency[Ctx]) -> Html:
        """Guests need no form token here (their pages come from a cache and hold none); members do."""
        value = ctx.form(LanguageForm).value
        if value not in LOCALES:
            raise Malformed()
        if ctx.visit.session_token:
            self._keep(ctx, value)
        ctx.set_cookie("forum-locale", value)
        return ctx.go(ctx.next())

    @staticmethod
    def _keep(ctx: Ctx, value: str) -> None:
        with ctx.db.read() as session:
            actor = ctx.actor(session)
        if actor.is_guest:  # the session is over
            return
        sent = ctx.visit.headers.get("x-csrf-token") or (ctx.visit.form or {}).get("_csrf", [""])[-1]
        ctx.check_token(sent)
        with ctx.db.write() as session:
            domain.set_locale(session, actor=actor, locale=value)
