"""Events written by hand: the format, and what is wrong with an entry."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from heritage.core.errors import UnusableFile
from heritage.feeds.base import Batch
from heritage.feeds.domain import UNIT

Parse = Callable[..., Batch]
ENTRY: dict[str, Any] = {
    "event_id": "2015-05-20-tadmur",
    "occurred": "2015-05-20?",
    "place": "Tadmur",
    "lon": 38.284,
    "lat": 34.5624,
    "radius_km": 3,
    "location_precision": "exact",
    "kind": "control_change",
    "actors": {"side_a": "Islamic State", "side_b": "Government of Syria"},
    "fatalities": {"low": 15},
    "sources": [{"name": "A monitor", "published_on": "2015-05-20", "relayed_by": "an agency"}],
    "origins": ["monitor"],
    "reliability": "C",
    "credibility": 2,
    "summary": "The town falls.",
}


def _file(tmp_path: Path, *entries: Any) -> Path:
    path = tmp_path / "reports.json"
    path.write_text(json.dumps({"events": entries}))
    return path


def test_entry_becomes_a_draft(tmp_path: Path, parse: Parse) -> None:
    batch = parse(_file(tmp_path, ENTRY), "reports")
    event = batch.drafts.row(0, named=True)
    assert (event["occurred_from"], event["occurred_to"]) == (date(2015, 5, 20), date(2015, 5, 20))
    assert (event["reported_on"], event["time_precision"]) == (date(2015, 5, 20), "day")
    assert (event["source_names"], event["fatalities_low"]) == ("A monitor, relayed by an agency", 15)
    assert event["fatalities_best"] is None


def test_toml_is_read_too(tmp_path: Path, parse: Parse) -> None:
    path = tmp_path / "reports.toml"
    path.write_text(
        '[[events]]\nevent_id = "1"\noccurred = "2015-05"\nkind = "other"\nlocation_precision = "country"\n'
        'sources = [{name = "A"}, {name = "B"}]\n'
    )
    event = parse(path, "reports").drafts.row(0, named=True)
    assert (event["occurred_to"], event["time_precision"]) == (date(2015, 5, 31), "month")
    assert (event["origins"], event["reliability"], event["credibility"]) == (f"a{UNIT}b", "F", 6)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", None),
        ("occurred", "last Tuesday"),
        ("occurred", "2015/.."),
        ("lat", 95),
        ("lon", None),
        ("radius_km", "3"),
        ("kind", "battle"),
        ("location_precision", "exactly"),
        ("reliability", "G"),
        ("credibility", 7),
        ("sources", []),
        ("sources", [{"name": "A", "published_on": "yesterday"}]),
        ("origins", "sohr"),
        ("fatalities", {"best": -1}),
        ("summary", "a\x00b"),
        ("wether", "fine"),
    ],
)
def test_bad_field_is_refused_by_entry_and_name(tmp_path: Path, parse: Parse, field: str, value: Any) -> None:
    batch = parse(_file(tmp_path, ENTRY, {**ENTRY, field: value}), "reports")
    assert batch.drafts.height == 1
    (refused,) = batch.refusals
    assert refused.row == 2
    assert refused.field in (field, "lon", "best")


@pytest.mark.parametrize("text", ["{", "[1, 2", '{"events": 7}', "just words", "x = 1"])
def test_file_without_events_is_unusable(tmp_path: Path, parse: Parse, text: str) -> None:
    path = tmp_path / "reports.json"
    path.write_text(text)
    with pytest.raises(UnusableFile):
        parse(path, "reports")


def test_entries_that_are_no_tables_are_refused(tmp_path: Path, parse: Parse) -> None:
    batch = parse(_file(tmp_path, 7, None, ["x"]), "reports")
    assert [refused.row for refused in batch.refusals] == [1, 2, 3]
