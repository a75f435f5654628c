"""Posts that wait for a moderator: held ones, and hidden ones that their author has mended. None is ever lost.

While one waits, its case says so (`Case.held`). No decision closes that case without saying what becomes of the post,
and whatever a taken-back decision leaves waiting stands in the queue again.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.kit.i18n import N_
from forum.moderation.domain import cases
from forum.moderation.domain.acts import BESIDE, FATES, Act
from forum.moderation.domain.targets import Target, load
from forum.moderation.models import Case
from forum.threads.models import Post


def waits(held: bool, state: str) -> bool:
    """Is a post of this state, whose living case is `held`, waiting for a moderator?"""
    return held and state in {"held", "hidden"}


def check_fate(act: Act, case: Case | None, target: Target) -> bool:
    """True for a target that waits, whose case is about to be closed. Raises Invalid(action, fate)."""
    if case is None or target.post is None or not waits(case.held, target.post.state):
        return False
    if act.action == "dismiss":
        raise Invalid({"action": N_("This waits for a moderator: approve it, hide it or remove it.")})
    if act.action in BESIDE and act.fate not in FATES:
        raise Invalid({"fate": N_("Choose what becomes of the post: it waits for a moderator.")})
    return True


def wait_again(session: Session, effects: list[list[Any]], now: datetime) -> None:
    """After a decision was taken back: what waits now has a living case that says so; a case about what everybody
    sees says it no more. Three statements, and a few for each post whose case is not as it should be.
    """
    changed = [entry for entry in effects if entry[0] == "set"]
    posts = {entry[2] for entry in changed if entry[1] == "posts" and "state" in entry[3]}
    closed = [entry[2] for entry in changed if entry[1] == "cases" and entry[3].get("held") == [True, False]]
    waited = set(
        session.scalars(select(Case.target_id).where(Case.id.in_(closed), Case.target_type == "post")) if closed else ()
    )
    if not posts | waited:
        return
    about = and_(Case.target_type == "post", Case.target_id == Post.id, Case.state != "resolved")
    rows = session.execute(
        select(Post.id, Post.state, Case).outerjoin(Case, about).where(Post.id.in_(posts | waited)).order_by(Post.id)
    ).all()
    for row in rows:
        case: Case | None = row[2]
        if case is None or not case.held:
            if row.state == "held" or (row.state == "hidden" and row.id in waited):
                cases.hold(session, load(session, "post", row.id), now)
        elif row.state == "visible":
            case.held = False
            cases.reckon(session, case)
