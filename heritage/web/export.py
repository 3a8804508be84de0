"""A result of browsing as a file: CSV, XLSX, GeoJSON or KML of the sites shown, with the places that may be shown."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO, StringIO, UnsupportedOperation
from string import ascii_uppercase
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from flask import Response, abort
from openpyxl import Workbook
from sqlmodel import Session

from heritage.core.text import harmless_cell, without_overrides
from heritage.db.engine import Database
from heritage.policy.disclosure import public_point
from heritage.sites.domain import WORLD_HERITAGE
from heritage.sites.queries import SiteRow, registers_of
from heritage.sites.service import OWN
from heritage.web.browse import MOST_EXPORTED, find_asked, read_asked, rows_of
from heritage.web.day import Day
from heritage.web.i18n import page_language
from heritage.web.names import called, local_names
from heritage.web.state import levels_on, services
from heritage.web.working import Stage, Work, watched

BATCH = 2_000  # sites written at a time
SHEET = "xl/worksheets/sheet1.xml"
KML = "http://www.opengis.net/kml/2.2"
CREDITS = {
    # The Centre's own exports are syndicated with credit; what comes from its data hub is also under CC BY-SA 4.0.
    WORLD_HERITAGE: "World Heritage List, © UNESCO World Heritage Centre; used with credit, data hub CC BY-SA 4.0",
    OWN: "entered by those who keep this tracker",
}
NOTE = (
    "Levels are computed from reports and are no statement of the register. A place without a point is not known or "
    "not public; where grid_km is given, the point is the centre of a cell of that width and not the place."
)
# What XML 1.0 cannot hold, and what would break a line or a cell.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+")


@dataclass(frozen=True, slots=True)
class Record:
    """One site of a file; the fields are its columns, in this order."""

    register: str
    id_no: str
    slug: str
    name: str
    local_name: str
    category: str
    countries: str
    inscribed: int | None
    in_register: str
    in_danger: str
    level: int
    lon: float | None
    lat: float | None
    grid_km: float | None
    as_of: str
    known_on: str
    address: str
    credit: str


COLUMNS = tuple(Record.__slots__)
# Where the rows of an empty sheet would stand, and the cells it says it has, which are more by then.
_ROWS, _EXTENT = re.compile(rb"<sheetData\s*/>|<sheetData></sheetData>"), re.compile(rb"<dimension [^>]*>")
_LETTERS = ascii_uppercase[: len(COLUMNS)]
Records = Iterator[list[Record]]


@dataclass(frozen=True, slots=True)
class Export:
    """What a file is about: the sites of it by their ids, how many the question finds, and the day."""

    ids: list[int]
    total: int
    day: Day
    credit: list[str]
    levels: Mapping[int, int]
    language: str
    root: str  # of the addresses of pages

    @property
    def complete(self) -> bool:
        """Whether the file holds all that was found."""
        return len(self.ids) == self.total

    @property
    def about(self) -> dict[str, Any]:
        """What a reader of the file has to know of it as a whole."""
        days = {"as_of": self.day.as_of.isoformat(), "known_on": self.day.known_on.isoformat()}
        return {**days, "found": self.total, "complete": self.complete, "credit": self.credit, "note": NOTE}


Writer = Callable[[Export, Records], Iterator[bytes]]


def export_found(session: Session, day: Day, form: str) -> Response:
    """All that the address asks for, in its order, as a file; an unknown form is not there.

    The file goes out as it is made, a few thousand sites at a time: whatever its size, little of it is held.
    """
    if form not in _WRITERS:
        abort(404)
    media_type, write = _WRITERS[form]
    found = _found(session, day)
    # What is made after the request has ended leans on nothing of it.
    made = _made(found, write, services().database, watched())
    response = Response(made, content_type=media_type)
    part = "" if found.complete else f"-first-{len(found.ids)}"
    response.headers["Content-Disposition"] = f'attachment; filename="sites-{day.as_of}{part}.{form}"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Accept-Language")
    return response


def _found(session: Session, day: Day) -> Export:
    found = find_asked(session, read_asked(), day, limit=MOST_EXPORTED, offset=0)
    credit = sorted({_credit(register) for register in registers_of(session, found.ids)})
    root = services().settings.public_url.rstrip("/")
    return Export(found.ids, found.total, day, credit, levels_on(session, day), page_language(), root)


def _made(found: Export, write: Writer, database: Database, work: Work) -> Iterator[bytes]:
    with work:
        work.stage(Stage.WRITING_ROWS, len(found.ids))
        yield from write(found, _records(found, database, work))


def _records(found: Export, database: Database, work: Work) -> Iterator[list[Record]]:
    """The rows of a file, some at a time; no transaction stays open while the reader's network takes them."""
    for start in range(0, len(found.ids), BATCH):
        ids = found.ids[start : start + BATCH]
        with database.session() as session:
            rows, local = rows_of(session, ids, found.day), local_names(session, ids, found.language)
        yield [_record(row, found, local) for row in rows]
        work.advance(len(ids))


def _record(row: SiteRow, found: Export, local: Mapping[int, str]) -> Record:
    point = public_point(row.lon, row.lat, row.disclosure, row.grid_km)
    name = called(row.id, row.name, local)
    return Record(
        register=_plain(row.register),
        id_no=_plain(row.ref),
        slug=row.slug,
        name=_plain(row.name),
        local_name=_plain(name.name) if name.own else "",
        category=row.category,
        countries=";".join(row.countries),
        inscribed=row.inscribed_year,
        in_register="yes" if row.in_force else "no",
        in_danger=str(row.in_danger),
        level=found.levels.get(row.id, 0),
        lon=point.lon if point else None,
        lat=point.lat if point else None,
        grid_km=point.grid_km if point else None,
        as_of=found.day.as_of.isoformat(),
        known_on=found.day.known_on.isoformat(),
        address=f"{found.root}/sites/{row.slug}",
        credit=_credit(row.register),
    )


def _credit(register: str) -> str:
    return _plain(CREDITS.get(register, f"register {register}; its keeper's terms"))


def _plain(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", without_overrides(text)).split())


def _cells(records: Sequence[Record]) -> Iterator[list[Any]]:
    for record in records:
        yield [harmless_cell(getattr(record, name)) for name in COLUMNS]


def _csv(found: Export, records: Records) -> Iterator[bytes]:
    yield _lines([list(COLUMNS)])
    for some in records:
        yield _lines(_cells(some))


def _lines(rows: Iterable[list[Any]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _xlsx(found: Export, records: Records) -> Iterator[bytes]:
    """A workbook packed as its rows come; what stands around the rows is written by the library."""
    parts, sink = ZipFile(_workbook_without_rows(found)), _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as book:
        for name in parts.namelist():
            if name != SHEET:
                book.writestr(name, parts.read(name))
        before, after = _ROWS.split(_EXTENT.sub(b"", parts.read(SHEET)))
        with book.open(SHEET, "w") as sheet:
            sheet.write(before + b"<sheetData>" + _row(1, COLUMNS).encode())
            yield sink.taken()
            number = 1
            for some in records:
                sheet.write("".join(_row(number + n, cells) for n, cells in enumerate(_cells(some), 1)).encode())
                number += len(some)
                yield sink.taken()
            sheet.write(b"</sheetData>" + after)
    yield sink.taken()


class _Sink(BytesIO):
    """Hands on what is written to it; it says that it cannot go back, so that the packer never wants to."""

    def tell(self) -> int:
        raise UnsupportedOperation

    def taken(self) -> bytes:
        """All that was written since the last time."""
        held = self.getvalue()
        self.seek(0)
        self.truncate()
        return held


def _workbook_without_rows(found: Export) -> BytesIO:
    book = Workbook()
    sheet, about = book.worksheets[0], book.create_sheet("about")
    sheet.title, sheet.freeze_panes = "sites", "A2"
    sheet.column_dimensions["D"].width = 50
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 14, 110
    for name, value in found.about.items():
        about.append([name, _readable(value)])
    written = BytesIO()
    book.save(written)
    return written


def _row(number: int, cells: Iterable[Any]) -> str:
    written = (_cell(f"{letter}{number}", value) for letter, value in zip(_LETTERS, cells, strict=True))
    return f'<row r="{number}">{"".join(written)}</row>'


def _cell(place: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'


def _readable(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) if isinstance(value, list) else value


def _geojson(found: Export, records: Records) -> Iterator[bytes]:
    head = json.dumps({"type": "FeatureCollection", **found.about}, ensure_ascii=False)
    yield f'{head[:-1]}, "features": ['.encode()
    before = ""
    for some in records:
        features = (json.dumps(_feature(asdict(record)), ensure_ascii=False) for record in some)
        yield f"{before}{', '.join(features)}".encode()
        before = ", "
    yield b"]}"


def _feature(record: dict[str, Any]) -> dict[str, Any]:
    lon, lat = record.pop("lon"), record.pop("lat")
    countries = [code for code in record["countries"].split(";") if code]
    point = None if lon is None else {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": point, "properties": {**record, "countries": countries}}


def _kml(found: Export, records: Records) -> Iterator[bytes]:
    head = ET.Element("Document")
    _text(head, "name", f"Sites on {found.day.as_of}")
    _text(head, "description", "; ".join(f"{name}: {_readable(value)}" for name, value in found.about.items()))
    document = ET.tostring(head, encoding="unicode").removesuffix("</Document>")
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<kml xmlns="{KML}">{document}'.encode()
    for some in records:
        yield "".join(ET.tostring(_placemark(record), encoding="unicode") for record in some).encode()
    yield b"</Document></kml>"


def _placemark(record: Record) -> ET.Element:
    mark = ET.Element("Placemark")
    _text(mark, "name", record.local_name or record.name)
    extended = ET.SubElement(mark, "ExtendedData")
    for name in COLUMNS:
        value = getattr(record, name)
        if value not in (None, "") and name not in ("lon", "lat"):
            _text(ET.SubElement(extended, "Data", name=name), "value", str(value))
    if record.lon is not None:
        _text(ET.SubElement(mark, "Point"), "coordinates", f"{record.lon},{record.lat}")
    return mark


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


_WRITERS: Mapping[str, tuple[str, Writer]] = {
    "csv": ("text/csv; charset=utf-8; header=present", _csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
    "geojson": ("application/geo+json", _geojson),
    "kml": ("application/vnd.google-earth.kml+xml", _kml),
}
