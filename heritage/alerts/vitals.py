"""Read: what the program lives on — the queue, its mail, its clock, the room on its disk."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from heritage.alerts.models import Letter, Post, PostState
from heritage.core.clock import SystemClock
from heritage.scheduling.queries import oldest_waiting_s

FAILED_WITHIN = timedelta(days=1)
# A job is carried out within seconds where a worker runs.
WAITED_LONG = timedelta(minutes=30)
# Letters to officers, administrators and owners: none of them may come back unnoticed.
OURS = ("officers", "operations", "owner", "summary")
# Codes from an app are of half a minute; a minute's difference shuts people out and puts reports on the wrong day.
CLOCK_MAY_DIFFER = timedelta(minutes=1)
# A twentieth of a large disk is plenty still; the last gigabyte of any is not.
FREE_LEAST, FREE_PLENTY_BYTES, FREE_LEAST_BYTES = 0.05, 10_000_000_000, 1_000_000_000


@dataclass(frozen=True)
class Vitals:
    """What stands for whether the program is well.

    failed_mails: within a day.  clock_differs: how far this machine's clock is from the database's.
    free_bytes, total_bytes: of the disk with the program's files; None where it cannot be told.
    """

    oldest_waits: timedelta
    failed_mails: int
    clock_differs: timedelta
    free_bytes: int | None
    total_bytes: int | None

    @property
    def queue_is_slow(self) -> bool:
        """Whether something waits longer than it should."""
        return self.oldest_waits > WAITED_LONG

    @property
    def clock_is_wrong(self) -> bool:
        """Whether this machine and the database's disagree on the time by more than may be."""
        return self.clock_differs > CLOCK_MAY_DIFFER

    @property
    def disk_is_full(self) -> bool:
        """Whether little room is left."""
        free, total = self.free_bytes, self.total_bytes
        least = max(FREE_LEAST_BYTES, min(FREE_PLENTY_BYTES, FREE_LEAST * (total or 0)))
        return free is not None and free < least


def take_vitals(session: Session, var: Path, now: datetime) -> Vitals:
    """How the program is doing.

    Args:    var: the folder of files, whose disk is looked at.  now: the program's own clock, aware; in an exercise
             it is set to another time on purpose, so what is held against the database is the machine's.
    """
    known: datetime = session.execute(sa.text("select clock_timestamp()")).scalar_one()
    machine = SystemClock().now()
    free, total = _room(var)
    return Vitals(
        oldest_waits=timedelta(seconds=oldest_waiting_s(session, now)),
        failed_mails=sum(count_failed(session, now)[:2]),
        clock_differs=abs(known - machine),
        free_bytes=free,
        total_bytes=total,
    )


def count_failed(session: Session, now: datetime) -> tuple[int, int, datetime | None]:
    """Messages to readers and letters to our own people that failed within a day, and when the first of them did."""
    count, first = session.execute(
        sa.select(sa.func.count(), sa.func.min(col(Post.handed_at))).where(
            col(Post.status).in_([PostState.REFUSED.value, PostState.GIVEN_UP.value, PostState.BOUNCED.value]),
            col(Post.handed_at) > now - FAILED_WITHIN,
        )
    ).one()
    letters, oldest = session.execute(
        sa.select(sa.func.count(), sa.func.min(col(Letter.returned_at))).where(
            col(Letter.returned_at) > now - FAILED_WITHIN, col(Letter.kind).in_(OURS)
        )
    ).one()
    return count, letters, min(filter(None, (first, oldest)), default=None)


def _room(var: Path) -> tuple[int | None, int | None]:
    try:
        found = shutil.disk_usage(var)
    except OSError:
        return None, None
    return found.free, found.total
