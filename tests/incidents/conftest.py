"""Small releases of a made-up data set, taken into the test's own transaction."""

import csv
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from heritage.audit.imports import ImportReport
from heritage.core.clock import FixedClock
from heritage.core.files import open_source
from heritage.feeds.registry import get_feed
from heritage.incidents.service import import_events

FETCHED_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "id": 1,
    "type_of_violence": 1,
    "side_a": "Government of Syria",
    "side_b": "IS",
    "source_office": "SOHR",
    "source_date": "2016-03-02",
    "source_headline": "Clashes near the town",
    "source_original": "SOHR",
    "where_prec": 1,
    "where_coordinates": "Tadmur town",
    "latitude": 34.56,
    "longitude": 38.28,
    "country": "Syria",
    "date_prec": 1,
    "date_start": "2016-03-01",
    "date_end": "2016-03-01",
    "best": 3,
    "high": 4,
    "low": 2,
}


def write_events(path: Path, rows: tuple[Mapping[str, Any], ...]) -> Path:
    """Write rows (each only what differs from a usual event) as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(EVENT))
        writer.writeheader()
        writer.writerows({**EVENT, **row} for row in rows)
    return path


@pytest.fixture
def take(session: Session, tmp_path: Path) -> Callable[..., ImportReport]:
    """Import rows as one release."""

    def load(
        *rows: Mapping[str, Any], release: str | None = "19.1", complete: bool = False, **options: Any
    ) -> ImportReport:
        source = open_source(write_events(tmp_path / "events.csv", rows))
        clock = FixedClock(FETCHED_AT)
        return import_events(
            session, get_feed("ucdp"), source, clock=clock, release=release, complete=complete, **options
        )

    return load
