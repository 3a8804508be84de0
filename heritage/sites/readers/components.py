"""Parts of sites that are held already: a JSON object with a collection of points under each site's number."""

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from heritage.core.errors import UnusableFile
from heritage.core.refusals import RowRefusal
from heritage.sites.domain import WORLD_HERITAGE, ComponentRecord, RegisterRecord
from heritage.sites.readers.containers import Row, RowFile, feature_row
from heritage.sites.readers.places import refuse
from heritage.sites.readers.values import BadValue, read_area, read_name
from heritage.sites.readers.whc import point_of

# A file of parts tells nothing else of the site.
_TOLD = {"register", "ref", "row", "components", "absent", "warnings"}
_ABSENT = frozenset(each.name for each in fields(RegisterRecord)) - _TOLD
MOST_SITES = 20_000


def looks_like_parts(rows: RowFile) -> bool:
    """Whether the file is an object whose members are feature collections under World Heritage numbers."""
    if not rows.keyed:
        return False
    keys = [column for column in rows.columns if re.fullmatch(r"\d{1,6}", column)]
    return bool(keys) and len(keys) == len(rows.columns)


def read_parts(rows: RowFile, name: str) -> tuple[list[RegisterRecord], list[RowRefusal]]:
    """Read the parts of sites.

    Args:    rows: of a file that `looks_like_parts`; a row is a site.
    Returns: a record a site that carries its parts and nothing else, and the refusals.
    Raises:  UnusableFile when it is far too long.
    """
    records: list[RegisterRecord] = []
    refusals: list[RowRefusal] = []
    for row in rows.rows():
        if row.number > MOST_SITES:
            raise UnusableFile(f"{name} has more than {MOST_SITES:,} sites.")
        try:
            if len(row.fields) != 1:
                raise BadValue("features", "is not one list of parts", "")
            ((ref, collection),) = row.fields.items()
            records.append(_read_site(row.number, ref, collection))
        except BadValue as error:
            refusals.append(refuse(row.number, error))
    return records, refusals


def _read_site(number: int, ref: str, collection: Any) -> RegisterRecord:
    if not re.fullmatch(r"[0-9]{1,6}", ref) or not int(ref):
        raise BadValue("id_no", "is not the number of a World Heritage site", ref)
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        raise BadValue("features", "is missing, so the site has no list of parts", ref)
    parts: dict[str, ComponentRecord] = {}
    for part in _read_points(str(int(ref)), features):
        if part.ref in parts:
            raise BadValue("ref", "stands twice in one site", part.ref)
        parts[part.ref] = part
    return RegisterRecord(WORLD_HERITAGE, str(int(ref)), "", number, components=tuple(parts.values()), absent=_ABSENT)


def _read_points(ref: str, features: list[Any]) -> Iterator[ComponentRecord]:
    for number, feature in enumerate(features, start=1):
        row: Row = feature_row(number, feature)
        if row.problem:
            raise BadValue("features", f"number {number} {row.problem}")
        part_ref = read_name(row.fields.get("ref"), "ref") or f"{ref}-{number:03d}"
        if not re.match(rf"{ref}(?!\d)", part_ref):
            raise BadValue("ref", f"is not one of site {ref}", part_ref)
        position = point_of(row.geometry)
        yield ComponentRecord(
            part_ref,
            read_name(row.fields.get("name"), "name"),
            position and position[0],
            position and position[1],
            read_area(row.fields.get("area_hectares"), "area_hectares"),
        )
