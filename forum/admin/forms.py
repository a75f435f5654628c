"""What the administrator's forms send. Lenient on purpose: the domain says what is wrong, per field."""

import msgspec


class RoleQuery(msgspec.Struct):
    """Whom to look for."""

    name: str = ""


class RoleForm(msgspec.Struct):
    """A role for a member, with the administrator's own password.

    `where`: "some" binds a moderator to `places` (slugs) and what is inside them.
    """

    role: str = ""
    where: str = ""
    places: list[str] = []
    current_password: str = ""


class OutboxQuery(msgspec.Struct):
    """A view of the outbox."""

    view: str = ""
    after: str = ""
