"""Reading the polarity signal: over many pieces of evidence, with how much of them could be read at all."""

from collections.abc import Sequence
from datetime import date, datetime
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import ColumnElement, Engine, Select, and_, func, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.errors import NotFound
from forum.feedback.exports.counting import Span, Tone, heard, in_scope, midnight, of_period, with_posts
from forum.feedback.models import Evidence, Item
from forum.feedback.polarity.lexicon import Lexicon, builtin_lexicon
from forum.feedback.polarity.models import LexiconVersion, Override, Value
from forum.feedback.polarity.score import Score, score, side_of
from forum.feedback.views import FEW
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.threads.models import Post, Thread

CHUNK = 500
REMEMBERED = 200_000
"""Values that a process keeps, for one lexicon."""


class Signal(msgspec.Struct, frozen=True):
    """The mean of the values of what could be scored, times 100: from -100 to 100.

    None where what could be scored is of less than five members: it would be the tone of somebody.
    `total`: pieces of evidence in the period; `corrected`: of the scored ones, how many a person set.
    """

    points: int | None
    scored: int
    total: int
    version: int
    corrected: int


class Scored(msgspec.Struct, frozen=True):
    """A piece of evidence: for whoever may read it, beside its words. `matched`: what the lexicon found."""

    value: float | None
    matched: tuple[str, ...]
    overridden: bool

    @property
    def side(self) -> int:
        """-1, 0, 1."""
        return side_of(self.value)


class VersionRow(msgspec.Struct, frozen=True):
    """A version of the lexicon. `by`: None for what the software brought."""

    number: int
    note: str
    reverts_to: int | None
    created_at: datetime
    by: MemberCard | None
    size: int


def current(session: Session) -> Lexicon:
    """The lexicon in force."""
    row = session.scalars(select(LexiconVersion).order_by(LexiconVersion.number.desc()).limit(1)).first()
    return Lexicon(row.words, row.number) if row else builtin_lexicon()


def version(session: Session, number: int) -> Lexicon | None:
    """An older one; None when there is no such."""
    row = session.get(LexiconVersion, number)
    return Lexicon(row.words, row.number) if row else builtin_lexicon() if number == 1 else None


def versions(session: Session, limit: int = 50) -> list[VersionRow]:
    """Newest first; empty while nobody has changed a word."""
    rows = session.execute(
        select(LexiconVersion, *CARD)
        .outerjoin(Member, Member.id == LexiconVersion.by_id)
        .order_by(LexiconVersion.number.desc())
        .limit(limit)
    )
    return [
        VersionRow(
            row[0].number, row[0].note, row[0].reverts_to, row[0].created_at,
            MemberCard(*row[1:]) if row[0].by_id else None, sum(len(it) for it in row[0].words.values()),
        )
        for row in rows
    ]  # fmt: skip


def signal(session: Session, team_id: int | None, starts: date | datetime, ends: date | datetime) -> Signal:
    """What was said from `starts` up to, not including, `ends`: days in the zone of the summaries, or moments.

    Of items that were sent to the team (None: of all), from posts that every guest may read and from surveys, staff
    left out. A person's reading wins over the lexicon's. Nothing is written.
    """
    lexicon, first = current(session), _moment(starts)
    over = Span(first, first, _moment(ends))
    return signal_of(session, team_id, over, lexicon, heard(session, team_id, over, lexicon.version).tone)


def signal_of(session: Session, team_id: int | None, over: Span, lexicon: Lexicon, tone: Tone) -> Signal:
    """The same of what `heard` counted from `over.starts` on; what the job has not read yet is read now."""
    scored, total, members = tone.scored, tone.sum, tone.members
    if tone.unread:
        authors = _unread(session, team_id, over, lexicon)
        read = _values(session, list(authors), lexicon)
        known = {evidence_id: value for evidence_id, value in read.items() if value is not None}
        scored, total = scored + len(known), total + sum(known.values())
        members = members.union(str(it) for it in map(authors.get, known) if it is not None)
    points = round(100 * total / scored) if len(members) >= FEW else None
    return Signal(points, scored, tone.pieces, lexicon.version, tone.corrected)


def _unread(session: Session, team_id: int | None, over: Span, lexicon: Lexicon) -> dict[int, int | None]:
    """Evidence of a period that neither a person nor this version has read → who said it."""
    rows = session.execute(
        with_posts(select(Evidence.id, Evidence.author_id).join(Item, Item.id == Evidence.item_id))
        .outerjoin(Override, Override.evidence_id == Evidence.id)
        .outerjoin(Value, and_(Value.evidence_id == Evidence.id, Value.version == lexicon.version))
        .where(in_scope(team_id), of_period(over), Override.value.is_(None), Value.evidence_id.is_(None))
        .where(Evidence.redacted_at.is_(None))
    )
    return {row[0]: row[1] for row in rows}


def unread(session: Session, lexicon: Lexicon, limit: int) -> dict[int, float | None]:
    """Evidence that this version has not read yet → its value: for the job that keeps them."""
    rows = session.execute(
        select(Evidence.id)
        .outerjoin(Value, and_(Value.evidence_id == Evidence.id, Value.version == lexicon.version))
        .where(Value.evidence_id.is_(None), Evidence.redacted_at.is_(None))
        .order_by(Evidence.id)
        .limit(limit)
    )
    return _values(session, [row[0] for row in rows], lexicon)


def of_evidence(session: Session, evidence_ids: Sequence[int]) -> dict[int, Scored]:
    """Evidence → what was read in it: three statements. Who may read its words was asked before."""
    lexicon = current(session)
    rows = session.execute(select(Override.evidence_id, Override.value).where(Override.evidence_id.in_(evidence_ids)))
    said: dict[int, int] = {row[0]: row[1] for row in rows}
    found = {}
    for evidence_id, quote, locale in session.execute(_texts(Evidence.id.in_(evidence_ids))):
        read = score(quote, locale, lexicon) if quote else Score(None, ())
        value = float(said[evidence_id]) if evidence_id in said else read.value
        found[evidence_id] = Scored(value, read.matched, evidence_id in said)
    return found


def item_of(session: Session, evidence_id: int) -> int:
    """The item that a piece of evidence belongs to. Raises NotFound."""
    found = session.scalar(select(Evidence.item_id).where(Evidence.id == evidence_id))
    if found is None:
        raise NotFound()
    return found


# -- values that were read before: a quote never changes, so a value holds as long as its lexicon ---------------------

_known: "WeakKeyDictionary[Engine, tuple[int, dict[int, float | None]]]" = WeakKeyDictionary()
_lock = Lock()


def _values(session: Session, ids: list[int], lexicon: Lexicon) -> dict[int, float | None]:
    """Evidence → value; only what was not read before is fetched and read."""
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    with _lock:
        of, known = _known.get(engine, (0, {}))
        if of != lexicon.version or len(known) > REMEMBERED:
            known = {}
            _known[engine] = (lexicon.version, known)
    missing = [evidence_id for evidence_id in ids if evidence_id not in known]
    for start in range(0, len(missing), CHUNK):
        for evidence_id, quote, locale in session.execute(_texts(Evidence.id.in_(missing[start : start + CHUNK]))):
            if quote:  # erased words are not remembered: nothing of them is left to read
                known[evidence_id] = score(quote, locale, lexicon).value
    return {evidence_id: known.get(evidence_id) for evidence_id in ids}


def _texts(which: ColumnElement[bool]) -> Select[int, str, Any]:
    """(evidence, its words, their language)."""
    locale = func.coalesce(func.nullif(Thread.locale, ""), Category.locale, Item.locale, "")
    return (
        select(Evidence.id, Evidence.quote, locale)
        .join(Item, Item.id == Evidence.item_id)
        .outerjoin(Post, Post.id == Evidence.post_id)
        .outerjoin(Thread, Thread.id == Post.thread_id)
        .outerjoin(Category, Category.id == Thread.category_id)
        .where(and_(which, Evidence.redacted_at.is_(None)))
    )


def _moment(day: date | datetime) -> datetime:
    return day if isinstance(day, datetime) else midnight(day)
