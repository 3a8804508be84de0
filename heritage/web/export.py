"""A result of browsing as a file: CSV, XLSX, GeoJSON or KML of the sites shown, with the places that may be shown."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from io import BytesIO, StringIO
from typing import Any
from xml.etree import ElementTree as ET

from flask import Response, abort
from openpyxl import Workbook
from sqlmodel import Session

from heritage.core.text import harmless_cell, without_overrides
from heritage.policy.disclosure import public_point
from heritage.sites.domain import WORLD_HERITAGE
from heritage.sites.queries import SiteRow
from heritage.sites.service import OWN
from heritage.web.browse import MOST_EXPORTED, find, read_asked
from heritage.web.day import Day
from heritage.web.names import called, local_names
from heritage.web.state import levels_on, services

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


@dataclass(frozen=True, slots=True)
class Export:
    """The sites of a file, how many the question finds, and the day they are about."""

    records: list[Record]
    total: int
    as_of: date
    known_on: date

    @property
    def complete(self) -> bool:
        """Whether the file holds all that was found."""
        return len(self.records) == self.total

    @property
    def about(self) -> dict[str, Any]:
        """What a reader of the file has to know of it as a whole."""
        days = {"as_of": self.as_of.isoformat(), "known_on": self.known_on.isoformat()}
        credits = sorted({record.credit for record in self.records})
        return {**days, "found": self.total, "complete": self.complete, "credit": credits, "note": NOTE}


def export_found(session: Session, day: Day, form: str) -> Response:
    """All that the address asks for, in its order, as a file; an unknown form is not there."""
    if form not in _WRITERS:
        abort(404)
    media_type, write = _WRITERS[form]
    found = _found(session, day)
    response = Response(write(found), content_type=media_type)
    part = "" if found.complete else f"-first-{len(found.records)}"
    response.headers["Content-Disposition"] = f'attachment; filename="sites-{day.as_of}{part}.{form}"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Accept-Language")
    return response


def _found(session: Session, day: Day) -> Export:
    page = find(session, read_asked(), day, limit=MOST_EXPORTED, offset=0)
    levels, local = levels_on(session, day), local_names(session, [row.id for row in page.rows])
    return Export([_record(row, levels, local, day) for row in page.rows], page.total, day.as_of, day.known_on)


def _record(row: SiteRow, levels: Mapping[int, int], local: Mapping[int, str], day: Day) -> Record:
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
        level=levels.get(row.id, 0),
        lon=point.lon if point else None,
        lat=point.lat if point else None,
        grid_km=point.grid_km if point else None,
        as_of=day.as_of.isoformat(),
        known_on=day.known_on.isoformat(),
        address=f"{services().settings.public_url.rstrip('/')}/sites/{row.slug}",
        credit=_plain(CREDITS.get(row.register, f"register {row.register}; its keeper's terms")),
    )


def _plain(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", without_overrides(text)).split())


def _cells(records: list[Record]) -> Iterator[list[Any]]:
    yield list(COLUMNS)
    for record in records:
        yield [harmless_cell(getattr(record, name)) for name in COLUMNS]


def _csv(found: Export) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows(_cells(found.records))
    return text.getvalue().encode()


def _xlsx(found: Export) -> bytes:
    # Write-only: rows go to the disk as they come and are never held as a tree.
    book = Workbook(write_only=True)
    sheet = book.create_sheet("sites")
    sheet.freeze_panes = "A2"
    sheet.column_dimensions["D"].width = 50
    for cells in _cells(found.records):
        sheet.append(cells)
    about = book.create_sheet("about")
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 14, 110
    for name, value in found.about.items():
        about.append([name, _readable(value)])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _readable(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) if isinstance(value, list) else value


def _geojson(found: Export) -> bytes:
    features = [_feature(asdict(record)) for record in found.records]
    document = {"type": "FeatureCollection", **found.about, "features": features}
    return json.dumps(document, ensure_ascii=False).encode()


def _feature(record: dict[str, Any]) -> dict[str, Any]:
    lon, lat = record.pop("lon"), record.pop("lat")
    countries = [code for code in record["countries"].split(";") if code]
    point = None if lon is None else {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": point, "properties": {**record, "countries": countries}}


def _kml(found: Export) -> bytes:
    root = ET.Element("kml", xmlns=KML)
    document = ET.SubElement(root, "Document")
    _text(document, "name", f"Sites on {found.as_of}")
    _text(document, "description", "; ".join(f"{name}: {_readable(value)}" for name, value in found.about.items()))
    for record in found.records:
        _placemark(document, record)
    written = BytesIO()
    ET.ElementTree(root).write(written, encoding="utf-8", xml_declaration=True)
    return written.getvalue()


def _placemark(document: ET.Element, record: Record) -> None:
    mark = ET.SubElement(document, "Placemark")
    _text(mark, "name", record.local_name or record.name)
    extended = ET.SubElement(mark, "ExtendedData")
    for name in COLUMNS:
        value = getattr(record, name)
        if value not in (None, "") and name not in ("lon", "lat"):
            _text(ET.SubElement(extended, "Data", name=name), "value", str(value))
    if record.lon is not None:
        _text(ET.SubElement(mark, "Point"), "coordinates", f"{record.lon},{record.lat}")


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


_WRITERS: Mapping[str, tuple[str, Callable[[Export], bytes]]] = {
    "csv": ("text/csv; charset=utf-8; header=present", _csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
    "geojson": ("application/geo+json", _geojson),
    "kml": ("application/vnd.google-earth.kml+xml", _kml),
}
