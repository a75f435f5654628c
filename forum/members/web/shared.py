"""What the controllers of members share."""

from litestar import Response
from sqlalchemy.orm import Session

from forum.kit.i18n import Message
from forum.policy.actors import Actor, require_member
from forum.web.ctx import Ctx

Html = Response[bytes]


def member(ctx: Ctx) -> Actor:
    """Whoever is signed in. Raises SignInNeeded."""
    with ctx.db.read() as session:
        actor = ctx.actor(session)
    require_member(actor)
    return actor


def say_all(ctx: Ctx, fields: dict[str, Message]) -> dict[str, str]:
    """Field errors in the reader's language."""
    return {name: ctx.say(message) for name, message in fields.items()}


def house_names(ctx: Ctx, session: Session) -> list[str]:
    """The names that only the house bears."""
    site = ctx.house(session).site
    return [site.name, site.brand]
