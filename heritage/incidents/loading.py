"""Bulk writing: COPY for what is new, staging for what changed, nothing for what is the same. Source: ADR-0003."""

import os
import socket
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from types import TracebackType
from typing import Any, Self

import numpy as np
import polars as pl
import psycopg
from psycopg import sql

from heritage.core.refusals import RowRefusal
from heritage.feeds.domain import UNIT, WIDEST_USABLE_KM
from heritage.incidents.settling import CARRIED, Target, open_staging

LARGE_BYTES = 10 << 20
FEW_ROWS = 1000
ID_BLOCK = 100_000
# As much as a piece of a file is, written as text; the system gives what it allows.
SEND_BYTES = 4 << 20

PLACE_KEY = ["lon", "lat", "radius_km"]
PLACES = {**dict.fromkeys(PLACE_KEY, pl.Float64), "place_id": pl.Int64}
HELD = {"event": pl.Int64, "held_digest": pl.Int64, "event_id": pl.String}
SEEN = {"event_id": pl.String, "seen_digest": pl.Int64, "seen_row": pl.Int64}
VERSION_COLUMNS = ("event", "release_id", "fetched_at", "known_at", *CARRIED)

# What the feed holds: each event's newest content, or what an older release already knew of it.
HELD_NOW = """
select e.id, case when v.withdrawn then 0 else v.digest end, e.event_id from event e
join event_version v on v.event = e.id and v.replaced_at is null
where e.feed = %(feed)s
"""
HELD_THEN = """
select e.id, case when v.withdrawn then 0 else coalesce(v.digest, 0) end, e.event_id from event e
left join lateral (
    select digest, withdrawn from event_version v join event_release r on r.id = v.release_id
    where v.event = e.id and r.rank <= %(rank)s order by r.rank desc, v.revision desc limit 1
) v on true
where e.feed = %(feed)s
"""


@dataclass
class Tally:
    """What a load has done so far."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[RowRefusal] = field(default_factory=list)


class Held:
    """What the feed holds, found by the hash of the id: each batch asks for its own few of many."""

    def __init__(self, frame: pl.DataFrame) -> None:
        hashes = frame["event_id"].hash().to_numpy()
        order = np.argsort(hashes)
        self.frame = frame
        self._hashes = hashes[order]
        self._order = order

    def beside(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with ``event`` and ``held_digest``, null where the feed holds no such id."""
        if not self._hashes.size:
            return rows.with_columns(event=pl.lit(None, pl.Int64), held_digest=pl.lit(None, pl.Int64))
        wanted = rows["event_id"].hash().to_numpy()
        at = np.minimum(np.searchsorted(self._hashes, wanted), self._hashes.size - 1)
        met = self.frame[self._order[at]]
        # The text decides: two ids with one hash are not the same.
        same = met["event_id"] == rows["event_id"]
        found = pl.DataFrame({"event": met["event"], "held_digest": met["held_digest"], "same": same})
        kept = found.select(pl.when("same").then(pl.col(name)).alias(name) for name in ("event", "held_digest"))
        return rows.hstack(kept)


class EventLoader:
    """Sorts the events of one file into new, changed and unchanged, and writes the first two.

    Call ``take`` with each batch. What is new is in its table then; what changed waits for ``settling.settle``.
    """

    def __init__(self, connection: psycopg.Connection[Any], target: Target, *, source_bytes: int) -> None:
        self.connection = connection
        _widen(connection)
        self.target = target
        self.tally = Tally()
        self.first_new: int | None = None
        self.covered: set[tuple[str | None, int]] = set()
        self._held = Held(self._read_held())
        self._seen: list[pl.DataFrame] = []
        self._seen_hashes: set[int] = set()
        self._places = _read_columns(self.connection, "select lon, lat, radius_km, id from place", {}, PLACES)
        self._members: list[np.ndarray[Any, Any]] = []
        self._frozen: set[str] = set()
        self._without_indexes = self._leave_indexes_for_the_end(source_bytes)
        self._ids: dict[str, tuple[int, int]] = {}
        # The connection belongs to this thread's work while any of it is outstanding.
        self._writer = ThreadPoolExecutor(1)
        self._writing: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The caller may roll back only when nothing uses the connection any more.
        self._writer.shutdown(wait=True, cancel_futures=True)

    def finish(self) -> None:
        """Call when all batches were taken, before anything is looked up."""
        self._wait_for_writing(0)
        if self._without_indexes:
            self.connection.execute("select event_bulk_end()")

    def _leave_indexes_for_the_end(self, source_bytes: int) -> bool:
        """For a first, large file only: whoever reads events must wait from here to the end of the transaction."""
        if source_bytes < LARGE_BYTES:
            return False
        row = self.connection.execute("select count(*) from (select from event limit %s) held", (FEW_ROWS,)).fetchone()
        if row is None or row[0] >= FEW_ROWS:
            return False
        try:
            with self.connection.transaction():
                self.connection.execute("set local lock_timeout = '2s'")
                self.connection.execute("lock table event, event_version in access exclusive mode")
                self.connection.execute("set local lock_timeout = default")
        except psycopg.errors.LockNotAvailable:
            return False
        # Outside the savepoint: only what this very transaction emptied may be filled with rows that count as old.
        emptied = self.connection.execute(
            "select event_bulk_begin(%s, %s, %s)", (self.target.feed, self.target.release_id, self.target.fetched_at)
        ).fetchone()
        self._frozen = {"event", "event_version"} if emptied and emptied[0] else set()
        return True

    def members(self) -> str:
        """The events met so far, new ones included, as a multirange."""
        ids = np.sort(np.concatenate([*self._members, np.empty(0, dtype=np.int64)]))
        if not ids.size:
            return "{}"
        breaks = np.flatnonzero(np.diff(ids) > 1)
        firsts, lasts = ids[np.r_[0, breaks + 1]], ids[np.r_[breaks, ids.size - 1]]
        return (
            "{" + ",".join(f"[{low},{high}]" for low, high in zip(firsts.tolist(), lasts.tolist(), strict=True)) + "}"
        )

    def scope(self) -> dict[str, Any]:
        """The file's own countries and years, as {countries, years}."""
        countries = sorted({name for name, _ in self.covered if name})
        return {"countries": countries, "years": sorted({year for _, year in self.covered})}

    def _read_held(self) -> pl.DataFrame:
        """Every event of the feed, with its content as of this release; 0 where it had none or was withdrawn."""
        query = HELD_NOW if self.target.is_newest else HELD_THEN
        values = {"feed": self.target.feed, "rank": list(self.target.rank)}
        return _read_columns(self.connection, query, values, HELD)

    # -- batch by batch --------------------------------------------------------------------------------------------

    def take(self, drafts: pl.DataFrame, digest: pl.Series, refused_ids: Sequence[str]) -> None:
        """Write one batch: new events at once, changed ones into a staging table, unchanged ones not at all."""
        rows = self._first_of_each(drafts.with_columns(digest.alias("digest")))
        rows = self._held.beside(rows)
        same = pl.col("held_digest") == pl.col("digest")
        is_new = pl.col("event").is_null()
        judged = rows.with_columns(
            pl.when(is_new).then(2).when(same.fill_null(False)).then(0).otherwise(1).alias("fate")
        )
        new, changed = judged.filter(pl.col("fate") == 2), judged.filter(pl.col("fate") == 1)
        self.tally.unchanged += judged.height - new.height - changed.height
        self.covered.update(rows.select("country", pl.col("occurred_from").dt.year()).unique().iter_rows())
        self._members.append(judged["event"].drop_nulls().to_numpy())
        if refused_ids:
            # A row that cannot be read is no sign that its event was withdrawn.
            spared = self._held.frame.filter(pl.col("event_id").is_in(list(refused_ids)))
            self._members.append(spared["event"].to_numpy())
        if new.height:
            self._add(new)
        if changed.height:
            self._stage(changed)

    def _first_of_each(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Each id once: a row that repeats one counts as unchanged, one that contradicts it is refused."""
        seen = rows.select("event_id", pl.col("digest").alias("seen_digest"), pl.col("row").alias("seen_row"))
        hashes = rows["event_id"].hash()
        # As a rule no id comes twice, and looking at hashes alone is enough to know.
        if hashes.n_unique() == rows.height and self._seen_hashes.isdisjoint(new := hashes.to_list()):
            self._seen_hashes.update(new)
            self._seen.append(seen)
            return rows
        self._seen_hashes.update(hashes)
        return self._without_repeats(rows)

    def _without_repeats(self, rows: pl.DataFrame) -> pl.DataFrame:
        before = pl.concat([pl.DataFrame(schema=SEEN), *self._seen])
        first = rows.unique("event_id", keep="first", maintain_order=True)
        fresh = first.join(before, on="event_id", how="anti", maintain_order="left")
        self._seen.append(
            fresh.select("event_id", pl.col("digest").alias("seen_digest"), pl.col("row").alias("seen_row"))
        )
        again = rows.join(pl.concat([before, self._seen[-1]]), on="event_id")
        again = again.filter(pl.col("row") != pl.col("seen_row"))
        differing = again.filter(pl.col("digest") != pl.col("seen_digest")).sort("row")
        self.tally.unchanged += again.height - differing.height
        self.tally.refusals += [
            RowRefusal(
                row,
                "id",
                f"the id was used before, in row {seen}, with other values; that row was taken",
                f"id {name}",
            )
            for row, seen, name in differing.select("row", "seen_row", "event_id").iter_rows()
        ]
        return fresh

    def _add(self, rows: pl.DataFrame) -> None:
        ids = self._take_ids("event", rows.height)
        if self.first_new is None:
            self.first_new = int(ids[0])
        rows = rows.with_columns(pl.Series("event", ids))
        self._members.append(ids)
        events = rows.select(
            pl.col("event").alias("id"),
            pl.lit(self.target.feed).alias("feed"),
            "event_id",
            pl.col("event").alias("incident_id"),
        )
        versions = self._versions(rows)
        if self._without_indexes:
            # While the indexes are away these are the columns' defaults: the server need not read them in every row.
            events, versions = events.drop("feed"), versions.drop("release_id", "fetched_at")
        self._copy("event", events)
        self._copy("event_version", versions)
        self.tally.added += rows.height

    def _stage(self, rows: pl.DataFrame) -> None:
        self._wait_for_writing(0)
        open_staging(self.connection)
        self._copy("staged_version", self._versions(rows))
        self.tally.changed += rows.height

    def _versions(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows as they go into the table; ``known_at`` is that of a first version (``domain.known_first``)."""
        fetched = self.target.fetched_at.isoformat()
        known: Any = pl.lit(fetched)
        if self.target.released_on is not None:
            released = pl.lit(self.target.released_on)
            known = (
                pl.when(released >= pl.col("occurred_from"))
                .then(pl.lit(self.target.released_on.isoformat()))
                .otherwise(known)
            )
        known = pl.coalesce(pl.col("reported_on").cast(pl.String), known)
        return (
            self._placed(rows)
            .with_columns(
                pl.lit(self.target.release_id).alias("release_id"),
                pl.lit(fetched).alias("fetched_at"),
                pl.col("reported_on").alias("reported_at"),
                known.alias("known_at"),
            )
            .select(VERSION_COLUMNS)
        )

    def _placed(self, rows: pl.DataFrame) -> pl.DataFrame:
        usable = pl.col("lon").is_not_null() & pl.col("lat").is_not_null() & (pl.col("radius_km") <= WIDEST_USABLE_KM)
        wanted = rows.filter(usable).select(PLACE_KEY).unique(maintain_order=True)
        missing = wanted.join(self._places, on=PLACE_KEY, how="anti", maintain_order="left")
        if missing.height:
            missing = missing.with_columns(pl.Series("place_id", self._take_ids("place", missing.height)))
            self._copy("place", missing.rename({"place_id": "id"}))
            self._places = pl.concat([self._places, missing.select(self._places.columns)])
        # A radius beyond the widest usable one finds no place here, because none is stored.
        return rows.join(self._places, on=PLACE_KEY, how="left", maintain_order="left")

    def _take_ids(self, table: str, count: int) -> np.ndarray[Any, Any]:
        """Consecutive numbers of a table, reserved in blocks; under the lock nobody else takes any from between."""
        first, last = self._ids.get(table, (1, 0))
        if last - first + 1 < count:
            self._wait_for_writing(0)
            row = self.connection.execute(
                "select min(n), max(n) from (select nextval(%s::regclass) n from generate_series(1, %s)) taken",
                (f"{table}_id_seq", max(count, ID_BLOCK if self._without_indexes else 0)),
            ).fetchone()
            assert row is not None
            first, last = row
        self._ids[table] = (first + count, last)
        return np.arange(first, first + count, dtype=np.int64)

    def _wait_for_writing(self, most: int) -> None:
        while len(self._writing) > most:
            self._writing.popleft().result()

    def _copy(self, table: str, rows: pl.DataFrame) -> None:
        """Hand rows to the writing thread, so that the next batch is sorted while these go in."""
        # Columns without a value need not be sent: their default is null.
        filled = [name for name in rows.columns if rows[name].null_count() < rows.height]
        data = BytesIO()
        rows.select(filled).write_csv(data, include_header=False)
        names = sql.SQL(", ").join(map(sql.Identifier, filled))
        options = sql.SQL("format csv, freeze" if table in self._frozen else "format csv")
        statement = sql.SQL("copy {} ({}) from stdin ({})").format(sql.Identifier(table), names, options)
        self._wait_for_writing(3)
        self._writing.append(self._writer.submit(self._write, statement, data.getbuffer()))

    def _write(self, statement: sql.Composed, data: memoryview) -> None:
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(data)


def _widen(connection: psycopg.Connection[Any]) -> None:
    """Let a whole piece go to the server at once: a full buffer makes the writer wait for the interpreter's lock."""
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)


def _read_columns(
    connection: psycopg.Connection[Any], query: str, values: dict[str, Any], schema: dict[str, Any]
) -> pl.DataFrame:
    """The rows of a query as columns, fetched as arrays: many times faster than row by row.

    Args:    schema: names and types of the columns, in order: Int64, Float64, and String for the last at most.
    """
    columns = [
        f"string_agg({name}, {_SEPARATOR})" if kind == pl.String else f"array_agg({name})"
        for name, kind in schema.items()
    ]
    # In groups, because one value may not exceed a gigabyte.
    statement = (
        f"select {', '.join(columns)} from (select *, row_number() over () / 1000000 as part from ({query}) plain "
        f"({', '.join(schema)})) numbered group by part"
    )
    frames = [pl.DataFrame(schema=schema)]
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement.encode(), values)
        result = cursor.pgresult
        assert result is not None
        for row in range(result.ntuples):
            raw = {name: result.get_value(row, at) or b"" for at, name in enumerate(schema)}
            frames.append(
                pl.DataFrame({name: _column(raw[name], kind) for name, kind in schema.items()}, schema=schema)
            )
    return pl.concat(frames)


_SEPARATOR = "E'\\x1f'"


def _column(raw: bytes, kind: Any) -> Any:
    if kind == pl.String:
        return raw.decode().split(UNIT)
    # PostgreSQL's binary array: a header of five integers, then each element after its length.
    element = np.dtype([("length", ">i4"), ("value", ">i8" if kind == pl.Int64 else ">f8")])
    return np.frombuffer(raw, dtype=element, offset=20)["value"].astype(np.int64 if kind == pl.Int64 else np.float64)
