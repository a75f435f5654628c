"""Secrets that travel: made here, stored only as digests, compared in constant time."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    """256 random bits, URL-safe (43 characters)."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """SHA-256 of `token` in hex: what the database keeps. Tokens have full entropy, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def sign(secret: bytes, purpose: str, value: str) -> str:
    """HMAC-SHA-256 of `value` for one `purpose`, hex, 32 characters (128 bits)."""
    message = f"{purpose}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]


def verify(secret: bytes, purpose: str, value: str, signature: str) -> bool:
    """True when `signature` is ours; takes the same time either way."""
    expected = sign(secret, purpose, value).encode("ascii")
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass"))
