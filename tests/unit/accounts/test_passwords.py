"""What is taken as a password, and how it is kept."""

import threading
import time

import pytest
from argon2 import PasswordHasher

from forum.accounts import passwords
from forum.accounts.passwords import booth, check_password, hash_password, outdated
from forum.errors import Busy, Invalid


def said(password: str, **more: object) -> str:
    try:
        check_password(password, **more)  # type: ignore[arg-type]
    except Invalid as error:
        return str(error.fields["password"])
    return ""


@pytest.mark.parametrize(
    "good", ["otto gatti sul tetto", "k7#fQ2!xm", "x9" + "é" * 60 + "tram", "la mia bici verde", "🚲🌧🧦🗝🪴🐢🎻🧭🌋"]
)
def test_taken(good: str) -> None:
    assert said(good) == ""


@pytest.mark.parametrize(
    "weak", ["password", "qwertyuiop", "12345678", "aaaaaaaaaaaa", "iloveyou1", "letmein!", "a" * 200, "password1" * 20]
)
def test_guessed_quickly(weak: str) -> None:
    assert "guessed quickly" in said(weak)


def test_lengths() -> None:
    assert "At least 8" in said("k7#fQ2!")
    assert "At least 12" in said("k7#fQ2!xYz1", staff=True)
    assert said("k7#fQ2!xYz1b", staff=True) == ""
    assert said("sole e luna " * 21) == "" or "quickly" in said("sole e luna " * 21)
    assert "At most 256" in said("k" * 257)
    assert "Choose" in said("")


@pytest.mark.parametrize(
    "own",
    ["nadia.nadia", "Ferrusi2026", "nadiaferrusi", "ilcortile!1", "Ventarola.26", "nadia.f@posta", "cortile-nadia"],
)
def test_names_of_owner_and_site_are_no_passwords(own: str) -> None:
    about = ("nadia", "Nadia Ferrusi", "nadia.f@posta.example", "Il Cortile", "Ventarola")
    assert "tried first" in said(own, about=about)
    assert said("nadia mangia otto cipolle crude", about=about) == ""


def test_long_input_is_judged_quickly() -> None:
    begun = time.perf_counter()
    for hard in ("1234567890" * 25, "aB3$" * 64, "2026-11-21" * 25, "qwerty" * 42):
        said(hard)
    assert time.perf_counter() - begun < 4


def test_hash_and_verify() -> None:
    kept = hash_password("così è")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    with booth() as at:
        assert at.verify(kept, "così è")
        assert at.verify(kept, "cosi\u0300 e\u0300")  # the same, composed otherwise
        assert not at.verify(kept, "Così è")
        assert not at.verify(kept, "così è ")
        assert not at.verify(None, "così è")
        assert not at.verify(None, "")
        assert not at.verify("no hash at all", "x")
    assert hash_password("così è") != kept


def test_nobodys_hash_costs_what_a_real_one_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PasswordHasher().check_needs_rehash(passwords._nobodys_hash())
    assert not passwords.HASHER.check_needs_rehash(passwords._nobodys_hash())
    kept = hash_password("x")

    def seconds(given: str | None) -> float:
        with booth() as at:
            begun = time.process_time()
            for _ in range(5):
                at.verify(given, "wrong")
            return time.process_time() - begun

    seconds(kept)
    assert 0.4 < seconds(None) / seconds(kept) < 2.5


def test_older_hashes_are_found() -> None:
    assert outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))
    assert not outdated(hash_password("x"))


def test_when_all_slots_are_taken_it_says_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "PATIENCE", 0.05)
    with booth(), pytest.raises(Busy), booth():
        pass
    with booth():  # and the slot comes back
        pass
