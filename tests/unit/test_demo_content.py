"""The demo community is data; these tests hold it to what forum/demo/content/README.md says."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from forum.demo.commands import LOOK

CONTENT = Path(__file__).resolve().parents[2] / "forum" / "demo" / "content"
ROLES = {"member", "moderator", "manager", "admin", "team"}
WHO = {"member", "team", "staff"}
STAFF = {"moderator", "manager", "admin"}
WIDTH = {"public": 0, "members": 1, "staff": 2}
MAX_BODY = 32_000
MINUTES_A_DAY = 1440.0

Table = dict[str, Any]

QUOTE_LINE = re.compile(r"^\{quote:(\d+)\|(.+)\}$")
MOMENT = re.compile(r"\{(day|iso|year|quote):([^{}]*)\}")
MOMENT_OK = re.compile(r"\{(?:day:[+-]\d+(?:,(?:mon|tue|wed|thu|fri|sat|sun))?|iso:[+-]\d+|year:[+-]\d+)\}")
CODE = re.compile(r"^```.*?^```|`[^`\n]+`|https?://\S+", re.DOTALL | re.MULTILINE)
MENTION = re.compile(r"(?<![\w/@.])@([a-z0-9][a-z0-9._-]*)")


def read(path: Path) -> Table:
    return tomllib.loads(path.read_text(encoding="utf-8"))


MEMBERS: list[Table] = read(CONTENT / "members.toml")["member"]
CATEGORIES: list[Table] = read(CONTENT / "categories.toml")["category"]
THREADS: dict[str, Table] = {p.stem: read(p) for p in sorted((CONTENT / "threads").glob("*.toml"))}
STORIES: list[Table] = read(CONTENT / "moderation.toml")["story"]
VERSIONS: list[Table] = read(CONTENT / "guidelines.toml")["version"]
BY_NAME = {m["name"]: m for m in MEMBERS}
BY_SLUG = {c["slug"]: c for c in CATEGORIES}


def versions(post: Table) -> list[str]:
    return [post["body"], *(e["body"] for e in post.get("edits", []))]


def every_post() -> Iterator[tuple[str, Table, int, Table]]:
    for stem, thread in THREADS.items():
        for number, post in enumerate(thread["post"], start=1):
            yield stem, thread, number, post


def level(role: str) -> set[str]:
    """The `start`/`reply` words that a role satisfies."""
    if role in STAFF:
        return WHO
    return {"member", "team"} if role == "team" else {"member"}


def may_see(role: str, visibility: str) -> bool:
    return visibility != "staff" or role in STAFF


def test_site_says_who_it_is() -> None:
    site = read(CONTENT / "site.toml")
    assert set(site) == {"name", "brand", "locale", "brand_colour", "tagline", "welcome"}
    assert re.fullmatch(r"#[0-9a-f]{6}", site["brand_colour"])
    for words in (site["tagline"], site["welcome"]):
        assert set(words) == {"it", "en"} and all(words.values())


def test_forty_one_members_of_every_role() -> None:
    assert len(MEMBERS) == len(BY_NAME) == 41
    assert {m["role"] for m in MEMBERS} == ROLES
    assert len({m["display"] for m in MEMBERS}) == 41


@pytest.mark.parametrize("member", MEMBERS, ids=lambda m: str(m["name"]))
def test_member_is_whole(member: Table) -> None:
    needed = {"name", "display", "role", "locale", "timezone", "place", "about", "links", "joined_days_ago"}
    assert needed <= set(member) <= needed | {"title", "moderates"}
    assert re.fullmatch(r"[a-z0-9._-]+", member["name"])
    assert member["locale"] in {"it", "en"}
    ZoneInfo(member["timezone"])
    assert all(link.startswith("https://") and ".example/" in link for link in member["links"])
    assert set(member.get("moderates", [])) <= set(BY_SLUG)
    assert member["role"] == "moderator" or "moderates" not in member


def test_every_member_has_a_voice_line() -> None:
    text = (CONTENT / "members.toml").read_text(encoding="utf-8")
    assert len(re.findall(r"^# Voice: .{20,}\n\[\[member\]\]", text, re.MULTILINE)) == 41


def test_categories_nest_and_narrow() -> None:
    assert 9 <= len(CATEGORIES) <= 11 and len(BY_SLUG) == len(CATEGORIES)
    seen: dict[str, Table] = {}
    for category in CATEGORIES:
        assert re.fullmatch(r"[a-z0-9-]+", category["slug"])
        assert re.fullmatch(r"#[0-9a-f]{6}", category["colour"])
        assert category["description"] and category["locale"] in {"it", "en"}
        assert {category["start"], category["reply"]} <= WHO
        if "parent" in category:
            parent = seen[category["parent"]]
            assert "parent" not in parent
            assert WIDTH[category["visibility"]] >= WIDTH[parent["visibility"]]
        seen[category["slug"]] = category
    assert {c["visibility"] for c in CATEGORIES} == set(WIDTH)
    assert any("parent" in c for c in CATEGORIES)
    assert any(c["start"] == "staff" and c["reply"] == "member" for c in CATEGORIES)


@pytest.mark.parametrize("stem", THREADS)
def test_thread_is_whole(stem: str) -> None:
    assert re.fullmatch(r"\d\d-[a-z0-9-]+", stem)
    thread = THREADS[stem]
    needed = {"title", "category", "tags", "locale", "author", "days_ago", "post"}
    assert needed <= set(thread) <= needed | {"answer"}
    assert thread["category"] in BY_SLUG and thread["locale"] in {"it", "en"}
    assert 5 <= len(thread["title"]) <= 150
    assert len(thread["tags"]) <= 5 and all(re.fullmatch(r"[a-z0-9-]+", t) for t in thread["tags"])
    assert thread["post"][0]["author"] == thread["author"]
    assert 1 <= thread.get("answer", 1) <= len(thread["post"])


@pytest.mark.parametrize("stem", THREADS)
def test_posts_are_whole_and_in_the_past(stem: str) -> None:
    thread = THREADS[stem]
    left = thread["days_ago"] * MINUTES_A_DAY
    for number, post in enumerate(thread["post"], start=1):
        where = f"{stem} #{number}"
        needed = {"author", "after", "body"}
        assert needed <= set(post) <= needed | {"reply_to", "edits"}, where
        assert post["after"] >= 0 and (number > 1 or post["after"] == 0), where
        assert 1 <= post.get("reply_to", 1) < max(number, 2) and (number > 1 or "reply_to" not in post), where
        left -= post["after"]
        assert left > 0, f"{where} lies in the future"
        assert BY_NAME[post["author"]]["joined_days_ago"] * MINUTES_A_DAY > left, f"{where} before joining"
        spent = 0.0
        for edit in post.get("edits", []):
            assert set(edit) == {"after", "body", "reason"} and edit["after"] > 0, where
            spent += edit["after"]
        assert left - spent > 0, f"{where} is edited in the future"
        texts = versions(post)
        assert all(a != b for a, b in pairwise(texts)), where
        for text in texts:
            assert text.strip() and len(text.encode()) < MAX_BODY, where


def test_authors_may_write_where_they_write() -> None:
    for stem, thread, number, post in every_post():
        category = BY_SLUG[thread["category"]]
        role = BY_NAME[post["author"]]["role"]
        gate = category["start"] if number == 1 else category["reply"]
        assert gate in level(role) and may_see(role, category["visibility"]), f"{stem} #{number}"


def test_quotes_are_the_words_of_the_quoted_post() -> None:
    found = 0
    for stem, thread, number, post in every_post():
        for text in versions(post):
            assert text.count("{quote:") == sum(bool(QUOTE_LINE.match(x)) for x in text.splitlines()), stem
            for line in text.splitlines():
                if match := QUOTE_LINE.match(line):
                    target, words = int(match[1]), match[2]
                    assert 1 <= target < number, f"{stem} #{number} quotes #{target}"
                    lines = [x for v in versions(thread["post"][target - 1]) for x in v.splitlines()]
                    assert any(words in x for x in lines), f"{stem} #{number}: {words!r}"
                    found += 1
    assert found >= 30


def test_dates_are_placeholders_that_the_loader_knows() -> None:
    for stem, thread, number, post in every_post():
        for text in (*versions(post), thread["title"]):
            for match in MOMENT.finditer(text):
                if match[1] != "quote":
                    assert MOMENT_OK.fullmatch(match[0]), f"{stem} #{number}: {match[0]}"


def test_mentions_name_members() -> None:
    found = 0
    for stem, _, number, post in every_post():
        for text in versions(post):
            for name in MENTION.findall(CODE.sub(" ", text)):
                assert name.rstrip(".-") in BY_NAME, f"{stem} #{number}: @{name}"
                found += 1
    assert found >= 40


def test_links_lead_nowhere_real() -> None:
    for stem, _, number, post in every_post():
        for text in versions(post):
            for host in re.findall(r"https?://([^/\s)>\"'`]+)", text):
                assert host.endswith(".example"), f"{stem} #{number}: {host}"


def test_nobody_repeats() -> None:
    bodies = Counter(" ".join(post["body"].split()) for _, _, _, post in every_post())
    assert [b for b, n in bodies.items() if n > 1] == []
    titles = Counter(t["title"] for t in THREADS.values())
    assert max(titles.values()) == 1


def test_the_community_is_large_and_varied() -> None:
    sizes = {stem: len(t["post"]) for stem, t in THREADS.items()}
    assert len(THREADS) >= 60 and sum(sizes.values()) >= 550
    assert max(sizes.values()) > 60
    assert sum(1 for n in sizes.values() if n <= 3) >= 10
    assert sum(1 for n in sizes.values() if n == 1) >= 2
    english = sum(1 for t in THREADS.values() if t["locale"] == "en") / len(THREADS)
    assert 0.28 <= english <= 0.42
    per_category = Counter(t["category"] for t in THREADS.values())
    assert set(per_category) == set(BY_SLUG) and per_category["sala-macchine"] == 3
    writers = {post["author"] for _, _, _, post in every_post()}
    assert writers == set(BY_NAME)


def test_the_markdown_shows_what_the_forum_can_do() -> None:
    everything = "\n\n".join(v for _, _, _, p in every_post() for v in versions(p))
    shapes = {
        "table": r"^\|.+\|\n\|[\s:|-]+\|",
        "shell": r"^```(?:sh|console|bash)",
        "python": r"^```python",
        "css": r"^```css",
        "task list": r"^- \[[ x]\] ",
        "footnote": r"^\[\^\w+\]: ",
        "spoiler": r"\|\|[^|\n]+\|\|",
        "strikethrough": r"~~[^~\n]+~~",
        "link": r"\[[^\]\n]+\]\(https://",
        "quote": r"^\{quote:",
    }
    assert [name for name, shape in shapes.items() if not re.search(shape, everything, re.MULTILINE)] == []
    assert any("edits" in p for _, _, _, p in every_post())


NUMBERS = {stem.partition("-")[0]: thread for stem, thread in THREADS.items()}


def every_step() -> Iterator[tuple[str, Table]]:
    for story in STORIES:
        for step in story["step"]:
            yield step.get("on", story["on"]), step


def test_stories_are_about_what_is_there() -> None:
    for on, step in every_step():
        assert step["by"] in BY_NAME
        if on.startswith("@"):
            assert on[1:] in BY_NAME
            continue
        number, _, post = on.partition("#")
        assert 1 <= int(post or 1) <= len(NUMBERS[number]["post"]), on
        assert step.get("into", number) in NUMBERS and step.get("category", "annunci") in BY_SLUG


def test_stories_run_forward_and_not_into_the_future() -> None:
    for story in STORIES:
        if story["on"].startswith("@"):
            left = math.inf
        else:
            number, _, post = story["on"].partition("#")
            posts = NUMBERS[number]["post"][: int(post or 1)]
            left = NUMBERS[number]["days_ago"] * MINUTES_A_DAY - sum(one["after"] for one in posts)
        for step in story["step"]:
            assert ("after" in step) != ("days_ago" in step), step
            before = left
            left = step["days_ago"] * MINUTES_A_DAY if "days_ago" in step else left - step["after"]
            assert 0 < left <= before, step


def test_moderators_answer_in_the_language_of_whom_it_concerns() -> None:
    """A statement is in the member's language, so what the moderator typed should be, too."""
    english = re.compile(r"\b(the|you|and|is)\b")
    for on, step in every_step():
        if words := step.get("explanation", ""):
            number, _, post = on.partition("#")
            member = BY_NAME[NUMBERS[number]["post"][int(post or 1) - 1]["author"]]
            assert bool(english.search(words)) == (member["locale"] == "en"), words


def test_one_version_of_the_guidelines_is_being_written_and_the_others_applied() -> None:
    assert [version.get("draft", False) for version in VERSIONS] == [False, False, False, True]
    days = [version["days_ago"] for version in VERSIONS]
    assert days == sorted(days, reverse=True)
    assert all(version["notice_days"] >= 14 for version in VERSIONS if not version.get("draft"))
    assert all(version["changes"]["it"] and version["changes"]["en"] for version in VERSIONS)


def test_the_hint_after_loading_names_members() -> None:
    named = set(re.findall(r"\b[a-z]+\.[a-z]\b", LOOK))
    assert len(named) >= 5 and named <= set(BY_NAME)
