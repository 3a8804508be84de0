"""Why a level is what it is: which reports, by which rule, how sure, what would clear it, and what nobody has said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from heritage.flags.exposure import Bools, Floats, Ints
from heritage.flags.reports import Report, grade_weight
from heritage.flags.rules import Level, Rules

REASONS_SHOWN = 40


class RuleName(StrEnum):
    """Which rule lets a report count, or keeps it from counting."""

    ON_SITE = "on_site"
    BUFFER_ZONE = "buffer_zone"
    BESIDE = "beside"
    NEAR = "near"
    FAR = "far"
    SUPPORT = "support"
    REPEAT = "repeat"


class NotKnown(StrEnum):
    """What the level does not rest on, because nobody has said it."""

    CAUSE = "cause"
    DAY = "day"
    PLACE = "place"
    EXTENT = "extent"
    SECOND_ORIGIN = "second_origin"
    SILENCE = "silence"


@dataclass(frozen=True)
class Reason:
    """One report with its weight on the day asked about, and the highest level it may speak for."""

    report: Report
    weight: float
    rule: RuleName
    ring: int


@dataclass(frozen=True)
class Step:
    """A level that will be reached on a day if nothing further is reported."""

    on: date
    level: Level


@dataclass(frozen=True)
class Decision:
    """The level of a site on a day, and why.

    since: the day the level was reached; since_at_least: it held for the whole window looked at and may be older.
    score: summed weight of the reports within the farthest ring. confidence: 0..1. reasons: heaviest first, at most
    REASONS_SHOWN of reasons_total. clears: each later step down. origins: independent ones that speak for the level.
    """

    level: Level
    as_of: date
    since: date | None
    since_at_least: bool
    score: float
    confidence: float
    origins: int
    reasons: tuple[Reason, ...]
    reasons_total: int
    clears: tuple[Step, ...]
    not_known: tuple[NotKnown, ...]
    rule_version: str


@dataclass(frozen=True)
class Verdicts:
    """What `judge` finds for n sites: arrays of n; `ahead` (days, n): the levels of the day and of those to come."""

    level: Ints
    score: Floats
    since_day: Ints
    since_at_least: Bools
    ahead: Ints


@dataclass(frozen=True)
class Weighed:
    """One site's reports, and of each the weight before age, the ring, whether it is coarse, whether it repeats."""

    reports: Sequence[Report]
    weight: Floats
    ring: Ints
    coarse: Bools
    repeat: Bools


def explain(weighed: Weighed, verdicts: Verdicts, site: int, rules: Rules, as_of: date) -> Decision:
    """Put one site's verdict beside what it rests on.

    Args:    weighed: the site's reports, the nearest part of each happening. site: its column in verdicts.
    """
    level = Level(int(verdicts.level[site]))
    reasons = _reasons(weighed, rules, as_of)
    speaking = _speaking(reasons, level)
    origins = {origin for reason in speaking for origin in (reason.report.origins or ("",))}
    return Decision(
        level=level,
        as_of=as_of,
        since=date.fromordinal(int(verdicts.since_day[site])) if level else None,
        since_at_least=bool(level and verdicts.since_at_least[site]),
        score=round(float(verdicts.score[site]), 4),
        confidence=_confidence(speaking, level, rules),
        origins=len(origins),
        reasons=tuple(reasons[:REASONS_SHOWN]),
        reasons_total=len(reasons),
        clears=_clears(verdicts.ahead[:, site], as_of),
        not_known=_not_known(reasons, speaking, level),
        rule_version=rules.version,
    )


def _reasons(weighed: Weighed, rules: Rules, as_of: date) -> list[Reason]:
    found = []
    for i, report in enumerate(weighed.reports):
        age = max(0, (as_of - report.occurred_to).days)
        ring = int(weighed.ring[i])
        weight = float(weighed.weight[i]) * 0.5 ** (age / rules.half_life_days)
        if ring == 0 or age > rules.max_age_days or weight <= 0:
            continue
        if weighed.repeat[i]:
            found.append(Reason(report, 0.0, RuleName.REPEAT, ring))
        else:
            found.append(Reason(report, round(weight, 4), _rule(report, ring, bool(weighed.coarse[i])), ring))
    return sorted(found, key=lambda r: (-r.weight, r.report.distance_km, r.report.incident_id))


def _rule(report: Report, ring: int, coarse: bool) -> RuleName:
    if coarse:
        return RuleName.SUPPORT
    if ring == 3 and report.in_buffer_zone:
        return RuleName.BUFFER_ZONE
    return (RuleName.FAR, RuleName.NEAR, RuleName.BESIDE, RuleName.ON_SITE)[ring - 1]


def _speaking(reasons: Sequence[Reason], level: Level) -> list[Reason]:
    """Those near enough to speak for the level, repeats too; while a level only lingers, all that are left."""
    precise = [r for r in reasons if r.rule is not RuleName.SUPPORT]
    return [r for r in precise if r.ring >= max(1, level)] or precise


def _confidence(speaking: Sequence[Reason], level: Level, rules: Rules) -> float:
    """The chance that one independent origin at least is right, were grades odds and all places in a circle alike.

    An origin counts with its best report: its grade times the share of its circle within the level's distance.
    """
    if level == Level.NONE:
        return 0.0
    best: dict[str, float] = {}
    for reason in speaking:
        report = reason.report
        sure = grade_weight(report.reliability, report.credibility, rules)
        sure *= share_within(report, rules.levels[level - 1].within_km)
        for origin in report.origins or ("",):
            best[origin] = max(best.get(origin, 0.0), sure)
    wrong = 1.0
    for sure in best.values():
        wrong *= 1.0 - min(sure, 0.95)
    return round(min(0.99, 1.0 - wrong), 2)


def share_within(report: Report, within_km: float) -> float:
    """The share of a report's circle, 0..1, that lies within a distance of the part's edge; in a buffer zone, all."""
    radius, distance = report.radius_km or 0.0, report.distance_km
    reach = within_km + (report.extent_km or 0.0)
    if report.in_buffer_zone or distance + radius <= reach:
        return 1.0
    circles = radius * np.sqrt((np.arange(16) + 0.5) / 16)[:, None]
    angles = np.pi * (np.arange(16) + 0.5)[None, :] / 16
    off = np.sqrt(distance**2 + circles**2 + 2 * distance * circles * np.cos(angles))
    return float(np.mean(off <= reach))


def _clears(ahead: Ints, as_of: date) -> tuple[Step, ...]:
    """Each later day on which the level changes; silence cannot raise it, so all are falls."""
    changes = np.flatnonzero(np.diff(ahead)) + 1
    return tuple(Step(as_of + timedelta(days=int(n)), Level(int(ahead[n]))) for n in changes)


def _not_known(reasons: Sequence[Reason], speaking: Sequence[Reason], level: Level) -> tuple[NotKnown, ...]:
    if not reasons:
        return (NotKnown.SILENCE,)
    heaviest = (speaking or reasons)[0].report
    origins = {origin for reason in speaking for origin in reason.report.origins}
    checks = {
        NotKnown.CAUSE: heaviest.kind in ("explosion", "other"),
        NotKnown.DAY: heaviest.time_precision not in ("day", "days"),
        NotKnown.PLACE: heaviest.location_precision != "exact" or any(r.rule is RuleName.SUPPORT for r in reasons),
        NotKnown.EXTENT: heaviest.extent_km is None,
        NotKnown.SECOND_ORIGIN: level >= Level.ADVISORY and len(origins) < 2,
    }
    return tuple(name for name, holds in checks.items() if holds)
