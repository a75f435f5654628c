"""A snapshot as a file. No database: it was checked and opened before, and nobody who writes waits for this."""

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from forum.errors import Invalid
from forum.feedback.exports.formats.pages import MOST, as_html, as_pdf
from forum.feedback.exports.formats.sheets import Told, as_csv, as_xlsx
from forum.feedback.exports.formats.texts import as_json, as_markdown
from forum.feedback.exports.models import TABLES
from forum.feedback.exports.shapes import Page
from forum.feedback.exports.snapshot import Opened
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


def render(found: Opened, kind: str, *, base_url: str) -> bytes:
    """The file of a snapshot that was checked and opened. Raises Invalid (no such format)."""
    out = io.BytesIO()
    write(found, kind, out, base_url=base_url)
    return out.getvalue()


def render_to(
    found: Opened, kind: str, path: Path, *, base_url: str, told: Told | None = None
) -> None:  # fmt: skip
    """Write the file of a snapshot that was checked and opened. Raises Invalid, OSError."""
    with path.open("wb") as out:
        write(found, kind, out, base_url=base_url, told=told)


def rows_of(found: Opened, kind: str) -> int:
    """Items and pieces of evidence in a file of this kind; what is for reading holds no more than its page quotes."""
    if kind in TABLES:
        return len(found.page.lines) + sum(len(lines) for lines in found.evidence())
    lines = found.page.lines[:MOST] if kind == "pdf" else found.page.lines
    return len(lines) + on_page(found.page)


def on_page(page: Page) -> int:
    """Pieces of evidence that the page quotes."""
    return sum(not it.redacted for it in page.quotes)


def write(found: Opened, kind: str, out: BinaryIO, *, base_url: str, told: Told | None = None) -> None:
    """Write it into `out`. `told`: hears how many pieces of evidence are written. Raises Invalid."""
    if kind not in WRITERS:
        raise Invalid({"format": N_("Choose one of these.")})
    WRITERS[kind](found, out, base_url.rstrip("/"), told or (lambda done: None))


def mail(
    page: Page, templates: Templates, *, site: NamedSite, locale: str, base_url: str, now: datetime
) -> tuple[str, str, str]:
    """(subject, plain text, HTML) of the summary as a mail, of a snapshot that was checked and opened.

    The figures are in the snapshot's own language, what is around them in the reader's.
    """
    frame = mail_frame(site, locale=locale, timezone=page.zone, now=now, base_url=base_url)
    context: dict[str, Any] = {"frame": frame, "said": Said(page, base_url.rstrip("/"))}
    return render_mail(templates, locale, "feedback/summary", context)
