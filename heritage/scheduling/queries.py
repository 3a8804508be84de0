"""Reads of the job ledger."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.core.errors import N_, NotFound
from heritage.scheduling.leader import SCHEDULER_LOCK
from heritage.scheduling.models import JobRun, RunCause, RunState


def list_runs(session: Session, *, job: str | None = None, status: str | None = None, limit: int = 100) -> list[JobRun]:
    """The newest runs first, of one job or in one state when asked."""
    query = select(JobRun).order_by(col(JobRun.deferred_at).desc(), col(JobRun.id).desc()).limit(limit)
    if job:
        query = query.where(JobRun.job == job)
    if status:
        query = query.where(JobRun.status == status)
    return list(session.exec(query))


def get_run(session: Session, run_id: int) -> JobRun:
    """One run, or NotFound."""
    run = session.get(JobRun, run_id)
    if run is None:
        raise NotFound(N_("There is no run %(run_id)s in the ledger of jobs."), run_id=run_id)
    return run


def newest_slot(session: Session, job: str) -> datetime | None:
    """The newest slot that the schedule put into the queue for a job."""
    query = select(sa.func.max(JobRun.slot)).where(JobRun.job == job, JobRun.cause == RunCause.SLOT)
    return session.exec(query).one()


def ledger_begins(session: Session) -> datetime | None:
    """When the first run of any job was put into the queue; its slot may be of long before."""
    return session.exec(select(sa.func.min(JobRun.deferred_at))).one()


def is_waiting(session: Session, job: str, since: datetime) -> bool:
    """Whether a run deferred since then has not started yet."""
    query = select(JobRun.id).where(
        JobRun.job == job, JobRun.status == RunState.DEFERRED, col(JobRun.deferred_at) >= since
    )
    return session.exec(query.limit(1)).first() is not None


def count_by_status(session: Session) -> dict[str, int]:
    """How many runs are in each state; every state is there."""
    query = select(JobRun.status, sa.func.count()).group_by(col(JobRun.status))
    found = {row[0]: row[1] for row in session.exec(query)}
    return {state.value: found.get(state.value, 0) for state in RunState}


def tasks_under_way(session: Session) -> set[str]:
    """The tasks that are carried out or due, by name; what a person asked for is in no ledger before it begins."""
    query = "select distinct task_name from procrastinate_jobs where status in ('todo', 'doing')"
    rows = session.execute(sa.text(f"{query} and (scheduled_at is null or scheduled_at <= now())"))
    return {row[0] for row in rows}


def oldest_waiting_s(session: Session, now: datetime) -> float:
    """How long the oldest run that waits has waited; 0 when none waits."""
    query = select(sa.func.min(JobRun.deferred_at)).where(JobRun.status == RunState.DEFERRED)
    oldest = session.exec(query).one()
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def scheduler_present(session: Session) -> bool:
    """Whether some process holds the scheduler's lock on this database right now."""
    query = sa.text(
        "select exists (select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 1"
        " and database = (select oid from pg_database where datname = current_database())"
        " and classid = 0 and objid = :key)"
    )
    return bool(session.connection().execute(query, {"key": SCHEDULER_LOCK}).scalar())


def workers_present(session: Session, within_s: float = 60.0) -> int:
    """How many workers gave a sign of life lately."""
    query = sa.text(
        "select count(*) from procrastinate_workers where last_heartbeat > now() - make_interval(secs => :s)"
    )
    return int(session.connection().execute(query, {"s": within_s}).scalar() or 0)
