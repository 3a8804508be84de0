"""What is known of a happening near a site, its weight before distance and age, and when it only repeats another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import cos, hypot, log10, radians
from operator import attrgetter
from typing import Protocol

from heritage.flags.rules import Rules

_KM_PER_DEGREE = 111.2
# What belongs to the report itself, whichever part it is seen from.
_MEMBER = attrgetter(
    "incident_id",
    "event_pk",
    "kind",
    "occurred_from",
    "occurred_to",
    "known_at",
    "fatalities_best",
    "reliability",
    "credibility",
    "origins",
    "location_precision",
    "radius_km",
)


@dataclass(frozen=True)
class Report:
    """One happening as seen from one component part of a site; all lengths in km, lon and lat in degrees.

    distance_km is nominal, low_km and high_km its bounds; extent_km is the part's own (None: unknown).
    occurred_to is the latest day it may have happened, inclusive. radius_km None: no usable place.
    origins are the keys of those who first said it; sources are for display.
    """

    incident_id: int
    site_id: int
    part_id: int
    part_ref: str
    distance_km: float
    low_km: float
    high_km: float
    kind: str
    occurred_from: date
    occurred_to: date
    bearing_deg: float = 0.0
    radius_km: float | None = None
    location_precision: str = "exact"
    time_precision: str = "day"
    reported_at: datetime | None = None
    known_at: datetime | None = None
    fatalities_best: int | None = None
    reliability: str = "F"
    credibility: int = 6
    origins: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    in_buffer_zone: bool = False
    place_name: str = ""
    extent_km: float | None = None
    lon: float | None = None
    lat: float | None = None
    event_pk: int | None = None

    @property
    def edge_km(self) -> float:
        """Nominal distance to the part's edge."""
        return max(0.0, self.distance_km - (self.extent_km or 0.0))


class Happening(Protocol):
    """What `find_repeats` needs to know of a report."""

    @property
    def incident_id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def occurred_from(self) -> date: ...
    @property
    def occurred_to(self) -> date: ...
    @property
    def origins(self) -> tuple[str, ...]: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...


def grade_weight(reliability: str, credibility: int, rules: Rules) -> float:
    """The weaker of the two axes; they are never averaged or multiplied."""
    return min(rules.reliability.get(reliability, 0.0), rules.credibility.get(credibility, 0.0))


def base_weight(
    kind: str,
    fatalities_best: int | None,
    reliability: str,
    credibility: int,
    location_precision: str,
    time_precision: str,
    rules: Rules,
) -> float:
    """What a report weighs before distance and age: kind x size x grade x precision of place and time.

    An unknown word weighs nothing rather than something: a feed that invents a kind must not raise a flag.
    """
    size = min(rules.size_most, 1.0 + rules.size_per_tenfold * log10(1 + max(0, fatalities_best or 0)))
    return (
        rules.kinds.get(kind, 0.0)
        * size
        * grade_weight(reliability, credibility, rules)
        * rules.location_precision.get(location_precision, 0.0)
        * rules.time_precision.get(time_precision, 0.0)
    )


def report_weight(report: Report, rules: Rules) -> float:
    """`base_weight` of a report."""
    return base_weight(
        report.kind,
        report.fatalities_best,
        report.reliability,
        report.credibility,
        report.location_precision,
        report.time_precision,
        rules,
    )


def voice_value(reliability: str, credibility: int) -> float:
    """How much an origin's word counts towards warning and critical: confirmed 2, sound (C3 or better) 1, weak 0.5."""
    if credibility == 1:
        return 2.0
    return 1.0 if reliability in ("A", "B", "C") and credibility <= 3 else 0.5


def nearest_parts(reports: Iterable[Report], as_of: date) -> list[Report]:
    """Those begun by the day and placed at all, oldest first; of several parts the one whose edge is nearest.

    Member reports of one happening stay apart here: they may differ in day and origin, and `find_repeats` sees to them.
    """
    nearest: dict[tuple[object, ...], Report] = {}
    for report in reports:
        if report.occurred_from > as_of or report.radius_km is None:
            continue
        key = _MEMBER(report)
        held = nearest.setdefault(key, report)
        best = min(held, report, key=lambda r: (r.edge_km, r.distance_km, r.part_id))
        # The buffer zone of one part is the site's, whichever part is nearest.
        nearest[key] = replace(best, in_buffer_zone=held.in_buffer_zone or report.in_buffer_zone)
    return sorted(nearest.values(), key=lambda r: (r.occurred_from, r.incident_id, r.occurred_to))


def find_repeats(happenings: Sequence[Happening], weights: Sequence[float], rules: Rules) -> set[int]:
    """Which reports only repeat another: the same happening, or one origin saying the same of one place and time.

    The first to begin counts, of those the heaviest; so what counted on a day is not changed by what comes later.
    Args:    weights: `base_weight` of each.
    Returns: indexes of the repeats.
    """
    order = sorted(
        range(len(happenings)), key=lambda i: (happenings[i].occurred_from, -weights[i], happenings[i].incident_id)
    )
    repeats: set[int] = set()
    seen: set[int] = set()
    kept: dict[tuple[str, str], list[Happening]] = {}
    for index in order:
        happening = happenings[index]
        if happening.incident_id in seen or _is_repeat(happening, kept, rules):
            repeats.add(index)
            continue
        seen.add(happening.incident_id)
        for origin in happening.origins:
            kept.setdefault((origin, happening.kind), []).append(happening)
    return repeats


def _is_repeat(new: Happening, kept: dict[tuple[str, str], list[Happening]], rules: Rules) -> bool:
    for origin in new.origins:
        earlier = kept.get((origin, new.kind))
        if earlier:
            # In order of beginning: what has ended before this one began overlaps nothing that follows either.
            earlier[:] = [old for old in earlier if old.occurred_to >= new.occurred_from]
            if any(_same_place(old, new, rules) for old in earlier):
                return True
    return False


def _same_place(one: Happening, other: Happening, rules: Rules) -> bool:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        # Without positions the distances from the site must do.
        gap = abs(getattr(one, "distance_km", 0.0) - getattr(other, "distance_km", 0.0))
        return bool(gap <= rules.same_place_km)
    if abs(other.lat - one.lat) * _KM_PER_DEGREE > rules.same_place_km:
        return False
    east = (other.lon - one.lon + 180.0) % 360.0 - 180.0
    # Good to a few per cent, which is enough to tell a town from its neighbour.
    return hypot(east * cos(radians(one.lat)), other.lat - one.lat) * _KM_PER_DEGREE <= rules.same_place_km
