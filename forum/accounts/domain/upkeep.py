"""What runs out is thrown away: called by the housekeeping job."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, update
from sqlalchemy.orm import Session

from forum.accounts.domain.attempts import KEPT
from forum.accounts.models import Attempt, OneTimeLink, SignIn, Signup
from forum.accounts.queries import IDLE
from forum.events import EVENTS
from forum.outbox import SPENT, Outbox

DEAD_SECRETS = timedelta(days=3)  # by then no link in a mail that never left would work any more


def purge(session: Session, now: datetime) -> dict[str, int]:
    """Delete sign-ups, sessions, links and attempts that are over, blank secrets in dead outbox rows; rows for each."""
    over: dict[str, tuple[type[Signup | SignIn | OneTimeLink | Attempt], ColumnElement[bool]]] = {
        "signups": (Signup, Signup.expires_at <= now),
        "sessions": (SignIn, or_(SignIn.expires_at <= now, SignIn.seen_at <= now - IDLE)),
        "links": (OneTimeLink, OneTimeLink.expires_at <= now),
        "attempts": (Attempt, Attempt.at < now - KEPT),
    }
    gone = {
        name: int(session.execute(delete(table).where(condition)).rowcount)  # type: ignore[attr-defined]
        for name, (table, condition) in over.items()
    }
    secret = [name for name, kind in EVENTS.items() if kind.secret]
    session.execute(
        update(Outbox)
        .where(Outbox.dead_at < now - DEAD_SECRETS, Outbox.event.in_(secret), Outbox.payload != SPENT)
        .values(payload=SPENT)
    )
    return gone
