"""The one place that asks what time it is; everything else is handed a clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - this is the one file allowed to ask


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still, for tests and replays."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class ExerciseClock:
    """A clock that runs on from another moment: for a drill, in every process alike.

    ``plays`` is the moment at which the drill stood when the machine's own clock said ``since``.
    """

    plays: datetime
    since: datetime

    def now(self) -> datetime:
        return self.plays + (SystemClock().now() - self.since)


def end_of_day(day: date) -> datetime:
    """The last representable moment of a UTC day.

    Args:    day: a calendar date.
    Returns: 23:59:59.999999 UTC of that day, aware.
    Source:  contracts.md, "as-of D: the state at the end of day D, UTC".
    """
    return datetime.combine(day, time.max, tzinfo=UTC)
