"""Tables: threats and their history, updates people filed and what became of them, drafts, notices to staff."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.db.types import ARRAY, str_enum
from heritage.sealing.keyring import Purpose
from heritage.sealing.registry import register
from heritage.threats.domain import HowKnown, ReportChannel, Severity, ThreatStatus, Trend, UpdateState, WhereKind

# The exact point that a reporter gave; everything else knows it to 0.01 degrees.
SEALED_POINT = register("threat_update", "id", "sealed_point", Purpose.REPORTERS)
# What somebody has typed and not sent: words, place and all.
SEALED_DRAFT = register("threat_draft", "client_key", "sealed_fields", Purpose.REPORTERS)


def _id() -> Any:
    return Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))


def _of(target: str, *, nullable: bool = False, index: bool = True) -> Any:
    column = sa.Column(sa.BigInteger, sa.ForeignKey(target, ondelete="CASCADE"), nullable=nullable, index=index)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


class Threat(SQLModel, table=True):
    """One factor that bears on one site; how it stands is told by its events."""

    __tablename__ = "threat"

    id: int | None = _id()
    site_id: int = _of("site.id")
    factor: str = Field(sa_type=sa.Text)
    factor_list: str = Field(sa_type=sa.Text)
    opened_at: datetime


class ThreatEvent(SQLModel, table=True):
    """How a threat stands from a time on, as recorded at a moment; rows are added and never changed.

    `summary` is a reviewer's neutral sentence for everybody, `reason` is for those who review. Until `public_at` nobody
    else sees it.
    """

    __tablename__ = "threat_event"
    __table_args__ = (
        sa.CheckConstraint("reliability between 'A' and 'F'", name="reliability"),
        sa.CheckConstraint("credibility between 1 and 6", name="credibility"),
        sa.CheckConstraint("when_from <= when_to", name="times"),
        sa.CheckConstraint("public_at >= recorded_at", name="public_at"),
    )

    id: int | None = _id()
    threat_id: int = _of("threat.id")
    status: ThreatStatus = Field(sa_type=str_enum(ThreatStatus))
    severity: Severity = Field(sa_type=str_enum(Severity))
    part_refs: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    when_edtf: str = Field(default="", sa_type=sa.Text)
    when_from: date | None = None
    when_to: date | None = None
    summary: str = Field(default="", sa_type=sa.Text)
    reason: str = Field(default="", sa_type=sa.Text)
    reliability: str = Field(default="F", sa_type=sa.Text)
    credibility: int = Field(default=6, sa_type=sa.SmallInteger)
    update_id: int | None = _of("threat_update.id", nullable=True)
    by: str = Field(sa_type=sa.Text)
    recorded_at: datetime
    public_at: datetime


class ThreatUpdate(SQLModel, table=True):
    """What somebody filed. Who it was is not here; the point is rounded, the exact one stands in its seal only.

    `client_key` and `code_key` are keyed hashes of what the sender's device chose and of the code word it was given.
    """

    __tablename__ = "threat_update"
    __table_args__ = (
        sa.UniqueConstraint("client_key"),
        sa.UniqueConstraint("code_key"),
        sa.CheckConstraint("(lon is null) = (lat is null)", name="position"),
        sa.CheckConstraint("lon between -180 and 180 and lat between -90 and 90", name="degrees"),
        sa.CheckConstraint("radius_km > 0", name="radius_km"),
        sa.CheckConstraint("own_reliability between 'A' and 'F'", name="own_reliability"),
        sa.CheckConstraint("own_credibility between 1 and 6", name="own_credibility"),
        sa.Index("ix_threat_update_state", "state", "site_id"),
        sa.Index("ix_threat_update_received_at", "received_at"),
    )

    id: int | None = _id()
    client_key: bytes = Field(sa_type=sa.LargeBinary)
    code_key: bytes = Field(sa_type=sa.LargeBinary)
    site_id: int = _of("site.id")
    factor: str = Field(sa_type=sa.Text)
    factor_list: str = Field(sa_type=sa.Text)
    trend: Trend = Field(sa_type=str_enum(Trend))
    seen: str = Field(sa_type=sa.Text)
    when_raw: str = Field(default="", sa_type=sa.Text)
    when_edtf: str = Field(default="", sa_type=sa.Text)
    when_from: date | None = None
    when_to: date | None = None
    said_on: date
    where_kind: WhereKind = Field(sa_type=str_enum(WhereKind))
    part_ref: str = Field(default="", sa_type=sa.Text)
    near: str = Field(default="", sa_type=sa.Text)
    lon: float | None = None
    lat: float | None = None
    radius_km: float | None = None
    sealed_point: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    source: str = Field(default="", sa_type=sa.Text)
    how_known: HowKnown = Field(sa_type=str_enum(HowKnown))
    own_reliability: str = Field(default="F", sa_type=sa.Text)
    own_credibility: int = Field(default=6, sa_type=sa.SmallInteger)
    channel: ReportChannel = Field(sa_type=str_enum(ReportChannel))
    state: UpdateState = Field(sa_type=str_enum(UpdateState))
    text_print: int = Field(default=0, sa_type=sa.BigInteger)
    spam_score: float = 0.0
    spam_reasons: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    received_at: datetime
    threat_id: int | None = _of("threat.id", nullable=True)
    erased_at: datetime | None = None


class UpdateStep(SQLModel, table=True):
    """One turn in what became of an update; `said` is shown to who filed it. Rows are added and never changed."""

    __tablename__ = "threat_update_step"

    id: int | None = _id()
    update_id: int = _of("threat_update.id")
    state: UpdateState = Field(sa_type=str_enum(UpdateState))
    said: str = Field(default="", sa_type=sa.Text)
    by: str = Field(sa_type=sa.Text)
    at: datetime


class UpdateAuthor(SQLModel, table=True):
    """Whose an update is, apart from it: a keyed hash that only a look by that account finds again, and a pseudonym."""

    __tablename__ = "threat_author"

    update_id: int = Field(
        sa_column=sa.Column(
            sa.BigInteger, sa.ForeignKey("threat_update.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        )
    )
    author_key: bytes = Field(sa_type=sa.LargeBinary, index=True)
    pseudonym: str = Field(sa_type=sa.Text)
    kept_until: date


class UpdateDraft(SQLModel, table=True):
    """An update that is not yet sent, sealed, for the account that writes it and for nobody else."""

    __tablename__ = "threat_draft"

    client_key: str = Field(sa_type=sa.Text, primary_key=True)
    author_key: bytes = Field(sa_type=sa.LargeBinary, index=True)
    sealed_fields: bytes = Field(sa_type=sa.LargeBinary)
    saved_on: date


class StaffNotice(SQLModel, table=True):
    """Something that staff is told of once: a flood of public reports."""

    __tablename__ = "threat_notice"

    id: int | None = _id()
    kind: str = Field(sa_type=sa.Text)
    began_at: datetime
    last_at: datetime
    refused: int = 0
    seen_by: str = Field(default="", sa_type=sa.Text)
    seen_at: datetime | None = None
