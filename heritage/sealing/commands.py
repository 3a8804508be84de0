"""`heritage keys`: make the keys that sealed values are opened with, put new ones in use, check that all opens."""

import sys
from collections.abc import Sequence

import click

from heritage.audit.chain import AT_THE_MACHINE
from heritage.commandline import json_option, open_services, print_json
from heritage.core.clock import SystemClock
from heritage.db.models import metadata
from heritage.sealing import service
from heritage.sealing.errors import KeyMissing
from heritage.sealing.keyring import KeyRing, Purpose, open_keyring
from heritage.sealing.registry import SealedColumn, sealed_columns
from heritage.sealing.service import Unreadable
from heritage.settings import load_settings


@click.group()
def keys() -> None:
    """The keys of what is sealed: places of objects, reporters, addresses, attachments."""


@keys.command()
@json_option
def init(as_json: bool) -> None:
    """Make the keys that are missing; those that are there stay as they are."""
    ring = open_keyring(load_settings())
    made = [purpose.value for purpose in ring.init(SystemClock().now())]
    if as_json:
        print_json({"folder": str(ring.folder), "made": made})
        return
    click.echo(f"Keys made for: {', '.join(made)}." if made else "Every purpose has its keys already.")
    click.echo(f"They are in {ring.folder}. Keep a copy apart from the database and its backups.")


@keys.command()
@click.option(
    "--purpose",
    "purposes",
    multiple=True,
    type=click.Choice([purpose.value for purpose in Purpose]),
    help="Only these; by default all.",
)
@json_option
def rotate(purposes: tuple[str, ...], as_json: bool) -> None:
    """Put new keys in use and seal everything anew; older keys stay in the ring, for older backups."""
    chosen = [purpose for purpose in Purpose if not purposes or purpose in purposes]
    with open_services() as services, services.database.session() as session:
        ring, now = open_keyring(services.settings), services.clock.now()
        done = service.rotate(session, ring, _columns(), chosen, now=now, actor=AT_THE_MACHINE)
    if as_json:
        made = {purpose.value: key.id.hex() for purpose, key in done.keys.items()}
        print_json({"keys": made, "resealed": done.resealed, "unreadable": _as_json(done.unreadable)})
    else:
        click.echo(f"New keys for: {', '.join(done.keys)}. Sealed anew: {done.resealed}.")
    _leave_if(done.unreadable)


@keys.command()
@json_option
def check(as_json: bool) -> None:
    """Open every sealed value; exit 1 and name each that does not open."""
    with open_services() as services, services.database.session() as session:
        ring = open_keyring(services.settings)
        checked = service.check(session, ring, _columns())
    if as_json:
        counts = {"ok": checked.ok, "sealed": checked.sealed, "older": checked.older}
        print_json(counts | {"keys": _held(ring), "unreadable": _as_json(checked.unreadable)})
    elif checked.ok:
        click.echo(f"{checked.sealed} sealed values, all open; {checked.older} of them under an older key.")
    _leave_if(checked.unreadable)


def _columns() -> list[SealedColumn]:
    """Every sealed column there is; their tables are loaded first."""
    metadata()
    return sealed_columns()


def _held(ring: KeyRing) -> dict[str, list[str]]:
    """Ids of the keys held, the one in use last; none where a purpose has no file."""
    held: dict[str, list[str]] = {purpose.value: [] for purpose in Purpose}
    for purpose in Purpose:
        try:
            held[purpose.value] = [key.id.hex() for key in ring.keys(purpose)]
        except KeyMissing:
            continue
    return held


def _as_json(unreadable: Sequence[Unreadable]) -> list[dict[str, str]]:
    return [
        {
            "table": found.column.table,
            "column": found.column.column,
            "row": found.row,
            "purpose": found.column.purpose.value,
            "reason": found.reason,
        }
        for found in unreadable
    ]


def _leave_if(unreadable: Sequence[Unreadable]) -> None:
    for found in unreadable:
        click.echo(f"{found.column.table}.{found.column.column}, row {found.row}: {found.reason}", err=True)
    if unreadable:
        click.echo(f"Error: {len(unreadable)} sealed values do not open.", err=True)
        sys.exit(1)
