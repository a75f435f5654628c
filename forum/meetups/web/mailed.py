"""Answering from a mail: the signed address is the permission, and it opens one answer for one date."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from forum.accounts.queries import acting
from forum.db import MAX_ID
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.kit.i18n import N_, Message
from forum.meetups import domain, queries
from forum.meetups.codes import read_answer_token
from forum.meetups.web.shared import Html, last, sayer
from forum.meetups.words import moment
from forum.policy.actors import Actor
from forum.web.ctx import Ctx


class Mailed(Controller):
    """`/meetups/answer/{token}`."""

    include_in_schema = False

    @get("/meetups/answer/{token:str}", sync_to_thread=True)
    def ask(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """Three buttons: programs that fetch links ahead must not answer for anybody. Raises NotFound."""
        return self._page(ctx, token)

    @post("/meetups/answer/{token:str}", sync_to_thread=True)
    def answer(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Html:
        """Yes, perhaps or no; guests, note and all else stay as they were. Raises NotFound."""
        try:
            with ctx.db.write() as session:
                actor, occurrence_id = _whose(ctx, session, token)
                domain.answer(
                    session, actor=actor, occurrence_id=occurrence_id, reply=domain.Reply(last(ctx, "answer")),
                    now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._page(ctx, token, next(iter(error.fields.values())), 422)
        except Conflict as error:
            return self._page(ctx, token, error.message, 409)
        except Forbidden as error:
            return self._page(ctx, token, error.message, 403)
        ctx.flash(N_("Your answer is kept."))
        return ctx.go(f"/meetups/answer/{token}")

    @staticmethod
    def _page(ctx: Ctx, token: str, problem: Message = "", status: int = 200) -> Html:
        with ctx.db.read() as session:
            actor, occurrence_id = _whose(ctx, session, token)
            house = ctx.house(session)
            row = queries.row(session, actor, house, occurrence_id)
            it = queries.page(session, actor, house, row.occurrence.meetup_id, now=ctx.now, occurrence_id=occurrence_id)
        mine = it.mine if it.mine and it.mine.answer != "no" else None
        unsaid = [one.prompt for one in it.questions if mine and one.required and not mine.answers.get(one.id)]
        until = it.mine.offered_until if it.mine else None
        answer = ctx.page(
            "meetups/answer.html", status=status, form=True, it=it, who=actor.display_name, token=token,
            w=sayer(ctx, actor)(it.occurrence), problem=ctx.say(problem) if problem else "",
            unsaid=unsaid,
            held_until=moment(until, actor.timezone, ctx.locale) if until else "",
        )  # fmt: skip
        answer.headers["Referrer-Policy"] = "no-referrer"  # the address is a key
        return answer


def _whose(ctx: Ctx, session: Session, token: str) -> tuple[Actor, int]:
    """(the member as they are now, the date's id). Raises NotFound."""
    read = read_answer_token(ctx.core.secret, token)
    if read is None or not all(0 < number <= MAX_ID for number in read):
        raise NotFound()
    try:
        return acting(session, read[0], ctx.now), read[1]
    except NoResultFound:
        raise NotFound() from None
