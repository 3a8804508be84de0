"""Tables: what was attached to what, and the content behind it, once for each."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.attachments.domain import Media
from heritage.db.types import ARRAY, str_enum
from heritage.sealing.envelope import Purpose
from heritage.sealing.registry import register


class ContentState(StrEnum):
    """What can be shown of a content."""

    WAITING = "waiting"  # the cleaned copy is being made
    READY = "ready"
    NO_VIEW = "no_view"  # a kind of which no cleaned copy is made
    NOT_DECODED = "not_decoded"


class Content(SQLModel, table=True):
    """One content by the hash of its original bytes, with the sealed key of its files."""

    __tablename__ = "attachment_content"
    __table_args__ = (
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        sa.CheckConstraint("size_bytes > 0", name="size_bytes"),
        sa.CheckConstraint("looks is null or state = 'ready'", name="looks"),
    )

    sha256: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    media: Media = Field(sa_type=str_enum(Media, name="media"))
    size_bytes: int = Field(sa_type=sa.BigInteger)
    file_key: bytes = Field(sa_type=sa.LargeBinary)
    state: ContentState = Field(sa_type=str_enum(ContentState, name="state"))
    # 64 bits of how the picture looks, by which a copy of another size is recognised.
    looks: int | None = Field(default=None, sa_type=sa.BigInteger)
    # The same under seal; of photographs of kept objects it stands here only.
    looks_sealed: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    first_seen_on: date


class Attachment(SQLModel, table=True):
    """A content that came with something; its code is random and tells neither file name nor order."""

    __tablename__ = "attachment"
    __table_args__ = (sa.UniqueConstraint("subject", "sha256"),)

    code: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    sha256: str = Field(
        sa_column=sa.Column(sa.Text, sa.ForeignKey("attachment_content.sha256"), nullable=False, index=True)
    )
    # What it came with, as "threat_update:12".
    subject: str = Field(sa_type=sa.Text)
    countries: list[str] = Field(
        default_factory=list, sa_column=sa.Column(ARRAY(sa.Text), nullable=False, server_default="{}")
    )
    # The full hour after the receipt.
    received_at: datetime


class Piece(SQLModel, table=True):
    """A piece of a file that is still on its way, sealed, for the account that sends it and for nobody else."""

    __tablename__ = "attachment_piece"
    __table_args__ = (
        sa.UniqueConstraint("owner", "sha256", "begins_at"),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        sa.CheckConstraint("size_bytes > 0 and begins_at >= 0", name="size_bytes"),
    )

    # Owner, file and place in it: what the piece is sealed for.
    name: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    owner: str = Field(sa_type=sa.Text)
    sha256: str = Field(sa_type=sa.Text)
    begins_at: int = Field(sa_type=sa.BigInteger)
    size_bytes: int
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    saved_on: date


SEALED_PIECE = register("attachment_piece", "name", "sealed", Purpose.ATTACHMENTS)
LOOKS = register("attachment_content", "sha256", "looks_sealed", Purpose.ATTACHMENTS)
FILE_KEY = register("attachment_content", "sha256", "file_key", Purpose.ATTACHMENTS)
