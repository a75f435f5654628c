"""Feedback: who collects it, who reads it, whose words may be quoted.

Managers collect and see everything. A team sees what was sent to it, from then on. Members see no items: they point at
a post, say "me too", and hear the answer. Words are quoted only from posts that every guest may read now, and only of
members who did not say no; that is asked each time they are shown, never remembered.
"""

from typing import Protocol

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, false, func, select, true
from sqlalchemy.orm import InstrumentedAttribute

from forum.categories.models import Category
from forum.errors import Forbidden, NotFound, SignInNeeded
from forum.feedback.models import Consent, Evidence, Item, PostConsent, TeamMember, Terms
from forum.kit.i18n import N_
from forum.meetups.models import Meetup, Occurrence, Survey
from forum.policy.actors import GUEST, STAFF, Actor, me, require_manager, require_member
from forum.policy.posts import listed_posts
from forum.threads.models import Post, Thread

SENT = ("sent", "acknowledged", "planned", "done", "declined")
"""What a team sees of its items."""
NOT_COUNTED = STAFF | {"team"}
"""Roles whose words are evidence, but nobody's voice: the house does not applaud itself."""


class HasTeam(Protocol):
    """Whatever knows where an item stands."""

    @property
    def team_id(self) -> int | None: ...
    @property
    def status(self) -> str: ...


def may_collect(actor: Actor) -> bool:
    """Make, change, merge and send items; the inbox."""
    return actor.can_manage and actor.allows("manage")


def require_collect(actor: Actor) -> None:
    """Raises SignInNeeded, Forbidden."""
    require_manager(actor)


def may_read_items(actor: Actor) -> bool:
    """The board: managers, and the teams for what is theirs."""
    return may_collect(actor) or (actor.role == "team" and not actor.is_suspended and actor.allows("team"))


def require_read_items(actor: Actor) -> None:
    """Raises SignInNeeded, Forbidden. A token needs `manage` or `team`."""
    if actor.is_guest:
        raise SignInNeeded()
    if not may_read_items(actor):
        raise Forbidden(N_("Feedback is read by managers, and by the teams that it was sent to."))


def of_my_teams(actor: Actor) -> ColumnElement[bool]:
    """SQL on Item: it was sent to a team of theirs."""
    mine = select(TeamMember.team_id).where(TeamMember.member_id == me(actor))
    return and_(Item.team_id.in_(mine), Item.status.in_(SENT))


def visible_items(actor: Actor) -> ColumnElement[bool]:
    """SQL on Item: what `actor` may open."""
    if may_collect(actor):
        return true()
    return of_my_teams(actor) if may_read_items(actor) else false()


def require_answer(actor: Actor, item: HasTeam | None, *, of_team: bool) -> None:
    """To say what becomes of an item: its team (`of_team`: the actor belongs to it), or a manager.

    Raises NotFound, SignInNeeded, Forbidden.
    """
    require_read_items(actor)
    if item is None or not (may_collect(actor) or (of_team and item.status in SENT)):
        raise NotFound()


def require_point(actor: Actor) -> None:
    """Flagging a post as feedback, "me too": any member who is not suspended. Raises SignInNeeded, Forbidden."""
    require_member(actor)
    if actor.is_suspended:
        raise Forbidden(N_("Your account is suspended. Under “Decisions about you” you find why, and how to object."))


def counts(role: str) -> bool:
    """A voice of the community, not of the house."""
    return role not in NOT_COUNTED


def may_point(actor: Actor) -> bool:
    """Flag a post as feedback, say "me too": what `require_point` asks."""
    return not actor.is_guest and not actor.is_suspended and actor.allows("write")


def quotable(
    author: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], default: bool = True
) -> ColumnElement[bool]:  # fmt: skip
    """SQL, with Post, Thread and Category joined: these words may be shown to a team, in a file, in a mail.

    `author`: the column of whose words they are. A word on the post itself outweighs one on all of them; of members
    who have not said anything the site's terms hold, and where nobody has set any, `default`.
    """
    # whatever the depth it stands at, only the consents are its own: the post and the author are the asker's
    on_post = select(PostConsent.quote).where(PostConsent.post_id == Post.id).correlate_except(PostConsent)
    post, everything = on_post.scalar_subquery(), _on_all(author)
    agreed = case((post.is_not(None), post), (everything.is_not(None), everything), else_=_of_site(default))
    return and_(public_words(), agreed)


def _on_all(author: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]) -> ScalarSelect[bool]:
    return select(Consent.quote).where(Consent.member_id == author).correlate_except(Consent).scalar_subquery()


def _of_site(default: bool) -> ColumnElement[bool]:
    terms = select(Terms.quoted).where(Terms.id == 1).scalar_subquery()
    return func.coalesce(terms, true() if default else false())


def public_survey() -> ColumnElement[bool]:
    """SQL on Evidence: said after a meetup that every guest may see now."""
    return _survey().exists()


def public_surveys() -> Select[int]:
    """The ids of all such answers: for many pieces at once, where asking for each costs more."""
    return _of_public_meetups()


def quotable_survey(default: bool = True) -> ColumnElement[bool]:
    """SQL on Evidence: the same, and it may be shown to a team, in a file, in a mail.

    The box below the answer has to be ticked, and as it is ticked beforehand, that is not enough: a no to being quoted
    outweighs it, and of members who have not said anything the site's terms hold, as for their posts.
    """
    agreed = func.coalesce(_on_all(Survey.member_id), _of_site(default))
    return _survey().where(Survey.quotable.is_(True), agreed).exists()


def _survey() -> Select[int]:
    return _of_public_meetups().where(Survey.id == Evidence.survey_id).correlate(Evidence)


def _of_public_meetups() -> Select[int]:
    return (
        select(Survey.id)
        .join(Occurrence, Occurrence.id == Survey.occurrence_id)
        .join(Meetup, Meetup.id == Occurrence.meetup_id)
        .join(Thread, Thread.id == Meetup.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Thread.state == "visible", Category.visibility == "public")
        .correlate(None)
    )


def public_words() -> ColumnElement[bool]:
    """SQL, with Post, Thread and Category joined: every guest may read them now."""
    return and_(listed_posts(GUEST), Category.visibility == "public")
