"""What the tests of delivery share: a community with October behind it, and servers of other people."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from forum.feedback import domain
from forum.feedback.delivery import destinations, schedules
from forum.feedback.delivery.destinations import NewDestination, Vault
from forum.feedback.delivery.models import Delivery, Destination, Run
from forum.feedback.delivery.schedules import NewSchedule
from forum.feedback.domain import NewItem, NewTeam
from forum.settings import Settings
from tests.factories import Make
from tests.support.feedback_exports import House
from tests.support.receivers import GitHub, Jira, Receiver

MONTHLY = NewSchedule(
    team="product", every="month", days=(1,), hour=8, zone="Europe/Rome", period="month", locale="en", approve=False
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """This machine is the operator's own network."""
    return replace(settings, outgoing_networks="127.0.0.0/8")


@pytest.fixture
def start() -> Iterator[Any]:
    """Starts servers of other people."""
    made: list[Receiver] = []

    def one(kind: type[Receiver] = Receiver, **how: Any) -> Receiver:
        made.append(kind(**how))
        return made[-1]

    yield one
    for it in made:
        it.close()


@dataclass
class Place:
    """The house, and verbs of its manager."""

    make: Make
    clock: Any
    house: Any

    @property
    def vault(self) -> Vault:
        return Vault(self.make.core.settings.secret(), self.make.core.settings.reachable)

    def hook(self, receiver: Receiver, kind: str = "webhook", path: str = "/hook") -> tuple[int, str]:
        new = NewDestination(kind, f"The {kind}", url=receiver.url + path)
        with self.make.core.db.write() as session:
            return destinations.add(session, actor=self.house.livia, new=new, vault=self.vault, now=self.make.now)

    def tracker(self, server: Jira | GitHub) -> int:
        if isinstance(server, Jira):
            new = NewDestination("jira", "Jira", url=server.url, token="jira-token", user="bot@nido.example",
                                 project="CITY", issue_type="Task")  # fmt: skip
        else:
            new = NewDestination("github", "GitHub", url=server.url, token="ghp_token", repository="nido/city",
                                 labels="community, feedback")  # fmt: skip
        with self.make.core.db.write() as session:
            return destinations.add(session, actor=self.house.livia, new=new, vault=self.vault, now=self.make.now)[0]

    def schedule(self, **how: Any) -> int:
        with self.make.core.db.write() as session:
            return schedules.save(
                session, actor=self.house.livia, new=msgspec.structs.replace(MONTHLY, **how), now=self.make.now
            )

    def issue(self, item: str, destination_id: int) -> int:
        with self.make.core.db.write() as session:
            return destinations.open_issue(
                session, actor=self.house.livia, item_id=self.house.items[item], destination_id=destination_id,
                now=self.make.now,
            )  # fmt: skip

    def try_out(self, destination_id: int) -> int:
        with self.make.core.db.write() as session:
            return destinations.test(session, actor=self.house.livia, destination_id=destination_id, now=self.make.now)

    def deliveries(self) -> list[Delivery]:
        return self.all(Delivery)

    def runs(self) -> list[Run]:
        return self.all(Run)

    def destination(self, destination_id: int) -> Destination:
        found: Destination = self.make.get(Destination, destination_id)
        return found

    def all(self, table: Any) -> list[Any]:
        with self.make.core.db.read() as session:
            return list(session.scalars(select(table).order_by(table.id)))


class Few:
    """As much of a house as a queue needs: a manager, who reads for a team, two items."""

    def __init__(self, make: Make) -> None:
        self.livia, self.alba = make.member("livia", role="manager"), make.member("alba", role="team")
        self.giulia = make.member("giulia.ferri", display_name="Giulia Ferri")
        self.items: dict[str, int] = {}
        with make.core.db.write() as session:
            self.team = domain.save_team(session, actor=self.livia, team=NewTeam("Product", 5), now=make.now)
            domain.save_team(session, actor=self.livia, team=NewTeam("Events", 5), now=make.now)
            domain.join_team(session, actor=self.livia, team_id=self.team, name="@alba", now=make.now)
            for key in ("sensors", "export"):
                new = NewItem(f"Item {key} <b>*of* @nadia</b>", "problem", team="product", pain=3, area="City & more")
                self.items[key] = domain.create(session, actor=self.livia, item=new, now=make.now)


def deliver(scene: Any, own: str) -> None:
    """For the access matrix: a webhook, a tracker, a schedule, a run of it that waits, a piece that was sent."""
    make, manager = scene.make, scene.actors["manager"]
    vault = Vault(make.core.secret)
    hook = NewDestination("webhook", "CANARYdestination", url="https://hooks.example/CANARYhook")
    tracker = NewDestination("github", "Tracker", token="ghp_CANARYtoken", repository="nido/city")
    with make.core.db.write() as session:
        first, _ = destinations.add(session, actor=manager, new=hook, vault=vault, now=make.now)
        destinations.add(session, actor=manager, new=tracker, vault=vault, now=make.now)
        new = msgspec.structs.replace(MONTHLY, addresses=("CANARYmail@example.org",), destinations=(first,))
        schedule = schedules.save(session, actor=manager, new=new, now=make.now)
        run = Run(schedule_id=schedule, due_on=make.now.date(), due_at=make.now, starts=make.now.date(),
                  ends=make.now.date(), state="waiting")  # fmt: skip
        session.add(run)
        session.flush()
        session.add(Delivery(key="scene", message_id="msg_scene", destination_id=first, what="summary", run_id=run.id,
                             state="sent", created_at=make.now, next_at=make.now, sent_at=make.now))  # fmt: skip
    for canary in ("CANARYdestination", "CANARYhook", "CANARYmail"):
        scene.secrets[canary] = (own, {"manager", "admin"})
    scene.secrets["CANARYtoken"] = (own, set())
    scene.canaries |= dict.fromkeys(("CANARYdestination", "CANARYhook", "CANARYmail", "CANARYtoken"))


@pytest.fixture
def place(make: Make, clock: Any) -> Place:
    """A small house."""
    return Place(make, clock, Few(make))


@pytest.fixture
def october(make: Make, clock: Any) -> Place:
    """A house with a month of feedback in it."""
    return Place(make, clock, House(make, clock, drained=True))
