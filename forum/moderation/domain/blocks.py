"""Blocks: networks, mails and domains that open no account (networks: nor sign in). Managers set and remove them."""

import re
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.kit.i18n import N_, Message, Text
from forum.moderation.models import Block
from forum.moderation.queries.blocks import WIDEST
from forum.policy.actors import Actor, require_manager

KINDS = ("address", "mail", "domain")
LONGEST_NOTE = 200
LONGEST = timedelta(days=3660)
_DOMAIN = re.compile(r"(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]")


def normal(kind: str, value: str) -> str:
    """`value` as the table spells it: a network as CIDR, lower-case mail or domain. Raises Invalid(kind, value)."""
    value = value.strip().lower()
    if kind == "address":
        return _network(value)
    if kind == "mail":
        local, at, domain = value.rpartition("@")
        if not at or not local or " " in value or len(value) > 254 or not _DOMAIN.fullmatch(_ascii(domain)):
            raise Invalid({"value": N_("Write a mail address, as in name@example.org.")})
        return f"{local}@{_ascii(domain)}"
    if kind == "domain":
        domain = _ascii(value.removeprefix("@").removeprefix("*.").rstrip("."))
        if not _DOMAIN.fullmatch(domain):
            raise Invalid({"value": N_("Write a domain, as in example.org.")})
        return domain
    raise Invalid({"kind": N_("Choose from the list.")})


def _network(value: str) -> str:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise Invalid({"value": N_("Write an address or a network, as in 203.0.113.7 or 203.0.113.0/24.")}) from None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        network = ip_network((mapped, network.prefixlen - 96), strict=False)
    if network.prefixlen < WIDEST[network.version]:
        limit = WIDEST[network.version]
        raise Invalid({"value": Text(N_("That is too wide a network: /%(n)s at the most."), {"n": limit})})
    return str(network)


def _ascii(domain: str) -> str:
    """The domain as the network spells it; unchanged when it cannot be."""
    try:
        return domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        return domain


def block(
    session: Session, *, actor: Actor, kind: str, value: str, note: str = "", until: datetime | None = None,
    client: str = "", now: datetime,
) -> Block:  # fmt: skip
    """Add a block. `client`: the manager's own address, which they cannot lock out.

    Raises SignInNeeded, Forbidden, Invalid(kind, value, note, until), Conflict (it is there already).
    """
    require_manager(actor)
    wanted = normal(kind, value)
    problems: dict[str, Message] = {}
    if len(note.strip()) > LONGEST_NOTE:
        problems["note"] = Text(N_("At most %(n)s characters."), {"n": LONGEST_NOTE})
    if until is not None and not now < until <= now + LONGEST:
        problems["until"] = N_("Choose a day in the future, within ten years.")
    if kind == "address" and _holds(wanted, client):
        problems["value"] = N_("You are in this network yourself: you would lock yourself out.")
    if problems:
        raise Invalid(problems)
    row = Block(
        kind=kind, value=wanted, note=note.strip(), created_by_id=actor.id, created_at=now, until=until,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise Conflict(N_("This is blocked already.")) from None
    audit.write(
        session, action="block.added", actor_id=actor.id, target=f"block:{row.id}", data={"kind": kind, "until": until},
        details={"value": wanted, "note": row.note}, now=now,
    )  # fmt: skip
    return row


def unblock(session: Session, *, actor: Actor, block_id: int, now: datetime) -> None:
    """Take a block away. Raises SignInNeeded, Forbidden, NotFound."""
    require_manager(actor)
    row = None
    if 0 < block_id <= MAX_ID:
        row = session.scalar(select(Block).where(Block.id == block_id).with_for_update())
    if row is None:
        raise NotFound()
    session.delete(row)
    session.flush()
    audit.write(
        session, action="block.removed", actor_id=actor.id, target=f"block:{block_id}", data={"kind": row.kind},
        details={"value": row.value, "note": row.note}, now=now,
    )  # fmt: skip


def _holds(network: str, client: str) -> bool:
    try:
        address = ip_address(client)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.version == ip_network(network).version and mapped in ip_network(network)
