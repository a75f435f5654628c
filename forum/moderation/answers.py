"""Cases, decisions, reports and appeals as the JSON API shows and takes them: names as the contract has them."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from forum.api.schema import about
from forum.kit.i18n import N_
from forum.moderation.domain.acts import LONGEST_EXPLANATION
from forum.moderation.domain.reports import LONGEST_DETAIL
from forum.threads.answers import MOMENT, Next

ReasonName = Literal[
    "spam", "harassment", "hate", "violence", "sexual", "personal_data", "illegal", "off_topic", "other"
]
Action = Literal["dismiss", "approve", "hide", "remove", "warn", "silence", "suspend", "ban"]
Reason = Annotated[ReasonName, about(N_("What is wrong with it."), "harassment")]
CaseVersion = Annotated[int, about(N_("Grows with every change of the case."), 3)]


class Target(msgspec.Struct):
    """What a case is about."""

    type: Annotated[
        str,
        about(N_("post, thread, member or signup."), "post", schema={"enum": ["post", "thread", "member", "signup"]}),
    ]
    id: Annotated[int, about(N_("Its number, for good."), 137)]
    url: Annotated[str, about(N_("Where it stands."), "https://forum.example/p/137")]


class CaseReport(msgspec.Struct):
    """One report of a case."""

    reference: Annotated[str, about(N_("The report’s number, which its reporter has too."), "R-7K2MQX4T")]
    reason: Annotated[str, about(N_("What the reporter said is wrong."), "harassment")]
    detail: Annotated[str, about(N_("The reporter’s own words; may be empty."), "The second time this week.")]
    reporter: Annotated[str | None, about(N_("Who reported it, by name; null for a guest."), "nadia")]
    state: Annotated[str, about(N_("How it was judged."), "open", schema={"enum": ["open", "upheld", "rejected"]})]
    created_at: Annotated[datetime, about(N_("When it was reported."), MOMENT)]


class Case(msgspec.Struct):
    """All that concerns one target until it is decided."""

    id: Annotated[int, about(N_("Its number, for good."), 1187)]
    target: Target
    state: Annotated[
        str,
        about(N_("open, claimed by somebody, or resolved."), "open", schema={"enum": ["open", "claimed", "resolved"]}),
    ]
    reason: Annotated[str, about(N_("The gravest of the reasons that were given."), "harassment")]
    held: Annotated[bool, about(N_("It waits for approval."), False)]
    threat: Annotated[bool, about(N_("Somebody’s life or safety may be in danger."), False)]
    score: Annotated[float, about(N_("How much it weighs; the weightiest come first."), 3.5)]
    report_count: Annotated[int, about(N_("Reports that are not judged yet."), 2)]
    reports: Annotated[list[CaseReport], about(N_("The newest twenty reports, judged ones included."))]
    claimed_by: Annotated[str | None, about(N_("Who is at it, by name; null for nobody."), "teo")]
    category: Annotated[str | None, about(N_("The category it stands in, by its slug; null for profiles."), "officina")]
    opened_at: Annotated[datetime, about(N_("When it was opened."), MOMENT)]
    version: CaseVersion


class CaseList(msgspec.Struct):
    """A piece of the queue."""

    items: list[Case]
    next: Next


class NewClaim(msgspec.Struct, forbid_unknown_fields=True):
    """To take a case."""

    version: CaseVersion


class NewDecision(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be done with a case."""

    action: Annotated[
        Action,
        about(N_("What to do. For what waits for approval, dismiss approves it: nothing speaks against it."), "hide"),
    ]
    version: CaseVersion
    reason: Annotated[
        ReasonName | Literal[""], about(N_("As for reports; needed by all but dismiss and approve."), "harassment")
    ] = ""
    explanation: Annotated[
        str,
        about(
            N_("To the member concerned, read word for word; needed by all but dismiss and approve."),
            "You wrote to somebody new that they should stay at home.", schema={"maxLength": LONGEST_EXPLANATION},
        ),
    ] = ""  # fmt: skip
    rule: Annotated[str, about(N_("The rule of the guidelines in force, by its number."), "2")] = ""
    post: Annotated[
        Literal["", "approve", "hide", "remove"],
        about(N_("What becomes of a post that waits; needed there by warn, silence, suspend and ban."), "remove"),
    ] = ""
    until: Annotated[
        Annotated[datetime, msgspec.Meta(tz=True)] | None,
        about(N_("End of silence or suspension (needed) or of a ban (without one it has no end)."), MOMENT),
    ] = None
    to_reporters: Annotated[
        str, about(N_("A word to who reported."), "Thank you.", schema={"maxLength": LONGEST_EXPLANATION})
    ] = ""


class Decision(msgspec.Struct):
    """An act of the staff."""

    id: Annotated[int, about(N_("Its number, for good."), 311)]
    case_id: Annotated[int | None, about(N_("The case it decided."), 1187)]
    action: Annotated[str, about(N_("What was done."), "hide")]
    statement: Annotated[
        str | None, about(N_("Number of the statement of reasons; null where nobody is owed one."), "S-9P3HRW6D")
    ]
    undo_until: Annotated[datetime | None, about(N_("How long it can be taken back."), MOMENT)]
    undone_at: Annotated[datetime | None, about(N_("When it was taken back; null while it stands."), None)] = None


class NewReport(msgspec.Struct, forbid_unknown_fields=True):
    """A report of a post."""

    reason: Reason
    detail: Annotated[
        str, about(N_("In your own words."), "The second time this week.", schema={"maxLength": LONGEST_DETAIL})
    ] = ""


class Report(msgspec.Struct):
    """What the reporter is told."""

    reference: Annotated[str, about(N_("A number to quote when asking about it."), "R-7K2MQX4T")]
    status: Annotated[
        str, about(N_("open until somebody decided."), "open", schema={"enum": ["open", "upheld", "rejected"]})
    ]


class NewAppeal(msgspec.Struct, forbid_unknown_fields=True):
    """An objection to a decision."""

    text: Annotated[
        str, about(N_("Why you see it differently."), "It was a joke between friends.", schema={"minLength": 1})
    ]


class NewOutcome(msgspec.Struct, forbid_unknown_fields=True):
    """How an appeal is decided."""

    outcome: Annotated[
        Literal["upheld", "reversed"],
        about(N_("upheld: the decision stands. reversed: it is taken back and everything restored."), "reversed"),
    ]
    reasons: Annotated[str, about(N_("Why, to whoever objected."), "We misread it.", schema={"minLength": 1})]


class Appeal(msgspec.Struct):
    """An objection and what became of it."""

    id: Annotated[int, about(N_("Its number, for good."), 12)]
    state: Annotated[
        str,
        about(
            N_("open; upheld: the decision stands; reversed: it does not."), "open",
            schema={"enum": ["open", "upheld", "reversed"]},
        ),
    ]  # fmt: skip
    decision_id: Annotated[int, about(N_("The decision objected to."), 311)]
    reasons: Annotated[str, about(N_("Why it was decided so; empty until then."), "")] = ""


SCHEMAS = (
    Target, CaseReport, Case, CaseList, NewClaim, NewDecision, Decision, NewReport, Report, NewAppeal, NewOutcome,
    Appeal,
)  # fmt: skip
