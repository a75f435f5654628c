"""Local chapters: a category, a town, hosts, a calendar."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forum.audit.domain import write as audit
from forum.categories.models import Category
from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.kit import walltime
from forum.kit.i18n import N_, Message, Text
from forum.kit.slugs import slugify
from forum.meetups.domain.choices import check_point
from forum.meetups.domain.crew import member_named
from forum.meetups.domain.plan import line, words
from forum.meetups.models import Chapter, ChapterHost
from forum.policy.actors import Actor
from forum.policy.categories import may_see
from forum.policy.meetups import require_arrange_chapters

MAX_HOSTS: Final = 20


class NewChapter(msgspec.Struct, frozen=True):
    """A chapter as somebody describes it. `category`: slug; `hosts`: names."""

    name: str
    category: str
    timezone: str = "Europe/Rome"
    about: str = ""
    town: str = ""
    latitude: float | None = None
    longitude: float | None = None
    hosts: tuple[str, ...] = ()


def save_chapter(
    session: Session, *, actor: Actor, chapter: NewChapter, now: datetime, chapter_id: int | None = None,
    version: int | None = None,
) -> Chapter:  # fmt: skip
    """Make a chapter, or change one. Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict (stale)."""
    require_arrange_chapters(actor)
    name, category = _check(session, actor, chapter)
    hosts = sorted({member_named(session, host, "hosts") for host in chapter.hosts if host.strip()})
    if len(hosts) > MAX_HOSTS:
        raise Invalid({"hosts": Text(N_("At most %(n)s people look after a chapter."), {"n": MAX_HOSTS})})
    latitude, longitude = check_point(chapter.latitude, chapter.longitude)
    if chapter_id is None:
        row = Chapter(slug=_free_slug(session, name), created_at=now, version=0)
    else:
        row = _locked(session, chapter_id)
        if version is not None and version != row.version:
            raise Conflict(current=row.name)
    row.name, row.category_id, row.timezone, row.town = name, category.id, chapter.timezone, line(chapter.town, 80)
    row.about, row.latitude, row.longitude = words(chapter.about, "about", 4000), latitude, longitude
    row.version += 1
    session.add(row)
    session.flush()
    session.execute(delete(ChapterHost).where(ChapterHost.chapter_id == row.id))
    session.add_all([ChapterHost(chapter_id=row.id, member_id=member_id) for member_id in hosts])
    _leave_entry(session, actor, row, "chapter.created" if chapter_id is None else "chapter.changed", now)
    return row


def _check(session: Session, actor: Actor, chapter: NewChapter) -> tuple[str, Category]:
    problems: dict[str, Message] = {}
    name = line(chapter.name, 60)
    if not name:
        problems["name"] = N_("Give it a name.")
    category = session.scalar(select(Category).where(Category.slug == chapter.category))
    if category is None or not may_see(actor, category):
        problems["category"] = N_("Choose a category from the list.")
    try:
        walltime.zone(chapter.timezone)
    except walltime.UnknownZone:
        problems["timezone"] = N_("Choose a time zone from the list.")
    if problems:
        raise Invalid(problems)
    assert category is not None
    return name, category


def _free_slug(session: Session, name: str) -> str:
    base = slugify(name, fallback="chapter")[:50]
    taken = set(session.scalars(select(Chapter.slug).where(Chapter.slug.like(f"{base}%"))))
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _locked(session: Session, chapter_id: int) -> Chapter:
    query = select(Chapter).where(Chapter.id == chapter_id).with_for_update(key_share=True)
    row = session.scalar(query) if 0 < chapter_id <= MAX_ID else None
    if row is None:
        raise NotFound()
    return row


def archive_chapter(session: Session, *, actor: Actor, chapter_id: int, now: datetime) -> None:
    """Close a chapter; its meetups stay. Raises SignInNeeded, Forbidden, NotFound."""
    require_arrange_chapters(actor)
    row = _locked(session, chapter_id)
    if row.archived_at is None:
        row.archived_at = now
        row.version += 1
        _leave_entry(session, actor, row, "chapter.archived", now)


def _leave_entry(session: Session, actor: Actor, row: Chapter, action: str, now: datetime) -> None:
    session.flush()
    data = {"category": row.category_id, "name": row.name}
    audit(session, action=action, actor_id=actor.id, target=f"chapter:{row.id}", data=data, now=now)
