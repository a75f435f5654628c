"""The verbs of a profile. Each runs inside the caller's write transaction and never commits."""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.orm import Session

from forum.errors import Invalid, NotFound
from forum.kit.i18n import N_, Message, Text
from forum.members.forms import LookForm, ProfileForm
from forum.members.models import Member
from forum.members.names import check_display_name
from forum.members.zones import known
from forum.policy.actors import Actor
from forum.policy.members import require_own
from forum.settings import LOCALES

ABOUT = 2000  # characters
PLACE = 80
LINKS = 4
LINK = 200
THEMES = ("auto", "light", "dark")


def save_profile(session: Session, *, actor: Actor, form: ProfileForm, house: Iterable[str] = ()) -> None:
    """Name, about, place, links. `house`: names of site and brand, that nobody else may bear.

    Raises SignInNeeded, Invalid (one message per field, all at once).
    """
    member = _own(session, actor)
    errors: dict[str, Message] = {}
    name = member.display_name
    try:
        if form.display_name != name:  # a name that stands (the operator's choice) may stay
            name = check_display_name(form.display_name, name=member.name, house=house, trusted=actor.is_staff)
    except Invalid as error:
        errors |= error.fields
    about = form.about.replace("\r\n", "\n").strip()
    if len(about) > ABOUT:
        numbers = {"n": ABOUT, "over": len(about) - ABOUT}
        errors["about"] = Text(N_("At most %(n)s characters: this is %(over)s too long."), numbers)
    place = " ".join("".join(char if char.isprintable() else " " for char in form.place).split())
    if len(place) > PLACE:
        errors["place"] = Text(N_("At most %(n)s characters, please."), {"n": PLACE})
    links = member.links
    try:
        links = check_links(form.link)
    except Invalid as error:
        errors |= error.fields
    if errors:
        raise Invalid(errors)
    member.display_name, member.about, member.place, member.links = name, about, place, links
    session.flush()


def check_links(raw: Iterable[str]) -> list[str]:
    """Addresses as they are kept: http or https, no doubles, in order. Raises Invalid(link)."""
    found: list[str] = []
    for text in raw:
        link = text.strip()
        if link:
            found.append(_link(link if "://" in link else f"https://{link}"))
    found = list(dict.fromkeys(found))
    if len(found) > LINKS:
        raise Invalid({"link": Text(N_("At most %(n)s links."), {"n": LINKS})})
    return found


def _link(link: str) -> str:
    words = N_("“%(link)s” is no web address. It begins with https://, then a name with a dot.")
    problem = Text(words, {"link": link[:60]})
    try:
        parts = urlsplit(link)
        parts.port  # noqa: B018  raises for a port that is none
    except ValueError:
        raise Invalid({"link": problem}) from None
    if len(link) > LINK:
        raise Invalid({"link": Text(N_("An address of at most %(n)s characters, please."), {"n": LINK})})
    if not _plain_web(parts) or not link.isprintable() or any(char in link for char in ' "<>\\^`{|}'):
        raise Invalid({"link": problem})
    return link


def _plain_web(parts: SplitResult) -> bool:
    """http(s), a host with a dot, no user name before it (`https://ours@theirs` reads like ours)."""
    host = parts.hostname or ""
    return parts.scheme in {"http", "https"} and "." in host.strip(".") and "@" not in parts.netloc


def set_avatar(session: Session, *, actor: Actor, file_name: str | None) -> str | None:
    """Show an uploaded picture (its file name), or initials again (None). The file that is free now, if any.

    Raises SignInNeeded.
    """
    member = _own(session, actor)
    before, member.avatar = member.avatar, file_name
    session.flush()
    return before if before != file_name else None


def save_look(session: Session, *, actor: Actor, form: LookForm) -> None:
    """Language, time zone, theme. Raises SignInNeeded, Invalid."""
    member = _own(session, actor)
    errors: dict[str, Message] = {}
    if form.locale not in {"", *LOCALES}:
        errors["locale"] = N_("Choose from the list.")
    if form.timezone not in known() and form.timezone != member.timezone:
        errors["timezone"] = N_("Choose a city in your time zone.")
    if form.theme not in THEMES:
        errors["theme"] = N_("Choose from the list.")
    if errors:
        raise Invalid(errors)
    member.locale, member.timezone, member.theme = form.locale, form.timezone, form.theme
    session.flush()


def set_locale(session: Session, *, actor: Actor, locale: str) -> None:
    """The language alone. Raises SignInNeeded, Invalid(value)."""
    if locale not in LOCALES:
        raise Invalid({"value": N_("Choose from the list.")})
    _own(session, actor).locale = locale
    session.flush()


def _own(session: Session, actor: Actor) -> Member:
    require_own(actor, actor.id)
    member = session.get(Member, actor.id, with_for_update=True)
    if member is None:
        raise NotFound()
    return member
