"""Prevention in the verbs: a text is looked at before it is written, and what was seen is kept with its post."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.policy.actors import Actor
from forum.prevention import domain as prevention
from forum.prevention.domain import Judged
from forum.prevention.facts import Typing
from forum.threads.compose import Draft, check_tags, check_title, compose
from forum.threads.models import Post, Thread


class Screened(msgspec.Struct, frozen=True):
    """A text as it may be written. `held`: it waits for a moderator, by its author's standing or by what it says."""

    draft: Draft
    title: str = ""
    tags: tuple[str, ...] = ()
    held: bool = False
    judged: Judged | None = None

    def keep(self, session: Session, post_id: int, now: datetime) -> None:
        """Write down what was seen."""
        if self.judged is not None:
            prevention.keep(session, self.judged, post_id=post_id, now=now)


def screen(
    session: Session, *, actor: Actor, kind: str, draft: Draft, category_id: int, now: datetime, title: str = "",
    tags: list[str] | None = None, typing: Typing | None = None, post_id: int = 0, examine: bool = True,
) -> Screened:  # fmt: skip
    """Let the phases look. `examine` False: only what moderators have set for the author counts (the demo).

    Raises Invalid(body) with what to change.
    """
    names = tuple(tags or ())
    if not examine:
        return Screened(draft, title, names, actor.held)
    judged = prevention.judge(
        session, actor=actor, kind=kind, source=draft.source, html=draft.html, category_id=category_id, now=now,
        title=title, typing=typing, post_id=post_id,
    )  # fmt: skip
    if judged is None:
        return Screened(draft, title, names, actor.held)
    verdict = judged.verdict
    if verdict.censored is not None:
        draft = compose(session, verdict.censored)
    if verdict.censored_title is not None:
        title = check_title(verdict.censored_title)
    if verdict.tags and kind == "thread":
        names = _tagged(names, verdict.tags)
    return Screened(draft, title, names, actor.held or verdict.holds, judged)


def screen_title(session: Session, *, actor: Actor, thread: Thread, title: str, now: datetime) -> Screened:
    """The same for a new title alone; it is never held, only flagged. Raises Invalid(title)."""
    opening = session.execute(select(Post.id).where(Post.thread_id == thread.id, Post.number == 1)).scalar() or 0
    nothing = Draft("", "", (), ())
    try:
        return screen(
            session, actor=actor, kind="edit", draft=nothing, category_id=thread.category_id, now=now, title=title,
            post_id=opening,
        )  # fmt: skip
    except Invalid as error:
        raise Invalid({"title": error.fields["body"]}) from error


def _tagged(names: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """The author's tags stay; those of the list are added while there is room."""
    try:
        return tuple(check_tags([*names, *more]))
    except Invalid:
        return names
