"""A watch over what a live feed hands on: a changed layout or swapped coordinates stop the whole batch."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

import polars as pl

from heritage.core.errors import UnusableFile
from heritage.core.files import SourceFile
from heritage.core.refusals import RowRefusal
from heritage.feeds.base import SWAPPED, Batch, FeedAdapter, FeedSettings
from heritage.feeds.countries import country_code
from heritage.feeds.domain import Release
from heritage.sites.readers.countries import lies_in

# A person looks at a batch of which so large a share cannot be used: the source has changed, not its rows.
MOST_REFUSED = 0.5
# One swapped row among a few is no slip of a finger; among hundreds of thousands it may be, and only costs itself.
MOST_SWAPPED = 0.02
# Points near a border or at sea lie outside now and then; so many do when the columns mean something else.
MOST_OUTSIDE = 0.2
FEW = 3
MOST_TOLD = 100
_PLACED = ("exact", "near", "district")


class BatchSuspect(UnusableFile):
    """A batch that was read but must not be believed; nothing of it was taken.

    ``read``: its rows, all of them refused with it.  ``refusals``: the first of those that could not be used anyway.
    """

    def __init__(self, message: str, read: int = 0, refusals: Sequence[RowRefusal] = ()) -> None:
        super().__init__(message)
        self.read, self.refusals = read, refusals


@dataclass
class Guarded:
    """A feed's adapter, watched; ``left_out``, ``newest_on`` and ``read`` say afterwards what went by."""

    inner: FeedAdapter
    left_out: Counter[str] = field(default_factory=Counter)
    newest_on: date | None = None
    read: int = 0
    refused: int = 0
    placed: int = 0
    swapped: int = 0
    outside: int = 0
    refusals: list[RowRefusal] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The feed's own."""
        return self.inner.name

    @property
    def settings(self) -> FeedSettings:
        """The feed's own."""
        return self.inner.settings

    def release(self, given: str | None, file_name: str, fetched_on: date) -> Release:
        """As the feed says."""
        return self.inner.release(given, file_name, fetched_on)

    def parse(
        self, source: SourceFile, *, fetched_on: date, progress: Callable[[int], None] | None = None
    ) -> Iterator[Batch]:
        """What the feed parses, with swapped rows refused.

        Raises:  BatchSuspect, at the end, when too much of it cannot be right.
        """
        for batch in self.inner.parse(source, fetched_on=fetched_on, progress=progress):
            yield self._looked_at(batch, fetched_on)
        self._judge()

    def _looked_at(self, batch: Batch, fetched_on: date) -> Batch:
        wrong = _misplaced(batch.drafts)
        swapped = [row for row, is_swapped in wrong.items() if is_swapped]
        # A reader that has two words for one place sees it in the row itself, and has refused it.
        seen = sum(refusal.reason.startswith(SWAPPED) for refusal in batch.refusals)
        self.placed += batch.drafts.filter(pl.col("location_precision").is_in(_PLACED)).height + seen
        self.swapped += len(swapped) + seen
        self.outside += len(wrong)
        if swapped:
            batch = _without(batch, swapped)
        self.refusals += batch.refusals[: MOST_TOLD - len(self.refusals)]
        self.read += batch.read
        self.refused += len(batch.refusals)
        self.left_out.update(batch.left_out)
        self._remember_newest(batch.drafts, fetched_on)
        return batch

    def _remember_newest(self, drafts: pl.DataFrame, fetched_on: date) -> None:
        newest = drafts["occurred_to"].max() if drafts.height else None
        if isinstance(newest, date):
            newest = min(newest, fetched_on)
            self.newest_on = max(newest, self.newest_on or newest)

    def _judge(self) -> None:
        if self.swapped and self.swapped >= MOST_SWAPPED * self.placed:
            raise self._suspect(
                f"{self.swapped} of {self.placed} points lie outside the country they name and inside it with latitude "
                "and longitude exchanged; nothing was taken."
            )
        if self.outside >= max(FEW, MOST_OUTSIDE * self.placed):
            raise self._suspect(
                f"{self.outside} of {self.placed} points lie outside the country they name; nothing was taken."
            )
        refused = self.refused - self.swapped
        if refused and (refused == self.read or refused >= max(FEW, MOST_REFUSED * self.read)):
            raise self._suspect(
                f"{refused} of {self.read} rows cannot be read; the source has probably changed its layout. Nothing "
                "was taken."
            )

    def _suspect(self, message: str) -> BatchSuspect:
        return BatchSuspect(message, self.read + self.left_out.total(), self.refusals)


def _misplaced(drafts: pl.DataFrame) -> Mapping[int, bool]:
    """Rows whose point lies outside the country they name, and whether it lies inside with the two exchanged."""
    placed = drafts.filter(
        pl.col("location_precision").is_in(_PLACED) & pl.col("lon").is_not_null() & pl.col("country").is_not_null()
    )
    wrong = {}
    for row, country, lon, lat in placed.select("row", "country", "lon", "lat").iter_rows():
        codes = _codes(country)
        if codes and lies_in(lon, lat, codes) is False:
            wrong[row] = abs(lon) <= 90 and lies_in(lat, lon, codes) is True
    return wrong


@lru_cache(maxsize=1024)
def _codes(country: str) -> tuple[str, ...]:
    """The countries within whose bounds a point may lie; none for a name that is not known."""
    code = country_code(country)
    return _TOGETHER.get(code, (code,)) if code else ()


# What feeds tell apart otherwise than maps do: a name may stand for either side.
_TOGETHER = {
    "IL": ("IL", "PS"), "PS": ("PS", "IL"), "RS": ("RS", "XK"), "MA": ("MA", "EH"), "RU": ("RU", "UA"),
    "CN": ("CN", "TW"), "SD": ("SD", "SS"),
}  # fmt: skip


def without_days_to_come(batch: Batch, today: date) -> Batch:
    """A batch without events that begin later than tomorrow, each refused: an event of a day to come is a slip, and
    would raise its flag on that day. Tomorrow may have begun where it happened."""
    last = today + timedelta(days=1)
    if not batch.drafts.height or not batch.drafts["occurred_from"].max() > last:  # type: ignore[operator]  # dates
        return batch
    bad = batch.drafts.filter(pl.col("occurred_from") > last)
    refusals = [
        RowRefusal(row, "date", f"{day} is a day to come; an event cannot have happened yet", f"id {name}")
        for row, day, name in bad.select("row", "occurred_from", "event_id").iter_rows()
    ]
    return _refused(batch, bad, refusals)


def _without(batch: Batch, rows: list[int]) -> Batch:
    bad = batch.drafts.filter(pl.col("row").is_in(rows))
    reason = SWAPPED + ": only exchanged do they lie in {}"
    refusals = [
        RowRefusal(row, "latitude", reason.format(country), f"id {name}")
        for row, country, name in bad.select("row", "country", "event_id").iter_rows()
    ]
    return _refused(batch, bad, refusals)


def _refused(batch: Batch, bad: pl.DataFrame, refusals: list[RowRefusal]) -> Batch:
    return replace(
        batch,
        drafts=batch.drafts.filter(~pl.col("row").is_in(bad["row"].to_list())),
        refusals=[*batch.refusals, *refusals],
        refused_ids=[*batch.refused_ids, *bad["event_id"].to_list()],
    )
