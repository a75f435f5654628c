"""What both lists about oneself share: decisions and reports, newest first, a piece at a time."""

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec
from litestar import Response
from sqlalchemy.orm import Session

from forum.moderation.queries.standing import own_waiting
from forum.policy.actors import Actor
from forum.web.ctx import Ctx


class MineQuery(msgspec.Struct):
    """`?after=`."""

    after: str = ""


class Piece(Protocol):
    """A piece of a list. `older`: the cursor of the next one."""

    @property
    def rows(self) -> Sequence[Any]: ...
    @property
    def older(self) -> str | None: ...


class Read(Protocol):
    """A query that gives a piece of the reader's own list."""

    def __call__(self, session: Session, actor: Actor, *, after: str) -> Piece: ...


def my_list(ctx: Ctx, template: str, path: str, read: Read) -> Response[bytes]:
    """The page at `path`. Raises what `read` raises."""
    after = ctx.query(MineQuery).after
    with ctx.db.read() as session:
        actor = ctx.actor(session)
        page = read(session, actor, after=after)
        waiting = own_waiting(session, actor) if not after else []
        ctx.house(session)
    older = f"{path}?{urlencode({'after': page.older})}" if page.older else None
    return ctx.page(template, rows=page.rows, waiting=waiting, older=older, first=not after)
