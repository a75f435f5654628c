"""Figures and files of a summary: counted anew from raw posts, parsed back by other libraries, compared."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import msgspec
import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sqlalchemy import text

from forum.feedback import domain as feedback
from forum.feedback.exports import figures, queries, shapes, tables
from forum.feedback.exports.formats.sheets import defused, writes_to
from forum.feedback.models import Evidence
from forum.kit.jinja import Templates
from forum.threads.models import Thread
from tests.factories import Make
from tests.support.feedback_exports import ENDS, STARTS, House, at

ROOT = Path(__file__).parents[3]
ROME = ZoneInfo("Europe/Rome")


@pytest.fixture
def house(make: Make, clock: Any) -> House:
    return House(make, clock)


# -- figures ---------------------------------------------------------------------------------------------------------


def raw(house: House, statement: str) -> list[Any]:
    with house.make.core.db.read() as session:
        return list(session.execute(text(statement)).mappings())


def moment(value: Any) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def said(house: House) -> list[tuple[int, int, str]]:
    """(item, member, which period) of every countable word and me-too, from posts alone: what the figures rest on."""
    start, end = (datetime(day.year, day.month, day.day, tzinfo=ROME) for day in (STARTS, ENDS))
    before = datetime(2026, 8, 31, tzinfo=ROME)
    posts = {it["id"]: it for it in raw(house, """
        SELECT p.id, p.author_id, p.created_at, p.state, t.state AS thread_state, c.visibility, m.role FROM posts p
        JOIN threads t ON t.id = p.thread_id JOIN categories c ON c.id = t.category_id
        JOIN members m ON m.id = p.author_id
    """)}  # fmt: skip
    found = []
    for row in raw(house, "SELECT item_id, post_id FROM feedback_evidence WHERE post_id IS NOT NULL"):
        it = posts[row["post_id"]]
        public = (it["state"], it["thread_state"], it["visibility"]) == ("visible", "visible", "public")
        if public and it["role"] == "member":
            found.append((row["item_id"], it["author_id"], moment(it["created_at"])))
    voices = raw(house, "SELECT v.item_id, v.member_id, v.at, m.role FROM feedback_voices v "
                        "JOIN members m ON m.id = v.member_id")  # fmt: skip
    found += [(it["item_id"], it["member_id"], moment(it["at"])) for it in voices if it["role"] == "member"]
    return [
        (item, member, "now" if start <= when < end else "before")
        for item, member, when in found
        if before <= when < end
    ]


def few(people: int) -> int | None:
    return None if 0 < people < 5 else people


def test_every_figure_is_what_raw_posts_say(house: House) -> None:
    page = house.opened(house.snapshot()).page
    words = said(house)
    people = {when: {member for _, member, period in words if period == when} for when in ("now", "before")}
    assert (page.heard.now, page.heard.before) == (len(people["now"]), len(people["before"])) == (12, 7)
    assert page.heard.percent == round(100 * 5 / 7) and page.heard.delta == 5 and not page.heard.small
    items = {it["id"]: it for it in raw(house, "SELECT i.*, t.name AS theme FROM feedback_items i "
                                               "LEFT JOIN feedback_themes t ON t.id = i.theme_id")}  # fmt: skip
    now = {key: {m for item, m, period in words if item == key and period == "now"} for key in items}
    before = {key: {m for item, m, period in words if item == key and period == "before"} for key in items}
    assert page.items == sum(1 for key in items if now[key]) == 5
    assert page.new == sum(1 for it in items.values() if moment(it["created_at"]).month == 10) == 3
    due = [it for it in items.values() if it["due_at"] and moment(it["due_at"]).month == 10]
    in_time = [it for it in due if it["acknowledged_at"] and moment(it["acknowledged_at"]) <= moment(it["due_at"])]
    assert (page.answered, page.due) == (len(in_time), len(due)) == (1, 2)
    weights = {key: len(now[key]) * max(items[key]["pain"], 1) for key in items}
    by_weight = sorted((key for key in items if now[key]), key=lambda key: (-weights[key], -len(now[key]), key))
    assert [it.item for it in page.top] == [key for key in by_weight if items[key]["kind"] != "praise"][:5]
    assert {it.id for it in page.lines} == set(items)
    for line in page.lines:
        counted, earlier = len(now[line.id]), len(before[line.id])
        assert (line.people.now, line.people.before) == (few(counted), few(earlier))
        assert line.priority == (None if few(counted) is None else weights[line.id])
        hidden = few(counted) is None or few(earlier) is None
        assert line.people.delta == (None if hidden else counted - earlier)
        assert line.people.small == (counted < 5 or earlier < 5) and (line.people.percent is None) == line.people.small
        oldest = raw(house, "SELECT min(p.created_at) AS at FROM posts p JOIN feedback_evidence e ON e.post_id = p.id "
                            "JOIN threads t ON t.id = p.thread_id JOIN categories c ON c.id = t.category_id "
                            "JOIN members m ON m.id = p.author_id WHERE p.state = 'visible' AND t.state = 'visible' "
                            f"AND c.visibility = 'public' AND m.role = 'member' AND e.item_id = {line.id}")  # fmt: skip
        assert line.since == moment(oldest[0]["at"]).astimezone(ROME).date()
    courses = {it.name: (it.people.before, it.people.now, it.course) for it in page.themes}
    assert courses == {
        "Sensors": (6, 11, "rising"), "Export": (0, 6, "new"), "Brakes": (7, None, "fading"), "Thanks": (0, 6, "new"),
    }  # fmt: skip
    assert [(it.text, it.item) for it in page.asks] == [("May we say December?", house.items["sensors"])]
    assert [(it.due, it.kept, it.late) for it in page.promises] == [(date(2026, 11, 30), False, False)]
    assert page.headline == "“Item sensors” weighs most; “Sensors” keeps growing."
    assert "Priority = people × pain, with a pain of 0 counted as 1." in page.method


def test_a_team_counts_what_was_sent_to_it_and_all_counts_everything(house: House) -> None:
    house.status("export", house.make.now, "triaged")
    team, every = house.opened(house.snapshot()).page, house.opened(house.snapshot(team=False)).page
    assert house.items["export"] not in {it.id for it in team.lines}
    assert house.items["export"] in {it.id for it in every.lines}
    with house.make.core.db.write() as session:  # what was merged counts where it went, and each member once
        feedback.merge(
            session, actor=house.livia, item_id=house.items["stand"], into=house.items["sensors"], now=house.make.now
        )
    merged = house.opened(house.snapshot()).page
    assert house.items["stand"] not in {it.id for it in merged.lines}
    assert merged.line(house.items["sensors"]).people.now == team.line(house.items["sensors"]).people.now == 11


def test_what_was_collected_after_the_period_is_listed_where_it_was_said(house: House) -> None:
    """Posts of October, triaged in November: October's, and new in November, where nobody has said it yet."""
    house.said("late", "problem", 3, theme="sensors", october=range(2, 12), words="{n} of {month}: it rains inside.",
               collected=at(11, 2))  # fmt: skip
    house.said("two", "wish", 3, theme="sensors", october=range(2), words="{n} of {month}: gears would be good.",
               collected=at(11, 2))  # fmt: skip
    for key in ("late", "two"):
        house.status(key, at(11, 3), "sent")
    house.clock.now = at(11, 21, 9)
    kept = house.opened(house.snapshot())
    page, evidence = kept.page, [line for lines in kept.evidence() for line in lines]
    late, two = page.line(house.items["late"]), page.line(house.items["two"])
    assert (late.people.now, late.priority, late.pieces, two.people.now) == (10, 30, 10, None)
    assert [it.item for it in page.top[:2]] == [house.items["sensors"], house.items["late"]]
    assert page.items == sum(it.people.now != 0 for it in page.lines) == 7
    assert page.new == 3
    assert {it.item for it in evidence} <= {it.id for it in page.lines}
    assert {bool(it.alias) for it in evidence if it.item == house.items["late"]} == {True}
    assert {it.alias for it in evidence if it.item == house.items["two"]} == {""}
    with house.make.core.db.read() as session:
        glance = queries.live(session, team_id=house.team, starts=STARTS, ends=ENDS, locale="en", now=house.make.now)
        november = queries.live(
            session, team_id=house.team, starts=ENDS, ends=date(2026, 12, 1), locale="en", now=house.make.now
        )
    assert glance.top == page.top and (november.new, november.items) == (2, 0)


def test_what_was_said_behind_closed_doors_tells_no_day(house: House) -> None:
    """Said before both periods among members, in a hidden post, by the staff: neither "since" nor "back"."""
    for name, who, category in (
        ("inside", house.people[0], house.closed), ("hid", house.people[1], ""), ("ours", house.livia, ""),
    ):  # fmt: skip
        house.told("export", name, who, at(5, 1), f"Said {name} long ago: an export is missing.", category)
    house.hide("hid", "hidden")
    house.clock.now = at(11, 21, 9)
    page = house.opened(house.snapshot()).page
    assert page.line(house.items["export"]).since == date(2026, 10, 6)
    assert {it.name: it.course for it in page.themes}["Export"] == "new"
    house.hide("hid", "visible")
    page = house.opened(house.snapshot()).page
    assert page.line(house.items["export"]).since == date(2026, 5, 1)
    assert {it.name: it.course for it in page.themes}["Export"] == "returning"


def test_a_wish_that_hurts_nobody_is_asked_for_with_all_its_people(house: House) -> None:
    """Six people and a pain of 0 weigh more than three at 1, as everywhere."""
    house.change("thanks", ask="May we quote them?")
    house.change("stand", pain=1, ask="Who makes it?")
    page = house.opened(house.snapshot()).page
    assert [it.item for it in page.asks] == [house.items[key] for key in ("sensors", "thanks", "stand")]


def test_a_theme_that_was_silent_for_two_periods_is_back(house: House) -> None:
    with house.make.core.db.write() as session:
        first = session.scalars(Evidence.__table__.select().where(Evidence.item_id == house.items["export"])).first()
        session.get_one(Evidence, first).said_at = at(5, 1)
    themes = {it.name: it.course for it in house.opened(house.snapshot()).page.themes}
    assert themes["Export"] == "returning"


def test_a_meetup_says_who_came_and_what_was_missed(house: House) -> None:
    thread, _ = house.met()
    (line,) = house.opened(house.snapshot()).page.meetups
    assert (line.title, line.day, line.came, line.yes, line.mean, line.answers) == (
        "Torino", date(2026, 10, 10), 9 + 2, 12, 4.5, 6,
    )  # fmt: skip
    assert [(it.title, it.people) for it in line.missing] == [("Item stand", 6)]
    assert "11 came of 12, survey 4.5 of 5 (6 answers)" in re.sub(
        r"\\", "", house.file(house.snapshot(), "md").decode()
    )
    (counts,) = house.opened(house.snapshot("counts")).page.meetups
    assert (counts.title, counts.missing, counts.came) == ("", (), 11)
    with house.make.core.db.write() as session:  # what only members may see says nothing to a team
        session.get_one(Thread, thread).state = "hidden"
    assert house.opened(house.snapshot()).page.meetups == ()


# -- six formats -----------------------------------------------------------------------------------------------------


class Tables(HTMLParser):
    """Every table of a page as rows of cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.cell: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.cell = []

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"} and self.cell is not None:
            self.tables[-1][-1].append(" ".join("".join(self.cell).split()))
            self.cell = None


def of_html(page: str, heads: list[str]) -> list[list[str]]:
    return next(table[1:] for table in Tables(page).tables if table[0] == heads)


def flat(cells: list[Any]) -> list[str]:
    return [" ".join(str(cell).split()) if cell is not None else "" for cell in cells]


@pytest.mark.parametrize("locale", ["en", "it"])
@pytest.mark.parametrize("privacy", ["counts", "paraphrase", "quotes"])
@pytest.mark.parametrize("backend", ["sqlite"])  # files are made of a snapshot, above the database
def test_all_six_formats_agree_cell_by_cell(house: House, privacy: str, locale: str) -> None:
    house.change("sensors", area="=cmd|' /C calc'!A0", title="+SUM(1+1)*<b>bold</b>|pipe _it_ `x`")
    snapshot = house.snapshot(privacy, locale=locale)
    files = {kind: house.file(snapshot, kind) for kind in ("csv", "xlsx", "json", "md", "html", "pdf")}
    document = json.loads(files["json"])
    jsonschema.validate(document, shapes.json_schema())
    page = house.opened(snapshot).page
    items = [flat(tables.item(line, locale)) for line in page.lines]
    themes = [flat(tables.theme(line, locale)) for line in page.themes]
    heads, theme_heads = tables.labels(tables.ITEMS, locale), tables.labels(tables.THEMES, locale)
    # JSON says the figures themselves
    for cells, line in zip(items, document["lines"], strict=True):
        known = dict(zip(tables.ITEMS, cells, strict=True))
        people = line["people"]
        for key, value in {**line, "people": people["now"], "before": people["before"], "delta": people["delta"],
                           "percent": people["percent"]}.items():  # fmt: skip
            if key in known and key not in {"kind", "status"}:
                hidden = value is None and key in {"people", "before", "priority", "pieces", "threads"}
                assert known[key] == ("<5" if hidden else flat([value])[0]), key
    # Markdown and HTML
    markdown = MarkdownIt().enable("table").render(files["md"].decode())
    for html in (markdown, files["html"].decode()):
        assert of_html(html, heads) == items
        assert of_html(html, theme_heads) == themes
    for key, value in tables.figures(page):
        label, cell = tables.figure_label(key, locale), tables.plain(value)
        assert [label, cell] in of_html(files["html"].decode(), tables.labels(tables.FIGURES, locale))
        assert f"- {label}: {cell}".replace("<", "\\<").strip() in [
            it.strip() for it in files["md"].decode().splitlines()
        ]
    # CSV
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert {row["snapshot"] for row in rows} == {snapshot}
    names = {"title": "name"}
    for row, cells in zip([row for row in rows if row["record"] == "item"], items, strict=True):
        got = [row[names.get(key, key)] for key in tables.ITEMS]
        assert [" ".join(cell.split()) for cell in got] == [defused(cell) for cell in cells]
    values = {row["id"]: row["value"] for row in rows if row["record"] == "figure"}
    assert values == {key: tables.plain(value) for key, value in tables.figures(page)}
    # XLSX
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    assert len(book.sheetnames) == 4
    sheets = [[flat(list(row)) for row in sheet.iter_rows(values_only=True)] for sheet in book]
    assert sheets[0] == [heads, *items] and sheets[2] == [theme_heads, *themes]
    assert [row[:2] for row in sheets[3] if row[1]][5:][: len(values)] == [
        [tables.figure_label(key, locale), tables.plain(value)]
        for key, value in tables.figures(page)
        if value is not None
    ]
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    # evidence: the same words in all three that have it
    pieces = [[it["id"], it["item"], it["alias"], it["text"]] for it in document["evidence"]]
    assert len(pieces) == (27 if privacy == "quotes" else 0)
    assert [[int(r["id"]), int(r["item"]), r["alias"], r["text"]] for r in rows if r["record"] == "evidence"] == [
        [*piece[:3], defused(piece[3])] for piece in pieces
    ]
    assert [[int(r[0]), int(r[1]), r[3], r[4]] for r in sheets[1][1:]] == pieces
    # PDF: every cell of every row stands on some page, and the figures on the first
    found = pypdf.PdfReader(io.BytesIO(files["pdf"]))
    pages = [re.sub(r"\s+", "", it.extract_text()) for it in found.pages]
    for label, value in ((tables.figure_label(key, locale), value) for key, value in tables.figures(page)):
        assert re.sub(r"\s", "", f"{tables.plain(value) or '–'}{label}") in pages[0]
    for cells in [*items, *themes]:
        assert re.sub(r"\s", "", "".join(cells)) in "".join(pages[1:]), cells
    assert snapshot in pages[0] and snapshot in (found.metadata or {}).get("/Keywords", "")
    assert all(snapshot.encode() in files[kind] for kind in ("csv", "json", "md", "html"))


def test_the_published_schema_is_current() -> None:
    kept = json.loads((ROOT / "docs" / "feedback-export.schema.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(shapes.json_schema()))


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1", "-)"])
def test_formulas_are_defused(value: str) -> None:
    assert defused(value) == f"'{value}" and defused(defused(value)) == defused(value)
    assert defused(f"a{value}") == f"a{value}"


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("Bello;=cmd|'/C calc'!A0;davvero", "Bello;'=cmd|'/C calc'!A0;davvero"),
        ('a; "=1"', "a;' \"=1\""), ("a;;-1\t+1", "a;;'-1\t'+1"), ("\t=1", "'\t'=1"), ("\r=1", "'\r'=1"),
        ("\n-1", "'\n'-1"), ("a\t=1", "a\t'=1"), ("a;＝1", "a;'＝1"),
        ("Bello ;-) davvero; a = b", "Bello ;-) davvero; a = b"), ("salite; discese", "salite; discese"),
    ],
)  # fmt: skip
def test_formulas_behind_other_separators_are_defused(value: str, safe: str) -> None:
    assert defused(value) == safe == defused(safe)


SIGNS = st.text(st.sampled_from(list("=+-@＝;\t\r\n\"' ,|)(a1é")), max_size=40)


@given(st.lists(SIGNS, min_size=1, max_size=6))
def test_no_cell_is_a_formula_whatever_separates_cells(texts: list[str]) -> None:
    """Of a table as the file has it: a number, a snapshot, then texts."""
    out = io.StringIO()
    writes_to(out)(["8f3a", -3, *texts])
    assert next(csv.reader(io.StringIO(out.getvalue(), newline="")))[2:] == [defused(it) for it in texts]
    for separator in ",;\t":
        rows = list(csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=separator))
        cells = [cell.strip() for row in rows for cell in row]
        assert all(cell == "-3" or cell.startswith("-)") or not cell.startswith(tuple("=+-@＝")) for cell in cells), (
            separator, cells)  # fmt: skip


def test_a_summary_opened_with_semicolons_holds_no_formula(house: House) -> None:
    house.told("sensors", "evil", house.people[4], at(10, 26), "Bello;=cmd|'/C calc'!A0;davvero e molto.")
    text = house.file(house.snapshot(), "csv").decode("utf-8-sig")
    (row,) = [it for it in csv.DictReader(io.StringIO(text)) if "calc" in it["text"]]
    assert row["text"] == "Bello;'=cmd|'/C calc'!A0;davvero e molto."
    for separator in ";\t":
        cells = [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]
        assert any("calc" in it for it in cells) and not any(it.startswith(tuple("=+-@")) for it in cells)


def test_a_run_is_made_again_byte_for_byte(house: House) -> None:
    snapshot = house.snapshot()
    first = {kind: house.file(snapshot, kind) for kind in ("csv", "xlsx", "json", "md", "html", "pdf")}
    house.clock.forward(days=40)
    house.change("sensors", title="Another title", pain=1)
    house.said("later", "wish", 1, theme="", october=range(4), words="Words of {month}, number {n}, of all sorts.")
    house.clock.forward(days=40)
    for kind, content in first.items():
        assert house.file(snapshot, kind) == content, kind


def test_a_mail_and_a_glance_say_the_same(house: House) -> None:
    from forum.categories.queries import SiteView
    from forum.feedback.exports import render

    snapshot = house.snapshot(locale="it")
    subject, plain, html = render.mail(
        house.opened(snapshot).page, Templates(static=str), site=SiteView(), locale="it",
        base_url="http://forum.test", now=house.make.now,
    )  # fmt: skip
    with house.make.core.db.read() as session:
        assert not queries.is_empty(session, snapshot)
        assert queries.page_json(session, snapshot)["heard"]["now"] == 12
    assert subject.startswith("Product, 1–31 ottobre 2026: ") and snapshot in plain and snapshot in html
    assert "Item sensors" in plain and "Item sensors" in html and "12" in html
    with house.make.core.db.read() as session:
        page = queries.live(session, team_id=house.team, starts=STARTS, ends=ENDS, locale="it", now=house.make.now)
        empty = queries.live(
            session, team_id=house.team, starts=date(2020, 1, 1), ends=date(2020, 2, 1), locale="it", now=house.make.now
        )
    kept = house.opened(snapshot).page
    assert page.top == kept.top and page.praise == kept.praise and page.heard == kept.heard
    for it in page.top:  # a screen shows the five and does not ask how much may not be quoted
        assert msgspec.structs.replace(page.line(it.item), withheld=kept.line(it.item).withheld) == kept.line(it.item)
    assert empty.items == 0 and empty.top == () and figures.TOP == 5
