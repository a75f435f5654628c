"""The kinds of notices, and the things they are about: the one list to read, and to extend.

A module that has something to announce does three things:

1. It adds a `Kind` to `KINDS` (its words, its icon, its order in settings). Switches in settings, the column in the
   site's list, the mail with its unsubscribe address all follow from that row.
2. It adds a loader to `SUBJECTS` under the first half of its subjects ("post" for "post:12"), unless the thing is
   there already. A loader answers, in one statement, what *one reader may see now* of the things with these ids: this
   is the permission check of notices, asked when they are made, when they are listed, and when a mail leaves.
   What is left out of the answer is told to nobody.
3. From a job (never inside the verb) it calls `forum.notifications.domain.tell` with who should hear of it. Doing so
   twice tells nobody twice. When something disappears or comes back, its job calls `domain.relist`.

Mails use `mail/notices/notice.*` with the kind's words; a kind with a mail of its own names it in `template`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.orm import Session

from forum.kit.i18n import N_
from forum.notifications import about_moderation as about
from forum.notifications.about_feedback import heard_shown
from forum.notifications.about_guidelines import guidelines_shown
from forum.notifications.about_law import complaints_shown
from forum.notifications.about_meetups import news_shown
from forum.notifications.about_posts import posts_shown
from forum.notifications.shown import Shown
from forum.policy.actors import Actor

Loader = Callable[[Session, Actor, Sequence[int]], dict[int, Shown]]
"""(session, reader, ids) → what the reader may see of them now, by id. Ids: at most `RELIST_BATCH`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One reason to tell somebody. Words are message ids; `sentence` and `why` know `who` and `title`."""

    name: str
    """As the database, forms and unsubscribe addresses spell it; never change it."""
    label: str
    """The row in settings: what happens."""
    sentence: str
    """What happened, in the list and as a mail's subject."""
    why: str
    """Why this mail came, in its foot."""
    icon: str
    strength: int
    """When one event concerns somebody for two reasons, the stronger one is told."""
    template: str = "notices/notice"
    action: str = N_("Read and reply")
    """On the button of the mail."""
    fixed: bool = False
    """Always told, on the site and by mail: what the law wants said. The module that announces it writes the mails."""
    mail_only: bool = False
    """There is no list on the site for it, only mails, which the module writes itself."""
    batched: bool = False
    """Its mails leave together, and the module writes them: no mail for each notice."""
    staff: bool = False
    """Only moderators ever hear of it, so only they see its switches."""


KINDS: tuple[Kind, ...] = (
    Kind(
        "reply",
        label=N_("Somebody answers you, or in a thread you opened"),
        sentence=N_("%(who)s replied to you in “%(title)s”"),
        why=N_("We write because you opened this thread, or wrote the post that was answered."),
        icon="reply",
        strength=1,
    ),
    Kind(
        "quote",
        label=N_("Somebody quotes you"),
        sentence=N_("%(who)s quoted you in “%(title)s”"),
        why=N_("We write because somebody quoted a post of yours."),
        icon="quote",
        strength=2,
    ),
    Kind(
        "mention",
        label=N_("Somebody mentions you by @name"),
        sentence=N_("%(who)s mentioned you in “%(title)s”"),
        why=N_("We write because somebody mentioned you by name."),
        icon="person",
        strength=3,
    ),
    Kind(
        "guidelines",
        label=N_("New guidelines are announced"),
        sentence=N_("New guidelines apply from %(title)s"),
        why=N_("We write because the rules that you agreed to are going to change."),
        icon="info",
        strength=4,
        template="notices/guidelines",
    ),
    Kind(
        "finds",
        label=N_("Your saved searches have found something new"),
        sentence=N_("New finds of your searches"),
        why=N_("We write because you saved a search, at most once a week."),
        icon="search",
        strength=0,
        mail_only=True,
    ),
    Kind(
        "approved",
        label=N_("A post of yours that waited for a moderator appears"),
        sentence=N_("Your post in “%(title)s” was approved: everybody sees it now"),
        why=N_("We write because a post of yours had waited for a moderator."),
        icon="check",
        strength=5,
        action=N_("See it in place"),
    ),
    Kind(
        "outcome",
        label=N_("The moderators looked at what you reported"),
        sentence=N_("%(title)s: what came of your report"),
        why=N_("We write because you reported something to us."),
        icon="flag",
        strength=5,
        action=N_("Read what came of it"),
    ),
    Kind(
        "appeal",
        label=N_("Somebody objects to a decision, and you may decide it"),
        sentence=N_("An objection waits for an answer (%(title)s)"),
        why=N_("We write because you moderate here and have not decided this before."),
        icon="shield",
        strength=5,
        action=N_("Look at the objection"),
        staff=True,
    ),
    Kind(
        "alarm",
        label=N_("Somebody’s life or safety may be in danger"),
        sentence=N_("Urgent: somebody may be in danger (“%(title)s”)"),
        why=N_("We write because you moderate here."),
        icon="warn",
        strength=9,
        action=N_("Look at the case"),
        staff=True,
    ),
    Kind(
        "decision",
        label=N_("The moderators decided something about you"),
        sentence=N_("%(title)s: why, and how to object"),
        why=N_("We write because this concerns you, and the law wants you to know the reasons."),
        icon="shield",
        strength=8,
        fixed=True,
    ),
    Kind(
        "undone",
        label=N_("A decision about you was taken back"),
        sentence=N_("Taken back: “%(title)s”"),
        why=N_("We write because this concerns you."),
        icon="undo",
        strength=8,
        fixed=True,
    ),
    Kind(
        "receipt",
        label=N_("We have your objection"),
        sentence=N_("We have your objection"),
        why=N_("We write because you objected to a decision."),
        icon="mail",
        strength=5,
        fixed=True,
    ),
    Kind(
        "meetup_changed",
        template="meetups/news",
        label=N_("A meetup that you answered or look after changes"),
        sentence=N_("Changed: “%(title)s”"),
        why=N_("We write because you answered that you come, or might, or because you look after this meetup."),
        icon="calendar",
        strength=4,
        action=N_("See what is new"),
    ),
    Kind(
        "meetup_cancelled",
        template="meetups/news",
        label=N_("A meetup that you answered or look after is cancelled"),
        sentence=N_("Cancelled: “%(title)s”"),
        why=N_("We write because you answered that you come, or might, or because you look after this meetup."),
        icon="calendar",
        strength=6,
        action=N_("Read why"),
    ),
    Kind(
        "meetup_seat",
        template="meetups/news",
        label=N_("Something changes about your seat at a meetup"),
        sentence=N_("Your seat: “%(title)s”"),
        why=N_("We write because you answered that you come."),
        icon="calendar",
        strength=5,
        action=N_("See your answer"),
    ),
    Kind(
        "meetup_reminder",
        template="meetups/news",
        label=N_("A meetup that you go to is near"),
        sentence=N_("Soon: “%(title)s”"),
        why=N_("We write because you answered that you come. Which reminders you get is for you to choose."),
        icon="clock",
        strength=3,
        action=N_("See the meetup"),
    ),
    Kind(
        "meetup_message",
        template="meetups/news",
        label=N_("The hosts of a meetup write to those who come"),
        sentence=N_("%(who)s writes about “%(title)s”"),
        why=N_("We write because you answered that you come, or might."),
        icon="mail",
        strength=5,
        action=N_("See the meetup"),
    ),
    Kind(
        "meetup_host",
        template="meetups/news",
        label=N_("A meetup that you look after waits for you"),
        sentence=N_("Does it take place? “%(title)s”"),
        why=N_("We write because you look after this meetup."),
        icon="calendar",
        strength=5,
        action=N_("Say whether it takes place"),
    ),
    Kind(
        "meetup_after",
        template="meetups/news",
        label=N_("After a meetup: how was it?"),
        sentence=N_("How was “%(title)s”?"),
        why=N_("We write because you were there."),
        icon="calendar",
        strength=2,
        action=N_("Answer three questions"),
    ),
    Kind(
        "heard",
        label=N_("A team answers what you wrote, agreed with or pointed at"),
        sentence=N_("%(who)s answers what was said in “%(title)s”"),
        why=N_("We write because you wrote this, said “me too” or pointed at it. At most once a day."),
        icon="horn",
        strength=3,
        template="feedback/answers",
        action=N_("See it in place"),
        batched=True,
    ),
    Kind(
        "answer",
        label=N_("Your objection was answered"),
        sentence=N_("%(title)s: the answer to your objection"),
        why=N_("We write because you objected to a decision."),
        icon="shield",
        strength=8,
        fixed=True,
    ),
)
SUBJECTS: dict[str, Loader] = {
    "guidelines": guidelines_shown, "post": posts_shown, "decision": about.decisions_shown,
    "approved": posts_shown, "undone": about.undone_shown, "outcome": about.outcomes_shown,
    "changed": about.outcomes_shown,
    "receipt": about.receipts_shown, "answer": about.answers_shown, "case": about.cases_shown,
    "appeal": about.objections_shown, "complaint": complaints_shown,
    "meetup": news_shown, "heard": heard_shown,
}  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}


class Subject(msgspec.Struct, frozen=True):
    """What a notice is about: `Subject("post", 12)`; in the database "post:12"."""

    of: str
    id: int

    def __str__(self) -> str:
        """As the database keeps it."""
        return f"{self.of}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Subject":
        """The reverse of `str`. Raises ValueError."""
        of, _, number = text.partition(":")
        return cls(of, int(number))


def switchable(*, staff: bool) -> tuple[Kind, ...]:
    """The kinds that somebody may switch off; `staff`: who asks is a moderator."""
    return tuple(kind for kind in KINDS if not kind.fixed and (staff or not kind.staff))


def strongest(one: str | None, other: str) -> str:
    """The kind to tell when both apply; `one` may be none yet."""
    return other if one is None or BY_NAME[other].strength > BY_NAME[one].strength else one


def shown(session: Session, reader: Actor, subjects: Sequence[Subject]) -> dict[Subject, Shown]:
    """What `reader` may see now of `subjects`; one statement for each sort of thing."""
    found: dict[Subject, Shown] = {}
    for of in {subject.of for subject in subjects} & SUBJECTS.keys():
        ids = [subject.id for subject in subjects if subject.of == of]
        found |= {Subject(of, key): value for key, value in SUBJECTS[of](session, reader, ids).items()}
    return found


__all__ = ["BY_NAME", "KINDS", "SUBJECTS", "Kind", "Loader", "Shown", "Subject", "shown", "strongest", "switchable"]
