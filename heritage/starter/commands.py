"""`heritage starter`: a register and a week of reports to begin with."""

import click

from heritage.commandline import json_option, open_services, print_json
from heritage.progress import progress_option, working


@click.group()
def starter() -> None:
    """A small register and a week of May 2015, to begin with."""


@starter.command()
@click.option("--if-empty", is_flag=True, help="Do nothing when the register holds sites already.")
@json_option
@progress_option
def load(if_empty: bool, as_json: bool) -> None:
    """Take the starter set in; a second time changes nothing."""
    from heritage.flags.rules_file import load_rules
    from heritage.starter.load import is_empty, load_starter

    with open_services() as services, services.database.session() as session:
        if if_empty and not is_empty(session):
            click.echo("The register holds sites already; the starter set was left out.", err=True)
            return
        rules = load_rules(services.settings.rules_file())
        with working("Taking the starter set in"):
            report = load_starter(session, services.clock, reach_km=rules.reach_km).total()
    if as_json:
        print_json(report.as_json())
    else:
        click.echo(f"Starter set: {report.added} sites and reports added, {report.unchanged} were there already.")
