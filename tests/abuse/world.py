"""1,000 people who mean no good, among 5,000 posts of people who do: made from a seed, the same every time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import msgspec

from forum.prevention.corpus import items
from forum.prevention.facts import Typing
from forum.prevention.replay import Item

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SPAN = timedelta(days=180)
HONEST = (("italian-se", 2534), ("oem-sample", 1466), ("se-meta-2018", 1000))
MEMBERS = {"link spam": 350, "near-duplicates": 250, "ban evasion": 150, "mention storms": 120, "mail bombs": 80}
"""Members of each kind; the other fifty are the brigade, who write nothing and report (test_brigades.py)."""

OFFERS = {
    "en": (
        ("Buy", "Get", "Order", "Grab"), ("cheap", "discount", "original", "best", "genuine"),
        ("watches", "handbags", "pills", "sneakers", "followers", "casino bonus", "loans", "essay writing"),
        ("today", "now", "this week only", "while stocks last"),
        ("Free shipping worldwide.", "No questions asked.", "100 % satisfaction guaranteed.", "Limited offer, click."),
    ),
    "it": (
        ("Compra", "Ordina", "Approfitta di", "Scopri"), ("economici", "originali", "scontati", "garantiti"),
        ("orologi", "borse firmate", "prestiti", "integratori", "bonus casinò", "follower", "tesine pronte"),
        ("oggi", "subito", "solo questa settimana", "fino a esaurimento"),
        ("Spedizione gratuita.", "Nessuna domanda.", "Soddisfatti o rimborsati al 100 %.", "Offerta limitata, clicca."),
    ),
}  # fmt: skip
STORIES = (
    """I was desperate and lost everything until a spiritual doctor {name} cast a spell that brought my {who} back
    within {n} hours, he also cures every disease and wins lottery numbers, contact him if you need help with your
    marriage""",
    """My testimony: how I became rich with binary trading, I invested only {n} dollars with account manager {name}
    and after one week I received ten times the profit, my {who} could not believe it, write to him and thank me
    later""",
    """Ho ricevuto un prestito di {n} mila euro dalla signora {name} in 48 ore, senza garanzie e a un tasso del due
    per cento, anche {who} ha risolto i suoi problemi grazie a lei, scrivetele se le banche vi hanno detto di no""",
    """Great article and very useful information, I will bookmark this page and tell my {who} about it, our agency
    {name} offers professional services with {n} years of experience in marketing and search engine optimisation""",
)
NAMES = ("Odumah", "Priscilla Martin", "Dr. Wallace", "Alma Ferrari", "Bello", "Steven Clark", "Mama Zuri", "Rinaldi")
WHO = ("husband", "wife", "boyfriend", "sister", "brother", "marito", "figlio", "collega")
RANTS = ("look at this", "why does nobody answer me", "you are all liars", "guardate qui", "rispondete!", "vergogna")
KINDS = ("cheap-pills", "top-casino", "fast-loan", "luxury-bag")
HOSTS = tuple(f"{word}-{n}.example" for word in KINDS for n in range(12))


class _Maker:
    """Texts of one kind of people after the other."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # a world that is the same every time
        self.number = 0

    def item(self, author: str, at: datetime, body: str, label: str, *, title: str = "", joined: datetime | None = None,
             seconds: float | None = None, trap: bool = False) -> Item:  # fmt: skip
        self.number += 1
        typing = Typing(seconds if seconds is not None else self.random.uniform(4, 300), trap)
        return Item(
            id=f"x{self.number}", author=author, at=at, body=body, title=title, label=label, typing=typing,
            joined=joined or at - timedelta(minutes=self.random.randint(2, 600)),
        )  # fmt: skip

    def some_time(self) -> datetime:
        return START + self.random.random() * SPAN

    def offer(self) -> str:
        words = OFFERS[self.random.choice(("en", "it"))]
        return " ".join(self.random.choice(part) for part in words)

    def story(self, number: int | None = None) -> str:
        text = STORIES[self.random.randrange(len(STORIES)) if number is None else number % len(STORIES)]
        return " ".join(text.split()).format(
            name=self.random.choice(NAMES), who=self.random.choice(WHO), n=self.random.choice((24, 48, 72, 500, 900))
        )

    def link_spam(self, count: int) -> Iterator[Item]:
        for member in range(count):
            at, hosts = self.some_time(), self.random.sample(HOSTS, 3)
            bot = self.random.random() < 0.5
            for _ in range(self.random.randint(1, 3)):
                at += timedelta(minutes=self.random.randint(1, 40))
                links = [self.random.choice(hosts) for _ in range(self.random.randint(1, 6))]
                body = f"{self.offer()} {self.offer()}\n\n" + "\n".join(
                    f"https://{host}/{self.random.randrange(10**6)}" for host in links
                )
                seconds, trap = (self.random.uniform(0.2, 6), self.random.random() < 0.5) if bot else (None, False)
                title = self.offer() if self.random.random() < 0.4 else ""
                yield self.item(f"link{member}", at, body, "link spam", title=title, seconds=seconds, trap=trap)

    def near_duplicates(self, count: int) -> Iterator[Item]:
        """Gangs of ten, who post one story in their own spelling within two days; every third in look-alike letters."""
        for member in range(count):
            gang = member // 10
            around = Random(gang).random() * SPAN + START
            at = around + timedelta(minutes=self.random.randint(0, 2 * 1440))
            body = self._disguised(Random(gang + 1000 * (member % 3)), self.story(gang), member)
            yield self.item(f"twin{member}", at, body, "near-duplicates")

    @staticmethod
    def _disguised(random: Random, text: str, member: int) -> str:
        words = text.split()
        for _ in range(2):
            words[random.randrange(len(words))] = random.choice(("really", "davvero", "truly", "so"))
        text = " ".join(words)
        if member % 3 == 1:
            return text.translate(str.maketrans("aeoc", "аеос"))  # Cyrillic
        return "\u200b".join(text) if member % 3 == 2 else text

    def ban_evasion(self, count: int) -> Iterator[Item]:
        """Thrown out for a story, they come back under new names, days or weeks later, with nearly the same."""
        for person in range(count // 3):
            story, at = self.story(), self.some_time()
            body = f"{story}. {self.offer()} https://{self.random.choice(HOSTS)}/a"
            for life in range(3):
                yield self.item(f"evader{person}-{life}", at, body, "ban evasion")
                at += timedelta(days=self.random.uniform(1, 20))
                words = body.split()
                words[self.random.randrange(len(words) - 1)] = self.random.choice(("indeed", "infatti", "also"))
                body = " ".join(words)

    def mention_storms(self, count: int, victims: list[str]) -> Iterator[Item]:
        for member in range(count):
            at = self.some_time()
            for _ in range(self.random.randint(1, 4)):
                called = self.random.sample(victims, self.random.randint(5, 15))
                body = f"{' '.join(f'@{name}' for name in called)} {self.random.choice(RANTS)}"
                yield self.item(f"storm{member}", at, body, "mention storms")
                at += timedelta(minutes=self.random.randint(1, 9))

    def mail_bombs(self, count: int, victims: list[str]) -> Iterator[Item]:
        """One victim called again and again: every post would be a mail to them."""
        for member in range(count):
            at, victim = self.some_time(), self.random.choice(victims)
            for _ in range(20):
                words = [self.random.choice(part) for part in OFFERS["en"][:3]]
                body = f"@{victim} {self.random.choice(RANTS)} {' '.join(words)}"
                yield self.item(f"bomb{member}", at, body, "mail bombs")
                at += timedelta(seconds=self.random.randint(20, 90))


def honest(seed: int = 7) -> list[Item]:
    """5,000 posts of real forums, moved in time so that each begins with our story; people take their time typing."""
    random, found = Random(seed), list[Item]()
    for name, most in HONEST:
        chosen = sorted(islice(items(DATA / name), most), key=lambda one: one.at)
        moved, pace = START - chosen[0].at, SPAN / max(chosen[-1].at - chosen[0].at, SPAN)
        for one in chosen:
            at = START + (one.at - chosen[0].at) * pace
            joined = min(at, (one.joined + moved) if one.joined else at)
            typing = Typing(min(3600.0, 4 + random.lognormvariate(4, 1)))
            found.append(msgspec.structs.replace(
                one, id=f"{name}/{one.id}", author=f"{name}/{one.author}", at=at, joined=joined, typing=typing,
            ))  # fmt: skip
    return found


def hostile(seed: int = 11) -> list[Item]:
    """What 950 of the thousand write."""
    made, victims = _Maker(seed), [f"honest{number}" for number in range(200)]
    return [
        *made.link_spam(MEMBERS["link spam"]), *made.near_duplicates(MEMBERS["near-duplicates"]),
        *made.ban_evasion(MEMBERS["ban evasion"]), *made.mention_storms(MEMBERS["mention storms"], victims),
        *made.mail_bombs(MEMBERS["mail bombs"], victims),
    ]  # fmt: skip
