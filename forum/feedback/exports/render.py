"""A snapshot as a file. What may not be shown any more is taken out of it first."""

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.feedback.exports.formats.pages import as_html, as_pdf
from forum.feedback.exports.formats.sheets import Told, as_csv, as_xlsx
from forum.feedback.exports.formats.texts import as_json, as_markdown
from forum.feedback.exports.snapshot import Opened, check, opened
from forum.feedback.exports.views import Said
from forum.kit.i18n import N_
from forum.kit.jinja import Templates
from forum.kit.mailing import NamedSite, mail_frame, render_mail

Write = Callable[[Opened, BinaryIO, str, Told], None]
WRITERS: Final[dict[str, Write]] = {
    "csv": as_csv, "xlsx": as_xlsx, "json": as_json, "md": as_markdown, "html": as_html, "pdf": as_pdf,
}  # fmt: skip
TYPES: Final = {
    "csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json", "md": "text/markdown", "html": "text/html", "pdf": "application/pdf",
}  # fmt: skip


def render(session: Session, snapshot_id: str, kind: str, *, base_url: str, now: datetime) -> bytes:
    """The file. A write session. Raises NotFound, Invalid (no such format)."""
    check(session, snapshot_id, now)
    out = io.BytesIO()
    write(opened(session, snapshot_id), kind, out, base_url=base_url)
    return out.getvalue()


def render_to(
    found: Opened, kind: str, path: Path, *, base_url: str, told: Told | None = None
) -> None:  # fmt: skip
    """Write the file of a snapshot that was checked and opened. Raises Invalid, OSError."""
    with path.open("wb") as out:
        write(found, kind, out, base_url=base_url, told=told)


def write(found: Opened, kind: str, out: BinaryIO, *, base_url: str, told: Told | None = None) -> None:
    """Write it into `out`. `told`: hears how many pieces of evidence are written. Raises Invalid."""
    if kind not in WRITERS:
        raise Invalid({"format": N_("Choose one of these.")})
    WRITERS[kind](found, out, base_url.rstrip("/"), told or (lambda done: None))


def mail(
    session: Session, templates: Templates, snapshot_id: str, *, site: NamedSite, locale: str, base_url: str,
    now: datetime,
) -> tuple[str, str, str]:  # fmt: skip
    """(subject, plain text, HTML) of the summary as a mail; what may not be shown any more is taken out first.

    The figures are in the snapshot's own language, what is around them in the reader's. A write session.
    Raises NotFound.
    """
    check(session, snapshot_id, now)
    page = opened(session, snapshot_id).page
    frame = mail_frame(site, locale=locale, timezone=page.zone, now=now, base_url=base_url)
    context: dict[str, Any] = {"frame": frame, "said": Said(page, base_url.rstrip("/"))}
    return render_mail(templates, locale, "feedback/summary", context)


def plain(
    session: Session, templates: Templates, snapshot_id: str, *, site: NamedSite, locale: str, base_url: str,
    now: datetime,
) -> str:  # fmt: skip
    """The summary as plain text, for where there is nothing else. A write session. Raises NotFound."""
    return mail(session, templates, snapshot_id, site=site, locale=locale, base_url=base_url, now=now)[1]
