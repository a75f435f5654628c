"""Feedback: items, the evidence they rest on, themes and teams, the inbox, and who may be quoted.

An item is what several people said in other words. Its evidence points at a post, the version of its text and the
exact span, so that an edit does not put other words into somebody's mouth.
"""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from forum.db import Base, Id

KINDS = ("problem", "wish", "praise", "question", "risk")
STATUSES = ("new", "triaged", "sent", "acknowledged", "planned", "done", "declined", "duplicate")
"""new: nobody of the staff has looked. sent: a team has it. duplicate: merged into another one, which has the rest."""
OPEN = ("new", "triaged", "sent", "acknowledged", "planned")
ANSWERED = ("planned", "done", "declined")
"""What people who spoke are told of."""
SOURCES = ("staff", "member", "rule", "survey")
"""How words came here. Whatever nobody of the staff chose waits in the inbox."""
MATCHES = ("tag", "category", "phrase", "survey")
MEMBER = "members.id"


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column)


class Team(Base):
    """An internal team that reads and answers. `ack_days`: so long it has until somebody has read an item."""

    __tablename__ = "feedback_teams"
    __table_args__ = (CheckConstraint("ack_days > 0", name="ack_days"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    ack_days: Mapped[int] = mapped_column(server_default="7")
    position: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class TeamMember(Base):
    """Who reads for a team, whatever their role."""

    __tablename__ = "feedback_team_members"

    team_id: Mapped[int] = mapped_column(Id, ForeignKey("feedback_teams.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), primary_key=True, index=True)


class Theme(Base):
    """What an item is about: two levels. A merged theme stays as an address of the one that took it in."""

    __tablename__ = "feedback_themes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_themes.id"), index=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)  # other words for it, in any language
    team_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_teams.id"), index=True)  # who gets it
    merged_into_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_themes.id"))
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class Item(Base):
    """A finding. `members`, `threads`: distinct ones, "me too" included, staff left out (`domain/counts.py`)."""

    __tablename__ = "feedback_items"
    __table_args__ = (
        _one_of("kind", KINDS),
        _one_of("status", STATUSES),
        CheckConstraint("pain BETWEEN 0 AND 3", name="pain"),
        CheckConstraint("members >= 0 AND threads >= 0", name="counts"),
        CheckConstraint("(merged_into_id IS NOT NULL) = (status = 'duplicate')", name="merged"),
        Index("ix_feedback_items_board", "status", "team_id", "id"),
        Index("ix_feedback_items_theme", "theme_id", "id"),
        Index("ix_feedback_items_recent", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8))
    theme_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_themes.id"))
    team_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_teams.id"), index=True)
    area: Mapped[str] = mapped_column(String(80), server_default="")  # product, model, place: free
    pain: Mapped[int] = mapped_column(server_default="1")  # 0 none … 3 stops people
    status: Mapped[str] = mapped_column(String(12), server_default="new")
    reason: Mapped[str] = mapped_column(String(1000), server_default="")  # of the standing status
    reply: Mapped[str] = mapped_column(Text, server_default="")  # the team's newest answer to those who spoke
    locale: Mapped[str] = mapped_column(String(8), server_default="")
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    owner_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))  # who has it in hand
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]  # the team should have read it by then
    acknowledged_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ask: Mapped[str] = mapped_column(String(300), server_default="")  # what is needed from the team: on its page
    promise: Mapped[str] = mapped_column(String(200), server_default="")  # what was promised to the community
    promise_due: Mapped[date | None]
    promise_kept_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_items.id"), index=True)
    members: Mapped[int] = mapped_column(server_default="0")
    threads: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(server_default="1")


class Evidence(Base):
    """Words that an item rests on: a span of one version of a post, or an answer of a meetup's survey.

    `quote` is what stood there; it goes (`redacted_at`) when its author is erased. Whether it may be shown is asked
    anew each time: the post may be hidden by now, its author may have said no.
    """

    __tablename__ = "feedback_evidence"
    __table_args__ = (
        _one_of("source", SOURCES),
        UniqueConstraint("item_id", "post_id", "post_version", "start", "end"),
        UniqueConstraint("item_id", "survey_id"),
        CheckConstraint("(post_id IS NOT NULL) <> (survey_id IS NOT NULL)", name="one_origin"),
        CheckConstraint('"end" >= start AND start >= 0', name="span"),
        Index("ix_feedback_evidence_item", "item_id", "id"),
        Index("ix_feedback_evidence_said", "item_id", "said_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    item_id: Mapped[int] = mapped_column(Id, ForeignKey("feedback_items.id"))
    post_id: Mapped[int | None] = mapped_column(Id, ForeignKey("posts.id"), index=True)
    post_version: Mapped[int] = mapped_column(server_default="0")
    start: Mapped[int] = mapped_column(server_default="0")  # characters of the plain text; start = end: the whole post
    end: Mapped[int] = mapped_column(server_default="0")
    survey_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meetup_surveys.id", ondelete="CASCADE"), index=True)
    thread_id: Mapped[int | None] = mapped_column(Id, index=True)  # where the post stands now (`counts.follow`)
    author_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"), index=True)
    by_staff: Mapped[bool] = mapped_column(server_default="0")  # the author was of the staff or a team: not counted
    quote: Mapped[str] = mapped_column(Text, server_default="")
    said_at: Mapped[datetime]  # when the words were written
    source: Mapped[str] = mapped_column(String(8))
    added_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    added_at: Mapped[datetime]
    came_from_id: Mapped[int | None] = mapped_column(Id)  # whose words they are, while that item is merged
    redacted_at: Mapped[datetime | None]


class Voice(Base):
    """A member's "me too": one for each item, and it can be taken back."""

    __tablename__ = "feedback_voices"

    item_id: Mapped[int] = mapped_column(Id, ForeignKey("feedback_items.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), primary_key=True, index=True)
    by_staff: Mapped[bool] = mapped_column(server_default="0")
    at: Mapped[datetime]


class InboxEntry(Base):
    """Words that somebody or something pointed at; a person of the staff decides what becomes of them."""

    __tablename__ = "feedback_inbox"
    __table_args__ = (
        _one_of("source", SOURCES),
        CheckConstraint("state IN ('waiting', 'accepted', 'dismissed')", name="state"),
        Index("ix_feedback_inbox_waiting", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)  # "member:12:34", "rule:3:34": pointed at once
    source: Mapped[str] = mapped_column(String(8))
    post_id: Mapped[int | None] = mapped_column(Id, ForeignKey("posts.id"), index=True)
    survey_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meetup_surveys.id", ondelete="CASCADE"))
    rule_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_rules.id", ondelete="SET NULL"))
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))  # the member who pointed
    kind: Mapped[str] = mapped_column(String(8), server_default="")  # what they took it for; empty: not said
    note: Mapped[str] = mapped_column(String(500), server_default="")
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    reason: Mapped[str] = mapped_column(String(500), server_default="")
    item_id: Mapped[int | None] = mapped_column(Id, ForeignKey("feedback_items.id"), index=True)
    decided_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Rule(Base):
    """What is put into the inbox by itself: posts with a tag, of a category, with a phrase; low marks of surveys."""

    __tablename__ = "feedback_rules"
    __table_args__ = (_one_of("match", MATCHES), UniqueConstraint("match", "value"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    match: Mapped[str] = mapped_column(String(8))
    value: Mapped[str] = mapped_column(String(200))  # tag name, category slug, phrase, highest mark
    kind: Mapped[str] = mapped_column(String(8), server_default="")
    active: Mapped[bool] = mapped_column(server_default="1")
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))
    created_at: Mapped[datetime]


class Change(Base):
    """What happened to an item, for its page: never changed, never deleted."""

    __tablename__ = "feedback_changes"
    __table_args__ = (Index("ix_feedback_changes_item", "item_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    item_id: Mapped[int] = mapped_column(Id, ForeignKey("feedback_items.id"))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey(MEMBER, ondelete="SET NULL"))  # None: the software
    what: Mapped[str] = mapped_column(String(20))  # created, status, team, theme, edited, merged, split, promise …
    before: Mapped[str] = mapped_column(String(200), server_default="")
    after: Mapped[str] = mapped_column(String(200), server_default="")
    reason: Mapped[str] = mapped_column(String(1000), server_default="")
    reply: Mapped[str] = mapped_column(Text, server_default="")
    public: Mapped[bool] = mapped_column(server_default="0")  # the reply was posted in the threads, too


class Consent(Base):
    """A member's word on being quoted. No row: the site's default."""

    __tablename__ = "feedback_consents"

    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), primary_key=True)
    quote: Mapped[bool]
    at: Mapped[datetime]


class PostConsent(Base):
    """The same for one post, whatever was said for all of them."""

    __tablename__ = "feedback_post_consents"

    post_id: Mapped[int] = mapped_column(Id, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    quote: Mapped[bool]
    at: Mapped[datetime]


class Terms(Base):
    """The one row of what a manager has set for the site. No row: as the columns begin."""

    __tablename__ = "feedback_terms"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quoted: Mapped[bool] = mapped_column(server_default="1")  # members who said nothing may be quoted


class Told(Base):
    """Who has heard of which answer: nobody is told twice, nobody is forgotten."""

    __tablename__ = "feedback_told"
    __table_args__ = (
        Index("ix_feedback_told_due", "due_at", postgresql_where=text("sent_at IS NULL"),
              sqlite_where=text("sent_at IS NULL")),
    )  # fmt: skip

    change_id: Mapped[int] = mapped_column(Id, ForeignKey("feedback_changes.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, ForeignKey(MEMBER, ondelete="CASCADE"), primary_key=True, index=True)
    due_at: Mapped[datetime]  # batched: one mail a day
    batch: Mapped[int | None] = mapped_column(Id)  # the outbox row whose mail it goes with, again if need be
    sent_at: Mapped[datetime | None]  # dealt with; no mail left for who wants none, or has read it by then
