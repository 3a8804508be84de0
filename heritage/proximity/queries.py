"""Reads: what lies near a site, and how far."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session

from heritage.incidents.queries import known_versions, of_incident
from heritage.proximity.models import Proximity
from heritage.sites.models import Part

PROXIMITY: sa.Table = Proximity.__table__  # type: ignore[attr-defined]  # SQLModel gives every table class one
PART: sa.Table = Part.__table__  # type: ignore[attr-defined]


def nearest_parts() -> sa.Select[Any]:
    """For every place and site, the one part of the site that is nearest to the place.

    Returns: a SELECT of site_id, place_id, part_id, part_ref, part_name, extent_km, distance_km, low_km, high_km,
             bearing_deg, in_buffer_zone (of any part of the site); one row a (site, place). Narrow it before use.
    """
    any_zone = sa.func.bool_or(PROXIMITY.c.in_buffer_zone).over(partition_by=(PART.c.site_id, PROXIMITY.c.place_id))
    return (
        sa.select(
            PART.c.site_id,
            PROXIMITY.c.place_id,
            PROXIMITY.c.part_id,
            PART.c.ref.label("part_ref"),
            PART.c.name.label("part_name"),
            PART.c.extent_km,
            PROXIMITY.c.distance_km,
            PROXIMITY.c.low_km,
            PROXIMITY.c.high_km,
            PROXIMITY.c.bearing_deg,
            any_zone.label("in_buffer_zone"),
        )
        .join_from(PROXIMITY, PART, PART.c.id == PROXIMITY.c.part_id)
        .ext(distinct_on(PART.c.site_id, PROXIMITY.c.place_id))
        .order_by(PART.c.site_id, PROXIMITY.c.place_id, PROXIMITY.c.distance_km, PROXIMITY.c.part_id)
    )


def _near_site(
    site_id: int, known_on: date | None, since: date | None, until: date | None, within_km: float | None
) -> sa.Select[Any]:
    known = known_versions(known_on=known_on, occurred_from=since, occurred_to=until).subquery("known")
    nearest = nearest_parts().where(PART.c.site_id == site_id)
    if within_km is not None:
        nearest = nearest.where(PROXIMITY.c.distance_km <= within_km)
    near = nearest.subquery("near")
    return sa.select(known, *(column for column in near.c if column.name != "place_id")).join_from(
        known, near, near.c.place_id == known.c.place_id
    )


def list_near_site(
    session: Session,
    site_id: int,
    *,
    known_on: date | None = None,
    since: date | None = None,
    until: date | None = None,
    within_km: float | None = None,
    nearest_first: bool = False,
    limit: int = 100,
    offset: int = 0,
) -> list[sa.Row[Any]]:
    """Events near a site, each with the part it is nearest to.

    Args:    known_on: as known at the end of that day; None for now.  since, until: days of occurrence, both
             included.  within_km: on the nominal distance.  nearest_first: else the newest first.
    Returns: at most `limit` rows: the columns of `known_versions` and of `nearest_parts`.
    """
    query = _near_site(site_id, known_on, since, until, within_km)
    columns = query.selected_columns
    newest = (columns.occurred_to.desc(), columns.event_pk.desc())
    order = (columns.distance_km, *newest) if nearest_first else newest
    return list(session.execute(query.order_by(*order).limit(limit).offset(offset)).all())


def count_near_site(
    session: Session,
    site_id: int,
    *,
    known_on: date | None = None,
    since: date | None = None,
    until: date | None = None,
    within_km: float | None = None,
) -> int:
    """How many events `list_near_site` would give without a limit."""
    near = _near_site(site_id, known_on, since, until, within_km).subquery()
    return int(session.scalar(sa.select(sa.func.count()).select_from(near)) or 0)


def list_sites_near_incident(
    session: Session, incident_id: int, *, known_on: date | None = None, limit: int = 50
) -> list[sa.Row[Any]]:
    """Sites within reach of a happening, nearest first, each once.

    Returns: rows of `nearest_parts`, for the nearest of the happening's events.
    """
    known = known_versions(known_on=known_on).subquery("known")
    places = sa.select(known.c.place_id).where(of_incident(incident_id, known.c.event_pk, known.c.incident_id))
    near = nearest_parts().where(PROXIMITY.c.place_id.in_(places)).subquery("near")
    each = (
        sa.select(near).ext(distinct_on(near.c.site_id)).order_by(near.c.site_id, near.c.distance_km).subquery("each")
    )
    return list(session.execute(sa.select(each).order_by(each.c.distance_km, each.c.site_id).limit(limit)).all())
