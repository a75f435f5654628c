"""What one process holds while it serves: made once by `create_app`, handed to every request through `Ctx`."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.orm import Session

from forum.categories.queries import House, house
from forum.db import Database
from forum.kit.clock import Clock
from forum.kit.jinja import Templates
from forum.settings import Settings
from forum.web.pagecache import PageCache
from forum.web.parts import Parts
from forum.web.static import Static
from forum.web.tally import Tally

if TYPE_CHECKING:
    from forum.worker import Worker

HOUSE_TTL = 2.0  # seconds; bounds how long another machine's change of a category stays unseen
log = structlog.get_logger("forum.web")


class Unasked:
    """The members who need not be asked to read the newest guidelines, as far as this process has found out.

    Nobody ever unreads them, so what is kept here stays true until others are announced.
    """

    LIMIT = 100_000  # members; some megabytes

    def __init__(self) -> None:
        """Nobody is known yet."""
        self._known = (0, set[int]())  # (version, member ids): replaced together, since many threads look here

    def knows(self, number: int, member_id: int) -> bool:
        """True when `member_id` has read version `number`, or joined under it."""
        known, members = self._known
        return number == known and member_id in members

    def add(self, number: int, member_id: int) -> None:
        """Remember it."""
        known, members = self._known
        if number != known or len(members) >= self.LIMIT:
            members = set()
            self._known = (number, members)
        members.add(member_id)


@dataclass(slots=True)
class Core:
    """Settings, database, templates, static files, caches, threads."""

    settings: Settings
    db: Database
    templates: Templates
    static: Static
    pages: PageCache
    executor: ThreadPoolExecutor
    secret: bytes
    clock: Clock
    worker: "Worker | None" = None
    parts: Parts = field(default_factory=Parts)
    tally: Tally = field(init=False)
    unasked: Unasked = field(default_factory=Unasked)
    _house: tuple[bytes, float, House] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Counters live in the data folder, so that all processes add up."""
        self.tally = Tally(self.settings.data_dir / "tally")

    def house(self, session: Session) -> House:
        """The site's row and all categories, kept until the next commit (or `HOUSE_TTL`)."""
        generation = self.db.generation.current()
        kept = self._house
        if kept and kept[0] == generation and kept[1] > time.monotonic():
            return kept[2]
        fresh = house(session)
        self._house = (generation, time.monotonic() + HOUSE_TTL, fresh)
        return fresh

    def close(self) -> None:
        """Let threads and connections go."""
        self.executor.shutdown()
        self.db.close()
        if self.worker:
            self.worker.db.close()

    def later(self, work: Callable[[], object]) -> None:
        """Run `work` in a thread after the answer; for marks that may be lost, never for effects."""

        def quietly() -> None:
            try:
                work()
            except Exception as error:  # a mark that could not be made is no reason to alarm
                log.info("mark not made", error=str(error))

        self.executor.submit(quietly)
