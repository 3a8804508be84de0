"""`heritage audit`: check the record."""

import sys

import click

from heritage.audit import chain
from heritage.commandline import json_option, open_services, print_json


@click.group()
def audit() -> None:
    """The record of who did what."""


@audit.command()
@json_option
def verify(as_json: bool) -> None:
    """Walk the chain of entries; exit 1 and name the first broken one when it does not hold."""
    with open_services() as services, services.database.session() as session:
        verdict = chain.verify(session)
    if as_json:
        print_json({"entries": verdict.entries, "ok": verdict.ok, "first_broken": verdict.first_broken})
    elif verdict.ok:
        click.echo(f"{verdict.entries} entries, unbroken. Newest hash: {verdict.newest_hash}")
    if not verdict.ok:
        click.echo(f"Error: the record is broken at entry {verdict.first_broken} of {verdict.entries}.", err=True)
        sys.exit(1)
