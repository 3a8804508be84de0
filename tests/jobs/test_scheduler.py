"""The firings: at which moments the real table of jobs is looked at, by the triggers' own arithmetic."""

from datetime import UTC, datetime, timedelta

import pytest

from heritage.db.engine import Database, libpq_url
from heritage.jobs import JOBS
from heritage.scheduling.leader import Leadership, try_lead
from heritage.scheduling.scheduler import make_scheduler, tick
from heritage.scheduling.worker import is_last_attempt, wait_s
from heritage.services import Services

CADENCES = {job.name: job.cadence for job in JOBS if job.cadence is not None}


def next_slot(name: str, now: datetime) -> datetime:
    slot = CADENCES[name].trigger.get_next_fire_time(None, now)
    assert slot is not None
    return slot


def test_levels_are_decided_at_every_quarter_of_an_hour() -> None:
    now = datetime(2015, 5, 21, 12, 7, tzinfo=UTC)
    assert next_slot("evaluate", now) == datetime(2015, 5, 21, 12, 15, tzinfo=UTC)


def test_the_summary_is_written_at_five_in_the_morning_utc_on_every_day() -> None:
    now = datetime(2015, 5, 21, 5, 0, 1, tzinfo=UTC)
    assert next_slot("daily_summary", now) == datetime(2015, 5, 22, 5, tzinfo=UTC)


def test_names_and_tasks_of_jobs_are_unique() -> None:
    assert len({job.name for job in JOBS}) == len({job.task for job in JOBS}) == len(JOBS)
    assert all((job.work is None) != (job.outside is None) for job in JOBS)


@pytest.fixture
def leadership(database: Database) -> Leadership:
    held = try_lead(libpq_url(database.app_url))
    assert held is not None
    return held


def test_firings_are_late_rather_than_lost(services: Services, leadership: Leadership) -> None:
    with leadership:
        scheduler = make_scheduler(services, JOBS, leadership)
        assert scheduler._job_defaults == {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        assert {job.id for job in scheduler.get_jobs()} == set(CADENCES)


def test_a_tick_queues_what_is_due_and_a_second_one_nothing(services: Services, leadership: Leadership) -> None:
    with leadership:
        for _ in range(2):
            tick(services, JOBS, leadership)
    with services.database.session() as session:
        rows = session.connection().exec_driver_sql("select job, slot from job_run").all()
    due = [(row.job, row.slot) for row in rows]
    assert ("evaluate", datetime(2015, 5, 21, 12, tzinfo=UTC)) in due
    assert len({job for job, _ in due}) == len(due)
    # None of the summary, whose hour had passed before the ledger began.
    assert "daily_summary" not in dict(due)


def test_who_lost_the_lock_queues_nothing(services: Services, leadership: Leadership) -> None:
    with leadership:
        pass
    tick(services, JOBS, leadership)
    with services.database.session() as session:
        assert session.connection().exec_driver_sql("select count(*) from job_run").scalar() == 0


def test_waits_double_and_end_after_five_tries() -> None:
    assert [wait_s(n) for n in range(4)] == [30, 60, 120, 240]
    assert [is_last_attempt(n) for n in range(5)] == [False, False, False, False, True]


def test_the_claim_on_a_delivery_ends_before_its_tries_do() -> None:
    from heritage.alerts.service import CLAIM

    assert timedelta(seconds=sum(wait_s(n) for n in range(4))) > CLAIM
