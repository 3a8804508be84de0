"""Commands of the database: bring its tables up to date, back it up, restore it."""

from pathlib import Path

import click

from heritage.db import backup as archives
from heritage.db import migrate
from heritage.db.engine import open_database
from heritage.progress import progress_option, working
from heritage.settings import load_settings

FILE = click.Path(path_type=Path, dir_okay=True)


@click.group()
def db() -> None:
    """Bring the tables up to date, back up, restore."""


@db.command()
def upgrade() -> None:
    """Bring the tables to this version."""
    with open_database(load_settings(), schema="upgrade"):
        click.echo(f"The database is at revision {migrate.head()}.")


@db.command()
@click.argument("file", type=FILE)
@progress_option
def backup(file: Path) -> None:
    """Write the whole database into FILE, readable by you alone."""
    with open_database(load_settings(), schema="ignore") as database, working(f"Writing {file.name}"):
        size = archives.backup(database, file)
    click.echo(f"{file}: {size / 1e6:.1f} MB.")


@db.command()
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Put the backup in the place of what the database holds now.")
@progress_option
def restore(file: Path, replace: bool) -> None:
    """Make the database what it was when FILE was written; on any failure it stays as it is."""
    with open_database(load_settings(), schema="ignore") as database, working(f"Restoring from {file.name}"):
        done = archives.restore(database, file, replace=replace)
    since = "" if done.archive_revision == done.revision else f", brought up from {done.archive_revision}"
    click.echo(f"Restored from {file}: the database is at revision {done.revision}{since}.")
