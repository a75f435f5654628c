"""Signed keys of notices, and keyed hashes of mail addresses: nothing secret is kept in the database."""

from urllib.parse import quote

from forum.kit import tokens


def notice_key(secret: bytes, reference: str) -> str:
    """128 bits that only this site can compute: whoever has them reads the notice."""
    return tokens.sign(secret, "legal-notice", reference)


def opens(secret: bytes, reference: str, key: str) -> bool:
    """True when `key` is the notice's."""
    return tokens.verify(secret, "legal-notice", reference, key)


def notice_path(secret: bytes, reference: str) -> str:
    """The notice's page, key included."""
    return f"/notices/{quote(reference)}?key={notice_key(secret, reference)}"


def mail_key(secret: bytes, mail: str) -> str:
    """A mail address as counts and measures know it; empty for none."""
    return tokens.sign(secret, "legal-mail", mail.strip().lower()) if mail.strip() else ""
