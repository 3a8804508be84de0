"""Tables: sources and how they were judged, documents, claims with all their versions, and links between claims."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlmodel import Field, SQLModel

from heritage.db.types import str_enum
from heritage.feeds.domain import EventKind, Reliability
from heritage.reports.domain import ClaimKind, ClaimState, Extent, LinkKind, Party, SourceKind, Transition


def _id() -> Any:
    return Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))


def _of(target: str, *, key: bool = False) -> Any:
    return Field(
        sa_column=sa.Column(
            sa.BigInteger, sa.ForeignKey(target), nullable=False, primary_key=key, autoincrement=False, index=not key
        )
    )


class ReportSource(SQLModel, table=True):
    """Somebody who says something; how far to believe them is in their assessments."""

    __tablename__ = "report_source"
    __table_args__ = (
        sa.UniqueConstraint("name_folded"),
        sa.CheckConstraint("length(btrim(name)) > 0", name="name"),
    )

    id: int | None = _id()
    name: str = Field(sa_type=sa.Text)
    name_folded: str = Field(sa_type=sa.Text)
    kind: SourceKind = Field(sa_type=str_enum(SourceKind))
    is_protected: bool = False
    recorded_at: datetime


class SourceAssessment(SQLModel, table=True):
    """One judgement of a source; the newest recorded counts, none is changed. ``origin`` is its independence key."""

    __tablename__ = "source_assessment"
    __table_args__ = (sa.CheckConstraint("length(btrim(reason)) > 0", name="reason"),)

    id: int | None = _id()
    source_id: int = _of("report_source.id")
    recorded_at: datetime
    by: str = Field(sa_type=sa.Text)
    reliability: Reliability = Field(sa_type=str_enum(Reliability))
    party: Party = Field(sa_type=str_enum(Party))
    origin: str = Field(sa_type=sa.Text)
    reason: str = Field(sa_type=sa.Text)


class Document(SQLModel, table=True):
    """A text that claims are taken from; it is kept to find quotations in, and only these are shown."""

    __tablename__ = "document"
    __table_args__ = (
        sa.UniqueConstraint("text_hash"),
        sa.CheckConstraint("dated_from <= dated_to", name="dated"),
        sa.Index("ix_document_search", "search", postgresql_using="gin"),
        sa.Index("ix_document_sketch", "sketch", postgresql_using="gin"),
    )

    id: int | None = _id()
    title: str = Field(sa_type=sa.Text)
    publisher: str = Field(default="", sa_type=sa.Text)
    language: str = Field(default="", sa_type=sa.Text)
    address: str = Field(default="", sa_type=sa.Text)
    dated_edtf: str = Field(default="", sa_type=sa.Text)
    dated_raw: str = Field(default="", sa_type=sa.Text)
    is_date_inferred: bool = False
    dated_from: date | None = None
    dated_to: date | None = None
    text: str = Field(default="", sa_type=sa.Text)
    text_hash: bytes = Field(sa_type=sa.LargeBinary)
    sketch: list[int] = Field(default_factory=list, sa_type=ARRAY(sa.BigInteger))
    search: str = Field(sa_type=TSVECTOR)
    recorded_at: datetime
    by: str = Field(sa_type=sa.Text)


class DocumentAppearance(SQLModel, table=True):
    """Another place where the same text stood: a reprint, which confirms nothing."""

    __tablename__ = "document_appearance"
    __table_args__ = (sa.UniqueConstraint("document_id", "publisher", "title", "dated_edtf"),)

    id: int | None = _id()
    document_id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("document.id"), nullable=False))
    title: str = Field(sa_type=sa.Text)
    publisher: str = Field(default="", sa_type=sa.Text)
    address: str = Field(default="", sa_type=sa.Text)
    dated_edtf: str = Field(default="", sa_type=sa.Text)
    recorded_at: datetime
    by: str = Field(sa_type=sa.Text)


class Claim(SQLModel, table=True):
    """A claim's number and document; what it says is in its versions."""

    __tablename__ = "claim"

    id: int | None = _id()
    document_id: int = _of("document.id")
    recorded_at: datetime
    account_id: int | None = Field(default=None, sa_type=sa.BigInteger)


class ClaimVersion(SQLModel, table=True):
    """What a claim says, and how far its review has come, from ``known_at`` until the next version's.

    A correction, a review, a withdrawal are each a new version. ``said_by``, ``relayed_by`` are ids of sources, which
    are never deleted; nobody in ``said_by``: the document says so and gives no source.
    """

    __tablename__ = "claim_version"
    __table_args__ = (
        sa.CheckConstraint("revision > 0", name="revision"),
        sa.CheckConstraint("credibility between 1 and 6", name="credibility"),
        sa.CheckConstraint("length(btrim(statement)) > 0", name="statement"),
        sa.CheckConstraint("occurred_from <= occurred_to", name="occurred"),
        sa.CheckConstraint("0 <= quote_start and quote_start < quote_end", name="quote"),
        sa.CheckConstraint(
            "(lon is null) = (lat is null) and lon between -180 and 180 and lat between -90 and 90", name="point"
        ),
        sa.CheckConstraint("radius_km between 0 and 20000", name="radius"),
        # Where objects went is no part of a claim; that is kept sealed elsewhere, or not at all.
        sa.CheckConstraint("kind <> 'move' or (lon is null and place_name = '')", name="move_without_place"),
        sa.Index("ix_claim_version_site_id", "site_id", postgresql_where=sa.text("site_id is not null")),
    )

    claim_id: int = _of("claim.id", key=True)
    revision: int = Field(sa_column=sa.Column(sa.SmallInteger, primary_key=True, autoincrement=False))
    state: ClaimState = Field(sa_type=str_enum(ClaimState))
    recorded_at: datetime
    known_at: datetime
    by: str = Field(sa_type=sa.Text)
    account_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    reason: str = Field(default="", sa_type=sa.Text)
    statement: str = Field(sa_type=sa.Text)
    kind: ClaimKind = Field(sa_type=str_enum(ClaimKind))
    point: str = Field(default="", sa_type=sa.Text)
    said_by: list[int] = Field(default_factory=list, sa_type=ARRAY(sa.BigInteger))
    relayed_by: list[int] = Field(default_factory=list, sa_type=ARRAY(sa.BigInteger))
    quote: str = Field(default="", sa_type=sa.Text)
    quote_start: int | None = None
    quote_end: int | None = None
    paragraph: int | None = None
    certainty: str = Field(default="", sa_type=sa.Text)
    reliability: Reliability = Field(sa_type=str_enum(Reliability))
    credibility: int = Field(sa_type=sa.SmallInteger)
    occurred_edtf: str = Field(default="", sa_type=sa.Text)
    occurred_raw: str = Field(default="", sa_type=sa.Text)
    occurred_from: date | None = None
    occurred_to: date | None = None
    site_id: int | None = Field(
        default=None,
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("site.id", ondelete="SET NULL"), nullable=True),
    )
    part_ref: str = Field(default="", sa_type=sa.Text)
    place_name: str = Field(default="", sa_type=sa.Text)
    country: str = Field(default="", sa_type=sa.Text)
    lon: float | None = None
    lat: float | None = None
    radius_km: float | None = None
    incident_kind: EventKind = Field(sa_type=str_enum(EventKind))
    actor: str = Field(default="", sa_type=sa.Text)
    extent: Extent | None = Field(default=None, sa_type=str_enum(Extent))
    transition: Transition | None = Field(default=None, sa_type=str_enum(Transition))
    is_sensitive: bool = False
    words: str = Field(default="", sa_type=sa.Text)


class ClaimLink(SQLModel, table=True):
    """How one claim stands to another, until a person takes it back."""

    __tablename__ = "claim_link"
    __table_args__ = (
        sa.CheckConstraint("claim_id < other_id", name="order"),
        sa.CheckConstraint("ended_at >= recorded_at", name="ended"),
        sa.Index(
            "uq_claim_link_live",
            "claim_id",
            "other_id",
            "kind",
            unique=True,
            postgresql_where=sa.text("ended_at is null"),
        ),
    )

    id: int | None = _id()
    claim_id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("claim.id"), nullable=False))
    other_id: int = _of("claim.id")
    kind: LinkKind = Field(sa_type=str_enum(LinkKind))
    reason: str = Field(default="", sa_type=sa.Text)
    recorded_at: datetime
    by: str = Field(sa_type=sa.Text)
    ended_at: datetime | None = None
