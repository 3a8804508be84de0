"""What a register says about a place: the values that travel from a file's reader into the register."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from heritage.core.refusals import RowRefusal
from heritage.policy.disclosure import Disclosure

__all__ = [
    "WORLD_HERITAGE",
    "Category",
    "ComponentRecord",
    "ConditionRecord",
    "ConditionState",
    "DangerSpell",
    "Disclosure",
    "Geometry",
    "NameKind",
    "NameRecord",
    "RegisterFile",
    "RegisterRecord",
    "RowRefusal",
]

WORLD_HERITAGE = "whc"
"""The register of the World Heritage List; its `register_ref` is UNESCO's `id_no` as text."""

Geometry = dict[str, Any]
"""A GeoJSON geometry object: `{"type": "Polygon", "coordinates": [[[lon, lat], ...]]}`."""


class Category(StrEnum):
    """UNESCO's three kinds of property; an inventory that does not tell is `unknown`."""

    CULTURAL = "cultural"
    NATURAL = "natural"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class NameKind(StrEnum):
    """What a name is: the register's own, another one in use, a short form, or one given up at a rename."""

    OFFICIAL = "official"
    ALTERNATIVE = "alternative"
    SHORT = "short"
    FORMER = "former"


class ConditionState(StrEnum):
    """The common ladder of observed condition; the assessor's own scheme and word are kept beside it.

    `unknown` and `none_seen` are different: nobody looked, against somebody looked and saw no damage.
    """

    UNKNOWN = "unknown"
    NONE_SEEN = "none_seen"
    POSSIBLE = "possible"
    SLIGHT = "slight"
    MODERATE = "moderate"
    SEVERE = "severe"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class NameRecord:
    """One name of a place or of one of its parts, in one language and script where these are known."""

    text: str
    language: str | None = None
    script: str | None = None
    kind: str = NameKind.ALTERNATIVE


@dataclass(frozen=True, slots=True)
class ComponentRecord:
    """One component part of a serial site; lon and lat in degrees, WGS 84, None when unknown."""

    ref: str
    name: str
    lon: float | None
    lat: float | None
    area_ha: float | None = None
    boundary: Geometry | None = None
    names: tuple[NameRecord, ...] = ()
    buffer_zone: Geometry | None = None


@dataclass(frozen=True, slots=True)
class ConditionRecord:
    """One dated observation of a place's condition, as a register file carries it; `observed` is EDTF or raw text."""

    state: ConditionState
    observed: str = ""
    scheme: str = ""
    original_value: str = ""
    part_ref: str | None = None
    assessor: str = ""
    method: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, order=True)
class DangerSpell:
    """One stay on the List of World Heritage in Danger, in years; `end_year` None = still on it.

    `raw` is the text it was read from, such as `Y 2013` or `P 1984-1988`.
    """

    begin_year: int
    end_year: int | None = None
    raw: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class RegisterRecord:
    """One place as one register file describes it.

    `absent` names the fields the file does not carry: these never overwrite what is held.
    `danger` None = the file does not tell; () = it tells that there is none. `danger_is_complete` says whether
    past spells are told too, `danger_is_stale` that the publisher no longer keeps them up, so that they only fill gaps;
    `in_danger_now` serves files that only carry a flag.
    `components` None = the file does not tell. `row` is the position in the file, for messages.
    """

    register: str
    ref: str
    name: str
    row: int
    names: tuple[NameRecord, ...] = ()
    category: Category = Category.UNKNOWN
    states_parties: tuple[str, ...] = ()
    states_note: str = ""
    region: str = ""
    inscribed_year: int | None = None
    lon: float | None = None
    lat: float | None = None
    area_ha: float | None = None
    description: str = ""
    criteria: tuple[str, ...] = ()
    danger: tuple[DangerSpell, ...] | None = None
    in_danger_now: bool | None = None
    danger_is_complete: bool = False
    danger_is_stale: bool = False
    components: tuple[ComponentRecord, ...] | None = None
    identifiers: tuple[tuple[str, str], ...] = ()
    disclosure: Disclosure = Disclosure.PUBLIC
    grid_km: float | None = None
    conditions: tuple[ConditionRecord, ...] = ()
    boundary: Geometry | None = None
    buffer_zone: Geometry | None = None
    absent: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """A register file opened for reading.

    `records` may be read once and is a stream; `refusals` grows while it is read, so look at it afterwards.
    `is_complete`: a whole list, so that a place it lacks has vanished from the register.
    `may_be_complete`: too short to be known as one, and whole if it names nearly all that is held; its records are
    a list then.
    `has_refs` False: the file has no identity column and its records must be matched by name.
    `size`: how many records there are, where opening it has counted them.
    `refused_refs`: places whose row was refused; they are in the file all the same and have not vanished.
    """

    register: str
    release: str | None
    released_on: date | None
    records: Iterable[RegisterRecord]
    refusals: list[RowRefusal]
    is_complete: bool
    file_name: str = ""
    sha256: str = ""
    source: str = ""
    has_refs: bool = True
    notes: list[str] = field(default_factory=list)
    refused_refs: set[str] = field(default_factory=set)
    may_be_complete: bool = False
    size: int | None = None
