"""What the docs promise is there: every test they name, every file."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`([\w./-]+\.py)::(\w+)`")
PLACES = (ROOT, ROOT / "tests", ROOT / "tests" / "integration")


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/*.md")), ids=lambda page: page.name)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    missing = []
    for file, name in NAMED.findall(page.read_text("utf-8")):
        places = (*PLACES, ROOT / "tests" / "integration" / page.stem)  # of docs/x.md: tests/integration/x
        found = [place / file for place in places if (place / file).is_file()]
        if not found or f"def {name}(" not in found[0].read_text("utf-8"):
            missing.append(f"{file}::{name}")
    assert missing == []


def test_the_table_of_moderation_has_every_row() -> None:
    words = (ROOT / "docs" / "moderation.md").read_text("utf-8")
    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", words, re.MULTILINE)}
    assert rows == {1, *range(3, 13), *range(17, 30)}


def test_the_table_of_prevention_has_every_row() -> None:
    words = (ROOT / "docs" / "prevention.md").read_text("utf-8")
    rows = {int(number) for number in re.findall(r"^\| (\d+) \|", words, re.MULTILINE)}
    assert rows == {2, *range(13, 17), *range(30, 37)}


def test_every_pitfall_of_meetups_has_its_test() -> None:
    words = (ROOT / "docs" / "meetups.md").read_text("utf-8").partition("## What went wrong elsewhere")[2]
    lines = re.findall(r"^\| (\d+) \|.*\| (.+?) \|$", words, re.MULTILINE)
    assert {int(number) for number, tests in lines if NAMED.search(tests)} == set(range(1, 10))


def test_every_article_has_its_test() -> None:
    table = (ROOT / "docs" / "law.md").read_text("utf-8").partition("## Notices")[0]
    lines = re.findall(r"^\| (?!article|---)(.+?) \|.*\| (.+?) \|$", table, re.MULTILINE)
    assert all(NAMED.search(tests) for _, tests in lines), [article for article, tests in lines if "::" not in tests]
    numbers = {int(number) for article, _ in lines for number in re.findall(r"\b(\d{1,2})\b", article)}
    assert numbers >= {6, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 27, 28}
