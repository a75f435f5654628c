"""The verbs of polarity: words come and go in versions, and a person's reading wins. None of them commits."""

from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.errors import Conflict, Invalid, NotFound
from forum.events import LexiconChanged, record
from forum.feedback.models import Evidence
from forum.feedback.polarity import queries
from forum.feedback.polarity.lexicon import MOST, Lexicon, builtin_lexicon, key_of, problem_of
from forum.feedback.polarity.models import LexiconVersion, Override
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect

LONGEST_NOTE = 200
STALE = N_("Somebody has changed this in the meantime. Look at it again, then decide.")


class WordChange(msgspec.Struct, frozen=True):
    """A term and its value from -3 to 3; None takes it away. `version`: the lexicon looked at; 0: whichever."""

    locale: str
    term: str
    value: int | None
    note: str = ""
    version: int = 0


def change_word(session: Session, *, actor: Actor, change: WordChange, now: datetime) -> int:
    """Make a new version with one word more, less or of another value; its number.

    Raises SignInNeeded, Forbidden, Invalid(term, value, locale), NotFound (a word to be taken away that is not there),
    Conflict.
    """
    require_collect(actor)
    standing = _standing(session, change.version)
    term = " ".join(change.term.lower().replace("’", "'").split())
    words = {locale: dict(terms) for locale, terms in standing.words.items()}
    if change.value is None:
        if term not in words.get(change.locale, {}):
            raise NotFound()
        del words[change.locale][term]
    else:
        if problem := problem_of(term, change.value, change.locale):
            field = "term" if change.value and abs(change.value) <= 3 else "value"
            raise Invalid({field: problem})
        table = words.setdefault(change.locale, {})
        same = key_of(term, change.locale)  # another form of the same word would stand beside it, and one would lose
        for other in [it for it in table if key_of(it, change.locale) == same]:
            del table[other]
        table[term] = change.value
        if sum(len(terms) for terms in words.values()) > MOST:
            raise Invalid({"term": N_("The lexicon is full: take something out first.")})
    said = {"locale": change.locale, "value": change.value if change.value is not None else "taken out"}
    return _keep(session, actor, words, change.note, None, now, {"term": term, **said})


def revert(session: Session, *, actor: Actor, number: int, now: datetime) -> int:
    """Make a new version with the words of an old one; its number. Raises SignInNeeded, Forbidden, NotFound."""
    require_collect(actor)
    _standing(session, 0)
    old = queries.version(session, number)
    if old is None:
        raise NotFound()
    return _keep(session, actor, old.words, "", number, now, {"reverts_to": number})


def override(session: Session, *, actor: Actor, evidence_id: int, value: int | None, now: datetime) -> None:
    """Say what stands in a piece of evidence: -1, 0 or 1; None leaves it to the lexicon again.

    Raises SignInNeeded, Forbidden, Invalid, NotFound.
    """
    require_collect(actor)
    if value not in (None, -1, 0, 1):
        raise Invalid({"value": N_("Choose one of these.")})
    row = session.scalar(select(Evidence).where(Evidence.id == evidence_id).with_for_update())
    if row is None:
        raise NotFound()
    session.execute(delete(Override).where(Override.evidence_id == evidence_id))
    if value is not None:
        session.execute(insert(Override).values(evidence_id=evidence_id, value=value, by_id=actor.id, at=now))
    audit.write(
        session, action="feedback.polarity_set", actor_id=actor.id, target=f"feedback:{row.item_id}",
        data={"evidence": evidence_id, "to": "lexicon" if value is None else value}, now=now,
    )  # fmt: skip


def _standing(session: Session, version: int) -> Lexicon:
    """The lexicon in force, locked; version 1 becomes a row with the first change. Raises Conflict."""
    locked = select(LexiconVersion.number).order_by(LexiconVersion.number.desc()).limit(1).with_for_update()
    newest = session.scalar(locked)
    if newest is None:
        start = builtin_lexicon()
        session.add(LexiconVersion(number=1, words=start.words, note="", created_at=_BEGINNING))
        session.flush()
    if version and version != (newest or 1):
        raise Conflict(STALE)
    return queries.current(session)


_BEGINNING = datetime.fromisoformat("2026-11-21T00:00:00+00:00")
"""Version 1 came with the software."""


def _keep(
    session: Session, actor: Actor, words: dict[str, dict[str, int]], note: str, reverts_to: int | None, now: datetime,
    said: dict[str, str | int],
) -> int:  # fmt: skip
    number = queries.current(session).version + 1
    session.add(
        LexiconVersion(
            number=number, words=words, note=" ".join(note.split())[:LONGEST_NOTE], reverts_to=reverts_to,
            by_id=actor.id, created_at=now,
        )
    )  # fmt: skip
    session.flush()
    record(session, LexiconChanged(number), now=now)
    audit.write(
        session, action="feedback.lexicon_changed", actor_id=actor.id, target="site",
        data={"version": number, **said}, now=now,
    )  # fmt: skip
    return number
