"""Moderation as JSON: reporting, the queue, deciding, undoing, appeals."""

from datetime import datetime
from typing import Annotated, Literal, get_args

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, RawBody
from sqlalchemy.orm import Session

from forum.api.idempotency import once
from forum.api.shared import (
    READING,
    WRITING,
    After,
    Key,
    Limit,
    answer,
    check_limit,
    clean,
    cursor,
    needs,
    problems,
    sent,
    takes,
)  # fmt: skip
from forum.categories.queries import House
from forum.errors import NotFound
from forum.kit import paging
from forum.kit.i18n import N_
from forum.moderation import answers, domain
from forum.moderation.domain import RULES, Act
from forum.moderation.models import Appeal
from forum.moderation.queries import desk
from forum.moderation.queries.case import decision_view, target_waits
from forum.moderation.queries.desk import Filters, QueueRow
from forum.policy.actors import Actor, require_member
from forum.policy.moderation import require_case, require_moderator
from forum.web.ctx import Ctx

REPORTS = 20  # shown with each case
ENDS = frozenset({"silence", "suspend", "ban"})
Changing = (*WRITING, 409)
State = Annotated[
    Literal["", "open", "claimed", "resolved"],
    QueryParameter(
        name="state",  # `state` is a word of Litestar's own
        description=N_("open: nobody is at it; claimed: somebody is; resolved: decided. Without: all not decided."),
    ),
]


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A body without fields."""


class Cases(Controller):
    """`/api/v1/moderation/cases`."""

    path = "/api/v1/moderation/cases"
    tags = ("Moderation",)

    @get(
        "/", operation_id="listCases", summary=N_("The queue, a piece at a time"), sync_to_thread=True,
        security=needs("moderate"), responses=problems(*READING),
        description=N_("Danger first, then the weightiest; resolved cases newest first. Never one about the caller."),
    )  # fmt: skip
    def index(
        self, ctx: NamedDependency[Ctx], which: State = "", limit: Limit = paging.PAGE, after: After = ""
    ) -> Response[answers.CaseList]:
        """A piece of the queue. Raises SignInNeeded, Forbidden, Invalid."""
        view = {"open": "free", "": "open"}.get(which, which)
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            require_moderator(actor)
            check_limit(limit)
            cursor(after, *((datetime, int) if view == "resolved" else (bool, int, int)))
            found = desk.queue(session, actor, Filters(view=view), after=after, limit=limit)
            items = _cases(ctx, session, found.rows)
        return answer(answers.CaseList(items, found.older))

    @post(
        "/{case_id:int}/claim", operation_id="claimCase", summary=N_("Take a case"), sync_to_thread=True,
        security=needs("moderate"), operation_class=takes(answers.NewClaim), responses=problems(*Changing),
        description=N_("Nobody else decides it for half an hour, or until it is decided."), status_code=200,
    )  # fmt: skip
    def claim(
        self, ctx: NamedDependency[Ctx], case_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Case]:
        """The case. Raises SignInNeeded, Forbidden, NotFound, Conflict (another holds it, or a stale version)."""
        _moderator(ctx)
        data = sent(answers.NewClaim, body)

        def make(session: Session, actor: Actor) -> tuple[answers.Case, str]:
            domain.claim(session, actor=actor, case_id=case_id, version=data.version, now=ctx.now)
            row = desk.case_row(session, actor, case_id)
            assert row is not None
            return _cases(ctx, session, [row])[0], ""

        return once(ctx, idempotency_key, data, make, status=200)

    @post(
        "/{case_id:int}/decisions", operation_id="decideCase", summary=N_("Decide a case"), sync_to_thread=True,
        security=needs("moderate"), operation_class=takes(answers.NewDecision), responses=problems(*Changing),
        description=N_(
            "Does it, closes the case and its reports, and sends the statement of reasons. For a day it can be undone."
        ),
    )  # fmt: skip
    def decide(
        self, ctx: NamedDependency[Ctx], case_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Decision]:
        """201 and the decision. Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict."""
        _moderator(ctx)
        data = sent(answers.NewDecision, body)

        def make(session: Session, actor: Actor) -> tuple[answers.Decision, str]:
            row = desk.case_row(session, actor, case_id)
            require_case(actor, row)
            waiting = data.action == "dismiss" and row is not None and target_waits(session, row)
            action = "approve" if waiting else data.action
            act = Act(
                action=action, reason=data.reason, rule=clean(data.rule), explanation=clean(data.explanation),
                to_reporters=clean(data.to_reporters), until=data.until if action in ENDS else None,
                fate=data.post,
            )  # fmt: skip
            made = domain.decide(session, actor=actor, act=act, case_id=case_id, version=data.version, now=ctx.now)
            return _decision(session, actor, made.id), ""

        return once(ctx, idempotency_key, data, make)


class Decisions(Controller):
    """Decisions, and appeals against them."""

    path = "/api/v1"
    tags = ("Moderation",)

    @post(
        "/moderation/decisions/{decision_id:int}/undo", operation_id="undoDecision", summary=N_("Take a decision back"),
        sync_to_thread=True, security=needs("moderate"), operation_class=takes(Nothing), status_code=200,
        responses=problems(*Changing), description=N_("Everything stands as before, and the case is open again."),
    )  # fmt: skip
    def undo(
        self, ctx: NamedDependency[Ctx], decision_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Decision]:
        """The decision. Raises SignInNeeded, Forbidden, NotFound, Conflict (too late, undone before)."""
        _moderator(ctx)
        data = sent(Nothing, body) if body.strip() else Nothing()

        def make(session: Session, actor: Actor) -> tuple[answers.Decision, str]:
            domain.undo(session, actor=actor, decision_id=decision_id, now=ctx.now)
            return _decision(session, actor, decision_id), ""

        return once(ctx, idempotency_key, data, make, status=200)

    @post(
        "/decisions/{decision_id:int}/appeal", operation_id="appealDecision", summary=N_("Object to a decision"),
        sync_to_thread=True, security=needs("write"), operation_class=takes(answers.NewAppeal),
        responses=problems(*Changing),
        description=N_(
            "For the member concerned, and for a reporter whose report was dismissed; within six months, once. "
            "Somebody else than the first decider answers."
        ),
    )  # fmt: skip
    def appeal(
        self, ctx: NamedDependency[Ctx], decision_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Appeal]:
        """201 and the appeal. Raises SignInNeeded, NotFound, Invalid, Conflict."""
        with ctx.db.read() as session:
            require_member(ctx.actor(session))
        data = sent(answers.NewAppeal, body)

        def make(session: Session, actor: Actor) -> tuple[answers.Appeal, str]:
            row = domain.appeal(session, actor=actor, decision_id=decision_id, body=clean(data.text), now=ctx.now)
            return _appeal(row), ""

        return once(ctx, idempotency_key, data, make)

    @post(
        "/moderation/appeals/{appeal_id:int}/outcome", operation_id="decideAppeal", summary=N_("Decide an appeal"),
        sync_to_thread=True, security=needs("moderate"), operation_class=takes(answers.NewOutcome), status_code=200,
        responses=problems(*Changing), description=N_("Not for who decided first, nor for who reported it."),
    )  # fmt: skip
    def outcome(
        self, ctx: NamedDependency[Ctx], appeal_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Appeal]:
        """The appeal. Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict."""
        _moderator(ctx)
        data = sent(answers.NewOutcome, body)

        def make(session: Session, actor: Actor) -> tuple[answers.Appeal, str]:
            row = domain.decide_appeal(
                session, actor=actor, appeal_id=appeal_id, outcome=data.outcome, reasons=clean(data.reasons),
                now=ctx.now,
            )  # fmt: skip
            return _appeal(row), ""

        return once(ctx, idempotency_key, data, make, status=200)


class Reports(Controller):
    """`/api/v1/posts/{id}/reports`."""

    path = "/api/v1/posts/{post_id:int}/reports"
    tags = ("Moderation",)

    @post(
        "/", operation_id="reportPost", summary=N_("Report a post"), sync_to_thread=True, security=needs("write"),
        operation_class=takes(answers.NewReport), responses=problems(*WRITING),
        description=N_("Reporting the same post again while its case is open answers with the first report."),
    )  # fmt: skip
    def create(
        self, ctx: NamedDependency[Ctx], post_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Report]:
        """201 and the receipt. Raises SignInNeeded, Forbidden (their own), NotFound, Invalid, TooMany."""
        with ctx.db.read() as session:
            require_member(ctx.actor(session))
        data = sent(answers.NewReport, body)

        def make(session: Session, actor: Actor) -> tuple[answers.Report, str]:
            made = domain.report(
                session, actor=actor, target_type="post", target_id=post_id, reason=data.reason,
                detail=clean(data.detail), now=ctx.now,
            )  # fmt: skip
            return answers.Report(made.reference, made.status), f"/reports/{made.reference}"

        return once(ctx, idempotency_key, data, make)


def _moderator(ctx: Ctx) -> None:
    """Asked before the body is read: whoever may not decide learns nothing from it. Raises SignInNeeded, Forbidden."""
    with ctx.db.read() as session:
        require_moderator(ctx.actor(session))
        ctx.house(session)


def _cases(ctx: Ctx, session: Session, rows: list[QueueRow]) -> list[answers.Case]:
    house, base = ctx.house(session), ctx.settings.base_url.rstrip("/")
    reports = desk.reports_of(session, [row.id for row in rows], most=REPORTS)
    return [_case(row, house, base, reports.get(row.id, [])) for row in rows]


def _case(row: QueueRow, house: House, base: str, reports: list[desk.ReportLine]) -> answers.Case:
    category = house.by_id(row.category_id)
    url = f"/p/{row.target_id}" if row.target_type == "post" else row.url
    return answers.Case(
        row.id, answers.Target(row.target_type, row.target_id, base + url), row.state, row.reason, row.held, row.threat,
        row.score / 100, row.report_count,
        [
            answers.CaseReport(one.reference, one.reason, one.detail, one.reporter, one.state, one.created_at)
            for one in reports
        ],
        row.claimed_by or None if row.state == "claimed" else None, category.slug if category else None,
        row.opened_at, row.version,
    )  # fmt: skip


def _decision(session: Session, actor: Actor, decision_id: int) -> answers.Decision:
    try:
        made = decision_view(session, actor, decision_id)
    except NotFound:  # it took the case out of the caller's bounds
        return answers.Decision(decision_id, None, "", None, None)
    return answers.Decision(made.id, made.case_id, made.action, made.statement or None, made.undo_until, made.undone_at)


def _appeal(row: Appeal) -> answers.Appeal:
    return answers.Appeal(row.id, row.state, row.decision_id, row.reasons)


assert set(get_args(answers.Action)) <= set(RULES)
CONTROLLERS = [Cases, Decisions, Reports]
SCHEMAS = (*answers.SCHEMAS, Nothing)
