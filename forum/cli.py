"""The `forum` command. Results go to stdout, everything else to stderr; exit 0 done, 1 failed, 2 wrong usage.

Commands are imported when they are asked for, so that `forum settings` does not wait for a web framework.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NoReturn

import click

from forum.console import explain, say

ELSEWHERE = {
    "audit": "forum.audit.commands:audit",
    "serve": "forum.serving:serve",
    "worker": "forum.serving:worker",
    "demo": "forum.demo.commands:demo",
    "export": "forum.legal.commands:export",
    "import": "forum.importers.commands:group",
    "moderation": "forum.prevention.commands:moderation",
    "reindex": "forum.search.commands:reindex",
    "user": "forum.accounts.commands:user",
    "token": "forum.accounts.commands:token",
}
"""Command → where it is defined."""


class House(click.Group):
    """The top-level group: finds commands elsewhere, and turns every failure into one line on stderr."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, in alphabetical order."""
        there = [name for name, where in ELSEWHERE.items() if _exists(where)]
        return sorted({*super().list_commands(ctx), *there})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command, imported now."""
        if name not in ELSEWHERE or not _exists(ELSEWHERE[name]):
            return super().get_command(ctx, name)
        module, _, attribute = ELSEWHERE[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a failure that can be explained becomes a ClickException."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            raise
        except Exception as error:
            if ctx.params.get("traceback"):
                raise
            words = explain(error) or f"unforeseen: {type(error).__name__}: {error} (--traceback shows where)"
            raise click.ClickException(words) from error


def _line(error: click.ClickException) -> str:
    return " ".join(error.format_message().split())


def _exists(where: str) -> bool:
    return find_spec(where.partition(":")[0]) is not None


@click.group(cls=House, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--traceback", is_flag=True, help="Show where an unforeseen error happened.")
@click.version_option(package_name="ritrovo", prog_name="forum")
def forum(*, traceback: bool) -> None:
    """A community forum of your own.

    Settings come from the environment: `forum settings` lists them.
    """


@forum.command("settings")
def show_settings() -> None:
    """Print the settings and where each comes from."""
    from forum.settings import origins

    words = {"True": "on", "False": "off"}
    rows = [(name, words.get(value, value), origin, why) for name, value, origin, why in origins()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, value, origin, why in rows:
        click.echo(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {origin:<{widths[2]}}  {why}".rstrip())


@forum.command("migrate")
def migrate_schema() -> None:
    """Bring the database schema to the newest version."""
    from forum import migrate
    from forum.console import ready_schema
    from forum.db import make_engine
    from forum.settings import load

    settings = load()
    engine = make_engine(settings)
    try:
        ready_schema(settings, engine, may_migrate=True)
        click.echo(f"The schema is at version {migrate.versions(engine)[0]}, the newest.")
    finally:
        engine.dispose()


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the `forum` script; as click's own, but a refusal is one line."""
    try:
        status = forum.main(args, prog_name="forum", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(error.exit_code)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "forum"
        say(f"{path}: {_line(error).rstrip('.')} (see {path} --help)")
        sys.exit(error.exit_code)
    except click.ClickException as error:
        say(f"forum: {_line(error)}")
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        say("forum: stopped")
        sys.exit(1)
    except BrokenPipeError:  # `forum … | head`
        sys.stderr.close()
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)
