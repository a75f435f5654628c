"""The verbs of prevention: judging a text inside the writer's transaction, keeping what was seen, settings."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.events import CheckRaised, record
from forum.kit.i18n import N_, Message, Text
from forum.policy.actors import Actor, require_manager
from forum.prevention import queries
from forum.prevention.costs import SLOWEST, cost
from forum.prevention.engine import examine
from forum.prevention.facts import Facts, Typing
from forum.prevention.models import Check, Mark, Setting, WatchedWord
from forum.prevention.phases import BY_NAME, PHASES
from forum.prevention.phases.links import first_unknown
from forum.prevention.reading import Reading, read
from forum.prevention.rules import ACTIONS, MOST_PATTERNS, MOST_WORDS, TOO_COSTLY, Word, problem_of
from forum.prevention.verdicts import MODES, RANK, Finding, Verdict

MARKS_KEPT, REMOVED_KEPT = timedelta(days=90), timedelta(days=365)
"""What phases saw goes after so long; of texts that were taken away, later: to recognise them when they come back."""


class Judged(msgspec.Struct, frozen=True):
    """A text that was looked at, until `keep` writes it down."""

    text: Reading
    facts: Facts
    verdict: Verdict


def judge(
    session: Session, *, actor: Actor, kind: str, source: str, html: str, category_id: int, now: datetime,
    title: str = "", typing: Typing | None = None, post_id: int = 0,
) -> Judged | None:  # fmt: skip
    """Look at a text before it is written. None for who is exempt: staff, and accounts the operator made.

    `kind`: thread, reply or edit (of `post_id`). Raises Invalid(body) with a sentence that says what to change, when
    a phase refuses it; nothing is kept of it then.
    """
    if actor.is_staff:
        return None
    who = queries.author(session, actor.id)
    if who.exempt:
        return None
    text = read(source, html, title)
    around = queries.facts(
        session, text, who, kind=kind, category_id=category_id, now=now, typing=typing, but_post=post_id
    )
    verdict = examine(text, around, queries.rules(session))
    if verdict.outcome == "block":
        raise Invalid({"body": verdict.message})
    return Judged(text, around, verdict)


def keep(session: Session, judged: Judged, *, post_id: int, now: datetime) -> int:
    """Write down what the phases saw in a post that is there now; the check's id.

    What is flagged or held leaves an event: its case says why.
    """
    text, verdict = judged.text, judged.verdict
    row = {
        "post_id": post_id, "author_id": judged.facts.author.id, "kind": judged.facts.kind, "outcome": verdict.outcome,
        "phase": verdict.phase, "findings": msgspec.to_builtins(verdict.findings), "level": judged.facts.level,
        "digest": text.digest, "mentions": len(text.mentions), "link": first_unknown(text, judged.facts),
        "judged": "", "learned": "", "created_at": now,
    }  # fmt: skip
    check_id = session.execute(insert(Check).returning(Check.id), [row]).scalar_one()
    if text.marks:
        session.execute(insert(Mark), [{"mark": mark, "check_id": check_id} for mark in text.marks])
    if verdict.outcome in {"flag", "hold"}:
        record(session, CheckRaised(check_id), now=now)
    return check_id


def add_finding(session: Session, check: Check, finding: Finding) -> None:
    """Something that was seen after the fact."""
    check.findings = [*check.findings, msgspec.to_builtins(finding)]
    if RANK.get(finding.mode, 0) > RANK.get(check.outcome, 0):
        check.outcome, check.phase = finding.mode, finding.phase
    session.flush()


# -- settings ------------------------------------------------------------------------------------------------------


def change(
    session: Session, *, actor: Actor, modes: dict[str, str], options: dict[str, str], first_read: list[int],
    version: int, now: datetime,
) -> None:  # fmt: skip
    """Set what the phases do. `options`: "links.most" → a number as typed.

    Raises SignInNeeded, Forbidden, Invalid per field, Conflict when `version` is stale.
    """
    require_manager(actor)
    row = _row(session)
    if row.version != version:
        raise Conflict(N_("Somebody has changed this meanwhile: look again."))
    problems: dict[str, Message] = {}
    numbers: dict[str, int] = {}
    for phase in PHASES:
        if modes.get(phase.name, phase.mode) not in MODES:
            problems[phase.name] = N_("Choose one from the list.")
        for option in phase.options:
            key = f"{phase.name}.{option.name}"
            typed = options.get(key, "").strip() or str(option.default)
            number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else -1
            if not option.low <= number <= option.high:
                words = Text(N_("A number from %(low)s to %(high)s."), {"low": option.low, "high": option.high})
                problems[key] = words
            elif number != option.default:
                numbers[key] = number
    if problems:
        raise Invalid(problems)
    before = {"modes": row.modes, "options": row.options, "first_read": row.first_read}
    row.modes = {name: mode for name, mode in modes.items() if name in BY_NAME and mode != BY_NAME[name].mode}
    row.options, row.first_read = numbers, sorted(set(first_read))
    _changed(session, row)
    after = {"modes": row.modes, "options": row.options, "first_read": row.first_read}
    if before != after:
        _log(session, "prevention.changed", actor, {"from": before, "to": after}, now)


def add_words(session: Session, *, actor: Actor, texts: str, action: str, kind: str, tag: str, now: datetime) -> int:
    """Watch for words, one a line; how many are new. Raises SignInNeeded, Forbidden, Invalid(texts, action, tag)."""
    require_manager(actor)
    if action not in ACTIONS or kind not in {"word", "pattern"}:
        raise Invalid({"action": N_("Choose one from the list.")})
    if action == "tag" and not tag:
        raise Invalid({"tag": N_("Which tag shall the thread get?")})
    if not texts.strip():
        raise Invalid({"texts": N_("Write a word or a pattern.")})
    row = _row(session)
    known = {(word.kind, word.text) for word in queries.words(session)}
    lines = dict.fromkeys(" ".join(line.split()) for line in texts.splitlines())
    fresh = [line for line in lines if line and (kind, line) not in known]
    _check_words(fresh, kind, known)
    if fresh:
        session.execute(insert(WatchedWord), [{
            "text": line, "kind": kind, "action": action, "tag": tag if action == "tag" else "",
            "added_by_id": actor.id, "created_at": now,
        } for line in fresh])  # fmt: skip
        _changed(session, row)
        _log(session, "prevention.words_added", actor, {"action": action, "count": len(fresh)}, now)
    return len(fresh)


def _check_words(fresh: list[str], kind: str, known: set[tuple[str, str]]) -> None:
    """Raises Invalid(texts): too many, or the first that cannot be taken, with why."""
    if len(known) + len(fresh) > MOST_WORDS:
        raise Invalid({"texts": Text(N_("%(n)s words at most, in all."), {"n": MOST_WORDS})})
    if kind == "pattern" and sum(one == kind for one, _ in known) + len(fresh) > MOST_PATTERNS:
        raise Invalid({"texts": Text(N_("%(n)s patterns at most."), {"n": MOST_PATTERNS})})
    for line in fresh:
        problem = problem_of(Word(0, line, "flag", kind))
        if not problem and kind == "pattern" and cost(line) > SLOWEST:
            problem = TOO_COSTLY
        if problem:
            words = {"line": line[:60], "problem": _text(problem)}
            raise Invalid({"texts": Text(N_("“%(line)s”: %(problem)s"), words)})


def remove_word(session: Session, *, actor: Actor, word_id: int, now: datetime) -> str:
    """Stop watching for a word; which it was. Raises SignInNeeded, Forbidden, NotFound."""
    require_manager(actor)
    row = _row(session)
    word = session.get(WatchedWord, word_id) if 0 < word_id <= MAX_ID else None
    if word is None:
        raise NotFound()
    text = word.text
    session.delete(word)
    _changed(session, row)
    _log(session, "prevention.word_removed", actor, {"action": word.action, "kind": word.kind}, now)
    return text


def try_out(session: Session, text: str) -> list[Word]:
    """The watched words that a text holds, for the page where one tries the list."""
    return queries.rules(session).lists.found(read(text, ""))


def _text(message: Message) -> Text:
    return message if isinstance(message, Text) else Text(message)


def _row(session: Session) -> Setting:
    """The settings, locked; made when nobody has changed anything yet."""
    query = select(Setting).with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        row = Setting(id=1, modes={}, options={}, first_read=[], stamp="", version=1)
        session.add(row)
        session.flush()
    return row


def _changed(session: Session, row: Setting) -> None:
    row.stamp, row.version = secrets.token_hex(16), row.version + 1
    session.flush()


def _log(session: Session, action: str, actor: Actor, data: dict[str, Any], now: datetime) -> None:
    audit.write(session, action=action, actor_id=actor.id, target="prevention", data=data, now=now)


def clean_up(session: Session, now: datetime) -> int:
    """Forget what is kept no longer; how many checks."""
    found = session.scalars(
        select(Check.id).where(queries.stale(now - MARKS_KEPT, now - REMOVED_KEPT)).limit(5000)
    ).all()
    if found:
        session.execute(delete(Check).where(Check.id.in_(found)).execution_options(synchronize_session=False))
    return len(found)
