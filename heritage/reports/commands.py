"""`heritage reports`: draft claims from an article."""

from datetime import date
from pathlib import Path

import click

from heritage.commandline import DAY, json_option, open_services, print_json

_QUOTE_CHARS = 100


@click.group()
def reports() -> None:
    """Documents and their claims."""


@reports.command("draft")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as-of", type=DAY, help="The day it is read as of; weekdays are counted back from it.")
@json_option
def draft_command(file: Path, as_of: date | None, as_json: bool) -> None:
    """Read an article into draft claims; nothing is stored, and nothing counts before a person has confirmed it."""
    from heritage.proximity.nearby import sites_near
    from heritage.reports.draft_json import SITES_WITHIN_KM, event_spots
    from heritage.reports.draft_json import as_json as document_of
    from heritage.reports.drafting import draft, read_text_file

    text = read_text_file(file)
    with open_services() as services, services.database.session() as session:
        reading = draft(session, text, var=services.settings.var, as_of=as_of)
        document = document_of(reading, sites_near(session, event_spots(reading), reach_km=SITES_WITHIN_KM))
    if as_json:
        print_json(document)
    else:
        _print(document)


def _print(document: dict) -> None:  # type: ignore[type-arg]  # the JSON document itself
    head = document["document"]
    click.echo(
        f"{head['title'] or '(no headline)'} · {head['language']} · {head['date'] or 'no date'} ({head['date_basis']})"
    )
    click.echo("")
    for place in document["places"]:
        where = (
            f"{place['lat']:.4f}, {place['lon']:.4f} ± {place['radius_km']:g} km"
            if place["lon"] is not None
            else place["reason"]
        )
        click.echo(f"{place['role']:8}{place['name']} ({place['kind']}): {where}")
        for site in place["sites"]:
            click.echo(f"        {site['distance_km']:.2f} km from {site['part_ref']} of {site['name']}")
    click.echo("")
    for claim in document["claims"]:
        relays = f", through {', '.join(claim['relayed_by'])}" if claim["relayed_by"] else ""
        denied = " (denied)" if claim["negated"] else ""
        about = f"{claim['when'] or 'no date'} · {claim['place'] or '–'}"
        click.echo(f"[{claim['grade']}] {claim['kind']}{denied} · {claim['said_by']}{relays} · {about}")
        click.echo(f"        {claim['quote'][:_QUOTE_CHARS]}")
