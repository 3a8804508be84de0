"""Which events of different feeds tell of one happening: by place and time, kind and parties. Pure.

Source: the idea of merging event data by kind, place and time within stated tolerances is that of meltt (Donnay et al.
2018); the tolerances here are each report's own uncertainty, and the parties decide with them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from heritage.core.geodesy import distance_m
from heritage.core.text import fold
from heritage.feeds.domain import EventKind

# Days are dated by where one stands and when one heard: a day more or less is not another happening.
SLACK_DAYS = 1
# A report of "some time in these weeks" fits too many others to be joined to one of them by a rule.
LONGEST_DAYS = 14
LEAST_KM = 1.0
ENOUGH = 0.6
# A second candidate nearly as like as the first leaves the question to a person.
CLEARLY = 0.04
UNKNOWN_PARTIES = 0.4
# Feeds in which one happening may stand several times, each time told by somebody else.
TOLD_AGAIN = frozenset({"reports", "rss", "gdelt", "reliefweb"})

_ARMED = frozenset({EventKind.FIGHTING, EventKind.NON_STATE_FIGHTING})
_HEAVY = frozenset({EventKind.AIR_STRIKE, EventKind.SHELLING, EventKind.EXPLOSION})
_LIKE_KINDS = (
    (_ARMED, _ARMED, 0.9),
    (_HEAVY, _HEAVY, 0.6),
    # Coders differ in whether an exchange with heavy weapons is a clash, and a blow that kills civilians one at them.
    (_ARMED, _HEAVY, 0.6),
    (_HEAVY, frozenset({EventKind.VIOLENCE_AGAINST_CIVILIANS}), 0.6),
    (_ARMED, frozenset({EventKind.CONTROL_CHANGE}), 0.5),
    # A monument blown up is an explosion to one and destruction to another.
    (frozenset({EventKind.EXPLOSION}), frozenset({EventKind.DELIBERATE_DESTRUCTION}), 0.6),
)
# Words that name no party: half of all governments have forces.
_COMMON_WORDS = (
    "government of forces force military army armed police state states group groups militia militias movement front",
    "the and in unidentified unknown civilians people republic national security rebels rebel fighters party",
)
_COMMON = frozenset(word for line in _COMMON_WORDS for word in line.split())
_ALIASES = (
    frozenset({"is", "isis", "isil", "daesh", "islamic"}),
    frozenset({"hts", "nusra", "jabhat", "tahrir"}),
    frozenset({"ypg", "sdf", "kurdish"}),
)
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Told:
    """One event as its feed tells it. event: our number. Places in degrees and km; parties are names as written."""

    event: int
    feed: str
    lon: float
    lat: float
    radius_km: float
    occurred_from: date
    occurred_to: date
    kind: str
    parties: tuple[str, ...] = ()
    deaths: int | None = None


@dataclass(frozen=True)
class Likeness:
    """Two events of different feeds that may be one happening, with how like they are (0..1)."""

    one: int
    other: int
    score: float


def compare(one: Told, other: Told, distance_km: float) -> float:
    """How like two events are.

    Args:    distance_km: between their points.
    Returns: 0 when place, time, kind or parties cannot be one happening's, else up to 1. Place alone never suffices:
             a pair that agrees in nothing else stays below ``ENOUGH``.
    """
    gap_days = max((other.occurred_from - one.occurred_to).days, (one.occurred_from - other.occurred_to).days, 0)
    longest = max((told.occurred_to - told.occurred_from).days for told in (one, other))
    reach_km = max(one.radius_km + other.radius_km, LEAST_KM)
    kind, parties = _kinds(one.kind, other.kind), _parties(one.parties, other.parties)
    # Something must speak for one happening beside its place and day: a shared party, or the very same kind.
    if parties == UNKNOWN_PARTIES and kind < 1:
        return 0.0
    if gap_days > SLACK_DAYS or longest > LONGEST_DAYS or distance_km > reach_km or not kind or not parties:
        return 0.0
    when = (1.0 if not gap_days else 0.4) * (1 - 0.5 * longest / LONGEST_DAYS)
    where = 1 - 0.7 * distance_km / reach_km
    # A wide circle holds many happenings: being inside it says less.
    where *= 1 - 0.5 * min(1.0, reach_km / 60)
    return 0.25 * when + 0.25 * where + 0.2 * kind + 0.2 * parties + 0.1 * _deaths(one.deaths, other.deaths)


@lru_cache(maxsize=4096)
def _kinds(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if EventKind.OTHER in (one, other):
        return 0.3
    return next((v for a, b, v in _LIKE_KINDS if (one in a and other in b) or (one in b and other in a)), 0.0)


# A war has few sides, and each pair of them is compared a million times.
@lru_cache(maxsize=65536)
def _parties(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """0 when both name parties and none is shared; not knowing is neither for nor against."""
    ours, theirs = _names(one), _names(other)
    if not ours or not theirs:
        return UNKNOWN_PARTIES
    shared = len(ours & theirs)
    return 0.0 if not shared else min(1.0, 0.5 + 0.5 * shared / min(len(ours), len(theirs)))


@lru_cache(maxsize=65536)
def _names(parties: tuple[str, ...]) -> frozenset[str]:
    words = {word for party in parties for word in fold(party).split() if len(word) > 1} - _COMMON
    return frozenset(next((min(group) for group in _ALIASES if word in group), word) for word in words)


def _deaths(one: int | None, other: int | None) -> float:
    if one is None or other is None:
        return 0.5
    return (min(one, other) + 1) / (max(one, other) + 1)


def find_alike(told: Sequence[Told]) -> list[Likeness]:
    """Every pair of events of different feeds that may be one happening, likest first.

    Args:    told: any order; at most one an event.
    Returns: pairs with a score above 0, in an order that depends on nothing but the events.
    """
    by_feed: dict[str, list[Told]] = defaultdict(list)
    for each in sorted(told, key=lambda t: (t.occurred_from, t.event)):
        by_feed[each.feed].append(each)
    feeds = sorted(by_feed, key=lambda feed: (len(by_feed[feed]), feed))
    found = [
        pair for n, few in enumerate(feeds) for many in feeds[n + 1 :] for pair in _across(by_feed[few], by_feed[many])
    ]
    return sorted(found, key=lambda pair: (-pair.score, pair.one, pair.other))


def _across(few: Sequence[Told], many: Sequence[Told]) -> Iterable[Likeness]:
    begun = np.array([t.occurred_from.toordinal() for t in many], dtype=np.int64)
    ended = np.array([t.occurred_to.toordinal() for t in many], dtype=np.int64)
    lon, lat, radius = (np.array([getattr(t, name) for t in many]) for name in ("lon", "lat", "radius_km"))
    for one in few:
        first = np.searchsorted(begun, one.occurred_from.toordinal() - LONGEST_DAYS - SLACK_DAYS, side="left")
        last = np.searchsorted(begun, one.occurred_to.toordinal() + SLACK_DAYS, side="right")
        window = np.arange(first, last)
        # A degree of latitude is never less than 110.5 km, so nothing within reach is lost here.
        window = window[np.abs(lat[window] - one.lat) * 110.5 <= np.maximum(radius[window] + one.radius_km, LEAST_KM)]
        if not window.size:
            continue
        here = np.full(window.size, one.lon), np.full(window.size, one.lat)
        distances = distance_m(*here, lon[window], lat[window]) / 1000
        # What ``compare`` would refuse for place or time is left out at once: most of them, in a long war.
        gap = np.maximum(begun[window] - one.occurred_to.toordinal(), one.occurred_from.toordinal() - ended[window])
        within = (distances <= np.maximum(radius[window] + one.radius_km, LEAST_KM)) & (gap <= SLACK_DAYS)
        window, distances = window[within], distances[within]
        for index, distance_km in zip(window.tolist(), distances.tolist(), strict=True):
            other = many[index]
            score = compare(one, other, distance_km)
            if score > 0:
                yield Likeness(min(one.event, other.event), max(one.event, other.event), score)


def group(
    told: Sequence[Told],
    alike: Sequence[Likeness],
    *,
    same: Iterable[tuple[int, int]] = (),
    apart: Iterable[tuple[int, int]] = (),
) -> dict[int, int]:
    """Put events into happenings.

    Args:    alike: as ``find_alike`` gives them.  same, apart: pairs of events of which a person said so; both stand
             above any rule, and of the two the last word is the caller's to keep.
    Returns: for each event of told, same and apart the least event of its happening; alone, itself. One happening holds
             no two events of one feed that tells each happening once, and no two that are apart.
    """
    groups = _Groups(told, apart)
    for one, other in same:
        groups.join(one, other, by_a_person=True)
    best = _clear_bests(alike, groups.feed)
    for pair in alike:
        if pair.score >= ENOUGH and (pair.one, pair.other) in best:
            groups.join(pair.one, pair.other)
    return groups.heads()


def _clear_bests(alike: Sequence[Likeness], feed: dict[int, str]) -> set[tuple[int, int]]:
    """Pairs in which each side has no other candidate of the same feed that is nearly as like.

    A feed that tells one happening several times may bring several to one event of another.
    """
    scores: dict[tuple[int, str], list[float]] = defaultdict(list)
    for pair in alike:
        scores[pair.one, feed[pair.other]].append(pair.score)
        scores[pair.other, feed[pair.one]].append(pair.score)

    def clear(event: int, other: int, score: float) -> bool:
        if feed[other] in TOLD_AGAIN:
            return True
        # Likest first: the first two tell whether one stands out.
        first, *rest = scores[event, feed[other]]
        return score == first and (not rest or rest[0] < first - CLEARLY)

    return {(p.one, p.other) for p in alike if clear(p.one, p.other, p.score) and clear(p.other, p.one, p.score)}


class _Groups:
    """Happenings under construction: which events are together, and what must not come together."""

    def __init__(self, told: Sequence[Told], apart: Iterable[tuple[int, int]]) -> None:
        self.feed = {each.event: each.feed for each in told}
        self._members: dict[int, list[int]] = {each.event: [each.event] for each in told}
        self._head: dict[int, int] = {each.event: each.event for each in told}
        self._apart: dict[int, set[int]] = defaultdict(set)
        for one, other in apart:
            self._apart[one].add(other)
            self._apart[other].add(one)

    def join(self, one: int, other: int, *, by_a_person: bool = False) -> None:
        a, b = (self._head.setdefault(event, event) for event in (one, other))
        ours, theirs = (self._members.setdefault(head, [head]) for head in (a, b))
        if a == b or any(self._apart[event] & set(theirs) for event in ours):
            return
        if not by_a_person and self._feeds(ours) & self._feeds(theirs):
            return
        head, gone = min(a, b), max(a, b)
        self._members[head] = sorted([*ours, *theirs])
        del self._members[gone]
        for event in self._members[head]:
            self._head[event] = head

    def _feeds(self, events: Iterable[int]) -> set[str]:
        return {self.feed.get(event, "") for event in events} - TOLD_AGAIN

    def heads(self) -> dict[int, int]:
        return dict(self._head)
