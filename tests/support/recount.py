"""A summary's figures counted a second time: from raw posts, in plain Python, with nothing of the code under test.

Denormalised columns are not trusted: who spoke, when, where and whether every guest may read it comes from the posts,
the threads, the categories and the surveys themselves.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from forum.db import Database
from forum.feedback.polarity.lexicon import builtin_lexicon
from forum.feedback.polarity.score import score
from forum.kit.markdown.plain import plain

ROME = ZoneInfo("Europe/Rome")
FEW, SENT = 5, ("sent", "acknowledged", "planned", "done", "declined")
OPEN = ("new", "triaged", "sent", "acknowledged", "planned")


@dataclass(frozen=True)
class Said:
    """Words (`evidence` is their row) or a "me too" of a member about an item."""

    item: int
    member: int
    at: datetime
    counts: bool  # of a member, where every guest may read it
    evidence: int = 0
    thread: int = 0
    post: int = 0
    text: str = ""
    locale: str = ""
    may_quote: bool = False
    source: str = ""
    survey: int = 0


def moment(value: Any) -> datetime:
    """A time as either database gives it."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def maybe(value: Any) -> datetime | None:
    return None if value is None else moment(value)


def day(at: datetime) -> date:
    return at.astimezone(ROME).date()


def hidden(people: int) -> int | None:
    return None if 0 < people < FEW else people


@dataclass
class Recount:
    """One period of one team (None: of all), as it looked at `now`."""

    db: Database
    starts: date
    ends: date
    now: datetime
    team: str | None = None

    def rows(self, statement: str) -> list[Any]:
        with self.db.read() as session:
            return list(session.execute(text(statement)).mappings())

    @property
    def before(self) -> date:
        return self.starts - (self.ends - self.starts)

    def midnight(self, on: date) -> datetime:
        return datetime(on.year, on.month, on.day, tzinfo=ROME).astimezone(UTC)

    def period(self, at: datetime) -> str:
        if self.midnight(self.starts) <= at < self.midnight(self.ends):
            return "now"
        return "before" if self.midnight(self.before) <= at < self.midnight(self.starts) else ""

    # -- what was said -------------------------------------------------------------------------------------------------

    @cached_property
    def items(self) -> dict[int, Any]:
        """Those in scope: sent to the team, or all; what was merged is the other one's."""
        found = self.rows(
            "SELECT i.*, h.name AS theme, t.name AS team, t.slug AS team_slug, m.display_name AS owner "
            "FROM feedback_items i LEFT JOIN feedback_themes h ON h.id = i.theme_id "
            "LEFT JOIN feedback_teams t ON t.id = i.team_id LEFT JOIN members m ON m.id = i.owner_id"
        )
        if self.team is None:
            return {it["id"]: it for it in found if it["status"] != "duplicate"}
        return {it["id"]: it for it in found if it["team_slug"] == self.team and it["status"] in SENT}

    @cached_property
    def consents(self) -> tuple[dict[int, bool], dict[int, bool], bool]:
        """(member → word, post → word, the site's terms)."""
        members = {it["member_id"]: bool(it["quote"]) for it in self.rows("SELECT * FROM feedback_consents")}
        posts = {it["post_id"]: bool(it["quote"]) for it in self.rows("SELECT * FROM feedback_post_consents")}
        terms = self.rows("SELECT quoted FROM feedback_terms")
        return members, posts, bool(terms[0]["quoted"]) if terms else True

    @cached_property
    def said(self) -> list[Said]:
        """Everything that items in scope rest on, whenever it was said, and whether it counts."""
        return [it for it in [*self._posts(), *self._surveys(), *self._voices()] if it.item in self.items]

    def _posts(self) -> Iterable[Said]:
        members, posts, terms = self.consents
        for it in self.rows(
            'SELECT e.id, e.item_id, e.start, e."end", e.redacted_at, e.source, p.id AS post, p.author_id, '
            "p.created_at, p.state, p.html, t.id AS thread, t.state AS thread_state, t.locale, c.visibility, "
            "c.locale AS category_locale, m.role FROM feedback_evidence e JOIN posts p ON p.id = e.post_id "
            "JOIN threads t ON t.id = p.thread_id JOIN categories c ON c.id = t.category_id "
            "JOIN members m ON m.id = p.author_id"
        ):
            public = (it["state"], it["thread_state"], it["visibility"]) == ("visible", "visible", "public")
            counts = public and it["role"] == "member"
            agreed = posts.get(it["post"], members.get(it["author_id"], terms))
            whole = plain(it["html"])
            yield Said(
                it["item_id"], it["author_id"], moment(it["created_at"]), counts, it["id"], it["thread"], it["post"],
                "" if it["redacted_at"] else whole[it["start"] : it["end"]], it["locale"] or it["category_locale"],
                counts and agreed and not it["redacted_at"], it["source"],
            )  # fmt: skip

    def _surveys(self) -> Iterable[Said]:
        members, _, terms = self.consents
        for it in self.rows(
            "SELECT e.id, e.item_id, e.redacted_at, e.source, s.id AS survey, s.member_id, s.created_at, s.better, "
            "s.liked, s.quotable, t.state, c.visibility, m.role FROM feedback_evidence e "
            "JOIN meetup_surveys s ON s.id = e.survey_id JOIN occurrences o ON o.id = s.occurrence_id "
            "JOIN meetups g ON g.id = o.meetup_id JOIN threads t ON t.id = g.thread_id "
            "JOIN categories c ON c.id = t.category_id JOIN members m ON m.id = s.member_id"
        ):
            counts = (it["state"], it["visibility"], it["role"]) == ("visible", "public", "member")
            agreed = bool(it["quotable"]) and members.get(it["member_id"], terms)
            yield Said(
                it["item_id"], it["member_id"], moment(it["created_at"]), counts, it["id"],
                text="" if it["redacted_at"] else it["better"] or it["liked"], source=it["source"],
                may_quote=counts and agreed and not it["redacted_at"], survey=it["survey"],
            )  # fmt: skip

    def _voices(self) -> Iterable[Said]:
        for it in self.rows("SELECT v.*, m.role FROM feedback_voices v JOIN members m ON m.id = v.member_id"):
            yield Said(it["item_id"], it["member_id"], moment(it["at"]), it["role"] == "member")

    def people(self, period: str, item: int | None = None, theme: int | None = None) -> set[int]:
        """Who spoke then: of an item, of a theme, of anything."""
        return {
            it.member for it in self.said
            if it.counts and self.period(it.at) == period and item in {None, it.item}
            and theme in {None, self.items[it.item]["theme_id"]}
        }  # fmt: skip

    def trend(self, item: int | None = None, theme: int | None = None) -> dict[str, Any]:
        now, before = (len(self.people(period, item, theme)) for period in ("now", "before"))
        few = hidden(now) is None or hidden(before) is None
        small = now < FEW or before < FEW
        return {
            "now": hidden(now), "before": hidden(before), "delta": None if few else now - before,
            "percent": None if small else round(100 * (now - before) / before), "small": small,
        }  # fmt: skip

    def words(self, item: int | None = None) -> list[Said]:
        """Pieces of evidence of the period that count, in the order of their ids."""
        found = [it for it in self.said if it.counts and it.evidence and self.period(it.at) == "now"]
        return sorted((it for it in found if item in {None, it.item}), key=lambda it: it.evidence)

    def _words_ever(self, item: int) -> list[Said]:
        return [it for it in self.said if it.counts and it.evidence and it.item == item]

    # -- the document --------------------------------------------------------------------------------------------------

    def figures(self) -> dict[str, Any]:
        """Every figure, every line and every quote of a run at the level quotes, as its JSON has them."""
        lines = self.lines()
        answered, due = self.deadlines()
        top, praise = self.quoted(lines)
        return {
            "starts": str(self.starts), "ends": str(self.ends), "before": str(self.before), "zone": "Europe/Rome",
            "heard": self.trend(), "items": sum(1 for item in self.items if self.people("now", item)),
            "new": sum(1 for it in lines if self.starts <= date.fromisoformat(it["created"]) < self.ends),
            "answered": answered, "due": due, "pieces": len(self.words()) if self.adds_up() else None,
            "top": top, "praise": praise, "meetups": self.meetups(),
            "asks": self.asks(), "promises": self.promises(), "polarity": self.polarity(),
            "redacted": 0, "lines": lines, "themes": self.themes(),
        }  # fmt: skip

    def adds_up(self) -> bool:
        """Neither few people were heard, nor is one item alone of few."""
        few = [item for item in self.items if hidden(len(self.people("now", item))) is None]
        return hidden(len(self.people("now"))) is not None and len(few) != 1

    def weight(self, item: int) -> tuple[int, ...]:
        people, pain = len(self.people("now", item)), self.items[item]["pain"]
        told = hidden(people) or 0
        return -told * max(pain, 1), -told, 0 if people else 1, -pain, item

    def lines(self) -> list[dict[str, Any]]:
        spoken = {it.item for it in self.said if it.counts and self.period(it.at)}
        made = {key: moment(it["created_at"]) for key, it in self.items.items()}
        starts, ends = self.midnight(self.starts), self.midnight(self.ends)
        which = [key for key in self.items if key in spoken or starts <= made[key] < ends]
        return [self.line(key) for key in sorted(which, key=self.weight)]

    def line(self, item: int) -> dict[str, Any]:
        it, people, words = self.items[item], len(self.people("now", item)), self.words(item)
        few = hidden(people) is None
        due, first = maybe(it["due_at"]), [one.at for one in self._words_ever(item)]
        name = it["owner"].split() if it["owner"] else []
        return {
            "id": item, "title": it["title"], "kind": it["kind"], "theme": it["theme"] or "", "team": it["team"] or "",
            "area": it["area"], "pain": it["pain"], "status": it["status"],
            "owner": "".join(word[0] for word in (name[:1] + name[1:][-1:])).upper(),
            "created": str(day(moment(it["created_at"]))), "since": str(day(min(first))) if first else None,
            "people": self.trend(item), "priority": None if few else people * max(it["pain"], 1),
            "pieces": None if few else len(words), "threads": None if few else len({w.thread for w in words} - {0}),
            "withheld": None if few else sum(1 for one in words if not one.may_quote),
            "late": (self.now - due).days if it["status"] == "sent" and due and due < self.now else 0,
        }  # fmt: skip

    def deadlines(self) -> tuple[int, int]:
        due = [it for it in self.items.values() if it["due_at"] and self.period(moment(it["due_at"])) == "now"]
        done = [it for it in due if it["acknowledged_at"]
                and moment(it["acknowledged_at"]) <= moment(it["due_at"])]  # fmt: skip
        return len(done), len(due)

    def quotes(self, item: int) -> list[dict[str, Any]]:
        """Two of different people, the newest first."""
        found: dict[int, Said] = {}
        for it in sorted(self.words(item), key=lambda it: (it.at, it.evidence), reverse=True):
            if it.may_quote and len(it.text) >= 12:
                found.setdefault(it.member, it)
        return [
            {"evidence": it.evidence, "said": str(day(it.at)), "text": " ".join(it.text.split()),
             "link": f"/p/{it.post}" if it.post else "", "redacted": False}
            for it in list(found.values())[:2]
        ]  # fmt: skip

    def quoted(self, lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        spoken = [it["id"] for it in lines if it["kind"] != "praise" and self.people("now", it["id"])]
        praised = [it["id"] for it in lines if it["kind"] == "praise"]
        top = [{"item": key, "quotes": self.quotes(key)} for key in spoken[:5]]
        return top, [self.quotes(key)[0] for key in praised if self.quotes(key)][:2]

    def asks(self) -> list[dict[str, Any]]:
        ever = defaultdict(set)
        for it in self.said:
            ever[it.item].add(it.member)
        found = [it for it in self.items.values() if it["ask"] and it["status"] in OPEN]
        told = {key: hidden(len(people)) or 0 for key, people in ever.items()}
        found.sort(key=lambda it: (-told.get(it["id"], 0) * max(it["pain"], 1), -it["pain"], it["id"]))
        return [{"item": it["id"], "text": it["ask"]} for it in found[:5]]

    def promises(self) -> list[dict[str, Any]]:
        found = []
        for it in self.items.values():
            due = it["promise_due"] and date.fromisoformat(str(it["promise_due"]))
            kept = maybe(it["promise_kept_at"])
            wanted = self.period(kept) == "now" if kept else bool(due) and due < self.ends + timedelta(days=31)
            if it["promise"] and due and wanted:
                late = not kept and due < day(self.now)
                found.append(
                    {"item": it["id"], "text": it["promise"], "due": str(due), "kept": bool(kept), "late": late}
                )
        return sorted(found, key=lambda it: (it["due"], it["item"]))[:5]

    def polarity(self) -> dict[str, Any] | None:
        """What a word is worth is the lexicon's own matter; that every piece is in the mean, once, is this one's."""
        by_hand = {it["evidence_id"]: it["value"] for it in self.rows("SELECT * FROM feedback_polarity_overrides")}

        def read(period: str) -> tuple[int | None, int, int, int]:
            words = [it for it in self.said if it.counts and it.evidence and self.period(it.at) == period]
            values = [
                by_hand.get(it.evidence, score(it.text, it.locale, builtin_lexicon()).value) for it in words
            ]  # fmt: skip
            scored = [value for value in values if value is not None]
            people = {it.member for it, value in zip(words, values, strict=True) if value is not None}
            points = round(100 * sum(scored) / len(scored)) if len(people) >= FEW else None
            return points, len(scored), len(words), sum(1 for it in words if it.evidence in by_hand)

        points, scored, total, corrected = read("now")
        if not total:
            return None
        found = {"points": points, "before": read("before")[0], "version": builtin_lexicon().version}
        if self.adds_up():
            return {**found, "scored": scored, "total": total, "corrected": corrected, "share": None}
        share = None if hidden(len(self.people("now"))) is None else 10 * round(10 * scored / total)
        return {**found, "scored": None, "total": None, "corrected": None, "share": share}

    def themes(self) -> list[dict[str, Any]]:
        found = []
        for it in self.rows("SELECT h.id, h.name, a.name AS above FROM feedback_themes h "
                            "LEFT JOIN feedback_themes a ON a.id = h.parent_id ORDER BY h.name, h.id"):  # fmt: skip
            now, before = (len(self.people(period, theme=it["id"])) for period in ("now", "before"))
            if not now and not before:
                continue
            mine = [one for one in self.items.values() if one["theme_id"] == it["id"]]
            spoken = {one.item for one in self.said if one.counts and self.period(one.at)}
            done = [day(moment(one["answered_at"])) for one in mine if one["status"] == "done" and one["answered_at"]]
            found.append({
                "id": it["id"], "name": it["name"], "above": it["above"] or "",
                "items": sum(1 for one in mine if one["id"] in spoken), "people": self.trend(theme=it["id"]),
                "course": self.course(now, before, it["id"]),
                "done": str(max(done)) if [one for one in done if one < self.ends] else None,
            })  # fmt: skip
        return found

    def course(self, now: int, before: int, theme: int) -> str:
        if now >= FEW and before == 0:
            old = [it for it in self.said if it.counts and it.at < self.midnight(self.before)
                   and self.items[it.item]["theme_id"] == theme]  # fmt: skip
            return "returning" if old else "new"
        if now >= FEW and now > before:
            return "rising"
        return "fading" if before >= FEW and now < before else "steady"

    def meetups(self) -> list[dict[str, Any]]:
        found = []
        for it in self.rows("SELECT o.* FROM occurrences o JOIN meetups g ON g.id = o.meetup_id "
                            "JOIN threads t ON t.id = g.thread_id JOIN categories c ON c.id = t.category_id "
                            "WHERE t.state = 'visible' AND c.visibility = 'public' AND o.status <> 'cancelled' "
                            "ORDER BY o.starts_at, o.id"):  # fmt: skip
            if self.period(moment(it["ends_at"])) != "now":
                continue
            answers = self.rows(f"SELECT * FROM rsvps WHERE occurrence_id = {it['id']}")
            others = self.rows(f"SELECT people FROM walk_ins WHERE occurrence_id = {it['id']}")
            marks = self.rows("SELECT s.id, s.rating FROM meetup_surveys s JOIN members m ON m.id = s.member_id "
                              f"WHERE m.role = 'member' AND s.occurrence_id = {it['id']}")  # fmt: skip
            came = sum(one["arrived"] for one in answers if one["arrived_at"]) + sum(one["people"] for one in others)
            yes = sum(1 + one["guests"] for one in answers if one["state"] in {"going", "offered"})
            mean = round(sum(one["rating"] for one in marks) / len(marks), 1) if len(marks) >= FEW else None
            found.append({
                "title": it["title"], "day": str(day(moment(it["starts_at"]))), "came": hidden(came),
                "yes": hidden(yes), "mean": mean, "answers": hidden(len(marks)),
                "missing": self.missing({one["id"] for one in marks}), "id": it["id"], "redacted": False,
            })  # fmt: skip
        return found

    def missing(self, surveys: set[int]) -> list[dict[str, Any]]:
        who: dict[int, set[int]] = defaultdict(set)
        for it in self.said:
            if it.survey in surveys and it.counts and self.items[it.item]["kind"] in {"problem", "wish"}:
                who[it.item].add(it.member)
        many = sorted((-len(people), item) for item, people in who.items() if len(people) >= FEW)
        return [{"title": self.items[item]["title"], "people": -count} for count, item in many[:2]]
