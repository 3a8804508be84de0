"""Table: the ledger of jobs, one row for each job and slot."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.db.types import JSONB


class RunState(StrEnum):
    """How far one run of a job has come."""

    DEFERRED = "deferred"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RunCause(StrEnum):
    """What asked for a run: its turn in the schedule, a person, or another part of the program through the queue."""

    SLOT = "slot"
    PERSON = "person"
    QUEUE = "queue"


class JobRun(SQLModel, table=True):
    """One run of one job; the work and the row's end are one transaction."""

    __tablename__ = "job_run"
    __table_args__ = (
        sa.UniqueConstraint("queue_id"),
        sa.CheckConstraint("status in ('deferred', 'running', 'done', 'failed')", name="status"),
        sa.CheckConstraint("cause in ('slot', 'person', 'queue')", name="cause"),
        sa.CheckConstraint("attempts >= 0", name="attempts"),
        sa.Index("ix_job_run_deferred_at", "deferred_at"),
        # A slot of the schedule is there once; what a person or another part asks for has no slot to be unique in.
        sa.Index("uq_job_run_job_slot", "job", "slot", unique=True, postgresql_where=sa.text("cause = 'slot'")),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    job: str = Field(sa_type=sa.Text)
    slot: datetime
    cause: str = Field(sa_type=sa.Text)
    status: str = Field(default=RunState.DEFERRED.value, sa_type=sa.Text)
    deferred_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    worker: str | None = Field(default=None, sa_type=sa.Text)
    attempts: int = 0
    # The queue's own number for work that has no slot, so that a second attempt finds its row.
    queue_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    error: str | None = Field(default=None, sa_type=sa.Text)
