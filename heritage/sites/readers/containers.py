"""What every register file is underneath: rows of named fields, some with a geometry, whatever it is packed in."""

import datetime as dt
import math
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

import defusedxml.ElementTree
import openpyxl
import python_calamine
from defusedxml import DefusedXmlException

from heritage.core.errors import UnusableFile
from heritage.core.files import FileKind, SourceFile
from heritage.sites.domain import Geometry
from heritage.sites.readers.json_items import Piece, read_pieces

SAMPLE_ROWS = 50
MOST_ROWS = 2_000_000
MOST_COLUMNS = 2_000
MOST_XML_BYTES = 128 << 20
MOST_MEMBERS = 200_000


class Container(StrEnum):
    """How the rows are packed."""

    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"
    XML = "xml"
    JSON = "json"
    GEOJSON = "geojson"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a person counts it (with a header, the header is 1), its fields, its GeoJSON geometry.

    `problem` says why the row cannot be read at all.
    """

    number: int
    fields: dict[str, Any]
    geometry: Geometry | None = None
    problem: str = ""


@dataclass(frozen=True)
class RowFile:
    """A file as rows that can be read again; `columns` are those of its first rows, `members` what stands beside them.

    `keyed` marks a JSON object whose members are the rows, under their keys, and no list.
    """

    container: Container
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    members: dict[str, Any] = field(default_factory=dict)
    keyed: bool = False


def open_rows(source: SourceFile) -> RowFile:
    """Recognise how the rows are packed and look at the first ones.

    Returns: the rows, not yet read.
    Raises:  UnusableFile when nothing in it is a table or a list.
    """
    if source.kind is FileKind.XLSX:
        return _table(Container.XLSX, lambda: _xlsx_rows(source))
    if source.kind is FileKind.XLS:
        return _table(Container.XLS, lambda: _xls_rows(source))
    if source.kind is not FileKind.TEXT:
        raise UnusableFile(
            f"{source.name} is a {source.kind} file; a register is read from CSV, XLSX, XLS, XML or JSON."
        )
    with source.text() as text:
        start = text.read(4096).lstrip("\ufeff \t\r\n")[:1]
    if start == "<":
        return _sampled(Container.XML, lambda: _xml_rows(source))
    if start in ("{", "["):
        return _open_json(source)
    return _table(Container.CSV, source.csv_rows)


def _sampled(container: Container, rows: Callable[[], Iterator[Row]], **more: Any) -> RowFile:
    columns: dict[str, None] = {}
    for row in islice(rows(), SAMPLE_ROWS):
        columns |= dict.fromkeys(row.fields)
    return RowFile(container, tuple(columns), rows, **more)


# Tables: a header, then rows.


def _table(container: Container, cells: Callable[[], Iterator[tuple[int, Sequence[Any]]]]) -> RowFile:
    first = [values for _, values in islice(cells(), 2)]
    if not first:
        raise UnusableFile("The file holds no rows.")
    header = _header(first[0])
    # R writes row numbers into a column that it gives no name, so the header is one short.
    if len(first) > 1 and len(first[1]) == len(first[0]) + 1:
        header.insert(0, "")
    return RowFile(container, tuple(header), lambda: _table_rows(cells(), header))


def _header(cells: Sequence[Any]) -> list[str]:
    names = [str(cell if cell is not None else "").strip().strip("\ufeff") for cell in cells][:MOST_COLUMNS]
    while names and not names[-1]:
        names.pop()
    return names


def _table_rows(cells: Iterator[tuple[int, Sequence[Any]]], header: list[str]) -> Iterator[Row]:
    next(cells, None)
    for number, values in cells:
        if number > MOST_ROWS:
            raise UnusableFile(f"The file has more than {MOST_ROWS:,} rows.")
        yield _table_row(header, number, values)


def _table_row(header: list[str], number: int, values: Sequence[Any]) -> Row:
    surplus = [value for value in values[len(header) :] if value not in (None, "")]
    if surplus or len(values) < len(header):
        return Row(number, {}, problem=f"has {len(values)} fields where the header names {len(header)}")
    # Of two columns with one name the first counts; a column without a name cannot be asked for.
    return Row(number, dict(zip(reversed(header), reversed(values[: len(header)]), strict=True)))


def _xlsx_rows(source: SourceFile) -> Iterator[tuple[int, Sequence[Any]]]:
    try:
        with source.binary() as binary:
            book = openpyxl.load_workbook(binary, read_only=True, data_only=True, keep_links=False)
            sheet = book.worksheets[0]
            # Some programs write a wrong size, and reading would stop at it.
            sheet.reset_dimensions()
            width = 0
            for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
                width = width or len(values)
                if any(value is not None for value in values):
                    yield number, [_spreadsheet_value(value) for value in (*values, *[None] * (width - len(values)))]
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, zipfile.BadZipFile) as error:
        # The library's own words name the private copy and run over many lines.
        raise UnusableFile(f"{source.name} is a workbook that cannot be read ({type(error).__name__}).") from error
    except (ET.ParseError, DefusedXmlException, OSError, EOFError) as error:
        raise UnusableFile(f"{source.name} is a damaged workbook ({error}).") from error


def _xls_rows(source: SourceFile) -> Iterator[tuple[int, Sequence[Any]]]:
    try:
        with source.binary() as binary:
            sheet = python_calamine.CalamineWorkbook.from_filelike(binary).get_sheet_by_index(0)
            for number, values in enumerate(sheet.iter_rows(), start=1 + (sheet.start or (0, 0))[0]):
                if any(value != "" for value in values):
                    yield number, [_spreadsheet_value(value) for value in values]
    except (python_calamine.CalamineError, ValueError, IndexError) as error:
        raise UnusableFile(f"{source.name} is not an Excel workbook that can be read ({error}).") from error


def _spreadsheet_value(value: Any) -> Any:
    """Whole numbers without their `.0`, dates as ISO text, empty cells as empty text."""
    if value is None:
        return ""
    if isinstance(value, float) and math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return int(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value


# XML: the elements called `row`.


def _xml_rows(source: SourceFile) -> Iterator[Row]:
    if source.size > MOST_XML_BYTES:
        raise UnusableFile(f"{source.name} is larger than {MOST_XML_BYTES:,} bytes of XML.")
    number, depth = 0, 0
    try:
        with source.binary() as binary:
            for event, element in defusedxml.ElementTree.iterparse(binary, events=("start", "end"), forbid_dtd=True):
                depth += 1 if event == "start" else -1
                if depth > 50:
                    raise UnusableFile(f"{source.name} nests too deeply to be a register.")
                if event == "end" and element.tag == "row":
                    number += 1
                    yield Row(number, {child.tag: child.text or "" for child in element})
                    element.clear()
    except DefusedXmlException as error:
        raise UnusableFile(
            f"{source.name} declares entities of its own, which no register needs; it is refused."
        ) from error
    except (ET.ParseError, ValueError, LookupError) as error:
        raise UnusableFile(f"{source.name} is not proper XML ({error}).") from error


# JSON: a bare list, a list under some member, a GeoJSON collection, or an object that holds its rows under their keys.


def _open_json(source: SourceFile) -> RowFile:
    lists, members = _survey(source)
    if members.get("type") == "FeatureCollection" or "features" in lists:
        return _sampled(Container.GEOJSON, lambda: _feature_rows(source), members=members)
    if lists:
        key = "" if "" in lists else max(lists, key=lambda each: lists[each])
        return _sampled(Container.JSON, lambda: _object_rows(source, key), members=members)
    return _sampled(Container.JSON, lambda: _member_rows(source), members={}, keyed=True)


def _survey(source: SourceFile) -> tuple[dict[str, int], dict[str, Any]]:
    """How many objects each outermost list holds, and the members beside; GeoJSON is known by its first feature."""
    lists: dict[str, int] = {}
    members: dict[str, Any] = {}
    for piece in _pieces(source):
        if piece.number is None:
            members[piece.key] = piece.value if len(members) < 50 else None
            if len(members) > MOST_MEMBERS:
                raise UnusableFile(f"{source.name} has more than {MOST_MEMBERS:,} members.")
        elif isinstance(piece.value, dict):
            lists[piece.key] = piece.number
            if piece.key == "features":
                break
    return lists, members


def _pieces(source: SourceFile) -> Iterator[Piece]:
    try:
        with source.text() as text:
            yield from read_pieces(text, source.name)
    except UnicodeDecodeError as error:
        raise UnusableFile(f"{source.name} holds bytes that are not text.") from error


def _feature_rows(source: SourceFile) -> Iterator[Row]:
    for piece in _pieces(source):
        if piece.key == "features" and piece.number is not None:
            yield feature_row(piece.number, piece.value)


def feature_row(number: int, feature: Any) -> Row:
    """One GeoJSON feature as a row; property names lose the blanks around them."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        return Row(number, {}, problem="is not a GeoJSON feature")
    geometry = feature.get("geometry")
    if geometry is not None and not isinstance(geometry, dict):
        return Row(number, {}, problem="has a geometry that is not GeoJSON")
    fields = _trimmed(feature.get("properties") or {})
    if "id" in feature:
        fields.setdefault("id", feature["id"])
    return Row(number, fields, geometry)


def _object_rows(source: SourceFile, key: str) -> Iterator[Row]:
    for piece in _pieces(source):
        if piece.key == key and piece.number is not None:
            if isinstance(piece.value, dict):
                yield _object_row(piece.number, piece.value)
            else:
                yield Row(piece.number, {}, problem="is not an object with named fields")


def _object_row(number: int, value: dict[str, Any]) -> Row:
    """An object; the data hub's API wraps the fields once more."""
    inner = value.get("fields")
    return Row(number, _trimmed(inner if isinstance(inner, dict) else value))


def _member_rows(source: SourceFile) -> Iterator[Row]:
    for number, piece in enumerate(_pieces(source), start=1):
        yield Row(number, {piece.key: piece.value})


def _trimmed(fields: dict[str, Any]) -> dict[str, Any]:
    return {key.strip(): value for key, value in fields.items()}
