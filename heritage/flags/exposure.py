"""How much each report weighs on a site, and what all of them weigh on each day: arrays in, arrays out."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from heritage.flags.rules import Rules

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Enough points to hold the mean over the circle within one per cent, few enough to do it for every pair.
_CIRCLES, _DIRECTIONS = 4, 8


@dataclass(frozen=True)
class Exposures:
    """One row for each (happening, site); all arrays of one length, sorted by site, begun, happening.

    site: index of the site, 0-based. weight: everything but the age. ring: the highest level the row may speak for,
    0-4; coarse: only supports. begun_day, ended_day: proleptic ordinals of the occurrence.
    """

    site: Ints
    weight: Floats
    ring: Ints
    coarse: Bools
    begun_day: Ints
    ended_day: Ints

    def rows(self, chosen: Bools | Ints | slice) -> "Exposures":
        """The chosen rows, in the order given."""
        return Exposures(*(getattr(self, f.name)[chosen] for f in fields(self)))


@dataclass(frozen=True)
class Voices:
    """Who speaks: a row for each (site, origin, report) near enough to count; value 0.5 weak, 1 sound, 2 confirmed."""

    site: Ints
    ring: Ints
    origin: Ints
    begun_day: Ints
    ended_day: Ints
    value: Floats


def nearness(distance_km: Floats, radius_km: Floats, extent_km: Floats, rules: Rules) -> Floats:
    """Weight of a distance whose far end is uncertain: the mean over the circle in which the place lies.

    A place known to 25 km lies almost anywhere, so little of its weight is near the site, whatever the nominal distance
    says; a place known to 3 km keeps nearly the weight of its point. The site's own extent is taken off each distance.
    Args:    distance_km, radius_km, extent_km: n non-negative numbers; distance to the centre (or boundary, extent 0).
    Returns: n weights, 0..1; 0 beyond the farthest ring.
    """
    total = np.zeros_like(distance_km)
    for circle in range(_CIRCLES):
        out = radius_km * np.sqrt((circle + 0.5) / _CIRCLES)
        for direction in range(_DIRECTIONS):
            along = 2.0 * out * np.cos(np.pi * (direction + 0.5) / _DIRECTIONS)
            off = np.sqrt(np.maximum(distance_km * (distance_km + along) + out * out, 0.0))
            edge = np.maximum(off - extent_km, 0.0)
            total += np.where(edge <= rules.farthest_km, np.exp2(-edge / rules.half_km), 0.0)
    mean: Floats = total / (_CIRCLES * _DIRECTIONS)
    return mean


def ring_of(edge_km: Floats, radius_km: Floats, exact: Bools, near: Bools, in_buffer_zone: Bools, rules: Rules) -> Ints:
    """The highest level a report at this nominal distance may speak for.

    Warning and critical ask for an exact place of a small radius; the legal buffer zone counts as beside the site.
    Args:    edge_km: nominal distance less the component's extent, n. exact, near: its precision, as flags.
    Returns: 0 (too far) to 4 (at the site), n.
    """
    precise = (exact | near) & (radius_km <= rules.usable_radius_km)
    tight = exact & (radius_km <= rules.tight_radius_km)
    ring = np.zeros(edge_km.shape, dtype=np.int64)
    watch, advisory, warning, critical = rules.levels
    ring[edge_km <= watch.within_km] = 1
    ring[precise & ((edge_km <= advisory.within_km) | in_buffer_zone)] = 2
    ring[tight & ((edge_km <= warning.within_km) | in_buffer_zone)] = 3
    ring[tight & (edge_km <= critical.within_km)] = 4
    return ring


def daily_scores(rows: Exposures, sites: int, first_day: int, last_day: int, rules: Rules) -> Floats:
    """What all reports weigh, for each level, on each day.

    A report weighs from the day its occurrence begins, fully until the latest day it may have happened, then half each
    half-life until max_age_days. Coarse rows add at most a share of what precise ones weigh.
    Args:    rows: of `sites` sites. first_day, last_day: ordinals, inclusive.
    Returns: array (days, 4, sites): the sum over the reports that may speak for level 1..4.
    """
    precise = _decayed(rows.rows(~rows.coarse), sites, first_day, last_day, rules)
    if not rows.coarse.any():
        return precise
    coarse = _decayed(rows.rows(rows.coarse), sites, first_day, last_day, rules)
    both: Floats = precise + np.minimum(coarse, rules.coarse_share * precise)
    return both


def _decayed(rows: Exposures, sites: int, first_day: int, last_day: int, rules: Rules) -> Floats:
    start, days = first_day - rules.max_age_days, last_day - first_day + 1 + rules.max_age_days
    rows = rows.rows((rows.ended_day >= start) & (rows.begun_day <= last_day) & (rows.ring > 0))
    cell = (rows.ring - 1) * sites + rows.site
    active = _grid(cell, np.maximum(rows.begun_day - start, 0), rows.weight, days, sites)
    # The last day it may have happened counts in full; what ends after the window simply does not end in it.
    ends = rows.ended_day - start
    ended = _grid(cell, np.minimum(ends, days), rows.weight, days, sites)
    active[1:] -= ended[:-1]
    np.cumsum(active, axis=0, out=active)
    kept = 0.5 ** (1.0 / rules.half_life_days)
    cut = kept ** (rules.max_age_days + 1)
    fading = np.zeros_like(active)
    for day in range(1, days):
        fading[day] = kept * (fading[day - 1] + ended[day - 1])
        if day > rules.max_age_days:
            fading[day] -= cut * ended[day - 1 - rules.max_age_days]
    score = (active + fading)[rules.max_age_days :]
    # Who may speak for a level may speak for every lower one.
    nested = score[:, ::-1].cumsum(axis=1)[:, ::-1]
    # Sums in another order must not tip a threshold.
    rounded: Floats = np.maximum(np.round(nested, 9), 0.0)
    return rounded


def _grid(cell: Ints, day: Ints, weight: Floats, days: int, sites: int) -> Floats:
    flat = np.bincount(day * (4 * sites) + cell, weights=weight, minlength=(days + 1) * 4 * sites)
    # Of nothing, bincount makes whole numbers.
    grid: Floats = flat.reshape(days + 1, 4, sites)[:days].astype(np.float64)
    return grid


def daily_voices(voices: Voices, sites: int, first_day: int, last_day: int, rules: Rules) -> Floats:
    """How many independent origins speak for warning and for critical on each day.

    An origin counts once, with the best of its reports, from the day the occurrence begins until voice_days after it.
    Returns: array (days, 2, sites): voices for level 3 and for level 4.
    """
    days = last_day - first_day + 1
    heard = np.zeros((days, 2, sites))
    begun = np.maximum(voices.begun_day - first_day, 0)
    until = np.minimum(voices.ended_day + rules.voice_days - first_day, days - 1)
    keep = (until >= 0) & (begun < days) & (begun <= until)
    for slot, ring in enumerate((3, 4)):
        chosen = np.flatnonzero(keep & (voices.ring >= ring))
        if chosen.size:
            _hear(heard[:, slot], voices, chosen, begun, until)
    return heard


def _hear(heard: Floats, voices: Voices, chosen: Ints, begun: Ints, until: Ints) -> None:
    """Add, to (days, sites), the best value of each (site, origin) on each day."""
    key = voices.site[chosen] * (int(voices.origin.max()) + 1) + voices.origin[chosen]
    pairs, pair = np.unique(key, return_inverse=True)
    best = np.zeros((heard.shape[0] + 1, pairs.size))
    for value in np.unique(voices.value[chosen]):
        loud = voices.value[chosen] == value
        flow = np.zeros_like(best)
        np.add.at(flow, (begun[chosen][loud], pair[loud]), 1.0)
        np.add.at(flow, (until[chosen][loud] + 1, pair[loud]), -1.0)
        np.maximum(best, np.where(flow.cumsum(axis=0) > 0.5, value, 0.0), out=best)
    owner = pairs // (int(voices.origin.max()) + 1)
    np.add.at(heard.T, owner, best[:-1].T)
