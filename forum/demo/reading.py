"""The demo's content, read: `content/README.md` says what each key means."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

CONTENT = Path(__file__).resolve().parent / "content"
T = TypeVar("T")


class Both(msgspec.Struct, frozen=True):
    """Words in both languages."""

    it: str
    en: str


class SiteFile(msgspec.Struct, frozen=True):
    """`site.toml`."""

    name: str
    locale: str
    brand_colour: str
    tagline: Both
    welcome: Both
    brand: str


class CategoryEntry(msgspec.Struct, frozen=True):
    """A category."""

    slug: str
    name: str
    description: str
    colour: str
    visibility: str
    start: str
    reply: str
    locale: str
    parent: str = ""


class MemberEntry(msgspec.Struct, frozen=True):
    """One person."""

    name: str
    display: str
    role: str
    locale: str
    timezone: str
    place: str
    about: str
    links: list[str]
    joined_days_ago: float
    moderates: list[str] = []


class EditEntry(msgspec.Struct, frozen=True):
    """A later version of a post."""

    after: float
    body: str
    reason: str


class PostEntry(msgspec.Struct, frozen=True):
    """A post. `after`: minutes since the one before it."""

    author: str
    after: float
    body: str
    reply_to: int | None = None
    edits: list[EditEntry] = []


class ThreadFile(msgspec.Struct, frozen=True):
    """`threads/NN-slug.toml`."""

    title: str
    category: str
    tags: list[str]
    locale: str
    author: str
    days_ago: float
    post: list[PostEntry]


class Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """Something somebody did in a story of moderation. `on`: another target than the story's."""

    by: str
    after: float = 0
    days_ago: float | None = None
    on: str = ""


class ReportStep(Step, frozen=True, kw_only=True, tag="report"):
    """Reports it."""

    reason: str
    detail: str = ""
    threat: bool = False


class ClaimStep(Step, frozen=True, kw_only=True, tag="claim"):
    """Takes the case."""


class NoteStep(Step, frozen=True, kw_only=True, tag="note"):
    """A private note: on the case; with `on` a member, in their file."""

    body: str


class DecideStep(Step, frozen=True, kw_only=True, tag="decide"):
    """Any act of `forum.moderation.domain.RULES`."""

    action: str
    reason: str = ""
    rule: str = ""
    explanation: str = ""
    to_reporters: str = ""
    days: float | None = None
    sweep: str = ""
    category: str = ""
    title: str = ""
    posts: list[int] = []
    into: str = ""
    timed: str = ""
    body: str = ""
    edit_reason: str = ""


class UndoStep(Step, frozen=True, kw_only=True, tag="undo"):
    """Takes the story's latest decision back."""


class AcknowledgeStep(Step, frozen=True, kw_only=True, tag="acknowledge"):
    """Has read the statement about the story's latest decision."""


class AppealStep(Step, frozen=True, kw_only=True, tag="appeal"):
    """Objects to the story's latest decision."""

    body: str


class AnswerStep(Step, frozen=True, kw_only=True, tag="answer"):
    """Decides the objection."""

    outcome: str
    reasons: str


AnyStep = ReportStep | ClaimStep | NoteStep | DecideStep | UndoStep | AcknowledgeStep | AppealStep | AnswerStep


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What moderation did about one target, from the first report to the last answer."""

    on: str
    step: list[AnyStep]


class Swap(msgspec.Struct, frozen=True):
    """`old` stands in the version before, once; here stands `new`."""

    old: Both
    new: Both


class VersionEntry(msgspec.Struct, frozen=True):
    """A version of the guidelines."""

    by: str
    days_ago: float
    changes: Both
    swap: list[Swap]
    notice_days: float = 0
    draft: bool = False


class ChapterEntry(msgspec.Struct, frozen=True):
    """A local group."""

    by: str
    name: str
    about: str
    category: str
    town: str
    latitude: float
    longitude: float
    hosts: list[str]
    days_ago: float


class AnswerEntry(msgspec.Struct, frozen=True):
    """Somebody's answer to the first date; `came`: they were checked in; `rating` 0: not asked."""

    by: str
    answer: str = "yes"
    guests: int = 0
    note: str = ""
    hidden: bool = False
    came: bool = False
    rating: int = 0
    liked: str = ""
    better: str = ""


class MeetupEntry(msgspec.Struct, frozen=True):
    """A meetup, announced in a thread that is there."""

    by: str
    thread: str
    title: str
    day: int
    weekday: str
    start: str
    end: str
    locale: str
    answers: list[AnswerEntry]
    timezone: str = "Europe/Rome"
    rule: str = ""
    chapter: str = ""
    hosts: list[str] = []
    capacity: int | None = None
    guests: int = 0
    offer_minutes: int | None = None
    deadline_hours: int = 0
    privacy: str = "members"
    online_url: str = ""
    questions: list[str] = []
    place: dict[str, Any] = {}
    cancel_third: str = ""
    recap: int = 0


class MeetupsFile(msgspec.Struct, frozen=True):
    """`meetups.toml`."""

    chapter: list[ChapterEntry]
    meetup: list[MeetupEntry]


class TeamEntry(msgspec.Struct, frozen=True):
    """An internal team, and who reads for it."""

    by: str
    name: str
    ack_days: int
    days_ago: float
    people: list[str]


class ThemeEntry(msgspec.Struct, frozen=True):
    """What items are about. `parent`, `team`: slugs."""

    name: str
    parent: str = ""
    team: str = ""
    aliases: list[str] = []


class RuleEntry(msgspec.Struct, frozen=True):
    """What is pointed out by itself."""

    match: str
    value: str
    kind: str = ""


class WordsEntry(msgspec.Struct, frozen=True):
    """Words of a post ("20#3")."""

    post: str
    quote: str = ""


class TooEntry(msgspec.Struct, frozen=True):
    """Somebody says "me too" at a post."""

    by: str
    post: str


class StepEntry(msgspec.Struct, frozen=True):
    """What became of an item."""

    status: str
    days_ago: float
    by: str = "livia.o"
    reason: str = ""
    reply: str = ""


class ItemEntry(msgspec.Struct, frozen=True):
    """A piece of feedback. `theme`: its slug."""

    title: str
    kind: str
    theme: str
    pain: int
    days_ago: float
    evidence: list[WordsEntry]
    area: str = ""
    locale: str = "it"
    ask: str = ""
    promise: str = ""
    promise_in_days: int = 0
    too: list[TooEntry] = []
    steps: list[StepEntry] = []


class FlagEntry(msgspec.Struct, frozen=True):
    """A member points at a post; nobody has looked yet."""

    by: str
    post: str
    days_ago: float
    kind: str = ""
    note: str = ""


class FeedbackFile(msgspec.Struct, frozen=True):
    """`feedback.toml`."""

    team: list[TeamEntry]
    theme: list[ThemeEntry]
    rule: list[RuleEntry]
    item: list[ItemEntry]
    flag: list[FlagEntry]


class Content(msgspec.Struct, frozen=True):
    """All of it."""

    site: SiteFile
    categories: list[CategoryEntry]
    members: list[MemberEntry]
    threads: list[ThreadFile]
    numbers: list[str]
    """The file numbers of `threads`, by which stories name them."""
    stories: list[Story]
    versions: list[VersionEntry]
    meetups: MeetupsFile
    feedback: FeedbackFile


def read(folder: Path = CONTENT) -> Content:
    """Raises OSError, msgspec.ValidationError."""
    files = sorted((folder / "threads").glob("*.toml"))
    return Content(
        _toml(folder / "site.toml", SiteFile),
        _toml(folder / "categories.toml", dict[str, list[CategoryEntry]])["category"],
        _toml(folder / "members.toml", dict[str, list[MemberEntry]])["member"],
        [_toml(path, ThreadFile) for path in files],
        [path.name.partition("-")[0] for path in files],
        _toml(folder / "moderation.toml", dict[str, list[Story]])["story"],
        _toml(folder / "guidelines.toml", dict[str, list[VersionEntry]])["version"],
        _toml(folder / "meetups.toml", MeetupsFile),
        _toml(folder / "feedback.toml", FeedbackFile),
    )


def _toml(path: Path, kind: type[T]) -> T:
    return msgspec.toml.decode(path.read_bytes(), type=kind)
