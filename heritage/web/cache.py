"""A small memory of what is dear to work out, thrown away as soon as the data it rests on changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session

T = TypeVar("T")

# The newest number of each table that anything shown depends on: one look at the end of an index each.
_STAMP = sa.text(
    """
    select (select max(id) from import_run),
           (select count(*) from import_run where status <> 'taken'),
           (select max(id) from register_change),
           (select max(id) from condition),
           (select max(id) from danger_period),
           (select max(id) from part),
           (select max(id) from judgement),
           (select count(*) from judgement where ended_at is not null),
           (select exists (select from part where matched_reach_km is null and withdrawn_on is null)),
           (select exists (select from place where matched_reach_km is null))
    """
)


def data_stamp(session: Session) -> tuple[Any, ...]:
    """What the data look like from afar: equal stamps mean that nothing shown has changed."""
    return tuple(session.execute(_STAMP).one())


class Memory:
    """The last few answers, by key; safe between the threads of one process."""

    def __init__(self, size: int) -> None:
        """Size: how many answers are kept."""
        self._size = size
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer kept for a key, else what `make` gives; two threads may both make one, and then one is kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: T = self._kept[key]
                return kept
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made
