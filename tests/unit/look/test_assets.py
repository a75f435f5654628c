"""Style sheets, icons and templates hold together."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CSS = ROOT / "static" / "css"
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))
LAYERS = {"reset", "tokens", "base", "layout", "components", "utilities"}


def imported() -> list[str]:
    return re.findall(r'^@import url\("([^"]+)"\);$', (CSS / "app.css").read_text("utf-8"), re.MULTILINE)


def test_every_sheet_is_imported_once_and_exists() -> None:
    sheets = sorted(path.relative_to(CSS).as_posix() for path in CSS.rglob("*.css") if path.name != "app.css")
    assert sorted(imported()) == sheets


@pytest.mark.parametrize("name", imported())
def test_every_sheet_stands_in_a_layer_and_closes_it(name: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (CSS / name).read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r'url\("[^"]*"\)|"[^"]*"', '""', text)
    assert text.count("{") == text.count("}")
    depth, outside = 0, ""
    for character in text:
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        elif depth == 0:
            outside += character
    heads = [head.strip() for head in re.split(r"@layer|;", outside) if head.strip()]
    assert {layer for head in heads for layer in head.split(", ")} <= LAYERS


def test_tokens_come_first() -> None:
    assert imported()[0] == "tokens.css"


def test_no_sheet_loads_anything() -> None:
    for path in CSS.rglob("*.css"):
        for address in re.findall(r'url\("?([^")]+)', path.read_text("utf-8")):
            assert path.name == "app.css" or address.startswith("data:image/svg+xml,"), path


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_icons_in_templates_are_drawn(path: Path) -> None:
    drawn = set(re.findall(r'id="i-([a-z-]+)"', (ROOT / "static/img/icons.svg").read_text("utf-8")))
    text = path.read_text("utf-8")
    used = (
        re.findall(r'\bicon\("([a-z-]+)"', text)
        + re.findall(r'icon_name="([a-z-]+)"', text)
        + re.findall(r'ui\.blank\("([a-z-]+)"', text)
    )
    assert set(used) <= drawn


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_code(path: Path) -> None:
    text = re.sub(r"{#.*?#}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert not re.search(r'<script(?![^>]*\s(?:src=|type="application/ld\+json"))', text)
    assert "hx-on" not in text
    if path.parent.name != "mail" and "mail" not in path.parts:
        assert not re.search(r"<[^>]*\sstyle\s*=|<style", text)
