"""Rules: what is put into the inbox by itself. They only point; a person decides."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.categories.models import Category
from forum.errors import Conflict, Invalid, NotFound
from forum.feedback.domain.shared import chosen, one_line
from forum.feedback.models import KINDS, MATCHES, Rule
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect

SHORTEST = 3
LONGEST_VALUE = 200
WORST, BEST = 1, 5


class NewRule(msgspec.Struct, frozen=True):
    """What is looked for. `value`: a tag, a category's slug, words, or the highest mark that is low. `kind`: or ""."""

    match: str
    value: str
    kind: str = ""


def save_rule(session: Session, *, actor: Actor, rule: NewRule, now: datetime) -> int:
    """A new rule, at work at once; its id. Raises SignInNeeded, Forbidden, Invalid, Conflict (there is one like it)."""
    require_collect(actor)
    match = chosen("match", rule.match, MATCHES)
    kind = chosen("kind", rule.kind, KINDS) if rule.kind else ""
    value = _value(session, match, rule.value)
    if session.scalar(select(Rule.id).where(Rule.match == match, Rule.value == value)):
        raise Conflict(N_("There is a rule like this one."))
    row = Rule(match=match, value=value, kind=kind, active=True, created_by_id=actor.id or None, created_at=now)
    session.add(row)
    session.flush()
    _log(session, row, actor, now)
    return row.id


def rule_active(session: Session, *, actor: Actor, rule_id: int, active: bool, now: datetime) -> None:
    """Let a rule rest, or put it to work again. Raises SignInNeeded, Forbidden, NotFound."""
    require_collect(actor)
    row = session.get(Rule, rule_id, with_for_update=True)
    if row is None:
        raise NotFound()
    if row.active != active:
        row.active = active
        _log(session, row, actor, now)


def _value(session: Session, match: str, text: str) -> str:
    """What is kept. Raises Invalid."""
    value = one_line(text, LONGEST_VALUE)
    if match == "survey":
        if not value.isdecimal() or not WORST <= int(value) <= BEST:
            raise Invalid({"value": N_("A mark from 1 to 5: surveys with this one or a lower one are pointed out.")})
        return str(int(value))
    if match == "category":
        if session.scalar(select(Category.id).where(Category.slug == value)) is None:
            raise Invalid({"value": N_("There is no such category: write the word that stands in its address.")})
        return value
    value = value.lstrip("#").casefold() if match == "tag" else value.casefold()
    if not SHORTEST <= len(value) <= LONGEST_VALUE:
        raise Invalid({"value": N_("From 3 to 200 characters: a rule that fits everything finds nothing.")})
    return value


def _log(session: Session, row: Rule, actor: Actor, now: datetime) -> None:
    facts = {"match": row.match, "value": row.value, "active": row.active}
    audit.write(
        session, action="feedback.rule_changed", actor_id=actor.id or None, target=f"rule:{row.id}", data=facts, now=now
    )
