"""`heritage digest`: text for people, one JSON document for programs, mail when asked."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from heritage import commandline
from heritage.alerts.commands import digest
from heritage.core.errors import InvalidInput
from heritage.db.engine import Database


@pytest.fixture
def runner(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Commands on a private database."""
    monkeypatch.setenv("HERITAGE_DATABASE_URL", database.app_url)
    monkeypatch.setenv("HERITAGE_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("HERITAGE_VAR", str(tmp_path))
    monkeypatch.setattr(commandline, "configure_logging", lambda log_format, level: None)
    return CliRunner()


def test_text_of_an_empty_database_does_not_speak_of_peace(runner: CliRunner) -> None:
    result = runner.invoke(digest, ["--as-of", "2015-05-21"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "No event of any feed was known by then: nothing here can be read as peace." in result.stdout


def test_json_is_one_document_with_every_part(runner: CliRunner) -> None:
    result = runner.invoke(digest, ["--as-of", "2015-05-21", "--json"], catch_exceptions=False)
    document = json.loads(result.stdout)
    assert (document["as_of"], document["since"], document["known_on"]) == ("2015-05-21", "2015-05-20", "2015-05-21")
    assert set(document) >= {"rose", "burning", "eased", "quiet", "feeds", "rule_version", "withheld"}


def test_mail_goes_out_at_the_operators_word_with_the_day_in_its_subject(runner: CliRunner, tmp_path: Path) -> None:
    result = runner.invoke(digest, ["--as-of", "2015-05-21", "--to", "a@example.org", "--json"], catch_exceptions=False)
    json.loads(result.stdout)
    (mail,) = (tmp_path / "mail").iterdir()
    assert "Sites near fighting, 21 May 2015" in mail.read_text()


def test_an_address_that_is_none_is_refused(runner: CliRunner) -> None:
    with pytest.raises(InvalidInput, match="Not sent"):
        runner.invoke(digest, ["--as-of", "2015-05-21", "--to", "nobody"], catch_exceptions=False)


def test_a_later_day_to_compare_with_is_refused(runner: CliRunner) -> None:
    with pytest.raises(InvalidInput, match="is not before"):
        runner.invoke(digest, ["--as-of", "2015-05-21", "--since", "2015-05-21"], catch_exceptions=False)


def test_a_day_that_is_none_is_wrong_usage(runner: CliRunner) -> None:
    assert runner.invoke(digest, ["--as-of", "yesterday"]).exit_code == 2
