"""Nearness of what was not matched yet, worked out in memory: a question asked meanwhile is still answered rightly."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlmodel import Session

from heritage.core.boundaries import Boundary, BoundaryError
from heritage.flags.queries import Scope, find_pending, list_parts
from heritage.flags.rules import Rules
from heritage.flags.window import Pairs, WindowEvent
from heritage.proximity.domain import Nearness, Places, Points, Shape, match_points_of_parts, match_shape


def with_pending(session: Session, stored: Pairs, events: Sequence[WindowEvent], rules: Rules, scope: Scope) -> Pairs:
    """Replace the stored pairs of places and parts that wait for matching by what matching will find.

    Args:    stored: the pairs of the events' places. events: of the window.
    Returns: the same pairs when nothing is pending; writes nothing.
    """
    waiting_places, waiting_parts = find_pending(session)
    here = {event.place_id: event for event in events}
    new_places = sorted(set(waiting_places) & set(here))
    if not new_places and not waiting_parts:
        return stored
    known = stored.rows(~np.isin(stored.place_id, new_places) & ~np.isin(stored.part_id, waiting_parts))
    found = [known]
    if new_places:
        every = list_parts(session, scope)
        found += _matched(_places(here, new_places), every, rules)
    old_places = sorted(set(here) - set(new_places))
    if waiting_parts and old_places:
        waiting = list_parts(session, scope, part_ids=waiting_parts)
        found += _matched(_places(here, old_places), waiting, rules)
    return Pairs(*(np.concatenate([getattr(p, name) for p in found]) for name in Pairs.__dataclass_fields__))


def _places(here: dict[int, WindowEvent], ids: Sequence[int]) -> Places:
    rows = [here[i] for i in ids]
    lon, lat, radius = (
        np.array([getattr(r, name) for r in rows], dtype=np.float64) for name in ("lon", "lat", "radius_km")
    )
    return Places(np.array(ids, dtype=np.int64), lon, lat, radius)


def _matched(places: Places, parts: Sequence[Any], rules: Rules) -> list[Pairs]:
    if not parts:
        return []
    extent = {row.id: np.nan if row.extent_km is None else row.extent_km for row in parts}
    site = {row.id: row.site_id for row in parts}
    return [_as_pairs(near, site, extent) for near in _nearness(places, parts, rules.reach_km) if len(near)]


def _nearness(places: Places, parts: Sequence[Any], reach_km: float) -> Iterator[Nearness]:
    plain = [row for row in parts if row.boundary is None and row.buffer_zone is None and row.lon is not None]
    if plain:
        ids = np.array([row.id for row in plain], dtype=np.int64)
        lon, lat = (np.array([getattr(row, name) for row in plain], dtype=np.float64) for name in ("lon", "lat"))
        extents = np.array([row.extent_km or 0.0 for row in plain], dtype=np.float64)
        yield from match_points_of_parts(places, Points(ids, lon, lat, extents), reach_km)
    for row in parts:
        if row.boundary is not None or row.buffer_zone is not None:
            shape = _shape(row)
            if shape is not None:
                yield match_shape(places, shape, reach_km)


def _shape(row: Any) -> Shape | None:
    boundary, zone = _boundary(row.boundary), _boundary(row.buffer_zone)
    if row.lon is None and boundary is None:
        return None
    lon, lat = (row.lon, row.lat) if row.lon is not None or boundary is None else (boundary.lon, boundary.lat)
    return Shape(row.id, lon, lat, 0.0 if boundary else row.extent_km or 0.0, boundary, zone)


def _boundary(geometry: dict[str, Any] | None) -> Boundary | None:
    if geometry is None:
        return None
    try:
        return Boundary(geometry)
    except BoundaryError:
        # The part keeps its point, as stored matching has it.
        return None


def _as_pairs(near: Nearness, site: dict[int, int], extent: dict[int, float]) -> Pairs:
    parts = near.part_id.tolist()
    return Pairs(
        near.place_id,
        near.part_id,
        np.array([site[p] for p in parts], dtype=np.int64),
        near.distance_km,
        near.low_km,
        near.high_km,
        near.bearing_deg,
        np.array([extent[p] for p in parts], dtype=np.float64),
        near.in_buffer_zone,
    )
