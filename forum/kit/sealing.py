"""Secrets that must be read again (a token of another service): encrypted where they lie, with a key that is a file.

What only has to be recognised is kept as a digest (`tokens.py`). A dump of the database without the data folder's
`secret.key` holds nothing that opens another service's door.
"""

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class Unreadable(ValueError):
    """It was sealed with another site's key: the file `secret.key` is not the one of then."""


def seal(secret: bytes, purpose: str, plain: bytes) -> str:
    """`plain` encrypted and authenticated (Fernet: AES-128-CBC and HMAC-SHA-256), URL-safe."""
    return _box(secret, purpose).encrypt(plain).decode("ascii")


def unseal(secret: bytes, purpose: str, sealed: str) -> bytes:
    """What was sealed for the same `purpose`. Raises Unreadable."""
    from cryptography.fernet import InvalidToken

    try:
        return _box(secret, purpose).decrypt(sealed.encode("ascii"))
    except InvalidToken:
        raise Unreadable("sealed with another key") from None


def _box(secret: bytes, purpose: str) -> "Fernet":
    from cryptography.fernet import Fernet  # 5 MB, for sites that know such a secret

    return Fernet(base64.urlsafe_b64encode(hmac.new(secret, f"seal\0{purpose}".encode(), hashlib.sha256).digest()))
