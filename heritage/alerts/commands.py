"""Command: digest."""

from datetime import date

import click

from heritage.commandline import DAY, json_option, open_services, print_json


@click.command()
@click.option("--as-of", type=DAY, help="The day of the summary; today by default.")
@click.option("--since", type=DAY, help="The day it is compared with; the day before by default.")
@click.option("--known-on", type=DAY, help="Use what was known by the end of this day; the day itself by default.")
@click.option("--to", "address", help="Also send it to this address.")
@click.option("--lang", "language", default="en", show_default=True, type=click.Choice(["en", "fr", "ar"]))
@json_option
def digest(
    as_of: date | None, since: date | None, known_on: date | None, address: str | None, language: str, as_json: bool
) -> None:
    """The summary of a day: what rose, what burns, what eased, what is quiet."""
    from heritage.alerts import service
    from heritage.flags.service import load_rules

    with open_services() as services:
        day = as_of or services.clock.now().date()
        rules = load_rules(services.settings.rules_file())
        with services.database.session() as session:
            summary = service.summarise(session, rules, as_of=day, since=since, known_on=known_on)
        if address is not None:
            # First, so that a document on stdout always means that all went well.
            service.send_by_hand(services, summary, address)
            click.echo(
                "Handed to the mail server." if services.settings.smtp_url else "Written to the mail folder.", err=True
            )
        if as_json:
            print_json(service.as_data(summary))
        else:
            click.echo(service.render(summary, services.settings, language=language).text, nl=False)
