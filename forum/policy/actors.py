"""Who asks. Roles: guest, member, team, moderator, manager, admin.

A `kind` is a role, or one of two that see less than theirs: `bound` (a moderator of some categories only) and
`suspended` (whatever the role: what a guest sees, and nothing to do but answer for oneself).
"""

from datetime import UTC, datetime

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
    silenced_until: datetime | None = None
    """Set while it lasts: reads, but writes nothing."""
    suspended_until: datetime | None = None
    """Set while it lasts."""
    held: bool = False
    """Every new post waits for approval."""
    warning: int = 0
    """The decision whose statement must be acknowledged before anything else is written; 0: none."""
    bound: bool = False
    """A moderator of the categories in `moderates` only."""
    moderates: frozenset[int] = frozenset()
    scopes: frozenset[str] | None = None
    """What an API token allows; None: a person in a browser, who may do all that the role may."""

    @property
    def is_guest(self) -> bool:
        """Not signed in."""
        return self.id == 0

    @property
    def kind(self) -> str:
        """What statements are built for: see `PATTERNS`."""
        if self.suspended_until is not None:
            return "suspended"
        return "bound" if self.bound and self.role == "moderator" else self.role

    @property
    def is_suspended(self) -> bool:
        """Sees what a guest sees."""
        return self.suspended_until is not None

    @property
    def is_staff(self) -> bool:
        """Moderator, manager or administrator, and not suspended."""
        return self.role in STAFF and self.suspended_until is None

    @property
    def can_manage(self) -> bool:
        """Manager or administrator, and not suspended."""
        return self.role in MANAGERS and self.suspended_until is None

    @property
    def is_admin(self) -> bool:
        """Administrator, and not suspended."""
        return self.role == "admin" and self.suspended_until is None

    def moderates_in(self, category_id: int | None) -> bool:
        """Staff who sees what is hidden there. None (nothing in a category): only who is bound to none."""
        return self.is_staff and (self.kind != "bound" or category_id in self.moderates)

    def allows(self, scope: str) -> bool:
        """True when the token (if there is one) and the role both allow `scope`."""
        if scope not in SCOPES_OF[self.role] and not (scope == "read" and self.is_guest):
            return False
        return self.scopes is None or scope in self.scopes


GUEST = Actor()
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of what has none."""
PATTERNS = {role: Actor(id=0 if role == "guest" else -1, role=role) for role in ROLES} | {
    "bound": Actor(id=-1, role="moderator", bound=True),
    "suspended": Actor(id=-1, role="member", suspended_until=FOREVER),
}
"""One stand-in for each kind: a query built for it serves every actor of the kind, with `actor_id` bound anew."""


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


def require_writer(actor: Actor) -> None:
    """For whatever others will read. Raises SignInNeeded, Forbidden: suspended, silenced, or a warning not yet read."""
    require_member(actor)
    if actor.is_suspended:
        raise Forbidden(N_("Your account is suspended. Under “Decisions about you” you find why, and how to object."))
    if actor.silenced_until is not None:
        raise Forbidden(N_("You cannot write for now. Under “Decisions about you” you find why, and how to object."))
    if actor.warning:
        raise Forbidden(N_("A message from the moderators waits for you: read it first, then write."))


def may_write(actor: Actor) -> bool:
    """The same as `require_writer`, as an answer."""
    idle = actor.is_guest or actor.is_suspended or actor.silenced_until is not None or bool(actor.warning)
    return not idle and actor.allows("write")


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
