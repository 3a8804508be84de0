"""When a version became known."""

from datetime import UTC, date, datetime

import pytest

from heritage.incidents.domain import known_first, known_later

FETCHED = datetime(2026, 11, 1, 12, tzinfo=UTC)
RELEASED = date(2019, 7, 1)


def _at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reported_at", "released_on", "known_at"),
    [
        (_at(2016, 3, 2), RELEASED, _at(2016, 3, 2)),
        (_at(2016, 3, 1), RELEASED, _at(2016, 3, 1)),
        (_at(2015, 1, 1), RELEASED, _at(2019, 7, 1)),  # a placeholder from before it happened
        (None, RELEASED, _at(2019, 7, 1)),
        (None, None, FETCHED),
        (None, date(2015, 7, 1), FETCHED),  # a release cannot hold what happened after it
    ],
)
def test_first_version_is_known_when_reported_or_released_or_fetched(
    reported_at: datetime | None, released_on: date | None, known_at: datetime
) -> None:
    assert known_first(date(2016, 3, 1), reported_at, released_on, FETCHED) == known_at


@pytest.mark.parametrize(
    ("before", "reported_at", "released_on", "known_at"),
    [
        (_at(2016, 3, 2), _at(2016, 3, 2), RELEASED, _at(2019, 7, 1)),
        (_at(2016, 3, 2), _at(2020, 1, 1), RELEASED, _at(2020, 1, 1)),
        (_at(2016, 3, 2), None, None, FETCHED),
        (_at(2027, 1, 1), None, RELEASED, _at(2027, 1, 1)),
    ],
)
def test_correction_is_never_known_before_the_release_that_brought_it(
    before: datetime, reported_at: datetime | None, released_on: date | None, known_at: datetime
) -> None:
    assert known_later(before, reported_at, released_on, FETCHED) == known_at
