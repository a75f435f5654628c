"""Feedback as JSON: the board, making items, adding words, answering, merging."""

from typing import Annotated

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
from forum.feedback import answers, domain, queries
from forum.kit import paging
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect, require_read_items
from forum.web.ctx import Ctx

Changing = (*WRITING, 409)
Slug = Annotated[str, QueryParameter(description=N_("Only these, by the slug; empty: all."))]
Status = Annotated[
    str,
    QueryParameter(
        name="status", description=N_("open, answered, duplicate, or one status; empty: all but duplicate.")
    ),
]


class Items(Controller):
    """`/api/v1/feedback/items`."""

    path = "/api/v1/feedback/items"
    tags = ("Feedback",)

    @get(
        "/", operation_id="listFeedback", summary=N_("What was collected, a piece at a time"), sync_to_thread=True,
        security=needs("team"), responses=problems(*READING),
        description=N_("The weightiest first. Managers get all of it, a team what was sent to it."),
    )  # fmt: skip
    def index(
        self, ctx: NamedDependency[Ctx], team: Slug = "", theme: Slug = "", which: Status = "",
        limit: Limit = paging.PAGE, after: After = "",
    ) -> Response[answers.FeedbackList]:  # fmt: skip
        """A piece of the board. Raises SignInNeeded, Forbidden, Invalid."""
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            require_read_items(actor)
            check_limit(limit)
            cursor(after, int, int)
            filters = queries.Filters(team=clean(team), theme=clean(theme), state=clean(which))
            found = queries.items(session, actor, filters, after=after, limit=limit)
        base = ctx.settings.base_url
        return answer(answers.FeedbackList([answers.item_answer(row, [], base) for row in found.rows], found.next))

    @post(
        "/", operation_id="createFeedback", summary=N_("Collect something"), sync_to_thread=True,
        security=needs("manage"), operation_class=takes(answers.NewFeedback), responses=problems(*WRITING),
        description=N_("Made of the words of posts that the caller may read."),
    )  # fmt: skip
    def create(
        self, ctx: NamedDependency[Ctx], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Feedback]:  # fmt: skip
        """201 and the item. Raises SignInNeeded, Forbidden, Invalid."""
        _collecting(ctx)
        data = sent(answers.NewFeedback, body)
        new = domain.NewItem(
            title=clean(data.title), kind=data.kind, theme=clean(data.theme), team=clean(data.team), pain=data.pain,
            evidence=tuple(_words(it) for it in data.evidence),
        )  # fmt: skip

        def make(session: Session, actor: Actor) -> tuple[answers.Feedback, str]:
            item_id = domain.create(session, actor=actor, item=new, now=ctx.now)
            return _item(ctx, session, actor, item_id), f"/api/v1/feedback/items/{item_id}"

        return once(ctx, idempotency_key, data, make)

    @get(
        "/{item_id:int}", operation_id="getFeedback", summary=N_("One item with its words"), sync_to_thread=True,
        security=needs("team"), responses=problems(*READING),
        description=N_("Words that may not be shown are counted, and empty."),
    )  # fmt: skip
    def show(self, ctx: NamedDependency[Ctx], item_id: FromPath[int]) -> Response[answers.Feedback]:
        """The item. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.read() as session:
            return answer(_item(ctx, session, ctx.actor(session), item_id))

    @post(
        "/{item_id:int}/evidence", operation_id="addEvidence", summary=N_("Add words to an item"), sync_to_thread=True,
        security=needs("manage"), operation_class=takes(answers.NewEvidence), responses=problems(*WRITING),
        description=N_("The same words a second time change nothing."), status_code=200,
    )  # fmt: skip
    def add(
        self, ctx: NamedDependency[Ctx], item_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Feedback]:
        """The item. Raises SignInNeeded, Forbidden, NotFound, Invalid."""
        _collecting(ctx)
        data = sent(answers.NewEvidence, body)

        def make(session: Session, actor: Actor) -> tuple[answers.Feedback, str]:
            domain.add_evidence(session, actor=actor, item_id=item_id, evidence=(_words(data),), now=ctx.now)
            return _item(ctx, session, actor, item_id), ""

        return once(ctx, idempotency_key, data, make, status=200)

    @post(
        "/{item_id:int}/status", operation_id="setFeedbackStatus", summary=N_("Say what becomes of an item"),
        sync_to_thread=True, security=needs("team"), operation_class=takes(answers.NewFeedbackStatus),
        responses=problems(*Changing), status_code=200,
        description=N_("Planned, done and declined are told to everybody who spoke, in their language."),
    )  # fmt: skip
    def status(
        self, ctx: NamedDependency[Ctx], item_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Feedback]:
        """The item. Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict."""
        with ctx.db.read() as session:
            require_read_items(ctx.actor(session))
        data = sent(answers.NewFeedbackStatus, body)
        change = domain.StatusChange(
            status=data.status, reason=clean(data.reason), reply=clean(data.reply), version=data.version
        )

        def make(session: Session, actor: Actor) -> tuple[answers.Feedback, str]:
            domain.set_status(session, actor=actor, item_id=item_id, change=change, now=ctx.now)
            return _item(ctx, session, actor, item_id), ""

        return once(ctx, idempotency_key, data, make, status=200)

    @post(
        "/{item_id:int}/merge", operation_id="mergeFeedback", summary=N_("Put an item into another"),
        sync_to_thread=True,
        security=needs("manage"), operation_class=takes(answers.NewFeedbackMerge), responses=problems(*WRITING),
        description=N_("Words and voices move, each member counts once. Answers with the item that took it in."),
        status_code=200,
    )  # fmt: skip
    def merge(
        self, ctx: NamedDependency[Ctx], item_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Feedback]:
        """The item that took it in. Raises SignInNeeded, Forbidden, NotFound, Invalid."""
        _collecting(ctx)
        data = sent(answers.NewFeedbackMerge, body)

        def make(session: Session, actor: Actor) -> tuple[answers.Feedback, str]:
            domain.merge(session, actor=actor, item_id=item_id, into=data.into, now=ctx.now)
            return _item(ctx, session, actor, data.into), ""

        return once(ctx, idempotency_key, data, make, status=200)


def _collecting(ctx: Ctx) -> None:
    """Before the body is read: who may not collect hears nothing of what is wrong with it."""
    with ctx.db.read() as session:
        require_collect(ctx.actor(session))


def _words(data: answers.NewEvidence) -> domain.NewEvidence:
    return domain.NewEvidence(data.post_id, clean(data.quote))


def _item(ctx: Ctx, session: Session, actor: Actor, item_id: int) -> answers.Feedback:
    row = queries.item(session, actor, item_id)
    words = queries.evidence(session, actor, [item_id])[item_id]
    return answers.item_answer(row, words, ctx.settings.base_url)


CONTROLLERS = [Items]
SCHEMAS = (
    answers.Feedback, answers.FeedbackList, answers.Evidence, answers.NewFeedback, answers.NewEvidence,
    answers.NewFeedbackStatus, answers.NewFeedbackMerge,
)  # fmt: skip
