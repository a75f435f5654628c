"""Destinations: made, changed, tried, given another key, switched off and on. Secrets go in and never come out."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.errors import Conflict, Invalid, NotFound
from forum.events import DeliveryDue, record
from forum.feedback.delivery import queue
from forum.feedback.delivery.models import KINDS, TRACKERS, Delivery, Destination
from forum.feedback.delivery.senders import github
from forum.feedback.delivery.senders.base import Secrets
from forum.feedback.models import Item
from forum.kit.i18n import N_, Message
from forum.kit.sealing import Unreadable
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect
from forum.webhooks.addresses import Network
from forum.webhooks.outgoing import url_problem
from forum.webhooks.signing import new_key

OVERLAP = timedelta(days=7)
"""So long both keys sign: time enough to tell the receiver the new one."""
MOST = 50
PROJECT = re.compile(r"[A-Z][A-Z0-9_]{0,79}")
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")


class Vault(msgspec.Struct, frozen=True):
    """What verbs need of the settings: the key that seals, and the networks that are the operator's own."""

    secret: bytes
    networks: tuple[Network, ...] = ()


class NewDestination(msgspec.Struct, frozen=True):
    """What somebody typed. `url`, `token`: empty in a change means: as before."""

    kind: str
    name: str
    url: str = ""
    token: str = ""
    user: str = ""
    project: str = ""
    issue_type: str = ""
    repository: str = ""
    labels: str = ""


def add(session: Session, *, actor: Actor, new: NewDestination, vault: Vault, now: datetime) -> tuple[int, str]:
    """A new one: its id, and a webhook's key, shown this once. Raises SignInNeeded, Forbidden, Invalid."""
    require_collect(actor)
    if new.kind not in KINDS:
        raise Invalid({"kind": N_("Choose one of these.")})
    if len(list(session.scalars(select(Destination.id).where(Destination.archived_at.is_(None))))) >= MOST:
        raise Conflict(N_("Fifty destinations are the most: take one away that nobody needs."))
    secrets = _checked(new, None, vault)
    key = new_key() if new.kind == "webhook" else ""
    row = Destination(
        kind=new.kind, name=_line(new.name), shown="", sealed="", created_by_id=actor.id, created_at=now, version=0
    )
    session.add(row)
    _fill(row, new, msgspec.structs.replace(secrets, keys=(key,) if key else ()), vault)
    session.flush()
    _log(session, "delivery.added", actor, row, now)
    return row.id, key


def change(
    session: Session, *, actor: Actor, destination_id: int, new: NewDestination, version: int | None, vault: Vault,
    now: datetime,
) -> None:  # fmt: skip
    """Change it. Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict."""
    row = locked(session, actor, destination_id, version)
    try:
        before = Secrets.opened(vault.secret, row.sealed)
    except Unreadable:
        before = Secrets("")
    new = msgspec.structs.replace(new, kind=row.kind)
    secrets = _checked(new, before, vault)
    if row.kind == "webhook" and not secrets.keys:
        raise Invalid({"url": N_("Its key cannot be read any more: make a new destination.")})
    row.name = _line(new.name)
    _fill(row, new, secrets, vault)
    _log(session, "delivery.changed", actor, row, now)


def rotate(
    session: Session, *, actor: Actor, destination_id: int, version: int | None, vault: Vault, now: datetime
) -> str:
    """A new key of a webhook, shown this once; for a week the one before signs, too.

    Raises SignInNeeded, Forbidden, NotFound, Conflict.
    """
    row = locked(session, actor, destination_id, version)
    if row.kind != "webhook":
        raise NotFound()
    before, key = Secrets.opened(vault.secret, row.sealed), new_key()
    row.sealed = msgspec.structs.replace(before, keys=(key, *before.keys[:1])).sealed(vault.secret)
    row.old_key_until = now + OVERLAP
    row.version += 1
    _log(session, "delivery.key_changed", actor, row, now)
    return key


def switch(
    session: Session, *, actor: Actor, destination_id: int, on: bool, version: int | None, now: datetime
) -> None:
    """Off: what is due waits. On: it goes on where it stopped. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
    row = locked(session, actor, destination_id, version)
    if on == (row.disabled_at is None):
        return
    row.disabled_at, row.disabled_why, row.failing_since = None if on else now, "", None
    row.version += 1
    if on:
        waiting = select(Delivery).where(Delivery.destination_id == row.id, Delivery.state == "waiting")
        for one in session.scalars(waiting):
            one.next_at, one.tries = now, 0
        record(session, DeliveryDue(row.id), now=now, key=f"on:{row.id}:{row.version}")
    _log(session, "delivery.switched_on" if on else "delivery.switched_off", actor, row, now)


def remove(session: Session, *, actor: Actor, destination_id: int, version: int | None, now: datetime) -> None:
    """Nothing goes there any more; its secrets are forgotten, what was sent is still in the list.

    Raises SignInNeeded, Forbidden, NotFound, Conflict.
    """
    row = locked(session, actor, destination_id, version)
    row.archived_at, row.sealed, row.old_key_until = now, "", None
    row.version += 1
    waiting = select(Delivery).where(Delivery.destination_id == row.id, Delivery.state == "waiting")
    for one in session.scalars(waiting):
        one.state, one.error = "failed", N_("The destination was taken away.")
    _log(session, "delivery.removed", actor, row, now)


def test(session: Session, *, actor: Actor, destination_id: int, now: datetime) -> int:
    """Have the worker try it, once; the id of the delivery. Raises SignInNeeded, Forbidden, NotFound."""
    row = locked(session, actor, destination_id, None)
    key = f"test:{row.id}:{now.isoformat()}"
    return queue.enqueue(session, key=key, what="test", destination_id=row.id, by_id=actor.id, now=now)


def open_issue(session: Session, *, actor: Actor, item_id: int, destination_id: int, now: datetime) -> int:
    """Have an issue made of an item; the id of the delivery. Twice is once: there is one issue for each tracker.

    Raises SignInNeeded, Forbidden, NotFound, Conflict.
    """
    row = locked(session, actor, destination_id, None)
    item = session.get(Item, item_id)
    if item is None or row.kind not in TRACKERS:
        raise NotFound()
    if row.disabled_at:
        raise Conflict(N_("This destination is switched off: switch it on first."))
    if item.status == "duplicate":
        raise Conflict(N_("This one was merged into another: choose that one."))
    key = f"item:{item.id}:to:{row.id}"
    known = session.scalars(select(Delivery).where(Delivery.key == key)).first()
    if known is not None and known.state == "failed":
        queue.again(session, known, now)
        delivery_id = known.id
    else:
        delivery_id = queue.enqueue(
            session, key=key, what="issue", destination_id=row.id, item_id=item.id, by_id=actor.id, now=now
        )
    _log(session, "delivery.issue_asked", actor, row, now, item=item.id)
    return delivery_id


def redeliver(session: Session, *, actor: Actor, delivery_id: int, now: datetime) -> None:
    """Send it once more. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
    require_collect(actor)
    row = session.scalars(select(Delivery).where(Delivery.id == delivery_id).with_for_update()).first()
    if row is None or row.what == "test":
        raise NotFound()
    queue.again(session, row, now)
    audit.write(session, action="delivery.sent_again", actor_id=actor.id, target=f"delivery:{row.id}", now=now)


def locked(session: Session, actor: Actor, destination_id: int, version: int | None) -> Destination:
    """For change. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
    require_collect(actor)
    row = session.scalars(
        select(Destination)
        .where(Destination.id == destination_id, Destination.archived_at.is_(None))
        .with_for_update()
    ).first()  # fmt: skip
    if row is None:
        raise NotFound()
    if version is not None and version != row.version:
        raise Conflict(N_("Somebody has changed this in the meantime. Look at it again, then decide."))
    return row


def _checked(new: NewDestination, before: Secrets | None, vault: Vault) -> Secrets:
    """The secrets as they shall be. Raises Invalid."""
    known = before or Secrets("")
    url = new.url.strip() or known.url or (github.API if new.kind == "github" else "")
    token, user = new.token.strip() or known.token, new.user.strip() or known.user
    problems: dict[str, Message] = {}
    if not _line(new.name) or len(_line(new.name)) > 80:
        problems["name"] = N_("A name of 1 to 80 characters.")
    wrong = url_problem(url, networks=vault.networks)
    if wrong:
        problems["url"] = wrong
    moved = before is not None and bool(known.url) and urlsplit(url)[:2] != urlsplit(known.url)[:2]
    if moved and new.kind in TRACKERS and not new.token.strip():
        problems["token"] = N_("Another server needs its token anew: the old one is not sent there.")
    problems |= _tracker_problems(new, token, user)
    if problems:
        raise Invalid(problems)
    return msgspec.structs.replace(known, url=url, token=token, user=user)


def _tracker_problems(new: NewDestination, token: str, user: str) -> dict[str, Message]:
    found: dict[str, Message] = {}
    if new.kind not in TRACKERS:
        return found
    if not token or len(token) > 2000 or not (token.isascii() and token.isprintable()):
        found["token"] = N_("Enter the access token.")
    if new.kind == "jira":
        if not user or len(user) > 254 or not user.isprintable() or ":" in user:
            found["user"] = N_("Enter the mail address of the account that the token belongs to.")
        if not PROJECT.fullmatch(new.project.strip()):
            found["project"] = N_("The key of the project, as in CITY.")
        if not _line(new.issue_type) or len(new.issue_type) > 60:
            found["issue_type"] = N_("The name of an issue type, as in Task.")
    elif not REPOSITORY.fullmatch(new.repository.strip()):
        found["repository"] = N_("Owner and name, as in nido/city-bike.")
    if len(new.labels) > 200:
        found["labels"] = N_("At most 200 characters.")
    return found


def _fill(row: Destination, new: NewDestination, secrets: Secrets, vault: Vault) -> None:
    parts = urlsplit(secrets.url)
    home = f"{parts.scheme}://{parts.netloc}"
    row.shown = {
        "webhook": f"{home}{parts.path}"[:300], "slack": f"{home}/…",
        "jira": f"{home} · {new.project.strip()}", "github": new.repository.strip(),
    }[row.kind][:300]  # fmt: skip
    options = {
        "jira": {"project": new.project.strip(), "type": _line(new.issue_type)},
        "github": {"repository": new.repository.strip(), "labels": _line(new.labels)},
    }
    row.options = options.get(row.kind, {})
    row.sealed = secrets.sealed(vault.secret)
    row.version += 1


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def _log(session: Session, action: str, actor: Actor, row: Destination, now: datetime, **more: int) -> None:
    audit.write(
        session, action=action, actor_id=actor.id, target=f"destination:{row.id}", now=now,
        data={"kind": row.kind, **more}, details={"name": row.name},
    )  # fmt: skip
