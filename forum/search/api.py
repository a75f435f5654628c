"""Search as JSON."""

from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from forum.api.schema import about
from forum.api.shared import PUBLIC, After, Limit, answer, check_limit, clean, cursor, problems, reader
from forum.errors import Invalid
from forum.kit import paging
from forum.kit.i18n import N_
from forum.search import finding
from forum.search.filters import ANY_DAY, today
from forum.search.forms import SearchForm, asked
from forum.search.gate import admit, engine
from forum.search.language import day
from forum.threads.answers import Next
from forum.web.ctx import Ctx

Q = Annotated[
    str,
    QueryParameter(
        description=N_("What to look for, in the language of the search page: words, “phrases”, -not, author:name …"),
        schema_extra={"maxLength": 20_000},
    ),
]
CategoryFilter = Annotated[
    str, QueryParameter(description=N_("Only in this category and those inside it, by its slug."))
]
AuthorFilter = Annotated[str, QueryParameter(description=N_("Only posts of this member, by name."))]
TagFilter = Annotated[str, QueryParameter(description=N_("Only in threads with this tag."))]
Before = Annotated[
    str, QueryParameter(description=N_("Only posts written before this day, as in 2026-05-31, 2026-05 or 2026."))
]
AfterDate = Annotated[str, QueryParameter(description=N_("Only posts written on this day or later."))]
In = Annotated[
    Literal["title", "all"],
    QueryParameter(name="in", description=N_("title: only the titles of threads are searched.")),
]
Order = Annotated[
    Literal["relevance", "newest"],
    QueryParameter(description=N_("relevance: what fits best first; newest: last post first.")),
]


class Hit(msgspec.Struct):
    """A post that was found."""

    type: Annotated[
        str, about(N_("thread for an opening post, post for any other."), "post", schema={"enum": ["thread", "post"]})
    ]
    thread_id: Annotated[int, about(N_("The thread it stands in."), 42)]
    post_id: Annotated[int, about(N_("The post’s number, for good."), 137)]
    number: Annotated[int, about(N_("Its place in the thread."), 2)]
    title: Annotated[str, about(N_("The thread’s title."), "Chain skips on the 13")]
    excerpt: Annotated[str, about(N_("The words around the match, plain text."), "… look at the hanger first …")]
    url: Annotated[str, about(N_("Where it stands."), "https://forum.example/t/42/chain-skips-on-the-13#post-2")]
    score: Annotated[float, about(N_("How well it fits; comparable within one answer only."), 12.5)]


class HitList(msgspec.Struct):
    """A piece of what was found, best first."""

    items: list[Hit]
    next: Next
    cut: Annotated[
        bool,
        about(N_("Not every post was weighed: others may fit as well. Another word, or a longer one, helps."), False),
    ]
    degraded: Annotated[
        bool, about(N_("The index cannot be used for now: only the titles of threads were looked through."), False)
    ]
    rebuilding: Annotated[bool, about(N_("The index is being built anew: some posts may be missing."), False)]


class Search(Controller):
    """`/api/v1/search`."""

    path = "/api/v1/search"
    tags = ("Search",)

    @get(
        "/", operation_id="search", summary=N_("Find posts"), sync_to_thread=True, security=PUBLIC,
        description=N_(
            "Posts that the caller may see, best first, at most the 1,000 best. Without words, the newest that pass "
            "the filters. Pieces are cut from a ranking made anew each time: a post written meanwhile may shift it."
        ),
        responses=problems(401, 403, 422, 429),
    )  # fmt: skip
    def index(
        self, ctx: NamedDependency[Ctx], q: Q = "", category: CategoryFilter = "", author: AuthorFilter = "",
        tag: TagFilter = "", before: Before = "", after_date: AfterDate = "", within: In = "all",
        order: Order = "relevance", limit: Limit = paging.PAGE, after: After = "",
    ) -> Response[HitList]:  # fmt: skip
        """A piece of the ranking. Raises Invalid (a day that is none, a cursor, a limit), TooMany."""
        check_limit(limit)
        start = (cursor(after, int) or (0,))[0]
        wrong = {
            name: N_("A day as in 2026-05-31, a month or a year.")
            for name, value in (("before", before), ("after_date", after_date)) if value and not day(value, ANY_DAY)
        }  # fmt: skip
        if wrong or start < 0:
            raise Invalid(wrong or {"after": N_("This is not a cursor of ours: take next of the answer before.")})
        form = SearchForm(
            q=clean(q), category=clean(category), author=clean(author), tag=clean(tag), before=before,
            after_date=after_date, in_="title" if within == "title" else "", order=order,
        )  # fmt: skip
        with ctx.db.read() as session:
            actor, house = reader(ctx, session), ctx.house(session)
            admit(ctx, actor)
            question = asked(form, today=today(actor, ctx.now))
            found = finding.posts(session, engine(ctx), actor, house, question, start=start, limit=limit)
        base = ctx.settings.base_url.rstrip("/")
        items = [
            Hit(
                "thread" if it.number == 1 else "post", it.thread.id, it.post_id, it.number, it.thread.title,
                it.excerpt.text, base + it.url, round(it.score, 4),
            )
            for it in found.items
        ]  # fmt: skip
        then = paging.encode(start + limit) if found.total > start + limit else None
        return answer(HitList(items, then, found.hurried or found.shortened, found.degraded, found.rebuilding))


CONTROLLERS = [Search]
SCHEMAS = [Hit, HitList]
