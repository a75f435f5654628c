"""`forum demo`."""

import click

from forum.console import database, say
from forum.demo import NOTE
from forum.kit.clock import utc_now
from forum.settings import load

PASSWORD = "vado-in-bici-piano"  # noqa: S105  known to all on purpose: it opens made-up people only

LOOK = """What to look at
  /moderation            livia.o sees every case, nadia.f those of her categories; one is hers already
  /moderation/appeals    teo.b or nadia.f: one waits; livia.o decided it first, so she may not answer
  /decisions             jonas.b has a warning to read, lele.v is suspended and has objected, renzo.g may write again
  /moderation/public     what everybody may know of it
  /meetups               a series with a waiting list, one online, one that is over; livia.o hosts, renzo.g waits
  /feedback              livia.o sees all that was collected and what waits, alba.c and bruno.t what their team got"""


@click.command()
def demo() -> None:
    """Fill an empty data folder with a believable community.

    Forty-one people of every role, with a password that everybody knows: for trying things out, never for the public.
    """
    from forum.accounts.passwords import hash_password
    from forum.demo.load import Demo, is_empty, keys
    from forum.demo.reading import read

    settings = load()
    content = read()
    with database(settings) as db:
        with db.read() as session:
            _require(is_empty(session))
        say("Making the demo community …")
        password_hash = hash_password(PASSWORD)
        with db.write() as session:
            _require(is_empty(session))
            counts = Demo(session, content, settings, password_hash=password_hash, now=utc_now()).load()
    lines = [f"Demo accounts; the password of all is  {PASSWORD}"]
    lines += [f"  {entry.name:<12} {who}" for who, entry in keys(content)]
    lines.append(LOOK)
    (settings.data_dir / NOTE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    place = f"{content.site.name}: {counts.members} members, {counts.threads} threads, {counts.posts} posts"
    click.echo(f"{place}, in {settings.data_dir}")
    click.echo("\n".join(lines))


def _require(empty: bool) -> None:
    if not empty:
        raise click.ClickException("this data folder has members already: a demo goes into an empty one")
