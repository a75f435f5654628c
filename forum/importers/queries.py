"""Where imported things went."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.errors import NotFound
from forum.importers.models import ImportedId
from forum.members.models import Member
from forum.policy.actors import Actor
from forum.threads import queries as threads
from forum.threads.views import post_url

MAX_FOREIGN = 120


def address_of(session: Session, actor: Actor, source: str, kind: str, foreign: str) -> str:
    """The address here of what was `foreign` at `source`. `kind`: user, thread or post.

    Raises NotFound when it was never imported, and when `actor` may not see it: the two look alike.
    """
    if len(foreign) > MAX_FOREIGN:
        raise NotFound()
    local = session.execute(
        select(ImportedId.local_id).where(
            ImportedId.source == source, ImportedId.kind == kind, ImportedId.foreign_id == foreign
        )
    ).scalar()
    if local is None:
        raise NotFound()
    if kind == "user":
        name = session.execute(select(Member.name).where(Member.id == local)).scalar()
        if name is None:
            raise NotFound()
        return f"/u/{name}"
    if kind == "thread":
        return threads.thread(session, actor, local).url
    if kind == "post":
        thread, number = threads.where_is(session, actor, local)
        return post_url(thread.id, thread.slug, number)
    raise NotFound()
