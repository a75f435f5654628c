"""Whose token this is, as JSON."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency

from forum.api.schema import about
from forum.api.shared import answer, needs, problems, reader
from forum.errors import SignInNeeded
from forum.kit.i18n import N_
from forum.policy.actors import ROLES, SCOPES
from forum.web.ctx import Ctx


class Me(msgspec.Struct):
    """The member that the token belongs to."""

    id: Annotated[int, about(N_("Its number, for good."), 7)]
    name: Annotated[str, about(N_("The name in addresses and mentions."), "nadia")]
    display_name: Annotated[str, about(N_("The name beside what they write."), "Nadia Ferrusi")]
    role: Annotated[
        str,
        about(N_("What the member is here."), "member", schema={"enum": list(ROLES[1:])}),
    ]
    locale: Annotated[str, about(N_("The member’s language, or the site’s."), "it")]
    scopes: Annotated[
        list[str],
        about(N_("What the token allows, within what the role allows."), ["read", "write"]),
    ]


SCHEMAS = (Me,)


class Myself(Controller):
    """`/api/v1/me`."""

    path = "/api/v1/me"
    tags = ("Members",)

    @get(
        "/", operation_id="getMe", summary=N_("Whose token this is"), sync_to_thread=True, security=needs("read"),
        description=N_("The token’s member, and what the token allows."), responses=problems(401, 403),
    )  # fmt: skip
    def show(self, ctx: NamedDependency[Ctx]) -> Response[Me]:
        """The member behind the token. Raises SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            actor = reader(ctx, session)
        if actor.is_guest:
            raise SignInNeeded()
        scopes = [scope for scope in SCOPES if actor.allows(scope)]
        locale = actor.locale or ctx.settings.locale
        return answer(Me(actor.id, actor.name, actor.display_name, actor.role, locale, scopes))


CONTROLLERS = [Myself]
