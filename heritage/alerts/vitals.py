"""Read: what the program lives on — the queue, its mail, its clock, the room on its disk."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from heritage.alerts.upkeep import WAITED_LONG, count_failed
from heritage.scheduling.queries import oldest_waiting_s

# Codes from an app are of half a minute; a minute's difference shuts people out and puts reports on the wrong day.
CLOCK_MAY_DIFFER = timedelta(minutes=1)
FREE_LEAST, FREE_LEAST_BYTES = 0.05, 1_000_000_000


@dataclass(frozen=True)
class Vitals:
    """What stands for whether the program is well. failed_mails: within a day.  None where it cannot be told."""

    oldest_waits: timedelta
    failed_mails: int
    clock_differs: timedelta | None
    free_bytes: int | None
    total_bytes: int | None

    @property
    def queue_is_slow(self) -> bool:
        """Whether something waits longer than it should."""
        return self.oldest_waits > WAITED_LONG

    @property
    def clock_is_wrong(self) -> bool:
        """Whether this machine and the database's disagree on the time by more than may be."""
        return self.clock_differs is not None and self.clock_differs > CLOCK_MAY_DIFFER

    @property
    def disk_is_full(self) -> bool:
        """Whether little room is left."""
        free, total = self.free_bytes, self.total_bytes
        return free is not None and (free < FREE_LEAST_BYTES or free < FREE_LEAST * (total or 0))


def take_vitals(session: Session, var: Path, now: datetime, *, exercise: bool = False) -> Vitals:
    """How the program is doing.

    Args:    var: the folder of files, whose disk is looked at.  now: the program's own clock, aware.
             exercise: the clock is meant to differ.
    """
    known: datetime = session.execute(sa.text("select clock_timestamp()")).scalar_one()
    free, total = _room(var)
    return Vitals(
        oldest_waits=timedelta(seconds=oldest_waiting_s(session, now)),
        failed_mails=sum(count_failed(session, now)[:2]),
        clock_differs=None if exercise else abs(known - now),
        free_bytes=free,
        total_bytes=total,
    )


def _room(var: Path) -> tuple[int | None, int | None]:
    try:
        found = shutil.disk_usage(var)
    except OSError:
        return None, None
    return found.free, found.total
