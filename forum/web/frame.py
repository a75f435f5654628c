"""What every page shows around its content."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from forum.categories.queries import SiteView
from forum.guidelines.views import Announcement
from forum.kit.i18n import N_
from forum.kit.people import initials, tone
from forum.moderation.queries.standing import Standing
from forum.policy.actors import Actor
from forum.policy.feedback import may_read_items

if TYPE_CHECKING:
    from forum.web.ctx import Ctx


class Flash(msgspec.Struct, frozen=True):
    """A sentence from the page before. `kind`: good, warn, bad or info."""

    kind: str
    text: str


class NavItem(msgspec.Struct, frozen=True):
    """A place in the masthead or the colophon."""

    href: str
    label: str
    current: bool = False
    count: int = 0


class SiteFrame(msgspec.Struct, frozen=True):
    """The site's row in the reader's language."""

    name: str
    tagline: str
    seal: str
    brand_colour: str
    mark_url: str | None = None


class Viewer(msgspec.Struct, frozen=True):
    """The signed-in member, for the masthead and for "is this mine?"."""

    id: int
    name: str
    display_name: str
    initials: str
    tone: int
    avatar_url: str | None
    role: str
    is_staff: bool
    can_manage: bool
    is_admin: bool
    unread: int
    is_bound: bool = False
    """Moderates some categories only: the figures of the whole desk are not theirs to see."""


class NewRules(msgspec.Struct, frozen=True):
    """Guidelines that the viewer has still to read. `begun`: they apply already. `back`: where to go on after."""

    number: int
    effective_at: datetime
    begun: bool
    back: str


class Frame(msgspec.Struct, frozen=True):
    """`frame` in every template."""

    site: SiteFrame
    viewer: Viewer | None
    locale: str
    timezone: str
    theme: str
    csrf: str
    here: str
    path: str
    request_id: str
    now: datetime
    htmx: bool
    base_url: str
    flash: Flash | None
    nav: tuple[NavItem, ...]
    footer: tuple[NavItem, ...]
    new_rules: NewRules | None = None
    standing: Standing | None = None
    """What restricts the viewer now, unless this very page says so already."""


def avatar_url(avatar: str | None) -> str | None:
    """Where an uploaded avatar is served; None: initials are drawn instead."""
    return f"/uploads/avatars/{avatar}" if avatar else None


def make_viewer(actor: Actor) -> Viewer | None:
    """None for a guest."""
    if actor.is_guest:
        return None
    return Viewer(
        id=actor.id, name=actor.name, display_name=actor.display_name, initials=initials(actor.display_name),
        tone=tone(actor.id), avatar_url=avatar_url(actor.avatar), role=actor.role, is_staff=actor.is_staff,
        can_manage=actor.can_manage, is_admin=actor.is_admin, unread=actor.unread, is_bound=actor.kind == "bound",
    )  # fmt: skip


NAV = (("/", N_("Discussions")), ("/meetups", N_("Meetups")), ("/members", N_("Members")))
FOOTER = (
    ("/guidelines", N_("Guidelines")), ("/moderation/public", N_("What the moderators do")),
    ("/report/illegal", N_("Illegal content")), ("/contact", N_("Contact")), ("/api/docs", N_("API")),
)  # fmt: skip


def _new_rules(ctx: "Ctx", to_read: Announcement) -> NewRules:
    back = ctx.visit.here if ctx.visit.method == "GET" else to_read.url  # what answered a form has no page of its own
    return NewRules(to_read.number, to_read.effective_at, to_read.effective_at <= ctx.now, back)


def make_frame(
    ctx: "Ctx", actor: Actor, site: SiteView, to_read: Announcement | None = None, standing: Standing | None = None,
    waiting: int = 0, pointed: int = 0,
) -> Frame:  # fmt: skip
    """The frame of this request. `to_read`: new guidelines, for a member who has not read them.

    `waiting`: cases that wait for the staff, `pointed`: entries in the inbox of feedback, at most 100 counted.
    """
    locale, path = ctx.locale, ctx.visit.path
    discussing = path in {"/", "/latest", "/new", "/top", "/unanswered", "/unread"} or path.startswith(
        ("/t/", "/c/", "/tag/")
    )
    nav = tuple(
        NavItem(href, ctx.say(label), current=discussing if href == "/" else path.startswith(href))
        for href, label in NAV
    )
    if actor.is_staff:
        desk = path.startswith("/moderation") and not path.startswith("/moderation/public")
        nav = (*nav, NavItem("/moderation", ctx.say(N_("Moderation")), current=desk, count=waiting))
    if may_read_items(actor):
        nav = (*nav, NavItem("/feedback", ctx.say(N_("Feedback")), current=path.startswith("/feedback"), count=pointed))
    if actor.can_manage:
        nav = (*nav, NavItem("/manage", ctx.say(N_("Manage")), current=path.startswith(("/manage", "/admin"))))
    return Frame(
        site=SiteFrame(site.name, site.tagline(locale), site.seal, site.brand_colour),
        viewer=make_viewer(actor),
        locale=locale,
        timezone=actor.timezone,
        theme=actor.theme,
        csrf=ctx.csrf(),
        here=ctx.visit.here,
        path=path,
        request_id=ctx.visit.id,
        now=ctx.now,
        htmx=ctx.visit.htmx,
        base_url=ctx.settings.base_url.rstrip("/"),
        flash=ctx.take_flash(),
        nav=nav,
        footer=tuple(NavItem(href, ctx.say(label)) for href, label in FOOTER),
        new_rules=_new_rules(ctx, to_read) if to_read else None,
        standing=standing if standing and path != standing.url else None,
    )
