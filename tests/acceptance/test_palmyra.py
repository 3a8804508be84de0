"""The case the program was born from: the fall of Palmyra, on the starter set, through the command line."""

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]
# One worker runs all of it: the tests of this module share what the first of them loaded.
pytestmark = pytest.mark.xdist_group("palmyra")


@pytest.fixture(scope="module")
def loaded(heritage: Run) -> Run:
    """The starter set in an empty database."""
    report = heritage("starter", "load", "--json")
    assert report["refused"] == 0
    return heritage


def _levels(run: Run, day: str, *more: str) -> dict[str, dict[str, Any]]:
    return {flag["site"]["id_no"]: flag for flag in run("flags", "--as-of", day, *more, "--json")["flags"]}


def test_palmyra_is_critical_and_the_ancient_villages_at_advisory_on_21_may(loaded: Run) -> None:
    flags = _levels(loaded, "2015-05-21", "--min-level", "2")
    assert {ref: flag["level"] for ref, flag in flags.items()} == {"23": 4, "1348": 2}


def test_the_nearest_component_part_is_measured_and_not_the_registers_point(loaded: Run) -> None:
    reasons = _levels(loaded, "2015-05-21")["1348"]["reasons"]
    by_part = {reason["part_ref"]: reason for reason in reasons}
    assert by_part["1348-004"]["distance_km"] == pytest.approx(6.22, abs=0.06)
    assert by_part["1348-004"]["low_km"] == 0
    assert 12 < by_part["1348-004"]["high_km"] < 15
    assert by_part["1348-007"]["distance_km"] == pytest.approx(13.43, abs=0.05)
    assert "1348-002" not in by_part or by_part["1348-002"]["low_km"] > 0


def test_nothing_that_is_only_mentioned_is_flagged(loaded: Run) -> None:
    flags = _levels(loaded, "2015-05-21", "--min-level", "1")
    assert set(flags) == {"23", "1348"}


def test_nothing_was_known_on_10_may(loaded: Run) -> None:
    assert _levels(loaded, "2015-05-10", "--min-level", "1") == {}


def test_what_was_not_yet_known_does_not_count(loaded: Run) -> None:
    hindsight = _levels(loaded, "2015-05-20", "--known-on", "2015-05-21")["23"]["level"]
    assert hindsight == 4
    assert _levels(loaded, "2015-05-20", "--known-on", "2015-05-13", "--min-level", "1") == {}


def test_hatra_was_not_in_danger_that_day(loaded: Run) -> None:
    listed = loaded("sites", "list", "--in-danger", "--as-of", "2015-05-20", "--json")
    refs = {site["id_no"] for site in listed["sites"]}
    assert listed["count"] == 46
    assert refs >= {"20", "21", "22", "23", "1229", "1348", "711", "1150"}
    assert not refs & {"277", "385", "192", "183"}


def test_loading_again_changes_nothing(loaded: Run) -> None:
    again = loaded("starter", "load", "--json")
    assert (again["added"], again["changed"], again["refused"]) == (0, 0, 0)


def test_evaluating_today_flags_nothing_of_2015(loaded: Run) -> None:
    assert loaded("evaluate", "--json")["flags"] == []
    assert loaded("evaluate", "--json")["changed"] == 0


def test_the_summary_says_what_rose_and_on_what_it_rests(loaded: Run) -> None:
    text = loaded("digest", "--as-of", "2015-05-21", "--since", "2015-05-19").stdout
    for said in ("Palmyra", "Ancient Villages", "1348-004", "km"):
        assert said in text
    for coloured in ("liberated", "terrorist", "martyr"):
        assert coloured not in text.lower()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["flags", "--as-of", "yesterday"], 2),
        (["sites", "import", "no-such-file.xlsx"], 1),
        (["incidents", "list", "--near", "no-such-site"], 1),
        (["no-such-command"], 2),
    ],
)
def test_wrong_words_and_refusals_have_their_exit_codes(loaded: Run, words: list[str], code: int) -> None:
    done = loaded(*words, code=code)
    assert done.stderr
    assert "Traceback" not in done.stderr
