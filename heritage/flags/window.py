"""All sites at once: the events of a window and their pairs with parts, joined and weighed as arrays. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol

import numpy as np

from heritage.flags.domain import place_rings, place_weight
from heritage.flags.explanation import Weighed
from heritage.flags.exposure import Bools, Exposures, Floats, Ints, Voices
from heritage.flags.reports import Happening, Report, base_weight, find_repeats, voice_value
from heritage.flags.rules import Rules

_FACTS = attrgetter("kind", "fatalities_best", "reliability", "credibility", "location_precision", "time_precision")


class WindowEvent(Happening, Protocol):
    """One event as the window needs it: a row of `list_window_events`."""

    @property
    def event_pk(self) -> int: ...
    @property
    def place_id(self) -> int: ...
    @property
    def radius_km(self) -> float: ...
    @property
    def location_precision(self) -> str: ...
    @property
    def time_precision(self) -> str: ...
    @property
    def fatalities_best(self) -> int | None: ...
    @property
    def reliability(self) -> str: ...
    @property
    def credibility(self) -> int: ...
    @property
    def known_at(self) -> datetime: ...


@dataclass(frozen=True)
class Pairs:
    """n pairs of place and part; extent_km is NaN where unknown."""

    place_id: Ints
    part_id: Ints
    site_id: Ints
    distance_km: Floats
    low_km: Floats
    high_km: Floats
    bearing_deg: Floats
    extent_km: Floats
    in_buffer_zone: Bools

    def rows(self, chosen: Bools | Ints) -> "Pairs":
        """The chosen pairs, in the order given."""
        return Pairs(*(getattr(self, f.name)[chosen] for f in fields(self)))


@dataclass(frozen=True)
class Window:
    """Every happening near every site. The arrays but site_ids have one row each (site, happening), sorted by site.

    site_ids: of the sites that anything is near, ascending; rows.site indexes them. event, pair: which of events and
    pairs a row joins. voices: of all sites.
    """

    events: Sequence[WindowEvent]
    pairs: Pairs
    site_ids: Ints
    rows: Exposures
    event: Ints
    pair: Ints
    repeat: Bools
    voices: Voices

    def span(self, site: int) -> slice:
        """The rows of one site."""
        return slice(*np.searchsorted(self.rows.site, [site, site + 1]).tolist())

    def of_sites(self, chosen: Ints) -> tuple[Exposures, Voices]:
        """What counts for some sites (ascending indexes), which become 0..len(chosen)-1; repeats only speak."""
        position = np.full(len(self.site_ids), -1, dtype=np.int64)
        position[chosen] = np.arange(len(chosen))
        rows = self.rows.rows(~self.repeat & (position[self.rows.site] >= 0))
        spoken = position[self.voices.site] >= 0
        voices = Voices(*(getattr(self.voices, f.name)[spoken] for f in fields(Voices)))
        return _renumbered(rows, position), _renumbered_voices(voices, position)

    def can_be_flagged(self, rules: Rules) -> Ints:
        """Indexes of the sites whose precise reports, were all of today, would reach the lowest level."""
        counted = ~self.repeat & ~self.rows.coarse
        most = np.bincount(self.rows.site[counted], weights=self.rows.weight[counted], minlength=len(self.site_ids))
        chosen: Ints = np.flatnonzero(most * (1 + rules.coarse_share) >= rules.levels[0].enter - 1e-6)
        return chosen

    def weighed(self, site: int) -> Weighed:
        """One site's reports, for the explanation."""
        span = self.span(site)
        reports = [self._report(int(e), int(p)) for e, p in zip(self.event[span], self.pair[span], strict=True)]
        rows = self.rows.rows(span)
        return Weighed(reports, rows.weight, rows.ring, rows.coarse, self.repeat[span])

    def _report(self, e: int, p: int) -> Report:
        event, pairs = self.events[e], self.pairs
        extent = float(pairs.extent_km[p])
        return Report(
            incident_id=event.incident_id,
            site_id=int(pairs.site_id[p]),
            part_id=int(pairs.part_id[p]),
            part_ref="",
            distance_km=float(pairs.distance_km[p]),
            low_km=float(pairs.low_km[p]),
            high_km=float(pairs.high_km[p]),
            kind=event.kind,
            occurred_from=event.occurred_from,
            occurred_to=event.occurred_to,
            bearing_deg=float(pairs.bearing_deg[p]),
            radius_km=event.radius_km,
            location_precision=event.location_precision,
            time_precision=event.time_precision,
            known_at=event.known_at,
            fatalities_best=event.fatalities_best,
            reliability=event.reliability,
            credibility=event.credibility,
            origins=tuple(event.origins),
            in_buffer_zone=bool(pairs.in_buffer_zone[p]),
            extent_km=None if np.isnan(extent) else extent,
            lon=event.lon,
            lat=event.lat,
            event_pk=event.event_pk,
        )


def weigh_window(events: Sequence[WindowEvent], pairs: Pairs, rules: Rules) -> Window:
    """Join events with the parts their places are near, and weigh every join.

    Args:    events: sorted by beginning. pairs: of the events' places, several parts of a site allowed.
    Returns: the window; of several parts of a site the one whose edge is nearest stands for it.
    """
    pairs = _nearest_parts(pairs)
    place = np.array([event.place_id for event in events], dtype=np.int64)
    event, pair = _join(place, pairs.place_id)
    base = np.array(_bases(events, rules), dtype=np.float64)
    radius = np.array([e.radius_km for e in events], dtype=np.float64)
    extent = np.nan_to_num(pairs.extent_km, nan=0.0)
    weight = base[event] * _nearness_of_pairs(pairs, extent, place, radius, rules)[pair]
    edge = np.maximum(pairs.distance_km - extent, 0.0)
    ring, coarse = _rings(events, event, edge[pair], radius[event], pairs.in_buffer_zone[pair], rules)
    kept = np.flatnonzero((ring > 0) & (weight > 0))
    kept = kept[np.lexsort((event[kept], pairs.site_id[pair[kept]]))]
    event, pair = event[kept], pair[kept]
    site_ids, site = np.unique(pairs.site_id[pair], return_inverse=True)
    begun = np.array([e.occurred_from.toordinal() for e in events], dtype=np.int64)
    ended = np.array([e.occurred_to.toordinal() for e in events], dtype=np.int64)
    rows = Exposures(site, weight[kept], ring[kept], coarse[kept], begun[event], ended[event])
    repeats = find_repeats(events, base.tolist(), rules)
    repeat = np.array([n in repeats for n in range(len(events))], dtype=bool)[event]
    return Window(events, pairs, site_ids, rows, event, pair, repeat, _voices(events, rows, event))


def _bases(events: Sequence[WindowEvent], rules: Rules) -> list[float]:
    """Worked out once for each combination of facts: a window's thousands of events share a few hundred."""
    known: dict[Any, float] = {}
    weights = []
    for event in events:
        facts: Any = _FACTS(event)
        if facts not in known:
            kind, deaths, reliability, credibility, place, when = facts
            known[facts] = base_weight(kind, deaths, reliability, credibility, place, when, rules)
        weights.append(known[facts])
    return weights


def _nearest_parts(pairs: Pairs) -> Pairs:
    """Of each place and site one pair, sorted by place; in the buffer zone if any of them is."""
    if not len(pairs.place_id):
        return pairs
    edge = np.maximum(pairs.distance_km - np.nan_to_num(pairs.extent_km, nan=0.0), 0.0)
    pairs = pairs.rows(np.lexsort((pairs.part_id, pairs.distance_km, edge, pairs.site_id, pairs.place_id)))
    new = (np.diff(pairs.place_id, prepend=-1) != 0) | (np.diff(pairs.site_id, prepend=-1) != 0)
    first = np.flatnonzero(new)
    buffered = np.logical_or.reduceat(pairs.in_buffer_zone, first)
    best = pairs.rows(first)
    return replace(best, in_buffer_zone=buffered)


def _join(event_place: Ints, pair_place: Ints) -> tuple[Ints, Ints]:
    """Which event meets which pair; pair_place is sorted."""
    first = np.searchsorted(pair_place, event_place, side="left")
    count = np.searchsorted(pair_place, event_place, side="right") - first
    event = np.repeat(np.arange(len(event_place)), count)
    within = np.arange(len(event)) - np.repeat(np.cumsum(count) - count, count)
    return event, np.repeat(first, count) + within


def _nearness_of_pairs(pairs: Pairs, extent: Floats, place: Ints, radius: Floats, rules: Rules) -> Floats:
    """Once for each pair rather than for each event: events share places, and a place has one radius."""
    if not len(place):
        return np.zeros(len(pairs.place_id))
    places, first = np.unique(place, return_index=True)
    own = radius[first[np.searchsorted(places, pairs.place_id).clip(max=len(places) - 1)]]
    return place_weight(pairs.distance_km, own, extent, pairs.in_buffer_zone, rules)


def _rings(
    events: Sequence[WindowEvent], event: Ints, edge: Floats, radius: Floats, in_buffer: Bools, rules: Rules
) -> tuple[Ints, Bools]:
    precision = np.array([e.location_precision for e in events], dtype=object)
    return place_rings(edge, radius, precision[event].tolist(), in_buffer, rules)


def _voices(events: Sequence[WindowEvent], rows: Exposures, event: Ints) -> Voices:
    """Who speaks for warning and critical: each origin of each report beside a site."""
    near = np.flatnonzero(rows.ring >= 3)
    codes: dict[str, int] = {}
    spoken = [
        (int(row), codes.setdefault(origin, len(codes)), voice_value(speaker.reliability, speaker.credibility))
        for row in near
        for speaker in (events[int(event[row])],)
        for origin in (speaker.origins or ("",))
    ]
    row = np.array([line[0] for line in spoken], dtype=np.int64)
    origin = np.array([line[1] for line in spoken], dtype=np.int64)
    value = np.array([line[2] for line in spoken], dtype=np.float64)
    return Voices(rows.site[row], rows.ring[row], origin, rows.begun_day[row], rows.ended_day[row], value)


def _renumbered(rows: Exposures, position: Ints) -> Exposures:
    return Exposures(position[rows.site], rows.weight, rows.ring, rows.coarse, rows.begun_day, rows.ended_day)


def _renumbered_voices(voices: Voices, position: Ints) -> Voices:
    return Voices(position[voices.site], voices.ring, voices.origin, voices.begun_day, voices.ended_day, voices.value)
