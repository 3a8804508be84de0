"""Commands: run, web, scheduler, worker, and the ledger of jobs."""

import logging
from datetime import date
from typing import Any

import click

from heritage.commandline import DAY, NUMBER, configure_logging, json_option, open_services, print_json
from heritage.core.errors import InvalidInput
from heritage.services import Services

_host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_port = click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
_replay = click.option("--replay", type=DAY, help="Show the past: the pages' default day. No job runs.")


def _log_as_server(services: Services) -> None:
    configure_logging(services.settings.log_format, services.settings.log_level)
    # Their own words about every job and firing would drown ours; the ledger has them.
    for chatty in ("procrastinate", "apscheduler", "waitress", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # Each of its tries to reach a database that is gone; the worker says so once.
    logging.getLogger("psycopg").setLevel(logging.ERROR)


def _announce(address: str) -> None:
    click.echo(f"Heritage is running at {address}")


def _welcome(services: Services, address: str) -> None:
    """Where it runs and, on an embedded database without accounts, the link that makes the first administrator."""
    _announce(address)
    if not services.settings.embedded:
        return
    from heritage.accounts.service import By, first_link
    from heritage.audit.chain import AT_THE_MACHINE

    with services.database.session() as session:
        secret = first_link(session, By(AT_THE_MACHINE, services.clock.now()))
    if secret:
        click.echo(f"Make the first administrator, once, within 24 hours: {address}accounts/accept/{secret}")


@click.command()
@_host
@_port
@_replay
def run(host: str, port: int, replay: date | None) -> None:
    """Web, scheduler and worker in one process; Ctrl-C ends it."""
    from heritage.jobs import all_jobs
    from heritage.serving import serve_web

    with open_services(acts=replay is None) as services:
        _log_as_server(services)
        if replay:
            click.echo(f"Replay of {replay}: no job runs, nothing is written, nothing is sent.", err=True)
        serve_web(
            services,
            host=host,
            port=port,
            replay=replay,
            jobs=all_jobs(services.settings),
            announce=lambda address: _welcome(services, address),
        )


@click.command()
@_host
@_port
@_replay
def web(host: str, port: int, replay: date | None) -> None:
    """The pages alone; scheduler and worker run elsewhere."""
    from heritage.serving import serve_web

    with open_services(acts=replay is None) as services:
        _log_as_server(services)
        serve_web(services, host=host, port=port, replay=replay, announce=_announce)


@click.command()
def scheduler() -> None:
    """The clock alone: any number may stand by, one ticks."""
    from heritage.jobs import all_jobs
    from heritage.scheduling.scheduler import run_scheduler
    from heritage.serving import serve_part

    with open_services(acts=True) as services:
        _log_as_server(services)
        serve_part(run_scheduler, services, all_jobs(services.settings))


@click.command()
def worker() -> None:
    """Carry out jobs; any number may run, on any machine."""
    from heritage.jobs import all_jobs
    from heritage.scheduling.worker import run_worker
    from heritage.serving import serve_part

    with open_services(acts=True) as services:
        _log_as_server(services)
        serve_part(run_worker, services, all_jobs(services.settings))


@click.group()
def jobs() -> None:
    """The ledger of jobs: what ran, what waits, what failed."""


@jobs.command("list")
@click.option("--job", help="Only this job.")
@click.option("--status", type=click.Choice(["deferred", "running", "done", "failed"]), help="Only runs in this state.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def list_command(job: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """Runs of jobs, newest first."""
    from heritage.scheduling import queries

    with open_services() as services, services.database.session() as session:
        document: dict[str, Any] = {
            "scheduler": queries.scheduler_present(session),
            "workers": queries.workers_present(session),
            "counts": queries.count_by_status(session),
            "runs": [
                run.model_dump(mode="json") for run in queries.list_runs(session, job=job, status=status, limit=limit)
            ],
        }
    if as_json:
        print_json(document)
        return
    counts = ", ".join(f"{number} {state}" for state, number in document["counts"].items())
    click.echo(
        f"Scheduler: {'running' if document['scheduler'] else 'none'}. Workers: {document['workers']}. Runs: {counts}."
    )
    for line in document["runs"]:
        words = f"{line['id']:>6}  {line['job']:<16} {line['slot'][:19]}  {line['status']:<8} {line['error'] or ''}"
        click.echo(words.rstrip())


@jobs.command("run")
@click.argument("name")
@json_option
def run_command(name: str, as_json: bool) -> None:
    """Carry out one job here and now."""
    from heritage.jobs import all_jobs
    from heritage.scheduling.models import RunCause
    from heritage.scheduling.service import carry_out, find_job
    from heritage.scheduling.worker import worker_name

    with open_services(acts=True) as services:
        job = find_job(all_jobs(services.settings), name)
        if job.told or (job.cadence is None and job.work is None):
            raise InvalidInput(f"The job {name} has to be told what it is about; it runs from the queue only.")
        done = carry_out(services, job, worker=worker_name(), cause=RunCause.PERSON)
    if as_json:
        print_json(done.model_dump(mode="json"))
    else:
        click.echo(f"{name}: {', '.join(f'{key} {value}' for key, value in done.detail.items()) or 'done'}")


@jobs.command("retry")
@click.argument("run_id", type=NUMBER)
@json_option
def retry_command(run_id: int, as_json: bool) -> None:
    """Put a failed run into the queue again."""
    from heritage.jobs import all_jobs
    from heritage.scheduling.service import retry_run

    with open_services() as services, services.database.session() as session:
        again = retry_run(session, all_jobs(services.settings), run_id)
        document = again.model_dump(mode="json")
    if as_json:
        print_json(document)
    else:
        click.echo(f"Run {run_id} of {document['job']} waits in the queue again.")
