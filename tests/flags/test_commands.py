"""What `heritage flags` and `heritage evaluate` print."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from heritage.core.clock import FixedClock
from heritage.flags import commands
from heritage.services import Services
from heritage.starter.load import load_starter

KEYS = {"site", "level", "since", "score", "confidence", "clears_when", "reasons"}
REASON_KEYS = {
    "incident",
    "part_ref",
    "distance_km",
    "low_km",
    "high_km",
    "occurred_on",
    "reported_on",
    "weight",
    "sources",
}


@pytest.fixture
def loaded(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The starter set, and the commands using these services."""
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50.0)

    @contextmanager
    def opened() -> Iterator[Services]:
        yield services

    monkeypatch.setattr(commands, "open_services", opened)
    return services


def run(command: Any, *arguments: str) -> Result:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def test_flags_of_21_may_2015_are_the_contract_s_document(loaded: Services) -> None:
    document = json.loads(run(commands.flags, "--as-of", "2015-05-21", "--json").stdout)
    assert (document["as_of"], document["known_on"]) == ("2015-05-21", "2015-05-21")
    assert document["rule_version"].startswith("1+")
    assert [(flag["site"]["id_no"], flag["level"]) for flag in document["flags"]] == [("23", 4), ("1348", 2)]
    for flag in document["flags"]:
        assert flag.keys() >= KEYS
        assert flag["site"].keys() >= {"id_no", "slug", "name"}
        assert all(reason.keys() >= REASON_KEYS for reason in flag["reasons"])
    nearest = {reason["part_ref"]: reason for reason in document["flags"][1]["reasons"]}
    assert nearest["1348-004"]["distance_km"] == pytest.approx(6.22, abs=0.06)
    assert nearest["1348-007"]["distance_km"] == pytest.approx(13.43, abs=0.05)


def test_ten_days_earlier_there_are_none(loaded: Services) -> None:
    assert json.loads(run(commands.flags, "--as-of", "2015-05-10", "--json").stdout)["flags"] == []


def test_levels_can_be_chosen_and_one_site_asked_for(loaded: Services) -> None:
    of = ("--as-of", "2015-05-21", "--json")
    high = json.loads(run(commands.flags, *of, "--min-level", "3").stdout)["flags"]
    assert [flag["site"]["id_no"] for flag in high] == ["23"]
    every = json.loads(run(commands.flags, *of, "--min-level", "0").stdout)["flags"]
    levels = [flag["level"] for flag in every]
    assert levels == sorted(levels, reverse=True)
    assert len(levels) > 50
    slug = next(flag["site"]["slug"] for flag in every if flag["site"]["id_no"] == "20")
    (damascus,) = json.loads(run(commands.flags, *of, "--site", slug).stdout)["flags"]
    assert (damascus["level"], damascus["not_known"], damascus["clears_when"]) == (0, ["silence"], None)


def test_text_names_the_site_its_level_and_what_clears_it(loaded: Services) -> None:
    text = run(commands.flags, "--as-of", "2015-05-21").stdout
    assert "4 critical Site of Palmyra (23) since 2015-05-" in text
    assert "if nothing further is reported within 25 km" in text


def test_wrong_usage_is_exit_2() -> None:
    for arguments in (["--as-of", "yesterday"], ["--min-level", "5"], ["--nonsense"]):
        assert CliRunner().invoke(commands.flags, arguments).exit_code == 2


def test_evaluate_reports_changes_once(loaded: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def at_noon(*, acts: bool) -> Iterator[Services]:
        assert acts
        yield replace(loaded, clock=FixedClock(datetime(2015, 5, 21, 12, tzinfo=UTC)))

    monkeypatch.setattr(commands, "open_services", at_noon)
    first, second = (json.loads(run(commands.evaluate, "--json").stdout) for _ in range(2))
    assert (first["changed"], second["changed"]) == (2, 0)
    assert [flag["level"] for flag in second["flags"]] == [4, 2]
