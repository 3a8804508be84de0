"""Commands: `heritage artefacts list`, `import` and `institutions`."""

from pathlib import Path

import click

from heritage.commandline import LIMIT, json_option, open_services, print_json
from heritage.progress import progress_option, working

SHOWN_REFUSALS = 20


@click.group()
def artefacts() -> None:
    """What was carried to safety and what stays: codes, never places."""


@artefacts.command("list")
@click.option("--site", help="Only of this site, by its address name.")
@click.option("--institution", help="Only of this institution, by its code.")
@click.option("--limit", type=LIMIT, default=1_000_000, show_default=True, help="The most to print.")
@json_option
def list_command(site: str | None, institution: str | None, limit: int, as_json: bool) -> None:
    """Codes, kinds and sites of what is kept."""
    from heritage.artefacts import queries
    from heritage.core.errors import NotFound
    from heritage.sites.queries import get_site

    with open_services() as services, services.database.session() as session:
        house = queries.find_institution(session, institution) if institution else None
        if institution and house is None:
            raise NotFound(f"There is no institution {institution}.")
        slug = get_site(session, site).slug if site else None
        wanted = queries.Filter(institutions=[house.id or 0] if house else None, site=slug)
        rows = queries.list_artefacts(session, wanted, limit=limit)
        total = queries.count_artefacts(session, wanted)
        found = [{"code": row.artefact.code, "kind": row.artefact.kind.value, "site": row.site} for row in rows]
    if as_json:
        print_json({"count": total, "artefacts": found})
        return
    for one in found:
        click.echo(f"{one['code']}  {one['kind']:<10} {one['site'] or '–'}")
    click.echo(f"{total} kept.")


@artefacts.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--institution", required=True, help="Whose objects they are, by its code.")
@click.option("--mapping", type=click.Path(path_type=Path), help='A TOML file: field = "column", a line each.')
@click.option("--dry-run", is_flag=True, help="Only say what would change; write nothing.")
@json_option
@progress_option
def import_command(file: Path, institution: str, mapping: Path | None, dry_run: bool, as_json: bool) -> None:
    """Take a list of objects from CSV or XLSX: good rows in one transaction, the others refused with the reason."""
    # Readers load openpyxl, which `heritage artefacts list` does not need.
    from heritage.artefacts import importing, queries, service
    from heritage.audit.chain import AT_THE_MACHINE
    from heritage.core.errors import NotFound
    from heritage.db.models import metadata

    # An object points to tables of other features, which nothing here has loaded.
    metadata()
    chosen = importing.load_mapping(mapping) if mapping else None
    with open_services() as services, services.database.session() as session:
        house = queries.find_institution(session, institution)
        if house is None:
            known = ", ".join(each.code for each in queries.list_institutions(session)) or "none"
            raise NotFound(
                f"There is no institution {institution}. Known: {known}. "
                "Add it with: heritage artefacts institutions add CODE NAME"
            )
        started_at = services.clock.now()
        with working(f"Reading {file.name}"):
            found = importing.compare(session, house, importing.open_list(file, chosen))
        report = found.report(dry_run=True)
        if not dry_run:
            hand = service.Hand(AT_THE_MACHINE, services.clock.now())
            with working("Writing the objects"):
                _, report = importing.take(session, hand, house, found, started_at=started_at)
    if as_json:
        print_json(report.as_json())
        return
    for name in ("read", "added", "changed", "unchanged", "refused"):
        click.echo(f"{name:<10} {getattr(report, name):>8}")
    for one in report.refusals[:SHOWN_REFUSALS]:
        click.echo(f"Row {one.row}, {one.field or 'the whole row'}: {one.reason}")
    if dry_run:
        click.echo("Nothing was written.")


@artefacts.group()
def institutions() -> None:
    """Who holds objects; registrars are bound to theirs by its code or name."""


@institutions.command("list")
@json_option
def list_institutions_command(as_json: bool) -> None:
    """Codes and names."""
    from heritage.artefacts import queries

    with open_services() as services, services.database.session() as session:
        found = [
            {"code": each.code, "name": each.name, "country": each.country}
            for each in queries.list_institutions(session)
        ]
    if as_json:
        print_json({"count": len(found), "institutions": found})
        return
    for one in found:
        click.echo(f"{one['code']:<30} {one['name']}")


@institutions.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--country", help="Two-letter code; a directorate of that country sees the list.")
@json_option
def add_institution_command(code: str, name: str, country: str | None, as_json: bool) -> None:
    """Keep an institution."""
    from heritage.artefacts import service
    from heritage.audit.chain import AT_THE_MACHINE

    with open_services() as services, services.database.session() as session:
        hand = service.Hand(AT_THE_MACHINE, services.clock.now())
        made = service.add_institution(session, hand, code, name, country)
        told = {"code": made.code, "name": made.name, "country": made.country}
    if as_json:
        print_json(told)
    else:
        click.echo(f"{told['code']} is kept. Invite registrars with: heritage users invite … --institution {code}")
