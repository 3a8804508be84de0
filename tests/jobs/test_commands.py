"""`heritage jobs`: the ledger in words and as JSON, one job by hand, a failed run again."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from heritage import commandline
from heritage.core.errors import Conflict, InvalidInput, NotFound
from heritage.db.engine import Database
from heritage.serving_commands import jobs


@pytest.fixture
def runner(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Commands on a private database."""
    monkeypatch.setenv("HERITAGE_DATABASE_URL", database.app_url)
    monkeypatch.setenv("HERITAGE_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("HERITAGE_VAR", str(tmp_path))
    monkeypatch.setattr(commandline, "configure_logging", lambda log_format, level: None)
    return CliRunner()


def test_a_job_is_carried_out_by_hand_and_listed(runner: CliRunner) -> None:
    done = json.loads(runner.invoke(jobs, ["run", "evaluate", "--json"], catch_exceptions=False).stdout)
    assert (done["job"], done["status"], done["cause"]) == ("evaluate", "done", "person")
    listed = json.loads(runner.invoke(jobs, ["list", "--json"], catch_exceptions=False).stdout)
    assert (listed["scheduler"], listed["workers"], listed["counts"]["done"]) == (False, 0, 1)
    assert [run["id"] for run in listed["runs"]] == [done["id"]]
    assert "Scheduler: none. Workers: 0." in runner.invoke(jobs, ["list"], catch_exceptions=False).stdout


def test_every_job_with_work_can_be_carried_out_on_an_empty_database(runner: CliRunner) -> None:
    for name in ("evaluate", "match", "daily_summary"):
        assert runner.invoke(jobs, ["run", name], catch_exceptions=False).exit_code == 0


def test_an_unknown_job_is_refused_with_the_names_there_are(runner: CliRunner) -> None:
    with pytest.raises(NotFound, match="evaluate, daily_summary"):
        runner.invoke(jobs, ["run", "nothing"], catch_exceptions=False)


def test_a_delivery_cannot_be_carried_out_without_knowing_of_what(runner: CliRunner) -> None:
    with pytest.raises(InvalidInput, match="from the queue only"):
        runner.invoke(jobs, ["run", "deliver_summary"], catch_exceptions=False)


def test_only_a_failed_run_is_tried_again(runner: CliRunner) -> None:
    done = json.loads(runner.invoke(jobs, ["run", "evaluate", "--json"], catch_exceptions=False).stdout)
    with pytest.raises(Conflict, match="only a failed run"):
        runner.invoke(jobs, ["retry", str(done["id"])], catch_exceptions=False)
    with pytest.raises(NotFound, match="no run 999"):
        runner.invoke(jobs, ["retry", "999"], catch_exceptions=False)
