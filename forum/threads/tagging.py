"""A thread's tags."""

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from forum.db import upsert
from forum.threads.models import Tag, ThreadTag


def set_tags(session: Session, thread_id: int, names: list[str]) -> None:
    """Give a thread these tags and no others; new ones are made."""
    session.execute(ThreadTag.__table__.delete().where(ThreadTag.thread_id == thread_id))  # type: ignore[attr-defined]
    if not names:
        return
    known = {row.name: row.id for row in session.execute(select(Tag.id, Tag.name).where(Tag.name.in_(names)))}
    for name in names:
        if name not in known:
            known[name] = _make_tag(session, name)
    session.execute(insert(ThreadTag), [{"tag_id": known[name], "thread_id": thread_id} for name in names])


def _make_tag(session: Session, name: str) -> int:
    """Insert, or take what another transaction inserted meanwhile."""
    session.execute(upsert(session, Tag).values(name=name).on_conflict_do_nothing(index_elements=[Tag.name]))
    return session.execute(select(Tag.id).where(Tag.name == name)).scalar_one()
