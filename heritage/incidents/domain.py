"""What an incident is made of: the shared words of the feeds, and when a version became known."""

from heritage.core.known import known_first, known_later
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
