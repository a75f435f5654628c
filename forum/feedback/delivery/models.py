"""Where feedback is sent, when, and what became of each piece: destinations, schedules, their runs, deliveries."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id
from forum.feedback.exports.models import FORMATS, PRIVACIES

KINDS = ("webhook", "slack", "jira", "github")
NEWS = ("webhook", "slack")
"""What takes summaries."""
TRACKERS = ("jira", "github")
"""What takes items, as issues."""
EVERY = ("week", "month")
RUN_STATES = ("due", "waiting", "sent", "skipped", "rejected")
"""due: not made yet. waiting: made, and somebody is to look at it first."""
MEMBER = "members.id"

__all__ = ["EVERY", "FORMATS", "KINDS", "NEWS", "PRIVACIES", "TRACKERS", "Delivery", "Destination", "Link", "Run",
           "Schedule"]  # fmt: skip


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


class Destination(Base):
    """Another service. What opens its door lies in `sealed` (`kit/sealing.py`), never in words.

    Its deliveries leave one after the other, in order; `lease` says which worker has it in hand.
    """

    __tablename__ = "feedback_destinations"
    __table_args__ = (_one_of("kind", KINDS),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(80))
    shown: Mapped[str] = mapped_column(String(300))  # what of its address may be shown: for Slack the host alone
    sealed: Mapped[str] = mapped_column(Text)  # JSON of senders.Secrets
    options: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # project, issue type, repository, labels
    old_key_until: Mapped[datetime | None]  # the key before signs, too
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str] = mapped_column(String(300), server_default="")  # empty: a person switched it off
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class Schedule(Base):
    """When a team gets its summary. `days`: weekdays from 0, Monday, or days of the month (31: its last).

    The wall time is what was agreed on (`hour` in `zone`); `next_at` is derived from it, again after each run.
    """

    __tablename__ = "feedback_schedules"
    __table_args__ = (
        _one_of("every", EVERY),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        CheckConstraint("period IN ('week', 'month')", name="period"),
        _one_of("privacy", PRIVACIES),
        Index("ix_feedback_schedules_due", "next_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    team_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_teams.id"), index=True)  # None: all teams
    every: Mapped[str] = mapped_column(String(5))
    days: Mapped[list[int]] = mapped_column(JSON)
    hour: Mapped[int]
    zone: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(5))  # what is told of: the whole week or month before
    skip_empty: Mapped[bool] = mapped_column(server_default="1")
    approve: Mapped[bool] = mapped_column(server_default="1")  # somebody looks at it before it leaves
    privacy: Mapped[str] = mapped_column(String(10), server_default="paraphrase")
    locale: Mapped[str] = mapped_column(String(8))
    formats: Mapped[list[str]] = mapped_column(JSON, default=list)  # files that go with the mail
    to_team: Mapped[bool] = mapped_column(server_default="1")  # a mail to each who reads for the team
    addresses: Mapped[list[str]] = mapped_column(JSON, default=list)
    destinations: Mapped[list[int]] = mapped_column(JSON, default=list)
    active: Mapped[bool] = mapped_column(server_default="1")
    next_at: Mapped[datetime | None]  # None: it is switched off
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class Run(Base):
    """One time that a schedule was due: there is one row for it, whatever is repeated."""

    __tablename__ = "feedback_runs"
    __table_args__ = (
        _one_of("state", RUN_STATES),
        UniqueConstraint("schedule_id", "due_on", "starts"),
        Index("ix_feedback_runs_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(Id, ForeignKey("feedback_schedules.id"))
    due_on: Mapped[date]  # on the schedule's own calendar
    due_at: Mapped[datetime]
    starts: Mapped[date]
    ends: Mapped[date]  # the first day that does not count any more
    state: Mapped[str] = mapped_column(String(8), server_default="due")
    snapshot_id: Mapped[str | None] = mapped_column(
        String(16), ForeignKey("feedback_snapshots.id", ondelete="SET NULL"), index=True
    )
    reason: Mapped[str] = mapped_column(String(300), server_default="")  # why it was rejected
    decided_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]


class Delivery(Base):
    """One thing for one receiver. What it says is made when it is sent: what was erased since is not in it.

    `message_id` stays the same however often it is tried, by itself or by hand.
    """

    __tablename__ = "feedback_deliveries"
    __table_args__ = (
        CheckConstraint("what IN ('summary', 'issue', 'test')", name="what"),
        CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state"),
        CheckConstraint("(destination_id IS NULL) <> (address = '')", name="receiver"),
        Index("ix_feedback_deliveries_queue", "destination_id", "state", "id"),
        Index("ix_feedback_deliveries_recent", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # "run:3:to:5", "item:9:to:2": recorded once
    message_id: Mapped[str] = mapped_column(String(40), unique=True)
    destination_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_destinations.id"))
    address: Mapped[str] = mapped_column(String(254), server_default="")  # of a mail
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), index=True)  # whose it is
    what: Mapped[str] = mapped_column(String(8))
    run_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_runs.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_items.id"), index=True)
    state: Mapped[str] = mapped_column(String(8), server_default="waiting")
    tries: Mapped[int] = mapped_column(server_default="0")
    status: Mapped[int] = mapped_column(server_default="0")  # of the newest HTTP answer; 0: there was none
    error: Mapped[str] = mapped_column(String(300), server_default="")
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))  # None: by itself
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]  # while it waits: not before
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class Link(Base):
    """The issue in a tracker that an item became."""

    __tablename__ = "feedback_links"
    __table_args__ = (UniqueConstraint("item_id", "destination_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    item_id: Mapped[int] = mapped_column(Id, ForeignKey("feedback_items.id"))
    destination_id: Mapped[int] = mapped_column(Id, ForeignKey("feedback_destinations.id"))
    key: Mapped[str] = mapped_column(String(60))  # "PROJ-12", "#45"
    url: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
