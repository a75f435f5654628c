"""The summary of a period: figures and words, put together from what was counted."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from forum.categories.queries import house
from forum.errors import NotFound
from forum.feedback.exports import counting, phrases
from forum.feedback.exports.counting import Counted, Heard, Pieces, Span, day_of, in_scope, said_within, with_posts
from forum.feedback.exports.meetups import meetups
from forum.feedback.exports.privacy import cut, may_quote
from forum.feedback.exports.shapes import (
    Ask,
    Course,
    ItemLine,
    Kind,
    Page,
    Polarity,
    Privacy,
    Promise,
    Quote,
    TeamName,
    ThemeLine,
    TopLine,
)
from forum.feedback.masking import Mask, Names, names_of_members
from forum.feedback.models import OPEN, Evidence, Item, Team, Theme
from forum.feedback.polarity.lexicon import Lexicon
from forum.feedback.polarity.queries import current, signal_of
from forum.feedback.queries import WEIGHT, told
from forum.feedback.views import FEW, priority
from forum.kit.people import initials
from forum.members.models import Member

TOP, QUOTES, PRAISE, ASKS, PROMISES = 5, 2, 2, 5, 5
SOON = timedelta(days=31)
"""A promise that is due so long after the period is on its page."""
SHORTEST = 12
"""Characters: shorter words say nothing by themselves."""


class Run(msgspec.Struct, frozen=True):
    """What is asked for."""

    snapshot: str
    team_id: int | None
    starts: date
    ends: date
    privacy: Privacy
    locale: str
    now: datetime

    @property
    def over(self) -> Span:
        """Its moments."""
        return counting.span(self.starts, self.ends)

    @property
    def titled(self) -> bool:
        """The staff's words go out, too."""
        return self.privacy != "counts"

    @property
    def quoted(self) -> bool:
        """And the members'."""
        return self.privacy == "quotes"


def summary(session: Session, run: Run, mask: Mask | None = None, *, whole: bool = True) -> Page:
    """The page. Some fifteen statements, whatever was said. Raises NotFound (no such team).

    `whole` False: for a screen, which shows the five; the other items are left out, and nobody asks how much of what
    may be quoted.
    """
    team, lexicon = _team(session, run.team_id), current(session)
    mask = mask or Mask(names_of_members(session) if run.titled else Names())
    heard = counting.heard(session, run.team_id, run.over, lexicon.version)
    ranked = _ranked(session, run, heard)
    top = [it.id for it in ranked if it.people and it.kind != "praise"][:TOP]  # praise has a place of its own
    praise = [it.id for it in ranked if it.kind == "praise"][: PRAISE * 2]
    lines = _lines(session, run, heard, [it.id for it in ranked] if whole else [*top, *praise], whole=whole)
    answered, due = counting.deadlines(session, run.team_id, run.over)
    quotes = _quotes(session, run, mask, [*top, *praise])
    page = Page(
        version=1, snapshot=run.snapshot, made_at=run.now, site=house(session).site.name, team=team,
        starts=run.starts, ends=run.ends, before=counting.previous(run.starts, run.ends), zone=counting.ZONE,
        privacy=run.privacy, locale=run.locale, headline="", heard=heard.people.trend(),
        items=sum(1 for it in heard.items.values() if it.now), new=sum(1 for it in ranked if it.is_new),
        answered=answered, due=due, pieces=heard.tone.pieces if _adds_up(heard) else None,
        top=tuple(TopLine(it, tuple(quotes.get(it, ()))) for it in top),
        praise=tuple(quote for it in praise for quote in quotes.get(it, ())[:1])[:PRAISE],
        meetups=_meetups(session, run, mask), asks=_asks(session, run, mask), promises=_promises(session, run, mask),
        polarity=_polarity(session, run, heard, lexicon), method=(), redacted=0,
        lines=tuple(_masked(it, run, mask) for it in lines), themes=tuple(_themes(session, run, heard)),
    )  # fmt: skip
    return msgspec.structs.replace(page, headline=phrases.headline(page), method=phrases.method(page))


def _team(session: Session, team_id: int | None) -> TeamName | None:
    if team_id is None:
        return None
    team = session.get(Team, team_id)
    if team is None:
        raise NotFound()
    return TeamName(team.slug, team.name)


_OWNER = aliased(Member)


def _masked(line: ItemLine, run: Run, mask: Mask) -> ItemLine:
    """What goes out of it."""
    if not run.titled:
        return msgspec.structs.replace(line, title="", area="", owner="")
    return msgspec.structs.replace(line, title=mask(line.title), area=mask(line.area))


class Weighed(NamedTuple):
    """An item of the page, and what its place depends on. `people`: exactly, not to be shown."""

    id: int
    kind: str
    pain: int
    people: int
    is_new: bool

    @property
    def place(self) -> tuple[int, ...]:
        """What it is sorted by. One to four people weigh the same: between two figures they could be counted."""
        people = 0 if 0 < self.people < FEW else self.people
        return -priority(people, self.pain), -people, self.people == 0, -self.pain, self.id


def _adds_up(heard: Heard) -> bool:
    """All pieces may be told: of five people or more, and not of all items but one, whose own are not told."""
    untold = sum(1 for it in heard.items.values() if 0 < it.now < FEW)
    return untold != 1 and not 0 < heard.people.now < FEW


def _ranked(session: Session, run: Run, heard: Heard) -> list[Weighed]:
    """Items that were spoken of in either period, and new ones; the weightiest first: one statement.

    Words count for the days they were said in: an item that was collected later is listed as well, and is not new.
    """
    is_new = case((and_(Item.created_at >= run.over.starts, Item.created_at < run.over.ends), 1), else_=0)
    rows = session.execute(select(Item.id, Item.kind, Item.pain, is_new).where(in_scope(run.team_id)))
    found = [
        Weighed(id_, kind, pain, heard.items.get(id_, Counted()).now, bool(new))
        for id_, kind, pain, new in rows
        if new or id_ in heard.items
    ]
    return sorted(found, key=lambda it: it.place)


def _lines(session: Session, run: Run, heard: Heard, item_ids: list[int], *, whole: bool) -> list[ItemLine]:
    """These items in this order: two statements, `whole` one more. `whole`: they are all of them."""
    since = counting.oldest(session, run.team_id, None if whole else item_ids)
    asked = run.quoted and whole
    quotable = counting.quotables(session, run.team_id, run.over, may_quote()) if asked else None
    rows = session.execute(
        select(
            Item.id, Item.title, Item.kind, Item.area, Item.pain, Item.status, Item.created_at, Item.due_at,
            Theme.name, Team.name, _OWNER.display_name,
        )
        .outerjoin(Theme, Theme.id == Item.theme_id)
        .outerjoin(Team, Team.id == Item.team_id)
        .outerjoin(_OWNER, _OWNER.id == Item.owner_id)
        .where(in_scope(run.team_id), true() if whole else Item.id.in_(item_ids))
    )  # fmt: skip
    found = {row[0]: tuple(row) for row in rows}
    return [
        _line(
            run,
            found[id_],
            heard.items.get(id_, Counted()),
            heard.words.get(id_, Pieces()),
            since.get(id_),
            None if quotable is None else quotable.get(id_, 0),
        )
        for id_ in item_ids
    ]


def _line(
    run: Run, row: Any, people: Counted, words: Pieces, since: datetime | None, quotable: int | None
) -> ItemLine:  # fmt: skip
    """`quotable`: how many of its pieces may be quoted; None: nobody asked."""
    id_, title, kind, area, pain, status, created, due, theme, team, owner = row
    few = 0 < people.now < FEW
    late = (run.now - due).days if status == "sent" and due and due < run.now else 0
    return ItemLine(
        id=id_, title=title, kind=cast(Kind, kind), theme=theme or "", team=team or "",
        area=area, pain=pain, status=status,
        owner=initials(owner) if owner else "",
        created=day_of(created), since=day_of(since) if since else None, people=people.trend(),
        priority=None if few else priority(people.now, pain), pieces=None if few else words.pieces,
        threads=None if few else words.threads,
        withheld=None if quotable is None or few else words.pieces - quotable, late=late,
    )  # fmt: skip


def _themes(session: Session, run: Run, heard: Heard) -> list[ThemeLine]:
    """Themes that somebody spoke of in either period, by their names: three statements."""
    arrived = [id_ for id_, it in heard.themes.items() if it.now >= FEW and not it.before]
    old = counting.spoken_before(session, run.team_id, run.over, arrived)
    parent = aliased(Theme)
    rows = session.execute(
        select(Theme.id, Theme.name, parent.name)
        .outerjoin(parent, parent.id == Theme.parent_id)
        .where(Theme.id.in_(heard.themes))
        .order_by(Theme.name, Theme.id)
    ).all()
    done_at = case((and_(Item.status == "done", Item.answered_at < run.over.ends), Item.answered_at))
    items: dict[int | None, list[tuple[int, datetime | None]]] = {}
    for item_id, theme_id, answered in session.execute(
        select(Item.id, Item.theme_id, done_at).where(in_scope(run.team_id), Item.theme_id.in_(heard.themes))
    ):
        items.setdefault(theme_id, []).append((item_id, answered))
    found = []
    for id_, name, above in rows:
        mine = items.get(id_, [])
        done = [answered for _, answered in mine if answered]
        people = heard.themes[id_]
        found.append(
            ThemeLine(
                id=id_, name=name, above=above or "", items=sum(1 for it in mine if it[0] in heard.items),
                people=people.trend(), course=_course(people, spoken=id_ in old),
                done=day_of(max(done)) if done else None,
            )
        )  # fmt: skip
    return found


def _course(people: Counted, *, spoken: bool) -> Course:
    """Where a theme goes. What less than five people speak of goes nowhere."""
    if people.now >= FEW and not people.before:
        return "returning" if spoken else "new"
    if people.now >= FEW and people.now > people.before:
        return "rising"
    if people.before >= FEW and people.now < people.before:
        return "fading"
    return "steady"


def _quotes(session: Session, run: Run, mask: Mask, item_ids: list[int]) -> dict[int, tuple[Quote, ...]]:
    """Item → up to two quotes of different people, the newest first: one statement."""
    if not run.quoted or not item_ids:
        return {}
    place = func.row_number().over(
        partition_by=Evidence.item_id, order_by=(Evidence.said_at.desc(), Evidence.id.desc())
    )
    newest = (
        with_posts(select(Evidence.id, place.label("place")))
        .where(Evidence.item_id.in_(item_ids), said_within(run.over.starts, run.over.ends), may_quote())
        .where(func.length(Evidence.quote) >= SHORTEST)
        .subquery()
    )
    rows = session.execute(
        select(Evidence.id, Evidence.item_id, Evidence.author_id, Evidence.quote, Evidence.said_at, Evidence.post_id)
        .join(newest, (newest.c.id == Evidence.id) & (newest.c.place <= 10))
        .order_by(Evidence.item_id, newest.c.place)
    )
    found: dict[int, dict[int | None, Quote]] = {}
    for id_, item_id, author_id, quote, said_at, post_id in rows:
        mine = found.setdefault(item_id, {})
        if len(mine) < QUOTES and author_id not in mine:
            link = f"/p/{post_id}" if post_id else ""
            mine[author_id] = Quote(id_, day_of(said_at), cut(mask(quote)), link)
    return {item_id: tuple(mine.values()) for item_id, mine in found.items()}


def _meetups(session: Session, run: Run, mask: Mask) -> Any:
    found = meetups(session, run.team_id, run.over, titles=run.titled)
    replace = msgspec.structs.replace
    return tuple(
        replace(
            it,
            title=mask(it.title) if run.titled else "",
            missing=tuple(replace(m, title=mask(m.title)) for m in it.missing),
        )
        for it in found
    )


def _asks(session: Session, run: Run, mask: Mask) -> tuple[Ask, ...]:
    """What open items need from the team, the weightiest of all time first, those of few people by their pain."""
    rows = session.execute(
        select(Item.id, Item.ask)
        .where(in_scope(run.team_id), Item.ask != "", Item.status.in_(OPEN))
        .order_by(told(WEIGHT).desc(), Item.pain.desc(), Item.id)
        .limit(ASKS)
    )
    return tuple(Ask(row[0], mask(row[1]) if run.titled else "") for row in rows)


def _promises(session: Session, run: Run, mask: Mask) -> tuple[Promise, ...]:
    """Open ones that are due by a month after the period, and those that were kept in it."""
    kept: ColumnElement[bool] = (Item.promise_kept_at >= run.over.starts) & (Item.promise_kept_at < run.over.ends)
    rows = session.execute(
        select(Item.id, Item.promise, Item.promise_due, Item.promise_kept_at)
        .where(in_scope(run.team_id), Item.promise != "", Item.promise_due.is_not(None))
        .where(or_(kept, Item.promise_kept_at.is_(None) & (Item.promise_due < run.ends + SOON)))
        .order_by(Item.promise_due, Item.id)
        .limit(PROMISES)
    )
    today = day_of(run.now)
    return tuple(
        Promise(id_, mask(text) if run.titled else "", due, kept_at is not None, kept_at is None and due < today)
        for id_, text, due, kept_at in rows
        if due is not None
    )


def _polarity(session: Session, run: Run, heard: Heard, lexicon: Lexicon) -> Polarity | None:
    """None while nothing was said: a figure of nothing is none."""
    over = run.over
    now = signal_of(session, run.team_id, over, lexicon, heard.tone)
    if not now.total:
        return None
    earlier = Span(over.before, over.before, over.starts)
    before = signal_of(session, run.team_id, earlier, lexicon, heard.tone_before)
    points = (now.points, before.points)
    if _adds_up(heard):
        return Polarity(*points, now.scored, now.total, now.version, now.corrected)
    share = None if heard.people.now < FEW else 10 * round(10 * now.scored / now.total)
    return Polarity(*points, None, None, now.version, None, share)
