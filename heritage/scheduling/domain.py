"""Which slots of a job are due: pure, from its cadence, the newest slot in the ledger and the time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Trigger(Protocol):
    """Anything that knows when it fires next; APScheduler's triggers do."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None: ...


class CatchUp(StrEnum):
    """What to do about slots that passed while nobody ticked."""

    NEWEST = "newest"
    EACH = "each"


@dataclass(frozen=True)
class Cadence:
    """When a job is due and what becomes of missed slots; slots older than ``max_age`` are never made up for."""

    trigger: Trigger
    catch_up: CatchUp
    max_age: timedelta


def slots_between(trigger: Trigger, after: datetime, until: datetime) -> Iterator[datetime]:
    """The slots of a trigger in (after, until], oldest first.

    Args:    after, until: aware UTC.
    """
    slot = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    while slot is not None and slot <= until:
        yield slot
        slot = trigger.get_next_fire_time(None, slot + timedelta(microseconds=1))


def due_slots(
    cadence: Cadence, newest: datetime | None, ledger_begins: datetime | None, waiting: bool, now: datetime
) -> list[datetime]:
    """The slots to be put into the queue now.

    Args:    newest: the job's newest slot in the ledger, or None.  ledger_begins: when the first run was put in, None
             for an empty ledger.  waiting: whether an earlier run of the job has not started yet.  now: aware UTC.
    Returns: 0..n slots, oldest first. A job that only ever needs its newest slot gets none while one waits, and one at
             once on an empty ledger; a job that needs each begins with the first slot after the ledger's own beginning.
    """
    horizon = now - cadence.max_age
    if cadence.catch_up is CatchUp.NEWEST:
        slots = list(slots_between(cadence.trigger, max(newest or horizon, horizon), now))
        return [] if waiting else slots[-1:]
    after = newest or ledger_begins or now
    return list(slots_between(cadence.trigger, max(after, horizon), now))
