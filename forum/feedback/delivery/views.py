"""What the pages of delivery show: no secret is among it."""

from datetime import date, datetime

import msgspec


class DestinationView(msgspec.Struct, frozen=True):
    """A destination. `waiting`: how many deliveries stand in its queue."""

    id: int
    kind: str
    name: str
    shown: str
    options: dict[str, str]
    old_key_until: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_why: str
    version: int
    waiting: int = 0

    @property
    def state(self) -> str:
        """One word for how it is."""
        if self.disabled_at:
            return "broken" if self.disabled_why else "off"
        return "failing" if self.failing_since else "on"

    @property
    def url(self) -> str:
        """Its page."""
        return f"/feedback/delivery/destinations/{self.id}"


class ScheduleView(msgspec.Struct, frozen=True):
    """A schedule. `team`: name, empty for all; `names`: of the destinations, those that were taken away left out."""

    id: int
    team: str
    team_slug: str
    every: str
    days: list[int]
    hour: int
    zone: str
    period: str
    skip_empty: bool
    approve: bool
    privacy: str
    locale: str
    formats: list[str]
    to_team: bool
    addresses: list[str]
    destinations: list[int]
    active: bool
    next_at: datetime | None
    version: int
    names: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Its page."""
        return f"/feedback/delivery/schedules/{self.id}"


class RunView(msgspec.Struct, frozen=True):
    """One time that a schedule was due. `last`: the last day that counts."""

    id: int
    schedule_id: int
    team: str
    due_at: datetime
    starts: date
    last: date
    state: str
    snapshot_id: str | None
    reason: str
    decided_by: str
    decided_at: datetime | None
    locale: str
    privacy: str

    @property
    def url(self) -> str:
        """Its page."""
        return f"/feedback/delivery/runs/{self.id}"


class DeliveryView(msgspec.Struct, frozen=True):
    """One thing for one receiver. `to`: name of the destination, or the address of a mail."""

    id: int
    message_id: str
    what: str
    to: str
    kind: str
    destination_id: int | None
    run_id: int | None
    item_id: int | None
    state: str
    tries: int
    status: int
    error: str
    by: str
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    usable: bool
    """Its destination is still there, and switched on."""

    @property
    def again(self) -> bool:
        """It can be sent once more."""
        return self.state != "waiting" and self.what != "test" and self.usable


class IssueLink(msgspec.Struct, frozen=True):
    """The issue that an item became. `url`: empty when the tracker gave none that may be shown."""

    key: str
    url: str
    tracker: str
    kind: str


class ItemLinks(msgspec.Struct, frozen=True):
    """For the page of an item: its issues, what is on its way, and the trackers that have none of it yet."""

    issues: tuple[IssueLink, ...] = ()
    deliveries: tuple[DeliveryView, ...] = ()
    trackers: tuple[DestinationView, ...] = ()
