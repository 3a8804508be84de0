"""The clock: APScheduler under the leader's lock; it only puts due slots into the queue."""

import logging
import threading
from collections.abc import Sequence

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from heritage.db.engine import libpq_url
from heritage.scheduling.leader import Leadership, LeadershipLost, try_lead
from heritage.scheduling.service import Job, defer_due
from heritage.services import Services

log = logging.getLogger(__name__)

STANDBY_S = 2.0
PING_S = 2.0


def run_scheduler(
    services: Services,
    jobs: Sequence[Job],
    stop: threading.Event,
    *,
    standby_s: float = STANDBY_S,
    ping_s: float = PING_S,
) -> None:
    """Tick while leading, stand by while another process leads, until told to stop.

    Args:    jobs: the table of jobs.  stop: set it to end.  standby_s, ping_s: how often a standby asks for the lock,
             and a leader whether it still has it.
    """
    log.info("scheduler standing by")
    reached = True
    while not stop.is_set():
        leadership = None
        try:
            leadership = try_lead(libpq_url(services.database.app_url))
            reached = True
        except psycopg.OperationalError as error:
            # Once for each outage, not once for each try.
            if reached:
                log.warning("scheduler cannot reach the database: %s", str(error).strip().splitlines()[0])
            reached = False
        if leadership is None:
            stop.wait(standby_s)
            continue
        with leadership:
            try:
                _lead(services, jobs, leadership, stop, ping_s)
            except LeadershipLost as error:
                log.error("scheduler stops ticking and stands by again: %s", error)


def _lead(
    services: Services, jobs: Sequence[Job], leadership: Leadership, stop: threading.Event, ping_s: float
) -> None:
    log.info("scheduler leads")
    scheduler = make_scheduler(services, jobs, leadership)
    # Before the first firing: what was missed while nobody led.
    tick(services, jobs, leadership)
    scheduler.start()
    try:
        while not stop.wait(ping_s):
            leadership.check()
    finally:
        scheduler.shutdown(wait=True)


def make_scheduler(services: Services, jobs: Sequence[Job], leadership: Leadership) -> BackgroundScheduler:
    """A scheduler, not started, that ticks at every slot of every job.

    Late firings run late (no grace time), several missed ones run once: the ledger, not the firing, says which slots
    are due.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for job in jobs:
        if job.cadence is not None:
            scheduler.add_job(tick, job.cadence.trigger, args=(services, [job], leadership), id=job.name, name=job.name)
    return scheduler


def tick(services: Services, jobs: Sequence[Job], leadership: Leadership) -> None:
    """Put what is due into the queue; when the database fails now, the next firing makes up for it."""
    try:
        leadership.check()
        with services.database.session() as session:
            deferred = defer_due(session, jobs, services.clock.now())
    except LeadershipLost:
        return
    except SQLAlchemyError:
        log.exception("scheduler could not put due jobs into the queue")
        return
    for name, slot in deferred:
        log.info("job %s put into the queue for %s", name, slot.isoformat())
