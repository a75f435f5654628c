"""Who asks. Roles: guest, member, team, moderator, manager, admin."""

import msgspec
from sqlalchemy import BindParameter, bindparam

from forum.db import Id
from forum.errors import Forbidden, SignInNeeded
from forum.kit.i18n import N_, Text

STAFF = frozenset({"moderator", "manager", "admin"})
MANAGERS = frozenset({"manager", "admin"})
ROLES = ("guest", "member", "team", "moderator", "manager", "admin")
RANK = {role: rank for rank, role in enumerate(ROLES)}
SCOPES = ("read", "write", "moderate", "manage", "team", "admin")
SCOPES_OF = {
    "guest": frozenset[str](),
    "member": frozenset({"read", "write"}),
    "team": frozenset({"read", "write", "team"}),
    "moderator": frozenset({"read", "write", "moderate"}),
    "manager": frozenset({"read", "write", "moderate", "manage", "team"}),
    "admin": frozenset(SCOPES),
}
"""What a token of a member with this role may be allowed at the most."""


class Actor(msgspec.Struct, frozen=True):
    """Whoever asks: a guest (id 0) or a signed-in member."""

    id: int = 0
    role: str = "guest"
    name: str = ""
    display_name: str = ""
    avatar: str | None = None
    locale: str = ""
    timezone: str = "Europe/Rome"
    theme: str = "auto"
    unread: int = 0
    session_id: int = 0
    scopes: frozenset[str] | None = None
    """What an API token allows; None: a person in a browser, who may do all that the role may."""

    @property
    def is_guest(self) -> bool:
        """Not signed in."""
        return self.id == 0

    @property
    def is_staff(self) -> bool:
        """Moderator, manager or administrator."""
        return self.role in STAFF

    @property
    def can_manage(self) -> bool:
        """Manager or administrator."""
        return self.role in MANAGERS

    @property
    def is_admin(self) -> bool:
        """Administrator."""
        return self.role == "admin"

    def allows(self, scope: str) -> bool:
        """True when the token (if there is one) and the role both allow `scope`."""
        if scope not in SCOPES_OF[self.role] and not (scope == "read" and self.is_guest):
            return False
        return self.scopes is None or scope in self.scopes


GUEST = Actor()
PATTERNS = {role: Actor(id=0 if role == "guest" else -1, role=role) for role in ROLES}
"""One stand-in for each role: a query built for it serves every actor of the role, with `actor_id` bound anew."""


def me(actor: Actor) -> BindParameter[int]:
    """The actor's id in a SQL predicate, always under the name `actor_id`."""
    return bindparam("actor_id", actor.id, Id)


def _require_scope(actor: Actor, scope: str) -> None:
    if actor.scopes is not None and scope not in actor.scopes:
        raise Forbidden(Text(N_("This token does not have the scope %(scope)s."), {"scope": scope}))


def require_reader(actor: Actor) -> None:
    """Raises Forbidden for a token without `read`; people and guests read without one."""
    _require_scope(actor, "read")


def require_member(actor: Actor) -> None:
    """Raises SignInNeeded for a guest, Forbidden for a token without `write`."""
    if actor.is_guest:
        raise SignInNeeded()
    _require_scope(actor, "write")


def require_manager(actor: Actor) -> None:
    """Raises SignInNeeded or Forbidden unless `actor` is manager or administrator (and a token has `manage`)."""
    if actor.is_guest:
        raise SignInNeeded()
    if not actor.can_manage:
        raise Forbidden()
    _require_scope(actor, "manage")


def require_admin(actor: Actor) -> None:
    """Raises SignInNeeded or Forbidden unless `actor` is an administrator (and a token has `admin`)."""
    if actor.is_guest:
        raise SignInNeeded()
    if not actor.is_admin:
        raise Forbidden()
    _require_scope(actor, "admin")
