"""The World Heritage List in every layout that UNESCO hands out: CSV, XLS, XLSX, XML, and the data hub's exports."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from heritage.core.errors import InvalidInput, UnusableFile
from heritage.core.refusals import RowRefusal
from heritage.sites.danger import check_spells, parse_danger
from heritage.sites.domain import (
    WORLD_HERITAGE,
    ComponentRecord,
    DangerSpell,
    NameKind,
    NameRecord,
    RegisterRecord,
)
from heritage.sites.readers.containers import Row, RowFile
from heritage.sites.readers.places import (
    make_name,
    read_category,
    read_countries,
    read_criteria,
    read_title,
    refuse,
    split_list,
    weigh_position,
)
from heritage.sites.readers.values import (
    BadValue,
    is_blank,
    read_area,
    read_flag,
    read_name,
    read_position,
    read_text,
    read_year,
)

WHOLE_LIST_ROWS = 900
SESSION_ROWS = 3  # fewer decisions than the smallest session of late has made
MOST_ROWS = 20_000
FIRST_LIST_YEAR = 1978

# What each layout calls a field; the first that is there counts.
COLUMNS = {
    "ref": ("id_no", "id_number", "whc_id"),
    "name": ("name_en", "site", "site_name"),
    "description": ("short_description_en", "short_description"),
    "year": ("date_inscribed", "year_inscribed"),
    "later_years": ("secondary_dates",),
    "danger": ("danger_list", "danger"),
    "flag": ("danger",),
    "lon": ("longitude",),
    "lat": ("latitude",),
    "point": ("coordinates",),
    "area": ("area_hectares",),
    "criteria": ("criteria_txt",),
    "category": ("category", "category_short"),
    "states": ("states_name_en", "states_names", "states"),
    "countries": ("iso_code", "iso_codes"),
    "region": ("region_en", "region"),
    "parts": ("components_list",),
    "parts_count": ("components_count",),
}
_DATA_HUB = {"iso_codes", "states_names", "components_list", "coordinates"}
_RECOGNISED_BY = (
    "date_inscribed",
    "criteria_txt",
    "short_description_en",
    "components_count",
    "states_name_en",
    "id_number",
)
_OTHER_LANGUAGES = ("fr", "es", "ru", "ar", "zh")

# The record's field, and the columns without which a file does not tell it.
_TOLD_BY = {
    "name": ("name",),
    "category": ("category",),
    "states_parties": ("countries",),
    "states_note": ("states",),
    "region": ("region",),
    "inscribed_year": ("year",),
    "area_ha": ("area",),
    "description": ("description",),
    "criteria": ("criteria",),
    "danger": ("danger",),
    "components": ("parts",),
}
_NEVER_TOLD = {"boundary", "buffer_zone", "conditions", "disclosure", "grid_km"}

_PART = re.compile(
    r"name:\s*(?P<name>.*?),\s*ref:\s*(?P<ref>.*?),\s*latitude:\s*(?P<lat>[^,]*?),\s*longitude:\s*(?P<lon>[^,]*?)\s*",
    re.DOTALL,
)
# A name may hold braces and commas too, so the next part counts only where its own name begins.
_BETWEEN_PARTS = re.compile(r"\}\s*,\s*\{(?=\s*name:)")


@dataclass(frozen=True)
class Columns:
    """Which column of this file holds which field."""

    of: dict[str, str]
    all: frozenset[str]
    by_geometry: bool = False

    @property
    def from_data_hub(self) -> bool:
        return bool(self.all & _DATA_HUB)

    def get(self, row: Row, name: str) -> Any:
        column = self.of.get(name)
        return row.fields.get(column) if column else None


@dataclass
class ListRead:
    """A World Heritage list, read to its end; `years` counts the rows that tell of a decision in a year."""

    records: list[RegisterRecord] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)
    years: Counter[int] = field(default_factory=Counter)
    refused_refs: set[str] = field(default_factory=set)
    unnamed_rows: int = 0
    has_refs: bool = True

    @property
    def latest_year(self) -> int | None:
        """The newest year of any decision; one slip of the pen must not date a whole list into the future."""
        return max((year for year, rows in self.years.items() if rows >= SESSION_ROWS), default=None)

    @property
    def names_all_its_sites(self) -> bool:
        # A row that does not even tell which site it is about may be any of those that would seem to be missing.
        return self.has_refs and not self.unnamed_rows

    @property
    def is_whole(self) -> bool:
        return self.names_all_its_sites and len(self.records) >= WHOLE_LIST_ROWS


def looks_like_list(columns: Iterable[str]) -> bool:
    """Whether these columns are those of the World Heritage List, with or without its numbers."""
    names = {_folded(column) for column in columns}
    named = any(each in names for each in COLUMNS["name"])
    return named and (any(each in names for each in _RECOGNISED_BY) or "id_no" in names)


def read_list(rows: RowFile, name: str, *, match_by_name: bool = False) -> ListRead:
    """Read a World Heritage list.

    Args:    rows: of a file that `looks_like_list`.  match_by_name: take a list without numbers.
    Returns: the records in file order, what was refused, the newest year in it.
    Raises:  UnusableFile when the column of numbers or of names is missing, or it is far too long.
    """
    columns = _find_columns(rows)
    has_refs = "ref" in columns.of
    if not has_refs and not match_by_name:
        raise UnusableFile(
            f"{name} has no column id_no, the number by which UNESCO knows a site, so its rows cannot be matched. "
            "Take a list that has it, or match by name (--by-name)."
        )
    result, seen = ListRead(has_refs=has_refs), dict[str, int]()
    for row in rows.rows():
        if row.number > MOST_ROWS:
            raise UnusableFile(f"{name} has more than {MOST_ROWS:,} rows, which no World Heritage list has.")
        _take(row, columns, result, seen)
    if "id_number" in columns.all and _lags(result):
        result.records = [replace(record, danger_is_stale=True) for record in result.records]
    return result


def _lags(result: ListRead) -> bool:
    """Whether the danger column of an XML was left behind when its list went on.

    Measured: the XML of 2019 lacks every listing since 2015 and still has some that had ended by then. One that tells
    of a decision of its list's own last sessions is kept up.
    """
    spells = [spell for record in result.records for spell in record.danger or ()]
    told = max((year for spell in spells for year in (spell.begin_year, spell.end_year) if year), default=0)
    listed = max((record.inscribed_year or 0 for record in result.records), default=0)
    return told < (result.latest_year or listed) - 1


def _take(row: Row, columns: Columns, result: ListRead, seen: dict[str, int]) -> None:
    if row.problem:
        result.refusals.append(RowRefusal(row.number, None, f"the row {row.problem}"))
        _remember_refused(row, columns, result)
        return
    try:
        record = _read_row(row, columns)
        key = record.ref or record.name
        if key in seen:
            raise BadValue(columns.of.get("ref", "name"), f"stands in row {seen[key]} already", key)
    except BadValue as error:
        result.refusals.append(refuse(row.number, error))
        _remember_refused(row, columns, result)
        return
    seen[key] = row.number
    result.records.append(record)
    result.years.update(set(_years(row, columns, record)))


def _remember_refused(row: Row, columns: Columns, result: ListRead) -> None:
    """A site whose row is refused is in the list all the same, and has not vanished from it."""
    try:
        result.refused_refs.add(_read_ref(columns.get(row, "ref"), columns.of.get("ref", "")))
    except BadValue:
        result.unnamed_rows += 1


def _find_columns(rows: RowFile) -> Columns:
    folded = {_folded(column): column for column in reversed(rows.columns)}
    of = {name: folded[each] for name, choices in COLUMNS.items() for each in reversed(choices) if each in folded}
    return Columns(of, frozenset(folded), by_geometry=rows.container == "geojson")


def _folded(column: str) -> str:
    return re.sub(r"[\s-]+", "_", column.strip().lower())


def _read_row(row: Row, columns: Columns) -> RegisterRecord:
    ref = _read_ref(columns.get(row, "ref"), columns.of["ref"]) if "ref" in columns.of else ""
    name, warnings = read_title(columns.get(row, "name"), columns.of.get("name", "name_en"))
    year = read_year(columns.get(row, "year"), columns.of.get("year", "date_inscribed"), FIRST_LIST_YEAR, 2100)
    countries, unknown = read_countries(columns.get(row, "countries"), columns.of.get("countries", "iso_code"))
    warnings += [f"{word} is no country code" for word in unknown]
    position = _read_position(row, columns)
    if outside := weigh_position(position, countries, columns.of.get("lat", "coordinates")):
        # A slip in a longitude put a valley of Lebanon beside a war in Syria: such a point is told and never used.
        warnings, position = [*warnings, *outside], None
    spells, in_danger, danger_warnings = _read_danger(row, columns, year)
    parts, part_warnings = _read_parts(row, columns, ref)
    return RegisterRecord(
        register=WORLD_HERITAGE,
        ref=ref,
        name=name,
        row=row.number,
        names=tuple(_read_names(row, name)),
        category=read_category(columns.get(row, "category"), columns.of.get("category", "category")),
        states_parties=countries,
        states_note="" if countries and not unknown else _read_states(row, columns),
        region=read_text(columns.get(row, "region"), "region").replace("\n", " "),
        inscribed_year=year,
        lon=position and position[0],
        lat=position and position[1],
        area_ha=read_area(columns.get(row, "area"), columns.of.get("area", "area_hectares")),
        description=read_text(columns.get(row, "description"), "short_description"),
        criteria=read_criteria(columns.get(row, "criteria")),
        danger=spells,
        in_danger_now=in_danger,
        danger_is_complete=spells is not None and not columns.from_data_hub,
        components=parts,
        identifiers=tuple(_read_identifiers(row)),
        absent=_absent(columns, row),
        warnings=tuple(warnings + danger_warnings + part_warnings),
    )


def _read_ref(value: Any, column: str) -> str:
    """`id_no` as UNESCO writes it: digits without leading zeros."""
    text = re.sub(r"\.0+$", "", read_name(value, column))
    if not re.fullmatch(r"[0-9]{1,6}", text) or not int(text):
        raise BadValue(column, "is not the number of a World Heritage site", value)
    return str(int(text))


def _read_names(row: Row, name: str) -> Iterator[NameRecord]:
    yield make_name(name, "en", NameKind.OFFICIAL)
    for language in _OTHER_LANGUAGES:
        if other := read_name(row.fields.get(f"name_{language}"), f"name_{language}"):
            yield make_name(other, language, NameKind.OFFICIAL)


def _read_identifiers(row: Row) -> Iterator[tuple[str, str]]:
    for column, scheme in (("unique_number", "unesco_unique_number"), ("uuid", "unesco_uuid")):
        if value := re.sub(r"\.0+$", "", read_name(row.fields.get(column), column)):
            yield scheme, value


def _read_states(row: Row, columns: Columns) -> str:
    words = (read_name(word, "states") for word in split_list(columns.get(row, "states")))
    return ", ".join(word for word in words if word)


def _read_position(row: Row, columns: Columns) -> tuple[float, float] | None:
    """From two columns, from the data hub's pair (an object, or `lat, lon` in its CSV), or from a GeoJSON point."""
    lon, lat = columns.of.get("lon"), columns.of.get("lat")
    if lon and lat:
        return read_position(row.fields.get(lon), row.fields.get(lat), (lon, lat))
    point = columns.get(row, "point")
    if isinstance(point, dict):
        return read_position(point.get("lon"), point.get("lat"), ("coordinates", "coordinates"))
    if isinstance(point, str) and point.strip():
        pair = point.split(",")
        if len(pair) != 2:
            raise BadValue("coordinates", "is not latitude, longitude", point)
        return read_position(pair[1], pair[0], ("coordinates", "coordinates"))
    if not is_blank(point):
        raise BadValue("coordinates", "is not a pair of lon and lat", point)
    return point_of(row.geometry) if columns.by_geometry else None


def point_of(geometry: dict[str, Any] | None) -> tuple[float, float] | None:
    """lon and lat of a GeoJSON point, a third coordinate left out; None without a geometry.  Raises: BadValue."""
    if geometry is None:
        return None
    coordinates = geometry.get("coordinates")
    if geometry.get("type") != "Point" or not isinstance(coordinates, list):
        raise BadValue("geometry", "is not a point", geometry.get("type"))
    if not coordinates:
        return None
    if len(coordinates) < 2:
        raise BadValue("geometry", "is a point with one coordinate", coordinates)
    return read_position(coordinates[0], coordinates[1], ("longitude", "latitude"))


def _read_danger(
    row: Row, columns: Columns, year: int | None
) -> tuple[tuple[DangerSpell, ...] | None, bool | None, list[str]]:
    """Spells, the flag, warnings. In the XML `danger` holds the grammar; in tables it is the flag of `danger_list`."""
    if "danger" not in columns.of:
        return None, None, []
    column, value = columns.of["danger"], columns.get(row, "danger")
    of_flag = column == columns.of.get("flag")
    if of_flag and "id_number" not in columns.all and _is_flag(value):
        return None, read_flag(value, column), []
    text = read_text(value, column)
    if of_flag and text == "1":
        # Measured: the XML writes so of two sites that had left the list.
        return None, None, ["danger is 1 and names no year, so nothing is taken from it"]
    mended = re.sub(r"\bY\s+(\d{4}\s*-\s*\d{4})", r"P \1", text)
    warnings = [f"{column} “{text}” is read as “{mended}”"] if mended != text else []
    spells = _read_spells(mended, column, year)
    listed = any(spell.end_year is None for spell in spells)
    flag = listed if of_flag else read_flag(columns.get(row, "flag"), "danger")
    if flag is not None and flag != listed:
        warnings.append(f"danger says {'yes' if flag else 'no'}, {column} says “{text}”")
    return spells, listed, warnings


def _read_spells(text: str, column: str, year: int | None) -> tuple[DangerSpell, ...]:
    try:
        return check_spells(parse_danger(text), year)
    except InvalidInput as error:
        raise BadValue(column, f"cannot be: {error}", text) from error


def _is_flag(value: Any) -> bool:
    return is_blank(value) or str(value).strip().lower() in {"0", "1", "0.0", "1.0", "true", "false", "yes", "no"}


def _read_parts(row: Row, columns: Columns, ref: str) -> tuple[tuple[ComponentRecord, ...] | None, list[str]]:
    """The data hub's component parts, which are written like JSON and are none.  Source: the feeds' format notes."""
    value = columns.get(row, "parts")
    if "parts" not in columns.of or is_blank(value):
        return None, []
    parts, warnings = parse_components(value, ref)
    told = columns.get(row, "parts_count")
    if not is_blank(told) and str(told).strip().removesuffix(".0") != str(len(parts)):
        warnings.append(f"components_count is {told}, components_list holds {len(parts)}")
    return parts, warnings


def parse_components(value: Any, ref: str) -> tuple[tuple[ComponentRecord, ...], list[str]]:
    """Read `{name: Gate, North, ref: 108-001, latitude: 10.5, longitude: 20.5}, {name: ...}`.

    Args:    value: that text, or a list of such texts or of objects with these four members.  ref: of the site.
    Returns: the parts in their order, and warnings; a position of 0, 0 or off the Earth is unknown.
    Raises:  BadValue when a part has not these four members.
    """
    items = value if isinstance(value, list) else _BETWEEN_PARTS.split(str(value).strip())
    parts: dict[str, ComponentRecord] = {}
    warnings: list[str] = []
    for number, item in enumerate(items, start=1):
        members = item if isinstance(item, dict) else _part_members(str(item))
        part = _read_part(members, ref, number, warnings)
        while part.ref in parts:
            warnings.append(f"the part {part.ref} is named twice")
            part = replace(part, ref=f"{part.ref}+")
        parts[part.ref] = part
    return tuple(parts.values()), warnings


def _part_members(item: str) -> dict[str, str]:
    match = _PART.fullmatch(item.strip().removeprefix("{").removesuffix("}").strip())
    if not match:
        raise BadValue("components_list", "is not “{name: …, ref: …, latitude: …, longitude: …}”", item)
    return match.groupdict()


def _read_part(members: dict[str, Any], ref: str, number: int, warnings: list[str]) -> ComponentRecord:
    part_ref = read_name(members.get("ref"), "components_list")
    if not part_ref:
        part_ref = f"{ref}-{number:03d}"
        warnings.append(f"part {number} has no ref and is called {part_ref}")
    elif not re.match(rf"{ref}(?!\d)", part_ref):
        warnings.append(f"the part {part_ref} does not bear the number of its site")
    lon, lat = (_unknown_as_none(members.get(short, members.get(long))) for short, long in _AXES)
    try:
        position = read_position(lon, lat)
    except BadValue as error:
        position = None
        warnings.append(f"the part {part_ref} is taken without its position: {error.field} {error.reason}")
    name = read_name(members.get("name"), "components_list")
    return ComponentRecord(part_ref, name, position and position[0], position and position[1])


_AXES = (("lon", "longitude"), ("lat", "latitude"))


def _unknown_as_none(value: Any) -> Any:
    return None if str(value).strip().lower() in {"none", "null", ""} else value


def _absent(columns: Columns, row: Row) -> frozenset[str]:
    """What this file does not tell of this site, and so must not overwrite."""
    missing = {told for told, by in _TOLD_BY.items() if not any(each in columns.of for each in by)}
    if not columns.by_geometry and not {"lon", "point"} & columns.of.keys():
        missing |= {"lon", "lat"}
    if "parts" in columns.of and is_blank(columns.get(row, "parts")):
        missing.add("components")
    if columns.from_data_hub and "criteria" in columns.of:
        # The data hub has lost criterion (vi) on the way.
        missing.add("criteria")
    if not columns.all & {"unique_number", "uuid"}:
        missing.add("identifiers")
    if not any(column.startswith("name_") and column != "name_en" for column in columns.all):
        missing.add("names")
    return frozenset(missing | _NEVER_TOLD)


def _years(row: Row, columns: Columns, record: RegisterRecord) -> Iterator[int]:
    if record.inscribed_year:
        yield record.inscribed_year
    for text in (columns.get(row, "later_years"), columns.get(row, "danger")):
        for word in re.findall(r"\b(19[7-9]\d|20\d\d)\b", str(text or "")):
            yield int(word)
