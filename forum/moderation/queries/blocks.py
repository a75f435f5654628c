"""Blocks: one lookup by everything an address could be blocked as, whatever the number of blocks."""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import msgspec
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.kit import paging
from forum.kit.i18n import N_
from forum.members.models import Member
from forum.moderation.models import Block

WIDEST = {4: 8, 6: 16}
"""The largest network that can be blocked, in bits: wider ones would lock out whole countries."""
PAGE = 50


class BlockView(msgspec.Struct, frozen=True):
    """One block. `by`: who set it, "" for nobody known."""

    id: int
    kind: str
    value: str
    note: str
    created_at: datetime
    until: datetime | None
    by: str

    def over(self, now: datetime) -> bool:
        """Past its end."""
        return self.until is not None and self.until <= now


def networks(client: str) -> list[str]:
    """Every network that `client` is in, as blocks spell them; none for what is no address."""
    try:
        address: IPv4Address | IPv6Address = ip_address(client)
    except ValueError:
        return []
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    widest, bits = WIDEST[address.version], address.max_prefixlen
    return [str(ip_network((address, length), strict=False)) for length in range(widest, bits + 1)]


def mail_keys(email: str) -> list[str]:
    """How a mail address could be blocked: as it is, and without what follows a plus."""
    local, at, domain = email.strip().lower().rpartition("@")
    return sorted({f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}"}) if at else []


def domain_keys(email: str) -> list[str]:
    """Its domain and those above it: for x@a.b.example a.b.example, b.example, example."""
    parts = email.strip().lower().rpartition("@")[2].split(".")
    return [".".join(parts[start:]) for start in range(len(parts))][-20:] if "@" in email else []


def blocked(session: Session, *, client: str = "", email: str = "", now: datetime) -> str:
    """The kind of the block that stands against them; "" when none does. One statement, by the unique key."""
    wanted = (("address", networks(client)), ("mail", mail_keys(email)), ("domain", domain_keys(email)))
    found = [and_(Block.kind == kind, Block.value.in_(values)) for kind, values in wanted if values]
    if not found:
        return ""
    query = select(Block.kind).where(or_(*found), or_(Block.until.is_(None), Block.until > now)).limit(1)
    return session.scalar(query) or ""


def require_open(session: Session, *, client: str, email: str, now: datetime) -> None:
    """For signing up. Raises Invalid(email, or "" for the network)."""
    kind = blocked(session, client=client, email=email, now=now)
    if kind == "address":
        raise Invalid({"": N_("No account can be opened from your network. If that is a mistake, write to us.")})
    if kind:
        raise Invalid({"email": N_("No account can be opened with this address. Take another one, or write to us.")})


def require_entry(session: Session, *, client: str, now: datetime) -> None:
    """For signing in. Raises Invalid("")."""
    if blocked(session, client=client, now=now):
        raise Invalid({"": N_("Nobody can sign in from your network. If that is a mistake, write to us.")})


def blocks(
    session: Session, *, kind: str = "", wanted: str = "", after: str = ""
) -> tuple[list[BlockView], str | None]:
    """A page of them, the newest first; `wanted`: those whose value begins with it. One statement."""
    query = (
        select(
            Block.id, Block.kind, Block.value, Block.note, Block.created_at, Block.until,
            func.coalesce(Member.display_name, ""),
        )
        .outerjoin(Member, Member.id == Block.created_by_id)
        .order_by(Block.id.desc())
        .limit(PAGE + 1)
    )  # fmt: skip
    if kind:
        query = query.where(Block.kind == kind)
    if wanted:
        query = query.where(Block.value.startswith(wanted.strip().lower(), autoescape=True))
    found = paging.decode(after, int)
    if found:
        query = query.where(Block.id < found[0])
    rows = session.execute(query).all()
    views = [BlockView(*row) for row in rows[:PAGE]]
    return views, paging.encode(views[-1].id) if len(rows) > PAGE else None
