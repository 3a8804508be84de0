"""`heritage users`: the first administrator, invitations, the list, disabling, lost second factors."""

from datetime import timedelta
from typing import Any

import click

from heritage.audit.chain import AT_THE_MACHINE
from heritage.commandline import json_option, open_services, print_json
from heritage.services import Services

ROLES = (
    "subscriber", "field_reporter", "analyst", "emergency_officer", "directorate", "registrar", "administrator",
)  # fmt: skip


@click.group()
def users() -> None:
    """People who may sign in."""


def _shown(services: Services, secret: str, hours: int, as_json: bool) -> None:
    link = f"{services.settings.public_url.rstrip('/')}/accounts/accept/{secret}"
    if as_json:
        print_json({"link": link, "valid_hours": hours})
    else:
        click.echo(f"This link works once, within {hours} hours: {link}")


@users.command("create-admin")
@click.argument("address", required=False)
@json_option
def create_admin(address: str | None, as_json: bool) -> None:
    """Print a one-time link that makes an administrator; with ADDRESS the account is for it."""
    from heritage.accounts import service

    with open_services() as services, services.database.session() as session:
        by = service.By(AT_THE_MACHINE, services.clock.now())
        bounds = service.Bounds.of(["administrator"])
        secret = service.invite(session, by, address, bounds, lasts=timedelta(hours=24))
        _shown(services, secret, 24, as_json)


@users.command()
@click.argument("address")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="Any number of times.")
@click.option("--country", "countries", multiple=True, help="Two-letter code; needed for a directorate.")
@click.option("--institution", "institutions", multiple=True, help="Needed for a registrar.")
@json_option
def invite(
    address: str, roles: tuple[str, ...], countries: tuple[str, ...], institutions: tuple[str, ...], as_json: bool
) -> None:
    """Print an invitation's link, to be handed over."""
    from heritage.accounts import service

    with open_services() as services, services.database.session() as session:
        by = service.By(AT_THE_MACHINE, services.clock.now())
        secret = service.invite(session, by, address, service.Bounds.of(roles, countries, institutions))
        _shown(services, secret, 24 * 7, as_json)


@users.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Accounts by name."""
    from heritage.accounts.queries import list_accounts

    with open_services() as services, services.database.session() as session:
        lines: list[dict[str, Any]] = [
            {
                "id": account.id,
                "name": account.name,
                "address": account.email,
                "roles": sorted(role.name for role in account.roles),
                "countries": account.countries,
                "institutions": account.institutions,
                "active": account.active,
                "second_factor": account.has_second_factor,
            }
            for account in list_accounts(session)
        ]
    if as_json:
        print_json({"count": len(lines), "users": lines})
        return
    for line in lines:
        state = "" if line["active"] else "  disabled"
        click.echo(f"{line['id']:>5}  {line['name']}  {line['address']}  {', '.join(line['roles'])}{state}")


def _found(session: Any, address: str) -> int:
    from heritage.accounts.queries import find_by_address
    from heritage.core.errors import NotFound

    account = find_by_address(session, address)
    if account is None or account.id is None:
        raise NotFound("There is no account with this address.")
    return account.id


@users.command()
@click.argument("address")
def disable(address: str) -> None:
    """Let an account sign in no more; it is signed out everywhere."""
    from heritage.accounts import service

    with open_services() as services, services.database.session() as session:
        service.disable(session, service.By(AT_THE_MACHINE, services.clock.now()), _found(session, address))
    click.echo("The account is disabled.")


@users.command("reset-mfa")
@click.argument("address")
def reset_mfa(address: str) -> None:
    """Take away second factors and recovery codes, so that the account sets up new ones."""
    from heritage.accounts import service

    with open_services() as services, services.database.session() as session:
        service.reset_mfa(session, service.By(AT_THE_MACHINE, services.clock.now()), _found(session, address))
    click.echo("The second factors are gone.")
