"""Commands: ``heritage incidents import``, ``list`` and ``refusals``."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from sqlmodel import Session

from heritage.commandline import DAY, LIMIT, NUMBER, json_option, open_services, print_json
from heritage.core.errors import NotFound
from heritage.progress import progress_option, working
from heritage.settings import load_settings

SHOWN_REFUSALS = 10
SHOWN_INCIDENTS = 50


@click.group()
def incidents() -> None:
    """Reported events: import files of them, list them."""


@incidents.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--feed", "feed_name", required=True, help="Where the file comes from: ucdp, or reports for your own.")
@click.option("--release", help="Which release it is, such as 25.1; by default what the file's name says.")
@click.option(
    "--complete", is_flag=True, help="The file is all there is of its countries and years: withdraw the rest."
)
@json_option
@progress_option
def import_command(file: Path, feed_name: str, release: str | None, complete: bool, as_json: bool) -> None:
    """Take a file of events, all of it or nothing."""
    # Polars and numpy load with these, which `heritage incidents list` does not need.
    from heritage.audit import chain
    from heritage.audit.imports import list_runs
    from heritage.core.files import open_source
    from heritage.feeds.registry import get_feed
    from heritage.flags.rules_file import load_rules
    from heritage.incidents.service import import_events
    from heritage.proximity.service import match_pending

    feed = get_feed(feed_name, load_settings().feeds_file())
    source = open_source(file)
    with open_services() as services, services.database.session() as session:
        with working(file.name, source.size) as progress:
            report = import_events(
                session,
                feed,
                source,
                clock=services.clock,
                release=release,
                complete=complete,
                progress=progress,
                announce=_announce,
            )
        with working("Matching reports and sites"):
            match_pending(session, load_rules(services.settings.rules_file()).reach_km)
        run = list_runs(session, kind="events", limit=1)[0]
        chain.append(
            session,
            at=services.clock.now(),
            actor=chain.AT_THE_MACHINE,
            action="incidents.import",
            subject=f"import:{run.id}",
        )
    if as_json:
        print_json(report.as_json())
    else:
        _print_report(report, run.id, run.release)


def _announce(count: int) -> None:
    click.echo(f"{count} events that are held are not in this release and will be withdrawn.", err=True)


def _print_report(report: Any, run_id: int | None, release: str | None) -> None:
    click.echo(f"Release {release}, import {run_id}: {report.read} rows read.")
    for name in ("added", "changed", "unchanged", "withdrawn", "refused"):
        click.echo(f"  {name:<10} {getattr(report, name):>8}")
    for note in report.notes:
        click.echo(f"  Note: {note}")
    for refusal in report.refusals[:SHOWN_REFUSALS]:
        click.echo(f"  Row {refusal.row}, {refusal.field or 'the whole row'}: {refusal.reason}")
    if len(report.refusals) > SHOWN_REFUSALS:
        click.echo(f"  … all of them: heritage incidents refusals {run_id}")


@incidents.command("list")
@click.option("--near", "slug", help="Only those within reach of this site.")
@click.option("--since", type=DAY, help="Only those that go on or begin on this day or later.")
@click.option("--until", type=DAY, help="Only those that began on this day or earlier.")
@click.option("--known-on", type=DAY, help="As known at the end of that day.")
@click.option("--feed", help="Only those of one feed.")
@click.option("--limit", type=LIMIT, help="At most so many, newest first.")
@click.option("--count", "count_only", is_flag=True, help="Only how many there are.")
@json_option
def list_command(
    slug: str | None,
    since: date | None,
    until: date | None,
    known_on: date | None,
    feed: str | None,
    limit: int | None,
    count_only: bool,
    as_json: bool,
) -> None:
    """List events, newest first."""
    from heritage.incidents.queries import count_incidents, list_incidents

    with open_services() as services, services.database.session() as session:
        chosen: dict[str, Any] = {"since": since, "until": until, "known_on": known_on, "feed": feed}
        if slug is not None:
            chosen["near_site_id"] = _site_id(session, slug)
        document: dict[str, Any] = {"count": count_incidents(session, **chosen)}
        if not count_only:
            most = limit or (max(document["count"], 1) if as_json else SHOWN_INCIDENTS)
            document["incidents"] = [_as_json(row) for row in list_incidents(session, **chosen, limit=most)]
    if as_json:
        print_json(document)
        return
    click.echo(f"{document['count']} events")
    for incident in document.get("incidents", ()):
        click.echo(_as_line(incident))


def _site_id(session: Session, slug: str) -> int:
    site = sa.table("site", sa.column("id"), sa.column("slug"))
    found = session.scalar(sa.select(site.c.id).where(site.c.slug == slug))
    if found is None:
        raise NotFound(f"There is no site {slug!r}; `heritage sites list` shows the names to use.")
    return int(found)


def _as_json(row: sa.Row[Any]) -> dict[str, Any]:
    known = row._mapping
    document = {
        "incident": known["incident_id"],
        "feed": known["feed"],
        "event_id": known["event_id"],
        "release": known["release"],
        "occurred_from": known["occurred_from"].isoformat(),
        "occurred_to": known["occurred_to"].isoformat(),
        "reported_on": known["reported_at"].date().isoformat() if known["reported_at"] else None,
        "known_on": known["known_at"].date().isoformat(),
        "place": known["place_name"],
        "country": known["country"],
    }
    plain = ("lon", "lat", "radius_km", "fatalities_low", "fatalities_best", "fatalities_high", "summary")
    document |= {name: known[name] for name in plain}
    document |= {name: str(known[name]) for name in ("kind", "location_precision", "time_precision")}
    document |= {name: known[name] for name in ("actors", "sources", "origins", "marks")}
    document["grade"] = f"{known['reliability']}{known['credibility']}"
    if "distance_km" in known:
        document["distance_km"] = round(known["distance_km"], 3)
    return document


def _as_line(incident: dict[str, Any]) -> str:
    far = f" · {incident['distance_km']:.1f} km" if "distance_km" in incident else ""
    deaths = "" if incident["fatalities_best"] is None else f" · {incident['fatalities_best']} dead"
    place = incident["place"] or incident["country"] or "place unknown"
    return f"{incident['occurred_to']}  {incident['kind']:<26} {place}{far}{deaths} [{incident['grade']}]"


@incidents.command("refusals")
@click.argument("run_id", type=NUMBER)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write them to this CSV file.")
@json_option
def refusals_command(run_id: int, out: Path | None, as_json: bool) -> None:
    """Rows that an import did not take, and why."""
    from heritage.audit.imports import MOST_STORED_REFUSALS, get_run, list_refusals

    with open_services() as services, services.database.session() as session:
        run = get_run(session, run_id)
        rows = [
            {"row": each.row, "field": each.field, "reason": each.reason, "excerpt": each.excerpt}
            for each in list_refusals(session, run_id, limit=MOST_STORED_REFUSALS)
        ]
        refused = run.refused
    if out is not None:
        _write_csv(rows, out)
    if as_json:
        print_json({"import": run_id, "refused": refused, "refusals": rows})
        return
    if refused > len(rows):
        click.echo(f"{refused} rows were refused; the first {len(rows)} are kept.", err=True)
    if out is not None:
        click.echo(f"{len(rows)} refusals written to {out}.")
        return
    for row in rows:
        click.echo(f"Row {row['row']}, {row['field'] or 'the whole row'}: {row['reason']}")


def _write_csv(rows: list[dict[str, Any]], out: Path) -> None:
    from heritage.core.text import harmless_cell

    try:
        with out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["row", "field", "reason", "excerpt"])
            writer.writeheader()
            # The excerpt is a stranger's text: a spreadsheet must not take it for a formula.
            writer.writerows({name: harmless_cell(value) for name, value in row.items()} for row in rows)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from None
