"""Mails from templates: two halves, one subject, a colour that reads, names that make no links."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linkify_it import LinkifyIt

from forum.categories.queries import SiteView
from forum.kit.jinja import Templates
from forum.kit.mail import defang
from forum.kit.mailing import AA, NIGHT, PAPER, MailFrame, contrast, mail_frame, render_mail


def frame(**site: str) -> MailFrame:
    return mail_frame(
        SiteView(**site),
        locale="it",
        timezone="Europe/Rome",
        now=datetime(2026, 11, 21, 9, tzinfo=UTC),
        base_url="https://x.example/",
    )


def test_two_halves_and_a_subject() -> None:
    context = {"frame": frame(name="Il Cortile"), "name": "<b>nadia & co</b>", "url": "https://x.example/verify/1"}
    subject, text, html = render_mail(Templates(static=str), "en", "accounts/signup", context)
    assert subject == "Confirm your address for Il Cortile"
    assert "<b>nadia & co<" in text and "https://x.example/verify/1\n" in text and subject not in text
    assert "&lt;b&gt;nadia &amp; co&lt;" in html and f"<title>{subject}</title>" in html
    assert "\n\n\n" not in text and "@media (prefers-color-scheme: dark)" in html


@given(st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True))
def test_every_brand_reads_by_day_and_by_night(colour: str) -> None:
    site = frame(brand_colour=colour).site
    assert contrast(site.accent, PAPER) >= AA and contrast(site.accent_night, NIGHT) >= AA
    assert contrast("#ffffff", site.accent) >= AA  # the words on the button


def test_no_colour_is_no_catastrophe() -> None:
    assert frame(brand_colour="red; } body { display: none").site.accent == frame().site.accent


LINKS = LinkifyIt()


@pytest.mark.parametrize(
    "name",
    [
        "pay.example.com", "http://evil.com", "www.evil.com", "a@b.com", "evil。com", "//evil.com/x",
        "mailto:a@b.com", "10.0.0.1", "evil.рф",
    ],
)  # fmt: skip
def test_addresses_come_apart(name: str) -> None:
    assert not LINKS.test(defang(name))


@given(st.text(max_size=60))
def test_no_name_makes_a_link_or_a_line(name: str) -> None:
    safe = defang(name)
    assert not LINKS.test(safe)
    assert not set(safe) & set("\r\n\u2028\u2029\u202e")


@pytest.mark.parametrize("name", ["teo.b", "Nadia Ferrusi", "St. John", "velo_offerte", "J.R.R. Tolkien"])
def test_names_stay_names(name: str) -> None:
    assert defang(name) == name
