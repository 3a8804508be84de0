"""Tables: what the running system decided and when, and what a person judged beside it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.db.types import JSONB, str_enum


class JudgementKind(StrEnum):
    """What a person may say beside the rule's level; none of them changes it."""

    ACKNOWLEDGE = "acknowledge"
    RAISE = "raise"
    LOWER = "lower"


class FlagEvent(SQLModel, table=True):
    """One change of a site's level as the running system decided it; rows are added and never changed.

    A past day's level is computed anew from what was known then, and is not read from here.
    """

    __tablename__ = "flag_event"
    __table_args__ = (
        sa.CheckConstraint("from_level between 0 and 4 and to_level between 0 and 4", name="levels"),
        sa.CheckConstraint("from_level <> to_level", name="change"),
        sa.CheckConstraint("confidence between 0 and 1", name="confidence"),
        sa.Index("ix_flag_event_site_id", "site_id", "id"),
        sa.Index("ix_flag_event_decided_at", "decided_at"),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    site_id: int = Field(
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("site.id", ondelete="CASCADE"), nullable=False)
    )
    decided_at: datetime
    from_level: int = Field(sa_type=sa.SmallInteger)
    to_level: int = Field(sa_type=sa.SmallInteger)
    score: float
    confidence: float
    rule_version: str = Field(sa_type=sa.Text)
    reasons: list[dict[str, Any]] = Field(sa_type=JSONB)


class Judgement(SQLModel, table=True):
    """What a person says of a site's level, with a reason; shown beside the rule's level, never instead of it."""

    __tablename__ = "judgement"
    __table_args__ = (
        sa.CheckConstraint("level between 0 and 4", name="level"),
        sa.CheckConstraint("(kind = 'acknowledge') = (level is null)", name="level_given"),
        sa.CheckConstraint("length(btrim(reason)) > 0", name="reason"),
        sa.CheckConstraint("ended_at >= recorded_at", name="ended"),
        sa.Index("ix_judgement_site_id", "site_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    site_id: int = Field(
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("site.id", ondelete="CASCADE"), nullable=False)
    )
    kind: JudgementKind = Field(sa_type=str_enum(JudgementKind))
    level: int | None = Field(default=None, sa_type=sa.SmallInteger)
    reason: str = Field(sa_type=sa.Text)
    by: str = Field(sa_type=sa.Text)
    recorded_at: datetime
    review_on: date | None = None
    ended_at: datetime | None = None
