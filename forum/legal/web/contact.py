"""`/contact`: who keeps this site, and how everybody reaches them (DSA Art. 11–13, 20, 21)."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from forum.legal.queries.settings import contact
from forum.web.ctx import Ctx

Html = Response[bytes]


class ContactPage(Controller):
    """The contact points."""

    path = "/contact"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """The same for everybody."""
        with ctx.db.read() as session:
            ctx.actor(session)
            ctx.house(session)
            who = contact(session)
        return ctx.page("legal/contact.html", shared=True, it=who)


CONTROLLERS = [ContactPage]
