"""Commands: ``heritage feeds list``, ``run``, ``health``, ``pause`` and ``resume``."""

import sys
from typing import Any

import click

from heritage.commandline import json_option, open_services, print_json
from heritage.progress import progress_option, working
from heritage.services import Services


@click.group()
def feeds() -> None:
    """Live sources of reports: ask them, and see how fresh they are."""


def _health(services: Services) -> list[dict[str, Any]]:
    from heritage.feeds.queries import list_health
    from heritage.feeds.registry import list_live
    from heritage.feeds.report import health_as_json
    from heritage.incidents.queries import latest_event_days

    with services.database.session() as session:
        known = list_live(services.settings.feeds_file())
        found = list_health(session, known, latest_event_days(session), services.clock.now())
        return [health_as_json(each) for each in found]


@feeds.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """The live feeds, with cadence and whether they are switched on."""
    with open_services() as services:
        found = _health(services)
    names = ("feed", "title", "brings", "enabled", "paused", "every_minutes", "base_url", "attribution", "health")
    rows = [{name: each[name] for name in names} for each in found]
    if as_json:
        print_json({"count": len(rows), "feeds": rows})
        return
    for row in rows:
        on = "paused" if row["paused"] else "on" if row["enabled"] else "off"
        click.echo(f"{row['feed']:<16} {on:<7} every {row['every_minutes']} min  {row['health']:<12} {row['title']}")


@feeds.command("health")
@json_option
def health_command(as_json: bool) -> None:
    """How far each feed's silence can be trusted, and the open alarms."""
    from heritage.feeds.alarms import list_alarms
    from heritage.feeds.report import alarm_as_json

    with open_services() as services:
        found = _health(services)
        with services.database.session() as session:
            alarms = [alarm_as_json(alarm) for alarm in list_alarms(session, only_open=True)]
        document = {"at": services.clock.now().isoformat(), "feeds": found, "alarms": alarms}
    if as_json:
        print_json(document)
        return
    for each in found:
        newest = f"newest event {each['newest_event_on']}" if each["newest_event_on"] else "no event held"
        since = f", not known since {each['not_known_since']}" if each["not_known_since"] else ""
        click.echo(
            f"{each['feed']:<16} {each['health']:<12} last good run {each['last_good_at'] or 'never'}, {newest}{since}"
        )
        if each["error"]:
            click.echo(f"{'':<16} {each['error']}")
    for alarm in alarms:
        click.echo(f"Alarm since {alarm['opened_at'][:16]}: {alarm['kind']} {alarm['feed'] or ''}: {alarm['detail']}")


@feeds.command("run")
@click.argument("name")
@json_option
@progress_option
def run_command(name: str, as_json: bool) -> None:
    """Ask one feed here and now, and take what it has."""
    from heritage.core.errors import Conflict
    from heritage.feeds.fetching import NotNow
    from heritage.feeds.queries import list_runs
    from heritage.feeds.registry import get_live
    from heritage.feeds.report import run_as_json
    from heritage.feeds.service import run_feed
    from heritage.incidents.service import import_events

    with open_services(acts=True) as services:
        feed = get_live(name, services.settings.feeds_file())
        try:
            with working(f"Asking {name}"):
                run = run_feed(services, feed, import_events, by_hand=True)
        except NotNow:
            # The record says it better; the queue would try again, a person decides.
            with services.database.session() as session:
                run = list_runs(session, feed=name, limit=1)[0]
        if run is None:
            raise Conflict(f"Another process is asking {name} right now.")
        document = run_as_json(run)
    if as_json:
        print_json(document)
    else:
        _print_run(document)
    if document["outcome"] not in ("good", "unchanged"):
        sys.exit(1)


def _print_run(run: dict[str, Any]) -> None:
    click.echo(f"{run['feed']}: {run['outcome']} after {run['asked']} requests in {run['duration_s']} s")
    for name in ("received", "taken", "changed", "unchanged", "withdrawn", "refused"):
        click.echo(f"  {name:<10} {run[name]:>8}")
    for reason, number in run["left_out"].items():
        click.echo(f"  left out   {number:>8}  {reason}")
    for refusal in run["reasons"][:10]:
        click.echo(f"  Row {refusal['row']}, {refusal['field'] or 'the whole row'}: {refusal['reason']}")
    for note in run["notes"]:
        click.echo(f"  Note: {note}")
    if run["embargo"]:
        click.echo(f"  The source withholds what is newer than {run['known_until']} ({run['embargo']}).")
    if run["quarantined"]:
        click.echo(f"  What was received is kept in {run['quarantined']}, under HERITAGE_VAR.")
    if run["error"]:
        click.echo(f"Error: {run['error']}", err=True)


@feeds.command("runs")
@click.argument("name", required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def runs_command(name: str | None, limit: int, as_json: bool) -> None:
    """The newest runs, of one feed or of all."""
    from heritage.feeds.queries import list_runs
    from heritage.feeds.registry import get_live
    from heritage.feeds.report import run_as_json

    with open_services() as services, services.database.session() as session:
        if name is not None:
            get_live(name, services.settings.feeds_file())
        rows = [run_as_json(run) for run in list_runs(session, feed=name, limit=limit)]
    if as_json:
        print_json({"count": len(rows), "runs": rows})
        return
    if not rows:
        click.echo("No run yet.")
    for row in rows:
        counts = f"{row['taken']} new, {row['changed']} changed, {row['withdrawn']} withdrawn, {row['refused']} refused"
        click.echo(f"{row['id']:>6}  {row['started_at'][:19]}  {row['feed']:<12} {row['outcome']:<12} {counts}")


@feeds.command("pause")
@click.argument("name")
def pause_command(name: str) -> None:
    """Leave a feed alone until it is resumed."""
    _set_paused(name, True)


@feeds.command("resume")
@click.argument("name")
def resume_command(name: str) -> None:
    """Ask a paused feed again."""
    _set_paused(name, False)


def _set_paused(name: str, paused: bool) -> None:
    from heritage.audit import chain
    from heritage.feeds.registry import get_live
    from heritage.feeds.service import set_paused

    with open_services(acts=True) as services, services.database.session() as session:
        set_paused(session, get_live(name, services.settings.feeds_file()), paused)
        action = "feeds.pause" if paused else "feeds.resume"
        chain.append(
            session, at=services.clock.now(), actor=chain.AT_THE_MACHINE, action=action, subject=f"feed:{name}"
        )
    click.echo(f"{name} is {'paused' if paused else 'asked again at its next turn'}.")
