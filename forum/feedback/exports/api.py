"""Exports as JSON: asking for one, how far it is, the file."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, RawBody
from litestar.response import File
from sqlalchemy.orm import Session

from forum.api.idempotency import once
from forum.api.schema import about
from forum.api.shared import READING, WRITING, Key, answer, clean, needs, problems, sent, takes
from forum.feedback.exports import domain, files, queries
from forum.feedback.exports.models import Export
from forum.feedback.exports.web import download
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.feedback import require_read_items
from forum.threads.answers import MOMENT
from forum.web.ctx import Ctx

PATH = "/api/v1/feedback/exports"


class NewFeedbackExport(msgspec.Struct, forbid_unknown_fields=True):
    """A period, and how it is to be written."""

    starts: Annotated[date, about(N_("The first day."), "2026-10-01")] = msgspec.field(name="from")
    ends: Annotated[date, about(N_("The first day that does not count any more."), "2026-11-01")] = msgspec.field(
        name="to"
    )
    format: Annotated[Literal["csv", "xlsx", "json", "md", "html", "pdf"], about(N_("The kind of file."), "xlsx")]
    privacy: Annotated[
        Literal["counts", "paraphrase", "quotes"],
        about(N_("counts: figures alone. paraphrase: the staff’s words, too. quotes: what members said."), "quotes"),
    ]
    team: Annotated[str, about(N_("A team, by its slug; empty: all, for managers."), "product")] = ""


class FeedbackExport(msgspec.Struct):
    """A file, or one that is being written."""

    id: Annotated[int, about(N_("Its number, for good."), 7)]
    snapshot: Annotated[str, about(N_("The run: it stands in every format."), "8f3a52c1d09be764")]
    state: Annotated[str, about(N_("waiting, ready or failed."), "ready")]
    progress: Annotated[int, about(N_("Per cent."), 100)]
    rows: Annotated[int, about(N_("Items and pieces of evidence in it; 0 until it is written."), 214)]
    size: Annotated[int, about(N_("Bytes; 0 until it is written."), 18231)]
    sha256: Annotated[str, about(N_("Of the file as it is now; empty until it is written."), "")]
    redacted: Annotated[int, about(N_("Quotes, and titles of meetups, that were taken out since."), 0)]
    at: Annotated[datetime, about(N_("When it was asked for."), MOMENT)]
    download_url: Annotated[
        str | None, about(N_("The file, once it is written; the same token opens it. Who takes it is noted."), None)
    ]
    status_url: Annotated[str, about(N_("How far it is."), "https://forum.example/api/v1/feedback/exports/7")]


class FeedbackExports(Controller):
    """`/api/v1/feedback/exports`."""

    path = PATH
    tags = ("Feedback",)

    @post(
        "/", operation_id="createExport", summary=N_("A period as a file"), sync_to_thread=True,
        security=needs("team"), operation_class=takes(NewFeedbackExport),
        responses=problems(*WRITING) | {
            202: ResponseSpec(FeedbackExport, generate_examples=False,
                              description=N_("A long one: it is being written; ask status_url.")),
        },
        description=N_("Above 5,000 pieces of evidence it is written by the worker: 202 and status_url."),
    )  # fmt: skip
    def create(self, ctx: NamedDependency[Ctx], body: RawBody, idempotency_key: Key = None) -> Response[FeedbackExport]:
        """201 and the file, or 202. Raises SignInNeeded, Forbidden, NotFound, Invalid."""
        with ctx.db.read() as session:
            require_read_items(ctx.actor(session))
        data = sent(NewFeedbackExport, body)
        asked = domain.Asked(clean(data.team), data.starts, data.ends, data.format, data.privacy)
        made: list[Export] = []

        def make(session: Session, actor: Actor) -> tuple[FeedbackExport, str]:
            export = domain.ask(
                session, actor=actor, asked=asked, locale=ctx.locale, secret=ctx.core.secret, now=ctx.now
            )
            if not domain.is_big(session, export):
                made.append(export)
            return _said(ctx, session, actor, export.id), f"{PATH}/{export.id}"

        first = once(ctx, idempotency_key, data, make)
        export_id = made[0].id if made else msgspec.json.decode(first.content, type=FeedbackExport).id
        if made:
            files.make(ctx.db, ctx.settings, export_id, ctx.now)
        with ctx.db.read() as session:  # as it is by now, also where a key was used again
            found = _said(ctx, session, ctx.actor(session), export_id)
        status = 201 if found.download_url else 202
        made_now = answer(found, status=status, location=f"{ctx.settings.base_url.rstrip('/')}{PATH}/{export_id}")
        if "Idempotent-Replayed" in first.headers:
            made_now.headers["Idempotent-Replayed"] = "true"
        return made_now

    @get(
        "/{export_id:int}", operation_id="getExport", summary=N_("How far a file is"), sync_to_thread=True,
        security=needs("team"), responses=problems(*READING),
        description=N_("Managers see all of them, a team those of its own items."),
    )  # fmt: skip
    def show(self, ctx: NamedDependency[Ctx], export_id: FromPath[int]) -> Response[FeedbackExport]:
        """The export. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.read() as session:
            return answer(_said(ctx, session, ctx.actor(session), export_id))

    @get("/{export_id:int}/file", sync_to_thread=True, include_in_schema=False)  # no JSON: `download_url` leads here
    def file(self, ctx: NamedDependency[Ctx], export_id: FromPath[int]) -> File:
        """The file. Raises SignInNeeded, Forbidden, NotFound."""
        return download(ctx, export_id)


def _said(ctx: Ctx, session: Session, actor: Actor, export_id: int) -> FeedbackExport:
    row = queries.export(session, actor, export_id)
    base, ready = f"{ctx.settings.base_url.rstrip('/')}{PATH}/{row.id}", row.state == "ready"
    fetched = ready and not row.sent
    return FeedbackExport(
        id=row.id, snapshot=row.snapshot, state=row.state, progress=row.progress, rows=row.rows if ready else 0,
        size=row.size, sha256=row.sha256, redacted=row.redacted, at=row.at,
        download_url=f"{base}/file" if fetched else None, status_url=base,
    )  # fmt: skip


CONTROLLERS = [FeedbackExports]
SCHEMAS = (FeedbackExport, NewFeedbackExport)
