"""Counting attempts: guesses of passwords, sign-ups, mails asked for. It slows down, and never locks out.

Keys hold keyed hashes, so the table tells nobody who tried what. `forum.errors.TooMany` says how long to wait.
"""

import math
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from forum.accounts import queries
from forum.accounts.models import Attempt
from forum.errors import TooMany
from forum.kit import tokens
from forum.kit.i18n import N_

LOGIN_WINDOW = timedelta(seconds=900)
LONGEST = 60.0  # seconds
CLIENT_FREE = 10  # misses within the window that an address may make before it waits: a household, an office
SITE_RATE, SITE_WINDOW = 120, timedelta(seconds=60)
"""Misses a minute, over the whole site, above which strangers' browsers wait a few seconds: a stuffing attack from
many addresses. Browsers that have signed in before are let through (OWASP's device cookies)."""

MAILS = ((timedelta(hours=1), 3), (timedelta(days=1), 8))  # to one address, whoever asks
ASKINGS = ((timedelta(hours=1), 30), (timedelta(days=1), 100))  # of sign-ups and mails from one network address
KEPT = timedelta(days=1)  # the longest window

Rules = tuple[tuple[timedelta, int], ...]


def login_delay(failures: int) -> float:
    """Seconds to wait before the next password attempt.

    `failures`: consecutive misses for this account within LOGIN_WINDOW (900 s).
    Doubles from 1 s, capped at 60 s, so a typo costs little and guessing stalls.
    Raises ValueError if `failures` is negative. Source: DECISIONS.md no. 12.
    """
    if failures < 0:
        raise ValueError("a count of failures is not negative")
    return min(2.0 ** (min(failures, 16) - 1), LONGEST) if failures else 0.0


class Watch(msgspec.Struct, frozen=True):
    """Who asks, for counting: the visitor's network address, and the mark of a browser that has signed in before."""

    secret: bytes
    client: str
    device: str = ""
    """NONCE.MEMBER.SIGNATURE from the cookie, as sent."""

    def key(self, what: str, value: str) -> str:
        """A key of `attempts` that only this site can compute."""
        return f"{what}:{tokens.sign(self.secret, f'attempt-{what}', value)}"

    @property
    def network(self) -> str:
        """The address; of IPv6 the first 64 bits, which one household has to itself."""
        try:
            address = ip_address(self.client)
        except ValueError:
            return self.client
        return str(int(address) >> 64) if isinstance(address, IPv6Address) and not address.ipv4_mapped else str(address)

    def knows(self, member_id: int) -> str:
        """The device's nonce when this browser has signed in as `member_id` before, else ""."""
        value, _, signature = self.device.rpartition(".")
        nonce, _, whose = value.partition(".")
        genuine = bool(value) and tokens.verify(self.secret, "device", value, signature)
        return nonce if genuine and whose == str(member_id) else ""


def device_mark(secret: bytes, member_id: int) -> str:
    """What to leave with a browser that has signed in as `member_id`: see `Watch.knows`."""
    value = f"{tokens.new_token()}.{member_id}"
    return f"{value}.{tokens.sign(secret, 'device', value)}"


class Guard(msgspec.Struct, frozen=True):
    """The counters that one password attempt falls under. A known browser has its own, and no other."""

    account: str
    client: str = ""
    site: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(key for key in (self.account, self.client, self.site) if key)


def guard(watch: Watch, login: str, member_id: int | None) -> Guard:
    """The counters of one attempt.

    `login` counts as it was typed, so that waiting never tells which address belongs to which name.
    """
    if member_id is not None and (nonce := watch.knows(member_id)):
        return Guard(watch.key("device", f"{nonce}.{member_id}"))
    return Guard(watch.key("login", login.strip().lower()), watch.key("login-from", watch.network), "login:all")


def admit(session: Session, guarded: Guard, now: datetime) -> None:
    """Raises TooMany while one of the counters asks for patience."""
    wait = _wait(session, guarded.account, 0, now)
    if guarded.client:
        wait = max(wait, _wait(session, guarded.client, CLIENT_FREE, now))
    if guarded.site and queries.attempts(session, guarded.site, now - SITE_WINDOW)[0] >= SITE_RATE:
        wait = max(wait, 5.0)
    if wait > 0:
        raise TooMany(N_("That was one try too many. Wait a moment, then try again."), retry_after=math.ceil(wait))


def _wait(session: Session, key: str, free: int, now: datetime) -> float:
    failures, last = queries.attempts(session, key, now - LOGIN_WINDOW)
    if last is None or failures <= free:
        return 0.0
    return (last + timedelta(seconds=login_delay(failures - free)) - now).total_seconds()


def note(session: Session, keys: tuple[str, ...], now: datetime) -> None:
    """Count one attempt under each of `keys`."""
    session.add_all([Attempt(key=key, at=now) for key in keys])
    session.flush()


def forget(session: Session, key: str) -> None:
    """The account was reached: its misses no longer count."""
    session.execute(delete(Attempt).where(Attempt.key == key))


def within(session: Session, key: str, rules: Rules, now: datetime) -> bool:
    """True, and counted, while `key` stays within `rules`: (window, how often). False above: not counted any more."""
    if any(queries.attempts(session, key, now - window)[0] >= most for window, most in rules):
        return False
    note(session, (key,), now)
    return True


def may_mail(session: Session, watch: Watch, email: str, now: datetime) -> bool:
    """True while `email` has not been asked to be written to too often; nobody is told when it has."""
    return within(session, watch.key("mail", email.lower()), MAILS, now)


def require_asking(session: Session, watch: Watch, now: datetime) -> None:
    """Raises TooMany when one network address asks for many mails or accounts."""
    if not within(session, watch.key("ask", watch.network), ASKINGS, now):
        raise TooMany(N_("Many requests came from your connection. Try again in an hour."), retry_after=3600)
