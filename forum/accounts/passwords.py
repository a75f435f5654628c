"""Passwords: argon2id behind a few slots, and what we take as a password (OWASP ASVS 5.0, chapter 6)."""

import os
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from forum.errors import Busy, Invalid
from forum.kit.i18n import N_, Message, Text

MINIMUM, STAFF_MINIMUM = 8, 12  # characters
MAXIMUM = 256  # characters: longer than any sentence one types; never cut, refused
JUDGED = 64  # characters that zxcvbn looks at: it takes 20 ms for these, and its time grows with the square
SCORE = 3  # of 4: "safely unguessable", more than 10^8 guesses
REST = 6  # letters and digits that a password must have beside the names of its owner and of the site
PATIENCE = 10.0  # seconds to wait for a slot before we say that we are busy

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""19 MiB, two passes, one lane: OWASP's second recommendation, about 26 ms."""

_slots = threading.BoundedSemaphore(min(max(os.cpu_count() or 2, 2), 4))


def _nobodys_hash() -> str:
    """A hash that no password has, with today's parameters: an unknown account costs the same time as a known one."""
    given = HASHER
    return f"$argon2id$v=19$m={given.memory_cost},t={given.time_cost},p={given.parallelism}${'A' * 22}${'A' * 43}"


class Booth:
    """Leave to compute hashes, for as long as the slot is held."""

    def verify(self, kept: str | None, password: str) -> bool:
        """True when `password` is the one behind `kept`. None (no account) takes as long, and is False."""
        fits = _checked(kept or _nobodys_hash(), password if len(password) <= MAXIMUM else "")
        return fits and kept is not None and len(password) <= MAXIMUM

    def hash(self, password: str) -> str:
        """The encoded hash, with its own salt and parameters."""
        return HASHER.hash(_bytes(password))


@contextmanager
def booth() -> Iterator[Booth]:
    """Wait for one of the few slots: hashing is meant to be slow, and must not take the whole machine. Raises Busy."""
    if not _slots.acquire(timeout=PATIENCE):
        raise Busy()
    try:
        yield Booth()
    finally:
        _slots.release()


def hash_password(password: str) -> str:
    """`password` as it is stored. Raises Busy."""
    with booth() as at:
        return at.hash(password)


def outdated(kept: str) -> bool:
    """True for a hash made with other parameters than today's."""
    return HASHER.check_needs_rehash(kept)


def _bytes(password: str) -> bytes:
    """NFC, so that two keyboards which compose "è" differently type the same password."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _checked(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, _bytes(password))
    except (Argon2Error, InvalidHashError):
        return False


def check_password(password: str, *, staff: bool = False, about: Sequence[str] = (), field: str = "password") -> None:
    """Refuse what would be guessed. `about`: the member's names and address, the site's name. Raises Invalid(field)."""
    least = STAFF_MINIMUM if staff else MINIMUM
    problem: Message | None = None
    if not password:
        problem = N_("Choose a password.")
    elif len(password) < least:
        problem = Text(N_("At least %(n)s characters, please. A short sentence is easy to remember."), {"n": least})
    elif len(password) > MAXIMUM:
        problem = Text(N_("At most %(n)s characters, please."), {"n": MAXIMUM})
    else:
        problem = _weakness(password, about)
    if problem is not None:
        raise Invalid({field: problem})


def _weakness(password: str, about: Sequence[str]) -> Message | None:
    from zxcvbn import zxcvbn  # its word lists take 12 MB: not before somebody chooses a password

    words = sorted({part.lower() for given in about for part in _parts(given) if len(part) > 2}, key=len, reverse=True)
    verdict = zxcvbn(password[:JUDGED], user_inputs=words)
    rest = password.lower()
    for word in words:
        rest = rest.replace(word, "")
    ours = rest != password.lower()
    if ours and (verdict["score"] < SCORE or sum(char.isalnum() for char in rest) < REST):
        return N_("Your name, your address or the name of this site would be tried first. Choose something else.")
    if verdict["score"] < SCORE:
        return N_("This one would be guessed quickly. Add a word or two that have nothing to do with each other.")
    return None


def _parts(given: str) -> list[str]:
    whole = given.replace("@", " ").replace(".", " ").replace("_", " ").replace("-", " ")
    return [given, whole.replace(" ", ""), *whole.split()]
