"""What several tests of accounts do: sign up, read a mail's link, count hashes and statements."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from argon2 import PasswordHasher
from httpx import Response
from sqlalchemy import event, update

from forum.accounts import passwords
from forum.accounts.models import Account
from forum.db import Database
from forum.policy.actors import Actor
from tests.conftest import Mailbox
from tests.factories import Make
from tests.support.web import BASE, Browser

PASSWORD = "otto gatti sul tetto"
OTHER = "nove lampade blu accese"
SIGNUP = {"name": "nadia", "email": "nadia@posta.example", "password": PASSWORD}
LINK = re.compile(rf"{re.escape(BASE)}(/\S*[A-Za-z0-9_-]{{43}}\S*)")


def account(make: Make, name: str, password: str = PASSWORD, **columns: Any) -> Actor:
    """A member who can sign in."""
    actor = make.member(name, **columns)
    with make.core.db.write() as session:
        row = update(Account).where(Account.member_id == actor.id)
        session.execute(row.values(password_hash=passwords.hash_password(password)))
    return actor


def sign_in(browser: Browser, login: str, password: str = PASSWORD, **more: str) -> Response:
    """Send the sign-in form."""
    browser.get("/login")
    return browser.post("/login", {"login": login, "password": password, **more})


def signed_in(browser: Browser, path: str = "/settings/account") -> bool:
    """True while the browser's session lives."""
    return browser.get(path).status_code == 200


def link_in(mailbox: Mailbox, address: str) -> str:
    """The path behind the one-time link of the last mail to `address`."""
    found = LINK.search(mailbox.to(address)[-1].text)
    assert found, mailbox.to(address)[-1].text
    return found[1]


def words(answer: Response) -> str:
    """A page without what differs by chance: form tokens and request ids."""
    return re.sub(r"[0-9a-f]{16,}", "…", answer.text)


@dataclass
class Counting:
    """A real hasher that counts."""

    verified: int = 0
    hashed: int = 0
    real: PasswordHasher = field(default_factory=lambda: passwords.HASHER)

    def verify(self, kept: str, password: bytes) -> bool:
        self.verified += 1
        return self.real.verify(kept, password)

    def hash(self, password: bytes) -> str:
        self.hashed += 1
        return self.real.hash(password)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """Every statement that runs inside, in order, without its values."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
