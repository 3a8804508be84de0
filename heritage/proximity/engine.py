"""Pair every place of one list with every place of another inside a radius, to the last pair.

`match_points` collects, `iter_pairs` streams, `count_pairs` only counts. Two engines give identical pairs: "chord" is
the one to use, "brute" measures everything with Karney's method and is the referee.
"""

import math
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from heritage.core.geodesy import Floats, checked_coordinates, distance_m
from heritage.proximity.chords import ChordJoin, Pairs

EngineName = Literal["chord", "brute"]
Places = tuple[Floats, Floats]
Weights = npt.NDArray[np.uint64]
T = TypeVar("T")

# Places of the first list a thread takes at once.
_SHARE, _SMALLEST_SHARE = 4096, 256
_BRUTE_BLOCK = 1 << 20


def match_points(
    a_lon: npt.ArrayLike,
    a_lat: npt.ArrayLike,
    b_lon: npt.ArrayLike,
    b_lat: npt.ArrayLike,
    radius_km: float,
    *,
    engine: EngineName = "chord",
    workers: int | None = None,
) -> Pairs:
    """Pair each place of list a with every place of list b that is not farther than the radius.

    Args:    a_lon, a_lat: n degrees each, WGS 84.  b_lon, b_lat: m degrees each.  radius_km: geodesic, > 0, up to half
             the Earth; a pair exactly at the radius belongs.  engine: see above.  workers: threads, all cores if None.
    Returns: pairs ordered by a, then distance, then b. Distances agree with Karney to 0.1 um up to 50 km.
    Raises:  CoordinateError naming the first bad index; ValueError if the radius is not finite and positive.
    Source:  ADR-0002.
    """
    shares = _shares(a_lon, a_lat, b_lon, b_lat, radius_km, engine, workers, nearest_first=True)
    return in_order_of_a(concatenated(list(shares)))


def iter_pairs(
    a_lon: npt.ArrayLike,
    a_lat: npt.ArrayLike,
    b_lon: npt.ArrayLike,
    b_lat: npt.ArrayLike,
    radius_km: float,
    *,
    engine: EngineName = "chord",
    workers: int | None = None,
    nearest_first: bool = False,
) -> Iterator[Pairs]:
    """Give the same pairs as `match_points`, a share at a time, in memory that does not grow with their number.

    Args:    as `match_points`.  nearest_first: the pairs of each place of list a together, by distance, then b.
    Returns: shares of pairs in an order that depends on the input only, not on the number of threads.
    Raises:  as `match_points`.
    """
    return _shares(a_lon, a_lat, b_lon, b_lat, radius_km, engine, workers, nearest_first=nearest_first)


def _shares(
    a_lon: npt.ArrayLike,
    a_lat: npt.ArrayLike,
    b_lon: npt.ArrayLike,
    b_lat: npt.ArrayLike,
    radius_km: float,
    engine: EngineName,
    workers: int | None,
    nearest_first: bool,
) -> Iterator[Pairs]:
    radius = checked_radius_km(radius_km)
    a, b = checked_coordinates(a_lon, a_lat), checked_coordinates(b_lon, b_lat)
    if not len(a[0]) or not len(b[0]):
        return iter(())
    if engine == "brute":
        return _brute_shares(a, b, radius)
    join = ChordJoin(a, b, radius)
    return _shared_out(partial(join.pairs, nearest_first=nearest_first), join.size, workers)


@dataclass(frozen=True)
class PairSum:
    """How many pairs there are, and the sum of the products of their weights, modulo 2^64."""

    pairs: int
    checksum: int


def sum_pairs(
    a_lon: npt.ArrayLike,
    a_lat: npt.ArrayLike,
    b_lon: npt.ArrayLike,
    b_lat: npt.ArrayLike,
    radius_km: float,
    *,
    a_weight: Weights,
    b_weight: Weights,
    workers: int | None = None,
) -> PairSum:
    """Count and sum up the pairs that `match_points` would give, without measuring those that are surely inside.

    Args:    as `match_points`.  a_weight, b_weight: n and m unsigned 64-bit numbers; a pair weighs their product.
    Returns: two numbers that do not depend on any order.
    Raises:  as `match_points`.
    """
    radius = checked_radius_km(radius_km)
    a, b = checked_coordinates(a_lon, a_lat), checked_coordinates(b_lon, b_lat)
    if not len(a[0]) or not len(b[0]):
        return PairSum(0, 0)
    if len(b[0]) < len(a[0]):
        a, b, a_weight, b_weight = b, a, b_weight, a_weight
    join = ChordJoin(a, b, radius)
    shares = list(_shared_out(partial(join.summed, a_weight=a_weight, b_weight=b_weight), join.size, workers))
    return PairSum(sum(pairs for pairs, _ in shares), sum(weight for _, weight in shares) % 2**64)


def count_pairs(
    a_lon: npt.ArrayLike,
    a_lat: npt.ArrayLike,
    b_lon: npt.ArrayLike,
    b_lat: npt.ArrayLike,
    radius_km: float,
    *,
    workers: int | None = None,
) -> int:
    """Count the pairs that `match_points` would give.

    Args:    as `match_points`.
    Returns: the number of pairs.
    Raises:  as `match_points`.
    """
    a_weight, b_weight = (np.ones(np.size(lon), dtype=np.uint64) for lon in (a_lon, b_lon))
    total = sum_pairs(a_lon, a_lat, b_lon, b_lat, radius_km, a_weight=a_weight, b_weight=b_weight, workers=workers)
    return total.pairs


def checked_radius_km(radius_km: float) -> float:
    """Refuse a radius that is none.

    Args:    radius_km: any number.
    Returns: the same number.
    Raises:  ValueError if it is not finite and positive.
    """
    if not math.isfinite(radius_km) or radius_km <= 0:
        raise ValueError(f"the radius must be a positive number of kilometres, not {radius_km}")
    return float(radius_km)


def concatenated(shares: list[Pairs]) -> Pairs:
    """Join shares into one set, in the order given.

    Args:    shares: 0..n.
    Returns: one `Pairs`.
    """
    if not shares:
        return Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float64))
    return Pairs(
        np.concatenate([share.a_index for share in shares]),
        np.concatenate([share.b_index for share in shares]),
        np.concatenate([share.distance_km for share in shares]),
    )


def in_order_of_a(pairs: Pairs) -> Pairs:
    """Bring groups of pairs, one for each place of list a, into the order of a.

    Args:    pairs: all pairs of one place of a stand together.
    Returns: the same pairs; the order within a group is kept.
    """
    a = pairs.a_index
    start = np.flatnonzero(np.concatenate((np.ones(min(1, len(a)), bool), a[1:] != a[:-1])))
    length = np.diff(np.append(start, len(a)))
    order = np.argsort(a[start])
    start, length = start[order], length[order]
    take = np.repeat(start - (np.cumsum(length) - length), length) + np.arange(len(a))
    return Pairs(a[take], pairs.b_index[take], pairs.distance_km[take])


def _brute_shares(a: Places, b: Places, radius_km: float) -> Iterator[Pairs]:
    size = len(b[0])
    step = max(1, _BRUTE_BLOCK // size)
    for low in range(0, len(a[0]), step):
        lon, lat = a[0][low : low + step], a[1][low : low + step]
        rows = len(lon)
        metres = distance_m(np.repeat(lon, size), np.repeat(lat, size), np.tile(b[0], rows), np.tile(b[1], rows))
        at = np.flatnonzero(metres <= radius_km * 1000)
        a_index, b_index = at // size, at % size
        order = np.lexsort((b_index, metres[at], a_index))
        yield Pairs((a_index[order] + low).astype(np.int32), b_index[order].astype(np.int32), metres[at][order] / 1000)


def _cores() -> int:
    # Not every system can say how many of its cores this process may use.
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _shared_out(work: Callable[[int, int], T | None], size: int, workers: int | None) -> Iterator[T]:
    """Run work(low, high) over 0..size in threads, in order; None means: too much at once, take the halves."""
    threads = workers or _cores()
    share = min(_SHARE, max(_SMALLEST_SHARE, size // 16))
    waiting = deque((low, min(low + share, size)) for low in range(0, size, share))
    running: deque[tuple[tuple[int, int], Future[T | None]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        while waiting or running:
            while waiting and len(running) < 2 * threads:
                span = waiting.popleft()
                running.append((span, pool.submit(work, *span)))
            (low, high), done = running.popleft()
            result = done.result()
            if result is not None:
                yield result
                continue
            middle = (low + high) // 2
            for span in ((middle, high), (low, middle)):
                running.appendleft((span, pool.submit(work, *span)))
