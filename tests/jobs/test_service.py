"""The ledger: a slot is queued once, worked once, tried again after a failure, and taken up from the dead."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from apscheduler.triggers.cron import CronTrigger
from sqlmodel import Session, select

from heritage.core.clock import FixedClock
from heritage.core.errors import Conflict, InvalidInput, NotFound
from heritage.db.engine import libpq_url
from heritage.db.queue import enqueue
from heritage.scheduling import queries, service
from heritage.scheduling.domain import Cadence, CatchUp
from heritage.scheduling.models import JobRun, RunState
from heritage.scheduling.service import Job, JobCall, carry_out, defer_due, retry_run, take_up_stalled
from heritage.scheduling.worker import drain
from heritage.services import Services

NOW = datetime(2015, 5, 21, 12, 7, tzinfo=UTC)
HOURLY = Cadence(CronTrigger(minute=0, timezone="UTC"), CatchUp.EACH, timedelta(days=1))


def note(session: Session, call: JobCall) -> dict[str, Any]:
    """Work that can be counted afterwards: a line in a table of its own."""
    session.connection().execute(sa.text("insert into note values (:slot)"), {"slot": call.slot})
    return {"noted": True}


def fail(session: Session, call: JobCall) -> dict[str, Any]:
    note(session, call)
    raise InvalidInput("the rules file names no level")


def job(work: Any = note, name: str = "noting") -> Job:
    return Job(name, f"tests.{name}", HOURLY, work)


@pytest.fixture
def owned(services: Services) -> Services:
    """Services at seven past noon, with the table that the work notes itself in."""
    with psycopg.connect(libpq_url(services.database.owner_url)) as owner:
        owner.execute("create table note (slot timestamptz)")
        owner.execute("grant select, insert on note to public")
    return replace(services, clock=FixedClock(NOW))


def notes(services: Services) -> int:
    with services.database.session() as session:
        return int(session.connection().execute(sa.text("select count(*) from note")).scalar() or 0)


def runs(services: Services) -> list[JobRun]:
    with services.database.session() as session:
        return list(session.exec(select(JobRun).order_by(sa.text("id"))))


def begin_ledger(services: Services, jobs: list[Job], hours: int) -> None:
    with services.database.session() as session:
        service.defer_slot(session, jobs[0], NOW - timedelta(hours=hours, minutes=7), service.RunCause.SLOT, NOW)


def test_due_slots_are_queued_once_however_often_one_ticks(owned: Services) -> None:
    jobs = [job()]
    begin_ledger(owned, jobs, 2)
    for expected in (2, 0):
        with owned.database.session() as session:
            assert len(defer_due(session, jobs, NOW)) == expected
    assert len(runs(owned)) == 3


def test_worker_does_the_work_of_each_slot_once(owned: Services) -> None:
    jobs = [job()]
    begin_ledger(owned, jobs, 2)
    with owned.database.session() as session:
        defer_due(session, jobs, NOW)
    drain(owned, jobs)
    drain(owned, jobs)
    assert notes(owned) == 3
    assert {(run.status, run.attempts) for run in runs(owned)} == {(RunState.DONE, 1)}


def test_work_already_done_is_not_done_again_when_its_message_comes_back(owned: Services) -> None:
    jobs = [job()]
    begin_ledger(owned, jobs, 0)
    (run,) = runs(owned)
    for _ in range(2):
        carry_out(owned, jobs[0], worker="w", run_id=run.id)
    assert notes(owned) == 1


def test_failed_work_leaves_nothing_but_its_reason(owned: Services) -> None:
    jobs = [job(fail)]
    begin_ledger(owned, jobs, 0)
    with pytest.raises(InvalidInput):
        carry_out(owned, jobs[0], worker="w", run_id=runs(owned)[0].id)
    (run,) = runs(owned)
    assert (run.status, run.error) == (RunState.FAILED, "the rules file names no level")
    assert notes(owned) == 0


def test_worker_puts_a_first_failure_back_into_the_queue_for_later(owned: Services) -> None:
    jobs = [job(fail)]
    begin_ledger(owned, jobs, 0)
    drain(owned, jobs)
    (run,) = runs(owned)
    assert (run.status, run.attempts) == (RunState.DEFERRED, 1)
    with owned.database.session() as session:
        row = (
            session.connection()
            .execute(sa.text("select status, scheduled_at > now() as later from procrastinate_jobs"))
            .one()
        )
    assert (row.status, row.later) == ("todo", True)


def test_failed_run_can_be_tried_again_by_a_person_and_a_done_one_not(owned: Services) -> None:
    jobs = [job(fail)]
    begin_ledger(owned, jobs, 0)
    run_id = runs(owned)[0].id
    assert run_id is not None
    with pytest.raises(InvalidInput):
        carry_out(owned, jobs[0], worker="w", run_id=run_id)
    with owned.database.session() as session:
        retry_run(session, jobs, run_id)
    drain(owned, [job()])
    assert runs(owned)[0].status == RunState.DONE
    with pytest.raises(Conflict), owned.database.session() as session:
        retry_run(session, jobs, run_id)
    with pytest.raises(NotFound), owned.database.session() as session:
        retry_run(session, jobs, 999)


def test_work_that_another_part_enqueued_gets_a_row_of_its_own(owned: Services) -> None:
    jobs = [replace(job(), cadence=None)]
    with owned.database.session() as session:
        enqueue(session, jobs[0].task, place=3)
    drain(owned, jobs)
    (run,) = runs(owned)
    assert (run.cause, run.status, run.detail) == ("queue", "done", {"arguments": {"place": 3}, "noted": True})


def _die_at_work(services: Services, attempts: int = 0) -> None:
    """Leave the queue and the ledger as a worker does that was killed at its work."""
    with services.database.session() as session:
        run = session.connection()
        run.execute(sa.text("insert into procrastinate_workers (last_heartbeat) values (now() - interval '5 minutes')"))
        run.execute(
            sa.text(
                "update procrastinate_jobs set status = 'doing', attempts = :n,"
                " worker_id = (select max(id) from procrastinate_workers)"
            ),
            {"n": attempts},
        )
        run.execute(sa.text("update job_run set status = 'running', attempts = 1"))


def test_work_left_by_a_dead_worker_is_taken_up_once_and_done(owned: Services) -> None:
    jobs = [job()]
    begin_ledger(owned, jobs, 0)
    _die_at_work(owned)
    for expected in ((1, 0), (0, 0)):
        with owned.database.session() as session:
            assert take_up_stalled(session, NOW) == expected
    drain(owned, jobs)
    assert notes(owned) == 1
    assert (runs(owned)[0].status, runs(owned)[0].attempts) == (RunState.DONE, 2)


def test_of_work_that_waits_once_at_a_time_one_comes_back_and_none_where_one_waits(owned: Services) -> None:
    """Two dead workers were at the same work, and the queue holds one of it at a time: that must not block the rest."""
    with owned.database.session() as session:
        for _ in range(2):
            assert enqueue(session, "tests.noting", queueing_lock="noting") is not None
            session.connection().execute(sa.text("select procrastinate_fetch_job_v2(null, null)"))
        assert enqueue(session, "tests.other", queueing_lock="other") is not None
        session.connection().execute(sa.text("select procrastinate_fetch_job_v2(null, null)"))
        assert enqueue(session, "tests.other", queueing_lock="other") is not None
    with owned.database.session() as session:
        assert take_up_stalled(session, NOW) == (1, 0)
    with owned.database.session() as session:
        left = session.connection().execute(
            sa.text("select task_name, status::text, count(*) from procrastinate_jobs group by 1, 2 order by 1, 2")
        )
        assert [tuple(row) for row in left] == [
            ("tests.noting", "aborted", 1), ("tests.noting", "todo", 1),
            ("tests.other", "aborted", 1), ("tests.other", "todo", 1),
        ]  # fmt: skip


def test_work_of_a_living_worker_is_left_alone(owned: Services) -> None:
    begin_ledger(owned, [job()], 0)
    _die_at_work(owned)
    with owned.database.session() as session:
        session.connection().execute(sa.text("update procrastinate_workers set last_heartbeat = now()"))
    with owned.database.session() as session:
        assert take_up_stalled(session, NOW) == (0, 0)


def test_work_that_keeps_killing_its_workers_is_given_up_and_said_so(owned: Services) -> None:
    begin_ledger(owned, [job()], 0)
    _die_at_work(owned, attempts=4)
    with owned.database.session() as session:
        assert take_up_stalled(session, NOW) == (0, 1)
    (run,) = runs(owned)
    assert run.status == RunState.FAILED
    assert "Given up" in (run.error or "")


def test_a_job_that_waits_on_the_network_holds_no_transaction(owned: Services) -> None:
    seen: list[int] = []

    def outside(call: JobCall) -> dict[str, Any]:
        with call.services.database.session() as session:
            query = (
                "select count(*) from pg_stat_activity"
                " where state = 'idle in transaction' and datname = current_database()"
            )
            seen.append(int(session.connection().execute(sa.text(query)).scalar() or 0))
        return {}

    carry_out(owned, Job("calling", "tests.calling", outside=outside), worker="w")
    assert seen == [0]


def test_state_counts_hold_every_state(owned: Services) -> None:
    with owned.database.session() as session:
        assert queries.count_by_status(session) == {"deferred": 0, "running": 0, "done": 0, "failed": 0}
        assert queries.scheduler_present(session) is False
