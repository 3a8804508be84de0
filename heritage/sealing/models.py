"""Tables: questions for something sealed and their answers, every reading, alarms, and the vault of reporters."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.db.types import ARRAY, str_enum
from heritage.sealing.domain import SealedKind, Way
from heritage.sealing.envelope import Purpose
from heritage.sealing.registry import register


def _id() -> sa.Column[int]:
    return sa.Column(sa.BigInteger, sa.Identity(), primary_key=True)


def _account(*, nullable: bool = False) -> sa.Column[int]:
    # Accounts are disabled and never deleted: who read what stays known.
    return sa.Column(sa.BigInteger, sa.ForeignKey("account.id"), nullable=nullable, index=True)


def _words() -> sa.Column[list[str]]:
    return sa.Column(ARRAY(sa.Text), nullable=False, server_default="{}")


class SealedAccess(SQLModel, table=True):
    """A permission to read one sealed thing: asked for, decided by a second person, or taken by breaking the glass."""

    __tablename__ = "sealed_access"
    __table_args__ = (
        sa.CheckConstraint("decided_by_id <> asked_by_id", name="second_person"),
        sa.CheckConstraint("(granted is null) = (decided_at is null)", name="decided"),
        sa.CheckConstraint("(granted is true) = (expires_at is not null)", name="expires"),
        sa.CheckConstraint(
            "granted is not true or (way = 'break_glass') = (decided_by_id is null)", name="who_granted"
        ),
        sa.Index("ix_sealed_access_kind_key", "kind", "key"),
    )

    id: int | None = Field(default=None, sa_column=_id())
    kind: SealedKind = Field(sa_type=str_enum(SealedKind, name="kind"))
    key: str = Field(sa_type=sa.Text)
    institutions: list[str] = Field(default_factory=list, sa_column=_words())
    countries: list[str] = Field(default_factory=list, sa_column=_words())
    way: Way = Field(sa_type=str_enum(Way, name="way"))
    asked_by_id: int = Field(sa_column=_account())
    asked_by: str = Field(sa_type=sa.Text)
    asked_at: datetime
    reason: str = Field(sa_type=sa.Text)
    granted: bool | None = None
    decided_by_id: int | None = Field(default=None, sa_column=_account(nullable=True))
    decided_by: str | None = Field(default=None, sa_type=sa.Text)
    decided_at: datetime | None = None
    decision: str | None = Field(default=None, sa_type=sa.Text)
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    justified_at: datetime | None = None
    justification: str | None = Field(default=None, sa_type=sa.Text)


class SealedRead(SQLModel, table=True):
    """One reading under a permission; never changed."""

    __tablename__ = "sealed_read"
    __table_args__ = (sa.Index("ix_sealed_read_by_id_at", "by_id", "at"),)

    id: int | None = Field(default=None, sa_column=_id())
    access_id: int = Field(
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("sealed_access.id"), nullable=False, index=True)
    )
    by_id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("account.id"), nullable=False))
    at: datetime


class SealedAlarm(SQLModel, table=True):
    """Somebody read too much in too short a time; until somebody else closes it, they read nothing more."""

    __tablename__ = "sealed_alarm"
    __table_args__ = (
        sa.CheckConstraint("(closed_at is null) = (closed_by is null)", name="closed"),
        sa.Index("uq_sealed_alarm_open", "by_id", unique=True, postgresql_where=sa.text("closed_at is null")),
    )

    id: int | None = Field(default=None, sa_column=_id())
    by_id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("account.id"), nullable=False))
    by: str = Field(sa_type=sa.Text)
    at: datetime
    reads: int
    closed_at: datetime | None = None
    closed_by: str | None = Field(default=None, sa_type=sa.Text)


class Reporter(SQLModel, table=True):
    """A pseudonym and, sealed, who is behind it; no report stands here and no time of one.

    ``mark`` is a keyed hash of the identity, by which the same person gets the same pseudonym again. Both are empty
    once the person withdrew or the time to keep them is over; the pseudonym then leads nowhere.
    """

    __tablename__ = "sealed_reporter"
    __table_args__ = (
        sa.UniqueConstraint("mark"),
        sa.CheckConstraint("(mark is null) = (identity is null)", name="whole"),
        sa.CheckConstraint("extract(day from kept_until) = 1", name="kept_until"),
    )

    pseudonym: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    mark: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    identity: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    # The first of a month, so that it does not tell when somebody was last here.
    kept_until: date


REPORTER_IDENTITY = register("sealed_reporter", "pseudonym", "identity", Purpose.REPORTERS)
