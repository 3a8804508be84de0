"""Reads: what was known of events on a day, single incidents, and what the data rest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB
from sqlmodel import Session

from heritage.audit.models import ImportRun
from heritage.core.clock import end_of_day
from heritage.core.errors import N_, NotFound
from heritage.incidents.domain import UNIT
from heritage.incidents.models import Event, EventRelease, EventVersion
from heritage.incidents.settling import CARRIED

EVENT: sa.Table = Event.__table__  # type: ignore[attr-defined]  # SQLModel gives every table class one
VERSION: sa.Table = EventVersion.__table__  # type: ignore[attr-defined]
RELEASE: sa.Table = EventRelease.__table__  # type: ignore[attr-defined]
RUN: sa.Table = ImportRun.__table__  # type: ignore[attr-defined]

# Lists are text joined with a separator in the table and are unpacked; the fingerprint is the loader's own.
_LIFE = ("fetched_at", "known_at", "recorded_at", "withdrawn")
_PACKED = ("source_names", "source_dates", "source_titles", "origins", "marks", "digest")
_PLAIN = (*_LIFE, *(name for name in CARRIED if name not in _PACKED))


def _unpacked(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(sa.func.string_to_array(column, UNIT), sa.cast([], ARRAY(sa.Text)), type_=ARRAY(sa.Text))


def _sources() -> sa.ColumnElement[Any]:
    """[{name, published_on, title}] of one version, made only for the rows that are asked for."""
    parts = (
        sa.func.unnest(
            sa.func.string_to_array(VERSION.c.source_names, UNIT),
            sa.func.string_to_array(VERSION.c.source_dates, UNIT),
            sa.func.string_to_array(VERSION.c.source_titles, UNIT),
        )
        .table_valued("name", "published_on", "title")
        .render_derived()
    )
    entry = sa.func.jsonb_build_object(
        "name",
        sa.func.nullif(parts.c.name, ""),
        "published_on",
        sa.func.nullif(parts.c.published_on, ""),
        "title",
        sa.func.nullif(parts.c.title, ""),
    )
    listed = sa.select(sa.func.jsonb_agg(entry)).select_from(parts).scalar_subquery()
    return sa.func.coalesce(listed, sa.cast(sa.literal("[]", literal_execute=True), JSONB), type_=JSONB)


def _columns() -> list[sa.ColumnElement[Any]]:
    return [
        EVENT.c.id.label("event_pk"),
        EVENT.c.feed,
        EVENT.c.event_id,
        EVENT.c.incident_id,
        RELEASE.c.release,
        RELEASE.c.released_on.label("release_on"),
        *(VERSION.c[name] for name in _PLAIN),
        sa.func.daterange(VERSION.c.occurred_from, VERSION.c.occurred_to, "[]", type_=DATERANGE).label("occurred"),
        sa.func.jsonb_build_object("side_a", VERSION.c.side_a, "side_b", VERSION.c.side_b, type_=JSONB).label("actors"),
        _sources().label("sources"),
        _unpacked(VERSION.c.origins).label("origins"),
        _unpacked(VERSION.c.marks).label("marks"),
    ]


def _joined() -> sa.FromClause:
    return VERSION.join(EVENT, EVENT.c.id == VERSION.c.event).join(RELEASE, RELEASE.c.id == VERSION.c.release_id)


def known_versions(
    session: Session | None = None,
    *,
    known_on: date | None = None,
    occurred_from: date | None = None,
    occurred_to: date | None = None,
    include_withdrawn: bool = False,
) -> sa.Select[Any]:
    """The newest version of every event that was known at the end of a day, one row an event.

    Args:    session: unused; taken so that all queries look alike.  known_on: None for everything known now.
             occurred_from, occurred_to: only events that overlap these days, both included.
             include_withdrawn: also events whose newest known version is their withdrawal.
    Returns: a SELECT of event_pk, feed, event_id, incident_id, release, release_on, the columns of ``EventVersion`` and
             occurred (date range), actors ({side_a, side_b}), sources ([{name, published_on, title}]), origins, marks.
             Use ``.subquery()`` to join it; PostgreSQL computes only the columns that are then selected.
    """
    query = sa.select(*_columns()).select_from(_joined())
    if known_on is None:
        query = query.where(VERSION.c.replaced_at.is_(None))
    else:
        moment = end_of_day(known_on)
        query = query.where(
            VERSION.c.known_at <= moment, sa.or_(VERSION.c.replaced_at.is_(None), VERSION.c.replaced_at > moment)
        )
    if not include_withdrawn:
        query = query.where(VERSION.c.withdrawn.is_(False))
    if occurred_from is not None:
        query = query.where(VERSION.c.occurred_to >= occurred_from)
    if occurred_to is not None:
        query = query.where(VERSION.c.occurred_from <= occurred_to)
    return query


def of_incident(
    incident_id: int, event: sa.ColumnElement[int] = EVENT.c.id, incident: sa.ColumnElement[int] = EVENT.c.incident_id
) -> sa.ColumnElement[bool]:
    """Whether an event is of a happening, asked so that both indexes answer: the event's own, and that of joined ones.

    Args:    event, incident: the columns with the event's number and with that of its happening.
    """
    own = sa.and_(event == incident_id, incident == incident_id)
    return sa.or_(own, sa.and_(incident == incident_id, incident != event))


def get_incident(session: Session, incident_id: int, *, known_on: date | None = None) -> list[sa.Row[Any]]:
    """All events of one happening as known on a day, withdrawn ones included and marked.

    Returns: rows of ``known_versions``, one an event.  Raises: NotFound when none was known by then.
    """
    query = known_versions(known_on=known_on, include_withdrawn=True).where(of_incident(incident_id))
    rows = session.execute(query.order_by(EVENT.c.id)).all()
    if not rows:
        if known_on:
            raise NotFound(N_("There is no incident %(number)s known by %(day)s."), number=incident_id, day=known_on)
        raise NotFound(N_("There is no incident %(number)s."), number=incident_id)
    return list(rows)


def list_versions(session: Session, incident_id: int, *, limit: int = 100) -> list[sa.Row[Any]]:
    """Every stored version of a happening's events, oldest first, with ``replaced_at``: the history a dossier shows."""
    query = (
        sa.select(*_columns(), VERSION.c.replaced_at, VERSION.c.revision)
        .select_from(_joined())
        .where(of_incident(incident_id))
        .order_by(EVENT.c.id, RELEASE.c.rank, VERSION.c.revision)
        .limit(limit)
    )
    return list(session.execute(query).all())


def _listing(
    *,
    near_site_id: int | None,
    within_km: float | None,
    since: date | None,
    until: date | None,
    known_on: date | None,
    feed: str | None,
) -> sa.Select[Any]:
    query = known_versions(known_on=known_on, occurred_from=since, occurred_to=until)
    if feed is not None:
        query = query.where(EVENT.c.feed == feed)
    if near_site_id is not None:
        # Named, not imported: these tables stand further right in the line.
        proximity = sa.table("proximity", sa.column("place_id"), sa.column("part_id"), sa.column("distance_km"))
        part = sa.table("part", sa.column("id"), sa.column("site_id"))
        nearest = (
            sa.select(proximity.c.place_id, sa.func.min(proximity.c.distance_km).label("distance_km"))
            .join_from(proximity, part, part.c.id == proximity.c.part_id)
            .where(part.c.site_id == near_site_id)
            .group_by(proximity.c.place_id)
            .subquery("nearest")
        )
        query = query.where(VERSION.c.place_id == nearest.c.place_id).add_columns(nearest.c.distance_km)
        if within_km is not None:
            query = query.where(nearest.c.distance_km <= within_km)
    return query


def list_incidents(
    session: Session,
    *,
    near_site_id: int | None = None,
    within_km: float | None = None,
    since: date | None = None,
    until: date | None = None,
    known_on: date | None = None,
    feed: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[sa.Row[Any]]:
    """Events as known on a day, newest first.

    Args:    near_site_id: only those matched to a component part of the site; rows then carry ``distance_km``, to the
             nearest part.  since, until: days of occurrence, both included.
    Returns: at most ``limit`` rows of ``known_versions``.
    """
    query = _listing(
        near_site_id=near_site_id, within_km=within_km, since=since, until=until, known_on=known_on, feed=feed
    )
    newest_first = query.order_by(VERSION.c.occurred_to.desc(), EVENT.c.id.desc())
    return list(session.execute(newest_first.limit(limit).offset(offset)).all())


def count_incidents(
    session: Session,
    *,
    near_site_id: int | None = None,
    within_km: float | None = None,
    since: date | None = None,
    until: date | None = None,
    known_on: date | None = None,
    feed: str | None = None,
) -> int:
    """How many distinct happenings ``list_incidents`` would give without a limit."""
    query = _listing(
        near_site_id=near_site_id, within_km=within_km, since=since, until=until, known_on=known_on, feed=feed
    ).subquery()
    return int(session.scalar(sa.select(sa.func.count(sa.distinct(query.c.incident_id)))) or 0)


@dataclass(frozen=True)
class FeedSummary:
    """What is held of one feed: the answer to "on which data does this rest"."""

    feed: str
    release: str | None
    release_on: date | None
    first_event_on: date | None
    newest_event_on: date | None
    newest_known_at: datetime | None
    events: int
    countries: Sequence[str]
    last_import_at: datetime | None


def feed_summary(session: Session, *, known_on: date | None = None) -> list[FeedSummary]:
    """Each feed with its newest release and event, the countries and days it covers, and when it was last read.

    Args:    known_on: counts only what was known by the end of that day; None for now.
    Returns: one entry a feed that holds something, by name.
    """
    known = known_versions(known_on=known_on).subquery()
    # By country first: a few hundred rows to fold, where collecting distinct countries would sort every event.
    totals: dict[str, list[sa.Row[Any]]] = {}
    for row in session.execute(
        sa.select(
            known.c.feed,
            known.c.country,
            sa.func.min(known.c.occurred_from).label("first"),
            sa.func.max(known.c.occurred_to).label("newest"),
            sa.func.max(known.c.known_at).label("known_at"),
            sa.func.count().label("events"),
        ).group_by(known.c.feed, known.c.country)
    ):
        totals.setdefault(row.feed, []).append(row)
    newest = {
        row.feed: row
        for row in session.execute(
            sa.select(RELEASE.c.feed, RELEASE.c.release, RELEASE.c.released_on).order_by(RELEASE.c.rank)
        )
    }
    runs = {
        row.source: row.finished_at
        for row in session.execute(
            sa.select(RUN.c.source, sa.func.max(RUN.c.finished_at).label("finished_at"))
            .where(RUN.c.kind == "events")
            .group_by(RUN.c.source)
        )
    }
    return [
        FeedSummary(
            feed=feed,
            release=newest[feed].release,
            release_on=newest[feed].released_on,
            first_event_on=min(row.first for row in rows),
            newest_event_on=max(row.newest for row in rows),
            newest_known_at=max(row.known_at for row in rows),
            events=sum(row.events for row in rows),
            countries=sorted(row.country for row in rows if row.country),
            last_import_at=runs.get(feed),
        )
        for feed, rows in sorted(totals.items())
    ]


def latest_event_days(session: Session, *, known_on: date | None = None) -> dict[str, date]:
    """The last day on which each feed reports anything, as known on a day."""
    known = known_versions(known_on=known_on).subquery()
    newest = sa.func.max(known.c.occurred_to).label("newest")
    return {row.feed: row.newest for row in session.execute(sa.select(known.c.feed, newest).group_by(known.c.feed))}
