"""A steady rhythm with a fixed offset and a small jitter, the same in every process and after every restart."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from apscheduler.triggers.base import BaseTrigger

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Rhythm(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Fires every ``every``, put off by a part of it that depends on the key, and by up to ``jitter_s`` each time.

    Args:    every: a minute or more.  key: what tells this installation and job from others, so that not all of them
             ask a source in the same second.  jitter_s: at most half of ``every``; drawn from key and slot, not from
             chance, because a slot must be the same moment whoever works it out.
    """

    __slots__ = ("every", "jitter_s", "key")

    def __init__(self, every: timedelta, key: str, jitter_s: int = 0) -> None:
        super().__init__()
        self.every, self.key = every, key
        self.jitter_s = min(jitter_s, int(every.total_seconds() // 2))

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first slot at ``now`` or later, and after the previous one."""
        earliest = now if previous_fire_time is None else max(now, previous_fire_time + timedelta(microseconds=1))
        number = (earliest - _EPOCH) // self.every - 2
        while (slot := self._slot(number)) < earliest:
            number += 1
        return slot

    def _slot(self, number: int) -> datetime:
        offset_s = _draw(self.key) % max(1, int(self.every.total_seconds()) - self.jitter_s)
        late_s = _draw(f"{self.key} {number}") % (self.jitter_s + 1)
        return _EPOCH + number * self.every + timedelta(seconds=offset_s + late_s)


def _draw(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
