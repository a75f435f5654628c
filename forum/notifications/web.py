"""Notices in HTML: the list, what each leads to, the switches, and the way out that every mail carries."""

from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import Invalid, NotFound
from forum.kit.i18n import N_
from forum.notifications import domain, queries
from forum.notifications.forms import MarkForm, NoticesForm, NoticesQuery, UnsubscribeForm
from forum.notifications.kinds import BY_NAME
from forum.notifications.models import Notice
from forum.notifications.unsubscribe import is_signed
from forum.policy.actors import Actor, require_member
from forum.web.ctx import Ctx

Html = Response[bytes]


def member(ctx: Ctx, session: Session) -> Actor:
    """Whoever is signed in. Raises SignInNeeded."""
    actor = ctx.actor(session)
    require_member(actor)
    return actor


class Notices(Controller):
    """`/notifications`."""

    include_in_schema = False

    @get("/notifications", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """Newest first."""
        after = ctx.query(NoticesQuery).after
        with ctx.db.read() as session:
            actor = member(ctx, session)
            reader = msgspec.structs.replace(actor, locale=ctx.locale)  # what a thing is called may depend on it
            page = queries.notices(session, reader, after=after)
        if page.lost:
            ctx.core.later(lambda: self._lose(ctx, page.lost))
        older = f"/notifications?{urlencode({'after': page.older})}" if page.older else None
        if ctx.visit.htmx and after:
            return ctx.fragment("notifications/_list.html", rows=page.rows, older=older)
        return ctx.page("notifications/index.html", rows=page.rows, older=older, first=not after)

    @staticmethod
    def _lose(ctx: Ctx, lost: list[int]) -> None:
        """What may no longer be seen and was not heard of through an event leaves the count too."""
        with ctx.db.write() as session:
            domain.relist(session, Notice.id.in_(lost), now=ctx.now)

    @get("/notifications/{notice_id:int}", sync_to_thread=True)
    def open(self, ctx: NamedDependency[Ctx], notice_id: FromPath[int]) -> Html:
        """Mark it as read and go where it leads. Raises NotFound when that may no longer be seen."""
        with ctx.db.read() as session:
            actor = member(ctx, session)
            url = queries.target(session, actor, notice_id)
        with ctx.db.write() as session:
            domain.mark_read(session, actor=actor, now=ctx.now, notice_id=notice_id)
        return ctx.go(url)

    @post("/notifications/read", sync_to_thread=True)
    def read(self, ctx: NamedDependency[Ctx]) -> Html:
        """Mark one (`id`) or all as read."""
        sent = ctx.form(MarkForm).id
        notice_id = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 20 else None
        if sent and (notice_id is None or notice_id > MAX_ID):
            raise NotFound()
        with ctx.db.write() as session:
            domain.mark_read(session, actor=member(ctx, session), now=ctx.now, notice_id=notice_id)
        return ctx.go(ctx.next("/notifications"))


class NoticeSettings(Controller):
    """`/settings/notices`."""

    include_in_schema = False

    @get("/settings/notices", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """What is told, and where."""
        return self._page(ctx)

    @staticmethod
    def _page(ctx: Ctx, *, status: int = 200, errors: dict[str, str] | None = None) -> Html:
        with ctx.db.read() as session:
            actor = member(ctx, session)
            rows = queries.choices(session, actor)
            reachable = queries.reachable(session, actor.id)
        return ctx.page("settings/notices.html", status=status, rows=rows, reachable=reachable, errors=errors or {})

    @post("/settings/notices", sync_to_thread=True)
    def save(self, ctx: NamedDependency[Ctx]) -> Html:
        """Keep what is ticked; what is not is off."""
        form = ctx.form(NoticesForm)
        try:
            with ctx.db.write() as session:
                domain.choose(session, actor=member(ctx, session), site=form.site, mail=form.mail)
        except Invalid as error:
            return self._page(ctx, status=422, errors={name: ctx.say(words) for name, words in error.fields.items()})
        ctx.flash(N_("Saved. The new choices count from now on."))
        return ctx.go("/settings/notices")


class Unsubscribe(Controller):
    """`/unsubscribe/{member}/{kind}/{signature}`: the signed address is the permission (RFC 8058)."""

    include_in_schema = False

    @get("/unsubscribe/{member_id:int}/{kind:str}/{signature:str}", sync_to_thread=True)
    def ask(
        self, ctx: NamedDependency[Ctx], member_id: FromPath[int], kind: FromPath[str], signature: FromPath[str]
    ) -> Html:
        """A page with one button: programs that fetch links ahead must not unsubscribe anybody."""
        self._check(ctx, member_id, kind, signature)
        with ctx.db.read() as session:
            wanted = queries.wants_mail(session, member_id, kind)
        return ctx.page("notifications/unsubscribe.html", kind=BY_NAME[kind], wanted=wanted, done=False)

    @post("/unsubscribe/{member_id:int}/{kind:str}/{signature:str}", sync_to_thread=True)
    def act(
        self, ctx: NamedDependency[Ctx], member_id: FromPath[int], kind: FromPath[str], signature: FromPath[str]
    ) -> Html:
        """Off, or on again with `again=1`. Doing it twice is doing it once."""
        self._check(ctx, member_id, kind, signature)
        wanted = ctx.form(UnsubscribeForm).again == "1"
        with ctx.db.write() as session:
            domain.set_mail(session, member_id=member_id, kind=kind, wanted=wanted)
        return ctx.page("notifications/unsubscribe.html", kind=BY_NAME[kind], wanted=wanted, done=True)

    @staticmethod
    def _check(ctx: Ctx, member_id: int, kind: str, signature: str) -> None:
        if not 0 < member_id <= MAX_ID or kind not in BY_NAME or BY_NAME[kind].fixed:
            raise NotFound()
        if not is_signed(ctx.core.secret, member_id, kind, signature):
            raise NotFound()


CONTROLLERS = [Notices, NoticeSettings, Unsubscribe]
