"""What is, or would be, held of one place: plain values, compared by the register and written by it."""

from dataclasses import dataclass
from datetime import date

from heritage.sites.danger import DangerStay
from heritage.sites.domain import Category, ConditionRecord, Disclosure, Geometry, NameRecord

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PartState:
    """One component part as it is, or would be, held; extent_km is that of a circle of its area."""

    ref: str
    name: str = ""
    lon: float | None = None
    lat: float | None = None
    extent_km: float | None = None
    area_ha: float | None = None
    boundary: Geometry | None = None
    buffer_zone: Geometry | None = None
    stands_for_site: bool = False
    withdrawn_on: date | None = None
    names: tuple[NameRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteState:
    """Everything that is, or would be, held of one place, without the numbers the database gives it."""

    register: str
    ref: str
    name: str
    category: Category = Category.UNKNOWN
    states_parties: tuple[str, ...] = ()
    states_note: str = ""
    region: str = ""
    inscribed_year: int | None = None
    criteria: tuple[str, ...] = ()
    listed_from: date | None = None
    listed_until: date | None = None
    vanished_release: str | None = None
    point: Point | None = None
    area_ha: float | None = None
    short_description: str = ""
    disclosure: Disclosure = Disclosure.PUBLIC
    grid_km: float | None = None
    marks: tuple[str, ...] = ()
    names: tuple[NameRecord, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    danger: tuple[DangerStay, ...] = ()
    parts: tuple[PartState, ...] = ()
    conditions: tuple[ConditionRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldSite:
    """A place as held, with its number and the day of the newest list that had it."""

    id: int
    slug: str
    seen_on: date | None
    state: SiteState


def condition_key(condition: ConditionRecord) -> tuple[str | None, str, str, str, str]:
    """What makes two observations the same: part, date, scheme, the assessor's own word, assessor."""
    return (
        condition.part_ref,
        condition.observed,
        condition.scheme,
        condition.original_value or condition.state,
        condition.assessor,
    )
