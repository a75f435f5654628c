"""The readable part of addresses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.kit.slugs import MAX_SLUG, slugify


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Perché l’inverno è già qui?", "perche-l-inverno-e-gia-qui"),
        ("C'è un po' d'olio", "c-e-un-po-d-olio"),
        ("It’s here, don't panic", "its-here-dont-panic"),
        ("Straße & Ærø", "strasse-aero"),
        ("Обзор велосипеда", "obzor-velosipeda"),
        ("Ελληνικά", "ellinika"),
        ("😀 ciao 🚲", "ciao"),
        ("😀", "thread"),
        ("  ---  ", "thread"),
        ("", "thread"),
        ("50% più veloce", "50-piu-veloce"),
        ("a/../b?c#d", "a-b-c-d"),
        ("parola " * 20, "parola-parola-parola-parola-parola-parola-parola-parola"),
        ("x" * 90, "x" * MAX_SLUG),
        ("y " + "x" * 90, "y"),
        ("a" * 29 + " " + "b" * 30, "a" * 29 + "-" + "b" * 30),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    assert slugify(title) == slug


def test_the_fallback_is_the_callers() -> None:
    assert slugify("!", fallback="category") == "category"


@given(st.text(max_size=200))
def test_always_an_address(title: str) -> None:
    slug = slugify(title)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= MAX_SLUG
