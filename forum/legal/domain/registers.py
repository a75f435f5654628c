"""The registers that managers keep: who keeps this site, trusted flaggers, authority orders, disputes."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.domain.names import clean_email
from forum.audit import domain as audit
from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.kit.i18n import N_, Message, Text
from forum.kit.mail import one_line
from forum.legal import words
from forum.legal.models import SIZES, AuthorityOrder, DisputeCase, LegalSettings, TrustedFlagger
from forum.legal.queries.settings import LANGUAGES, settings_row
from forum.members.models import Member
from forum.moderation.domain.reports import reference
from forum.policy.actors import Actor
from forum.policy.legal import require_register, require_settings

RESULTS = ("", "upheld", "reversed", "partly", "withdrawn")
_CHOICES: dict[str, bool | None] = {"": None, "1": True, "0": False}


def _required(fields: dict[str, tuple[str, int]]) -> dict[str, Message]:
    """Name → (text, longest): what is empty or too long."""
    found: dict[str, Message] = {}
    for name, (text, most) in fields.items():
        if not text.strip():
            found[name] = N_("Fill this in.")
        elif len(text) > most:
            found[name] = Text(N_("At most %(n)s characters."), {"n": most})
    return found


def save_settings(session: Session, *, actor: Actor, form: Any, now: datetime) -> LegalSettings:
    """Say who keeps this site, and what applies. Raises SignInNeeded, Forbidden, Invalid."""
    require_settings(actor)
    problems: dict[str, Message] = {}
    mails = {}
    for name in ("authority_mail", "user_mail"):
        text = getattr(form, name).strip()
        try:
            mails[name] = clean_email(text, field=name) if text else ""
        except Invalid as error:
            problems |= error.fields
    if len(form.operator) > 200:
        problems["operator"] = Text(N_("At most %(n)s characters."), {"n": 200})
    languages = [one for one in form.languages if one in LANGUAGES]
    if not languages:
        problems["languages"] = N_("Choose one language at least.")
    if form.size not in SIZES:
        problems["size"] = N_("Choose from the list.")
    users = form.active_users.strip()
    if users and not (users.isascii() and users.isdigit() and len(users) < 10):
        problems["active_users"] = N_("A whole number.")
    if problems:
        raise Invalid(problems)
    row = settings_row(session)
    row.operator, row.address, row.representative = (
        one_line(form.operator),
        form.address[:2000],
        form.representative[:2000],
    )
    row.authority_mail, row.user_mail, row.languages = mails["authority_mail"], mails["user_mail"], ",".join(languages)
    row.size, row.dispute_bodies = form.size, form.dispute_bodies[:4000]
    for name in ("complaints", "disputes", "misuse", "reporting"):
        setattr(row, name, _CHOICES.get(getattr(form, name)))
    if users and int(users) != row.active_users:
        row.active_users, row.active_users_at = int(users), now
    session.add(row)
    session.flush()
    audit.write(session, action="legal.settings_changed", actor_id=actor.id, data={"size": row.size}, now=now)
    return row


def add_flagger(session: Session, *, actor: Actor, name: str, mail: str, member: str, now: datetime) -> TrustedFlagger:
    """Let somebody's notices come first (Art. 22). Raises SignInNeeded, Forbidden, Invalid(name, mail, member)."""
    require_register(actor)
    problems = _required({"name": (name, 120)})
    member_id = None
    if member.strip():
        key = member.strip().lstrip("@").lower()
        member_id = session.scalar(select(Member.id).where(Member.name_key == key))
        if member_id is None:
            problems["member"] = N_("Nobody here has that name.")
    try:
        mail = clean_email(mail, field="mail").lower() if mail.strip() else ""
    except Invalid as error:
        problems |= error.fields
    if not mail and not member.strip():
        problems["mail"] = N_("Give an address, or the name of an account.")
    if problems:
        raise Invalid(problems)
    row = TrustedFlagger(
        name=one_line(name), member_id=member_id, mail=mail, added_by_id=actor.id, added_at=now, status_checked_at=now
    )
    session.add(row)
    session.flush()
    _log(session, "flagger.added", actor, f"flagger:{row.id}", {"member": member_id}, now)
    return row


def check_flagger(session: Session, *, actor: Actor, flagger_id: int, ended: bool, now: datetime) -> TrustedFlagger:
    """The status still holds, or it has ended. Raises SignInNeeded, Forbidden, NotFound."""
    require_register(actor)
    row = session.get(TrustedFlagger, flagger_id) if 0 < flagger_id <= MAX_ID else None
    if row is None or row.ended_at is not None:
        raise NotFound()
    row.status_checked_at = now
    row.ended_at = now if ended else None
    _log(session, "flagger.ended" if ended else "flagger.checked", actor, f"flagger:{row.id}", {}, now)
    return row


def add_order(
    session: Session, *, actor: Actor, article: str, authority: str, country: str, order_ref: str, legal_basis: str,
    category: str, urls: str, scope: str, received_at: datetime | None, now: datetime,
) -> AuthorityOrder:  # fmt: skip
    """Register an order (Art. 9, 10). Raises SignInNeeded, Forbidden, Invalid."""
    require_register(actor)
    problems = _required(
        {"authority": (authority, 200), "order_ref": (order_ref, 120), "legal_basis": (legal_basis, 500)}
    )
    if article not in ("9", "10"):
        problems["article"] = N_("Choose from the list.")
    if len(country.strip()) != 2 or not country.strip().isascii() or not country.strip().isalpha():
        problems["country"] = N_("Two letters, as in IT.")
    if category not in words.NOTICED:
        problems["category"] = N_("Choose what it is about.")
    if len(scope) > 500:
        problems["scope"] = Text(N_("At most %(n)s characters."), {"n": 500})
    if received_at is None or received_at > now:
        problems["received_at"] = N_("When it came: a moment in the past.")
    if problems:
        raise Invalid(problems)
    assert received_at is not None
    row = AuthorityOrder(
        reference=reference("O"), article=int(article), authority=one_line(authority),
        country=country.strip().upper(), order_ref=one_line(order_ref), legal_basis=one_line(legal_basis),
        category=category, urls=[line[:300] for line in urls.split()][:100], scope=scope.strip(),
        received_at=received_at, author_id=actor.id, effect="", version=1,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _log(session, "order.registered", actor, f"order:{row.id}", {"article": row.article}, now)
    return row


STEPS = ("acted", "reported", "informed")
"""acted: what was asked is done. reported: the authority was told. informed: the member concerned was told."""


def advance_order(
    session: Session, *, actor: Actor, order_id: int, step: str, effect: str, version: str, now: datetime
) -> AuthorityOrder:
    """Note a step, once each, and what was done. Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict."""
    require_register(actor)
    query = select(AuthorityOrder).where(AuthorityOrder.id == order_id).with_for_update(key_share=True)
    row = session.scalar(query) if 0 < order_id <= MAX_ID else None
    if row is None:
        raise NotFound()
    if step not in ("", *STEPS):
        raise Invalid({"step": N_("Choose from the list.")})
    if version != str(row.version):
        raise Conflict()
    if step == "reported" and not effect.strip():
        raise Invalid({"effect": N_("Say what was done: the authority was told so.")})
    row.effect = effect.strip()[:4000]
    if step and getattr(row, f"{step}_at") is None:
        setattr(row, f"{step}_at", now)
    row.version += 1
    session.flush()
    _log(session, "order.advanced", actor, f"order:{row.id}", {"step": step}, now)
    return row


def add_dispute(
    session: Session, *, actor: Actor, body: str, case_ref: str, statement: str, opened_at: datetime | None,
    now: datetime,
) -> DisputeCase:  # fmt: skip
    """Register a dispute before a certified body (Art. 21). Raises SignInNeeded, Forbidden, Invalid."""
    require_register(actor)
    problems = _required({"body": (body, 200), "case_ref": (case_ref, 120)})
    if opened_at is None or opened_at > now:
        problems["opened_at"] = N_("When it came: a moment in the past.")
    if problems:
        raise Invalid(problems)
    assert opened_at is not None
    row = DisputeCase(
        body=one_line(body), case_ref=one_line(case_ref), statement=one_line(statement)[:16], opened_at=opened_at,
        result="", author_id=actor.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _log(session, "dispute.registered", actor, f"dispute:{row.id}", {}, now)
    return row


def close_dispute(
    session: Session, *, actor: Actor, dispute_id: int, result: str, implemented: bool, now: datetime
) -> DisputeCase:
    """How it ended. Raises SignInNeeded, Forbidden, NotFound, Invalid."""
    require_register(actor)
    row = session.get(DisputeCase, dispute_id) if 0 < dispute_id <= MAX_ID else None
    if row is None:
        raise NotFound()
    if result not in RESULTS[1:]:
        raise Invalid({"result": N_("Choose from the list.")})
    row.result, row.implemented, row.closed_at = result, implemented, row.closed_at or now
    _log(session, "dispute.closed", actor, f"dispute:{row.id}", {"result": result}, now)
    return row


def _log(session: Session, action: str, actor: Actor, target: str, data: dict[str, Any], now: datetime) -> None:
    audit.write(session, action=action, actor_id=actor.id, target=target, data=data, now=now)
