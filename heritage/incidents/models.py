"""Tables: events of feeds with all their versions, the releases they came in, and the points they happened at."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, INT8MULTIRANGE
from sqlmodel import Field, SQLModel

from heritage.db.types import JSONB, str_enum
from heritage.incidents.domain import EventKind, LocationPrecision, Reliability, TimePrecision


class Place(SQLModel, table=True):
    """A distinct point with its uncertainty that event versions refer to; only points that can be near something.

    ``matched_reach_km`` is the reach up to which component parts were looked for, None while nobody looked.
    """

    __tablename__ = "place"
    __table_args__ = (
        sa.UniqueConstraint("lon", "lat", "radius_km"),
        sa.CheckConstraint("lon between -180 and 180 and lat between -90 and 90", name="point"),
        sa.CheckConstraint("radius_km between 0 and 30", name="radius"),
        sa.Index("ix_place_unmatched", "id", postgresql_where=sa.text("matched_reach_km is null")),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    lon: float
    lat: float
    radius_km: float
    matched_reach_km: float | None = None


class EventRelease(SQLModel, table=True):
    """One release of one feed: when it came out, and which events were in what was loaded of it.

    ``members`` are ids of ``event``; ``complete_scopes`` lists {countries, years} for which the load claimed to be all.
    """

    __tablename__ = "event_release"
    __table_args__ = (sa.UniqueConstraint("feed", "release"),)

    id: int | None = Field(default=None, sa_column=sa.Column(sa.Integer, sa.Identity(), primary_key=True))
    feed: str = Field(sa_type=sa.Text)
    release: str = Field(sa_type=sa.Text)
    released_on: date | None = None
    rank: list[int] = Field(sa_type=ARRAY(sa.Integer))
    members: Any = Field(sa_column=sa.Column(INT8MULTIRANGE, nullable=False, server_default=sa.text("'{}'")))
    complete_scopes: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=sa.Column(JSONB, nullable=False, server_default=sa.text("'[]'"))
    )


class Event(SQLModel, table=True):
    """A feed's record by its own number; events of one ``incident_id`` are one happening (each its own at first)."""

    __tablename__ = "event"
    # The id first: sorting by the feed, which is always the same, is what makes such an index slow to build.
    __table_args__ = (
        sa.UniqueConstraint("event_id", "feed"),
        # Those of their own happening are found by their number: ``queries.of_incident`` asks so.
        sa.Index("ix_event_incident_id", "incident_id", postgresql_where=sa.text("incident_id <> id")),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    feed: str = Field(sa_type=sa.Text)
    event_id: str = Field(sa_type=sa.Text)
    incident_id: int = Field(sa_type=sa.BigInteger)


class Verdict(StrEnum):
    """What a person says of two events."""

    SAME = "same"
    APART = "apart"


class EventLink(SQLModel, table=True):
    """What a person said of two events: one happening or two. The last word on a pair counts and stays.

    A word that was taken back keeps its row, with ``ended_at``.
    """

    __tablename__ = "event_link"
    __table_args__ = (
        sa.CheckConstraint("one < other", name="order"),
        sa.CheckConstraint("length(btrim(reason)) > 0", name="reason"),
        sa.Index("uq_event_link_in_force", "one", "other", unique=True, postgresql_where=sa.text("ended_at is null")),
        sa.Index("ix_event_link_other", "other"),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    one: int = Field(sa_type=sa.BigInteger)
    other: int = Field(sa_type=sa.BigInteger)
    verdict: Verdict = Field(sa_type=str_enum(Verdict))
    reason: str = Field(sa_type=sa.Text)
    by: str = Field(sa_type=sa.Text)
    recorded_at: datetime
    ended_at: datetime | None = None


class EventVersion(SQLModel, table=True):
    """What one release said of one event; a release that repeats it adds none.

    ``event`` and ``release_id`` and ``place_id`` carry no foreign keys: the importer is their only writer (ADR-0003).
    ``known_at`` up to ``replaced_at`` is the time in which this was the newest that could be known.
    Lists (sources, origins, marks) are text joined with the unit separator; ``queries.known_versions`` unpacks them.
    """

    __tablename__ = "event_version"
    __table_args__ = (
        sa.CheckConstraint("occurred_to >= occurred_from", name="occurred"),
        sa.CheckConstraint("lon between -180 and 180 and lat between -90 and 90", name="point"),
        sa.CheckConstraint("replaced_at >= known_at", name="known"),
        sa.CheckConstraint("credibility between 1 and 6", name="credibility"),
        sa.Index("ix_event_version_place_id", "place_id", postgresql_where=sa.text("place_id is not null")),
        sa.Index("ix_event_version_occurred_to", "occurred_to"),
    )

    event: int = Field(sa_column=sa.Column(sa.BigInteger, primary_key=True, autoincrement=False))
    release_id: int = Field(sa_column=sa.Column(sa.Integer, primary_key=True, autoincrement=False))
    # More than 0 only when two files of one release disagree: the later word counts, the earlier stays readable.
    revision: int = Field(
        default=0,
        sa_column=sa.Column(sa.SmallInteger, primary_key=True, autoincrement=False, server_default=sa.text("0")),
    )
    reported_at: datetime | None = None
    fetched_at: datetime
    known_at: datetime
    replaced_at: datetime | None = None
    recorded_at: datetime = Field(sa_column_kwargs={"server_default": sa.func.now()})
    withdrawn: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    place_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    lon: float | None = None
    lat: float | None = None
    radius_km: float | None = None
    location_precision: LocationPrecision = Field(sa_type=str_enum(LocationPrecision))
    time_precision: TimePrecision = Field(sa_type=str_enum(TimePrecision))
    occurred_from: date
    occurred_to: date
    kind: EventKind = Field(sa_type=str_enum(EventKind))
    place_name: str | None = Field(default=None, sa_type=sa.Text)
    place_note: str | None = Field(default=None, sa_type=sa.Text)
    country: str | None = Field(default=None, sa_type=sa.Text)
    admin1: str | None = Field(default=None, sa_type=sa.Text)
    side_a: str | None = Field(default=None, sa_type=sa.Text)
    side_b: str | None = Field(default=None, sa_type=sa.Text)
    fatalities_low: int | None = None
    fatalities_best: int | None = None
    fatalities_high: int | None = None
    source_names: str | None = Field(default=None, sa_type=sa.Text)
    source_dates: str | None = Field(default=None, sa_type=sa.Text)
    source_titles: str | None = Field(default=None, sa_type=sa.Text)
    origins: str | None = Field(default=None, sa_type=sa.Text)
    reliability: Reliability = Field(sa_type=str_enum(Reliability))
    credibility: int = Field(sa_type=sa.SmallInteger)
    summary: str | None = Field(default=None, sa_type=sa.Text)
    marks: str | None = Field(default=None, sa_type=sa.Text)
    digest: int = Field(sa_type=sa.BigInteger)
