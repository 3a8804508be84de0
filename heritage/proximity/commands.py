"""`heritage match`: the matching engine on plain files, without a database."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from heritage.core.errors import InvalidInput
from heritage.core.refusals import RowRefusal
from heritage.progress import progress_option, working
from heritage.proximity.files import (
    EVENT_ID,
    SITE_ID,
    PlaceTable,
    checksum_text,
    read_places,
    sum_tables,
    write_pairs,
)

_SHOWN = 20
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--sites", "sites_file", type=FILE, required=True, help="CSV or Parquet with site_id, lon, lat.")
@click.option("--events", "events_file", type=FILE, required=True, help="CSV or Parquet with event_id, lon, lat.")
@click.option("--radius-km", type=float, required=True, help="Geodesic radius on WGS 84; a pair at it belongs.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the pairs here (.csv or .parquet).")
@click.option("--count", "only_count", is_flag=True, help="Print only the number of pairs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@progress_option
def match(
    sites_file: Path, events_file: Path, radius_km: float, out: Path | None, only_count: bool, as_json: bool
) -> None:
    """Find every pair of a site row and an event row that are not farther apart than the radius.

    A site with several rows (its component parts) pairs with each of them. Rows that cannot be used are named on
    stderr and left out. The checksum does not depend on any order: see docs/decisions/0002-measure-on-the-ellipsoid.md.
    """
    if not 0 < radius_km < float("inf"):
        raise InvalidInput(f"--radius-km must be a positive number of kilometres, not {radius_km}.")
    sites, events = read_places(sites_file, SITE_ID), read_places(events_file, EVENT_ID)
    for name, table in ((sites_file.name, sites), (events_file.name, events)):
        _tell(name, table)
    with working("Finding pairs"):
        found = write_pairs(sites, events, radius_km, out) if out else sum_tables(sites, events, radius_km)
    checksum = checksum_text(found.checksum)
    if as_json:
        refusals = [*_listed("sites", sites.refusals), *_listed("events", events.refusals)]
        refused = sites.refused + events.refused
        document = {"pairs": found.pairs, "checksum": checksum, "refused": refused, "refusals": refusals}
        click.echo(json.dumps(document, ensure_ascii=False))
    elif only_count:
        click.echo(found.pairs)
    else:
        click.echo(f"{found.pairs} pairs of {len(sites)} site rows and {len(events)} events, checksum {checksum}")


def _listed(of: str, refusals: Sequence[RowRefusal]) -> list[dict[str, Any]]:
    return [{"file": of, "row": each.row, "field": each.field, "reason": each.reason} for each in refusals]


def _tell(name: str, table: PlaceTable) -> None:
    for each in table.refusals[:_SHOWN]:
        click.echo(f"{name}: row {each.row}: {each.field or 'the row'} {each.reason}", err=True)
    if table.refused > _SHOWN:
        click.echo(f"{name}: {table.refused} rows cannot be used, of which the first {_SHOWN} are named.", err=True)
