"""Idempotency-Key on every POST: the same call twice has one effect and one answer.

The answer is kept in the very transaction that makes the effect, under a unique key. So a crash keeps both or
neither, and of two calls at the same time the second waits for the first and repeats its answer. Refusals are not
kept: they had no effect, and the call may succeed once its cause is gone.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Response
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.api.models import IdempotentAnswer
from forum.api.shared import answer, encoded
from forum.errors import Invalid, Malformed
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.web.ctx import Ctx

KEPT = timedelta(days=1)
MAX_KEY = 100
Make = Callable[[Session, Actor], tuple[Any, str]]
"""What the call does: (what to answer with, path of what was made)."""


def once(ctx: Ctx, key: str | None, data: msgspec.Struct, make: Make, *, status: int = 201) -> Response[Any]:
    """Run `make` in one write transaction and answer `status`; with a `key`, only the first time.

    Raises Malformed (a key that cannot be one), Invalid (the key was used for another request), whatever `make` raises.
    """
    if key is None:
        with ctx.db.write() as session:
            value, path = make(session, ctx.actor(session))
        return answer(value, status=status, location=_absolute(ctx, path))
    _check(key)
    fingerprint = _fingerprint(ctx, data)
    try:
        with ctx.db.write() as session:
            actor = ctx.actor(session)
            row = _key_of(actor, key)
            if found := _kept(session, ctx, row, fingerprint):
                return found
            # The answer's place first: on PostgreSQL a second call waits here until this one is done.
            session.execute(insert(IdempotentAnswer).values(
                member_key=row, fingerprint=fingerprint, status=status, body=b"", created_at=ctx.now,
            ))  # fmt: skip
            value, path = make(session, actor)
            body, location = msgspec.json.encode(value), _absolute(ctx, path)
            kept = session.get_one(IdempotentAnswer, row)
            kept.body, kept.location = body, location
    except IntegrityError as error:
        return _after_race(ctx, key, fingerprint, error)
    return encoded(body, status=status, location=location)


def purge(session: Session, now: datetime) -> int:
    """Forget answers older than a day; how many."""
    result = session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < now - KEPT))
    return int(getattr(result, "rowcount", 0))


def _after_race(ctx: Ctx, key: str, fingerprint: str, error: IntegrityError) -> Response[Any]:
    with ctx.db.read() as session:
        found = _kept(session, ctx, _key_of(ctx.actor(session), key), fingerprint)
    if found is None:
        raise error  # not the key's doing
    return found


def _kept(session: Session, ctx: Ctx, row: str, fingerprint: str) -> Response[Any] | None:
    kept = session.execute(
        select(
            IdempotentAnswer.fingerprint, IdempotentAnswer.status, IdempotentAnswer.body, IdempotentAnswer.location,
            IdempotentAnswer.created_at,
        ).where(IdempotentAnswer.member_key == row)
    ).first()  # fmt: skip
    if kept is None:
        return None
    if kept.created_at < ctx.now - KEPT:
        session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.member_key == row))
        return None
    if kept.fingerprint != fingerprint:
        raise Invalid({"Idempotency-Key": N_("This key was used for another request. Take a new one.")})
    return encoded(kept.body, status=kept.status, location=kept.location, replayed=True)


def _check(key: str) -> None:
    if not 1 <= len(key.strip()) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise Malformed(N_("Idempotency-Key takes 1 to 100 printable characters."))


def _key_of(actor: Actor, key: str) -> str:
    return hashlib.sha256(f"{actor.id}\0{key}".encode()).hexdigest()


def _fingerprint(ctx: Ctx, data: msgspec.Struct) -> str:
    sent = f"{ctx.visit.method} {ctx.visit.path}\n".encode() + msgspec.json.encode(data)
    return hashlib.sha256(sent).hexdigest()


def _absolute(ctx: Ctx, path: str) -> str:
    return ctx.settings.base_url.rstrip("/") + path if path else ""
