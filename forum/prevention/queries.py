"""Every select of prevention: the rules in force, the facts around a text, what phases saw, the figures of each phase.

What a new post needs (`rules`, `facts`) is six small statements at the most, each on an index and with a limit.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

import msgspec
from sqlalchemy import ColumnElement, Executable, Integer, bindparam, func, select
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.db import Id
from forum.members.models import Member
from forum.policy.actors import STAFF
from forum.prevention.facts import REJECTIONS, Author, Facts, Typing
from forum.prevention.models import Check, Mark, Print, Setting, Token, WatchedWord
from forum.prevention.reading import Reading
from forum.prevention.rules import Rules, Word
from forum.prevention.verdicts import Alike, Finding, Past

MOST_PAST = 80
"""Earlier texts of the author that are looked at."""
MOST_ALIKE = 40
RESEMBLES = timedelta(days=14)
"""A text is compared with those of so long ago; with what was taken away, for as long as it is kept."""
FLAT = 16
"""A picture of fewer differences than these (a blank page, a drawing on white) looks like any other of its kind."""
_cache: OrderedDict[str, Rules] = OrderedDict()
_KEPT = 16


def rules(session: Session) -> Rules:
    """The rules in force. One statement, and another after they were changed; the compiled words are kept."""
    stamp = session.execute(select(Setting.stamp)).scalar() or ""
    found = _cache.get(stamp)
    if found is None:
        found = _load(session, stamp)
        _cache[stamp] = found
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return found


def _load(session: Session, stamp: str) -> Rules:
    if not stamp:
        return Rules()
    row = session.execute(select(Setting.modes, Setting.options, Setting.first_read)).one()
    return Rules(row.modes, row.options, words(session), frozenset(row.first_read), stamp)


def words(session: Session) -> tuple[Word, ...]:
    """The watched words, as they were added. One statement."""
    columns = WatchedWord.id, WatchedWord.text, WatchedWord.action, WatchedWord.kind, WatchedWord.tag
    return tuple(Word(*row) for row in session.execute(select(*columns).order_by(WatchedWord.id)))


def author(session: Session, member_id: int) -> Author:
    """Who writes, from the rows of member and account. One statement."""
    row = session.execute(_author(), {"id": member_id}).one()
    exempt = row.role in STAFF or bool(row.trusted)
    return Author(member_id, row.joined_at, row.post_count, exempt)


@cache
def _author() -> Executable:
    return (
        select(Member.role, Member.joined_at, Member.post_count, Account.trusted)
        .outerjoin(Account, Account.member_id == Member.id)
        .where(Member.id == bindparam("id", type_=Id))
    )


def facts(
    session: Session, text: Reading, who: Author, *, kind: str, category_id: int, now: datetime,
    typing: Typing | None = None, but_post: int = 0,
) -> Facts:  # fmt: skip
    """What is known around `text`. `but_post`: the post that is edited, which resembles itself."""
    counts = _tokens(session, text)
    return Facts(
        now=now, author=who, kind=kind, category_id=category_id, past=_past(session, who.id, now),
        alike=_alike(session, text, now, but_post), learned=counts.pop(0, (0, 0)), tokens=counts,
        images=_images(session, text), typing=typing,
    )  # fmt: skip


@cache
def _past_query() -> Executable:
    return (
        select(Check.created_at, Check.judged, Check.digest, Check.mentions, Check.kind, Check.link)
        .where(
            Check.author_id == bindparam("author", type_=Id), Check.created_at > bindparam("after"),
            Check.outcome != "block",
        )
        .order_by(Check.created_at.desc())
        .limit(MOST_PAST)
    )  # fmt: skip


def _past(session: Session, author_id: int, now: datetime) -> tuple[Past, ...]:
    rows = session.execute(_past_query(), {"author": author_id, "after": now - REJECTIONS})
    return tuple(Past(*row) for row in rows)


def _alike(session: Session, text: Reading, now: datetime, but_post: int) -> tuple[Alike, ...]:
    """Who shares at least half of the marks; of very many, those that share most."""
    if not text.marks:
        return ()
    values = {
        "marks": text.marks, "after": now - RESEMBLES, "post": but_post, "least": (len(text.marks) + 1) // 2,
    }  # fmt: skip
    return tuple(Alike(*row) for row in session.execute(_alike_query(), values))


@cache
def _alike_query() -> Executable:
    shared = func.count()
    return (
        select(Check.author_id, Check.post_id, Check.judged, Check.created_at, shared)
        .join(Mark, Mark.check_id == Check.id)
        .where(
            Mark.mark.in_(bindparam("marks", expanding=True)), Check.outcome != "block",
            (Check.created_at > bindparam("after")) | (Check.judged == "bad"),
            Check.post_id.is_distinct_from(bindparam("post", type_=Id)),
        )
        .group_by(Check.id)
        .having(shared >= bindparam("least", type_=Integer))
        .order_by(shared.desc(), Check.id.desc())
        .limit(MOST_ALIKE)
    )  # fmt: skip


@cache
def _tokens_query() -> Executable:
    return select(Token.token, Token.bad, Token.good).where(Token.token.in_(bindparam("tokens", expanding=True)))


def _tokens(session: Session, text: Reading) -> dict[int, tuple[int, int]]:
    rows = session.execute(_tokens_query(), {"tokens": [0, *text.tokens]})
    return {token: (bad, good) for token, bad, good in rows}


def _images(session: Session, text: Reading) -> dict[str, int]:
    """By how many bits each picture, if its fingerprint is known, differs from the nearest that was removed."""
    if not text.images:
        return {}
    rows = session.execute(select(Print.name, Print.print).where(Print.name.in_(text.images)))
    mine = {name: int(print_, 16) for name, print_ in rows}
    return distances(mine, removed_prints(session)) if mine else {}


def removed_prints(session: Session) -> list[int]:
    """Fingerprints of pictures that were taken away, the newest 20,000. One statement."""
    query = select(Print.print).where(Print.bad > 0).order_by(Print.created_at.desc()).limit(20_000)
    return [int(print_, 16) for print_ in session.scalars(query)]


def distances(mine: dict[str, int], removed: Sequence[int]) -> dict[str, int]:
    """Name → bits that differ from the nearest of `removed`. Pictures with little in them must be the very same."""
    if not removed:
        return {}
    near = {name: min((print_ ^ other).bit_count() for other in removed) for name, print_ in mine.items()}
    return {name: bits for name, bits in near.items() if not bits or FLAT <= mine[name].bit_count() <= 128 - FLAT}


# -- for the staff -------------------------------------------------------------------------------------------------


class CheckView(msgspec.Struct, frozen=True):
    """One look at a post, for the moderators. `level`: the author's trust then, 0 to 2."""

    id: int
    post_id: int
    kind: str
    outcome: str
    phase: str
    level: int
    findings: tuple[Finding, ...]
    created_at: datetime


def findings(session: Session, post_ids: Sequence[int], *, most: int = 10) -> dict[int, list[CheckView]]:
    """Post → what the phases saw in it and in its edits, the newest first; posts in which they saw nothing have none.

    For the staff of the category alone: the caller has asked whether they see the post. One statement.
    """
    if not post_ids:
        return {}
    rows = session.execute(
        select(
            Check.id, Check.post_id, Check.kind, Check.outcome, Check.phase, Check.level, Check.findings,
            Check.created_at,
        )
        .where(Check.post_id.in_(post_ids), Check.outcome != "")
        .order_by(Check.id.desc())
        .limit(most * len(post_ids))
    )  # fmt: skip
    found: dict[int, list[CheckView]] = {}
    for row in rows:
        seen = tuple(msgspec.convert(row.findings, list[Finding]))
        view = CheckView(row.id, row.post_id, row.kind, row.outcome, row.phase, row.level, seen, row.created_at)
        views = found.setdefault(row.post_id, [])
        if len(views) < most:
            views.append(view)
    return found


class Figures(msgspec.Struct, frozen=True):
    """How a phase did. `right`, `wrong`: of what it flagged or held, how often moderators agreed."""

    seen: int = 0
    decided: int = 0
    right: int = 0
    wrong: int = 0


def figures(session: Session, since: datetime) -> dict[str, Figures]:
    """Phase → figures of the texts since then, at most the newest 5,000 in which a phase saw something."""
    rows = session.execute(
        select(Check.findings, Check.phase, Check.judged)
        .where(Check.created_at > since, Check.outcome != "")
        .order_by(Check.created_at.desc())
        .limit(5000)
    )
    counts: dict[str, list[int]] = {}
    for seen, decisive, judged in rows:
        for one in seen:
            count = counts.setdefault(one["phase"], [0, 0, 0, 0])
            count[0] += 1
            count[1] += one["phase"] == decisive
            count[2] += judged == "bad"
            count[3] += judged == "good"
    return {phase: Figures(*count) for phase, count in counts.items()}


def settings(session: Session) -> Setting | None:
    """The row of settings, if managers have changed anything. One statement."""
    return session.scalar(select(Setting))


def learned(session: Session) -> tuple[int, int]:
    """(bad, good): texts the filter has learned from. One statement."""
    row = session.execute(select(Token.bad, Token.good).where(Token.token == 0)).first()
    return (row.bad, row.good) if row else (0, 0)


def stale(before: datetime, before_bad: datetime) -> ColumnElement[bool]:
    """SQL on Check: what is kept no longer."""
    return (Check.created_at < before_bad) | ((Check.created_at < before) & (Check.judged != "bad"))
