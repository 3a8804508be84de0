"""Reads for the map: sites in a view, or their number by cell when they are too many to draw."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from heritage.maps.domain import SMALLEST_CELL_DEG, View
from heritage.sites.models import Site
from heritage.sites.queries import PERIOD, stay_stands


@dataclass(frozen=True)
class Cell:
    """How many sites lie in one cell; lon and lat of its middle."""

    lon: float
    lat: float
    count: int


def _in_force(as_of: date) -> sa.ColumnElement[bool]:
    return col(Site.listed).op("@>")(sa.cast(as_of, sa.Date))


def _shown(as_of: date, view: View) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [col(Site.public_lon).is_not(None), _in_force(as_of)]
    if view.everywhere:
        return found
    west, east = (view.west + 180) % 360 - 180, (view.east + 180) % 360 - 180
    if view.east - view.west >= 360:
        west, east = -180.0, 180.0
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    boxes = [
        sa.text(
            f"point(public_lon, public_lat) <@ box(point({left!r}, {view.south!r}), point({right!r}, {view.north!r}))"
        )
        for left, right in spans
    ]
    return [*found, sa.or_(*boxes)]


def _columns() -> list[Any]:
    return [Site.id, Site.slug, Site.name, Site.lon, Site.lat, Site.disclosure, Site.grid_km]


def count_in_view(session: Session, view: View, as_of: date, *, limit: int) -> int:
    """How many sites are shown in a view, counted up to a limit."""
    some = sa.select(sa.literal(1)).select_from(Site).where(*_shown(as_of, view)).limit(limit).subquery()
    return int(session.scalar(sa.select(sa.func.count()).select_from(some)) or 0)


def sites_in_view(
    session: Session, view: View, as_of: date, *, known_on: date | None = None, limit: int
) -> list[sa.Row[Any]]:
    """Sites in force on a day that are shown in a view, at most `limit`; their points are not yet fit to be shown.

    Args:    known_on: as for `heritage.sites.queries.stay_stands`.
    """
    return list(session.execute(_wanted(as_of, known_on).where(*_shown(as_of, view)).limit(limit)).all())


def named_sites(session: Session, ids: list[int], as_of: date, *, known_on: date | None = None) -> list[sa.Row[Any]]:
    """The same columns for sites that must be drawn whatever else is."""
    return list(session.execute(_wanted(as_of, known_on).where(col(Site.id).in_(ids))).all())


def _wanted(as_of: date, known_on: date | None) -> Any:
    stays = sa.select(PERIOD.c.site_id).where(stay_stands(known_on), PERIOD.c.period.op("@>")(sa.cast(as_of, sa.Date)))
    return sa.select(*_columns(), sa.and_(col(Site.id).in_(stays), _in_force(as_of)).label("danger"))


def cells_in_view(session: Session, view: View, as_of: date, *, limit: int) -> list[Cell]:
    """How many sites lie in each cell of a view; the largest numbers first when there are more cells than `limit`."""
    cell = max(view.cell_deg, SMALLEST_CELL_DEG)
    column = sa.func.floor(col(Site.public_lon) / cell)
    row = sa.func.floor(col(Site.public_lat) / cell)
    number = sa.func.count()
    query = (
        sa.select(column, row, number)
        .select_from(Site)
        .where(*_shown(as_of, view))
        .group_by(sa.text("1"), sa.text("2"))
        .order_by(number.desc())
        .limit(limit)
    )
    # The middle of the cell, never the mean of its members: that would give away a lone one's place.
    return [Cell((x + 0.5) * cell, (y + 0.5) * cell, n) for x, y, n in session.execute(query)]
