"""The verbs of the guidelines. At most one version at a time is a draft, or announced and still to take effect."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.audit.domain import write
from forum.db import upsert
from forum.errors import Conflict, Invalid, NotFound
from forum.events import GuidelinesAnnounced, GuidelinesWithdrawn, record
from forum.guidelines import queries
from forum.guidelines.builtin import FIRST
from forum.guidelines.models import GuidelineAcknowledgement, GuidelineVersion
from forum.guidelines.text import MAX_CHANGES, count_problem, size_problem, text_problem, tidy, to_html
from forum.guidelines.views import Guidelines
from forum.kit.i18n import N_, Message, Text
from forum.notifications.models import Notice
from forum.policy.actors import Actor
from forum.policy.guidelines import require_acknowledge, require_write

NOTICE: Final = timedelta(days=14)
"""How long before they apply members hear of rules that change something that matters (DSA, Art. 14 (2); the
fourteen days are ours, and the built-in text promises them)."""
HORIZON: Final = timedelta(days=366)
"""Nobody remembers what was announced longer ago."""


class Words(msgspec.Struct, frozen=True):
    """A draft in both languages, tidied and cooked: what `prepare` gives."""

    source_en: str
    source_it: str
    html_en: str
    html_it: str
    changes_en: str
    changes_it: str


def prepare(*, source_en: str, source_it: str, changes_en: str = "", changes_it: str = "") -> Words:
    """Tidy and cook, with no lock held. What is missing may follow until the announcement.

    Raises Invalid(source_en, source_it, changes_en, changes_it) for what is too long.
    """
    sources = {"source_en": tidy(source_en), "source_it": tidy(source_it)}
    changes = {name: " ".join(tidy(words).split()) for name, words in _pair(changes_en, changes_it)}
    problems: dict[str, Message] = {}
    for name, text in sources.items():
        if problem := size_problem(text):
            problems[name] = problem
    for name, text in changes.items():
        if (over := len(text) - MAX_CHANGES) > 0:
            problems[name] = Text(N_("This is %(over)s characters too long."), {"over": over})
    if problems:
        raise Invalid(problems)
    english, italian = sources["source_en"], sources["source_it"]
    return Words(english, italian, to_html(english, anchor="gen"), to_html(italian, anchor="git"), **changes)


def _pair(english: str, italian: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("changes_en", english), ("changes_it", italian)


def draft(session: Session, *, actor: Actor, now: datetime) -> int:
    """Begin the next version with the words of the newest; its number. One that is being written is gone on with.

    Raises SignInNeeded, Forbidden, Conflict (an announced version has still to take effect).
    """
    require_write(actor)
    # Before looking for a draft: one that is committed in between is found then, or met by its number below.
    newest = session.execute(select(func.max(GuidelineVersion.number))).scalar() or FIRST
    pending = _pending(session, now)
    if pending is not None:
        if pending.announced_at is not None:
            raise Conflict(
                Text(
                    N_("Version %(number)s is announced. Withdraw it first, or wait until it applies."),
                    {"number": pending.number},
                )
            )
        return pending.number
    start = queries.version(session, newest, actor=actor)
    row = GuidelineVersion(
        number=newest + 1, author_id=actor.id, created_at=now, significant=True, version=1,
        source_en=start.source_en, source_it=start.source_it, html_en=start.html_en, html_it=start.html_it,
        changes_en="", changes_it="",
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:  # two managers in the same moment
        raise Conflict() from error
    _audit(session, "guidelines.drafted", actor, row.number, now=now)
    return row.number


def edit(session: Session, *, actor: Actor, number: int, version: int, words: Words, now: datetime) -> int:
    """Save a draft; its new version. Raises SignInNeeded, Forbidden, NotFound, Conflict.

    Conflict with `current` (Guidelines): somebody saved another text meanwhile; without: it is announced already.
    """
    require_write(actor)
    row = _draft_for_update(session, number)
    if row.version != version:
        raise Conflict(current=queries.version(session, number, actor=actor))
    for name in Words.__struct_fields__:
        setattr(row, name, getattr(words, name))
    row.version += 1
    session.flush()
    return row.version


def announce(
    session: Session, *, actor: Actor, number: int, version: int, significant: bool, effective_at: datetime | None,
    now: datetime,
) -> None:  # fmt: skip
    """Publish a draft, to apply from `effective_at` (None: at once, for corrections only).

    `significant`: something changes for members, so they are told, and asked to read it, `NOTICE` before.
    Raises SignInNeeded, Forbidden, NotFound, Conflict (stale, or announced already), Invalid: per text, per
    paragraph, `date`, or "" when nothing differs from what applies now.
    """
    require_write(actor)
    row = _draft_for_update(session, number)
    if row.version != version:
        raise Conflict(current=queries.version(session, number, actor=actor))
    problems = problems_of(queries.version(session, number, actor=actor), significant=significant)
    standing = queries.in_force(session, now)
    if (row.source_en, row.source_it) == (standing.source_en, standing.source_it):
        problems.setdefault("", N_("Nothing differs from the rules that apply now."))
    if problem := _date_problem(effective_at, significant=significant, now=now):
        problems["date"] = problem
    if problems:
        raise Invalid(problems)
    _keep_first(session, now)
    row.significant, row.announced_at, row.effective_at = significant, now, effective_at or now
    row.author_id, row.version = actor.id, row.version + 1
    session.flush()
    _note(session, actor.id, number, now)  # who announces them has read them
    if significant:
        record(session, GuidelinesAnnounced(number), now=now, key=f"guidelines-{number}")
    facts = {"significant": significant, "effective_at": row.effective_at}
    _audit(session, "guidelines.announced", actor, number, facts, now=now)


def problems_of(words: Guidelines, *, significant: bool = True) -> dict[str, Message]:
    """What keeps a draft from being announced, per field."""
    found: dict[str, Message] = {}
    for locale in ("en", "it"):
        if problem := text_problem(words.source(locale)):
            found[f"source_{locale}"] = problem
        if significant and not words.changes(locale).strip():
            found[f"changes_{locale}"] = N_("Say in a sentence or two what changes: members read this first.")
    if not found.keys() & {"source_en", "source_it"} and (problem := count_problem(words.source_en, words.source_it)):
        found["source_it"] = problem
    return found


def _date_problem(effective_at: datetime | None, *, significant: bool, now: datetime) -> Message | None:
    if effective_at is not None and effective_at > now + HORIZON:
        return N_("Choose a day within a year.")
    if significant and (effective_at is None or effective_at < now + NOTICE):
        return N_("Members need fourteen days to read what changes: choose a later day.")
    if effective_at is not None and effective_at < now:
        return N_("This day is over: choose a later one, or none, and it applies at once.")
    return None


def withdraw(session: Session, *, actor: Actor, number: int, now: datetime) -> None:
    """Take back what was announced and does not apply yet. It keeps its number, and its place in the history.

    Raises SignInNeeded, Forbidden, NotFound, Conflict (it applies already, was withdrawn, or is a draft).
    """
    require_write(actor)
    row = _for_update(session, number)
    if row is None and number == FIRST:
        raise Conflict(N_("This version applies already. What is wrong with it, the next one mends."))
    if row is None:
        raise NotFound()
    if row.withdrawn_at is not None:
        raise Conflict(N_("This version was withdrawn meanwhile."))
    if row.announced_at is None:
        raise Conflict(N_("This is a draft: nobody has seen it."))
    if row.effective_at is None or row.effective_at <= now:
        raise Conflict(N_("This version applies already. What is wrong with it, the next one mends."))
    row.withdrawn_at = now
    session.flush()
    if row.significant:
        record(session, GuidelinesWithdrawn(number), now=now, key=f"guidelines-{number}")
    _audit(session, "guidelines.withdrawn", actor, number, now=now)


def discard(session: Session, *, actor: Actor, number: int, version: int, now: datetime) -> None:
    """Throw a draft away; the next one gets its number. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
    require_write(actor)
    row = _draft_for_update(session, number)
    if row.version != version:
        raise Conflict(current=queries.version(session, number, actor=actor))
    session.execute(delete(GuidelineVersion).where(GuidelineVersion.number == number))
    _audit(session, "guidelines.discarded", actor, number, now=now)


def acknowledge(session: Session, *, actor: Actor, number: int, now: datetime) -> None:
    """`actor` has read a version; the notice about it is read with that. Doing it twice changes nothing.

    Raises SignInNeeded, NotFound (no such version), Conflict (withdrawn).
    """
    require_acknowledge(actor)
    found = queries.version(session, number)
    if found.withdrawn_at is not None:
        raise Conflict(N_("This version was withdrawn: it will never apply, and nobody needs to read it."))
    if found.announced_at is None:
        return  # the built-in text, of which nobody was told
    _note(session, actor.id, number, now)
    session.execute(
        update(Notice)
        .where(Notice.member_id == actor.id, Notice.subject == f"guidelines:{number}", Notice.read_at.is_(None))
        .values(read_at=now)
    )


def _note(session: Session, member_id: int, number: int, now: datetime) -> None:
    """Once, however often it is said."""
    values = {"member_id": member_id, "number": number, "at": now}
    session.execute(upsert(session, GuidelineAcknowledgement).values(values).on_conflict_do_nothing())


# -- rows ------------------------------------------------------------------------------------------------------------


def _for_update(session: Session, number: int) -> GuidelineVersion | None:
    if not 0 < number <= queries.MAX_NUMBER:
        return None
    query = select(GuidelineVersion).where(GuidelineVersion.number == number).with_for_update(key_share=True)
    return session.scalar(query.execution_options(populate_existing=True))


def _draft_for_update(session: Session, number: int) -> GuidelineVersion:
    row = _for_update(session, number)
    if row is None and number != FIRST:
        raise NotFound()
    if row is None or row.announced_at is not None:
        raise Conflict(N_("This version is announced: its words stand. Begin a new draft."))
    return row


def _pending(session: Session, now: datetime) -> Guidelines | None:
    return queries.draft(session) or queries.announced_next(session, now)


def _keep_first(session: Session, now: datetime) -> None:
    """Store the built-in text as version 1: the history and what cites it must outlive the next release's words."""
    if session.get(GuidelineVersion, FIRST) is None:
        first = queries.first()
        session.add(
            GuidelineVersion(
                number=FIRST,
                source_en=first.source_en,
                source_it=first.source_it,
                html_en=first.html_en,
                html_it=first.html_it,
                changes_en="",
                changes_it="",
                significant=False,
                author_id=None,
                created_at=now,
                announced_at=now,
                effective_at=None,
                version=1,
            )
        )
        session.flush()


def _audit(
    session: Session, action: str, actor: Actor, number: int, data: dict[str, Any] | None = None, *, now: datetime
) -> None:
    """One entry of the log, last of all: its head is locked until the commit."""
    write(session, action=action, actor_id=actor.id, target=f"guidelines:{number}", data=data or {}, now=now)
