"""`/feedback/capture`: words of a post become feedback, from the menu of any post."""

from typing import Any

from litestar import Controller, get, post
from litestar.di import NamedDependency
from sqlalchemy.orm import Session

from forum.errors import Invalid, NotFound
from forum.feedback import domain, words
from forum.feedback.domain import NewEvidence
from forum.feedback.similar import About
from forum.feedback.web.shared import (
    HERE,
    Html,
    ItemForm,
    alike,
    collector,
    item_choices,
    new_item,
    number,
    say,
    with_chosen,
)  # fmt: skip
from forum.kit.i18n import N_
from forum.kit.markdown.plain import plain
from forum.policy.actors import Actor
from forum.threads.queries import post_text
from forum.threads.views import PostText
from forum.web.ctx import Ctx


class Capture(Controller):
    """The drawer beside a thread; without scripts, a page."""

    path = f"{HERE}/capture"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """The form, with what was selected, and what is about the same. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.query(ItemForm)
        if not form.post:
            return ctx.go(f"{HERE}/items/new")  # which asks who one is
        return _form(ctx, form)

    @post("/", sync_to_thread=True, status_code=200)
    def take(self, ctx: NamedDependency[Ctx]) -> Html:
        """Make it a new item, or words of one that is there. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(ItemForm)
        if form.look:
            return _form(ctx, form)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                text = _post(ctx, session, actor, form)
                item_id, added = _taken(ctx, session, actor, form, text)
        except Invalid as error:
            return _form(ctx, form, error)
        said = N_("Added to the item.") if added else N_("The item has these words already.")
        if ctx.visit.htmx:
            return ctx.fragment("feedback/_captured.html", item_id=item_id, said=ctx.say(said))
        ctx.flash(said)
        return ctx.go(f"{HERE}/items/{item_id}")


def _taken(ctx: Ctx, session: Session, actor: Actor, form: ItemForm, text: PostText) -> tuple[int, bool]:
    """(the item, whether the words were new to it). Raises Invalid, NotFound."""
    into = number(form.into)
    if not into:
        locale = text.thread.locale or text.category.locale
        return domain.create(session, actor=actor, item=new_item(form, locale), now=ctx.now), True
    said = (NewEvidence(text.post.id, form.quote),)
    return into, bool(domain.add_evidence(session, actor=actor, item_id=into, evidence=said, now=ctx.now))


def _post(ctx: Ctx, session: Session, actor: Actor, form: ItemForm) -> PostText:
    """The post in question. Raises NotFound."""
    if not number(form.post):
        raise NotFound()
    return post_text(session, actor, ctx.house(session), number(form.post))


def _form(ctx: Ctx, form: ItemForm, error: Invalid | None = None) -> Html:
    with ctx.db.read() as session:
        actor = collector(ctx, session)
        text = _post(ctx, session, actor, form)
        about = About(
            title=form.find or text.thread.title, text=form.quote or plain(text.post.html), post_id=text.post.id,
            thread_id=text.thread.id,
        )  # fmt: skip
        found = with_chosen(session, actor, alike(ctx, session, actor, about), number(form.into))
        choices: dict[str, Any] = item_choices(session, ctx, actor)
    context = {
        "values": form, "text": text, "similar": found, "errors": say(ctx, error.fields) if error else {},
        "words": words, **choices,
    }  # fmt: skip
    status = 422 if error else 200
    if ctx.visit.htmx:
        return ctx.fragment("feedback/_capture.html", status=status, **context)
    return ctx.page("feedback/capture.html", status=status, **context)


CONTROLLERS = [Capture]
