"""Commands: webhooks secret, webhooks test."""

import click

from heritage.commandline import json_option, open_services, print_json


@click.group()
def webhooks() -> None:
    """Addresses of other programs that messages are posted to."""


@webhooks.command("secret")
@click.argument("url")
@json_option
def secret(url: str, as_json: bool) -> None:
    """What messages to URL are signed with, for whoever receives them there."""
    from heritage.channels.webhook import check_url, signing_secret

    with open_services(schema="ignore") as services:
        check_url(url, services.settings.webhook_trusted)
        found = signing_secret(url, services.settings)
    if as_json:
        print_json({"secret": found})
    else:
        click.echo(found)


@webhooks.command("test")
@click.argument("url")
@json_option
def test(url: str, as_json: bool) -> None:
    """Post a message marked as a test to URL, once, and say what came of it."""
    from heritage.channels.base import DeliveryFailure, Message, Recipient
    from heritage.core.errors import Unavailable

    with open_services(schema="ignore") as services:
        words = "This is a test. Nothing in it is happening."
        key = f"webhook test {services.clock.now().isoformat()}"
        try:
            identity = services.channels["webhook"].send(Message(key, "Test", words, kind="test"), Recipient(url))
        except DeliveryFailure as failure:
            raise Unavailable(f"Not delivered. {failure}") from failure
    if as_json:
        print_json({"identity": identity})
    else:
        click.echo(f"Taken as {identity}.")
