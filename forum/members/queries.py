"""Members as read structs."""

import msgspec

from forum.kit.jinja import initials, tone
from forum.members.models import Member
from forum.policy.actors import STAFF

CARD = (Member.id, Member.name, Member.display_name, Member.role, Member.avatar, Member.place)
"""The columns of a MemberCard, in order."""


class MemberCard(msgspec.Struct, frozen=True):
    """A member beside what they wrote."""

    id: int
    name: str
    display_name: str
    role: str
    avatar: str | None
    place: str = ""

    @property
    def initials(self) -> str:
        """Drawn when there is no picture."""
        return initials(self.display_name)

    @property
    def tone(self) -> int:
        """1..6: the colour behind the initials."""
        return tone(self.id)

    @property
    def avatar_url(self) -> str | None:
        """The uploaded picture."""
        return f"/uploads/avatars/{self.avatar}" if self.avatar else None

    @property
    def is_staff(self) -> bool:
        """Moderator, manager or administrator."""
        return self.role in STAFF

    @property
    def url(self) -> str:
        """The member's page."""
        return f"/u/{self.name}"
