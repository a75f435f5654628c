"""Feedback as the JSON API shows and takes it: names as the contract has them."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from forum.api.schema import about
from forum.feedback.domain.evidence import LONGEST_QUOTE
from forum.feedback.domain.shared import LONGEST_REASON, LONGEST_REPLY, LONGEST_TITLE
from forum.feedback.views import EvidenceView, ItemRow
from forum.kit.i18n import N_
from forum.threads.answers import MOMENT, Next

KindName = Literal["problem", "wish", "praise", "question", "risk"]
StatusName = Literal["triaged", "sent", "acknowledged", "planned", "done", "declined"]
ItemVersion = Annotated[int, about(N_("Grows with every change of the item."), 4)]


class Evidence(msgspec.Struct):
    """Words that an item rests on."""

    id: Annotated[int, about(N_("Its number, for good."), 512)]
    post_id: Annotated[int | None, about(N_("The post; null when the caller may not see it."), 137)]
    quote: Annotated[
        str, about(N_("What was said; empty when it may not be shown."), "It saw the strap until version 4.1.")
    ]
    withheld: Annotated[
        str,
        about(
            N_("Why the words are not for everybody: hidden, private, refused, erased; empty when they are."), "",
            schema={"enum": ["", "hidden", "private", "refused", "erased"]},
        ),
    ]  # fmt: skip
    said_at: Annotated[datetime, about(N_("When it was written."), MOMENT)]
    source: Annotated[
        str,
        about(N_("How it came here."), "staff", schema={"enum": ["staff", "member", "rule", "survey"]}),
    ]
    url: Annotated[str, about(N_("Where it stands."), "https://forum.example/p/137")]


class Feedback(msgspec.Struct):
    """What several people said in other words."""

    id: Annotated[int, about(N_("Its number, for good."), 38)]
    title: Annotated[str, about(N_("What it is about."), "The display loses the sensors after 4.2")]
    kind: Annotated[str, about(N_("What sort of feedback it is."), "problem")]
    theme: Annotated[str | None, about(N_("The theme, by its slug."), "electronics")]
    team: Annotated[str | None, about(N_("The team, by its slug."), "product")]
    pain: Annotated[int, about(N_("From 0, nobody minds, to 3, it stops people."), 3)]
    status: Annotated[str, about(N_("Where it stands."), "acknowledged")]
    reason: Annotated[str, about(N_("Why it stands there, as it was told."), "")]
    reply: Annotated[str, about(N_("The newest answer to those who spoke."), "")]
    members: Annotated[
        int | None, about(N_("Distinct members who said so; staff left out. Null for a team: one to four."), 38)
    ]
    threads: Annotated[int | None, about(N_("Distinct threads it was said in; null where members is."), 11)]
    priority: Annotated[int | None, about(N_("Members times pain (0 counts as 1); null where members is."), 114)]
    evidence: Annotated[list[Evidence], about(N_("The oldest fifty; empty in lists."))]
    merged_into: Annotated[int | None, about(N_("With the status duplicate: the item that has the rest."), None)]
    due_at: Annotated[datetime | None, about(N_("When the team should have read it."), MOMENT)]
    created_at: Annotated[datetime, about(N_("When it was collected."), MOMENT)]
    version: ItemVersion


class FeedbackList(msgspec.Struct):
    """A piece of the board."""

    items: list[Feedback]
    next: Next


class NewEvidence(msgspec.Struct, forbid_unknown_fields=True):
    """A post, and the words in it that matter."""

    post_id: Annotated[int, about(N_("The post."), 137)]
    quote: Annotated[
        str,
        about(
            N_("Words that stand in the post; without, all of it."), "It saw the strap until version 4.1.",
            schema={"maxLength": LONGEST_QUOTE},
        ),
    ] = ""  # fmt: skip


class NewFeedback(msgspec.Struct, forbid_unknown_fields=True):
    """An item to be made."""

    title: Annotated[
        str,
        about(N_("What it is about."), "The display loses the sensors after 4.2", schema={"maxLength": LONGEST_TITLE}),
    ]
    kind: Annotated[KindName, about(N_("What sort of feedback it is."), "problem")]
    theme: Annotated[str, about(N_("The theme, by its slug."), "electronics")] = ""
    team: Annotated[str, about(N_("The team, by its slug; without, the theme’s."), "product")] = ""
    pain: Annotated[int, about(N_("From 0, nobody minds, to 3, it stops people."), 3)] = 1
    evidence: Annotated[list[NewEvidence], about(N_("What it rests on; at most fifty."))] = []


class NewFeedbackStatus(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of an item."""

    status: Annotated[StatusName, about(N_("The next step."), "planned")]
    reason: Annotated[
        str, about(N_("Why; needed by declined."), "Planned for spring.", schema={"maxLength": LONGEST_REASON})
    ] = ""  # fmt: skip
    reply: Annotated[
        str,
        about(N_("Words for those who spoke."), "Thank you: it comes in spring.", schema={"maxLength": LONGEST_REPLY}),
    ] = ""
    version: Annotated[int | None, about(N_("The version you saw: with a stale one the answer is 409."), 4)] = None


class NewFeedbackMerge(msgspec.Struct, forbid_unknown_fields=True):
    """Where an item goes."""

    into: Annotated[int, about(N_("The item that takes it in."), 12)]


def item_answer(row: ItemRow, evidence: list[EvidenceView], base: str) -> Feedback:
    """An item; `base`: the site's address."""
    return Feedback(
        id=row.id, title=row.title, kind=row.kind, theme=row.theme.slug if row.theme else None,
        team=row.team.slug if row.team else None, pain=row.pain, status=row.status, reason=row.reason, reply=row.reply,
        members=row.members, threads=row.threads, priority=row.priority,
        evidence=[evidence_answer(it, base) for it in evidence], merged_into=row.merged_into_id, due_at=row.due_at,
        created_at=row.created_at, version=row.version,
    )  # fmt: skip


def evidence_answer(row: EvidenceView, base: str) -> Evidence:
    """Words; never whose."""
    return Evidence(
        row.id, row.post_id, row.quote, row.withheld, row.said_at, row.source, base + row.url if row.url else ""
    )
