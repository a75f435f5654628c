"""`/moderation/public`: what the moderators do, for everybody to read."""

from itertools import groupby
from urllib.parse import urlencode

import msgspec
from babel.dates import format_date
from litestar import Controller, Response, get
from litestar.di import NamedDependency

from forum.kit.dates import BABEL, zone
from forum.moderation.queries import public as queries
from forum.web.ctx import Ctx

Html = Response[bytes]


class LogQuery(msgspec.Struct):
    """`?month=2026-11` (that one and older) or `?after=` a cursor."""

    month: str = ""
    after: str = ""


class PublicLog(Controller):
    """No member, no title, no text."""

    include_in_schema = False

    @get("/moderation/public", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """Newest first, month by month."""
        query = ctx.query(LogQuery)
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            place = zone(actor.timezone)
            before = queries.month_after(query.month, place)
            page = queries.public_log(session, actor, house, ctx.locale, after=query.after, before=before)
        older = f"/moderation/public?{urlencode({'after': page.older})}" if page.older else None

        def month(row: queries.Logged) -> str:
            return str(format_date(row.day.astimezone(place).date(), "MMMM y", locale=BABEL[ctx.locale]))

        groups = [(name, list(rows)) for name, rows in groupby(page.rows, month)]
        months = [
            (at.strftime("%Y-%m"), str(format_date(at.date(), "MMMM y", locale=BABEL[ctx.locale])))
            for at in queries.months(page.first, ctx.now, place)
        ]
        return ctx.page(
            "moderation/public.html", shared=True, groups=groups, months=months, older=older,
            first=not query.after and before is None, chosen=query.month if before else "",
        )  # fmt: skip


CONTROLLERS = [PublicLog]
