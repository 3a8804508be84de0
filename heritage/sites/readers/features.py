"""One row of a mapped inventory: what it says of its place, checked field by field."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import shapely

from heritage.core.errors import UnusableFile
from heritage.sites.domain import Category, ConditionRecord, Geometry, NameKind, NameRecord
from heritage.sites.readers.containers import Row
from heritage.sites.readers.mapping import Mapping, folded
from heritage.sites.readers.places import (
    make_name,
    read_category,
    read_countries,
    read_criteria,
    read_title,
    split_list,
    weigh_position,
)
from heritage.sites.readers.values import (
    BadValue,
    is_blank,
    read_area,
    read_boundary,
    read_flag,
    read_name,
    read_position,
    read_text,
    read_year,
)

Point = tuple[float, float]

LONGEST_REF = 200
MOST_POINTS = 10_000
# Wider than any heritage place: such outlines are survey grids or countries.
WIDEST_DEGREES = 20.0

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATES_WITH_COLON = re.compile(r"(\d{4}-\d{2}-\d{2}):(\d{4}-\d{2}-\d{2})")


@dataclass
class Feature:
    """What one row says of its place."""

    row: int
    ref: str
    names: list[NameRecord] = field(default_factory=list)
    countries: tuple[str, ...] = ()
    states_note: str = ""
    region: str = ""
    category: Category = Category.UNKNOWN
    year: int | None = None
    area_ha: float | None = None
    description: str = ""
    criteria: tuple[str, ...] = ()
    in_danger: bool | None = None
    points: list[Point] = field(default_factory=list)
    outlines: list[Geometry] = field(default_factory=list)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    conditions: list[ConditionRecord] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class FeatureReader:
    """Reads the rows of one file through one mapping, with the columns looked up once."""

    def __init__(self, columns: Iterable[str], mapping: Mapping) -> None:
        self.mapping, self.nulls = mapping, frozenset(mapping.nulls)
        self.columns = list(columns)
        self.by_folded = {folded(column): column for column in reversed(self.columns)}
        self.places: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
        self.states = (
            {word.lower(): state for word, state in mapping.conditions.states.items()} if mapping.conditions else {}
        )
        held = [column for column in mapping.fields.ref if self._places((column,))]
        if not held:
            wanted, found = " or ".join(mapping.fields.ref), ", ".join(self.columns[:30]) or "none"
            raise UnusableFile(f"The file has no column {wanted}, by which its places are known. Its columns: {found}.")
        self.ref_column = held[0]

    def _places(self, columns: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """Where the values of these columns stand, as paths: looked up once, as there may be a million rows."""
        places = self.places.get(columns)
        if places is None:
            places = tuple(path for path in map(self._path, columns) if path)
            self.places[columns] = places
        return places

    def _path(self, column: str) -> tuple[str, ...]:
        name = column if column in self.columns else self.by_folded.get(folded(column))
        if name is not None:
            return (name,)
        first, *rest = column.split(".")
        name = self.by_folded.get(folded(first))
        return (name, *rest) if name is not None and rest else ()

    def value(self, row: Row, columns: tuple[str, ...]) -> Any:
        """The first of these columns that says something."""
        for path in self._places(columns):
            value = _follow(row.fields, path)
            if isinstance(value, dict):
                value = _plain_value(value)
            if not is_blank(value, self.nulls):
                return value
        return None

    def peek_ref(self, row: Row) -> str:
        """The identity, for counting; rows without one share the empty text."""
        value = self.value(row, self.mapping.fields.ref)
        return "" if value is None else _identity(value)

    def peek_date(self, row: Row, column: str) -> str:
        """The ISO date at the beginning of a cell, else the empty text."""
        match = _ISO_DATE.match(str(self.value(row, (column,))))
        return match[0] if match else ""

    def read(self, row: Row, ref: str) -> Feature:
        """One row with its identity as `peek_ref` saw it.  Raises: BadValue with the field and the reason."""
        if row.problem:
            raise BadValue("row", row.problem)
        feature = Feature(row.number, self._read_ref(ref))
        if self.mapping.conditions:
            feature.conditions += self._read_conditions(row)
        if self.mapping.tells == "places":
            self._read_place(row, feature)
        return feature

    def _read_ref(self, told: str) -> str:
        ref = read_name(told, self.ref_column)
        if not ref:
            raise BadValue(self.ref_column, "is empty, so the place cannot be told from others")
        if len(ref) > LONGEST_REF or not re.fullmatch(self.mapping.ref_pattern or ".+", ref):
            raise BadValue(self.ref_column, "is not an identity of this register", ref)
        return ref

    def _read_place(self, row: Row, feature: Feature) -> None:
        columns, held = self.mapping.fields, self._places
        feature.names = list(self._read_names(row, feature))
        if held(columns.countries):
            self._read_countries(row, feature)
        if held(columns.region):
            feature.region = self._translated("region", ", ".join(self._many(row, columns.region)))
        if held(columns.category):
            word = self._translated("category", self.value(row, columns.category))
            feature.category = read_category(word, "category")
        if held(columns.year):
            feature.year = read_year(self.value(row, columns.year), "year")
        if held(columns.area_ha):
            feature.area_ha = read_area(self.value(row, columns.area_ha), "area_ha")
        if held(columns.description):
            feature.description = self._prose(self.value(row, columns.description), "description")
        if held(columns.criteria):
            feature.criteria = read_criteria(", ".join(split_list(self.value(row, columns.criteria))))
        if held(columns.in_danger):
            feature.in_danger = read_flag(self.value(row, columns.in_danger), "in_danger")
        feature.identifiers = list(self._read_identifiers(row))
        self._read_geometry(row, feature)

    def _read_countries(self, row: Row, feature: Feature) -> None:
        feature.countries, unknown = read_countries(self._many(row, self.mapping.fields.countries), "countries")
        feature.states_note = ", ".join(unknown)
        feature.warnings += [f"{word} is no country" for word in unknown]

    def _many(self, row: Row, columns: tuple[str, ...]) -> list[str]:
        """The values of a cell with several, each once; holes and words for null left out."""
        value = self.value(row, columns)
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        if self.mapping.separator and isinstance(value, str):
            items = value.split(self.mapping.separator)
        texts = (read_name(_plain_value(item), columns[0]) for item in items if item is not None)
        return list(dict.fromkeys(text for text in texts if not is_blank(text, self.nulls)))

    def _translated(self, name: str, value: Any) -> str:
        text = read_name(value, name)
        return self.mapping.values.get(name, {}).get(text, text)

    def _prose(self, value: Any, name: str) -> str:
        return "\n".join(read_text(each, name) for each in value) if isinstance(value, list) else read_text(value, name)

    def _read_names(self, row: Row, feature: Feature) -> Iterator[NameRecord]:
        for number, text in enumerate(self._many(row, self.mapping.fields.name)):
            name, warnings = read_title(text, "name")
            feature.warnings += warnings
            yield make_name(name, None, NameKind.ALTERNATIVE if number else NameKind.OFFICIAL)
        for path in self._places(self.mapping.fields.name):
            for language, text in _by_language(_follow(row.fields, path)).items():
                if text := read_name(text, path[0]):
                    yield make_name(text, language, NameKind.ALTERNATIVE)
        for other in self.mapping.other_names:
            for text in self._many(row, (other.column,)):
                yield make_name(text, other.language, NameKind.ALTERNATIVE)

    def _read_identifiers(self, row: Row) -> Iterator[tuple[str, str]]:
        for scheme, column in self.mapping.identifiers.items():
            if text := read_name(self.value(row, (column,)), column):
                yield scheme, text

    def _read_conditions(self, row: Row) -> Iterator[ConditionRecord]:
        told = self.mapping.conditions
        assert told is not None
        word = read_name(self.value(row, told.state), "condition")
        if not word:
            return
        if word.lower() not in self.states:
            raise BadValue(told.state[0], "is not a word of the mapping's scale", word)
        yield ConditionRecord(
            state=self.states[word.lower()],
            observed=self._newest_date(row, told.observed),
            scheme=told.scheme,
            original_value="; ".join([word, *self._words(row, told.original)]),
            method=read_name(self.value(row, told.method), "method"),
            note="; ".join(self._words(row, told.note)),
        )

    def _words(self, row: Row, columns: tuple[str, ...]) -> list[str]:
        words = (read_name(self.value(row, (column,)), column) for column in columns)
        return [word for word in words if word]

    def _newest_date(self, row: Row, columns: tuple[str, ...]) -> str:
        """The date of the last assessment: the greatest of the ISO dates, else the text as it is."""
        texts = self._many(row, columns)
        if len(texts) > 1 and all(map(_ISO_DATE.fullmatch, texts)):
            return max(texts)
        # One study writes the ends of an interval with a colon between them.
        return _DATES_WITH_COLON.sub(r"\1/\2", texts[-1]) if texts else ""

    def _read_geometry(self, row: Row, feature: Feature) -> None:
        columns = self.mapping.fields
        if row.geometry is not None:
            _add_geometry(row.geometry, feature)
        elif (wkt := self.value(row, columns.wkt)) is not None:
            _add_geometry(_from_wkt(wkt), feature)
        elif position := read_position(self.value(row, columns.lon), self.value(row, columns.lat)):
            feature.points.append(position)
        for point in feature.points:
            feature.warnings += weigh_position(point, feature.countries)


def _follow(fields: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = fields.get(path[0])
    for step in path[1:]:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _plain_value(value: Any) -> Any:
    """The text out of a language object: English where there is one, else the first that says something."""
    if not isinstance(value, dict):
        return value
    if "value" in value:
        return value["value"]
    texts = _by_language(value)
    return texts.get("en") or next((text for text in texts.values() if not is_blank(text)), None)


def _by_language(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or "value" in value:
        return {}
    found = {
        str(language)[:35]: _plain_value(text) for language, text in value.items() if isinstance(text, (dict, str))
    }
    return {language: text for language, text in found.items() if isinstance(text, str)}


def _identity(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _from_wkt(value: Any) -> Geometry:
    try:
        shape = shapely.from_wkt(str(value))
    except shapely.errors.ShapelyError as error:
        raise BadValue("wkt", "is not well-known text", value) from error
    if shape.is_empty:
        raise BadValue("wkt", "is empty", value)
    return dict(shapely.geometry.mapping(shape))


def _add_geometry(geometry: Geometry, feature: Feature, depth: int = 0) -> None:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind in {"Point", "MultiPoint"}:
        feature.points += _points(coordinates if kind == "MultiPoint" else [coordinates])
    elif kind in {"Polygon", "MultiPolygon"}:
        feature.outlines.append(_outline(geometry))
    elif kind in {"LineString", "MultiLineString"}:
        feature.points.append(_middle(geometry))
        feature.warnings.append("a line is taken as its middle point")
    elif kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list) and depth < 3:
        for each in geometry["geometries"]:
            if not isinstance(each, dict):
                raise BadValue("geometry", "is not GeoJSON")
            _add_geometry(each, feature, depth + 1)
    else:
        raise BadValue("geometry", "is of a kind that is not known here", kind)


def _points(coordinates: Any) -> list[Point]:
    if not isinstance(coordinates, (list, tuple)) or len(coordinates) > MOST_POINTS:
        raise BadValue("geometry", "is not a list of points")
    points = []
    for pair in coordinates:
        if not isinstance(pair, (list, tuple)) or len(pair) == 1:
            raise BadValue("geometry", "is not a point", pair)
        # An empty list is GeoJSON's way to write a point that is not known.
        if pair and (position := read_position(pair[0], pair[1])):
            points.append(position)
    return points


def _outline(geometry: Geometry) -> Geometry:
    outline = read_boundary(geometry)
    west, south, east, north = shapely.geometry.shape(outline).bounds
    if max(east - west, north - south) > WIDEST_DEGREES:
        raise BadValue("geometry", f"is wider than {WIDEST_DEGREES:g} degrees, which no heritage place is")
    return outline


def _middle(geometry: Geometry) -> Point:
    try:
        point = shapely.geometry.shape(geometry).interpolate(0.5, normalized=True)
    except (TypeError, ValueError, KeyError, IndexError, shapely.errors.ShapelyError) as error:
        raise BadValue("geometry", "is not a line", type(error).__name__) from error
    position = None if point.is_empty else read_position(point.x, point.y)
    if position is None:
        raise BadValue("geometry", "is an empty line")
    return position
