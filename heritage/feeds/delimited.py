"""Large CSV files in flat memory: cut at record ends, read by column name, rows that do not fit told apart."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import polars as pl
from polars.exceptions import PolarsError

from heritage.core.errors import UnusableFile
from heritage.core.files import SourceFile, guess_delimiter, unfit_text
from heritage.core.refusals import RowRefusal

CHUNK_BYTES = 8 << 20
_FIRST_SHARE = 16
ROW = "row"
_TOO_MANY = "cell too many"


@dataclass(frozen=True)
class Table:
    """A stretch of rows, all text, with their numbers as ``row`` (the header is row 1), and those that did not fit."""

    frame: pl.DataFrame
    refusals: Sequence[RowRefusal]
    read: int
    bytes_read: int


class DelimitedReader:
    """A CSV file whose header has been read; ``tables`` then streams the rest.

    Args:    source: an opened text file.  headerless: the columns' names when its first row is data already.
    Raises:  UnusableFile when it is not a table, or a quotation never ends.
    """

    def __init__(self, source: SourceFile, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        if source.long_line is not None:
            raise UnusableFile(f"{source.name}: line {source.long_line} is longer than {source.line_bytes:,} bytes.")
        self.source = source
        self.chunk_bytes = chunk_bytes
        self._first = _first_records(source, 2)
        if not self._first:
            raise UnusableFile(f"{source.name} holds no rows.")
        self.delimiter = guess_delimiter(_first_line(source))

    def leading(self) -> list[list[str]]:
        """The first two records: a header and what follows it, or data already."""
        # A byte that is no text must not become part of a column's name.
        return [[_whole_text(cell).strip().lstrip("\ufeff") for cell in record] for record in self._first]

    def tables(self, columns: Sequence[str], wanted: Sequence[str], *, skip: int) -> Iterator[Table]:
        """The rows, a chunk at a time.

        Args:    columns: names in file order.  wanted: those to keep.  skip: how many leading records are no data.
        Returns: tables of text; an empty cell is null.
        """
        number = 1
        with _utf8(self.source) as stream:
            for chunk in _record_chunks(stream, self.chunk_bytes, self.source.name):
                table, number = self._table(chunk, columns, wanted, number, skip)
                if table.read:
                    yield table

    def _table(
        self, chunk: bytes, columns: Sequence[str], wanted: Sequence[str], number: int, skip: int
    ) -> tuple[Table, int]:
        clean = self.source.errors == "strict" and b"\x00" not in chunk
        frame = _read_fast(chunk, columns, wanted, self.delimiter) if clean else None
        refusals: list[RowRefusal] = []
        if frame is None:
            frame, refusals, records = _read_slowly(chunk, columns, self.delimiter, number, skip)
        else:
            records = frame.height
            rows = pl.int_range(number, number + records, dtype=pl.Int64, eager=True)
            # What is to be skipped stands at the head of the file only.
            frame = frame.with_columns(rows.alias(ROW)).slice(max(skip + 1 - number, 0))
        frame = frame.select(ROW, *wanted)
        # A column filled in every row shows that no row is blank, without a look at the others.
        if frame[wanted[0]].null_count():
            frame = frame.filter(~pl.all_horizontal(pl.col(wanted).is_null()))
        return Table(frame, refusals, frame.height + len(refusals), len(chunk)), number + records


def _whole_text(cell: str) -> str:
    return cell.encode("utf-8", "replace").decode()


def _first_line(source: SourceFile) -> str:
    with source.text() as text:
        return text.readline(1 << 20)


def _first_records(source: SourceFile, count: int) -> list[list[str]]:
    with source.text() as text:
        delimiter = guess_delimiter(text.readline(1 << 20))
        text.seek(0)
        try:
            return [record for record, _ in zip(csv.reader(text, delimiter=delimiter), range(count), strict=False)]
        except csv.Error as error:
            raise UnusableFile(f"{source.name} cannot be read as a table ({error}).") from error


def _utf8(source: SourceFile) -> BinaryIO:
    """The bytes as UTF-8; other encodings are turned into it on the way."""
    if source.encoding in ("utf-8", "utf-8-sig"):
        stream = source.binary()
        if source.encoding == "utf-8-sig":
            stream.read(3)
        return stream
    return cast(BinaryIO, io.BufferedReader(_Recoded(source), 1 << 20))


class _Recoded(io.RawIOBase):
    """A text file of any encoding, read as UTF-8."""

    def __init__(self, source: SourceFile) -> None:
        self._text = source.text()
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = self._text.read(1 << 18).encode()
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def close(self) -> None:
        self._text.close()
        super().close()


def _record_chunks(stream: BinaryIO, size: int, name: str) -> Iterator[bytes]:
    """Stretches of whole records: a line end counts only where the quotation marks before it are even in number.

    The first ones are short, so that whoever works on them need not wait for a long one.
    """
    rest, step = b"", min(size, max(size // _FIRST_SHARE, 1))
    while block := stream.read(step):
        step = min(size, 2 * step)
        rest += block
        cut = _last_record_end(rest)
        if cut == 0 and len(rest) > 4 * size:
            raise UnusableFile(f"{name}: a quotation is opened and never closed; nothing was taken.")
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
    if rest:
        yield rest


def _last_record_end(data: bytes) -> int:
    marks = data.count(b'"')
    end = len(data)
    while (line_end := data.rfind(b"\n", 0, end)) >= 0:
        marks -= data.count(b'"', line_end, end)
        if marks % 2 == 0:
            return line_end + 1
        end = line_end
    return 0


def _read_fast(chunk: bytes, columns: Sequence[str], wanted: Sequence[str], delimiter: str) -> pl.DataFrame | None:
    """The columns as text, or None when some row does not fit and must be looked for."""
    # Reading some columns only, polars does not notice cells too many; one column more than there should be shows them.
    schema = dict.fromkeys([*columns, _TOO_MANY], pl.String)
    try:
        table = pl.scan_csv(
            chunk, has_header=False, schema=schema, missing_columns="insert", separator=delimiter, null_values=""
        )
        frame = table.select([*wanted, _TOO_MANY]).collect()
    except PolarsError:
        return None
    return frame.drop(_TOO_MANY) if frame[_TOO_MANY].null_count() == frame.height else None


def _read_slowly(
    chunk: bytes, columns: Sequence[str], delimiter: str, number: int, skip: int
) -> tuple[pl.DataFrame, list[RowRefusal], int]:
    """Row by row: finds those with too few or too many cells, NUL bytes or bytes that are no text."""
    rows: list[list[object]] = []
    refusals: list[RowRefusal] = []
    at = number - 1
    for at, cells in enumerate(_records(chunk, delimiter, number), start=number):
        if at <= skip or not any(cells):
            continue
        problem = _problem(cells, columns)
        if problem is None:
            rows.append([at, *(cell or None for cell in cells)])
        else:
            refusals.append(RowRefusal(at, problem[0], problem[1], delimiter.join(cells)[:200]))
    schema = {ROW: pl.Int64, **dict.fromkeys(columns, pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row"), refusals, at - number + 1


def _records(chunk: bytes, delimiter: str, number: int) -> Iterator[list[str]]:
    text = io.StringIO(chunk.decode("utf-8", "surrogateescape"), newline="")
    try:
        yield from csv.reader(text, delimiter=delimiter)
    except csv.Error as error:
        raise UnusableFile(f"A row after row {number} cannot be read ({error}).") from error


def _problem(cells: Sequence[str], columns: Sequence[str]) -> tuple[str | None, str] | None:
    for name, cell in zip(columns, cells, strict=False):
        if reason := unfit_text(cell):
            return name, reason
    if len(cells) != len(columns):
        return None, f"has {len(cells)} cells where the header has {len(columns)}"
    return None
