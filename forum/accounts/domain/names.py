"""Names and addresses: what is allowed, what is taken, what is free instead."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
from anyascii import anyascii
from sqlalchemy.orm import Session

from forum.accounts import queries
from forum.errors import Invalid
from forum.kit.i18n import N_, Message, Text
from forum.kit.mail import CONTROL

NAME = re.compile(r"[a-z0-9](?:[._-]?[a-z0-9]){1,29}", re.I | re.A)
NAME_LENGTH = 30
DISPLAY_LENGTH = 60
EMAIL_LENGTH = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.A)  # RFC 5322 dot-atom
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})", re.I | re.A)
LOOKALIKES = str.maketrans({"0": "o", "1": "i", "l": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b"})
RESERVED = """
    abuse account accounts admin administration administrator administrators all amministratore amministratori
    amministratrice amministrazione anonimo anonymous api assistenza bot channel community contact contatti deleted
    eliminato everyone forum gestore guest guidelines help helpdesk here hostmaster info legal login logout mail
    mailer-daemon manage manager me member mod moderation moderator moderatore moderatori moderatrice moderazione mods
    news newsletter nobody no-reply noreply null ospite owner postmaster privacy redazione regole root rules security
    service settings sicurezza signup site staff support supporto sysadmin system sistema team tutti undefined utente
    webmaster www
""".split()  # noqa: SIM905  a list of words reads better than a list of quotes


def skeleton(name: str) -> str:
    """What is left of a name once tricks are taken away: "Adm1n." and "ad-min" are both "admin"."""
    return re.sub(r"[^a-z0-9]", "", anyascii(name).lower()).translate(LOOKALIKES)


_RESERVED = frozenset(skeleton(word) for word in RESERVED)


def clean_name(raw: str) -> str:
    """A handle: 2 to 30 ASCII letters and digits, single dots, hyphens or underscores between. Raises Invalid(name)."""
    name = unicodedata.normalize("NFKC", raw).strip().removeprefix("@")
    problem: Message | None = None
    if not name:
        problem = N_("Choose a name: it is what others call you here.")
    elif len(name) < 2:
        problem = N_("A name has at least two characters.")
    elif len(name) > NAME_LENGTH:
        problem = Text(N_("A name has at most %(n)s characters."), {"n": NAME_LENGTH})
    elif not NAME.fullmatch(name):
        problem = N_("Use letters without accents and digits, with single dots, hyphens or underscores between them.")
    if problem is not None:
        raise Invalid({"name": problem})
    return name


def check_name(raw: str, *, site_names: Iterable[str] = ()) -> str:
    """`clean_name`, and none that people would take for the house: reserved, the site's own. Raises Invalid(name)."""
    name = clean_name(raw)
    ours = {skeleton(word) for word in site_names if len(skeleton(word)) > 1}
    if skeleton(name) in _RESERVED | ours:
        raise Invalid({"name": N_("Nobody may be called that: others would take you for the people who run the site.")})
    return name


def clean_display_name(raw: str, *, name: str = "", field: str = "display_name") -> str:
    """The name beside posts: one line of 1 to 60 characters; `name` when it is empty. Raises Invalid(field)."""
    shown = CONTROL.sub(" ", unicodedata.normalize("NFC", raw))
    shown = " ".join("".join(char for char in shown if char.isprintable() or char.isspace()).split())
    if not any(unicodedata.category(char)[0] in "LN" for char in shown):
        if shown or not name:
            raise Invalid({field: N_("A name needs at least one letter or digit.")})
        return name
    if len(shown) > DISPLAY_LENGTH:
        raise Invalid({field: Text(N_("At most %(n)s characters, please."), {"n": DISPLAY_LENGTH})})
    if "://" in shown or "@" in shown or shown.lower().startswith("www."):
        raise Invalid({field: N_("A name, not an address: those go among the links of your profile.")})
    return shown


def clean_email(raw: str, *, field: str = "email") -> str:
    """An address that mail can reach, as it was typed; its host may be international. Raises Invalid(field)."""
    local, _, host = raw.strip().rpartition("@")
    try:
        host = host.encode("idna").decode("ascii") if host else ""
    except UnicodeError:
        host = ""
    email = f"{local}@{host}"
    if len(email) > EMAIL_LENGTH or len(local) > 64 or not LOCAL.fullmatch(local) or not HOST.fullmatch(host):
        raise Invalid({field: N_("This does not look like an e-mail address. It needs an @ and a dot after it.")})
    return email


class Person(msgspec.Struct, frozen=True):
    """Who somebody says they are, cleaned."""

    name: str
    display_name: str
    email: str


def check_person(name: str, display_name: str, email: str, *, site_names: Iterable[str] | None) -> Person:
    """`check_name`, `check_display_name` and `clean_email` at once. `site_names` None: an operator asks, any name goes.

    Raises Invalid with a message for each field that is wrong.
    """
    from forum.members.names import check_display_name  # which builds on this module

    handle = name.strip() or "?"
    checks: dict[str, Callable[[], str]] = {
        "name": lambda: clean_name(name) if site_names is None else check_name(name, site_names=site_names),
        "display_name": lambda: check_display_name(
            display_name, name=handle, house=site_names or (), trusted=site_names is None
        ),
        "email": lambda: clean_email(email),
    }
    right: dict[str, str] = {}
    wrong: dict[str, Message] = {}
    for field, check in checks.items():
        try:
            right[field] = check()
        except Invalid as error:
            wrong.update(error.fields)
    if wrong:
        raise Invalid(wrong)
    return Person(**right)


def require_free(session: Session, name: str, display_name: str, *, now: datetime, email_key: str = "") -> None:
    """Raises Invalid(name), with free names to take instead, when a member has `name` or a sign-up holds it.

    `email_key`: who asks; their own waiting sign-up is in nobody's way.
    """
    if not queries.taken_names(session, [name.lower()], now=now, but=email_key):
        return
    free = suggest(session, name, display_name, now=now)
    if not free:
        raise Invalid({"name": Text(N_("“%(name)s” is already taken."), {"name": name})})
    said = N_("“%(name)s” is already taken. Free: %(free)s")
    raise Invalid({"name": Text(said, {"name": name, "free": ", ".join(free)})})


def suggest(session: Session, name: str, display_name: str, *, now: datetime, count: int = 2) -> list[str]:
    """Up to `count` names near `name` that nobody has; made of what was typed for all to see, never of the address."""
    words = [word for word in re.split(r"[^a-z0-9]+", anyascii(display_name).lower()) if word]
    first, last = (words[0], words[-1]) if len(words) > 1 else (name.lower(), "")
    ideas = [f"{first}.{last[0]}", f"{first}_{last}", f"{first}.{last}", f"{last}.{first}"] if last else []
    ideas += [f"{name}.{now:%y}", f"{name}_{now:%Y}", *(f"{name}{number}" for number in range(2, 40))]
    fit = list(dict.fromkeys(idea for idea in ideas if NAME.fullmatch(idea) and len(idea) <= NAME_LENGTH))
    taken = queries.taken_names(session, [idea.lower() for idea in fit], now=now)
    return [idea for idea in fit if idea.lower() not in taken and skeleton(idea) not in _RESERVED][:count]
