"""Meetups: who sees, announces, answers, looks after them.

A meetup is seen by whoever may open its thread, and by nobody else; every list, file, feed, mail and count asks
`listed_meetups`. Hosts see no more than that: a thread that was closed to them is closed with its meetup.
"""

from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, select

from forum.errors import Forbidden, NotFound
from forum.kit.i18n import N_
from forum.meetups.models import Chapter, ChapterHost, Meetup, MeetupHost, Rsvp
from forum.policy.actors import Actor, me, require_manager, require_member, require_writer
from forum.policy.categories import HasRules
from forum.policy.threads import HasThreadState, listed_threads, may_open, visible_threads


class Team(Protocol):
    """Who looks after a meetup. `role`: the actor's own in it ("host", "helper", "chapter" or nothing)."""

    @property
    def author_id(self) -> int: ...
    @property
    def role(self) -> str: ...


def listed_meetups(actor: Actor) -> ColumnElement[bool]:
    """SQL, with Thread and Category joined: the meetups that lists, calendars, feeds and counts show to `actor`."""
    return listed_threads(actor)


def visible_meetups(actor: Actor) -> ColumnElement[bool]:
    """SQL, with Thread and Category joined: the meetups whose page `actor` may open."""
    return visible_threads(actor)


def hosted_by(actor: Actor) -> ColumnElement[bool]:
    """SQL on Meetup: `actor` changes it."""
    mine = select(MeetupHost.meetup_id).where(MeetupHost.member_id == me(actor), MeetupHost.role == "host")
    chapters = select(ChapterHost.chapter_id).where(ChapterHost.member_id == me(actor))
    return or_(Meetup.author_id == me(actor), Meetup.id.in_(mine), Meetup.chapter_id.in_(chapters))


def nameable(actor: Actor) -> ColumnElement[bool]:
    """SQL on Rsvp: of those who come, whom a list may name. Hosts have a list of their own."""
    return and_(Rsvp.state == "going", or_(Rsvp.hidden.is_(False), Rsvp.member_id == me(actor)))


def may_change(actor: Actor, team: Team) -> bool:
    """Change, cancel, read answers: managers, who announced it, its hosts, the hosts of its chapter."""
    if actor.is_guest or actor.is_suspended:
        return False
    return actor.can_manage or actor.id == team.author_id or team.role in {"host", "chapter"}


def may_check_in(actor: Actor, team: Team) -> bool:
    """At the door: those, and the helpers."""
    return may_change(actor, team) or (team.role == "helper" and not actor.is_suspended)


def may_read_names(actor: Actor, team: Team, privacy: str, state: str) -> bool:
    """Who comes. `state`: the reader's own answer's, for `attendees`."""
    if privacy == "public" or may_change(actor, team):
        return True
    if actor.is_guest or actor.is_suspended or privacy == "hosts":
        return False
    return privacy == "members" or state in {"going", "offered"}


def may_announce(actor: Actor, *, chapter_host: bool = False) -> bool:
    """Managers everywhere; hosts of a chapter for it."""
    return actor.can_manage or (chapter_host and not actor.is_guest and not actor.is_suspended)


def hosts_chapter(actor: Actor) -> ColumnElement[bool]:
    """SQL: `actor` is a host of some local group."""
    mine = select(ChapterHost.member_id).join(Chapter, Chapter.id == ChapterHost.chapter_id)
    return mine.where(ChapterHost.member_id == me(actor), Chapter.archived_at.is_(None)).exists()


def may_link(actor: Actor, thread: HasThreadState) -> bool:
    """Announce a meetup in a thread that is there, if one may announce at all: who opened it; managers in any."""
    return thread.state == "visible" and (actor.can_manage or thread.author_id == actor.id)


def require_announce(actor: Actor, *, chapter_host: bool = False) -> None:
    """Raises SignInNeeded, Forbidden. A token needs `manage`, or `write` in a chapter of one's own."""
    if chapter_host and not actor.can_manage:
        require_writer(actor)
        return
    require_manager(actor)


def require_change(actor: Actor, team: Team | None) -> None:
    """Raises NotFound, SignInNeeded, Forbidden. `team`: None when the meetup is not there, or not for `actor`."""
    if team is None:
        raise NotFound()
    require_member(actor)
    if not may_change(actor, team):
        raise Forbidden(N_("Only the hosts of this meetup do that."))


def require_check_in(actor: Actor, team: Team | None) -> None:
    """Raises NotFound, SignInNeeded, Forbidden."""
    if team is None:
        raise NotFound()
    require_member(actor)
    if not may_check_in(actor, team):
        raise Forbidden(N_("Only the hosts of this meetup do that."))


def may_answer(actor: Actor) -> bool:
    """Say whether they come: any member who is not suspended; who is silenced too, for it is no text."""
    return not actor.is_guest and not actor.is_suspended and actor.allows("write")


def may_come(actor: Actor, thread: HasThreadState, category: HasRules) -> bool:
    """Have a seat of the meetup of `thread`: who may open it, and answer. Asked again before one is given unasked."""
    return may_answer(actor) and may_open(actor, thread, category)


def require_answer(actor: Actor) -> None:
    """Raises SignInNeeded, Forbidden."""
    require_member(actor)
    if actor.is_suspended:
        raise Forbidden(N_("Your account is suspended. Under “Decisions about you” you find why, and how to object."))


def require_names(actor: Actor, team: Team | None, privacy: str, state: str) -> None:
    """Raises NotFound, SignInNeeded, Forbidden."""
    if team is None:
        raise NotFound()
    if may_read_names(actor, team, privacy, state):
        return
    require_member(actor)
    raise Forbidden(N_("The hosts keep the list of those who come to themselves, or to those who come."))


def require_arrange_chapters(actor: Actor) -> None:
    """Making and changing chapters: managers. Raises SignInNeeded, Forbidden."""
    require_manager(actor)
