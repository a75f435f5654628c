"""Names of other places as handles of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.accounts.domain.names import clean_name
from forum.importers.names import Handles, handle


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Nadia", "Nadia"), ("Geoff Dalgas", "Geoff_Dalgas"), ("törzsmókus", "torzsmokus"), ("I.M.", "I.M"),
        ("G. M.", "G.M"), ("o0'.", "o0"), ("Andrej Arsen'evič", "Andrej_Arsenevic"), ("关一骏", "GuanYiJun"),
        ("a..b__c", "a.b_c"), ("...", ""), ("x" * 40, "x" * 30),
    ],
)  # fmt: skip
def test_a_name_is_spelled_in_ascii(name: str, expected: str) -> None:
    assert handle(name) == expected


def test_each_handle_is_given_once() -> None:
    handles = Handles({"nadia"}, lambda name: name != "admin")
    assert [handles.give(name) for name in ("Nadia", "nadia", "NADIA", "admin", "x", "", "!")] == [
        "Nadia-2", "nadia-3", "NADIA-4", "admin-2", "x-1", "member-1", "member-2",
    ]  # fmt: skip


def test_a_number_fits_into_a_long_name() -> None:
    handles = Handles(set())
    given_out = [handles.give("y" * 50) for _ in range(12)]
    assert len(set(given_out)) == 12 and all(len(name) == 30 for name in given_out)


@given(st.lists(st.text(max_size=70), max_size=20))
def test_whatever_people_were_called_they_get_a_name_that_we_allow(names: list[str]) -> None:
    handles = Handles(set())
    found = [handles.give(name) for name in names]
    assert all(clean_name(name) == name for name in found)
    assert len({name.lower() for name in found}) == len(names)
