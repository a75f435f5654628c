"""Mails from templates: `mail/NAME.txt` and `mail/NAME.html`, in the recipient's language, styles inlined.

The first line of the text half is the subject. Both halves extend `mail/_layout.*`, which say what they may fill.
"""

import re
from datetime import datetime
from typing import Any, Protocol

import css_inline
import msgspec

from forum.kit.jinja import Templates

BLANKS = re.compile(r"\n{3,}")
AA, AAA = 4.5, 7.0  # WCAG 2.2, 1.4.3 and 1.4.6: contrast of small text; at night the lower one looks dull
PAPER, NIGHT = "#fbf9f6", "#191613"  # the grounds of mail/_layout.html
INLINER = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


class NamedSite(Protocol):
    """Whatever knows the site's name and colour."""

    @property
    def name(self) -> str: ...
    @property
    def seal(self) -> str: ...
    @property
    def brand_colour(self) -> str: ...
    def tagline(self, locale: str) -> str: ...


class MailSite(msgspec.Struct, frozen=True):
    """The site, for a mail. `accent` reads on white, `accent_night` on near black; both are the brand's hue."""

    name: str
    tagline: str
    seal: str
    accent: str
    accent_night: str


class MailFrame(msgspec.Struct, frozen=True):
    """`frame` in every mail template: what the date filters need, and the site. Links start with `base_url`."""

    site: MailSite
    locale: str
    timezone: str
    now: datetime
    base_url: str


def mail_frame(site: NamedSite, *, locale: str, timezone: str, now: datetime, base_url: str) -> MailFrame:
    """The frame of one mail. `locale`: of the recipient. `base_url`: from the settings, never from a request."""
    shown = MailSite(
        name=site.name,
        tagline=site.tagline(locale),
        seal=site.seal,
        accent=towards(site.brand_colour, "#000000", on=PAPER),
        accent_night=towards(site.brand_colour, PAPER, on=NIGHT, least=AAA),
    )
    return MailFrame(shown, locale, timezone, now, base_url.rstrip("/"))


def render_mail(templates: Templates, locale: str, name: str, context: dict[str, Any]) -> tuple[str, str, str]:
    """(subject, plain text, HTML) of `mail/NAME`. `context` holds `frame` (MailFrame) and what the mail tells.

    Raises jinja2.UndefinedError for a name left out.
    """
    plain = templates.render(locale, f"mail/{name}.txt", context).lstrip()
    subject, _, text = plain.partition("\n")
    html = templates.render(locale, f"mail/{name}.html", {**context, "subject": subject.strip()})
    return subject.strip(), BLANKS.sub("\n\n", text).strip() + "\n", INLINER.inline(html)


# -- a brand's colour that reads in mail, where no style sheet can clamp it ---------------------------------------


def _channels(colour: str) -> tuple[int, int, int]:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        colour = "#1d5c70"
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0..1. Source: WCAG 2.2, "relative luminance"."""
    parts = [channel / 255 for channel in _channels(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1..21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def towards(colour: str, end: str, *, on: str, least: float = AA) -> str:
    """`colour` mixed with `end` in steps of 4 % until it reads on the ground `on`: a contrast of `least`."""
    start, goal = _channels(colour), _channels(end)
    for step in range(26):
        mixed = "#" + "".join(f"{round(a + (b - a) * step / 25):02x}" for a, b in zip(start, goal, strict=True))
        if contrast(mixed, on) >= least:
            return mixed
    return end
