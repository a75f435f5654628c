"""The demo's guidelines, version by version: each says what it changes in the one before."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from forum.demo.deeds import Deed
from forum.demo.reading import Both, Swap, VersionEntry
from forum.guidelines import domain, queries
from forum.guidelines.views import Guidelines
from forum.policy.actors import Actor

Who = Callable[[str, datetime], Actor]
Everybody = Callable[[datetime], list[Actor]]


def deeds(
    session: Session, versions: list[VersionEntry], *, who: Who, everybody: Everybody, now: datetime
) -> Iterator[Deed]:
    """Each version is announced some weeks ahead, and on the day it takes effect all who were there have read it."""
    for index, entry in enumerate(versions):
        effective = now - timedelta(days=entry.days_ago)

        def write(at: datetime, entry: VersionEntry = entry, effective: datetime = effective) -> None:
            _write(session, entry, who(entry.by, at), effective, at)

        def read(at: datetime, number: int = index + 2) -> None:
            for actor in everybody(at):
                domain.acknowledge(session, actor=actor, number=number, now=at)

        yield Deed(effective - timedelta(days=entry.notice_days), (1, index, 0), write)
        if not entry.draft:
            yield Deed(effective, (1, index, 1), read)


def _write(session: Session, entry: VersionEntry, actor: Actor, effective: datetime, at: datetime) -> None:
    number = domain.draft(session, actor=actor, now=at)
    start = queries.version(session, number, actor=actor)
    words = domain.prepare(
        source_en=_swapped(start, entry.swap, "en"), source_it=_swapped(start, entry.swap, "it"),
        changes_en=entry.changes.en, changes_it=entry.changes.it,
    )  # fmt: skip
    version = domain.edit(session, actor=actor, number=number, version=1, words=words, now=at)
    if not entry.draft:
        domain.announce(
            session, actor=actor, number=number, version=version, significant=True, effective_at=effective, now=at
        )


def _swapped(start: Guidelines, swaps: list[Swap], locale: str) -> str:
    """Raises ValueError when the words to be replaced do not stand there once."""
    text = start.source(locale)
    for swap in swaps:
        old, new = _in(swap.old, locale), _in(swap.new, locale)
        if text.count(old) != 1:
            raise ValueError(f"version {start.number}, {locale}: {old!r} stands there {text.count(old)} times")
        text = text.replace(old, new)
    return text


def _in(words: Both, locale: str) -> str:
    return words.it if locale == "it" else words.en
