"""Addresses that calendars subscribe to. Calendars send no cookies: what is private has an address of its own."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import NotFound
from forum.kit.i18n import N_, Text
from forum.kit.ical import MEDIA_TYPE
from forum.meetups import queries
from forum.meetups.calendars.entries import file
from forum.meetups.queries import FeedRow
from forum.policy.actors import Actor
from forum.policy.categories import require_see
from forum.web.ctx import Ctx

FRESH = 600  # seconds that a calendar need not ask again


class Calendars(Controller):
    """Feeds: the site's, a category's, a chapter's, one date's, somebody's own."""

    @get("/meetups.ics", sync_to_thread=True)
    def site(self, ctx: NamedDependency[Ctx]) -> Response[bytes]:
        """All that the reader may see."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            rows = queries.feed(session, actor, house, now=ctx.now)
        return _answer(ctx, actor, rows, name=house.site.name, path="/meetups")

    @get("/c/{slug:str}/meetups.ics", sync_to_thread=True)
    def category(self, ctx: NamedDependency[Ctx], slug: FromPath[str]) -> Response[bytes]:
        """Of a category and those inside it."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            category = house.by_slug(slug)
            require_see(actor, category)
            assert category is not None
            rows = queries.feed(session, actor, house, now=ctx.now, categories=house.below(category))
        return _answer(ctx, actor, rows, name=f"{category.name}, {house.site.name}", path=f"/c/{slug}")

    @get("/meetups/chapters/{slug:str}/calendar.ics", sync_to_thread=True)
    def chapter(self, ctx: NamedDependency[Ctx], slug: FromPath[str]) -> Response[bytes]:
        """Of a local group."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            chapter = queries.chapter(session, actor, house, slug).chapter
            rows = queries.feed(session, actor, house, now=ctx.now, chapter_id=chapter.id)
        return _answer(ctx, actor, rows, name=f"{chapter.name}, {house.site.name}", path=chapter.url)

    @get("/occurrences/{occurrence_id:int}/calendar.ics", sync_to_thread=True)
    def date(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Response[bytes]:
        """One date, to be put into a calendar by hand; it tells who has a seat where the online room is."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            row = queries.feed_one(session, actor, house, occurrence_id)
        answer = _answer(ctx, actor, [row], name="", path=row.row.url, mine=True)
        answer.headers["Content-Disposition"] = f'attachment; filename="{row.row.slug}.ics"'
        return answer

    @get("/meetups/calendar/{token:str}/mine.ics", sync_to_thread=True)
    def mine(self, ctx: NamedDependency[Ctx], token: FromPath[str]) -> Response[bytes]:
        """What somebody answered yes or maybe to. The address is the key, and can be taken back."""
        with ctx.db.read() as session:
            actor = queries.calendar_reader(session, token, ctx.now)
        if actor is None:
            raise NotFound()
        with ctx.db.read() as session:
            house = ctx.house(session)
            rows = queries.feed(session, actor, house, now=ctx.now, mine=True)
        name = ctx.say(Text(N_("My meetups, %(site)s"), {"site": house.site.name}))
        answer = _answer(ctx, actor, rows, name=name, path="/meetups", mine=True)
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer


def _answer(
    ctx: Ctx, actor: Actor, rows: Sequence[FeedRow], *, name: str, path: str, mine: bool = False
) -> Response[bytes]:
    """The file, or 304 when the reader has it. Kept by nobody else: it depends on who asks."""
    base = ctx.settings.base_url
    body = file(
        rows, name=name, url=base + path, base_url=base, locale=actor.locale or ctx.locale, timezone=actor.timezone,
        mine=mine,
    )  # fmt: skip
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": f"private, max-age={FRESH}", "X-Robots-Tag": "noindex"}
    if rows:
        headers["Last-Modified"] = http_date(max(row.row.occurrence.changed_at for row in rows))
    known = {it.strip().removeprefix("W/") for it in ctx.visit.headers.get("if-none-match", "").split(",")}
    if tag in known:
        return Response(b"", status_code=304, headers=headers, media_type=MEDIA_TYPE)
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


def http_date(moment: datetime) -> str:
    """RFC 9110's form: "Sat, 21 Nov 2026 09:00:00 GMT"."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)
