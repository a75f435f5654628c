"""Kept pieces: bounded, and blind to whoever reads them."""

from datetime import UTC, datetime

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from forum.kit.jinja import environment
from forum.web.frame import Frame, SiteFrame, Viewer
from forum.web.parts import WEIGHT, Parts, bare, filled, hole, key_of

VIEWER = Viewer(
    id=7, name="ada", display_name="Ada", initials="A", tone=1, avatar_url=None, role="member", is_staff=False,
    can_manage=False, is_admin=False, unread=0,
)  # fmt: skip
FRAME = Frame(
    site=SiteFrame("Ritrovo", "", "Ritrovo", "#000000"), viewer=VIEWER, locale="en", timezone="Europe/Rome",
    theme="auto", csrf="token-of-ada", here="/t/1/x?page=2", path="/t/1/x", request_id="r",
    now=datetime(2026, 11, 21, tzinfo=UTC), htmx=False, base_url="", flash=None, nav=(), footer=(),
)  # fmt: skip


def rendered(source: str) -> Markup:
    env = environment("en", static=lambda name: f"/static/{name}")
    return Markup(env.from_string(source).render(frame=bare(FRAME)))


def test_what_is_the_readers_own_is_a_hole_while_a_piece_is_made() -> None:
    piece = rendered('<input value="{{ frame.csrf }}"><a href="{{ frame.here }}">')
    assert "ada" not in piece and "/t/1" not in piece
    values = {"csrf": FRAME.csrf, "here": '/?a="><script>'}
    assert filled(piece, values) == '<input value="token-of-ada"><a href="/?a=&#34;&gt;&lt;script&gt;">'
    assert "ada" not in piece


@pytest.mark.parametrize("name", ["viewer", "flash", "path", "request_id", "theme", "nav"])
def test_a_piece_cannot_ask_who_reads(name: str) -> None:
    with pytest.raises(UndefinedError):
        rendered(f"{{% if frame.{name} %}}seen{{% endif %}}")


def test_the_words_of_a_hole_cannot_be_guessed_from_another_ones() -> None:
    assert filled(Markup("a") + hole("csrf") + hole("csrf2"), {"csrf": "1", "csrf2": "2"}) == "a12"


def test_another_site_name_or_seal_is_another_piece() -> None:
    from msgspec.structs import replace

    assert key_of(FRAME) == key_of(replace(FRAME, viewer=None, csrf="", here="/"))
    assert key_of(FRAME) != key_of(replace(FRAME, site=replace(FRAME.site, seal="Other")))
    assert key_of(FRAME) != key_of(replace(FRAME, locale="it"))


def test_the_least_recently_used_goes_first() -> None:
    parts = Parts(capacity=2 * (WEIGHT + 10))
    made: list[str] = []

    def get(key: str) -> Markup:
        def make() -> Markup:
            made.append(key)
            return Markup(key * 10)

        return parts.get(key, make)

    for key in "ababcab":
        assert get(key) == key * 10
    assert made == ["a", "b", "c", "a", "b"]
    assert parts.size <= parts.capacity
