"""Tables: each live feed's state, every run of it, items of news, and operations alarms."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.db.types import JSONB, str_enum


class Outcome(StrEnum):
    """How one run of a feed ended."""

    RUNNING = "running"
    GOOD = "good"
    UNCHANGED = "unchanged"
    WAITING = "waiting"  # the source wants to be left alone, or the day's requests are used up
    FAILED = "failed"
    QUARANTINED = "quarantined"
    ABANDONED = "abandoned"  # its process ended in the middle; what it had committed stands


class AlarmKind(StrEnum):
    """What is wrong with the running of the program itself."""

    FEED_FAILING = "feed_failing"
    FEED_CREDENTIALS = "feed_credentials"
    FEED_QUARANTINED = "feed_quarantined"
    FEED_STALE = "feed_stale"
    FEED_GAP = "feed_gap"


def _json(default: str = "{}") -> Any:
    return sa.Column(JSONB, nullable=False, server_default=sa.text(f"'{default}'"))


class Feed(SQLModel, table=True):
    """How far one live feed has come. ``cursor`` is the adapter's own; ``validators``: ETag, Last-Modified by address.

    ``known_until``: the last day of which the source's silence means something; None when nothing bounds it.
    ``paused`` is a person's word; whether it is switched on at all stands in the configuration.
    """

    __tablename__ = "feed"
    __table_args__ = (sa.CheckConstraint("failures >= 0", name="failures"),)

    name: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    paused: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    cursor: dict[str, Any] = Field(default_factory=dict, sa_column=_json())
    validators: dict[str, Any] = Field(default_factory=dict, sa_column=_json())
    cadence_s: int
    last_run_at: datetime | None = None
    last_good_at: datetime | None = None
    next_try_at: datetime | None = None
    failures: int = Field(default=0, sa_column_kwargs={"server_default": sa.text("0")})
    known_until: date | None = None
    embargo: str | None = Field(default=None, sa_type=sa.Text)
    gap: list[str] = Field(default_factory=list, sa_column=_json("[]"))


class FeedRun(SQLModel, table=True):
    """One time a source was asked.

    ``asked``: requests.  ``received``: rows of the source.  ``taken``, ``changed``, ``unchanged``, ``withdrawn``,
    ``refused``: events or items.  ``left_out``: rows of no concern, by reason.  ``reasons``: the first refusals.
    """

    __tablename__ = "feed_run"
    __table_args__ = (
        sa.Index("ix_feed_run_feed_started_at", "feed", "started_at"),
        sa.CheckConstraint("finished_at >= started_at", name="finished"),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    feed: str = Field(sa_type=sa.Text)
    started_at: datetime
    finished_at: datetime | None = None
    duration_s: float | None = None
    outcome: Outcome = Field(sa_type=str_enum(Outcome))
    asked: int = 0
    received_bytes: int = Field(default=0, sa_type=sa.BigInteger)
    received: int = 0
    taken: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    refused: int = 0
    left_out: dict[str, Any] = Field(default_factory=dict, sa_column=_json())
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_column=_json("[]"))
    notes: list[str] = Field(default_factory=list, sa_column=_json("[]"))
    quarantined: str | None = Field(default=None, sa_type=sa.Text)
    cursor: dict[str, Any] = Field(default_factory=dict, sa_column=_json())
    newest_event_on: date | None = None
    known_until: date | None = None
    embargo: str | None = Field(default=None, sa_type=sa.Text)
    error: str | None = Field(default=None, sa_type=sa.Text)


class FeedItem(SQLModel, table=True):
    """One item of news as a source has it: a hint to be read by a person, never an event by itself."""

    __tablename__ = "feed_item"
    __table_args__ = (
        sa.UniqueConstraint("feed", "item_id"),
        sa.CheckConstraint("lon between -180 and 180 and lat between -90 and 90", name="point"),
        sa.Index("ix_feed_item_published_at", "published_at"),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    feed: str = Field(sa_type=sa.Text)
    item_id: str = Field(sa_type=sa.Text)
    url: str | None = Field(default=None, sa_type=sa.Text)
    title: str = Field(sa_type=sa.Text)
    summary: str | None = Field(default=None, sa_type=sa.Text)
    source: str | None = Field(default=None, sa_type=sa.Text)
    language: str | None = Field(default=None, sa_type=sa.Text)
    published_at: datetime | None = None
    updated_at: datetime | None = None
    # A date that named no zone was taken for UTC.
    zone_assumed: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    countries: list[str] = Field(default_factory=list, sa_column=_json("[]"))
    lon: float | None = None
    lat: float | None = None
    radius_km: float | None = None
    fetched_at: datetime
    changed_at: datetime
    digest: str = Field(sa_type=sa.Text)


class OpsAlarm(SQLModel, table=True):
    """Something about the running of the program that a person should look at; open until it is over."""

    __tablename__ = "ops_alarm"
    __table_args__ = (
        sa.Index(
            "uq_ops_alarm_open", "kind", sa.text("coalesce(feed, '')"), unique=True,
            postgresql_where=sa.text("closed_at is null"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    kind: str = Field(sa_type=sa.Text)
    feed: str | None = Field(default=None, sa_type=sa.Text)
    opened_at: datetime
    closed_at: datetime | None = None
    detail: str = Field(sa_type=sa.Text)
