"""Reads for a day's levels: what was known of its window, near which parts, and what is kept of past decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col, select

from heritage.core.clock import end_of_day
from heritage.db.arrays import read_array
from heritage.flags.models import FlagEvent, Judgement
from heritage.flags.rules import Rules
from heritage.flags.window import Pairs
from heritage.incidents.queries import known_versions
from heritage.sites.models import Part, Site

SITE: sa.Table = Site.__table__  # type: ignore[attr-defined]  # SQLModel gives every table class one
PART: sa.Table = Part.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Scope:
    """Which sites and parts are asked about: of some sites or (None) of all, only sites in force on the day or all."""

    as_of: date
    site_ids: tuple[int, ...] | None = None
    in_force: bool = True


# Columns of the pairs with the types they come in; none is null.
_PAIR_COLUMNS = (
    ("place_id", ">i8"),
    ("part_id", ">i8"),
    ("site_id", ">i8"),
    ("distance_km", ">f8"),
    ("low_km", ">f8"),
    ("high_km", ">f8"),
    ("bearing_deg", ">f8"),
    ("extent_km", ">f8"),
    ("in_buffer_zone", "?"),
)
_PLACES_OF_SITES = """
select near.place_id from proximity near join part on part.id = near.part_id where part.site_id = any(:site_ids)
union all select id from place where matched_reach_km is null
    or exists (select from part where part.site_id = any(:site_ids) and part.matched_reach_km is null)"""
_PAIRS = """
with pair as (
    select near.*, part.site_id, coalesce(part.extent_km, 'NaN'::float8) as extent_km
    from proximity near
    join unnest(cast(:places as bigint[]), cast(:reaches as float8[])) as asked (place_id, reach_km) using (place_id)
    join part on part.id = near.part_id
    -- The same ids once more: as a list they are looked up, as a table all pairs would be read through.
    where near.place_id = any(:places)
        and (near.low_km <= asked.reach_km or near.in_buffer_zone)
        and (part.withdrawn_on is null or part.withdrawn_on > :as_of)
        and (cast(:sites as bigint[]) is null or part.site_id = any(:sites))
)
select {columns} from pair"""


def _is_one_of(column: sa.ColumnElement[Any], ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """One array rather than a parameter for each id: a register has more sites than a statement may have parameters."""
    return column == sa.any_(sa.literal(list(ids), ARRAY(sa.BigInteger)))


def list_window_events(
    session: Session, first_on: date, last_on: date, known_on: date, *, site_ids: Sequence[int] | None = None
) -> list[Any]:
    """What was known of happenings at usable places, whose occurrence overlaps the days; only what weighing needs.

    Args:    site_ids: leave out places that are matched and not near any of these sites.
    Returns: rows of event_pk, incident_id, place_id, lon, lat, radius_km, precisions, days, kind, deaths, grade,
             origins, known_at, in a fixed order.
    """
    known = known_versions(known_on=known_on, occurred_from=first_on, occurred_to=last_on).subquery("known")
    # Words come as text: making enum members of them costs more than the query.
    words = ("location_precision", "time_precision", "kind", "reliability")
    plain = ("event_pk", "incident_id", "place_id", "lon", "lat", "radius_km", "occurred_from", "occurred_to")
    rest = ("fatalities_best", "credibility", "origins", "known_at")
    query = (
        sa.select(
            *(known.c[name] for name in (*plain, *rest)),
            *(sa.type_coerce(known.c[name], sa.Text).label(name) for name in words),
        )
        .where(known.c.place_id.is_not(None))
        .order_by(known.c.occurred_from, known.c.incident_id, known.c.event_pk)
    )
    if site_ids is not None:
        near = sa.text(_PLACES_OF_SITES).bindparams(sa.bindparam("site_ids", list(site_ids), ARRAY(sa.BigInteger)))
        query = query.where(known.c.place_id.in_(near))
    return list(session.execute(query).all())


def load_pairs(session: Session, rules: Rules, radius_km: Mapping[int, float], scope: Scope) -> Pairs:
    """The stored pairs of some places with parts of sites in force, as far as the rules look.

    Args:    radius_km: of each place asked about, by its id.

    Each column comes as one value, because a day of a national inventory has a hundred thousand of them and a row at a
    time would cost more than all the rest.
    """
    session.flush()
    columns = ", ".join(f"array_send(array_agg({name})) as {name}" for name, _ in _PAIR_COLUMNS)
    places = sorted(radius_km)
    given = {
        "places": places,
        # Up to here the edge is nominally within the farthest ring, which low_km then says without asking the part.
        "reaches": [max(rules.farthest_km - radius_km[place], 0.0) + 1e-6 for place in places],
        "as_of": scope.as_of,
        "sites": None if scope.site_ids is None else list(scope.site_ids),
    }
    row = session.execute(sa.text(_PAIRS.format(columns=columns)), given).one()
    pairs = Pairs(*(read_array(column, kind) for column, (_, kind) in zip(row, _PAIR_COLUMNS, strict=True)))
    return pairs.rows(np.isin(pairs.site_id, _out_of_force(session, pairs.site_id, scope), invert=True))


def _out_of_force(session: Session, site_ids: npt.NDArray[Any], scope: Scope) -> list[int]:
    """Asked afterwards for the few sites that are near anything, and not joined: the register's rows are wide."""
    if not scope.in_force:
        return []
    query = sa.select(SITE.c.id).where(
        _is_one_of(SITE.c.id, np.unique(site_ids).tolist()),
        sa.not_(SITE.c.listed.contains(scope.as_of)),
    )
    return list(session.execute(query).scalars().all())


def find_pending(session: Session) -> tuple[list[int], list[int]]:
    """Places and parts whose nearness has not been worked out since they came or were moved."""
    places = session.execute(sa.text("select id from place where matched_reach_km is null order by id")).scalars().all()
    parts = session.execute(
        sa.text("select id from part where matched_reach_km is null and withdrawn_on is null order by id")
    )
    return list(places), list(parts.scalars().all())


def list_sites(session: Session, site_ids: Sequence[int]) -> dict[int, Any]:
    """Names and addresses of sites, by id."""
    names = ("id", "register", "register_ref", "slug", "name", "name_folded", "states_parties", "disclosure")
    rows = session.execute(sa.select(*(SITE.c[name] for name in names)).where(_is_one_of(SITE.c.id, site_ids))).all()
    return {row.id: row for row in rows}


def list_sites_in_force(
    session: Session, as_of: date, *, site_id: int | None = None, limit: int | None = None
) -> list[int]:
    """Sites that were in force on a day, by name."""
    query = sa.select(SITE.c.id).where(SITE.c.listed.contains(as_of)).order_by(SITE.c.name_folded, SITE.c.id)
    if site_id is not None:
        query = query.where(SITE.c.id == site_id)
    return list(session.execute(query.limit(limit)).scalars().all())


def part_refs(session: Session, part_ids: Sequence[int]) -> dict[int, str]:
    """The register's own numbers of parts, by id."""
    rows = session.execute(sa.select(PART.c.id, PART.c.ref).where(_is_one_of(PART.c.id, part_ids))).all()
    return {row.id: row.ref for row in rows}


def list_shown_events(session: Session, event_pks: Sequence[int], known_on: date) -> dict[int, Any]:
    """What a page shows of events beside what they weigh: place, publication, sources; by event."""
    known = known_versions(known_on=known_on).subquery("known")
    query = sa.select(known.c.event_pk, known.c.place_name, known.c.reported_at, known.c.sources)
    rows = session.execute(query.where(_is_one_of(known.c.event_pk, event_pks))).all()
    return {row.event_pk: row for row in rows}


def latest_levels(session: Session) -> dict[int, int]:
    """The level the running system last decided for each site that ever had one."""
    newest = sa.text("select distinct on (site_id) site_id, to_level from flag_event order by site_id, id desc")
    return {row.site_id: row.to_level for row in session.execute(newest).all()}


def list_flag_events(session: Session, site_id: int, *, limit: int = 50) -> list[FlagEvent]:
    """What the running system decided for a site, newest first."""
    query = select(FlagEvent).where(FlagEvent.site_id == site_id).order_by(col(FlagEvent.id).desc()).limit(limit)
    return list(session.exec(query).all())


def list_judgements(session: Session, site_id: int, *, on: date | None = None, limit: int = 50) -> list[Judgement]:
    """What people said of a site's level, newest first; with `on`, those that held at the end of that day."""
    query = select(Judgement).where(Judgement.site_id == site_id)
    if on is not None:
        moment = end_of_day(on)
        query = query.where(
            col(Judgement.recorded_at) <= moment,
            sa.or_(col(Judgement.ended_at).is_(None), col(Judgement.ended_at) > moment),
        )
    return list(session.exec(query.order_by(col(Judgement.id).desc()).limit(limit)).all())


def list_parts(session: Session, scope: Scope, *, part_ids: Sequence[int] | None = None) -> list[Any]:
    """Parts with their shapes; all in the scope, or those of some ids."""
    names = ("id", "site_id", "lon", "lat", "extent_km", "boundary", "buffer_zone")
    query = (
        sa.select(*(PART.c[name] for name in names))
        .join(SITE, SITE.c.id == PART.c.site_id)
        .where(sa.or_(PART.c.withdrawn_on.is_(None), PART.c.withdrawn_on > scope.as_of))
    )
    if scope.in_force:
        query = query.where(SITE.c.listed.contains(scope.as_of))
    if scope.site_ids is not None:
        query = query.where(_is_one_of(PART.c.site_id, scope.site_ids))
    if part_ids is not None:
        query = query.where(_is_one_of(PART.c.id, part_ids))
    return list(session.execute(query.order_by(PART.c.id)).all())
