"""Use cases of the ledger: put due slots into the queue, carry out a run once, take up what a dead worker left."""

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from heritage.core.errors import N_, Conflict, HeritageError, NotFound
from heritage.db.queue import enqueue
from heritage.scheduling import queries
from heritage.scheduling.domain import Cadence, due_slots
from heritage.scheduling.models import JobRun, RunCause, RunState
from heritage.services import Services

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
# A worker gives a sign of life every ten seconds; one that missed three is taken for dead.
DEAD_AFTER_S = 30.0
_ERROR_LENGTH = 2000


@dataclass(frozen=True)
class JobCall:
    """What a job's function is handed: the world, the moment it is about, and what was asked for."""

    services: Services
    slot: datetime
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One line of the table of jobs.

    ``work`` gets the transaction in which the ledger says "done", so its effect and that word come together. A job that
    waits on the network has ``outside`` instead, which opens short transactions of its own and must be safe to repeat.
    ``told``: it needs arguments (which file, which letter), so nobody can run it by its name alone.
    """

    name: str
    task: str
    cadence: Cadence | None = None
    work: Callable[[Session, JobCall], dict[str, Any]] | None = None
    outside: Callable[[JobCall], dict[str, Any]] | None = None
    told: bool = False


def defer_due(session: Session, jobs: Sequence[Job], now: datetime) -> list[tuple[str, datetime]]:
    """Put every slot that is due and not in the ledger into the queue.

    Args:    jobs: the table of jobs.  now: aware UTC.
    Returns: (job, slot) of what was put in; a slot that another process was quicker with is not among them.
    """
    begins = queries.ledger_begins(session)
    deferred = []
    for job in jobs:
        if job.cadence is None:
            continue
        waiting = queries.is_waiting(session, job.name, now - job.cadence.max_age)
        slots = due_slots(job.cadence, queries.newest_slot(session, job.name), begins, waiting, now)
        deferred += [
            (job.name, slot) for slot in slots if defer_slot(session, job, slot, RunCause.SLOT, now) is not None
        ]
    return deferred


def defer_slot(session: Session, job: Job, slot: datetime, cause: RunCause, now: datetime) -> int | None:
    """Put one slot of one job into the ledger and the queue, in one transaction.

    Returns: the run's number; None when the ledger has that slot already.
    """
    run_id = _insert_run(session, job=job.name, slot=slot, cause=cause, deferred_at=now)
    if run_id is not None:
        enqueue(session, job.task, lock=f"{job.name} {slot.isoformat()}", run_id=run_id)
    return run_id


def retry_run(session: Session, jobs: Sequence[Job], run_id: int) -> JobRun:
    """Put a failed run into the queue again.

    Raises:  NotFound for an unknown number; Conflict when the run has not failed.
    """
    run = queries.get_run(session, run_id)
    session.refresh(run, with_for_update=True)
    if run.status != RunState.FAILED:
        raise Conflict(
            N_("Run %(run_id)s of %(job)s is %(status)s; only a failed run can be tried again."),
            run_id=run_id,
            job=run.job,
            status=run.status,
        )
    job = find_job(jobs, run.job)
    run.status = RunState.DEFERRED
    run.queue_id = None
    session.add(run)
    enqueue(
        session,
        job.task,
        lock=f"{job.name} {run.slot.isoformat()}",
        **{**run.detail.get("arguments", {}), "run_id": run_id},
    )
    return run


def prune_runs(session: Session, before: datetime) -> int:
    """Forget runs that ended before a moment; the newest slot of each job stays, because catching up begins with it.

    Returns: how many were forgotten.
    """
    newest = select(sa.func.max(JobRun.id)).group_by(col(JobRun.job), col(JobRun.cause))
    ended = col(JobRun.status).in_([RunState.DONE, RunState.FAILED])
    old = sa.delete(JobRun).where(ended, col(JobRun.deferred_at) < before, col(JobRun.id).not_in(newest))
    return int(session.connection().execute(old).rowcount)


def find_job(jobs: Sequence[Job], name: str) -> Job:
    """The job of that name, or NotFound with the names there are."""
    for job in jobs:
        if job.name == name:
            return job
    raise NotFound(
        N_("There is no job %(name)s. Jobs: %(known)s."), name=name, known=", ".join(job.name for job in jobs)
    )


def carry_out(
    services: Services,
    job: Job,
    *,
    worker: str,
    run_id: int | None = None,
    queue_id: int | None = None,
    cause: RunCause = RunCause.QUEUE,
    arguments: Mapping[str, Any] | None = None,
    last_attempt: bool = True,
) -> JobRun:
    """Do the work of one run, once.

    Args:    run_id: the ledger's row; without one, a row is made, found again by ``queue_id``.  last_attempt: whether a
             failure is final.
    Returns: the ledger's row, done; the work is not done again when it was done already.
    Raises:  whatever the work raised, after the ledger has it.
    """
    arguments = dict(arguments or {})
    with services.database.session() as session:
        run = _begin(session, services, job, worker, run_id, queue_id, cause, arguments)
        assert run.id is not None
        run_id, done = run.id, run.status == RunState.DONE
    if done:
        return run
    try:
        return _work(services, job, run_id, arguments)
    except Exception as error:
        with services.database.session() as session:
            _mark_failed(session, run_id, error, services.clock.now(), final=last_attempt)
        raise


def _begin(
    session: Session, services: Services, job: Job, worker: str, run_id: int | None, queue_id: int | None,
    cause: RunCause, arguments: dict[str, Any],
) -> JobRun:  # fmt: skip
    now = services.clock.now()
    if run_id is None:
        detail = {"arguments": arguments} if arguments else {}
        run_id = _insert_run(
            session, job=job.name, slot=now, cause=cause, deferred_at=now, queue_id=queue_id, detail=detail
        )
    by = JobRun.queue_id == queue_id if run_id is None else JobRun.id == run_id
    run = session.exec(select(JobRun).where(by).with_for_update()).one_or_none()
    if run is None:
        raise NotFound(
            N_("The ledger of jobs has no run for %(name)s (%(value)s)."), name=job.name, value=run_id or queue_id
        )
    if run.status != RunState.DONE:
        run.status, run.worker, run.started_at = RunState.RUNNING, worker, now
        run.attempts += 1
        session.add(run)
    return run


def _work(services: Services, job: Job, run_id: int, arguments: dict[str, Any]) -> JobRun:
    if job.outside is not None:
        with services.database.session() as session:
            call = JobCall(services, queries.get_run(session, run_id).slot, arguments)
        detail = job.outside(call)
        with services.database.session() as session:
            return _mark_done(session, queries.get_run(session, run_id), detail, services.clock.now())
    assert job.work is not None
    with services.database.session() as session:
        # The row's lock keeps two workers from the same run, the advisory one from two runs of the same job at once.
        run = session.exec(select(JobRun).where(JobRun.id == run_id).with_for_update()).one()
        if run.status == RunState.DONE:
            return run
        session.connection().execute(
            sa.text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"job {job.name}"}
        )
        detail = job.work(session, JobCall(services, run.slot, arguments))
        return _mark_done(session, run, detail, services.clock.now())


def _insert_run(session: Session, **values: Any) -> int | None:
    statement = (
        insert(JobRun)
        .values(**{"status": RunState.DEFERRED.value, "attempts": 0, "detail": {}} | values)
        .on_conflict_do_nothing()
        .returning(col(JobRun.id))
    )
    return session.connection().execute(statement).scalar_one_or_none()


def _mark_done(session: Session, run: JobRun, detail: dict[str, Any], now: datetime) -> JobRun:
    run.status, run.finished_at, run.error = RunState.DONE, now, None
    run.detail = {**run.detail, **detail}
    session.add(run)
    session.flush()
    return run


def _mark_failed(session: Session, run_id: int, error: Exception, now: datetime, *, final: bool) -> None:
    run = session.exec(select(JobRun).where(JobRun.id == run_id).with_for_update()).one()
    run.status = RunState.FAILED if final else RunState.DEFERRED
    run.finished_at = now
    run.error = _words(error)
    session.add(run)
    log.error("job %s failed (run %s, attempt %s): %s", run.job, run_id, run.attempts, run.error)


def _words(error: Exception) -> str:
    """A sentence for the page: a message written for users as it is, anything else with its kind and place."""
    if isinstance(error, HeritageError):
        return str(error)[:_ERROR_LENGTH]
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({frame.name}, line {frame.lineno})"[:_ERROR_LENGTH]


def take_up_stalled(session: Session, now: datetime, *, dead_after_s: float = DEAD_AFTER_S) -> tuple[int, int]:
    """Return to the queue what a dead worker left ``doing``; give up on work that keeps killing its workers.

    Of work that waits once at a time, only one comes back, and none where one waits already: that one does it all.

    Args:    now: aware UTC, for the ledger.  dead_after_s: a worker without a sign of life for so long is dead.
    Returns: how many were put back, and how many were given up after MAX_ATTEMPTS.
    Source:  Procrastinate forgets dead workers by itself, but leaves their jobs as they are.
    """
    connection = session.connection()
    stalled = connection.execute(_STALLED, {"dead": dead_after_s}).all()
    over = [job.id for job in stalled if job.attempts >= MAX_ATTEMPTS - 1]
    waiting = set(connection.execute(_WAITING).scalars())
    again: list[int] = []
    merged: list[int] = []
    for job in stalled:
        if job.id in over:
            continue
        (merged if job.queueing_lock in waiting else again).append(job.id)
        if job.queueing_lock is not None:
            waiting.add(job.queueing_lock)
    connection.execute(_RETRY, {"ids": again})
    connection.execute(_FINISH, {"ids": over, "end": "failed"})
    connection.execute(_FINISH, {"ids": merged, "end": "aborted"})
    if over:
        _end_runs_of(session, over, now, "failed", f"Given up after {MAX_ATTEMPTS} workers ended while at it.")
    if merged:
        _end_runs_of(session, merged, now, "done", None)
    return len(again), len(over)


# Rows are locked, and skipped when locked, so that two workers never take up the same one twice.
_STALLED = sa.text(
    "select job.id, job.attempts, job.queueing_lock from procrastinate_jobs job"
    " left join procrastinate_workers w on w.id = job.worker_id where job.status = 'doing'"
    " and (w.id is null or w.last_heartbeat < clock_timestamp() - make_interval(secs => :dead))"
    " order by job.id for update of job skip locked"
)
_WAITING = sa.text("select queueing_lock from procrastinate_jobs where status = 'todo' and queueing_lock is not null")
_RETRY = sa.text(
    "select procrastinate_retry_job_v2(id, now(), null, null, null) from unnest(cast(:ids as bigint[])) as id"
)
_FINISH = sa.text(
    "select procrastinate_finish_job_v1(id, cast(:end as procrastinate_job_status), false)"
    " from unnest(cast(:ids as bigint[])) as id"
)


def _end_runs_of(session: Session, queue_ids: list[int], now: datetime, status: str, error: str | None) -> None:
    statement = sa.text(
        "update job_run set status = :status, finished_at = :now, error = :error where status <> 'done'"
        " and (queue_id = any(:ids)"
        " or id in (select (args->>'run_id')::bigint from procrastinate_jobs where id = any(:ids)))"
    )
    session.connection().execute(statement, {"now": now, "ids": queue_ids, "error": error, "status": status})
