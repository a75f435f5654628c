"""Signed addresses that stop one kind of mail for one member, without signing in (RFC 8058)."""

from forum.kit import tokens

PURPOSE = "unsubscribe"


def unsubscribe_path(secret: bytes, member_id: int, kind: str) -> str:
    """The path; good for ever, since old mails must keep working."""
    return f"/unsubscribe/{member_id}/{kind}/{tokens.sign(secret, PURPOSE, f'{member_id}:{kind}')}"


def is_signed(secret: bytes, member_id: int, kind: str, signature: str) -> bool:
    """True when the signature is ours for this member and kind."""
    return tokens.verify(secret, PURPOSE, f"{member_id}:{kind}", signature)
