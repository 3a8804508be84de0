"""Work on several items at once with the results in order, a few ahead of whoever uses them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_order(work: Callable[[T], R], items: Iterable[T], *, threads: int) -> Iterator[R]:
    """Apply a function that lets go of the interpreter (numpy, polars, hashing) to items, in threads.

    Args:    work: called once an item.  items: read as far ahead as is being worked on, never all at once.
             threads: > 0; so many items are in work at a time.
    Returns: the results in the order of the items. What ``work`` or ``items`` raise comes out at its place.
    """
    with ThreadPoolExecutor(threads) as pool:
        coming: deque[Future[R]] = deque()
        try:
            for item in items:
                coming.append(pool.submit(work, item))
                if len(coming) > threads:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            for future in coming:
                future.cancel()
