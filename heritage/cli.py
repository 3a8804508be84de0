"""The command line: one group, each feature's commands loaded only when asked for."""

import errno
import os
import sys
from importlib import import_module

import click

from heritage import __version__
from heritage.core.errors import HeritageError
from heritage.db.problems import database_error

# command -> (module, attribute); modules load when used, so that `heritage match` does not pay for a web server.
COMMANDS = {
    "run": ("heritage.serving_commands", "run"),
    "web": ("heritage.serving_commands", "web"),
    "scheduler": ("heritage.serving_commands", "scheduler"),
    "worker": ("heritage.serving_commands", "worker"),
    "jobs": ("heritage.serving_commands", "jobs"),
    "db": ("heritage.db.commands", "db"),
    "sites": ("heritage.sites.commands", "sites"),
    "incidents": ("heritage.incidents.commands", "incidents"),
    "feeds": ("heritage.feeds.commands", "feeds"),
    "match": ("heritage.proximity.commands", "match"),
    "flags": ("heritage.flags.commands", "flags"),
    "evaluate": ("heritage.flags.commands", "evaluate"),
    "digest": ("heritage.alerts.commands", "digest"),
    "alerts": ("heritage.alerts.commands", "alerts"),
    "subscriptions": ("heritage.alerts.commands", "subscriptions"),
    "reports": ("heritage.reports.commands", "reports"),
    "starter": ("heritage.starter.commands", "starter"),
    "artefacts": ("heritage.artefacts.commands", "artefacts"),
    "users": ("heritage.accounts.commands", "users"),
    "keys": ("heritage.sealing.commands", "keys"),
    "webhooks": ("heritage.channels.commands", "webhooks"),
    "audit": ("heritage.audit.commands", "audit"),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=LazyGroup)
@click.version_option(__version__, prog_name="heritage")
def cli() -> None:
    """A risk tracker for cultural heritage in wartime."""


def _full(error: Exception) -> str | None:
    """What a person is told when there is no room for what the program writes, else None."""
    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        return None
    return f"Not everything could be written: {os.strerror(error.errno)}."


def _drop_the_rest() -> None:
    """Lead what stdout still holds into nothing: the interpreter would try it again and end with a code of its own."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)


def main() -> None:
    """Entry point: exit 0 done, 1 refused or failed with the reason on stderr, 2 wrong usage."""
    if sys.stderr is None:
        # Started with stderr shut: what would be said there is dropped, and nothing else is lost over it.
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # held until the program ends
    try:
        cli.main(standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(1)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except HeritageError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        # A database that went away is nobody's fault here; everything else is, and shows where.
        known = database_error(error) or _full(error)
        if known is None:
            raise
        if _full(error):
            _drop_the_rest()
        click.echo(f"Error: {known}", err=True)
        sys.exit(1)
