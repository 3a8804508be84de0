"""What every feed adapter owes: drafts of one shape, within the limits of the tables, and refusals that say why."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heritage.core.errors import UnusableFile
from heritage.core.files import open_source
from heritage.feeds.base import DRAFT, Batch, FeedAdapter
from heritage.feeds.domain import EventKind, LocationPrecision, Reliability, TimePrecision
from heritage.feeds.registry import ADAPTERS, get_feed
from tests.feeds import live_rows as rows

FETCHED_ON = date(2026, 12, 1)

GED = """id,type_of_violence,where_prec,latitude,longitude,country,date_prec,date_start,date_end,best,source_date
1,1,1,34.5,38.2,Syria,1,2016-03-01,2016-03-01,3,2016-03-02
2,3,4,,,Syria,4,2016-03-01,2016-03-31,0,
3,1,1,95,38.2,Syria,1,2016-03-01,2016-03-01,3,2016-03-02
"""
REPORTS = json.dumps(
    {
        "events": [
            {
                "event_id": "1",
                "occurred": "2015-05-20",
                "lon": 38.2,
                "lat": 34.5,
                "radius_km": 3,
                "location_precision": "exact",
                "kind": "fighting",
                "sources": [{"name": "A monitor", "published_on": "2015-05-20"}],
            },
            {
                "event_id": "2",
                "occurred": "2015-05",
                "location_precision": "country",
                "kind": "other",
                "sources": [{"name": "A"}],
            },
            {"event_id": "3", "occurred": "some day"},
        ]
    }
)
ACLED = json.dumps({"data": [rows.acled(1), rows.acled(2, geo_precision=3), rows.acled(3, latitude=95)]})
GDELT = "".join(f"{line}\n" for line in (rows.gdelt(1), rows.gdelt(2, type=5), rows.gdelt(3, lat=95)))
CAP = "".join([rows.alert("1"), rows.alert("2", area="<areaDesc>A coast</areaDesc>"), rows.alert("3", sent="soon")])
CAP = f"<alerts>{CAP}</alerts>"
SAMPLES = {"ucdp": GED, "starter": REPORTS, "reports": REPORTS, "acled": ACLED, "gdelt": GDELT, "cap": CAP}
# How each feed calls the third row, which is bad; a machine's groups of articles have no name before they are read.
REFUSED = {"acled": ["SYR3"], "gdelt": [], "cap": [rows.named("3", "soon")]}
# What names a state of each feed's data.
RELEASES = {"acled": "2026-10-31", "gdelt": "2026-10-31", "cap": "2026-10-31"}
WORDS = {
    "location_precision": LocationPrecision,
    "time_precision": TimePrecision,
    "kind": EventKind,
    "reliability": Reliability,
}


@pytest.fixture(params=sorted(ADAPTERS))
def feed(request: pytest.FixtureRequest) -> FeedAdapter:
    """Every feed there is; one without a sample fails."""
    assert request.param in SAMPLES
    return get_feed(request.param)


@pytest.fixture
def batches(feed: FeedAdapter, tmp_path: Path) -> Callable[[bytes], list[Batch]]:
    """Read these bytes."""

    def read(content: bytes) -> list[Batch]:
        path = tmp_path / "file.dat"
        path.write_bytes(content)
        return list(feed.parse(open_source(path), fetched_on=FETCHED_ON))

    return read


def test_drafts_have_the_agreed_shape(feed: FeedAdapter, batches: Callable[[bytes], list[Batch]]) -> None:
    (batch,) = batches(SAMPLES[feed.name].encode())
    assert dict(batch.drafts.schema) == DRAFT
    assert (batch.read, batch.drafts.height, len(batch.refusals)) == (3, 2, 1)
    assert list(batch.refused_ids) == REFUSED.get(feed.name, ["3"])


def test_drafts_keep_within_the_tables_limits(feed: FeedAdapter, batches: Callable[[bytes], list[Batch]]) -> None:
    (batch,) = batches(SAMPLES[feed.name].encode())
    drafts = batch.drafts
    for column, words in WORDS.items():
        assert set(drafts[column]) <= {str(word) for word in words}
    needed = ["event_id", "occurred_from", "occurred_to", "credibility", *WORDS]
    assert drafts.select(needed).null_count().sum_horizontal().item() == 0
    assert (drafts["occurred_to"] >= drafts["occurred_from"]).all()
    assert drafts["credibility"].is_between(1, 6).all()
    reported = drafts.filter(pl.col("reported_on").is_not_null())
    assert (reported["reported_on"] >= reported["occurred_from"]).all()


def test_refusals_say_row_field_and_reason(feed: FeedAdapter, batches: Callable[[bytes], list[Batch]]) -> None:
    (batch,) = batches(SAMPLES[feed.name].encode())
    (refused,) = batch.refusals
    assert refused.row is not None
    assert refused.field
    assert len(refused.reason) > 5


def test_same_file_gives_the_same_drafts(feed: FeedAdapter, batches: Callable[[bytes], list[Batch]]) -> None:
    first, second = (batches(SAMPLES[feed.name].encode())[0] for _ in range(2))
    assert first.drafts.equals(second.drafts)


def test_release_is_the_given_one_and_never_empty(feed: FeedAdapter) -> None:
    name = RELEASES.get(feed.name, "25.1")
    given = feed.release(name, "file.csv", FETCHED_ON)
    assert (given.name, bool(given.rank)) == (name, True)
    assert feed.release(None, "file.csv", FETCHED_ON).name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_file_is_refused_and_never_breaks_the_reader(
    feed: FeedAdapter, batches: Callable[[bytes], list[Batch]], data: st.DataObject
) -> None:
    content = bytearray(SAMPLES[feed.name].encode())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=12))
    try:
        found = batches(bytes(content))
    except UnusableFile:
        return
    for batch in found:
        assert batch.read == batch.drafts.height + len(batch.refusals)
        assert all(refused.reason for refused in batch.refusals)
