"""Tables: every import that was taken, and every row it refused."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.db.types import JSONB


class RunStatus(StrEnum):
    """Whether what an import brought still stands."""

    TAKEN = "taken"
    UNDONE = "undone"


class ImportRun(SQLModel, table=True):
    """One file that was taken, with its counts."""

    __tablename__ = "import_run"
    __table_args__ = (
        sa.CheckConstraint("status in ('taken', 'undone')", name="status"),
        sa.CheckConstraint("finished_at >= started_at", name="times"),
        sa.Index("ix_import_run_kind_finished_at", "kind", "finished_at"),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    kind: str = Field(sa_type=sa.Text)
    source: str = Field(sa_type=sa.Text)
    file_name: str = Field(sa_type=sa.Text)
    sha256: str = Field(sa_type=sa.Text)
    release: str | None = Field(default=None, sa_type=sa.Text)
    status: str = Field(default=RunStatus.TAKEN.value, sa_type=sa.Text)
    started_at: datetime
    finished_at: datetime
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    vanished: int = 0
    withdrawn: int = 0
    refused: int = 0
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)


class Refusal(SQLModel, table=True):
    """One row, or one field of a row, that was not taken, and why."""

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    run_id: int = Field(
        sa_column=sa.Column(
            sa.BigInteger, sa.ForeignKey("import_run.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    row: int | None = None
    field: str | None = Field(default=None, sa_type=sa.Text)
    reason: str = Field(sa_type=sa.Text)
    excerpt: str | None = Field(default=None, sa_type=sa.Text)


class Entry(SQLModel, table=True):
    """One line of the record, chained to the one before; the program's role may add and never change it."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.CheckConstraint("seq > 0", name="seq"),
        sa.CheckConstraint("octet_length(previous) = 32 and octet_length(hash) = 32", name="hashes"),
        sa.Index("ix_audit_entry_subject", "subject", "seq"),
    )

    seq: int = Field(sa_column=sa.Column(sa.BigInteger, primary_key=True, autoincrement=False))
    at: datetime
    actor: str = Field(sa_type=sa.Text)
    action: str = Field(sa_type=sa.Text)
    subject: str = Field(sa_type=sa.Text)
    detail: str = Field(default="{}", sa_type=sa.Text)
    previous: bytes = Field(sa_type=sa.LargeBinary)
    hash: bytes = Field(sa_type=sa.LargeBinary)
