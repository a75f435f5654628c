"""What every surface of search asks for: the engine of this process, and whether somebody asks too fast."""

from functools import lru_cache

from forum.accounts.domain import Watch
from forum.db import Database
from forum.errors import TooMany
from forum.kit.i18n import N_
from forum.kit.rate import Buckets
from forum.policy.actors import Actor
from forum.search import similar
from forum.search.engines.base import Engine
from forum.search.jobs import engine_of
from forum.search.views import SimilarThread
from forum.web.ctx import Ctx

BURST, EVERY = 40, 1.0
"""A member, or a guest's network, searches so often at once, and once more each second after that."""
SLOWLY = N_("That were many searches in a short time. Wait a moment, then go on.")


OFTEN = 120
"""Threads at whose foot one may look at once: that happens by itself, with each thread that is opened."""


@lru_cache(maxsize=4)
def _feet(_db: Database) -> Buckets:
    """The same for the foot of threads."""
    return Buckets(OFTEN, EVERY)


@lru_cache(maxsize=4)
def _buckets(_db: Database) -> Buckets:
    """One for the process."""
    return Buckets(BURST, EVERY)


def engine(ctx: Ctx) -> Engine:
    """The engine of this process."""
    return engine_of(ctx.settings, ctx.db)


def admit(ctx: Ctx, actor: Actor, *, foot: bool = False) -> None:
    """Raises TooMany for who searches faster than people do."""
    buckets = _feet(ctx.db) if foot else _buckets(ctx.db)
    key = f"member {actor.id}" if actor.id else f"network {Watch(b'', ctx.visit.client).network}"
    if wait := buckets.take(key, ctx.now.timestamp()):
        raise TooMany(SLOWLY, retry_after=wait)


def similar_to(ctx: Ctx, title: str) -> list[SimilarThread] | None:
    """Threads about the same as a title, for whoever asks; None when nobody could look.

    Who asks too fast is told so, too: nobody loses a form over it.
    """
    with ctx.db.read() as session:
        actor, house = ctx.actor(session), ctx.house(session)
        try:
            admit(ctx, actor)
        except TooMany:
            return None
        return similar.threads(session, actor, title, "", ctx.locale, engine=engine(ctx), house=house)
