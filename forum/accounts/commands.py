"""`forum user` and `forum token`: members and API tokens from the command line."""

import sys
from datetime import datetime

import click
from sqlalchemy.orm import Session

from forum.accounts import domain, queries
from forum.accounts.passwords import check_password, hash_password
from forum.admin.domain import give_role_as_operator
from forum.audit import domain as audit
from forum.categories.queries import house
from forum.console import database
from forum.kit.clock import utc_now
from forum.members.models import ROLES
from forum.policy.actors import SCOPES, SCOPES_OF, STAFF, Actor
from forum.settings import LOCALES, load


@click.group()
def user() -> None:
    """Members."""


@user.command("create")
@click.argument("name")
@click.option("--email", required=True, help="Where mail for the member goes; it counts as verified.")
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
@click.option("--display-name", default="", help="What stands beside their posts; default: NAME.")
@click.option("--locale", type=click.Choice(LOCALES), help="Their language; default: as their browser asks.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def create_user(
    *, name: str, email: str, role: str, display_name: str, locale: str | None, password_stdin: bool
) -> None:
    """Make a member, trusted from the start.

    Without a password, prints a one-time link with which the member chooses one.
    """
    settings, now = load(), utc_now()
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    person = domain.check_person(name, display_name, email, site_names=None)
    with database(settings) as db:
        hashed = None
        if password_stdin:
            with db.read() as session:
                site = house(session).site
            about = (person.name, person.display_name, person.email, site.name, site.brand)
            check_password(password, staff=role in STAFF, about=about)
            hashed = hash_password(password)
        with db.write() as session:
            member = domain.create_member(
                session, name=person.name, display_name=person.display_name, email=person.email, role=role,
                password_hash=hashed, locale=locale or "", now=now,
            )  # fmt: skip
            token = "" if hashed else domain.issue(session, "welcome", now=now, member_id=member.id)[1]
            audit.write(
                session, action="member.created", actor_id=None, subject_id=member.id, target=f"member:{member.id}",
                data={**audit.OPERATOR, "role": role}, now=now,
            )  # fmt: skip
    if token:
        click.echo(f"{settings.base_url.rstrip('/')}/link/{token}")
        click.echo(f"{person.name} ({role}) is made. The link above works once, within a week.", err=True)
    else:
        click.echo(f"{person.name} ({role}) is made and can sign in.", err=True)


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
def give_role(*, name: str, role: str) -> None:
    """Give the member NAME another role; their browsers are signed out.

    The only administrator stays one.
    """
    now = utc_now()
    with database() as db, db.write() as session:
        found = _member(session, name, now)
        before = give_role_as_operator(session, member_id=found.id, role=role, now=now)
    if before == role:
        click.echo(f"{found.name} is {role} already.", err=True)
    else:
        click.echo(f"{found.name} was {before} and is {role} now, signed out everywhere.", err=True)


@click.group()
def token() -> None:
    """API tokens."""


@token.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated.")
@click.option("--label", default="", help="What it is for; default: the command line, and today.")
def create_token(*, name: str, scopes: tuple[str, ...], label: str) -> None:
    """Print an API token for the member NAME, once, alone on stdout.

    A token may never do more than its member's role allows.
    """
    now = utc_now()
    with database() as db, db.write() as session:
        secret = _token(session, name, scopes, label or f"forum token create, {now:%Y-%m-%d}", now)
    click.echo(secret)


def _token(session: Session, name: str, scopes: tuple[str, ...], label: str, now: datetime) -> str:
    """Raises ClickException for a name nobody has and a scope beyond the role; Invalid."""
    found = _member(session, name, now)
    if beyond := [scope for scope in scopes if scope not in SCOPES_OF[found.role]]:
        allowed = ", ".join(scope for scope in SCOPES if scope in SCOPES_OF[found.role])
        raise click.ClickException(
            f"{found.name} is {found.role}, which goes no further than {allowed}: not {beyond[0]}"
        )
    secret = domain.issue_token(session, actor=found, label=label, scopes=scopes, now=now)
    audit.write(
        session, action="token.created", actor_id=None, subject_id=found.id, target=f"member:{found.id}",
        data={**audit.OPERATOR, "scopes": list(scopes)}, details={"label": label}, now=now,
    )  # fmt: skip
    return secret


def _member(session: Session, name: str, now: datetime) -> Actor:
    """Raises ClickException for a name that nobody has."""
    found = queries.member_by_name(session, name, now)
    if found is None:
        raise click.ClickException(f"no member is called {name!r}")
    return found
