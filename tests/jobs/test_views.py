"""The page of jobs: what ran, what waits, and an honest word when nobody ticks or works."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

from heritage.alerts import vitals
from heritage.app import create_app
from heritage.core.clock import FixedClock
from heritage.core.errors import InvalidInput
from heritage.scheduling import service
from heritage.scheduling.leader import try_lead
from heritage.scheduling.models import JobRun, RunCause
from heritage.scheduling.service import Job, carry_out
from heritage.services import Services


def failing(session: object, call: object) -> dict[str, object]:
    raise InvalidInput("the rules file names no level")


@pytest.fixture
def failed(services: Services) -> int:
    job = Job("evaluate", "tests.failing", work=failing)
    with pytest.raises(InvalidInput):
        carry_out(services, job, worker="w", cause=RunCause.PERSON)
    with services.database.session() as session:
        return service.queries.list_runs(session)[0].id or 0


def test_an_empty_ledger_says_so_and_that_nobody_ticks(client: FlaskClient) -> None:
    page = client.get("/jobs").get_data(as_text=True)
    assert "No run yet." in page
    assert "No scheduler is running" in page


def test_a_failure_is_shown_with_its_reason_to_a_person_at_the_machine(client: FlaskClient, failed: int) -> None:
    page = client.get("/jobs").get_data(as_text=True)
    assert "Failed" in page
    assert "the rules file names no level" in page


def test_a_stranger_is_asked_to_sign_in(client: FlaskClient, failed: int) -> None:
    answer = client.get("/jobs", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.location == "/login?next=/jobs"
    assert "the rules file" not in answer.get_data(as_text=True)


def test_runs_can_be_chosen_by_state_and_an_unknown_state_is_refused(client: FlaskClient, failed: int) -> None:
    assert "No run yet." in client.get("/jobs?status=done").get_data(as_text=True)
    assert "Decide levels" in client.get("/jobs?status=failed").get_data(as_text=True)
    assert client.get("/jobs?status=lost").status_code == 400


def test_a_leading_scheduler_is_seen_from_another_connection(client: FlaskClient, services: Services) -> None:
    leadership = try_lead(
        services.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    )
    assert leadership is not None
    with leadership:
        assert "No worker is running" in client.get("/jobs").get_data(as_text=True)
    assert "No scheduler is running" in client.get("/jobs").get_data(as_text=True)


def test_a_replay_says_that_no_job_runs(services: Services) -> None:
    app = create_app(replace(services, clock=FixedClock(services.clock.now())), replay=date(2015, 5, 21))
    assert "In a replay no job runs." in app.test_client().get("/jobs").get_data(as_text=True)


def test_the_page_tells_how_the_program_is_doing(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)

    def page(clock: datetime) -> str:
        return create_app(replace(services, clock=FixedClock(clock))).test_client().get("/jobs").get_data(as_text=True)

    well = page(now)
    for sentence in ("Nothing waits.", "No message failed within a day.", "and the database agree."):
        assert sentence in well
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=50e9, free=2e9))
    with services.database.session() as session:
        session.add(JobRun(job="evaluate", slot=now, deferred_at=now, cause=RunCause.PERSON))
    monkeypatch.setattr(vitals, "SystemClock", lambda: FixedClock(now + timedelta(hours=3)))
    ill = page(now + timedelta(hours=3))
    assert ill.count("Needs attention:") == 3
    assert "The oldest task has waited for 3 hours." in ill
    assert "differ by 3 hours." in ill
    assert "2.0 GB of 50 GB are free." in ill
