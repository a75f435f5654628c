"""What a summary says in words: its one line, how it was counted, and the labels that all formats share."""

from collections.abc import Iterable
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal

from forum.feedback.exports.shapes import Document, MeetupLine, Polarity, Trend
from forum.feedback.views import FEW
from forum.feedback.words import KINDS, STATUSES
from forum.kit.i18n import N_, Message, Text, translate

COURSES: dict[str, str] = {
    "new": N_("new theme"), "returning": N_("back again"), "rising": N_("rising"), "fading": N_("fading"),
    "steady": N_("steady"),
}  # fmt: skip
LEVELS: dict[str, str] = {
    "counts": N_("Figures alone"), "paraphrase": N_("With the staff’s words"), "quotes": N_("With members’ words"),
}  # fmt: skip
FIGURES: dict[str, str] = {
    "heard": N_("people heard"), "items": N_("items they spoke of"), "new": N_("new in the period"),
    "answered": N_("read by the team in time"), "due": N_("to be read in the period"),
    "pieces": N_("pieces of evidence"), "redacted": N_("quotes and titles taken out again"),
}  # fmt: skip


def say(message: Message, locale: str) -> str:
    """In the words of `locale`."""
    return translate(message, locale)


def people(value: int | None, locale: str) -> str:
    """A number of people; one to four are "<5"."""
    return f"<{FEW}" if value is None else number(value, locale)


def number(value: float, locale: str) -> str:
    """1,106 or 1.106."""
    return str(format_decimal(value, locale=locale))


def signed(value: int | None) -> str:
    """+9, −3, 0; nothing for what may not be told."""
    if value is None:
        return ""
    return f"+{value}" if value > 0 else f"−{-value}" if value else "0"


def difference(trend: Trend, locale: str) -> str:
    """As in "+29" or "small numbers"."""
    if trend.delta is None:
        return say(N_("small numbers"), locale)
    return signed(trend.delta)


def percentage(trend: Trend, locale: str) -> str:
    """As in "+6%", "+6 %"; of small numbers none."""
    if trend.percent is None:
        return say(N_("small numbers"), locale)
    return say(Text(N_("%(n)s%%"), {"n": signed(trend.percent)}), locale)


def day(at: date, locale: str) -> str:
    """As in "4 October 2026", "4 ottobre 2026"."""
    return str(format_date(at, "d MMMM y", locale=locale))


def short_day(at: date, locale: str, *, year: int) -> str:
    """As in "4 Oct"; of another year than `year` with it."""
    return str(format_date(at, "d MMM" if at.year == year else "d MMM y", locale=locale))


def period(first: date, last: date, locale: str) -> str:
    """As in "1–31 October 2026"."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last, locale)}" if first != last else day(last, locale)
    start = format_date(first, "d MMMM" if first.year == last.year else "d MMMM y", locale=locale)
    return f"{start} – {day(last, locale)}"


def kind(value: str, locale: str) -> str:
    """Of an item."""
    return say(KINDS[value], locale)


def status(value: str, locale: str) -> str:
    """Of an item."""
    return say(STATUSES[value], locale)


def headline(page: Document) -> str:
    """The page in one line: what weighs most, and what moves."""
    parts: list[Message] = []
    if page.top:
        line = page.line(page.top[0].item)
        words: Message = line.title or line.theme or Text(N_("no. %(n)s"), {"n": line.id})
        parts.append(Text(N_("“%(what)s” weighs most"), {"what": words}))
    for course, said in _MOVES:
        moving = page.moving(course)
        if moving and len(parts) < 2:
            parts.append(Text(said, {"what": moving[0].name}))
    if not parts:
        return say(N_("Nobody has said anything about this in the period."), page.locale)
    if len(parts) == 1:
        return say(Text(N_("%(this)s."), {"this": _asked(parts[0])}), page.locale)
    return say(Text(N_("%(this)s; %(that)s."), {"this": _asked(parts[0]), "that": _asked(parts[1])}), page.locale)


_MOVES = (
    ("rising", N_("“%(what)s” keeps growing")),
    ("new", N_("“%(what)s” is new")),
    ("returning", N_("“%(what)s” is back")),
    ("fading", N_("“%(what)s” fades")),
)


def _asked(message: Message) -> Text:
    return message if isinstance(message, Text) else Text(message)


def method(page: Document) -> tuple[str, ...]:
    """How it was counted, sentence by sentence."""
    found: list[Message] = [
        N_("People are distinct members whose words are evidence or who said “me too” in the period; staff and teams "
           "are left out. Only posts that every guest may read count, and the surveys of meetups."),
        N_("Priority = people × pain, with a pain of 0 counted as 1."),  # as `views.priority` computes it
        Text(N_("Compared with the days just before, as many of them: from %(first)s to %(last)s. Under five people "
                "there is no percentage."),
             {"first": day(page.before, page.locale), "last": day(page.before_last, page.locale)}),
        N_("Groups of one to four people are not told apart: <5. They come after the others, by their pain, and no "
           "total is given that would tell them."),
        N_("In time means that the team had read the item by the day it was due."),
        _LEVEL[page.privacy],
    ]  # fmt: skip
    if page.team is not None:
        found.append(Text(N_("Only items that were sent to this team: %(team)s."), {"team": page.team.name}))
    found.append(Text(N_("Days begin at midnight, %(zone)s."), {"zone": page.zone}))
    return tuple(say(it, page.locale) for it in found)


_LEVEL = {
    "counts": N_("Figures alone: neither the words of members nor those of the staff."),
    "paraphrase": N_("What members said is told in the words of the staff; nobody is quoted."),
    "quotes": N_("Quoted are public posts of members who did not say no, without names; names, addresses, telephone "
                 "numbers and links are masked, and so is, with a capital, a word or a place that is part of a "
                 "member’s name. A public quote can be found by searching: treat it as personal data."),
}  # fmt: skip


def taken_out(page: Document) -> str:
    """Said on every format once something was taken out again."""
    titles = page.titles_taken_out
    quotes = page.redacted - titles
    found: list[tuple[int, Message]] = [
        (quotes, Text(N_("%(n)s quote was taken out since: its author or the moderators withdrew it."), {"n": quotes},
                      N_("%(n)s quotes were taken out since: their authors or the moderators withdrew them."))),
        (titles, Text(N_("%(n)s title was taken out since: not everybody may see that meetup any more."), {"n": titles},
                      N_("%(n)s titles were taken out since: not everybody may see those meetups any more."))),
    ]  # fmt: skip
    return " ".join(say(words, page.locale) for count, words in found if count > 0)


def meetup(line: MeetupLine, locale: str, *, year: int) -> str:
    """As in "34 came of 41, survey 4.4 of 5 (22 answers)"."""
    parts: list[Message] = [
        Text(N_("%(came)s came of %(yes)s"), {"came": people(line.came, locale), "yes": people(line.yes, locale)})
    ]
    if line.mean is not None:
        parts.append(Text(N_("survey %(mean)s of 5 (%(n)s answers)"),
                          {"mean": number(line.mean, locale), "n": people(line.answers, locale)}))  # fmt: skip
    return ", ".join(_said(parts, locale))


def missing(line: MeetupLine, locale: str) -> str:
    """As in "A lift (11 people)"."""
    return "; ".join(
        say(Text(N_("%(what)s (%(n)s people)"), {"what": it.title, "n": people(it.people, locale)}), locale)
        for it in line.missing
    )


def polarity(signal: Polarity, locale: str) -> str:
    """As in "−8 points (before: −3). Scored 61 of 94 pieces, lexicon 3, 21 corrected by hand. A hint."."""
    if signal.points is None:
        first = say(N_("Too little could be scored for a figure."), locale)
    elif signal.before is None:
        first = say(Text(N_("%(n)s points."), {"n": signed(signal.points)}), locale)
    else:
        points = {"n": signed(signal.points), "before": signed(signal.before)}
        first = say(Text(N_("%(n)s points (before: %(before)s)."), points), locale)
    return " ".join([first, *_said(_coverage(signal, locale), locale)])


def _coverage(signal: Polarity, locale: str) -> list[Message]:
    """What a figure rests on, as exactly as it may be told: of one to four people not at all."""
    known = {"version": signal.version}
    counts = {"scored": signal.scored, "total": signal.total, "corrected": signal.corrected}
    exact = {key: number(value, locale) for key, value in counts.items() if value is not None}
    if len(exact) == len(counts):
        return [Text(N_("Scored %(scored)s of %(total)s pieces, lexicon %(version)s, %(corrected)s corrected by hand. "
                        "A hint, not a verdict."), known | exact)]  # fmt: skip
    if signal.share is None:
        return []
    return [Text(N_("Scored about %(share)s%% of the pieces, lexicon %(version)s. A hint, not a verdict."),
                 known | {"share": signal.share})]  # fmt: skip


def _said(messages: Iterable[Message], locale: str) -> list[str]:
    return [say(it, locale) for it in messages]
