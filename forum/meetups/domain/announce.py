"""Announcing a meetup: a thread (a new one, or one that exists), a place, hosts, questions, dates."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.audit.domain import write as audit
from forum.categories.models import Category
from forum.db import MAX_ID
from forum.errors import Invalid
from forum.events import record
from forum.kit.i18n import N_
from forum.kit.slugs import slugify
from forum.meetups.domain import plan as checks
from forum.meetups.domain.crew import members_of, set_crew
from forum.meetups.domain.dates import materialise
from forum.meetups.domain.places import place_of
from forum.meetups.domain.plan import Plan
from forum.meetups.domain.questions import set_questions
from forum.meetups.events import MeetupAnnounced
from forum.meetups.models import Chapter, ChapterHost, Meetup, Occurrence
from forum.meetups.views import meetup_url
from forum.policy import meetups as policy
from forum.policy.actors import Actor, require_member
from forum.policy.categories import may_start
from forum.policy.threads import may_open
from forum.threads.compose import Draft, check_title
from forum.threads.domain import start_thread
from forum.threads.models import Thread


class MeetupRef(msgspec.Struct, frozen=True):
    """Where a meetup stands. `held`: its thread waits for a moderator. `again`: the same form had made it."""

    id: int
    slug: str
    thread_id: int
    occurrence_ids: tuple[int, ...]
    held: bool = False
    again: bool = False

    @property
    def url(self) -> str:
        """Its page."""
        return meetup_url(self.id, self.slug)


def announce(
    session: Session, *, actor: Actor, plan: Plan, draft: Draft | None, now: datetime,
    cloned_from: int | None = None, submission: str = "", examine: bool = True,
) -> MeetupRef:  # fmt: skip
    """Put a meetup into the calendar, with its thread and all its dates up to a year ahead.

    `draft`: the opening post, cooked from `plan.body`; None with `plan.thread_id`. `submission`: the form's key.
    Raises Invalid (fields as the form calls them), NotFound, SignInNeeded, Forbidden, TooMany.
    """
    require_member(actor)
    chapter, chapter_host = _chapter(session, actor, plan.chapter)
    policy.require_announce(actor, chapter_host=chapter_host)
    plan, deadline = check(plan, now=now)
    crew = members_of(session, plan)
    thread, held, again = _thread(session, actor, plan, draft, chapter, now, submission, examine)
    if again and (made := _made_before(session, thread.id, actor, plan)) is not None:
        return made
    place_id = place_of(session, actor, plan.place, now)
    meetup = _row(plan, deadline, actor, thread.id, place_id, now)
    meetup.chapter_id, meetup.cloned_from_id = (chapter.id if chapter else None), cloned_from
    session.add(meetup)
    session.flush()
    set_crew(session, meetup, crew, actor=actor, category_id=thread.category_id, now=now)
    set_questions(session, meetup.id, plan.questions)
    rows = materialise(session, meetup, now=now)
    record(session, MeetupAnnounced(meetup.id), now=now)
    audit(
        session, action="meetup.announced", actor_id=actor.id, target=f"meetup:{meetup.id}",
        data={"category": thread.category_id, "thread": thread.id, "dates": len(rows)},
        details={"title": plan.title}, now=now,
    )  # fmt: skip
    return MeetupRef(meetup.id, meetup.slug, thread.id, tuple(row.id for row in rows), held=held)


def check(plan: Plan, *, now: datetime) -> tuple[Plan, datetime | None]:
    """(the plan as it is kept, the first deadline as a moment). Raises Invalid."""
    title = check_title(plan.title)
    times = checks.check_times(plan.starts_local, plan.ends_local, plan.timezone, plan.fold, plan.deadline, now=now)
    checks.check_numbers(plan.capacity, plan.guests_allowed)
    checks.check_settings(plan)
    url = checks.check_url(plan.online_url)
    if plan.place is None and not url:
        raise Invalid({"place": N_("Say where you meet: a place, or the address of an online room.")})
    starts, ends = (wall.replace(second=0, microsecond=0) for wall in (plan.starts_local, plan.ends_local))
    return msgspec.structs.replace(
        plan, title=title, online_url=url, rule=checks.check_rule(plan.rule), starts_local=starts, ends_local=ends,
        questions=checks.check_questions(plan.questions),
    ), times.deadline_at  # fmt: skip


def _row(
    plan: Plan, deadline: datetime | None, actor: Actor, thread_id: int, place_id: int | None, now: datetime
) -> Meetup:
    return Meetup(
        thread_id=thread_id, author_id=actor.id, title=plan.title, slug=slugify(plan.title, fallback="meetup"),
        locale=plan.locale, timezone=plan.timezone, starts_local=plan.starts_local, ends_local=plan.ends_local,
        fold=plan.fold, rule=plan.rule, place_id=place_id, online_url=plan.online_url, capacity=plan.capacity,
        guests_allowed=plan.guests_allowed, deadline_minutes=checks.lead(plan.starts_local, deadline, plan.timezone),
        offer_minutes=plan.offer_minutes, privacy=plan.privacy, keep_days=plan.keep_days,
        asks_hosts=plan.asks_hosts and bool(plan.rule), survey=plan.survey, created_at=now, updated_at=now, version=1,
    )  # fmt: skip


def _made_before(session: Session, thread_id: int, actor: Actor, plan: Plan) -> MeetupRef | None:
    """The meetup that the same form had made: a double click announces once.

    A thread that was there may announce several: it is the one of that name at that hour, unless it was called off.
    """
    query = select(Meetup).where(Meetup.thread_id == thread_id, Meetup.author_id == actor.id)
    if plan.thread_id is not None:
        stands = select(Occurrence.id).where(Occurrence.meetup_id == Meetup.id, Occurrence.status != "cancelled")
        query = query.where(Meetup.title == plan.title, Meetup.starts_local == plan.starts_local, stands.exists())
    row = session.scalar(query.limit(1))
    if row is None:
        return None
    ids = session.scalars(select(Occurrence.id).where(Occurrence.meetup_id == row.id).order_by(Occurrence.starts_at))
    return MeetupRef(row.id, row.slug, thread_id, tuple(ids), again=True)


def _chapter(session: Session, actor: Actor, slug: str) -> tuple[Chapter | None, bool]:
    """(the chapter, whether the actor is a host of it). Raises Invalid(chapter)."""
    if not slug:
        return None, False
    row = session.scalar(select(Chapter).where(Chapter.slug == slug, Chapter.archived_at.is_(None)))
    if row is None:
        raise Invalid({"chapter": N_("Choose from the list.")})
    host = session.get(ChapterHost, (row.id, actor.id))
    return row, host is not None


def _thread(
    session: Session, actor: Actor, plan: Plan, draft: Draft | None, chapter: Chapter | None, now: datetime,
    submission: str, examine: bool,
) -> tuple[Thread, bool, bool]:  # fmt: skip
    """(the thread, whether it is held, whether the same form had made it, or may have)."""
    if plan.thread_id is not None:
        # locked: two taps announce once, and it is not deleted meanwhile
        session.execute(select(Thread.id).where(Thread.id == plan.thread_id).with_for_update(key_share=True))
        return linkable(session, actor, plan.thread_id), False, True
    if draft is None:
        raise Invalid({"body": N_("Write something first.")})
    ref = start_thread(
        session, actor=actor, category=plan.category or _default_category(session, actor, chapter), title=plan.title,
        draft=draft, tags=list(plan.tags), now=now, submission=submission, locale=plan.locale, examine=examine,
    )  # fmt: skip
    return session.get_one(Thread, ref.thread_id), ref.held, ref.again


def linkable(session: Session, actor: Actor, thread_id: int) -> Thread:
    """A thread that may announce a meetup: its author's, or a manager's choice. Raises Invalid(thread_id)."""
    row = session.get(Thread, thread_id) if 0 < thread_id <= MAX_ID else None
    category = session.get(Category, row.category_id) if row is not None else None
    if row is None or category is None or not may_open(actor, row, category) or row.state != "visible":
        raise Invalid({"thread_id": N_("There is no such thread.")})
    if not policy.may_link(actor, row):
        raise Invalid({"thread_id": N_("Only who opened a thread, or a manager, announces a meetup in it.")})
    return row


def _default_category(session: Session, actor: Actor, chapter: Chapter | None) -> str:
    if chapter is not None:
        return session.get_one(Category, chapter.category_id).slug
    places = session.scalars(select(Category).order_by(Category.position, Category.id)).all()
    open_ones = [place for place in places if may_start(actor, place)]
    chosen = next((place for place in open_ones if place.visibility == "public"), None)
    if chosen is None:
        raise Invalid({"category": N_("Choose a category from the list.")})
    return chosen.slug
