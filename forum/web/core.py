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
