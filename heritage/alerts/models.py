"""Tables: the day's summary as it was sent, and the ledger of who got it (addresses only as keyed hashes)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.db.types import JSONB


class DeliveryState(StrEnum):
    """What became of one message to one recipient."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    STOPPED = "stopped"


class Digest(SQLModel, table=True):
    """One day's summary in one language, kept so that every recipient gets the same words."""

    __tablename__ = "digest"
    __table_args__ = (sa.UniqueConstraint("as_of", "language"), sa.CheckConstraint("since < as_of", name="days"))

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    as_of: date
    since: date
    language: str = Field(sa_type=sa.Text)
    subject: str = Field(sa_type=sa.Text)
    body_text: str = Field(sa_type=sa.Text)
    body_html: str = Field(sa_type=sa.Text)
    data: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime


class DigestDelivery(SQLModel, table=True):
    """One summary to one recipient by one channel: the natural key that keeps it from being sent twice."""

    __tablename__ = "digest_delivery"
    __table_args__ = (
        sa.UniqueConstraint("as_of", "to_hash", "channel"),
        sa.CheckConstraint("status in ('waiting', 'sent', 'refused', 'stopped')", name="status"),
        sa.CheckConstraint("(status = 'sent') = (sent_at is not null)", name="sent"),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    digest_id: int = Field(
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("digest.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    as_of: date
    to_hash: str = Field(sa_type=sa.Text)
    channel: str = Field(sa_type=sa.Text)
    status: str = Field(default=DeliveryState.WAITING.value, sa_type=sa.Text)
    attempts: int = 0
    claimed_until: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = Field(default=None, sa_type=sa.Text)
