"""What a name, a display name and an address may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forum.accounts.domain.names import (
    NAME,
    check_name,
    check_person,
    clean_display_name,
    clean_email,
    clean_name,
    skeleton,
)
from forum.errors import Invalid


@pytest.mark.parametrize(
    "name", ["ab", "teo.b", "velo_offerte", "Nadia-F", "a1", "x" * 30, "9lives", "@nadia", " ezio "]
)
def test_names_that_are_fine(name: str) -> None:
    assert NAME.fullmatch(clean_name(name))


@pytest.mark.parametrize(
    "name", ["", "a", ".ab", "ab.", "a..b", "a._b", "a b", "nàdia", "a@b", "a/b", "a\nb", "x" * 31, "аdmin", "Ⅷ!"]
)  # fmt: skip
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_name(name)
    assert set(refused.value.fields) == {"name"}


@pytest.mark.parametrize("name", ["admin", "ADMIN", "4dm1n", "ad.min", "st4ff", "il_cortile", "1lCort1le", "no.reply"])
def test_names_of_the_house_are_kept(name: str) -> None:
    with pytest.raises(Invalid):
        check_name(name, site_names=("Il Cortile", "Ventarola"))


@pytest.mark.parametrize("name", ["adminton", "staffan", "cortile.fan", "modesto", "rooter"])
def test_names_that_only_look_like_it_are_free(name: str) -> None:
    assert check_name(name, site_names=("Il Cortile", "Ventarola")) == name


def test_a_site_without_letters_reserves_nothing() -> None:
    assert check_name("nadia", site_names=("…", "", "N")) == "nadia"


def test_wide_letters_are_letters() -> None:
    assert clean_name("ｎａｄｉａ") == "nadia"


def test_skeletons() -> None:
    assert skeleton("Adm1n.") == skeleton("ad-min") == "admin"


def test_display_names() -> None:
    assert clean_display_name("  Nadia \r\n  Ferrusi\u202e ") == "Nadia Ferrusi"
    assert clean_display_name("", name="nadia") == "nadia"
    assert clean_display_name("李小龍") == "李小龍"
    for wrong in ("x" * 61, "http://x", "a@b", "WWW.x.it", "···"):
        with pytest.raises(Invalid):
            clean_display_name(wrong, name="nadia")
    with pytest.raises(Invalid):
        clean_display_name("")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a@b.example", "a@b.example"), (" A.B+c@D.example ", "A.B+c@D.example"), ("o'neil@x.co.uk", "o'neil@x.co.uk"),
        ("io@perché.example", "io@xn--perch-fsa.example"), ("x@a-b.example", "x@a-b.example"),
    ],
)  # fmt: skip
def test_addresses(typed: str, kept: str) -> None:
    assert clean_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "@", "a@", "@b.example", "a@b", "a@.example", "a@b..example", "a@-b.example", "a b@c.example",
        "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "a\x00@b.example", '"a b"@c.example',
        "a@[127.0.0.1]", "a@127.0.0.1", "à@b.example", "a..b@c.example", "<a@b.example>", "x" * 65 + "@b.example",
        "a@" + "b" * 64 + ".example", "a@" + "b." * 130 + "example",
    ],
)  # fmt: skip
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(Invalid):
        clean_email(typed)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_cleaned_or_refused(text: str) -> None:
    for clean in (clean_name, clean_email, clean_display_name):
        try:
            kept = clean(text)
        except Invalid:
            continue
        assert kept.isprintable() and "\n" not in kept and kept == kept.strip()


def test_a_person_hears_of_all_mistakes() -> None:
    with pytest.raises(Invalid) as refused:
        check_person("", "http://x", "x", site_names=())
    assert set(refused.value.fields) == {"name", "display_name", "email"}
    assert check_person("admin", "", "a@b.example", site_names=None).display_name == "admin"
