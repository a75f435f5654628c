"""The signed address under which a mail's reader answers without signing in. Pure."""

from forum.kit import tokens

PURPOSE = "meetup-answer"


def answer_token(secret: bytes, member_id: int, occurrence_id: int) -> str:
    """Opens one member's answer for one date, and nothing else. It is of no use once answers are no longer taken."""
    value = f"{member_id}.{occurrence_id}"
    return f"{value}.{tokens.sign(secret, PURPOSE, value)}"


def read_answer_token(secret: bytes, token: str) -> tuple[int, int] | None:
    """(member id, occurrence id); None when it is not ours."""
    if len(token) > 90 or not token.isascii():
        return None
    value, _, signature = token.rpartition(".")
    member, _, occurrence = value.partition(".")
    if not (member.isdigit() and occurrence.isdigit() and tokens.verify(secret, PURPOSE, value, signature)):
        return None
    return int(member), int(occurrence)


def answer_path(secret: bytes, member_id: int, occurrence_id: int) -> str:
    """The page that the token opens."""
    return f"/meetups/answer/{answer_token(secret, member_id, occurrence_id)}"
