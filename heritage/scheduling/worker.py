"""The worker: every task of the queue goes through the ledger, and what dead workers left is taken up."""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import procrastinate
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job as QueuedJob
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import SQLAlchemyError

from heritage.db.engine import libpq_url
from heritage.db.queue import procrastinate_app
from heritage.scheduling.service import DEAD_AFTER_S, MAX_ATTEMPTS, Job, carry_out, take_up_stalled
from heritage.services import Services

log = logging.getLogger(__name__)

FIRST_WAIT_S = 30
LONGEST_WAIT_S = 900
RESCUE_S = 15.0
RESTART_S = 3.0


@dataclass(frozen=True)
class Pace:
    """How soon, in seconds: a sign of life, taking a worker for dead, taking up its work, trying a failure again."""

    heartbeat_s: float = 10.0
    dead_after_s: float = DEAD_AFTER_S
    rescue_s: float = RESCUE_S
    first_wait_s: int = FIRST_WAIT_S


class BackOff(procrastinate.BaseRetryStrategy):
    """Try again after 30 s, 1, 2 and 4 minutes; the fifth failure is final."""

    def __init__(self, first_wait_s: int = FIRST_WAIT_S) -> None:
        self.first_wait_s = first_wait_s

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> procrastinate.RetryDecision | None:
        """When to try again, or None to give up."""
        if is_last_attempt(job.attempts):
            return None
        return procrastinate.RetryDecision(retry_in={"seconds": wait_s(job.attempts, self.first_wait_s)})


def is_last_attempt(attempts_before: int) -> bool:
    """Whether a run that was tried so often before has no further try."""
    return attempts_before >= MAX_ATTEMPTS - 1


def wait_s(attempts_before: int, first_wait_s: int = FIRST_WAIT_S) -> int:
    """Seconds to wait after a failure: doubling, bounded."""
    return int(min(first_wait_s * 2**attempts_before, LONGEST_WAIT_S))


def worker_name() -> str:
    """A name that tells machine and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def make_app(services: Services, jobs: Sequence[Job], *, first_wait_s: int = FIRST_WAIT_S) -> procrastinate.App:
    """A Procrastinate application with one task for each job.

    Args:    jobs: the table of jobs.  Returns: the application, closed.
    """
    connections = services.settings.worker_concurrency + 3
    app = procrastinate_app(libpq_url(services.database.app_url), connections=connections)
    for job in jobs:
        app.task(name=job.task, pass_context=True, retry=BackOff(first_wait_s))(_task(services, job))
    return app


def _task(services: Services, job: Job) -> Callable[..., None]:
    def run(context: procrastinate.JobContext, run_id: int | None = None, **arguments: Any) -> None:
        carry_out(
            services,
            job,
            worker=worker_name(),
            run_id=run_id,
            queue_id=context.job.id,
            arguments=arguments,
            last_attempt=is_last_attempt(context.job.attempts),
        )

    return run


def run_worker(services: Services, jobs: Sequence[Job], stop: threading.Event, *, pace: Pace = Pace()) -> None:
    """Carry out what is in the queue until told to stop; running jobs are finished first.

    Args:    jobs: the table of jobs.  stop: set it to end.  pace: how soon dead workers' jobs are taken up.
    """
    while not stop.is_set():
        try:
            asyncio.run(_serve(services, jobs, stop, pace))
        except (ProcrastinateException, PoolTimeout) as error:
            log.warning("worker lost the database and starts again: %s", error)
        stop.wait(RESTART_S)


def drain(services: Services, jobs: Sequence[Job]) -> None:
    """Carry out what is in the queue now and return: for tests and for one run by hand."""

    async def once() -> None:
        app = make_app(services, jobs)
        async with app.open_async():
            await app.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="successful")

    # In a thread of its own: the caller's thread may be running an event loop already.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, once()).result()


async def _serve(services: Services, jobs: Sequence[Job], stop: threading.Event, pace: Pace) -> None:
    app = make_app(services, jobs, first_wait_s=pace.first_wait_s)
    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                name=worker_name(),
                concurrency=services.settings.worker_concurrency,
                install_signal_handlers=False,
                delete_jobs="successful",
                update_heartbeat_interval=pace.heartbeat_s,
                stalled_worker_timeout=pace.dead_after_s,
            )
        )
        rescue = asyncio.create_task(_rescue_for_ever(services, pace))
        try:
            # A threading.Event cannot be awaited; a fifth of a second is soon enough to end.
            while not stop.is_set() and not worker.done():
                await asyncio.sleep(0.2)
        finally:
            rescue.cancel()
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await rescue
            with suppress(asyncio.CancelledError):
                await worker


async def _rescue_for_ever(services: Services, pace: Pace) -> None:
    while True:
        await asyncio.to_thread(rescue, services, pace.dead_after_s)
        await asyncio.sleep(pace.rescue_s)


def rescue(services: Services, dead_after_s: float = DEAD_AFTER_S) -> tuple[int, int]:
    """Put back what dead workers left; returns how many were put back and how many given up."""
    try:
        with services.database.session() as session:
            returned, given_up = take_up_stalled(session, services.clock.now(), dead_after_s=dead_after_s)
    except SQLAlchemyError:
        log.exception("worker could not look for jobs of dead workers")
        return 0, 0
    if returned or given_up:
        log.warning("jobs left by dead workers: %s put back, %s given up", returned, given_up)
    return returned, given_up
