"""Members as JSON: what their page shows to everybody."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.api.queries import written_by
from forum.api.schema import about
from forum.api.shared import PUBLIC, answer, problems, reader
from forum.kit.i18n import N_
from forum.members.queries import profile
from forum.policy.actors import ROLES
from forum.web.ctx import Ctx


class Member(msgspec.Struct):
    """A member’s public profile."""

    id: Annotated[int, about(N_("Its number, for good."), 7)]
    name: Annotated[str, about(N_("The name in addresses and mentions."), "nadia")]
    display_name: Annotated[str, about(N_("The name beside what they write."), "Nadia Ferrusi")]
    role: Annotated[str, about(N_("What the member is here."), "member", schema={"enum": list(ROLES[1:])})]
    about: Annotated[str, about(N_("What they say of themselves, as Markdown."), "Gravel, Lodi, two kids.")]
    place: Annotated[str, about(N_("Where they say they are."), "Lodi")]
    links: Annotated[list[str], about(N_("Addresses they name."), ["https://nadia.example"])]
    joined_at: Annotated[datetime, about(N_("Since when they are here."), "2025-03-01T10:00:00Z")]
    thread_count: Annotated[int, about(N_("Threads they opened, as far as the caller may see them."), 4)]
    post_count: Annotated[int, about(N_("Posts they wrote, as far as the caller may see them."), 61)]
    avatar_url: Annotated[str | None, about(N_("Their picture; null when they have none."), None)]
    url: Annotated[str, about(N_("Their page."), "https://forum.example/u/nadia")]


SCHEMAS = (Member,)


class Members(Controller):
    """`/api/v1/members`."""

    path = "/api/v1/members"
    tags = ("Members",)

    @get(
        "/{name:str}", operation_id="getMember", summary=N_("A member"), sync_to_thread=True, security=PUBLIC,
        description=N_("The public profile of the member with that name."),
        responses=problems(401, 403, 404),
    )  # fmt: skip
    def show(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Response[Member]:
        """The profile. Raises NotFound."""
        with ctx.db.read() as session:
            actor = reader(ctx, session)
            found = profile(session, actor, name)
            threads, posts = written_by(session, actor, ctx.house(session), found.card.id)
        base, card = ctx.settings.base_url.rstrip("/"), found.card
        return answer(
            Member(
                id=card.id, name=card.name, display_name=card.display_name, role=card.role, about=found.about,
                place=card.place, links=found.links, joined_at=found.joined_at, thread_count=threads, post_count=posts,
                avatar_url=base + card.avatar_url if card.avatar_url else None, url=base + card.url,
            )
        )  # fmt: skip


CONTROLLERS = [Members]
