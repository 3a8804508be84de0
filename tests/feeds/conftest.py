"""Made-up event files: rows with sensible values, of which a test changes what it is about."""

import csv
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from heritage.core.files import open_source
from heritage.feeds.base import Batch
from heritage.feeds.registry import get_feed

EVENT: dict[str, Any] = {
    "id": 1,
    "year": 2016,
    "active_year": "true",
    "code_status": "Clear",
    "type_of_violence": 1,
    "side_a": "Government of Syria",
    "side_b": "IS",
    "number_of_sources": 1,
    "source_article": '"SOHR,2016-03-02,Clashes near the town"',
    "source_office": "SOHR",
    "source_date": "2016-03-02",
    "source_headline": "Clashes near the town",
    "source_original": "SOHR",
    "where_prec": 1,
    "where_coordinates": "Tadmur town",
    "adm_1": "Homs Governorate",
    "latitude": 34.56,
    "longitude": 38.28,
    "geom_wkt": "POINT (38.28 34.56)",
    "country": "Syria",
    "event_clarity": 1,
    "date_prec": 1,
    "date_start": "2016-03-01 00:00:00.000",
    "date_end": "2016-03-01 00:00:00.000",
    "best": 3,
    "high": 4,
    "low": 2,
}
FETCHED_ON = date(2026, 11, 1)


@pytest.fixture
def ged_file(tmp_path: Path) -> Callable[..., Path]:
    """Write rows (each only what differs from a usual event) as a CSV file."""

    def write(*rows: Mapping[str, Any], columns: list[str] | None = None, header: bool = True) -> Path:
        path = tmp_path / "events.csv"
        names = columns or list(EVENT)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, restval="", extrasaction="ignore")
            if header:
                writer.writeheader()
            writer.writerows(
                {"id": number, **row} for number, row in enumerate(({**EVENT, **r} for r in rows), start=1)
            )
        return path

    return write


@pytest.fixture
def parse() -> Callable[[Path], Batch]:
    """Read a UCDP file of one batch."""

    def read(path: Path, feed: str = "ucdp") -> Batch:
        (batch,) = get_feed(feed).parse(open_source(path), fetched_on=FETCHED_ON)
        return batch

    return read


@pytest.fixture
def draft(ged_file: Callable[..., Path], parse: Callable[[Path], Batch]) -> Callable[..., dict[str, Any]]:
    """The one draft that comes of a usual event with these values changed."""

    def one(**values: Any) -> dict[str, Any]:
        batch = parse(ged_file(values))
        assert list(batch.refusals) == []
        return batch.drafts.row(0, named=True)

    return one


@pytest.fixture
def refusal(
    ged_file: Callable[..., Path], parse: Callable[[Path], Batch]
) -> Callable[..., tuple[int | None, str | None]]:
    """(row, field) of the one refusal that comes of a usual event with these values changed."""

    def one(**values: Any) -> tuple[int | None, str | None]:
        batch = parse(ged_file({}, values))
        assert batch.drafts.height == 1
        (refused,) = batch.refusals
        return refused.row, refused.field

    return one
