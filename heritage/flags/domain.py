"""From reports to a level: one pure function of what was known, the rules and the day, which explains itself.

Read in this order: `decide` here, `reports.py` (what comes in), `exposure.py` (weights), `ladder.py` (hysteresis),
`explanation.py` (what comes out). The numbers are in config/rules.toml, the reasons for them in docs/methodology.md.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from heritage.flags.explanation import Decision, NotKnown, Reason, RuleName, Step, Verdicts, Weighed, explain
from heritage.flags.exposure import (
    Bools,
    Exposures,
    Floats,
    Ints,
    Voices,
    daily_scores,
    daily_voices,
    nearness,
    ring_of,
)
from heritage.flags.ladder import climb, level_on_each_day, supported
from heritage.flags.reports import Report, find_repeats, nearest_parts, report_weight, voice_value
from heritage.flags.rules import Level, LevelRule, Rules

__all__ = [
    "Decision",
    "Level",
    "LevelRule",
    "NotKnown",
    "Reason",
    "Report",
    "RuleName",
    "Rules",
    "Step",
    "Verdicts",
    "decide",
    "judge",
    "level_series",
    "place_rings",
    "place_weight",
    "series_of_arrays",
]


def decide(reports: Sequence[Report], rules: Rules, as_of: date) -> Decision:
    """The level of one site at the end of a day.

    Args:    reports: what was known, in any order, several parts of one happening allowed; those older than
             rules.window_days, or not begun by the day, do not matter. as_of: the day, UTC.
    Returns: the decision with its reasons; level 0 with none when nothing is near.
    """
    weighed, rows, voices = _weigh(nearest_parts(reports, as_of), rules)
    return explain(weighed, judge(rows, voices, 1, rules, as_of), 0, rules, as_of)


def level_series(
    reports: Sequence[Report], rules: Rules, first_on: date, last_on: date
) -> list[tuple[date, Level, float]]:
    """The level and score of one site on each day from first_on to last_on, each as `decide` says for that day."""
    _, rows, voices = _weigh(nearest_parts(reports, last_on), rules)
    return series_of_arrays(rows, voices, rules, first_on, last_on)


def series_of_arrays(
    rows: Exposures, voices: Voices, rules: Rules, first_on: date, last_on: date
) -> list[tuple[date, Level, float]]:
    """`level_series` for one site whose reports are arrays already."""
    start, last = first_on.toordinal() - rules.memory_days, last_on.toordinal()
    scores = daily_scores(rows, 1, start, last, rules)
    enter, keep = supported(scores, daily_voices(voices, 1, start, last, rules), rules)
    levels = level_on_each_day(enter, keep, rules)[:, 0]
    score = scores[rules.memory_days :, 0, 0]
    return [
        (first_on + timedelta(days=n), Level(int(level)), round(float(score[n]), 4)) for n, level in enumerate(levels)
    ]


def judge(
    rows: Exposures, voices: Voices, sites: int, rules: Rules, as_of: date, *, look_ahead: bool = True
) -> Verdicts:
    """The levels of many sites at the end of a day.

    Args:    rows, voices: of sites 0..sites-1, all begun by as_of. look_ahead: also the days to come, in silence.
    Returns: Verdicts; `ahead` has one row only without look_ahead.
    """
    day = as_of.toordinal()
    start, window = day - rules.memory_days, rules.memory_days + 1
    # By then the last report has aged out and every hold has run.
    last = day + (rules.max_age_days + 5 * rules.hold_days if look_ahead else 0)
    scores = daily_scores(rows, sites, start, last, rules)
    enter, keep = supported(scores, daily_voices(voices, sites, start, last, rules), rules)
    levels = climb(enter[:window], keep[:window], rules)
    run = _run_length(levels)
    ahead = level_on_each_day(enter, keep, rules) if look_ahead else levels[-1:]
    return Verdicts(levels[-1], scores[rules.memory_days, 0], day - run + 1, run == window, ahead)


def place_weight(distance_km: Floats, radius_km: Floats, extent_km: Floats, in_buffer: Bools, rules: Rules) -> Floats:
    """The weight of a report's distance, n of 0..1; in the legal buffer zone it is no farther than beside the site.

    Args:    distance_km, radius_km, extent_km: n non-negative numbers.  in_buffer: n flags.
    """
    beside = extent_km + rules.levels[2].within_km
    return nearness(np.where(in_buffer, np.minimum(distance_km, beside), distance_km), radius_km, extent_km, rules)


def place_rings(
    edge_km: Floats, radius_km: Floats, precision: Sequence[str], in_buffer: Bools, rules: Rules
) -> tuple[Ints, Bools]:
    """What the place of a report lets it say: the highest level it may speak for, and whether it is coarse.

    Args:    edge_km: n nominal distances less the extent. radius_km, precision, in_buffer: n of each.
    """
    words = np.asarray(precision, dtype=object)
    exact, near = np.asarray(words == "exact", dtype=bool), np.asarray(words == "near", dtype=bool)
    coarse = ~(exact | near) | (radius_km > rules.usable_radius_km)
    return ring_of(edge_km, radius_km, exact, near, in_buffer, rules), coarse


def _weigh(reports: Sequence[Report], rules: Rules) -> tuple[Weighed, Exposures, Voices]:
    base = [report_weight(report, rules) for report in reports]
    repeats = find_repeats(reports, base, rules)
    repeat = np.array([i in repeats for i in range(len(reports))], dtype=bool)
    distance, radius, extent = (_column(reports, name) for name in ("distance_km", "radius_km", "extent_km"))
    in_buffer = np.array([r.in_buffer_zone for r in reports], dtype=bool)
    precision = [r.location_precision for r in reports]
    ring, coarse = place_rings(np.maximum(distance - extent, 0.0), radius, precision, in_buffer, rules)
    weight = np.array(base, dtype=np.float64) * place_weight(distance, radius, extent, in_buffer, rules)
    weighed = Weighed(reports, weight, ring, coarse, repeat)
    begun = np.array([r.occurred_from.toordinal() for r in reports], dtype=np.int64)
    ended = np.array([r.occurred_to.toordinal() for r in reports], dtype=np.int64)
    rows = Exposures(np.zeros_like(begun), weighed.weight, ring, coarse, begun, ended).rows(~repeat)
    return weighed, rows, _voices(reports, ring, begun, ended)


def _voices(reports: Sequence[Report], ring: Ints, begun: Ints, ended: Ints) -> Voices:
    """Repeats speak too: that a second origin says the same is what makes it believed."""
    codes: dict[str, int] = {}
    lines = [
        (i, codes.setdefault(origin, len(codes)), voice_value(report.reliability, report.credibility))
        for i, report in enumerate(reports)
        if ring[i] >= 3
        for origin in (report.origins or ("",))
    ]
    index = np.array([line[0] for line in lines], dtype=np.int64)
    origin = np.array([line[1] for line in lines], dtype=np.int64)
    value = np.array([line[2] for line in lines], dtype=np.float64)
    return Voices(np.zeros_like(index), ring[index], origin, begun[index], ended[index], value)


def _column(reports: Sequence[Report], name: str) -> Floats:
    return np.array([getattr(r, name) or 0.0 for r in reports], dtype=np.float64)


def _run_length(levels: Ints) -> Ints:
    """For how many days at the end each column has had its last value."""
    differs = levels[::-1] != levels[-1]
    run: Ints = np.where(differs.any(axis=0), differs.argmax(axis=0), len(levels))
    return run
