"""The numbers of the alert level, typed and checked; read from config/rules.toml."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Any

KINDS = (
    "fighting",
    "non_state_fighting",
    "violence_against_civilians",
    "air_strike",
    "shelling",
    "explosion",
    "control_change",
    "looting",
    "deliberate_destruction",
    "other",
)
LOCATION_PRECISIONS = ("exact", "near", "district", "province", "area", "country", "none")
TIME_PRECISIONS = ("day", "days", "week", "month", "year", "unknown")
RELIABILITIES = tuple("ABCDEF")
CREDIBILITIES = (1, 2, 3, 4, 5, 6)
_GRADES = ("reliability", "credibility")
_DISTANCES = ("half_km", "tight_radius_km", "usable_radius_km", "coarse_share", "same_place_km")


class Level(IntEnum):
    """Our judgement of how exposed a site is to what is reported; never its official status, never its condition."""

    NONE = 0
    WATCH = 1
    ADVISORY = 2
    WARNING = 3
    CRITICAL = 4


@dataclass(frozen=True)
class LevelRule:
    """When one level is entered and left. within_km: from the component's edge. voices: independent origins needed."""

    within_km: float
    enter: float
    leave: float
    voices: float


@dataclass(frozen=True)
class Rules:
    """Every number the decision uses. Lengths in km, times in days; weights have no unit. levels[0] is level 1."""

    reach_km: float
    half_life_days: float
    max_age_days: int
    memory_days: int
    hold_days: int
    voice_days: int
    half_km: float
    tight_radius_km: float
    usable_radius_km: float
    coarse_share: float
    same_place_km: float
    size_per_tenfold: float
    size_most: float
    levels: tuple[LevelRule, LevelRule, LevelRule, LevelRule]
    kinds: Mapping[str, float] = field(hash=False)
    reliability: Mapping[str, float] = field(hash=False)
    credibility: Mapping[int, float] = field(hash=False)
    location_precision: Mapping[str, float] = field(hash=False)
    time_precision: Mapping[str, float] = field(hash=False)
    version: str = ""

    @property
    def window_days(self) -> int:
        """How many days before a day its level can depend on."""
        return self.memory_days + self.max_age_days

    @property
    def farthest_km(self) -> float:
        """Beyond this nothing counts."""
        return self.levels[0].within_km


class BadRules(ValueError):
    """The rules file lacks a number, or has one that cannot be right; the message names it."""


def parse_rules(document: Mapping[str, Any]) -> Rules:
    """Check a rules document and make Rules of it.

    Args:    document: what tomllib reads from config/rules.toml.
    Returns: Rules; `version` is the document's own with a digest of its numbers, so that no change goes unseen.
    Raises:  BadRules naming the table and key that is missing, unknown or impossible.
    """
    tables = {key: value for key, value in document.items() if isinstance(value, Mapping)}
    known = {"time", "distance", "size", "level", "kind", *_GRADES, "location_precision", "time_precision"}
    _refuse_unknown("", set(document) - {"rule_version", "reach_km"}, known)
    time, distance, size = (_table(tables, name) for name in ("time", "distance", "size"))
    rules = Rules(
        reach_km=_number("", document, "reach_km"),
        **_numbers("time", time, ("half_life_days",)),
        **_whole_days(time, ("max_age_days", "memory_days", "hold_days", "voice_days")),
        **_numbers("distance", distance, _DISTANCES),
        size_per_tenfold=_number("size", size, "per_tenfold"),
        size_most=_number("size", size, "most"),
        levels=_levels(_table(tables, "level")),
        kinds=_weights("kind", tables, KINDS),
        reliability=_weights("reliability", tables, RELIABILITIES),
        credibility={int(k): v for k, v in _weights("credibility", tables, [str(c) for c in CREDIBILITIES]).items()},
        location_precision=_weights("location_precision", tables, LOCATION_PRECISIONS),
        time_precision=_weights("time_precision", tables, TIME_PRECISIONS),
        version=f"{document.get('rule_version', '0')}+{digest(document)}",
    )
    _check_sense(rules)
    return rules


def digest(document: Mapping[str, Any]) -> str:
    """Eight hex digits that change with any number of the rules, not with its comments or order."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def rule_keys() -> list[str]:
    """The names of all numbers, as the methodology must list them."""
    skip = {"levels", "version", "kinds", "reliability", "credibility", "location_precision", "time_precision"}
    plain = [f.name for f in fields(Rules) if f.name not in skip]
    return [*plain, *(f.name for f in fields(LevelRule)), *KINDS, *LOCATION_PRECISIONS, *TIME_PRECISIONS]


def _refuse_unknown(table: str, given: set[str], known: set[str]) -> None:
    for name in sorted(given - known):
        raise BadRules(f"rules: {table + '.' if table else ''}{name} is not a known name")


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if name not in document:
        raise BadRules(f"rules: the table [{name}] is missing")
    table: Mapping[str, Any] = document[name]
    return table


def _number(table: str, values: Mapping[str, Any], key: str) -> float:
    value = values.get(key)
    name = f"{table}.{key}" if table else key
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRules(f"rules: {name} is missing or not a number")
    if not 0 <= value < 1e6:
        raise BadRules(f"rules: {name} = {value} is out of range")
    return float(value)


def _numbers(table: str, values: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: _number(table, values, key) for key in keys}


def _whole_days(values: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: int(_number("time", values, key)) for key in keys}


def _weights(name: str, tables: Mapping[str, Any], keys: Any) -> dict[str, float]:
    table = _table(tables, name)
    _refuse_unknown(name, set(table), set(keys))
    return {key: _number(name, table, key) for key in keys}


def _levels(table: Mapping[str, Any]) -> tuple[LevelRule, LevelRule, LevelRule, LevelRule]:
    _refuse_unknown("level", set(table), {"1", "2", "3", "4"})
    names = ("within_km", "enter", "leave", "voices")
    one, two, three, four = (LevelRule(**_numbers(f"level.{n}", _table(table, n), names)) for n in ("1", "2", "3", "4"))
    return one, two, three, four


def _check_sense(rules: Rules) -> None:
    for n, level in enumerate(rules.levels, start=1):
        if not 0 < level.leave <= level.enter:
            raise BadRules(f"rules: level.{n}.leave must be above 0 and at most level.{n}.enter")
    for n, (outer, inner) in enumerate(zip(rules.levels, rules.levels[1:], strict=False), start=2):
        if inner.within_km > outer.within_km or inner.enter < outer.enter:
            raise BadRules(f"rules: level.{n} must lie nearer and ask more than the level below it")
    for name in ("half_life_days", "half_km", "memory_days", "max_age_days", "hold_days"):
        if getattr(rules, name) <= 0:
            raise BadRules(f"rules: {name} must be above 0")
    if rules.reach_km < rules.farthest_km:
        raise BadRules("rules: reach_km must be at least level.1.within_km")
