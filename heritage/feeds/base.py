"""The feed contract: what an adapter is, and the one shape in which every feed hands its events on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from io import BytesIO
from typing import Any, Protocol

import numpy as np
import polars as pl

from heritage.core.errors import InvalidInput
from heritage.core.files import SourceFile
from heritage.core.refusals import RowRefusal
from heritage.feeds.domain import Release

__all__ = ["DRAFT", "SWAPPED", "Batch", "FeedAdapter", "FeedSettings", "digests", "draft_frame"]

# One row an event. ``row`` is where it stands in the file; lists are texts joined with the unit separator.
DRAFT: dict[str, Any] = {
    "row": pl.Int64,
    "event_id": pl.String,
    "occurred_from": pl.Date,
    "occurred_to": pl.Date,
    "reported_on": pl.Date,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "radius_km": pl.Float64,
    "location_precision": pl.String,
    "time_precision": pl.String,
    "kind": pl.String,
    "place_name": pl.String,
    "place_note": pl.String,
    "country": pl.String,
    "admin1": pl.String,
    "side_a": pl.String,
    "side_b": pl.String,
    "fatalities_low": pl.Int32,
    "fatalities_best": pl.Int32,
    "fatalities_high": pl.Int32,
    "source_names": pl.String,
    "source_dates": pl.String,
    "source_titles": pl.String,
    "origins": pl.String,
    "reliability": pl.String,
    "credibility": pl.Int16,
    "summary": pl.String,
    "marks": pl.String,
}

# How the reason begins of every row that is refused because its coordinates are exchanged.
SWAPPED = "latitude and longitude are swapped"

# The row number is no content. A note on the place that a newer layout adds, or a province spelt with another capital,
# is no correction: on two releases of one country that alone would have marked nine events in ten as changed.
_NOT_CONTENT = ("row", "event_id", "place_note", "admin1")
_FIELD, _ROW = "\x1e", "\x1d"


@dataclass(frozen=True)
class FeedSettings:
    """The section of ``config/feeds.toml`` for one feed.

    ``reliability``, ``credibility``: the grade of an event that carries none.
    ``release_days``: publication days by release.  ``generic_origins``: folded words naming nobody ("local sources").
    ``same_origin``: folded name to folded name.
    """

    title: str
    licence: str
    reliability: str
    credibility: int
    unchecked_credibility: int
    release_days: Mapping[str, date] = field(default_factory=dict)
    generic_origins: Sequence[str] = ()
    same_origin: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """A stretch of a file: its events as ``DRAFT``, the rows refused, and the ids of those where they had one.

    ``withdrawn_ids``: events that the source takes back.  ``left_out``: rows that are no event of this program's
    concern, or repeat another, by reason; ``read`` does not count them.
    """

    drafts: pl.DataFrame
    read: int
    refusals: Sequence[RowRefusal] = ()
    refused_ids: Sequence[str] = ()
    withdrawn_ids: Sequence[str] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


class FeedAdapter(Protocol):
    """One source of events: bytes to drafts, without database, network or clock.

    ``name`` is the key of its events. ``release`` says what a name given by a person, or else by the file, stands for.
    ``parse`` reads a file of any size in flat memory; it refuses rows by number, field and reason, and raises
    UnusableFile for a file of which nothing can be used. Every event it hands on obeys ``DRAFT``.
    """

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> FeedSettings: ...

    def release(self, given: str | None, file_name: str, fetched_on: date) -> Release: ...

    def parse(
        self, source: SourceFile, *, fetched_on: date, progress: Callable[[int], None] | None = None
    ) -> Iterator[Batch]: ...


def draft_frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Drafts from mappings, for feeds small enough to be read row by row; absent keys become null."""
    return pl.DataFrame([{name: row.get(name) for name in DRAFT} for row in rows], schema=DRAFT)


def digests(drafts: pl.DataFrame) -> pl.Series:
    """A 64-bit fingerprint of each event's content, the same on every machine and in every version of the libraries.

    Args:    drafts: a frame of ``DRAFT``.
    Returns: signed integers, one a row. Versions of one event are compared by it: a false match has odds of 1 in 2^64.
    """
    micro = [(pl.col(name) * 1e6).round().cast(pl.Int64) for name in ("lon", "lat", "radius_km")]
    frame = drafts.with_columns(*micro, pl.col("place_name").str.to_lowercase()).select(pl.exclude(_NOT_CONTENT))
    # Writing rows as text and cutting them apart again is several times faster than joining columns one by one.
    written = BytesIO()
    frame.write_csv(written, include_header=False, separator=_FIELD, line_terminator=_ROW, quote_style="never")
    contents = written.getvalue().split(_ROW.encode())[:-1]
    if len(contents) != drafts.height:
        raise InvalidInput("A text holds a control character that separates rows.")
    hashed = b"".join([blake2b(content, digest_size=8).digest() for content in contents])
    return pl.Series("digest", np.frombuffer(hashed, dtype="<i8"))
