"""Inventories read through a mapping file; several rows about one place become one record with its parts."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import shapely

from heritage.core.refusals import RowRefusal
from heritage.sites.domain import Category, ComponentRecord, Geometry, NameKind, NameRecord, RegisterRecord
from heritage.sites.readers.containers import MOST_COLUMNS, RowFile
from heritage.sites.readers.features import Feature, FeatureReader, Point
from heritage.sites.readers.mapping import Mapping
from heritage.sites.readers.places import refuse
from heritage.sites.readers.values import BadValue, read_boundary

_ALL = frozenset(each.name for each in fields(RegisterRecord))
_ALWAYS_TOLD = {"register", "ref", "row", "absent", "warnings"}
_SAYS_NOTHING: tuple[Any, ...] = (None, "", (), Category.UNKNOWN)
_CONDITIONS_ONLY = _ALL - _ALWAYS_TOLD - {"conditions"}


@dataclass(frozen=True)
class Survey:
    """What a first reading found: all columns, how many rows each place has, the newest date in the column of dates."""

    columns: tuple[str, ...]
    rows_of: Counter[str]
    newest: str = ""


def survey(rows: RowFile, mapping: Mapping) -> Survey:
    """Read the file once for the identities alone.

    Raises: UnusableFile when the column of the identity is missing, or the file breaks off.
    """
    reader, rows_of, newest = FeatureReader(rows.columns, mapping), Counter[str](), ""
    columns = dict.fromkeys(rows.columns)
    for row in rows.rows():
        rows_of[reader.peek_ref(row)] += 1
        if mapping.released_newest_of:
            newest = max(newest, reader.peek_date(row, mapping.released_newest_of))
        if len(columns) < MOST_COLUMNS:
            columns |= dict.fromkeys(row.fields)
    return Survey(tuple(columns), rows_of, newest)


def read_mapped(
    rows: RowFile, mapping: Mapping, found: Survey, refusals: list[RowRefusal], refused_refs: set[str]
) -> Iterator[RegisterRecord]:
    """Read places one after another; memory holds only those whose rows are not all read yet.

    Args:    rows: any container.  mapping: which column says what.  found: by `survey`.  refusals, refused_refs: grow
             with reading; a refused place is in the file all the same.
    Returns: a record a place, in the order in which the places are complete.
    """
    reader, left = FeatureReader(found.columns, mapping), found.rows_of.copy()
    waiting: dict[str, list[Feature]] = {}
    taken: dict[str, int] = {}
    for row in rows.rows():
        ref = reader.peek_ref(row)
        left[ref] -= 1
        try:
            feature = reader.read(row, ref)
            if mapping.repeated == "refuse" and taken.setdefault(ref, row.number) != row.number:
                raise BadValue(reader.ref_column, f"stands in row {taken[ref]} already", ref)
            waiting.setdefault(ref, []).append(feature)
        except BadValue as error:
            refusals.append(refuse(row.number, error))
            refused_refs.add(ref)
        if not left[ref]:
            del left[ref]
            if ref in waiting:
                yield merge(waiting.pop(ref), mapping)


def merge(features: list[Feature], mapping: Mapping) -> RegisterRecord:
    """One record out of all rows about one place.

    Args:    features: 1..n of one ref, in file order.
    Returns: where rows differ the first that says something counts; lists are joined; distinct points become parts.
    """
    feature = features[0] if len(features) == 1 else _joined(features)
    if mapping.tells == "conditions":
        conditions = tuple(feature.conditions)
        return RegisterRecord(
            mapping.register_name, feature.ref, "", feature.row, conditions=conditions, absent=_CONDITIONS_ONLY
        )
    names = _distinct_names(feature.names)
    points = sorted(set(feature.points))
    boundary = _join_outlines(feature.outlines)
    components = _parts(feature.ref, points, boundary)
    position = _position(points, boundary)
    values: dict[str, Any] = {
        "category": mapping.category if feature.category is Category.UNKNOWN else feature.category,
        "states_parties": feature.countries,
        "states_note": feature.states_note,
        "region": feature.region,
        "inscribed_year": feature.year,
        "area_ha": feature.area_ha,
        "description": feature.description,
        "criteria": feature.criteria,
        "in_danger_now": feature.in_danger,
        "lon": position and position[0],
        "lat": position and position[1],
        "boundary": None if components else boundary,
        "components": components,
        "identifiers": tuple(feature.identifiers),
        "conditions": tuple(feature.conditions),
    }
    return RegisterRecord(
        register=mapping.register_name,
        ref=feature.ref,
        name=names[0].text if names else feature.ref,
        row=feature.row,
        names=names,
        disclosure=mapping.disclosure,
        grid_km=mapping.grid_km,
        absent=_absent(values, mapping, named=bool(names)),
        warnings=tuple(feature.warnings),
        **values,
    )


def _joined(features: list[Feature]) -> Feature:
    joined = Feature(features[0].row, features[0].ref)
    for each in fields(Feature):
        told = [getattr(feature, each.name) for feature in features]
        if isinstance(told[0], list):
            setattr(joined, each.name, _distinct(item for items in told for item in items))
        elif each.name == "countries":
            joined.countries = tuple(dict.fromkeys(code for codes in told for code in codes))
        else:
            setattr(joined, each.name, next((value for value in told if value not in _SAYS_NOTHING), told[0]))
    return joined


def _distinct(items: Iterable[Any]) -> list[Any]:
    """Each once, in the order of first appearance; outlines cannot be hashed, so they are compared as text."""
    return list({item if isinstance(item, Hashable) else str(item): item for item in items}.values())


def _absent(values: dict[str, Any], mapping: Mapping, *, named: bool) -> frozenset[str]:
    """A blank cell says nothing, so it never erases what is held."""
    missing = {name for name, value in values.items() if value in _SAYS_NOTHING} | {"danger", "buffer_zone"}
    if not named:
        missing |= {"name", "names"}
    return frozenset((missing | mapping.never_overwrite) - _ALWAYS_TOLD)


def _distinct_names(told: list[NameRecord]) -> tuple[NameRecord, ...]:
    """Each text once; a name with its language told counts for more than the same without."""
    names: dict[str, NameRecord] = {}
    for name in told:
        held = names.get(name.text)
        if held is None:
            names[name.text] = replace(name, kind=NameKind.ALTERNATIVE if names else NameKind.OFFICIAL)
        elif held.language is None and name.language:
            names[name.text] = replace(name, kind=held.kind)
    return tuple(names.values())


def _join_outlines(outlines: list[Geometry]) -> Geometry | None:
    if len(outlines) < 2:
        return outlines[0] if outlines else None
    shapes = [shapely.geometry.shape(outline) for outline in outlines]
    # Several drawings of one outline are one outline, with its own corners and not those of a union.
    if all(shape.equals(shapes[0]) for shape in shapes[1:]):
        return outlines[0]
    return read_boundary(dict(shapely.geometry.mapping(shapely.union_all(shapes))))


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
