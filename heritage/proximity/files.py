"""Matching of plain tables: places from CSV or Parquet, pairs to CSV or Parquet, and a checksum of a set of pairs."""

import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

from heritage.core.errors import HeritageError, InvalidInput, UnusableFile
from heritage.core.files import FileKind, SourceFile, guess_delimiter, open_source
from heritage.core.geodesy import Floats, coordinate_problem, usable_coordinates
from heritage.core.refusals import RowRefusal
from heritage.proximity.chords import Pairs
from heritage.proximity.engine import PairSum, iter_pairs, sum_pairs

SITE_ID = ("site_id", "id", "id_no", "ref")
EVENT_ID = ("event_id", "id")
LON = ("lon", "longitude", "lng", "long", "x")
LAT = ("lat", "latitude", "y")

# A hostile file may refuse every row; what is told of it stays bounded, the count is always whole.
MOST_REFUSALS = 10_000
_EXCERPT_CHARS = 60


@dataclass(frozen=True)
class PlaceTable:
    """The n usable rows of a file. ids: n texts, repeated where a site has several rows; refused: how many rows not."""

    ids: pl.Series
    lon: Floats
    lat: Floats
    refused: int
    refusals: Sequence[RowRefusal]

    def __len__(self) -> int:
        return len(self.ids)


def read_places(path: Path, id_names: Sequence[str]) -> PlaceTable:
    """Read a table of places.

    Args:    path: CSV (any usual separator, plain, gzip or zipped) or Parquet.  id_names: accepted names of the column
             of identifiers, the first that is there counts; for longitude and latitude see LON and LAT.
    Returns: the usable rows; the others with row (the header of a CSV is row 1), field and reason.
    Raises:  UnusableFile when the file cannot be read or lacks a column.
    """
    source = open_source(path)
    table, too_long = (_read_parquet(source), []) if source.kind is FileKind.PARQUET else _read_csv(source)
    names = [_column(source.name, table.columns, wanted) for wanted in (id_names, LON, LAT)]
    ids = table[names[0]].cast(pl.String, strict=False).str.strip_chars()
    lon, lat = (_numbers(table[name]) for name in names[1:])
    bad_id = _bad_ids(ids)
    good = usable_coordinates(lon, lat) & ~bad_id
    good[too_long] = False
    if good.all():
        return PlaceTable(ids, lon, lat, 0, [])
    first_row = 1 if source.kind is FileKind.PARQUET else 2
    refusals = [
        RowRefusal(at + first_row, None, f"has more cells than the header, which has {table.width}")
        if at in too_long
        else _refusal(table.select(names).row(at), names, at + first_row)
        for at in np.flatnonzero(~good)[:MOST_REFUSALS].tolist()
    ]
    return PlaceTable(ids.filter(pl.Series(good)), lon[good], lat[good], int((~good).sum()), refusals)


def _read_csv(source: SourceFile) -> tuple[pl.DataFrame, list[int]]:
    """The table, all text, and the rows (from 0) with more cells than the header has."""
    if source.kind is not FileKind.TEXT or source.encoding is None:
        raise UnusableFile(f"{source.name} is neither CSV nor Parquet.")
    if source.long_line is not None:
        raise UnusableFile(f"{source.name}: line {source.long_line} is longer than {source.line_bytes:,} bytes.")
    with source.text() as text:
        header = text.readline()
    separator = guess_delimiter(header)
    utf8 = source.encoding in ("utf-8", "utf-8-sig")
    content = source.content if utf8 else source.content.read_bytes().decode(source.encoding).encode()
    read = partial(
        pl.read_csv,
        content,
        separator=separator,
        infer_schema=False,
        encoding="utf8-lossy" if source.errors != "strict" else "utf8",
    )
    try:
        return read(), []
    except pl.exceptions.ComputeError:
        # A decimal comma makes two cells of one, and what is cut off would be half a coordinate.
        return _csv_table(source, read), _rows_too_long(source, separator)
    except pl.exceptions.PolarsError as error:
        raise _not_csv(source, error) from error


def _csv_table(source: SourceFile, read: Callable[..., pl.DataFrame]) -> pl.DataFrame:
    try:
        return read(truncate_ragged_lines=True)
    except pl.exceptions.PolarsError as error:
        raise _not_csv(source, error) from error


def _not_csv(source: SourceFile, error: Exception) -> UnusableFile:
    return UnusableFile(f"{source.name} cannot be read as CSV: {str(error).splitlines()[0]}")


def _rows_too_long(source: SourceFile, separator: str) -> list[int]:
    with source.text() as text:
        records = csv.reader(text, delimiter=separator)
        width = len(next(records, []))
        return [at for at, cells in enumerate(records) if len(cells) > width]


def _read_parquet(source: SourceFile) -> pl.DataFrame:
    try:
        table = pl.read_parquet(source.content)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnusableFile(f"{source.name} cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    # Lists, objects and bytes are neither identifiers nor numbers.
    return table.select(name for name, kind in table.schema.items() if not kind.is_nested() and kind != pl.Binary)


def _column(file_name: str, columns: Sequence[str], wanted: Sequence[str]) -> str:
    by_name = {name.strip().lower(): name for name in reversed(columns)}
    for name in wanted:
        if name in by_name:
            return by_name[name]
    raise UnusableFile(f"{file_name} has no column {' or '.join(wanted)}; its columns are {', '.join(columns)[:200]}.")


def _numbers(column: pl.Series) -> Floats:
    if column.dtype == pl.String:
        column = column.str.strip_chars()
    return column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()


def _bad_ids(ids: pl.Series) -> npt.NDArray[np.bool_]:
    unfit = ids.str.contains_any(["\x00", "\ufffd", "\n", "\r"]) | (ids == "")
    return unfit.fill_null(True).to_numpy()


def _refusal(values: tuple[object, ...], names: Sequence[str], row: int) -> RowRefusal:
    """Why one row cannot be used; only ever asked of rows that cannot."""
    excerpt = ",".join("" if value is None else str(value) for value in values)[:_EXCERPT_CHARS]
    identifier = "" if values[0] is None else str(values[0]).strip()
    if not identifier:
        return RowRefusal(row, names[0], "is empty", excerpt)
    numbers = []
    for name, value in zip(names[1:], values[1:], strict=True):
        text = "" if value is None else str(value).strip()
        if not text:
            return RowRefusal(row, name, "is empty", excerpt)
        number = _number(text)
        if number is None:
            return RowRefusal(row, name, f"{text[:_EXCERPT_CHARS]!r} is not a number", excerpt)
        numbers.append(number)
    problem = coordinate_problem(*numbers)
    if problem is None:
        return RowRefusal(row, names[0], "holds a line break, a NUL byte or bytes that are not text", excerpt)
    field, reason = problem
    if field == "lat" and abs(numbers[0]) <= 90 < abs(numbers[1]) <= 180:
        reason += "; longitude and latitude may be swapped"
    return RowRefusal(row, names[1] if field == "lon" else names[2], reason, excerpt)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def weights(ids: pl.Series) -> npt.NDArray[np.uint64]:
    """Turn identifiers into the numbers that the checksum of a set of pairs is made of.

    Args:    ids: n texts.
    Returns: n numbers of 1..2^31: the CRC-32 of the UTF-8 bytes without its highest bit, plus 1.
    """
    crc = np.array([crc32(text.encode()) for text in ids.to_list()], dtype=np.uint64)
    return (crc & np.uint64(0x7FFFFFFF)) + np.uint64(1)


def checksum_text(checksum: int) -> str:
    """Write a checksum.

    Args:    checksum: the sum, over all pairs, of weight(site_id) x weight(event_id), modulo 2^64.
    Returns: 16 hexadecimal digits.
    """
    return f"{checksum % 2**64:016x}"


def sum_tables(sites: PlaceTable, events: PlaceTable, radius_km: float) -> PairSum:
    """Count the pairs of two tables and sum them up, independent of any order.

    Args:    sites, events: a pair is a row of each.  radius_km: geodesic, > 0.
    Returns: number and checksum.
    Raises:  ValueError if the radius is not finite and positive.
    """
    return sum_pairs(
        sites.lon,
        sites.lat,
        events.lon,
        events.lat,
        radius_km,
        a_weight=weights(sites.ids),
        b_weight=weights(events.ids),
    )


def write_pairs(sites: PlaceTable, events: PlaceTable, radius_km: float, path: Path) -> PairSum:
    """Write the pairs of two tables to a file, which appears whole or not at all.

    Args:    sites, events: a pair is a row of each.  radius_km: geodesic, > 0.  path: its ending says which format,
             .csv or .parquet.
    Returns: number and checksum. Columns site_id, event_id, distance_km; the events of a site row stand together,
             nearest first; distances read back as the same numbers.
    Raises:  InvalidInput for another ending; HeritageError when it cannot be written; ValueError for the radius.
    """
    ending = path.suffix.lower()
    if ending not in (".csv", ".parquet"):
        raise InvalidInput(f"{path.name}: the ending must be .csv or .parquet.")
    site_weight, event_weight = weights(sites.ids), weights(events.ids)
    pairs = checksum = 0

    def frames() -> Iterator[pl.DataFrame]:
        nonlocal pairs, checksum
        shares = iter_pairs(sites.lon, sites.lat, events.lon, events.lat, radius_km, nearest_first=True)
        for share in shares:
            pairs += len(share)
            checksum += int((site_weight[share.a_index] * event_weight[share.b_index]).sum(dtype=np.uint64))
            yield _frame(sites, events, share)

    with _appearing(path) as temporary:
        _write_csv(frames(), temporary) if ending == ".csv" else _write_parquet(frames(), temporary)
    return PairSum(pairs, checksum % 2**64)


_SCHEMA = {"site_id": pl.String, "event_id": pl.String, "distance_km": pl.Float64}


def _frame(sites: PlaceTable, events: PlaceTable, share: Pairs) -> pl.DataFrame:
    columns = (sites.ids.gather(share.a_index), events.ids.gather(share.b_index), pl.Series(share.distance_km))
    return pl.DataFrame([column.alias(name) for name, column in zip(_SCHEMA, columns, strict=True)])


def _write_csv(frames: Iterator[pl.DataFrame], path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"site_id,event_id,distance_km\n")
        for frame in frames:
            frame.write_csv(file, include_header=False)


def _write_parquet(frames: Iterator[pl.DataFrame], path: Path) -> None:
    held = list(frames)
    (pl.concat(held) if held else pl.DataFrame(schema=_SCHEMA)).write_parquet(path)


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A temporary file beside the wanted one, renamed when all went well and removed when not."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise HeritageError(f"{path} cannot be written: {error.strerror or error}.") from error
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; results are as readable as any other file of the user.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise HeritageError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
