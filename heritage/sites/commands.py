"""Commands: `heritage sites import`, `list`, `show`, `undo` and `imports`."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlmodel import Session

from heritage.commandline import COUNTRY, DAY, LIMIT, NUMBER, json_option, open_services, print_json
from heritage.progress import progress_option, working

if TYPE_CHECKING:
    from heritage.audit.imports import ImportReport
    from heritage.services import Services
    from heritage.sites.comparison import Change, Comparison
    from heritage.sites.queries import SiteRow

SHOWN_REFUSALS = 10
SHOWN_CHANGES = 200
SHOWN_SITES = 50
VALUE_CHARS = 60


@click.group()
def sites() -> None:
    """The register: import lists of sites, list them, look at one, take an import back."""


@sites.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "format_name", help="What kind of file it is; by default recognised.")
@click.option("--mapping", type=click.Path(path_type=Path), help="A mapping file for an inventory of your own.")
@click.option("--dry-run", is_flag=True, help="Only say what would change; write nothing.")
@click.option("--by-name", is_flag=True, help="Match by name a list that has no numbers.")
@click.option("--release", help="Which release it is, such as 2024; by default what the file tells.")
@click.option("--released-on", type=DAY, help="The day of the list; by default what the file tells.")
@json_option
@progress_option
def import_command(
    file: Path,
    format_name: str | None,
    mapping: Path | None,
    dry_run: bool,
    by_name: bool,
    release: str | None,
    released_on: date | None,
    as_json: bool,
) -> None:
    """Take a register file, all of it or nothing, after naming every difference to what is held."""
    # Readers load polars, openpyxl and shapely, which `heritage sites list` does not need.
    from dataclasses import replace

    from heritage.sites.readers import open_register

    with working(f"Reading {file.name}"):
        opened = open_register(file, format=format_name, mapping=mapping, match_by_name=by_name)
    opened = replace(opened, release=release or opened.release, released_on=released_on or opened.released_on)
    with open_services() as services, services.database.session() as session:
        import_id, comparison, report = _import(services, session, opened, dry_run)
    if as_json:
        print_json(report.as_json())
    else:
        _print_report(report, comparison, import_id)


def _import(
    services: "Services", session: Session, opened: Any, dry_run: bool
) -> "tuple[int | None, Comparison, ImportReport]":
    from heritage.flags.rules_file import load_rules
    from heritage.proximity.service import match_pending
    from heritage.sites import service

    started_at = services.clock.now()
    with working("Comparing with what is held", opened.size) as tell:
        comparison = service.compare(session, opened, today=started_at.date(), tell=tell)
    if dry_run:
        return None, comparison, service.report_of(comparison, dry_run=True)
    size = len(comparison.added) + len(comparison.updates) + len(comparison.vanished)
    with working("Writing the differences", size) as tell:
        now = services.clock.now()
        import_id, report = service.take(session, comparison, started_at=started_at, now=now, tell=tell)
    with working("Matching reports and sites"):
        match_pending(session, load_rules(services.settings.rules_file()).reach_km)
    _record(services, session, "sites.import", import_id)
    return import_id, comparison, report


def _record(services: "Services", session: Session, action: str, import_id: int) -> None:
    from heritage.audit import chain

    chain.append(
        session,
        at=services.clock.now(),
        actor=chain.AT_THE_MACHINE,
        action=action,
        subject=f"import:{import_id}",
    )


def _print_report(report: "ImportReport", comparison: "Comparison", import_id: int | None) -> None:
    head = f"Import {import_id}" if import_id is not None else "Nothing was written. With this file"
    click.echo(f"{head}: register {comparison.register}, release {comparison.release or '–'}, {report.read} read.")
    for name in ("added", "changed", "unchanged", "vanished", "refused"):
        click.echo(f"  {name:<10} {getattr(report, name):>8}")
    kinds = Counter(str(change.kind) for change in comparison.changes)
    click.echo("  " + ", ".join(f"{kind.replace('_', ' ')}: {number}" for kind, number in kinds.most_common()))
    if report.dry_run:
        _print_changes(comparison.changes)
    for note in report.notes[:SHOWN_REFUSALS]:
        click.echo(f"  Note: {note}")
    for refusal in report.refusals[:SHOWN_REFUSALS]:
        click.echo(f"  Row {refusal.row}, {refusal.field or 'the whole row'}: {refusal.reason}")
    if len(report.refusals) > SHOWN_REFUSALS:
        click.echo(f"  … and {len(report.refusals) - SHOWN_REFUSALS} more refused rows; --json prints them all.")


def _print_changes(changes: "list[Change]") -> None:
    for change in changes[:SHOWN_CHANGES]:
        moved = f" ({change.distance_km:g} km)" if change.distance_km else ""
        values = f": {_short(change.old)} → {_short(change.new)}" if change.field else ""
        click.echo(f"  {change.ref} {change.name} · {str(change.kind).replace('_', ' ')} {change.field}{moved}{values}")
    if len(changes) > SHOWN_CHANGES:
        click.echo(f"  … and {len(changes) - SHOWN_CHANGES} more.")


def _short(value: Any) -> str:
    from heritage.sites.comparison import shown

    text = shown(value)
    return text if len(text) <= VALUE_CHARS else text[: VALUE_CHARS - 1] + "…"


@sites.command("list")
@click.option(
    "--query", "-q", default="", help="Words of any of its names, in any script; a slip of the hand is forgiven."
)
@click.option(
    "--country", type=COUNTRY, multiple=True, metavar="CC", help="Two letters, such as SY; may be given several times."
)
@click.option("--in-danger", is_flag=True, help="Only those on the List of World Heritage in Danger.")
@click.option("--as-of", type=DAY, help="Those in force at the end of that day, with their status then.")
@click.option("--register", help="Only those of one register, such as whc.")
@click.option("--limit", type=LIMIT, help="At most so many.")
@json_option
def list_command(
    query: str,
    country: tuple[str, ...],
    in_danger: bool,
    as_of: date | None,
    register: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List sites; without a day also those that have left their register."""
    from heritage.sites import queries

    with open_services() as services, services.database.session() as session:
        day = as_of or services.clock.now().date()
        page = queries.list_sites(
            session,
            today=day,
            query=query,
            countries=country,
            in_danger=True if in_danger else None,
            registers=[register] if register else [],
            as_of=as_of,
            limit=limit or (queries.MOST_ROWS if as_json else SHOWN_SITES),
        )
        levels = _levels(services, session, day)
    if as_json:
        found = [_site_as_json(row, levels) for row in page.rows]
        print_json({"count": page.total, "sites": found})
        return
    if page.ignored:
        click.echo(f"No name is like these words, so they were left out: {', '.join(page.ignored)}.")
    if page.corrected:
        click.echo(f"Nothing is called “{query}”; shown is what is called much like it: {', '.join(page.corrected)}.")
    _print_rows(page.rows, levels)
    click.echo(f"{page.total} sites." if len(page.rows) == page.total else f"{len(page.rows)} of {page.total} sites.")


def _levels(services: "Services", session: Session, day: date) -> dict[int, int]:
    """The level of each site that has one, as a rule decides it for that day; not what was decided at the time."""
    from heritage.flags.rules_file import load_rules
    from heritage.flags.service import compute_levels

    found = compute_levels(session, load_rules(services.settings.rules_file()), as_of=day)
    return dict(zip(found.site_ids.tolist(), found.level.tolist(), strict=True))


def _site_as_json(row: "SiteRow", levels: dict[int, int]) -> dict[str, Any]:
    return {
        "id_no": row.ref,
        "slug": row.slug,
        "name": row.name,
        "countries": list(row.countries),
        "in_danger": str(row.in_danger),
        "level": levels.get(row.id, 0),
        "in_force": row.in_force,
        "register": row.register,
    }


def _print_rows(rows: "Iterable[SiteRow]", levels: dict[int, int]) -> None:
    for row in rows:
        danger = {"yes": "in danger", "uncertain": "in danger?"}.get(str(row.in_danger), "")
        marks = [
            danger,
            f"level {levels[row.id]}" if levels.get(row.id) else "",
            "" if row.in_force else "not in force",
        ]
        told = " · ".join(mark for mark in (",".join(row.countries), *marks) if mark)
        click.echo(f"{row.ref:>8}  {row.name}  ({row.slug})  {told}")


@sites.command()
@click.argument("slug")
@click.option("--as-of", type=DAY, help="As it was at the end of that day.")
@json_option
def show(slug: str, as_of: date | None, as_json: bool) -> None:
    """Show what is held of one site."""
    with open_services() as services, services.database.session() as session:
        document = _dossier(session, slug, as_of or services.clock.now().date())
    if as_json:
        print_json(document)
    else:
        _print_dossier(document)


def _dossier(session: Session, slug: str, day: date) -> dict[str, Any]:
    from heritage.policy.disclosure import public_point
    from heritage.sites import queries

    site = queries.get_site(session, slug)
    assert site.id is not None
    in_force = _in_force(site, day)
    in_danger = str(queries.danger_status(session, site.id, day)) if in_force else "no"
    point = public_point(site.lon, site.lat, site.disclosure, site.grid_km)
    periods = queries.danger_periods(session, site.id)
    return {
        "id_no": site.register_ref,
        "register": site.register,
        "slug": site.slug,
        "name": site.name,
        "names": [
            {"text": n.text, "language": n.language, "kind": str(n.kind)} for n in queries.names_of(session, site.id)
        ],
        "countries": site.states_parties,
        "states_note": site.states_note,
        "category": str(site.category),
        "inscribed": site.inscribed_year,
        "area_ha": site.area_ha,
        "in_force": in_force,
        "left_on": site.vanished_on,
        "as_of": day,
        "in_danger": in_danger,
        "danger_periods": [
            {
                "began": p.began_edtf,
                "from": [p.began_earliest, p.began_latest],
                "ended": p.ended_edtf or None,
                "until": [p.ended_earliest, p.ended_latest] if p.ended_earliest else None,
            }
            for p in periods
        ],
        "lon": point.lon if point else None,
        "lat": point.lat if point else None,
        "parts": len(queries.parts_of(session, site.id, as_of=day)),
        "conditions": [
            {"observed": c.observed_edtf, "state": str(c.state), "original_value": c.original_value, "part": c.part_id}
            for c in queries.conditions_of(session, site.id, as_of=day)
        ],
    }


def _in_force(site: Any, day: date) -> bool:
    listed = site.listed
    return (
        not listed.isempty
        and (listed.lower is None or listed.lower <= day)
        and (listed.upper is None or day < listed.upper)
    )


def _print_dossier(document: dict[str, Any]) -> None:
    for key, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            click.echo(f"{key}:")
            for item in value:
                click.echo("  " + ", ".join(f"{k} {_plain(v)}" for k, v in item.items() if v not in (None, "", [])))
        elif value not in (None, "", []):
            click.echo(f"{key}: {_plain(value)}")


def _plain(value: Any) -> str:
    return " … ".join(dict.fromkeys(map(str, value))) if isinstance(value, list) else str(value)


@sites.command()
@click.argument("import_id", type=NUMBER)
@json_option
def undo(import_id: int, as_json: bool) -> None:
    """Take an import back: what it changed is as before, what it added goes."""
    from heritage.flags.rules_file import load_rules
    from heritage.proximity.service import match_pending
    from heritage.sites import service

    with open_services() as services, services.database.session() as session:
        report = service.undo(session, import_id, now=services.clock.now())
        match_pending(session, load_rules(services.settings.rules_file()).reach_km)
        _record(services, session, "sites.undo-import", import_id)
    if as_json:
        print_json(report.as_json())
    else:
        click.echo(f"Import {import_id} was taken back: {report.changed} sites restored, {report.withdrawn} removed.")


@sites.command()
@click.option("--limit", type=LIMIT, default=20, show_default=True)
@json_option
def imports(limit: int, as_json: bool) -> None:
    """List what was imported, newest first, with the numbers that undo takes."""
    from heritage.audit.imports import list_runs

    with open_services() as services, services.database.session() as session:
        runs = list_runs(session, kind="sites", limit=limit)
    if as_json:
        fields = ("id", "source", "file_name", "release", "status", "added", "changed", "vanished", "refused")
        print_json({"count": len(runs), "imports": [{f: getattr(run, f) for f in fields} for run in runs]})
        return
    for run in runs:
        click.echo(
            f"{run.id:>6}  {run.finished_at:%Y-%m-%d %H:%M}  {run.source:<10} {run.release or '–':<10} {run.status:<7}"
            f" +{run.added} ~{run.changed} −{run.vanished}  {run.file_name}"
        )
