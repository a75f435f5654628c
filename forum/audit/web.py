"""`/moderation/log`: what the staff did."""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from sqlalchemy.orm import Session

from forum.audit import queries
from forum.audit.check import check
from forum.audit.forms import LogQuery
from forum.audit.queries import LogFilter
from forum.audit.verify import size
from forum.audit.words import ACTIONS, line_of
from forum.events import AuditCheckAsked, record
from forum.kit.dates import zone
from forum.kit.i18n import N_, NN_, Message, Text
from forum.policy.actors import Actor
from forum.policy.audit import require_check
from forum.web.ctx import Ctx

Html = Response[bytes]
HERE = "/moderation/log"
AT_ONCE = 20_000  # entries that are checked while the administrator waits: under a second


class Log(Controller):
    """The log itself."""

    @get(HERE, sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """A page of it, newest first. Raises SignInNeeded, Forbidden."""
        query = ctx.query(LogQuery)
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            last = queries.last_check(session, actor)  # asks the policy, before anything is looked up
            wanted, errors = _wanted(session, actor, query)
            page = queries.log_page(session, actor, wanted, after=query.after)
            house = ctx.house(session)
        found = [] if errors else [line_of(entry, house, actor, ctx.say) for entry in page.entries]
        return ctx.page(
            "audit/log.html", status=422 if errors else 200, lines=found, check=last, values=query,
            actions=[(code, ctx.say(words)) for code, words in _offered(query.action)],
            errors={name: ctx.say(message) for name, message in errors.items()},
            older=_address(query, page.older) if page.older and not errors else None,
            newest=_address(query) if query.after else None, filtered=bool(_asked(query)),
        )  # fmt: skip


class Checks(Controller):
    """Whether it still says what it said."""

    @post(f"{HERE}/checks", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Check the chain: a short one at once, a long one in the background. Raises SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            require_check(actor)
            entries = size(session)
        if entries > AT_ONCE:
            with ctx.db.write() as session:
                record(session, AuditCheckAsked(actor.id), now=ctx.now)
            ctx.flash(N_("The log is being checked. What was found stands here in a moment."), "info")
            return ctx.go(HERE)
        found = check(ctx.db, actor_id=actor.id, now=ctx.now)
        if found.broken:
            ctx.flash(Text(N_("The log does not hold from entry %(n)s on."), {"n": found.broken.entry_id}), "bad")
        else:
            one, many = NN_("Checked: %(n)s entry holds.", "Checked: %(n)s entries hold.")
            ctx.flash(Text(one, {"n": found.entries}, many))
        return ctx.go(HERE)


def _offered(action: str) -> list[tuple[str, Message]]:
    """What can be filtered by; a code that came in an address stays, known or not."""
    known: list[tuple[str, Message]] = list(ACTIONS.items())
    return known if not action or action in ACTIONS else [(action, action), *known]


def _wanted(session: Session, actor: Actor, query: LogQuery) -> tuple[LogFilter, dict[str, Message]]:
    errors: dict[str, Message] = {}
    who = None
    if query.actor.strip():
        found = queries.member_named(session, actor, query.actor)
        if found is None:
            errors["actor"] = Text(N_("Nobody here is called “%(name)s”."), {"name": query.actor.strip()[:40]})
        else:
            who = found.id
    since = _midnight(query.since.strip(), actor.timezone)
    until = _midnight(query.until.strip(), actor.timezone, days_later=1)  # the day itself belongs to it
    for name, moment in (("since", since), ("until", until)):
        if getattr(query, name).strip() and moment is None:
            errors[name] = N_("Write the day as year-month-day, like 2026-11-21.")
    return LogFilter(who, query.action.strip()[:40], since, until), errors


def _midnight(text: str, timezone: str, *, days_later: int = 0) -> datetime | None:
    """When that day (or a later one) begins for the reader; None for what is no day, or one beyond this millennium."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    if day is None or not 1970 < day.year < 3000:
        return None
    return datetime.combine(day + timedelta(days=days_later), time(), zone(timezone)).astimezone(UTC)


def _asked(query: LogQuery) -> dict[str, str]:
    return {name: value for name, value in msgspec.structs.asdict(query).items() if value and name != "after"}


def _address(query: LogQuery, after: str = "") -> str:
    parts = urlencode({**_asked(query), **({"after": after} if after else {})})
    return f"{HERE}?{parts}" if parts else HERE


CONTROLLERS = [Log, Checks]
