"""Where things stand on the time line and the status band; templates draw it, with the numbers beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import sqrt

WIDTH = 960.0
STEP = 14.0
TALLEST_BAR = 26.0
LEAST_BAR = 4.0


@dataclass(frozen=True)
class Scale:
    """Days along the width of a chart; both ends included."""

    first: date
    last: date
    width: float = WIDTH

    def at(self, day: date) -> float:
        """The x of a day's beginning, kept inside the chart."""
        share = (day - self.first).days / self.days
        return round(min(1.0, max(0.0, share)) * self.width, 2)

    def span(self, first: date, last: date) -> tuple[float, float]:
        """x and width of a run of days, both included; never thinner than can be seen."""
        x = self.at(first)
        return self.visible(x, self.at(last + timedelta(days=1)) - x, 1.0)

    def visible(self, x: float, width: float, least: float) -> tuple[float, float]:
        """A stretch that is never thinner than so many of the usual units, and never beyond the chart."""
        seen = min(self.width, max(least * self.width / WIDTH, width))
        return round(min(x, self.width - seen), 2), round(seen, 2)

    @property
    def days(self) -> int:
        """How many days the chart covers."""
        return (self.last - self.first).days + 1

    @property
    def ticks(self) -> list[tuple[float, date, bool]]:
        """(x, day, whether the label is a year): months, or years, whichever leaves room for words."""
        months = self.days <= 800
        step = 1 if self.days <= 400 else 3 if months else 12
        every = max(1, self.days // 365 // 12)
        found = []
        for year in range(self.first.year, self.last.year + 1):
            if not months and (year - self.first.year) % every:
                continue
            for month in range(1, 13, step):
                day = date(year, month, 1)
                if self.first <= day <= self.last:
                    found.append((self.at(day), day, not months or month == 1))
        return found


@dataclass(frozen=True)
class Run:
    """Days in a row at one level."""

    x: float
    width: float
    level: int
    first: date
    last: date

    @property
    def height(self) -> float:
        """Taller for a higher level, so that the picture speaks without colour."""
        return 2.0 if self.level == 0 else self.level * STEP


@dataclass(frozen=True)
class Bar:
    """Reports of a few days in a row."""

    x: float
    width: float
    height: float
    first: date
    count: int


@dataclass(frozen=True)
class Band:
    """A danger period: the days that are certain, and those that may belong to it."""

    x: float
    width: float
    sure_x: float
    sure_width: float


def level_runs(scale: Scale, series: Iterable[tuple[date, int, float]]) -> list[Run]:
    """Put days of one level together.

    Args:    series: (day, level, score) for each day, oldest first.
    Returns: runs, oldest first; they fill the scale where the series does.
    """
    runs = []
    for level, days in groupby(series, key=lambda entry: int(entry[1])):
        listed = [entry[0] for entry in days]
        x, width = scale.span(listed[0], listed[-1])
        runs.append(Run(x, width, level, listed[0], listed[-1]))
    return runs


def report_bars(scale: Scale, days: Iterable[date], columns: int = 160) -> list[Bar]:
    """How many reports there are in each stretch of days; the height goes with the root, so that one is still seen."""
    stretch = max(1, -(-scale.days // columns))
    counts: dict[int, int] = {}
    for day in days:
        if scale.first <= day <= scale.last:
            counts[(day - scale.first).days // stretch] = counts.get((day - scale.first).days // stretch, 0) + 1
    most = max(counts.values(), default=1)
    bars = []
    for column, count in sorted(counts.items()):
        first = scale.first + timedelta(days=column * stretch)
        x, width = scale.span(first, min(scale.last, first + timedelta(days=stretch - 1)))
        height = LEAST_BAR + (TALLEST_BAR - LEAST_BAR) * sqrt(count / most)
        x, width = scale.visible(x, width - 0.5 * scale.width / WIDTH, 1.5)
        bars.append(Bar(x, width, round(height, 2), first, count))
    return bars


def danger_bands(scale: Scale, periods: Sequence[tuple[date, date, date | None, date | None]]) -> list[Band]:
    """Danger periods on the band.

    Args:    periods: (began_earliest, began_latest, ended_earliest, ended_latest); no end means it goes on.
    Returns: bands that touch the scale; the sure part may be empty when a period is known to the year only.
    """
    bands = []
    for began_earliest, began_latest, ended_earliest, ended_latest in periods:
        if began_earliest > scale.last or (ended_latest is not None and ended_latest < scale.first):
            continue
        x, width = scale.span(began_earliest, min(ended_latest or scale.last, scale.last))
        sure_last = min(ended_earliest or scale.last, scale.last)
        sure_x, sure_width = scale.span(began_latest, sure_last) if began_latest <= sure_last else (x, 0.0)
        bands.append(Band(x, width, sure_x, sure_width))
    return bands
