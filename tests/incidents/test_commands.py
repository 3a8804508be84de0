"""The commands, as a person types them, on a private database."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from heritage.core.errors import HeritageError
from heritage.incidents import commands
from heritage.services import Services

HEADER = "id,type_of_violence,where_prec,latitude,longitude,country,date_prec,date_start,date_end,best"
GOOD = "1,1,1,34.5,38.2,Syria,1,2016-03-01,2016-03-01,3"
BAD = '2,1,1,"=95",38.2,Syria,1,2016-03-01,2016-03-01,3'


@pytest.fixture
def run(services: Services, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call a command with the test's services."""

    @contextmanager
    def opened(**_: Any) -> Iterator[Services]:
        yield services

    monkeypatch.setattr(commands, "open_services", opened)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(commands.incidents, [str(each) for each in arguments])

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One good row and one bad."""
    path = tmp_path / "GEDEvent_v14_1.csv"
    path.write_text("\n".join([HEADER, GOOD, BAD]))
    return path


def test_import_prints_one_document_and_lists_what_it_took(run: Any, file: Path) -> None:
    result = run("import", file, "--feed", "ucdp", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["read"], report["added"], report["refused"], report["dry_run"]) == (2, 1, 1, False)
    assert report["refusals"] == [{"row": 3, "field": "latitude", "reason": "is not a number from -90 to 90: '=95'"}]
    listed = json.loads(run("list", "--json").stdout)
    assert (listed["count"], [each["event_id"] for each in listed["incidents"]]) == (1, ["1"])
    assert json.loads(run("list", "--count", "--json").stdout) == {"count": 1}


def test_withdrawals_are_announced_on_stderr_before_the_report(run: Any, file: Path, tmp_path: Path) -> None:
    run("import", file, "--feed", "ucdp")
    newer = tmp_path / "newer.csv"
    newer.write_text("\n".join([HEADER, GOOD.replace("1,1,1", "7,1,1", 1)]))
    result = run("import", newer, "--feed", "ucdp", "--release", "22.1", "--complete", "--json")
    assert "1 events that are held are not in this release" in result.stderr
    assert json.loads(result.stdout)["withdrawn_ids"] == ["1"]


def test_refusals_are_exported_without_formulas(run: Any, file: Path, tmp_path: Path) -> None:
    run("import", file, "--feed", "ucdp")
    out = tmp_path / "refused.csv"
    assert run("refusals", 1, "--out", out).exit_code == 0
    with out.open(newline="") as written:
        (row,) = csv.DictReader(written)
    assert (row["row"], row["field"]) == ("3", "latitude")
    assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())


def test_list_near_an_unknown_site_says_so(run: Any) -> None:
    result = run("list", "--near", "nowhere")
    assert isinstance(result.exception, HeritageError)
    assert "nowhere" in str(result.exception)


def test_unknown_feed_is_named_with_those_there_are(run: Any, file: Path) -> None:
    result = run("import", file, "--feed", "gossip")
    assert "ucdp" in str(result.exception)


def test_import_without_a_feed_is_wrong_usage(run: Any, file: Path) -> None:
    assert run("import", file).exit_code == 2
