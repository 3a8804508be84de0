"""What an incident is made of: the shared words of the feeds, and when a version became known."""

from datetime import UTC, date, datetime, time

from heritage.feeds.domain import (
    UNIT,
    WIDEST_USABLE_KM,
    EventKind,
    LocationPrecision,
    Reliability,
    TimePrecision,
)

__all__ = [
    "UNIT",
    "WIDEST_USABLE_KM",
    "EventKind",
    "LocationPrecision",
    "Reliability",
    "TimePrecision",
    "known_first",
    "known_later",
]


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def known_first(
    occurred_from: date, reported_at: datetime | None, released_on: date | None, fetched_at: datetime
) -> datetime:
    """When the first version of an event could have been used.

    Args:    occurred_from: first day of the occurrence.  reported_at: the source's own publication date.
             released_on: of the data set.  fetched_at: when the file came here.
    Returns: reported_at where it is not before the occurrence begins, else the release date under the same condition
             (a file may carry rows younger than the release it claims to be), else fetched_at.
    Source:  contracts.md, "Time".
    """
    if reported_at is not None and reported_at >= _start(occurred_from):
        return reported_at
    if released_on is not None and released_on >= occurred_from:
        return _start(released_on)
    return fetched_at


def known_later(
    before: datetime, reported_at: datetime | None, released_on: date | None, fetched_at: datetime
) -> datetime:
    """When a correction or a withdrawal could have been used.

    Args:    before: when the version before it became known; the rest as in ``known_first``.
    Returns: never earlier than the release that brought it, or hindsight would leak into a replay.
    """
    carried = _start(released_on) if released_on is not None else fetched_at
    return max(before, carried, reported_at or carried)
