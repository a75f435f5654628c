"""What every template keeps: nothing inline, nothing unsafe, a token in every form, a header that names its context."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "mail" not in path.parts]
NAMES = [str(path.relative_to(ROOT / "templates")) for path in PAGES]
SAFE = re.compile(r"\{\{[^}]*\|\s*safe\b[^}]*\}\}")
COOKED = re.compile(r"\{\{-?\s*[\w.]+\.(html|about_html)\s*\|\s*safe\s*-?\}\}")
TOKENLESS = ("/language", "{{ frame.path }}")  # the second: unsubscribing, by a signed address (web/asgi.py)


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_nothing_is_inline(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)
    assert not re.search(r"<[^>{]*\sstyle\s*=", text), "inline styles do not pass our Content-Security-Policy"
    assert not re.search(r"<[^>{]*\son[a-z]+\s*=", text), "inline handlers neither"
    assert not re.search(r'<script(?![^>]*\b(?:src=|type="application/ld\+json"))', text), "nor inline scripts"
    assert "<style" not in text


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_only_cooked_html_is_safe(path):
    wrong = [m[0] for m in SAFE.finditer(path.read_text("utf-8")) if not COOKED.fullmatch(m[0])]
    assert wrong == [], "only HTML that the sanitiser wrote may be marked safe"


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_every_post_form_carries_a_token(path):
    text = path.read_text("utf-8")
    for form in re.findall(r"<form\b[^>]*>.*?</form>", text, flags=re.S):
        if 'method="post"' in form and not any(f'action="{there}"' in form for there in TOKENLESS):
            assert "csrf(frame)" in form, form[:120]


@pytest.mark.parametrize("path", TEMPLATES, ids=[str(p.relative_to(ROOT / "templates")) for p in TEMPLATES])
def test_every_template_says_what_it_is(path):
    assert re.match(r"\{#-?\s", path.read_text("utf-8")), "a header comment names the file and its context"


def test_links_lead_somewhere():
    """Every plain address in a template is one that some route answers."""
    from tests.support.routes import ROUTES

    patterns = [re.sub(r"\{\w+:int\}", r"\\d+", re.sub(r"\{\w+:str\}", "[^/]+", path)) for _, path in ROUTES]
    known = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    for path in PAGES:
        for address in re.findall(r'(?:href|action|hx-get|hx-post)="(/[^"{}]*)"(?!\s*~)', path.read_text("utf-8")):
            plain = re.split(r"[?#]", address)[0]
            assert known.fullmatch(plain.rstrip("/") or "/"), f"{path.name}: {address}"


@pytest.mark.parametrize(
    "path", [path for path in PAGES if "data--stack" in path.read_text("utf-8")], ids=lambda p: p.name
)
def test_cells_that_stack_on_a_phone_say_what_they_are(path):
    """There the column heads are gone, and a cell without the attribute goes with them."""
    for cell in re.findall(r"<td\b[^>]*>", path.read_text("utf-8")):
        assert "data-label=" in cell and 'role="cell"' in cell, cell


def test_components_leave_the_utilities_alone():
    """`.measure` once became a grid on every page because one component had a part of that name."""
    css = ROOT / "static" / "css"
    ours = set(re.findall(r"^  (\.[\w-]+) \{", (css / "utilities.css").read_text("utf-8"), re.M))
    assert ".measure" in ours
    for path in sorted((css / "components").glob("*.css")):
        assert not ours & set(re.findall(r"^  (\.[\w-]+) \{", path.read_text("utf-8"), re.M)), path.name
