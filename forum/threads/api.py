"""Threads, posts and revisions as JSON."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, RawBody
from sqlalchemy.orm import Session

from forum.api.idempotency import once
from forum.api.shared import (
    PUBLIC,
    READING,
    WRITING,
    After,
    Key,
    Limit,
    answer,
    check_limit,
    clean,
    cursor,
    encoded,
    needs,
    problems,
    reader,
    sent,
    takes,
)  # fmt: skip
from forum.categories.queries import CategoryView
from forum.errors import Invalid, NotFound
from forum.kit import paging
from forum.kit.i18n import N_
from forum.policy.actors import Actor, require_member
from forum.policy.categories import may_see
from forum.policy.posts import require_history
from forum.threads import answers, domain, history, queries
from forum.threads.answers import post_answer, revision_answer, thread_answer
from forum.threads.compose import compose, draft_problems
from forum.threads.moves import Merged
from forum.threads.views import PostText
from forum.web.ctx import Ctx

CategoryFilter = Annotated[
    str, QueryParameter(description=N_("Only threads of this category itself, by its slug; not of those inside it."))
]
TagFilter = Annotated[str, QueryParameter(description=N_("Only threads with this tag."))]
AuthorFilter = Annotated[str, QueryParameter(description=N_("Only threads that this member opened, by name."))]
Order = Annotated[
    Literal["latest", "new", "top"],
    QueryParameter(description=N_("latest: newest post first; new: newest thread first; top: most posts first.")),
]


class Threads(Controller):
    """`/api/v1/threads`."""

    path = "/api/v1/threads"
    tags = ("Threads",)

    @get(
        "/", operation_id="listThreads", summary=N_("Threads, a piece at a time"), sync_to_thread=True, security=PUBLIC,
        description=N_("What the caller may see, without a token what a guest sees."),
        responses=problems(*READING),
    )  # fmt: skip
    def index(
        self, ctx: NamedDependency[Ctx], category: CategoryFilter = "", tag: TagFilter = "", author: AuthorFilter = "",
        order: Order = "latest", limit: Limit = paging.PAGE, after: After = "",
    ) -> Response[answers.ThreadList]:  # fmt: skip
        """A list of threads. Raises Invalid, NotFound for a category or member that is not there."""
        check_limit(limit)
        cursor(after, int if order == "top" else datetime, int)
        with ctx.db.read() as session:
            actor, house = reader(ctx, session), ctx.house(session)
            page = queries.thread_list(
                session, actor, house, order=order, tag=clean(tag)[:30], after=after, limit=limit,
                categories=_only(actor, house.by_slug(category)) if category else None,
                author_id=_author(session, author) if author else 0,
            )  # fmt: skip
        base = _base(ctx)
        items = [thread_answer(row.thread, row.category, row.author, base) for row in page.rows]
        return answer(answers.ThreadList(items, page.older))

    @post(
        "/", operation_id="createThread", summary=N_("Open a thread"), sync_to_thread=True, security=needs("write"),
        description=N_("Opens a thread with its first post, as the token’s member."),
        operation_class=takes(answers.NewThread), responses=problems(*WRITING),
    )  # fmt: skip
    def create(self, ctx: NamedDependency[Ctx], body: RawBody, idempotency_key: Key = None) -> Response[answers.Thread]:
        """201 and the thread. Raises Malformed, SignInNeeded, Forbidden, Invalid, TooMany."""
        with ctx.db.read() as session:
            require_member(ctx.actor(session))
            data = sent(answers.NewThread, body)
            if problems_found := draft_problems(data.title, data.tags, data.body):
                raise Invalid(problems_found)
            draft, house = compose(session, data.body), ctx.house(session)

        def make(session: Session, actor: Actor) -> tuple[answers.Thread, str]:
            made = domain.start_thread(
                session, actor=actor, category=clean(data.category), title=data.title, draft=draft, tags=data.tags,
                now=ctx.now,
            )  # fmt: skip
            row = queries.thread_row(session, actor, house, made.thread_id)
            return thread_answer(*row, _base(ctx)), f"/api/v1/threads/{made.thread_id}"

        return once(ctx, idempotency_key, data, make)

    @get(
        "/{thread_id:int}", operation_id="getThread", summary=N_("One thread"), sync_to_thread=True, security=PUBLIC,
        description=N_("The thread without its posts. One that was merged leads (303) to where its posts are."),
        responses=problems(401, 403, 404),
    )  # fmt: skip
    def show(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Response[answers.Thread]:
        """The thread. Raises NotFound."""
        try:
            with ctx.db.read() as session:
                row = queries.thread_row(session, reader(ctx, session), ctx.house(session), thread_id)
        except Merged as merged:
            return encoded(b"", status=303, location=f"/api/v1/threads/{merged.into.id}")
        return answer(thread_answer(*row, _base(ctx)))

    @get(
        "/{thread_id:int}/posts", operation_id="listPosts", summary=N_("The posts of a thread"), sync_to_thread=True,
        security=PUBLIC, responses=problems(*READING),
        description=N_("In the order they were written. Posts that the caller may not read are left out."),
    )  # fmt: skip
    def posts(
        self, ctx: NamedDependency[Ctx], thread_id: FromPath[int], limit: Limit = paging.PAGE, after: After = ""
    ) -> Response[answers.PostList]:
        """A piece of the thread. Raises NotFound, Invalid."""
        check_limit(limit)
        start = cursor(after, int)
        with ctx.db.read() as session:
            actor, house = reader(ctx, session), ctx.house(session)
            try:
                thread, _, _ = queries.thread_row(session, actor, house, thread_id)
            except Merged as merged:
                return encoded(b"", status=303, location=f"/api/v1/threads/{merged.into.id}/posts")
            found = queries.posts_after(session, actor, thread, start[0] if start else 0, limit + 1)
            sources = queries.sources(session, [one.id for one in found[:limit]])
        base = _base(ctx)
        items = [post_answer(one, sources[one.id], base) for one in found[:limit]]
        return answer(answers.PostList(items, paging.encode(items[-1].number) if len(found) > limit else None))

    @post(
        "/{thread_id:int}/posts", operation_id="createPost", summary=N_("Answer in a thread"), sync_to_thread=True,
        security=needs("write"), operation_class=takes(answers.NewPost), responses=problems(*WRITING),
        description=N_("Adds a post at the end of the thread, as the token’s member."),
    )  # fmt: skip
    def reply(
        self, ctx: NamedDependency[Ctx], thread_id: FromPath[int], body: RawBody, idempotency_key: Key = None
    ) -> Response[answers.Post]:
        """201 and the post. Raises Malformed, SignInNeeded, Forbidden, NotFound, Invalid, TooMany."""
        with ctx.db.read() as session:
            require_member(ctx.actor(session))
            data = sent(answers.NewPost, body)
            draft = compose(session, data.body)
            ctx.house(session)

        def make(session: Session, actor: Actor) -> tuple[answers.Post, str]:
            made = domain.reply(
                session, actor=actor, thread_id=thread_id, draft=draft, now=ctx.now, reply_to=data.reply_to
            )
            return _post(ctx, session, actor, made.id), f"/api/v1/posts/{made.id}"

        return once(ctx, idempotency_key, data, make)


class Posts(Controller):
    """`/api/v1/posts`."""

    path = "/api/v1/posts/{post_id:int}"
    tags = ("Posts",)

    @get(
        "/", operation_id="getPost", summary=N_("One post"), sync_to_thread=True, security=PUBLIC,
        description=N_("The post with its Markdown and its HTML."), responses=problems(401, 403, 404),
    )  # fmt: skip
    def show(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Response[answers.Post]:
        """The post. Raises NotFound."""
        with ctx.db.read() as session:
            found = _post(ctx, session, reader(ctx, session), post_id)
        return answer(found)

    @patch(
        "/", operation_id="editPost", summary=N_("Change a post"), sync_to_thread=True, security=needs("write"),
        description=N_("Gives one’s own post new words; the earlier ones stay in its history."),
        operation_class=takes(answers.PostChange), responses=problems(*WRITING, 409),
    )  # fmt: skip
    def edit(self, ctx: NamedDependency[Ctx], post_id: FromPath[int], body: RawBody) -> Response[answers.Post]:
        """The post as it is now. Raises Malformed, SignInNeeded, Forbidden, NotFound, Conflict, Invalid."""
        with ctx.db.read() as session:
            require_member(ctx.actor(session))
            data = sent(answers.PostChange, body)
            draft = compose(session, data.body)
            ctx.house(session)
        with ctx.db.write() as session:
            actor = ctx.actor(session)
            domain.edit(
                session, actor=actor, post_id=post_id, draft=draft, version=data.version, now=ctx.now,
                reason=clean(data.reason),
            )  # fmt: skip
            found = _post(ctx, session, actor, post_id)
        return answer(found)

    @get(
        "/revisions", operation_id="listRevisions", summary=N_("The history of a post"), sync_to_thread=True,
        security=PUBLIC, responses=problems(*READING),
        description=N_("What the post said, newest first; the first is what it says now."),
    )  # fmt: skip
    def revisions(
        self, ctx: NamedDependency[Ctx], post_id: FromPath[int], limit: Limit = paging.PAGE, after: After = ""
    ) -> Response[answers.RevisionList]:
        """A piece of the history. Raises NotFound, Invalid."""
        check_limit(limit)
        start = cursor(after, int)
        with ctx.db.read() as session:
            actor = reader(ctx, session)
            text = queries.post_text(session, actor, ctx.house(session), post_id)
            require_history(actor, _Rules(text), text.thread, text.category)
            if start:
                found = history.revisions(session, actor, text, before=start[0], limit=limit + 1)
            else:
                standing = history.standing_revision(session, actor, text)
                found = [standing, *history.revisions(session, actor, text, before=standing.version, limit=limit)]
        items = [revision_answer(one) for one in found[:limit]]
        return answer(answers.RevisionList(items, paging.encode(items[-1].version) if len(found) > limit else None))


class _Rules:
    """A PostText as policy asks for it; history is for whoever may read, so who deleted it does not matter."""

    deleted_by_id: int | None = None

    def __init__(self, text: PostText) -> None:
        self.author_id, self.number, self.state = text.post.author.id, text.post.number, text.post.state


def _base(ctx: Ctx) -> str:
    return ctx.settings.base_url.rstrip("/")


def _post(ctx: Ctx, session: Session, actor: Actor, post_id: int) -> answers.Post:
    text = queries.post_text(session, actor, ctx.house(session), post_id)
    return post_answer(text.post, text.source, _base(ctx))


def _only(actor: Actor, category: CategoryView | None) -> tuple[CategoryView, ...]:
    """The one category of a filter. Raises NotFound for one that is not there or not for `actor` to see."""
    if category is None or not may_see(actor, category):
        raise NotFound()
    return (category,)


def _author(session: Session, name: str) -> int:
    key = clean(name).lower()
    found = queries.members_named(session, {key}).get(key)
    if found is None:
        raise NotFound()
    return found[0]


CONTROLLERS = [Threads, Posts]
SCHEMAS = answers.SCHEMAS
