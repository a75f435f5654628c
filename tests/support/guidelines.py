"""Guidelines for tests, by the real verbs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forum.guidelines import domain, queries
from forum.guidelines.models import GuidelineVersion
from forum.guidelines.views import Step
from forum.policy.actors import Actor
from tests.factories import Make

FORTNIGHT = domain.NOTICE


@dataclass
class Rules:
    """One manager's hand. Everything is committed at once."""

    make: Make
    boss: Actor

    def draft(self) -> int:
        """Begin the next version, or go on with it; its number."""
        with self.make.core.db.write() as session:
            return domain.draft(session, actor=self.boss, now=self.make.now)

    def save(self, number: int, version: int, **words: str) -> None:
        """Other words for a draft."""
        text = {"source_en": "## One", "source_it": "## Una", "changes_en": "New.", "changes_it": "Nuovo.", **words}
        with self.make.core.db.write() as session:
            domain.edit(
                session, actor=self.boss, number=number, version=version, words=domain.prepare(**text),
                now=self.make.now,
            )  # fmt: skip

    def publish(
        self, *, significant: bool = True, effective_at: datetime | None, title: str = "Be kind", **words: str
    ) -> int:
        """Draft, save and announce; the number."""
        number = self.draft()
        text = {
            "source_en": f"Welcome.\n\n## {title}\n\nTo everybody.\n\n## Be brief\n",
            "source_it": f"Benvenuti.\n\n## {title} (it)\n\nCon tutti.\n\n## Sii breve\n",
            "changes_en": f"Kindness: {title}.", "changes_it": f"Gentilezza: {title}.", **words,
        }  # fmt: skip
        self.save(number, self.row(number).version, **text)
        with self.make.core.db.write() as session:
            domain.announce(
                session, actor=self.boss, number=number, version=self.row(number).version, significant=significant,
                effective_at=effective_at, now=self.make.now,
            )  # fmt: skip
        return number

    def withdraw(self, number: int) -> None:
        """Take it back."""
        with self.make.core.db.write() as session:
            domain.withdraw(session, actor=self.boss, number=number, now=self.make.now)

    def row(self, number: int) -> Any:
        """The row, detached; None when there is none."""
        return self.make.get(GuidelineVersion, number)

    def history(self) -> list[Step]:
        """As everybody sees it now."""
        with self.make.core.db.read() as session:
            return queries.history(session, self.make.now)
