"""The demo's meetups: announced in threads that are there, answered, checked in, remembered."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.demo.deeds import Deed
from forum.demo.hours import awake
from forum.demo.placeholders import WEEKDAYS
from forum.demo.reading import AnswerEntry, ChapterEntry, MeetupEntry
from forum.kit import walltime
from forum.meetups import domain
from forum.meetups.domain import NewChapter, NewPlace, NewQuestion, Plan, Reply
from forum.meetups.models import Rsvp
from forum.policy.actors import Actor

Who = Callable[[str, datetime], Actor]
Target = Callable[[str], tuple[str, int]]
Written = Callable[[str], datetime]
AFTER = timedelta(minutes=20)
"""How long after its thread a meetup is announced."""


class Meetups:
    """The deeds of one loading."""

    def __init__(self, session: Session, *, who: Who, target: Target, written: Written, now: datetime) -> None:
        """`target`: (type, id) of what a key names; `written`: when that was written."""
        self.session, self.who, self.target, self.written, self.now = session, who, target, written, now
        self.dates: dict[str, tuple[int, ...]] = {}

    def deeds(self, chapters: list[ChapterEntry], meetups: list[MeetupEntry]) -> Iterator[Deed]:
        """Everything, each at its time."""
        for index, chapter in enumerate(chapters):
            at = self.now - timedelta(days=chapter.days_ago)
            yield Deed(at, (3, index), partial(self._found, chapter))
        for index, entry in enumerate(meetups):
            yield from self._meetup(index, entry)

    def _found(self, entry: ChapterEntry, at: datetime) -> None:
        chapter = NewChapter(
            entry.name, entry.category, about=entry.about, town=entry.town, latitude=entry.latitude,
            longitude=entry.longitude, hosts=tuple(entry.hosts),
        )  # fmt: skip
        domain.save_chapter(self.session, actor=self.who(entry.by, at), chapter=chapter, now=at)

    def _meetup(self, index: int, entry: MeetupEntry) -> Iterator[Deed]:
        announced = min(awake(self.written(entry.thread), self.now) + AFTER, self.now)
        starts = self._starts(entry)
        begins = walltime.nearest(starts, walltime.zone(entry.timezone))
        yield Deed(announced, (3, 100 + index, 0), partial(self._announce, entry, starts))
        room = min(self.now, begins) - announced
        for number, answer in enumerate(entry.answers, start=1):
            at = announced + room * number / (len(entry.answers) + 2)
            yield Deed(at, (3, 100 + index, number), partial(self._answer, entry, answer))
        if entry.cancel_third:
            yield Deed(self.now - timedelta(hours=5), (3, 100 + index, 90), partial(self._cancel, entry))
        if begins < self.now:
            yield from self._afterwards(index, entry, begins)

    def _afterwards(self, index: int, entry: MeetupEntry, begins: datetime) -> Iterator[Deed]:
        for number, answer in enumerate(one for one in entry.answers if one.came):
            at = begins + timedelta(minutes=number)
            yield Deed(at, (3, 100 + index, 200 + number), partial(self._arrive, entry, answer))
            if answer.rating:
                told = begins + timedelta(hours=20 + number)
                yield Deed(told, (3, 100 + index, 300 + number), partial(self._tell, entry, answer))
        if entry.recap:
            at = self.now - timedelta(days=2)
            yield Deed(at, (3, 100 + index, 400), partial(self._recap, entry))

    def _starts(self, entry: MeetupEntry) -> datetime:
        """The same day as `{day:+4,sat}` is in the text of a thread."""
        on: date = self.now.date() + timedelta(days=entry.day)
        on += timedelta(days=(WEEKDAYS.index(entry.weekday) - on.weekday()) % 7)
        return datetime.combine(on, time.fromisoformat(entry.start))

    def _announce(self, entry: MeetupEntry, starts: datetime, at: datetime) -> None:
        deadline = starts - timedelta(hours=entry.deadline_hours) if entry.deadline_hours else None
        plan = Plan(
            title=entry.title, starts_local=starts,
            ends_local=datetime.combine(starts.date(), time.fromisoformat(entry.end)), timezone=entry.timezone,
            place=NewPlace(**entry.place) if entry.place else None, online_url=entry.online_url,
            capacity=entry.capacity, guests_allowed=entry.guests, deadline=deadline, rule=entry.rule,
            offer_minutes=entry.offer_minutes, privacy=entry.privacy, hosts=tuple(entry.hosts), chapter=entry.chapter,
            questions=tuple(NewQuestion(prompt) for prompt in entry.questions), locale=entry.locale,
            thread_id=self.target(entry.thread)[1],
        )  # fmt: skip
        made = domain.announce(self.session, actor=self.who(entry.by, at), plan=plan, draft=None, now=at)
        self.dates[entry.thread] = made.occurrence_ids

    def _answer(self, entry: MeetupEntry, answer: AnswerEntry, at: datetime) -> None:
        first = self.dates[entry.thread][0]
        reply = Reply(
            answer.answer, answer.guests, answer.note, answer.hidden, photos=not answer.hidden and not answer.note
        )  # fmt: skip
        domain.answer(self.session, actor=self.who(answer.by, at), occurrence_id=first, reply=reply, now=at)

    def _cancel(self, entry: MeetupEntry, at: datetime) -> None:
        third = self.dates[entry.thread][2]
        actor = self.who(entry.by, at)
        domain.cancel_occurrence(self.session, actor=actor, occurrence_id=third, reason=entry.cancel_third, now=at)

    def _arrive(self, entry: MeetupEntry, answer: AnswerEntry, at: datetime) -> None:
        guest = self.who(answer.by, at)
        query = select(Rsvp.id).where(Rsvp.occurrence_id == self.dates[entry.thread][0], Rsvp.member_id == guest.id)
        rsvp_id = self.session.execute(query).scalar_one()
        domain.check_in(self.session, actor=self.who(entry.by, at), rsvp_id=rsvp_id, now=at)

    def _tell(self, entry: MeetupEntry, answer: AnswerEntry, at: datetime) -> None:
        domain.answer_survey(
            self.session, actor=self.who(answer.by, at), occurrence_id=self.dates[entry.thread][0],
            rating=answer.rating, liked=answer.liked, better=answer.better, quotable=True, now=at,
        )  # fmt: skip

    def _recap(self, entry: MeetupEntry, at: datetime) -> None:
        post_id = self.target(f"{entry.thread}#{entry.recap}")[1]
        domain.link_recap(
            self.session, actor=self.who(entry.by, at), occurrence_id=self.dates[entry.thread][0], post_id=post_id,
            now=at,
        )  # fmt: skip
