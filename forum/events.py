"""Events and the outbox: what a transaction leaves behind for the worker to do afterwards.

`ROUTES` is the whole map from event to effect: read it to know what happens after what. Meetups have so many events
that they stand in a file of their own.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from forum.meetups.events import (
    ConfirmationDue,
    MeetupAnnounced,
    MeetupTold,
    OccurrenceEnded,
    OfferEnds,
    PlaceChanged,
    ReminderDue,
    SeatChanged,
    SeriesTold,
    SurveyAnswered,
)
from forum.outbox import Event, leave


class SignupStarted(Event, frozen=True):
    """Somebody asked for an account. `token` is None when the address already has one.

    `next`: the path of ours where the newcomer wanted to go.
    """

    secret: ClassVar[bool] = True
    signup_id: int
    token: str | None
    next: str = "/"


class LinkIssued(Event, frozen=True):
    """A one-time link is to be mailed. `token` is the secret; the link's row keeps only its digest."""

    secret: ClassVar[bool] = True
    link_id: int
    token: str


class AddressUnknown(Event, frozen=True):
    """A reset was asked for an address without account: its owner may want to know which one they used."""

    secret: ClassVar[bool] = True
    email: str
    locale: str


class EmailChangeAsked(Event, frozen=True):
    """A member wants mail at another address: the present one is told, so that a thief is noticed in time."""

    link_id: int


class EmailChanged(Event, frozen=True):
    """Mail goes to another address from now on; `old` hears of it a last time."""

    secret: ClassVar[bool] = True
    member_id: int
    old: str


class PasswordChanged(Event, frozen=True):
    """A password was set; the owner hears of it by mail."""

    member_id: int


class PostCreated(Event, frozen=True):
    """A post became visible for the first time. `mentions`: member ids; `quotes`: post ids."""

    post_id: int
    thread_id: int
    mentions: tuple[int, ...] = ()
    quotes: tuple[int, ...] = ()


class PostEdited(Event, frozen=True):
    """A post says something else now; only newly mentioned or quoted people are told."""

    post_id: int
    thread_id: int
    mentions: tuple[int, ...] = ()
    quotes: tuple[int, ...] = ()


class PostDeleted(Event, frozen=True):
    """A post is gone from sight (its row stays)."""

    post_id: int
    thread_id: int


class PostRestored(Event, frozen=True):
    """A deleted post is back."""

    post_id: int
    thread_id: int


class AccessChanged(Event, frozen=True):
    """Somebody may see more or less than before: a category or thread was moved or closed, a role was given."""

    category_id: int = 0
    thread_id: int = 0
    member_id: int = 0


class SignupWaits(Event, frozen=True):
    """A confirmed sign-up waits for a moderator: it gets a case."""

    signup_id: int


class SignupDecided(Event, frozen=True):
    """A moderator looked at a sign-up; whoever it was hears of it. `member_id`: 0 when it was turned down."""

    secret: ClassVar[bool] = True
    email: str
    name: str
    locale: str
    member_id: int
    explanation: str = ""


class CaseUrgent(Event, frozen=True):
    """Somebody's life or safety may be in danger: the moderators are told at once."""

    case_id: int


class PostHeld(Event, frozen=True):
    """A post waits for approval: it gets a case."""

    post_id: int


class HiddenPostEdited(Event, frozen=True):
    """Its author has mended a hidden post: somebody looks at it again."""

    post_id: int


class DecisionMade(Event, frozen=True):
    """The member concerned gets the statement of reasons, reporters hear the outcome."""

    decision_id: int


class DecisionUndone(Event, frozen=True):
    """Whoever was told hears that it was taken back. `reversal`: by an appeal, which tells them itself."""

    decision_id: int
    reversal: bool = False


class AppealFiled(Event, frozen=True):
    """Those who may decide it are told, and the appellant gets a receipt."""

    appeal_id: int


class AppealDecided(Event, frozen=True):
    """The appellant reads the outcome."""

    appeal_id: int


class TimerDue(Event, frozen=True):
    """A thread's timer goes off."""

    timer_id: int


class NoticeMade(Event, frozen=True):
    """A notice is to go out by mail."""

    notice_id: int


class NoticeGiven(Event, frozen=True):
    """A notice of illegal content arrived: whoever gave it gets a receipt."""

    notice_id: int


class NoticeConfirmed(Event, frozen=True):
    """Whoever asked under Law 71/2017 is told that it is in hand."""

    notice_id: int


class ComplaintFiled(Event, frozen=True):
    """A guest objects to the answer to a notice: those who may decide it are told, the guest gets a receipt."""

    complaint_id: int


class ComplaintDecided(Event, frozen=True):
    """The guest reads the answer."""

    complaint_id: int


class MisuseMeasured(Event, frozen=True):
    """Whoever misused notices is warned, or told that theirs are not dealt with for a time (DSA Art. 23)."""

    measure_id: int


class RendererChanged(Event, frozen=True):
    """Posts cooked by an older renderer than `renderer` are cooked again, from `after_id` on."""

    renderer: int
    after_id: int = 0


class GuidelinesAnnounced(Event, frozen=True):
    """New rules were announced that members are told of; those after `after_id` have still to hear."""

    number: int
    after_id: int = 0


class GuidelinesWithdrawn(Event, frozen=True):
    """Announced rules were taken back before their day."""

    number: int


class IndexDoubted(Event, frozen=True):
    """An administrator wants the search index built anew from all posts."""


class FindsDue(Event, frozen=True):
    """A week has passed since the last mail about a member's saved searches: is there anything new?"""

    member_id: int


class AuditCheckAsked(Event, frozen=True):
    """An administrator wants the chain of the audit log checked, and it is too long for a request."""

    actor_id: int


class CheckRaised(Event, frozen=True):
    """A phase of prevention flagged or held a text: its case says why."""

    check_id: int


class FeedbackAnswered(Event, frozen=True):
    """A team answered, or something was decided about an item: those who spoke are told."""

    change_id: int


class FeedbackExportAsked(Event, frozen=True):
    """Somebody wants feedback as a file."""

    export_id: int


class ScheduleDue(Event, frozen=True):
    """A team's summary is due. `due_at`: as this was timed."""

    schedule_id: int
    due_at: datetime


class SummaryDue(Event, frozen=True):
    """A run of a schedule has still to be made."""

    run_id: int


class SummaryWaits(Event, frozen=True):
    """A summary was made that somebody wants to see before it leaves: the managers are told."""

    run_id: int


class DeliveryDue(Event, frozen=True):
    """There is something to send: to a destination, or one mail."""

    destination_id: int = 0
    delivery_id: int = 0


class DestinationFailed(Event, frozen=True):
    """Nothing arrived for days: a destination was switched off, or (0) mails given up. The managers are told."""

    destination_id: int
    delivery_id: int


class LexiconChanged(Event, frozen=True):
    """The words that polarity is read by are others now."""

    version: int


class AnswersDue(Event, frozen=True):
    """It is morning: the answers of yesterday go to this member, in one mail."""

    member_id: int


class IndexStale(Event, frozen=True):
    """The search index has something to hear, or cannot be used; the triggers noted what (migration 0006)."""


class HousekeepingDue(Event, frozen=True):
    """A round of cleaning: expired sessions, links, sign-ups, done outbox rows."""


HOURLY = (
    "health.clean_up", "prevention.clean_up", "legal.purge", "search.index_changes", "search.listening.listen",
    "meetups.clean_up", "feedback.look_for_forgotten", "feedback.delivery.look_after", "feedback.exports.take_out",
)  # fmt: skip
ROUTES: dict[type[Event], tuple[str, ...]] = {
    SignupStarted: ("accounts.mail_signup",),
    LinkIssued: ("accounts.mail_link",),
    AddressUnknown: ("accounts.mail_address_unknown",),
    EmailChangeAsked: ("accounts.mail_email_change_asked",),
    EmailChanged: ("accounts.mail_email_changed",),
    PasswordChanged: ("accounts.mail_password_changed",),
    PostCreated: ("search.index_changes", "notifications.announce", "prevention.look_at_pictures", "feedback.look"),
    PostEdited: ("search.index_changes", "notifications.announce"),
    PostDeleted: ("search.index_changes", "notifications.withdraw"),
    PostRestored: ("search.index_changes", "notifications.give_back"),
    AccessChanged: ("search.index_changes", "notifications.recheck"),
    NoticeMade: ("notifications.mail_notice",),
    SignupWaits: ("moderation.open_signup_case",),
    SignupDecided: ("accounts.mail_signup_decided",),
    CaseUrgent: ("moderation.alarm",),
    PostHeld: ("moderation.open_case",),
    HiddenPostEdited: ("moderation.look_again",),
    DecisionMade: ("search.index_changes", "moderation.tell_decision", "prevention.learn", "legal.tell_notices"),
    DecisionUndone: ("search.index_changes", "moderation.tell_undone", "prevention.unlearn", "legal.tell_notices"),
    AppealFiled: ("moderation.tell_appeal",),
    AppealDecided: ("moderation.tell_outcome",),
    TimerDue: ("moderation.run_timer",),
    NoticeGiven: ("legal.mail_receipt",),
    NoticeConfirmed: ("legal.mail_confirmed",),
    ComplaintFiled: ("legal.mail_complaint",),
    ComplaintDecided: ("legal.mail_complaint_answer",),
    MisuseMeasured: ("legal.mail_measure",),
    RendererChanged: ("threads.cook_again", "search.index_changes"),
    GuidelinesAnnounced: ("guidelines.announce",),
    GuidelinesWithdrawn: ("guidelines.withdraw",),
    IndexDoubted: ("search.build_anew",),
    FindsDue: ("search.listening.mail_finds",),
    AuditCheckAsked: ("audit.check",),
    CheckRaised: ("prevention.open_case",),
    MeetupAnnounced: (),
    MeetupTold: ("meetups.tell",),
    SeriesTold: ("meetups.tell_series",),
    SeatChanged: ("meetups.calendars.mail_seat",),
    PlaceChanged: ("meetups.tell_of_place",),
    OfferEnds: ("meetups.end_offer",),
    ReminderDue: ("meetups.remind",),
    ConfirmationDue: ("meetups.ask_hosts",),
    OccurrenceEnded: ("meetups.close",),
    SurveyAnswered: ("feedback.look_at_survey",),
    FeedbackAnswered: ("feedback.tell", "feedback.post_reply"),
    AnswersDue: ("feedback.mail_answers",),
    LexiconChanged: ("feedback.polarity.read_ahead",),
    FeedbackExportAsked: ("feedback.exports.make",),
    ScheduleDue: ("feedback.delivery.fire",),
    SummaryDue: ("feedback.delivery.make",),
    SummaryWaits: ("feedback.delivery.mail_preview",),
    DeliveryDue: ("feedback.delivery.deliver",),
    DestinationFailed: ("feedback.delivery.mail_failed",),
    IndexStale: ("search.index_changes",),
    HousekeepingDue: HOURLY,
}

EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in ROUTES}


def record(
    session: Session, event: Event, *, now: datetime, key: str | None = None, run_at: datetime | None = None
) -> None:
    """Leave `event` in the outbox, inside the caller's transaction.

    `key`: records with the same key count once. `run_at`: not before (default: at once).
    """
    for job in ROUTES[type(event)]:
        leave(session, job, event, now=now, key=key, run_at=run_at or now)
