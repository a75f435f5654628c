"""The forms in which hosts plan: what they send, and what it means. Nothing is lost when something is wrong."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import TypeVar

import msgspec

from forum.db import MAX_ID
from forum.errors import Invalid
from forum.kit.dates import zone
from forum.kit.i18n import N_, Message
from forum.kit.walltime import is_ambiguous
from forum.meetups import recurrence
from forum.meetups.domain import DatePlan, NewPlace, NewQuestion, Plan
from forum.meetups.views import ChapterView, PlaceView
from forum.meetups.web.shared import number

REPEATS = {
    "": N_("No, once"), "daily": N_("Every day"), "weekly": N_("Every week, on this weekday"),
    "fortnightly": N_("Every two weeks, on this weekday"), "monthly": N_("Every month, on this day of the month"),
    "nth": N_("Every month, on this weekday of this week of the month"),
    "last": N_("Every month, on the last such weekday"),
}  # fmt: skip
DEADLINES = {
    "": N_("Until it begins"), "120": N_("Until two hours before"), "1440": N_("Until a day before"),
    "2880": N_("Until two days before"), "4320": N_("Until three days before"), "10080": N_("Until a week before"),
}  # fmt: skip
OFFERS = {
    "": N_("Give it at once to the first in line"), "180": N_("Hold it three hours for the first in line"),
    "720": N_("Hold it twelve hours for the first in line"), "1440": N_("Hold it a day for the first in line"),
    "2880": N_("Hold it two days for the first in line"),
}  # fmt: skip
PRIVACIES = {
    "public": N_("Everybody"), "members": N_("Members"), "attendees": N_("Those who come"),
    "hosts": N_("The hosts alone"),
}  # fmt: skip
KINDS = {
    "text": N_("A few words"), "choice": N_("One of several answers"), "yesno": N_("Yes or no"),
    "diet": N_("What they eat"), "access": N_("What they need to take part"),
}  # fmt: skip
COORDINATES = re.compile(r"\s*(-?\d{1,3}(?:[.,]\d+)?)\s*[;,\s]\s*(-?\d{1,3}(?:[.,]\d+)?)\s*")
FACTS = ("step_free", "toilet", "hearing_loop", "quiet_room")
QUESTIONS = 5
T = TypeVar("T")
EMPTY = datetime(2000, 1, 1)  # noqa: DTZ001  wall time has no zone


class QuestionForm(msgspec.Struct):
    """One question. `choices`: one a line. `id`: of the one that it replaces."""

    prompt: str = ""
    kind: str = "text"
    choices: str = ""
    required: str = ""
    id: str = ""


class PlaceForm(msgspec.Struct):
    """A place. The four facts: "yes", "no" or "" (nobody has looked)."""

    place_name: str = ""
    place_address: str = ""
    coordinates: str = ""
    step_free: str = ""
    toilet: str = ""
    hearing_loop: str = ""
    quiet_room: str = ""
    transit: str = ""
    access: str = ""
    private: str = ""


class PlanForm(PlaceForm):
    """A meetup. `place`: an id, "new", or "". `last_day`: when it ends on another day. `thread`: one that is there."""

    title: str = ""
    body: str = ""
    thread: str = ""
    category: str = ""
    chapter: str = ""
    day: str = ""
    start: str = ""
    end: str = ""
    last_day: str = ""
    timezone: str = ""
    fold: str = ""
    repeat: str = ""
    until: str = ""
    rule: str = ""
    place: str = ""
    online_url: str = ""
    capacity: str = ""
    guests_allowed: str = "0"
    deadline: str = ""
    offer_minutes: str = ""
    privacy: str = "members"
    keep_days: str = "30"
    asks_hosts: str = ""
    survey: str = ""
    hosts: str = ""
    helpers: str = ""
    locale: str = ""
    submission: str = ""
    version: str = ""
    reason: str = ""
    note: str = ""
    scope: str = ""
    questions: list[QuestionForm] = []


def times(form: PlanForm) -> tuple[datetime, datetime]:
    """Wall time as it was typed. An end before the start is on the next day.

    Raises Invalid(day, start, end, last_day).
    """
    problems: dict[str, Message] = {}
    day, start, end = _date(form.day), _time(form.start), _time(form.end)
    if day is None:
        problems["day"] = N_("Choose a day.")
    if start is None:
        problems["start"] = N_("Say when it begins, as in 19:00.")
    if end is None:
        problems["end"] = N_("Say when it ends, as in 21:30.")
    last = _date(form.last_day) if form.last_day.strip() else day
    if last is None and form.last_day.strip():
        problems["last_day"] = N_("Choose a day.")
    if problems or day is None or start is None or end is None or last is None:
        raise Invalid(problems)
    starts, ends = datetime.combine(day, start), datetime.combine(last, end)
    if ends <= starts and last == day:
        ends += timedelta(days=1)
    return starts, ends


def rule_of(form: PlanForm, starts: datetime) -> str:
    """The rule that was chosen, for this first date. Raises Invalid(repeat, until)."""
    if not form.repeat:
        return ""
    if form.repeat == "as_it_is":
        return form.rule
    rule = recurrence.suggestions(starts).get(form.repeat)
    if rule is None:
        fifth = form.repeat == "nth"
        raise Invalid(
            {
                "repeat": N_("Many months have no fifth such day: choose the last one.")
                if fifth
                else N_("This day is not the last such weekday of its month.")
            }
        )
    if form.until.strip():
        until = _date(form.until)
        if until is None or until < starts.date():
            raise Invalid({"until": N_("Choose a day after the first one.")})
        rule += f";UNTIL={until:%Y%m%d}"
    return rule


def deadline_of(form: PlanForm, starts: datetime) -> datetime | None:
    """Wall time until which answers are taken."""
    minutes = number(form.deadline)
    return starts - timedelta(minutes=minutes) if minutes else None


def place_of(form: PlaceForm, *, field: str = "place_name") -> NewPlace:
    """The place that is described. Raises Invalid(place_name, coordinates)."""
    if not form.place_name.strip():
        raise Invalid({field: N_("Where do you meet? Give the place a name.")})
    latitude = longitude = None
    if form.coordinates.strip():
        found = COORDINATES.fullmatch(form.coordinates)
        if found is None:
            raise Invalid({"coordinates": N_("Two numbers, as maps show them: 45.3142, 9.5034.")})
        latitude, longitude = (float(part.replace(",", ".")) for part in found.groups())
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise Invalid({"coordinates": N_("Two numbers, as maps show them: 45.3142, 9.5034.")})
    facts = {name: {"yes": True, "no": False}.get(getattr(form, name)) for name in FACTS}
    return NewPlace(
        form.place_name, form.place_address, latitude, longitude, transit=form.transit, access=form.access,
        shared=not form.private, **facts,
    )  # fmt: skip


def place_form_of(place: PlaceView) -> PlaceForm:
    """The form that would describe a place."""
    return PlaceForm(
        place.name, place.address, coordinates_of(place), transit=place.transit, access=place.access,
        private="" if place.shared else "1",
        **{name: {True: "yes", False: "no", None: ""}[value] for name, value in place.facts},
    )  # fmt: skip


def coordinates_of(it: PlaceView | ChapterView) -> str:
    """As `place_of` reads them; empty: nobody has said."""
    return f"{it.latitude}, {it.longitude}" if it.latitude is not None else ""


def _where(form: PlanForm) -> int | NewPlace | None:
    described = form.place == "new" or (not form.place and form.place_name.strip())
    return place_of(form) if described else number(form.place) or None


def _read(part: Callable[[PlanForm], T], form: PlanForm, problems: dict[str, Message]) -> T | None:
    """`part` of the form; None where it cannot be read: `problems` say why."""
    try:
        return part(form)
    except Invalid as error:
        problems |= error.fields
        return None


def plan_of(form: PlanForm) -> Plan:
    """What the form means; the domain judges the rest. Raises Invalid with every field that cannot be read."""
    problems: dict[str, Message] = {}
    starts, ends = _read(times, form, problems) or (EMPTY, EMPTY)
    rule = "" if problems else _read(lambda it: rule_of(it, starts), form, problems) or ""
    place, fold = _read(_where, form, problems), _read(fold_of, form, problems) or 0
    capacity = _read(lambda it: capacity_of(it.capacity), form, problems)
    if not form.title.strip():
        problems["title"] = N_("Give it a title.")
    if problems:
        raise Invalid(problems)
    return Plan(
        title=form.title, starts_local=starts, ends_local=ends, timezone=form.timezone, body=form.body,
        category=form.category, fold=fold, place=place, online_url=form.online_url, capacity=capacity,
        guests_allowed=number(form.guests_allowed), deadline=deadline_of(form, starts), rule=rule,
        offer_minutes=number(form.offer_minutes) or None, privacy=form.privacy, keep_days=number(form.keep_days, 30),
        asks_hosts=bool(form.asks_hosts), survey=bool(form.survey), questions=_questions(form),
        hosts=names(form.hosts), helpers=names(form.helpers), chapter=form.chapter, locale=form.locale,
        thread_id=number(form.thread, most=MAX_ID) if form.thread else None,
    )  # fmt: skip


def date_plan_of(form: PlanForm) -> DatePlan:
    """One date as the form wants it. Raises Invalid."""
    problems: dict[str, Message] = {}
    starts, ends = _read(times, form, problems) or (EMPTY, EMPTY)
    place, fold = _read(_where, form, problems), _read(fold_of, form, problems) or 0
    capacity = _read(lambda it: capacity_of(it.capacity), form, problems)
    if problems:
        raise Invalid(problems)
    return DatePlan(
        title=form.title, starts_local=starts, ends_local=ends, timezone=form.timezone, fold=fold,
        note=form.note, place=place, online_url=form.online_url, capacity=capacity,
        guests_allowed=number(form.guests_allowed), deadline=deadline_of(form, starts),
    )  # fmt: skip


def capacity_of(text: str) -> int | None:
    """Seats as somebody typed them; empty: as many as like. Raises Invalid(capacity)."""
    if not text.strip():
        return None
    if not number(text):
        raise Invalid({"capacity": N_("Give a number of at least 1, or leave it empty.")})
    return number(text)


def is_twice(form: PlanForm) -> bool:
    """The clocks show the start twice that night: the form asks which."""
    try:
        starts, _ = times(form)
        return is_ambiguous(starts, zone(form.timezone))
    except Invalid:
        return False


def fold_of(form: PlanForm) -> int:
    """Which of two equal hours. Raises Invalid(fold) where there are two and nobody has said which."""
    if not is_twice(form):
        return 0
    if form.fold.strip() not in {"0", "1"}:
        raise Invalid({"fold": N_("That night the clocks show this hour twice: say which one you mean.")})
    return number(form.fold)


def _questions(form: PlanForm) -> tuple[NewQuestion, ...]:
    return tuple(
        NewQuestion(
            one.prompt, one.kind, tuple(line.strip() for line in one.choices.splitlines() if line.strip()),
            bool(one.required), number(one.id),
        )
        for one in form.questions
    )  # fmt: skip


def names(text: str) -> tuple[str, ...]:
    """Names of members as people list them."""
    return tuple(name.strip().removeprefix("@") for name in re.split(r"[,;\s]+", text) if name.strip())


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _time(text: str) -> time | None:
    """19:00, 19.00, 19."""
    text = text.strip().replace(".", ":")
    if text.isascii() and text.isdigit() and len(text) <= 2:
        text = f"{text:0>2}:00"
    try:
        return time.fromisoformat(text if len(text) > 4 else f"0{text}").replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def read(form: PlanForm, sent: dict[str, list[str]]) -> PlanForm:
    """`form` with the questions that were `sent` beside it: q1_prompt, q1_kind …"""
    form.questions = []
    for n in range(1, QUESTIONS + 1):
        values = {
            name: (sent.get(f"q{n}_{name}") or [""])[-1].replace("\r\n", "\n")
            for name in ("prompt", "kind", "choices", "required", "id")
        }
        form.questions.append(QuestionForm(**{**values, "kind": values["kind"] or "text"}))
    return form


def _repeat_of(plan: Plan) -> str:
    """Which of REPEATS a rule is; "as_it_is" for one of another kind."""
    if not plan.rule:
        return ""
    bare = re.sub(r";(UNTIL|COUNT)=\w+", "", plan.rule)
    found = next((name for name, rule in recurrence.suggestions(plan.starts_local).items() if rule == bare), "as_it_is")
    return "as_it_is" if "COUNT=" in plan.rule else found


def form_of(plan: Plan) -> PlanForm:
    """The form that would give `plan`."""
    until = re.search(r"UNTIL=(\d{4})(\d\d)(\d\d)", plan.rule)
    lead = (plan.starts_local - plan.deadline) if plan.deadline else None
    other_day = plan.ends_local.date() != plan.starts_local.date()
    questions = [
        QuestionForm(one.prompt, one.kind, "\n".join(one.choices), "1" if one.required else "", str(one.id))
        for one in plan.questions
    ]
    questions += [QuestionForm() for _ in range(QUESTIONS - len(questions))]
    return PlanForm(
        title=plan.title, body=plan.body, category=plan.category, chapter=plan.chapter,
        day=f"{plan.starts_local:%Y-%m-%d}", start=f"{plan.starts_local:%H:%M}", end=f"{plan.ends_local:%H:%M}",
        last_day=f"{plan.ends_local:%Y-%m-%d}" if other_day else "", timezone=plan.timezone,
        fold=str(plan.fold) if is_ambiguous(plan.starts_local, zone(plan.timezone)) else "",
        repeat=_repeat_of(plan), until="-".join(until.groups()) if until else "", rule=plan.rule,
        place=str(plan.place) if isinstance(plan.place, int) else "", online_url=plan.online_url,
        capacity=str(plan.capacity) if plan.capacity else "", guests_allowed=str(plan.guests_allowed),
        deadline=str(int(lead.total_seconds() // 60)) if lead else "", offer_minutes=str(plan.offer_minutes or ""),
        privacy=plan.privacy, keep_days=str(plan.keep_days), asks_hosts="1" if plan.asks_hosts else "",
        survey="1" if plan.survey else "", hosts=", ".join(plan.hosts), helpers=", ".join(plan.helpers),
        locale=plan.locale, questions=questions,
    )  # fmt: skip
