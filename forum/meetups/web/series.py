"""A series and those who look after it: ending it, and leaving it to the others."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Conflict, Invalid
from forum.kit.i18n import N_, Message
from forum.meetups import domain
from forum.meetups.views import MeetupPage
from forum.meetups.web.announce import own_page
from forum.meetups.web.shared import Html, last, say_all
from forum.web.ctx import Ctx


class Series(Controller):
    """`/meetups/{id}/end`, `/meetups/{id}/leave`."""

    include_in_schema = False

    @get("/meetups/{meetup_id:int}/end", sync_to_thread=True)
    def ask(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int]) -> Html:
        """Really? And why. Raises NotFound, SignInNeeded, Forbidden."""
        return self._ask(ctx, own_page(ctx, meetup_id), "", {}, 200)

    @post("/meetups/{meetup_id:int}/end", sync_to_thread=True)
    def end(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int]) -> Html:
        """No new dates. Raises NotFound, SignInNeeded, Forbidden."""
        it, reason = own_page(ctx, meetup_id), last(ctx, "reason")
        try:
            with ctx.db.write() as session:
                domain.end_series(
                    session, actor=ctx.actor(session), meetup_id=meetup_id, reason=reason, now=ctx.now
                )  # fmt: skip
        except Invalid as error:
            return self._ask(ctx, it, reason, error.fields, 422)
        except Conflict as error:
            return self._ask(ctx, it, reason, {"": error.message}, 409)
        ctx.flash(N_("The series ends: no new dates. Those in the calendar take place."))
        return ctx.go(it.meetup.url)

    @staticmethod
    def _ask(ctx: Ctx, it: MeetupPage, reason: str, fields: dict[str, Message], status: int) -> Html:
        return ctx.page("meetups/end.html", status=status, it=it, reason=reason, errors=say_all(ctx, fields))

    @post("/meetups/{meetup_id:int}/leave", sync_to_thread=True)
    def leave(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int]) -> Html:
        """Host or help no longer. Raises NotFound, SignInNeeded, Forbidden."""
        with ctx.db.write() as session:
            domain.leave_crew(session, actor=ctx.actor(session), meetup_id=meetup_id, now=ctx.now)
        ctx.flash(N_("You no longer look after this meetup."))
        return ctx.go(f"/meetups/{meetup_id}")
