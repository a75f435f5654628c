"""Two months of a community for the tests of exports: what was said, by whom, where, and what may be shown of it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from forum.feedback import domain
from forum.feedback.domain import ItemChange, NewEvidence, NewItem, NewTeam, NewTheme, StatusChange
from forum.feedback.exports import render, snapshot
from forum.feedback.exports.figures import Run
from forum.feedback.exports.models import Export
from forum.feedback.exports.snapshot import Opened
from forum.feedback.models import Evidence, Item
from forum.meetups.models import Meetup, Occurrence, Rsvp, Survey, WalkIn
from forum.threads.models import Post
from tests.factories import Make
from tests.support.kept import kept

STARTS, ENDS = date(2026, 10, 1), date(2026, 11, 1)
SECRETS = ("giulia.ferri", "Giulia Ferri", "giulia@ferri.example.it", "333 1234567", "Via Torino 14", "paolo_r")
"""What no file may hold at any level, though posts do."""


def taken(make: Make, by: Any, team_id: int | None, starts: date, ends: date, privacy: Any, locale: str = "en") -> str:
    """A snapshot of a period."""
    run = Run(snapshot.new_id(), team_id, starts, ends, privacy, locale, make.now)
    with make.core.db.write() as session:
        snapshot.keep(session, run, snapshot.pack(session, run, secret=make.core.secret), by_id=by.id)
    return run.snapshot


def file_of(make: Make, snapshot_id: str, kind: str) -> bytes:
    """A file of it, as it may be shown now."""
    with make.core.db.write() as session:
        snapshot.check(session, snapshot_id, make.now)
        found = snapshot.opened(session, snapshot_id)
    return render.render(found, kind, base_url="http://forum.test")


def at(month: int, day: int, hour: int = 12) -> datetime:
    """A moment of 2026, UTC."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


@dataclass
class House:
    """A manager, a team, members, and what they said in September and October."""

    make: Make
    clock: Any
    posts: dict[str, Any] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    drained: bool = False
    """Whether the worker has done what came of it."""

    def __post_init__(self) -> None:
        kept(f"october, drained: {self.drained}", self.make, self, self._build)

    def _build(self) -> None:
        make = self.make
        self.clock.now = at(8, 20)
        self.livia, self.alba = make.member("livia", role="manager"), make.member("alba", role="team")
        self.people = [make.member(f"voce{n:02}", display_name=f"Voce Numero{n:02}") for n in range(12)]
        self.giulia = make.member("giulia.ferri", display_name="Giulia Ferri")
        self.paolo = make.member("paolo_r", display_name="Paolo")
        self.open, self.closed = make.category("officina"), make.category("soci", visibility="members")
        with make.core.db.write() as session:
            self.team = domain.save_team(session, actor=self.livia, team=NewTeam("Product", 5), now=make.now)
            domain.save_team(session, actor=self.livia, team=NewTeam("Events", 5), now=make.now)
            domain.join_team(session, actor=self.livia, team_id=self.team, name="@alba", now=make.now)
            for name in ("Sensors", "Export", "Brakes", "Thanks"):
                domain.save_theme(session, actor=self.livia, theme=NewTheme(name, team="product"), now=make.now)
        self._say()
        self.clock.now = at(11, 21, 9)
        if self.drained:
            make.drain()

    def _say(self) -> None:
        self.said("sensors", "problem", 3, theme="sensors", september=range(6), october=range(8),
                  words="The display loses the strap, says number {n}, since {month}.")  # fmt: skip
        self.said("export", "wish", 2, theme="export", october=range(3, 9), words="=1+1 | *my* rides are <mine>, {n}!")
        self.said("brakes", "problem", 2, theme="brakes", september=range(7), october=range(2),
                  words="Pads are gone after a month: number {n} of {month}.")  # fmt: skip
        self.said("stand", "problem", 3, theme="", october=range(3), words="The stand is unsteady, {n} thinks.")
        self.said(
            "thanks", "praise", 0, theme="thanks", october=range(2, 8), words="What an engine, thank you from {n}."
        )
        mine = "I am Giulia Ferri, ask giulia@ferri.example.it or tel. 333 1234567, Via Torino 14, as @paolo_r did."
        self.told("sensors", "giulia", self.giulia, at(10, 20), mine)
        self.told(
            "sensors", "paolo", self.paolo, at(10, 21), "Giulia Ferri is right about this display, so says paolo_r."
        )
        self.told("sensors", "closed", self.people[9], at(10, 22), "Only among us: it never worked.", self.closed)
        self.told("sensors", "staff", self.livia, at(10, 23), "We of the staff have seen it as well, everybody.")
        with self.make.core.db.write() as session:
            domain.too(session, actor=self.people[11], post_id=self.posts["sensors-10-0"].id, now=at(10, 25))
        self.change(
            "sensors", ask="May we say December?", promise="An answer on sensors", promise_due=date(2026, 11, 30)
        )
        self.status("sensors", at(10, 8), "sent")
        self.status("sensors", at(10, 9), "acknowledged")
        self.status("export", at(10, 9), "sent")
        for key in ("brakes", "stand", "thanks"):
            self.status(key, at(10, 28), "sent")

    def said(
        self, key: str, kind: str, pain: int, *, theme: str, words: str, october: range, september: range = range(0),
        collected: datetime | None = None,
    ) -> None:  # fmt: skip
        """An item, made of what members said in a thread of its own. `collected`: else in the middle of the month."""
        self.clock.now = at(9, 2) if september else at(10, 2)
        opening = self.make.thread(self.livia, self.open, title=f"About {key}")
        for month, numbers in ((9, september), (10, october)):
            for n in numbers:
                self.clock.now = at(month, 3 + n)
                text = words.format(n=n, month=month)
                self.posts[f"{key}-{month}-{n}"] = self.make.reply(self.people[n], opening.thread_id, text)
        mine = [ref for name, ref in self.posts.items() if name.startswith(f"{key}-")]
        made = collected or (at(9, 15) if september else at(10, 15))
        item = NewItem(f"Item {key}", kind, theme=theme, team="product", pain=pain,
                       evidence=tuple(NewEvidence(it.id) for it in mine))  # fmt: skip
        with self.make.core.db.write() as session:
            self.items[key] = domain.create(session, actor=self.livia, item=item, now=made)

    def told(self, key: str, name: str, who: Any, when: datetime, text: str, category: str = "") -> None:
        """One post more, in a thread of its own, as evidence of an item."""
        self.clock.now = when
        self.posts[name] = self.make.thread(who, category or self.open, title=f"More of {name}", body=text)
        with self.make.core.db.write() as session:
            domain.add_evidence(
                session,
                actor=self.livia,
                item_id=self.items[key],
                evidence=[NewEvidence(self.posts[name].id)],
                now=when,
            )

    def met(self, *, marks: int = 6) -> tuple[int, int]:
        """A public meetup in Turin, to which eight said yes, six and two more came, and so many gave a mark.

        They missed a lift, which is said of the stand. Its thread, and the date.
        """
        ref = self.make.thread(self.livia, self.open, title="Torino")
        wall = datetime(2026, 10, 10, 18)  # noqa: DTZ001  what the clock there says
        with self.make.core.db.write() as session:
            times = {"starts_local": wall, "ends_local": wall + timedelta(hours=3), "timezone": "Europe/Rome"}
            meetup = Meetup(thread_id=ref.thread_id, author_id=self.livia.id, title="Torino", slug="torino", **times,
                            created_at=at(9, 1), updated_at=at(9, 1))  # fmt: skip
            session.add(meetup)
            session.flush()
            event = Occurrence(meetup_id=meetup.id, uid="u1", original_local=wall, **times, starts_at=at(10, 10, 16),
                               ends_at=at(10, 10, 19), zone_rules="2026f", title="Torino",
                               changed_at=at(9, 1))  # fmt: skip
            session.add(event)
            session.flush()
            for n, one in enumerate(self.people[:8]):
                session.add(Rsvp(occurrence_id=event.id, member_id=one.id, answer="yes", state="going", guests=n % 2,
                                 created_at=at(10, 1), changed_at=at(10, 1), arrived_at=at(10, 10) if n < 6 else None,
                                 arrived=1 + n % 2 if n < 6 else None))  # fmt: skip
            session.add(WalkIn(occurrence_id=event.id, people=2, at=at(10, 10), by_id=self.livia.id))
            for n, one in enumerate(self.people[:marks]):
                survey = self.marked(session, event.id, one, 4 + n % 2)
                session.add(Evidence(item_id=self.items["stand"], survey_id=survey, author_id=one.id,
                                     quote="No lift there, sadly.", said_at=at(10, 11), source="survey",
                                     added_at=at(10, 12)))  # fmt: skip
            return ref.thread_id, event.id

    def marked(self, session: Session, occurrence_id: int, who: Any, rating: int) -> int:
        """Somebody's mark; the id."""
        survey = Survey(occurrence_id=occurrence_id, member_id=who.id, rating=rating, better="No lift there, sadly.",
                        created_at=at(10, 11), changed_at=at(10, 11))  # fmt: skip
        session.add(survey)
        session.flush()
        return survey.id

    def change(self, key: str, **fields: Any) -> None:
        """Change an item."""
        with self.make.core.db.write() as session:
            domain.change(
                session, actor=self.livia, item_id=self.items[key], change=ItemChange(**fields), version=None,
                now=self.make.now,
            )  # fmt: skip

    def status(self, key: str, when: datetime, status: str) -> None:
        """Take a step."""
        with self.make.core.db.write() as session:
            domain.set_status(
                session, actor=self.livia, item_id=self.items[key], change=StatusChange(status, reason="So."), now=when
            )

    def snapshot(self, privacy: str = "quotes", *, locale: str = "en", team: bool = True) -> str:
        """Taken by the manager."""
        return taken(self.make, self.livia, self.team if team else None, STARTS, ENDS, privacy, locale)

    def file(self, snapshot_id: str, kind: str) -> bytes:
        """A file of it, as it may be shown now."""
        return file_of(self.make, snapshot_id, kind)

    def opened(self, snapshot_id: str) -> Opened:
        """As it is kept."""
        with self.make.core.db.read() as session:
            return snapshot.opened(session, snapshot_id)

    def hide(self, name: str, state: str) -> None:
        """As moderation or its author would."""
        with self.make.core.db.write() as session:
            session.execute(update(Post).where(Post.id == self.posts[name].id).values(state=state))

    def item(self, key: str) -> Item:
        """Its row."""
        row: Item = self.make.get(Item, self.items[key])
        return row

    def export(self, export_id: int) -> Export:
        """Its row."""
        row: Export = self.make.get(Export, export_id)
        return row
