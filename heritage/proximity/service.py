"""Bring the stored nearness up to date with the places and component parts there are."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlmodel import Session

from heritage.core.boundaries import Boundary, BoundaryError
from heritage.proximity.domain import Nearness, Places, Points, Shape, match_points_of_parts, match_shape
from heritage.proximity.engine import checked_radius_km

# Two matchings at once would insert the same pairs; the number is arbitrary and used for nothing else.
MATCH_LOCK = 7_236_404
_SHAPES_AT_ONCE = 200

_CLAIM_PLACES = """
update place set matched_reach_km = :reach where matched_reach_km is distinct from :reach
returning id, lon, lat, radius_km"""
_CLAIM_PARTS = """
update part set matched_reach_km = :reach where matched_reach_km is distinct from :reach and withdrawn_on is null
returning id"""
_PLACES = "select id, lon, lat, radius_km from place order by id"
_POINTS = """
select id, lon, lat, coalesce(extent_km, 0) from part
where withdrawn_on is null and lon is not null and boundary is null and buffer_zone is null order by id"""
_SHAPE_IDS = """
select id from part
where withdrawn_on is null and (boundary is not null or (buffer_zone is not null and lon is not null)) order by id"""
_SHAPES = """
select id, lon, lat, coalesce(extent_km, 0) as extent_km, boundary, buffer_zone from part
where id = any(:ids) order by id"""
_COLUMNS = ("place_id", "part_id", "distance_km", "low_km", "high_km", "bearing_deg", "in_buffer_zone")


@dataclass(frozen=True)
class MatchReport:
    """Places and parts that had to be matched, pairs written, pairs removed because they were out of date."""

    places: int
    parts: int
    pairs: int
    removed: int


def match_pending(session: Session, reach_km: float) -> MatchReport:
    """Match places and parts that are new, were moved, or were matched with another reach, and nothing else.

    Args:    session: the caller owns the transaction; everything is written in it or nothing.  reach_km: how far to
             look, > 0.
    Returns: what was done; all zero when everything was matched already.
    Raises:  ValueError if the reach is not finite and positive.
    """
    reach_km = checked_radius_km(reach_km)
    session.flush()
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": MATCH_LOCK})
    # Claiming before reading locks the rows: whoever moves one of them meanwhile waits, and marks it as pending again.
    places = _as_places(session.execute(sa.text(_CLAIM_PLACES), {"reach": reach_km}).all())
    parts = _ids(session.execute(sa.text(_CLAIM_PARTS), {"reach": reach_km}).all())
    if not len(places) and not len(parts):
        return MatchReport(0, 0, 0, 0)
    removed = _remove(session, "place_id", places.id) + _remove(session, "part_id", parts)
    pairs = sum(_store(session, nearness) for nearness in _matched(session, places, parts, reach_km))
    session.expire_all()
    return MatchReport(len(places), len(parts), pairs, removed)


def against_all_parts(session: Session, places: Places, reach_km: float) -> Iterator[Nearness]:
    """Match places that need not be stored with every component part of the register; nothing is written.

    Args:    places: any ids.  reach_km: geodesic, > 0, on the nominal distance.
    Returns: the pairs within reach, in shares.
    """
    points = _as_points(session.execute(sa.text(_POINTS)).all())
    return _against(session, places, points, _ids(session.execute(sa.text(_SHAPE_IDS)).all()), reach_km)


def _matched(session: Session, new: Places, new_parts: np.ndarray, reach_km: float) -> Iterator[Nearness]:
    """New places with all parts, then new parts with the other places."""
    points = _as_points(session.execute(sa.text(_POINTS)).all())
    shape_ids = _ids(session.execute(sa.text(_SHAPE_IDS)).all())
    if len(new):
        yield from _against(session, new, points, shape_ids, reach_km)
    if len(new_parts):
        every = _as_places(session.execute(sa.text(_PLACES)).all())
        old = _chosen(every, ~np.isin(every.id, new.id))
        moved = _chosen(points, np.isin(points.id, new_parts))
        yield from _against(session, old, moved, shape_ids[np.isin(shape_ids, new_parts)], reach_km)


def _against(
    session: Session, places: Places, points: Points, shape_ids: np.ndarray, reach_km: float
) -> Iterator[Nearness]:
    if not len(places):
        return
    yield from match_points_of_parts(places, points, reach_km)
    for low in range(0, len(shape_ids), _SHAPES_AT_ONCE):
        rows = session.execute(sa.text(_SHAPES), {"ids": shape_ids[low : low + _SHAPES_AT_ONCE].tolist()}).all()
        yield from (match_shape(places, shape, reach_km) for shape in map(_as_shape, rows) if shape is not None)


def _as_shape(row: Any) -> Shape | None:
    """A part with its boundary; one that cannot be used leaves the part with its point, or with nothing."""
    boundary, buffer_zone = _boundary(row.boundary), _boundary(row.buffer_zone)
    if row.lon is not None:
        lon, lat = row.lon, row.lat
    elif boundary is not None:
        lon, lat = boundary.lon, boundary.lat
    else:
        return None
    return Shape(row.id, lon, lat, 0.0 if boundary else row.extent_km, boundary, buffer_zone)


def _boundary(geometry: dict[str, Any] | None) -> Boundary | None:
    if geometry is None:
        return None
    try:
        return Boundary(geometry)
    except BoundaryError:
        return None


def _columns(rows: Iterable[Any], count: int) -> list[np.ndarray]:
    table = [tuple(row) for row in rows]
    columns = list(zip(*table, strict=True)) or [()] * count
    return [np.array(columns[0], dtype=np.int64), *(np.array(column, dtype=np.float64) for column in columns[1:])]


def _ids(rows: Iterable[Any]) -> np.ndarray:
    return np.sort(_columns(rows, 1)[0])


def _as_places(rows: Iterable[Any]) -> Places:
    return Places(*_columns(rows, 4))


def _as_points(rows: Iterable[Any]) -> Points:
    return Points(*_columns(rows, 4))


def _chosen(of: Any, mask: np.ndarray) -> Any:
    return type(of)(*(getattr(of, name)[mask] for name in of.__dataclass_fields__))


def _remove(session: Session, column: str, ids: np.ndarray) -> int:
    if not len(ids):
        return 0
    done = session.execute(sa.text(f"delete from proximity where {column} = any(:ids)"), {"ids": ids.tolist()})
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a CursorResult


def _store(session: Session, nearness: Nearness) -> int:
    """COPY one share of pairs."""
    if not len(nearness):
        return 0
    # Only what stores pairs pays for it: most commands ask what is stored.
    import polars as pl

    text = io.BytesIO()
    pl.DataFrame({name: getattr(nearness, name) for name in _COLUMNS}).write_csv(text, include_header=False)
    driver: Any = session.connection().connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"copy proximity ({', '.join(_COLUMNS)}) from stdin (format csv)") as copy,
    ):
        copy.write(text.getvalue())
    return len(nearness)
