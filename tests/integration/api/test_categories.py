"""Categories through the API."""

from typing import Any

import pytest

from tests.factories import Make
from tests.support.program import Program, Programs


@pytest.fixture
def manager(make: Make, program: Programs) -> Program:
    """A program with the scope `manage` and nothing else."""
    return program(make.member("rita", role="manager"), "manage")


def test_a_category_is_added_and_listed(manager: Program, program: Programs) -> None:
    made = manager.post("/categories", {"slug": "officina", "name": "Officina", "description": "Repairs."})
    assert made.status_code == 201, made.text
    assert made.json() == {
        "slug": "officina", "name": "Officina", "description": "Repairs.", "parent": None, "visibility": "public",
        "colour": "#5a6b7a", "locale": "", "who_starts": "member", "who_replies": "member", "thread_count": 0,
        "post_count": 0, "url": "http://127.0.0.1:8000/c/officina",
    }  # fmt: skip
    assert program().all("/categories") == [made.json()]


def test_they_come_in_reading_order_however_small_the_pieces(manager: Program, program: Programs) -> None:
    for slug, parent in (("b", None), ("a", None), ("b-two", "b"), ("b-one", "b"), ("b-two-deep", "b-two")):
        assert manager.post("/categories", {"slug": slug, "name": slug, "parent": parent}).status_code == 201
    found = program().all("/categories", limit=2)
    assert [(one["slug"], one["parent"]) for one in found] == [
        ("b", None), ("b-two", "b"), ("b-two-deep", "b-two"), ("b-one", "b"), ("a", None),
    ]  # fmt: skip


def test_a_child_never_lets_in_more_people(manager: Program, make: Make, program: Programs) -> None:
    manager.post("/categories", {"slug": "club", "name": "Club", "visibility": "members"})
    inner = manager.post("/categories", {"slug": "club-a", "name": "A", "parent": "club"})
    assert inner.json()["visibility"] == "members"
    wider = manager.post("/categories", {"slug": "club-b", "name": "B", "parent": "club", "visibility": "public"})
    assert wider.status_code == 422 and set(wider.json()["errors"]) == {"visibility"}
    assert program().all("/categories") == []
    assert [one["slug"] for one in program(make.member()).all("/categories")] == ["club", "club-a"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "Officina"}, "slug"), ({"slug": "a--b"}, "slug"), ({"slug": "è"}, "slug"),
        ({"slug": "x" * 61}, "slug"),
        ({"slug": ""}, "slug"), ({"slug": "taken"}, "slug"),
        ({"name": " \u0000 "}, "name"), ({"name": "x" * 61}, "name"),
        ({"parent": "nowhere"}, "parent"), ({"parent": 1}, "parent"), ({"visibility": "secret"}, "visibility"),
        ({"colour": "red"}, "colour"), ({"colour": "#12345g"}, "colour"), ({"who_starts": "everybody"}, "who_starts"),
        ({"locale": "de"}, "locale"), ({"position": 1}, "position"), ({"description": "x" * 501}, "description"),
    ],
)  # fmt: skip
def test_a_wrong_category_says_which_field(manager: Program, make: Make, change: dict[str, Any], field: str) -> None:
    make.category("taken")
    answer = manager.post("/categories", {"slug": "officina", "name": "Officina", **change})
    assert answer.status_code == 422 and set(answer.json()["errors"]) == {field}


@pytest.mark.parametrize(
    ("role", "scopes", "status"),
    [
        ("member", ("read", "write"), 403), ("moderator", ("read", "write", "moderate"), 403),
        ("manager", ("read", "write"), 403), ("admin", ("read", "admin"), 403),
        ("manager", ("manage",), 201), ("admin", ("manage",), 201),
    ],
)  # fmt: skip
def test_only_managers_with_the_scope_add_one(
    make: Make, program: Programs, role: str, scopes: tuple[str, ...], status: int
) -> None:
    answer = program(make.member(role=role), *scopes).post("/categories", {"slug": "new", "name": "New"})
    assert answer.status_code == status
    assert len(program().all("/categories")) == (status == 201)


def test_a_guest_adds_none(program: Programs) -> None:
    assert program().post("/categories", {"slug": "new", "name": "New"}).status_code == 401
