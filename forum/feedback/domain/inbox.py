"""The inbox: what members, rules and surveys point at waits until somebody of the staff has looked."""

from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.errors import Conflict, Invalid, NotFound, TooMany
from forum.feedback.domain.evidence import NewEvidence, add_evidence, attach_survey
from forum.feedback.domain.items import NewItem, create
from forum.feedback.domain.shared import chosen, one_line
from forum.feedback.models import KINDS, InboxEntry
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect, require_point
from forum.policy.posts import listed_posts
from forum.threads.models import Post, Thread

FLAGS_A_DAY = 20
LONGEST_NOTE = 500


def flag(session: Session, *, actor: Actor, post_id: int, kind: str = "", note: str = "", now: datetime) -> bool:
    """A member says "this is feedback" of a post; False when they had said so. Nothing is public about it.

    Raises SignInNeeded, Forbidden, NotFound, Invalid, TooMany.
    """
    require_point(actor)
    visible = (
        select(Post.id)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.id == post_id, listed_posts(actor))
    )
    if session.execute(visible).first() is None:
        raise NotFound()
    kind = chosen("kind", kind, KINDS) if kind else ""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    said = (
        select(func.count()).select_from(InboxEntry).where(InboxEntry.by_id == actor.id, InboxEntry.created_at >= today)
    )
    if (session.scalar(said) or 0) >= FLAGS_A_DAY:
        raise TooMany(N_("That is a lot for one day. Come back tomorrow."), retry_after=3600)
    return point(
        session, key=f"member:{actor.id}:{post_id}", source="member", post_id=post_id, by_id=actor.id, kind=kind,
        note=one_line(note, LONGEST_NOTE)[:LONGEST_NOTE], now=now,
    )  # fmt: skip


def point(
    session: Session, *, key: str, source: str, now: datetime, post_id: int | None = None, survey_id: int | None = None,
    rule_id: int | None = None, by_id: int | None = None, kind: str = "", note: str = "",
) -> bool:  # fmt: skip
    """Put something into the inbox, once for each `key`; False when it was there."""
    try:
        with session.begin_nested():
            session.execute(
                insert(InboxEntry).values(
                    key=key, source=source, post_id=post_id, survey_id=survey_id, rule_id=rule_id, by_id=by_id,
                    kind=kind, note=note, created_at=now,
                )
            )  # fmt: skip
    except IntegrityError:
        return False
    return True


def accept(
    session: Session, *, actor: Actor, entry_id: int, now: datetime, item_id: int | None = None,
    item: NewItem | None = None, quote: str = "",
) -> int:  # fmt: skip
    """Make it evidence of an item that is there (`item_id`) or of a new one (`item`); the item's id.

    Other entries about the same post are settled with it. Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict.
    """
    require_collect(actor)
    entry = _waiting(session, entry_id)
    evidence = (NewEvidence(entry.post_id, quote),) if entry.post_id else ()
    if item_id is None:
        if item is None:
            raise Invalid({"item": N_("Choose an item, or write a new one.")})
        made = NewItem(
            title=item.title, kind=item.kind, theme=item.theme, team=item.team, pain=item.pain, area=item.area,
            locale=item.locale, evidence=evidence or item.evidence,
        )  # fmt: skip
        item_id = create(session, actor=actor, item=made, now=now, source=entry.source)
    else:
        add_evidence(session, actor=actor, item_id=item_id, evidence=evidence, now=now, source=entry.source)
    if entry.survey_id is not None:
        attach_survey(session, actor=actor, item_id=item_id, survey_id=entry.survey_id, now=now)
    _settle(session, entry, actor, now, state="accepted", item_id=item_id)
    return item_id


def dismiss(session: Session, *, actor: Actor, entry_id: int, reason: str, now: datetime) -> None:
    """It is no feedback; `reason` stays with it. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
    require_collect(actor)
    entry = _waiting(session, entry_id)
    _settle(session, entry, actor, now, state="dismissed", reason=one_line(reason, LONGEST_NOTE)[:LONGEST_NOTE])


def put_back(session: Session, *, actor: Actor, entry_id: int) -> None:
    """Take a dismissal back. Raises SignInNeeded, Forbidden, NotFound."""
    require_collect(actor)
    entry = session.get(InboxEntry, entry_id, with_for_update=True)
    if entry is None or entry.state != "dismissed":
        raise NotFound()
    entry.state, entry.reason, entry.decided_at, entry.decided_by_id = "waiting", "", None, None


def _waiting(session: Session, entry_id: int) -> InboxEntry:
    entry = session.get(InboxEntry, entry_id, with_for_update=True)
    if entry is None:
        raise NotFound()
    if entry.state != "waiting":
        raise Conflict(N_("Somebody has dealt with this in the meantime."))
    return entry


def _settle(
    session: Session, entry: InboxEntry, actor: Actor, now: datetime, *, state: str, item_id: int | None = None,
    reason: str = "",
) -> None:  # fmt: skip
    """The entry, and the others that wait for the same post."""
    which = InboxEntry.post_id == entry.post_id if entry.post_id else InboxEntry.id == entry.id
    session.execute(
        update(InboxEntry)
        .where(which, InboxEntry.state == "waiting")
        .values(state=state, item_id=item_id, reason=reason, decided_by_id=actor.id, decided_at=now)
        .execution_options(synchronize_session="fetch")
    )
