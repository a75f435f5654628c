"""What the senders share: secrets, outcomes, and how an answer of another service is read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

from forum.kit.i18n import N_
from forum.kit.sealing import seal, unseal
from forum.webhooks.addresses import Refused
from forum.webhooks.outgoing import Answer, Outgoing, Unreachable

PURPOSE = "feedback-destination"
MOST_PATIENCE = timedelta(days=1)
ECHO = 20
"""Characters: shorter pieces that an answer has in common with what was sent are words of the protocol."""


class Secrets(msgspec.Struct, frozen=True):
    """What opens another service's door. `keys`: the newest first, the one before it second. `user`: Jira's account."""

    url: str
    keys: tuple[str, ...] = ()
    token: str = ""
    user: str = ""

    def __repr__(self) -> str:
        return "Secrets(…)"  # no traceback and no log shows them

    def sealed(self, secret: bytes) -> str:
        """As the database keeps it."""
        return seal(secret, PURPOSE, msgspec.json.encode(self))

    @staticmethod
    def opened(secret: bytes, sealed: str) -> "Secrets":
        """Raises kit.sealing.Unreadable."""
        return msgspec.json.decode(unseal(secret, PURPOSE, sealed), type=Secrets)


class Outcome(msgspec.Struct, frozen=True):
    """What became of one try. `status`: of the HTTP answer, 0 without one. `error`: one line, for the list.

    `final`: this one is not tried again by itself. `gone`: nothing more is sent there. `wait`: the receiver asked for
    so much patience. `link`: key and address of the issue that stands there now.
    """

    ok: bool
    status: int = 0
    error: str = ""
    final: bool = False
    gone: bool = False
    wait: timedelta | None = None
    link: tuple[str, str] | None = None


class Issue(msgspec.Struct, frozen=True):
    """An item, for a tracker. `marker`: one word that is in this item's issue, and that nobody can make up.

    `known`: the key of the issue that we know it became; empty: none. `older`: the marker that this one may have.
    `facts`: label and value; nothing that a member wrote is among them, for a tracker may be public.
    """

    marker: str
    title: str
    intro: str
    facts: tuple[tuple[str, str], ...]
    url: str
    link_words: str
    since: datetime
    """When it was asked for: the issue cannot be older than an hour before."""
    known: str = ""
    older: str = ""

    @property
    def markers(self) -> tuple[str, ...]:
        """What to look for. The older marker of an item could be guessed from another item's: in a known issue only."""
        return (self.marker, self.older) if self.known and self.older else (self.marker,)

    def chosen(self, marker: str, keys: list[str]) -> str:
        """Which of the issues with `marker`, the oldest first, is this item's; empty: none. Anybody can copy a marker
        that they have read: the one we know goes first.
        """
        if self.known in keys:
            return self.known
        return keys[0] if keys and marker == self.marker else ""


def attempt(send: Callable[[], Outcome]) -> Outcome:
    """`send`, with what kept it from arriving as an outcome.

    An address that may not be called is tried again, too, and asked for anew each time: names and networks change.
    """
    try:
        return send()
    except (Refused, Unreachable) as error:
        return Outcome(ok=False, error=str(error)[:300])


def read(answer: Answer, now: datetime, *, says: str = "", sent: bytes = b"") -> Outcome:
    """An answer as an outcome: 2xx is well, 410 the end, all else is tried again. `says`: what the service explains.

    `sent`: what it was given. A service that repeats it is not cited: nothing of what was said is kept here.
    """
    if answer.ok:
        return Outcome(ok=True, status=answer.status)
    words = says or _excerpt(answer)
    if _repeats(words, sent):
        words = N_("the answer repeats what was sent")
    return Outcome(
        ok=False, status=answer.status, error=words[:300], gone=answer.status == 410, wait=patience(answer, now)
    )


def patience(answer: Answer, now: datetime) -> timedelta | None:
    """What `Retry-After` or GitHub's `x-ratelimit-reset` ask for, a day at the most."""
    if answer.status not in {403, 429, 503}:
        return None
    asked, reset = answer.headers.get("retry-after", ""), answer.headers.get("x-ratelimit-reset", "")
    seconds = 0.0
    if asked.isascii() and asked.isdigit():
        seconds = float(asked[:9])
    elif asked:
        try:
            at = parsedate_to_datetime(asked)
            seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
        except ValueError:
            seconds = 0.0
    elif answer.headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdigit():
        seconds = float(reset[:12]) - now.timestamp()
    return min(timedelta(seconds=seconds), MOST_PATIENCE) if seconds > 0 else None


def _excerpt(answer: Answer) -> str:
    if 300 <= answer.status < 400:
        return N_("redirects are not followed")
    text = answer.body[:400].decode("utf-8", "replace")
    return " ".join("".join(it if it.isprintable() else " " for it in text).split())[:200]


def _repeats(words: str, sent: bytes) -> bool:
    """`words` hold a piece of `sent` that is long enough to say something."""
    text = " ".join(sent.decode("utf-8", "replace").split())
    return any(words[n : n + ECHO] in text for n in range(len(words) - ECHO + 1))


def call(out: Outgoing, method: str, url: str, *, headers: dict[str, str], body: object = None) -> Answer:
    """A request in JSON. Raises Refused, Unreachable."""
    sent = msgspec.json.encode(body) if body is not None else b""
    more = {"Content-Type": "application/json"} if body is not None else {}
    return out.request(method, url, headers={"Accept": "application/json", **headers, **more}, body=sent)
