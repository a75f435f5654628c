"""A real site on a real port: `forum serve` in a process of its own, with its mail in files and its log read."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from forum.accounts.models import Account
from forum.accounts.passwords import hash_password
from forum.app import make_core
from forum.categories.models import Category
from forum.members.models import Member
from forum.policy.actors import Actor
from forum.settings import load
from forum.threads.models import Post, Thread
from tests.factories import Make

PATIENCE = 15.0  # seconds for what the worker does in the background
START = 60.0  # seconds for the server to be up: once or twice a run, on a machine that may be busy
QUIET = ("FORUM_", "PYTHONWARNINGS", "PYTEST_")


def command(folder: Path, *arguments: str, database_url: str = "") -> tuple[list[str], dict[str, str]]:
    """`forum …` as a process: its words and its environment, in which only the data folder and database are set."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(QUIET)}
    environ |= {"FORUM_DATA_DIR": str(folder), "FORUM_LOG": "json", "PYTHONUNBUFFERED": "1"}
    if database_url:
        environ["FORUM_DATABASE_URL"] = database_url
    return [sys.executable, "-m", "forum", *arguments], environ


def demo(folder: Path, *, database_url: str = "") -> Path:
    """Fill `folder` with the demo community."""
    for words in (["migrate"], ["demo"]):
        line, environ = command(folder, *words, database_url=database_url)
        done = subprocess.run(line, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return folder


class House:
    """One running site, and a hand in its database beside it."""

    def __init__(self, folder: Path, *, database_url: str = "", workers: int = 1) -> None:
        """Starts the server on a free port and waits for it. `folder`: its data folder, perhaps filled already."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.log_file = folder / "server.log"
        self._read = 0
        line, environ = command(
            folder, "serve", "--port", "0", "--migrate", "--workers", str(workers), database_url=database_url
        )
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                line, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self.url = self._address()
        self.core = make_core(load({}, data_dir=folder, base_url=self.url, worker=False, database_url=database_url))
        self.make = Make(self.core, None)

    def _address(self) -> str:
        def served() -> str | None:
            for line in self.log_file.read_text("utf-8", errors="replace").splitlines():
                if line.startswith("Ritrovo serves "):
                    return line.split()[2]
            assert self.process.poll() is None, f"the server ended:\n{self.log_file.read_text('utf-8')}"
            return None

        def up() -> bool:
            return "startup complete" in self.log_file.read_text("utf-8", errors="replace")

        address = wait_for(served, "the server's address", START)
        wait_for(up, "the server's start", START)
        return address

    def close(self) -> None:
        """Stop the server, politely first."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.core.close()

    def known(self, name: str) -> Actor:
        """A member who is there already, of the demo say."""
        with self.core.db.read() as session:
            row = session.execute(select(Member).where(Member.name == name)).scalar_one()
            return Actor(id=row.id, role=row.role, name=row.name, display_name=row.display_name, locale=row.locale)

    def longest_thread(self) -> str:
        """The address of the longest thread that everybody may read."""
        with self.core.db.read() as session:
            longest = select(Thread.id, Thread.slug).join(Category, Category.id == Thread.category_id)
            found = session.execute(
                longest.where(Category.visibility == "public").order_by(Thread.post_count.desc())
            ).first()
        assert found is not None
        return f"/t/{found.id}/{found.slug}"

    def speak(self, actor: Actor, language: str) -> None:
        """Set a member's language."""
        with self.core.db.write() as session:
            session.execute(update(Member).where(Member.id == actor.id).values(locale=language))

    def give_password(self, actor: Actor, password: str) -> None:
        """Let a member sign in by hand."""
        with self.core.db.write() as session:
            session.execute(
                update(Account).where(Account.member_id == actor.id).values(password_hash=hash_password(password))
            )

    def setup_link(self) -> str:
        """Where the server said the first administrator is made: a path, or "" when there is one."""
        found = re.search(r"https?://[^/\s]+(/setup/\S+)", self.log_file.read_text("utf-8", errors="replace"))
        return found[1] if found else ""

    # -- what went wrong inside ------------------------------------------------------------------------------

    def complaints(self) -> list[str]:
        """Errors and failed jobs that the server logged since the last call."""
        with self.log_file.open("rb") as file:
            file.seek(self._read)
            fresh = file.read()
            self._read += len(fresh)
        found = []
        for line in fresh.decode("utf-8", errors="replace").splitlines():
            if not line.startswith("{"):
                continue
            entry = json.loads(line)
            if entry["level"] in {"error", "critical"} or entry["event"].startswith("job failed"):
                found.append(f"server log: {line[:3000]}")
        return found

    # -- mail ------------------------------------------------------------------------------------------------

    def mails(self, address: str) -> list[EmailMessage]:
        """What was sent to `address` so far, oldest first."""
        found = []
        for path in (self.folder / "mail").glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            if message["To"] == address:
                found.append((path.stat().st_mtime_ns, path.name, message))
        return [message for _, _, message in sorted(found, key=lambda item: item[:2])]

    def mail(self, address: str, wanted: Callable[[EmailMessage], bool] = lambda _: True) -> EmailMessage:
        """Wait for the newest mail to `address` that is `wanted`."""

        def newest() -> EmailMessage | None:
            return next(filter(wanted, reversed(self.mails(address))), None)

        return wait_for(newest, f"a mail to {address} (there are {[m['Subject'] for m in self.mails(address)]})")

    # -- time ------------------------------------------------------------------------------------------------

    def age(self, post_id: int, **by: float) -> None:
        """Make a post older than it is: `house.age(7, hours=1)` takes it out of its grace period."""
        row = self.make.get(Post, post_id)
        with self.core.db.write() as session:
            session.execute(update(Post).where(Post.id == post_id).values(created_at=row.created_at - timedelta(**by)))


def wait_for(look: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Ask again and again until `look()` gives something; its answer. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain for {what}"
        time.sleep(0.05)
    return found


def text_of(message: EmailMessage) -> str:
    """The plain-text half of a mail."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
