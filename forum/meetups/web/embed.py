"""A card for other people's pages, and the same as JSON: what a guest may see, and nothing that acts."""

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import NotFound
from forum.kit.dates import zone
from forum.meetups import queries, words
from forum.meetups.views import OccurrenceRow
from forum.meetups.web.shared import Html, number
from forum.policy.actors import GUEST
from forum.settings import LOCALES
from forum.web.asgi import CSP
from forum.web.ctx import Ctx

OPEN = CSP.replace("frame-ancestors 'none'", "frame-ancestors https: http:").replace(
    "script-src 'self'; ", "script-src 'none'; "
)
"""Anybody may frame the card. It holds no form, no script, no cookie, and shows what a guest sees."""
FRESH = 300  # seconds


class EmbedQuery(msgspec.Struct):
    """`date`: of a series. `lang`: the card's language; else the browser's."""

    date: str = ""
    lang: str = ""


class Embeds(Controller):
    """`/meetups/{id}/{slug}/embed` and `embed.json`."""

    include_in_schema = False

    @get("/meetups/{meetup_id:int}/{slug:str}/embed", sync_to_thread=True)
    def card(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int], slug: FromPath[str]) -> Html:
        """The card. Raises NotFound for whatever a guest does not see."""
        if (lang := ctx.query(EmbedQuery).lang) in LOCALES:  # the language of the page around it
            ctx.visit.cookies["forum-locale"] = lang
        row = self._row(ctx, meetup_id)
        o = row.occurrence
        w = words.when(o.starts_at, o.ends_at, o.timezone, locale=ctx.locale, now=ctx.now)
        answer = ctx.page("meetups/embed.html", row=row, w=w, over=o.is_over(ctx.now))
        answer.headers["Content-Security-Policy"] = OPEN
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        answer.headers["X-Frame-Options"] = (
            "ALLOWALL"  # what the policy above says counts; old browsers know no such word
        )
        return answer

    @get("/meetups/{meetup_id:int}/{slug:str}/embed.json", sync_to_thread=True)
    def facts(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int], slug: FromPath[str]) -> Response[bytes]:
        """The same for programs. Raises NotFound."""
        row = self._row(ctx, meetup_id)
        o, base = row.occurrence, ctx.settings.base_url.rstrip("/")
        here = zone(o.timezone)
        told = {
            "id": o.id, "meetup_id": o.meetup_id, "title": o.title, "url": base + row.url, "status": o.status,
            "starts_at": o.starts_at.astimezone(here).isoformat(), "ends_at": o.ends_at.astimezone(here).isoformat(),
            "timezone": o.timezone, "place": {"name": row.place_name, "address": row.place_address}
            if row.place_name else None, "online": o.is_online, "capacity": o.capacity, "going": o.taken,
            "waiting": o.waiting, "cancel_reason": o.cancel_reason or None,
            "calendar": f"{base}/occurrences/{o.id}/calendar.ics",
        }  # fmt: skip
        headers = {
            "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": f"public, max-age={FRESH}",
        }  # fmt: skip
        return Response(msgspec.json.encode(told), media_type="application/json", headers=headers)

    @staticmethod
    def _row(ctx: Ctx, meetup_id: int) -> OccurrenceRow:
        """As a guest: what stands in somebody else's page is nobody's own."""
        asked = number(ctx.query(EmbedQuery).date) or None
        with ctx.db.read() as session:
            house = ctx.house(session)
            it = queries.page(session, GUEST, house, meetup_id, now=ctx.now, occurrence_id=asked)
            row = queries.row(session, GUEST, house, it.occurrence.id)
        if row.occurrence.meetup_id != meetup_id:
            raise NotFound()
        return row
