"""What the controllers of threads and posts share."""

from typing import Any
from urllib.parse import parse_qs
from urllib.parse import quote as percent

from litestar import Response
from markupsafe import Markup

from forum.categories.queries import CategoryView
from forum.kit.i18n import N_, Message, Text
from forum.kit.markdown import quote as quote_markdown
from forum.policy.actors import GUEST
from forum.policy.feedback import may_collect
from forum.prevention.facts import Typing
from forum.prevention.stamps import stamp, typing
from forum.threads.compose import compose
from forum.threads.forms import ReplyForm, ThreadForm
from forum.threads.views import PostText, PostView, ThreadPage, ThreadView
from forum.web.ctx import Ctx
from forum.web.parts import hole

Html = Response[bytes]


def preview(ctx: Ctx, body: str) -> Markup:
    """`body` as it will look. Raises Invalid."""
    with ctx.db.read() as session:
        return Markup(compose(session, body).html)  # noqa: S704  sanitised by compose


def new_key(ctx: Ctx) -> str:
    """The key of a form that is given out now: a double click posts once, and it says when it was opened."""
    return stamp(ctx.core.secret, ctx.now)


def typed(ctx: Ctx, form: ThreadForm | ReplyForm) -> Typing:
    """How a form came back, for prevention."""
    return typing(ctx.core.secret, form.submission, form.homepage, ctx.now)


def say_all(ctx: Ctx, fields: dict[str, Message]) -> dict[str, str]:
    """Field errors in the reader's language."""
    return {name: ctx.say(message) for name, message in fields.items()}


def last(ctx: Ctx, name: str, default: str) -> str:
    """The last value of a query parameter."""
    return parse_qs(ctx.visit.query[:2000]).get(name, [default])[-1]


def moved(ctx: Ctx, path: str) -> Html:
    """301 to the canonical address, keeping nothing else of the query."""
    return Response(b"", status_code=301, headers={"Location": percent(path, safe="/?=&#")}, media_type="text/html")


def post_part(ctx: Ctx, post: PostView, thread: ThreadView, category: CategoryView, *, may_reply: bool) -> Markup:
    """`threads/_post.html`, kept for all readers alike unless it holds forms of the reader's own."""
    own = post.may_delete or post.may_restore
    collects = may_collect(ctx.visit.actor or GUEST) and post.state == "visible"
    key = (post, thread.locale or category.locale, may_reply, collects)
    return ctx.part(
        "threads/_post.html", key, shared=not own, post=post, thread=thread, category=category, may_reply=may_reply,
        collects=collects,
    )  # fmt: skip


def page_context(ctx: Ctx, found: ThreadPage) -> dict[str, Any]:
    """What `threads/show.html` and the reply form's fragments need."""
    parts = [
        (post, post_part(ctx, post, found.thread, found.category, may_reply=found.may_reply)) for post in found.posts
    ]
    return {"it": found, "parts": parts, "reply_form": _empty_form(ctx, found) if found.may_reply else None}


def _empty_form(ctx: Ctx, found: ThreadPage) -> Markup:
    """The reply form below a page: the same for everybody, but for its tokens."""
    seen, page = str(found.posts[-1].number if found.posts else 0), str(found.page)
    return ctx.part(
        "threads/_reply_form.html", (found.thread.id, seen, page), shared=True,
        holes={"submission": new_key(ctx)}, thread=found.thread,
        values=ReplyForm(submission=hole("submission"), seen=seen, page=page), errors={}, parent=None, preview=None,
    )  # fmt: skip


def quotation(ctx: Ctx, text: PostText, selected: str) -> str:
    """The Markdown that quotes `text`: what was selected, if it really stands there, else all of it."""
    label = ctx.say(Text(N_("%(name)s, post %(n)s"), {"name": text.post.author.display_name, "n": text.post.number}))
    words = selected.strip()
    return quote_markdown(label, text.post.id, words if words and words[:2000] == words else text.source) + "\n\n"
