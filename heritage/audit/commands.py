"""`heritage audit`: check the record."""

import sys

import click

from heritage.audit import chain
from heritage.commandline import json_option, open_services, print_json
from heritage.progress import progress_option, working

SHOWN_ROWS = 50


@click.group()
def audit() -> None:
    """The record of who did what."""


@audit.command()
@json_option
@progress_option
def verify(as_json: bool) -> None:
    """Walk the chain of entries and look at the rows they vouch for; exit 1 and name what does not hold."""
    with open_services() as services, services.database.session() as session, working("Walking the chain"):
        verdict = chain.verify(session)
    if as_json:
        rows = [{"table": row.table, "id": row.id, "entry": row.entry, "flaw": row.flaw} for row in verdict.rows]
        print_json({"entries": verdict.entries, "ok": verdict.ok, "first_broken": verdict.first_broken, "rows": rows})
    elif verdict.ok:
        click.echo(f"{verdict.entries} entries, unbroken. Newest hash: {verdict.newest_hash}")
    for row in verdict.rows[:SHOWN_ROWS]:
        said = f"entry {row.entry} vouches for it" if row.entry else "no entry vouches for it"
        click.echo(f"Error: {row.table} {row.id} is {row.flaw}; {said}.", err=True)
    if verdict.first_broken is not None:
        click.echo(f"Error: the record is broken at entry {verdict.first_broken} of {verdict.entries}.", err=True)
    if not verdict.ok:
        sys.exit(1)
