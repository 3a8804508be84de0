"""Inventories read through a mapping file; several rows about one place become one record with its parts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import shapely

from heritage.core.refusals import RowRefusal
from heritage.sites.domain import Category, ComponentRecord, Geometry, NameKind, NameRecord, RegisterRecord
from heritage.sites.readers.containers import RowFile
from heritage.sites.readers.features import Feature, FeatureReader, Point
from heritage.sites.readers.mapping import Mapping
from heritage.sites.readers.places import refuse
from heritage.sites.readers.values import BadValue, read_boundary

_ALL = frozenset(each.name for each in fields(RegisterRecord))
_ALWAYS_TOLD = {"register", "ref", "row", "absent", "warnings"}
_CONDITIONS_ONLY = _ALL - _ALWAYS_TOLD - {"conditions"}


@dataclass(frozen=True)
class Survey:
    """What a first reading found: how many rows each place has, and the newest date in the column of dates."""

    rows_of: Counter[str]
    newest: str = ""


def survey(rows: RowFile, mapping: Mapping) -> Survey:
    """Read the file once for the identities alone.

    Raises: UnusableFile when the column of the identity is missing, or the file breaks off.
    """
    reader, rows_of, newest = FeatureReader(rows, mapping), Counter[str](), ""
    for row in rows.rows():
        rows_of[reader.peek_ref(row)] += 1
        if mapping.released_newest_of:
            newest = max(newest, reader.peek_date(row, mapping.released_newest_of))
    return Survey(rows_of, newest)


def read_mapped(rows: RowFile, mapping: Mapping, found: Survey, refusals: list[RowRefusal]) -> Iterator[RegisterRecord]:
    """Read places one after another; memory holds only those whose rows are not all read yet.

    Args:    rows: any container.  mapping: which column says what.  found: by `survey`.  refusals: grows with reading.
    Returns: a record a place, in the order in which the places are complete.
    """
    reader, left = FeatureReader(rows, mapping), found.rows_of.copy()
    waiting: dict[str, list[Feature]] = {}
    taken: dict[str, int] = {}
    for row in rows.rows():
        ref = reader.peek_ref(row)
        left[ref] -= 1
        try:
            feature = reader.read(row)
            if mapping.repeated == "refuse" and taken.setdefault(ref, row.number) != row.number:
                raise BadValue(reader.ref_column, f"stands in row {taken[ref]} already", ref)
            waiting.setdefault(ref, []).append(feature)
        except BadValue as error:
            refusals.append(refuse(row.number, error))
        if not left[ref]:
            del left[ref]
            if ref in waiting:
                yield merge(waiting.pop(ref), mapping)


def merge(features: list[Feature], mapping: Mapping) -> RegisterRecord:
    """One record out of all rows about one place.

    Args:    features: 1..n of one ref, in file order.
    Returns: where rows differ the first that says something counts; lists are joined; distinct points become parts.
    """
    first = features[0]
    conditions = _joined(feature.conditions for feature in features)
    if mapping.tells == "conditions":
        return RegisterRecord(
            mapping.register_name, first.ref, "", first.row, conditions=conditions, absent=_CONDITIONS_ONLY
        )
    names = _joined_names(features)
    points = sorted(_joined(feature.points for feature in features))
    boundary = _join_outlines(_joined_outlines(features))
    components = _parts(first.ref, points, boundary)
    position = _position(points, boundary)
    values: dict[str, Any] = {
        "states_parties": _joined(feature.countries for feature in features),
        "states_note": _first(feature.states_note for feature in features) or "",
        "region": _first(feature.region for feature in features) or "",
        "inscribed_year": _first(feature.year for feature in features),
        "area_ha": _first(feature.area_ha for feature in features),
        "description": _first(feature.description for feature in features) or "",
        "criteria": _first(feature.criteria for feature in features) or (),
        "in_danger_now": _first(feature.in_danger for feature in features),
        "lon": position and position[0],
        "lat": position and position[1],
        "boundary": None if components else boundary,
        "components": components,
        "identifiers": _joined(feature.identifiers for feature in features),
        "conditions": conditions,
    }
    category = _first(feature.category for feature in features if feature.category is not Category.UNKNOWN)
    return RegisterRecord(
        register=mapping.register_name,
        ref=first.ref,
        name=names[0].text if names else first.ref,
        row=first.row,
        names=names,
        category=category or mapping.category,
        disclosure=mapping.disclosure,
        grid_km=mapping.grid_km,
        absent=_absent(values, mapping, named=bool(names), category=category or mapping.category),
        warnings=_joined(feature.warnings for feature in features),
        **values,
    )


def _absent(values: dict[str, Any], mapping: Mapping, *, named: bool, category: Category) -> frozenset[str]:
    """A blank cell says nothing, so it never erases what is held."""
    missing = {name for name, value in values.items() if value in (None, "", ())} | {"danger", "buffer_zone"}
    if not named:
        missing |= {"name", "names"}
    if category is Category.UNKNOWN:
        missing.add("category")
    return frozenset((missing | mapping.never_overwrite) - _ALWAYS_TOLD)


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value not in (None, "", ())), None)


def _joined(groups: Iterable[Iterable[Any]]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(each for group in groups for each in group))


def _joined_names(features: list[Feature]) -> tuple[NameRecord, ...]:
    """Each text once; a name with its language told counts for more than the same without."""
    names: dict[str, NameRecord] = {}
    for name in _joined(feature.names for feature in features):
        held = names.get(name.text)
        if held is None:
            official = NameKind.ALTERNATIVE if names else NameKind.OFFICIAL
            names[name.text] = NameRecord(name.text, name.language, name.script, official)
        elif held.language is None and name.language:
            names[name.text] = NameRecord(name.text, name.language, name.script, held.kind)
    return tuple(names.values())


def _joined_outlines(features: list[Feature]) -> list[Any]:
    shapes = [shapely.geometry.shape(outline) for feature in features for outline in feature.outlines]
    distinct: list[Any] = []
    for shape in shapes:
        if not any(shape.equals(other) for other in distinct):
            distinct.append(shape)
    return distinct


def _join_outlines(shapes: list[Any]) -> Geometry | None:
    if not shapes:
        return None
    union = shapely.union_all(shapes) if len(shapes) > 1 else shapes[0]
    return read_boundary(dict(shapely.geometry.mapping(union)))


def _parts(ref: str, points: list[Point], boundary: Geometry | None) -> tuple[ComponentRecord, ...] | None:
    """Parts of a place with several points; a point in or beside the outline is the outline's own.

    Numbered from west to east, so that the order of the rows does not matter.
    """
    outline: Any = shapely.geometry.shape(boundary).buffer(0.01) if boundary else None
    outlying = [point for point in points if outline is None or not outline.contains(shapely.Point(point))]
    if not outlying or (outline is None and len(points) < 2):
        return None
    parts: list[tuple[Point, Geometry | None]] = [(point, None) for point in outlying]
    if boundary:
        parts.append((_middle_of(boundary), boundary))
    parts.sort(key=lambda part: part[0])
    return tuple(
        ComponentRecord(f"{ref}-{number:03d}", "", lon, lat, boundary=outline)
        for number, ((lon, lat), outline) in enumerate(parts, start=1)
    )


def _position(points: list[Point], boundary: Geometry | None) -> Point | None:
    if points:
        return points[0]
    return _middle_of(boundary) if boundary else None


def _middle_of(boundary: Geometry) -> Point:
    point = shapely.geometry.shape(boundary).representative_point()
    return round(point.x, 7), round(point.y, 7)
