"""The chord engine: candidates from a grid, decided by geocentric chords, Karney only where a chord cannot decide."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from heritage.core.geodesy import (
    SERIES_LIMIT_KM,
    Floats,
    chord_surely_within_m,
    chord_to_geodesic_m,
    distance_m,
    to_geocentric,
)
from heritage.proximity.grid import Grid

Indices = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Weights = npt.NDArray[np.uint64]

# A rounding error of geocentric coordinates is a few nanometres; a micrometre leaves room and costs no pairs.
_SLACK_M = 1e-6
# Candidates of one pass: few enough for a cache, enough that threads do not wait for each other between two passes.
_BLOCK = 1 << 17
# Candidates a thread may unfold before its share is cut in two.
_MOST_CANDIDATES = 2_000_000
# Cells of a quarter of the radius waste little; cells many more than the places cost more to visit than they spare.
_CELLS_PER_RADIUS = 4
_CELLS_PER_PLACE = 4
_CELLS_PER_PLACE_OF_A_BATCH = 500
_FEWEST_CELLS, _MOST_CELLS = 1 << 16, 1 << 22
# A list this many times shorter than the other is worth a look at which of the other's places are near it at all.
_BATCH = 8
_SHARE_OF_TOUCHED = 4096
_EARTH_M2 = 5.1e14


@dataclass(frozen=True)
class Pairs:
    """n pairs: indices into the two lists (int32) and the geodesic distance (float64)."""

    a_index: Indices
    b_index: Indices
    distance_km: Floats

    def __len__(self) -> int:
        return len(self.a_index)


@dataclass(frozen=True)
class _Places:
    """Places in the order of their cells, with the place each had in the input."""

    index: Indices
    lon: Floats
    lat: Floats
    x: Floats
    y: Floats
    z: Floats

    @classmethod
    def sorted_by(cls, cell: Ints, kept: Ints, lon: Floats, lat: Floats) -> "_Places":
        order = kept[np.argsort(cell[kept], kind="stable")]
        lon, lat = lon[order], lat[order]
        return cls(order.astype(np.int32), lon, lat, *to_geocentric(lon, lat))


@dataclass(frozen=True)
class _Block:
    """Candidates of one pass: indices into the sorted lists and what the chord between them is made of."""

    a: Ints
    b: Ints
    chord_2: Floats
    dz: Floats


class ChordJoin:
    """One join of two lists of places, ready to be worked off in shares of list a.

    Args:    a, b: (lon, lat) of n and m places, checked.  radius_km: geodesic, > 0.
    Source:  ADR-0002.
    """

    def __init__(self, a: tuple[Floats, Floats], b: tuple[Floats, Floats], radius_km: float) -> None:
        self.radius_m = radius_km * 1000
        self._surely_2 = max(0.0, chord_surely_within_m(self.radius_m) - _SLACK_M) ** 2
        self._perhaps_2 = (self.radius_m + _SLACK_M) ** 2
        self._series_2 = (SERIES_LIMIT_KM * 1000) ** 2
        self._grid = Grid(self.radius_m, _cell_m(self.radius_m, len(a[0]), len(b[0])))
        self._a, self._b, self._offset = self._laid_out(a, b)

    def _laid_out(self, a: tuple[Floats, Floats], b: tuple[Floats, Floats]) -> tuple[_Places, _Places, Ints]:
        cell_a, cell_b = self._grid.cell_of(*a), self._grid.cell_of(*b)
        kept_a, kept_b = np.arange(len(cell_a)), np.arange(len(cell_b))
        if len(cell_a) * _BATCH <= len(cell_b):
            kept_b = np.flatnonzero(self._touched(a)[cell_b])
        elif len(cell_b) * _BATCH <= len(cell_a):
            kept_a = np.flatnonzero(self._touched(b)[cell_a])
        offset = np.bincount(cell_b[kept_b] + 1, minlength=self._grid.cells + 1)
        np.cumsum(offset, out=offset)
        return _Places.sorted_by(cell_a, kept_a, *a), _Places.sorted_by(cell_b, kept_b, *b), offset

    def _touched(self, places: tuple[Floats, Floats]) -> npt.NDArray[np.bool_]:
        """The cells that the windows of some places touch; beyond them nothing is near."""
        mark = np.zeros(self._grid.cells, dtype=bool)
        lon, lat = places
        for low in range(0, len(lon), _SHARE_OF_TOUCHED):
            span = slice(low, low + _SHARE_OF_TOUCHED)
            x, y, z = to_geocentric(lon[span], lat[span])
            runs = self._grid.windows(lon[span], lat[span], np.hypot(x, y), z)
            mark[_unfolded_runs(runs.first, runs.last - runs.first + 1)] = True
        return mark

    @property
    def size(self) -> int:
        """How many places of list a can have pairs."""
        return len(self._a.index)

    def pairs(self, low: int, high: int, *, nearest_first: bool = False) -> Pairs | None:
        """Give the pairs of places low..high of list a, in the order of the grid.

        Args:    low, high: a half-open span of the sorted list a.  nearest_first: the pairs of each place of a
                 together, by distance, then b.
        Returns: the pairs, or None when the span unfolds into too many candidates and is to be halved.
        """
        spans = self._spans(low, high)
        if spans is None:
            return None
        parts = [self._decided(block) for block in self._blocks(*spans)]
        a = np.concatenate([part[0] for part in parts] or [np.empty(0, np.int64)])
        b = self._b.index[np.concatenate([part[1] for part in parts] or [np.empty(0, np.int64)])]
        km = np.concatenate([part[2] for part in parts] or [np.empty(0)])
        if nearest_first:
            order = _nearest_first(a - low, km, b)
            a, b, km = a[order], b[order], km[order]
        return Pairs(self._a.index[a], b, km)

    def summed(self, low: int, high: int, *, a_weight: Weights, b_weight: Weights) -> tuple[int, int] | None:
        """Count the pairs of places low..high of list a, and sum the products of their weights.

        Args:    low, high: a half-open span of the sorted list a.  a_weight, b_weight: in the order of the input.
        Returns: number of pairs; sum modulo 2^64. None when the span is to be halved.
        """
        spans = self._spans(low, high)
        if spans is None:
            return None
        pairs = total = 0
        for block in self._blocks(*spans):
            a, b = self._settled(block)
            pairs += len(a)
            total += int((a_weight[self._a.index[a]] * b_weight[self._b.index[b]]).sum(dtype=np.uint64))
        return pairs, total % 2**64

    def _windows(self, low: int, high: int) -> tuple[Ints, Ints, Ints]:
        a = self._a
        x, y = a.x[low:high], a.y[low:high]
        runs = self._grid.windows(a.lon[low:high], a.lat[low:high], np.sqrt(x * x + y * y), a.z[low:high])
        return runs.owner + low, runs.first, runs.last

    def _spans(self, low: int, high: int) -> tuple[Ints, Ints, Ints] | None:
        """Owners, starts and lengths of the runs of list b that places low..high have to look at."""
        owner, first, last = self._windows(low, high)
        start = self._offset[first]
        length = self._offset[last + 1] - start
        some = length > 0
        owner, start, length = owner[some], start[some], length[some]
        if high - low > 1 and int(length.sum()) > _MOST_CANDIDATES:
            return None
        return owner, start, length

    def _blocks(self, owner: Ints, start: Ints, length: Ints) -> Iterator[_Block]:
        end = np.cumsum(length)
        cuts = np.unique(np.searchsorted(end, np.arange(0, (end[-1] if len(end) else 0) + _BLOCK, _BLOCK)))
        bounds = [*cuts.tolist(), len(end)]
        for low, high in zip(bounds, bounds[1:], strict=False):
            if low < high:
                yield self._unfolded(owner[low:high], start[low:high], length[low:high])

    def _unfolded(self, owner: Ints, start: Ints, length: Ints) -> _Block:
        a = np.repeat(owner, length)
        b = _unfolded_runs(start, length)
        dx = self._b.x[b]
        dx -= self._a.x[a]
        dx *= dx
        dy = self._b.y[b]
        dy -= self._a.y[a]
        dy *= dy
        dx += dy
        dz = self._b.z[b]
        dz -= self._a.z[a]
        np.multiply(dz, dz, out=dy)
        dx += dy
        return _Block(a, b, dx, dz)

    def _karney_m(self, a: Ints, b: Ints) -> Floats:
        return distance_m(self._a.lon[a], self._a.lat[a], self._b.lon[b], self._b.lat[b])

    def _decided(self, block: _Block) -> tuple[Ints, Ints, Floats]:
        kept = np.flatnonzero(block.chord_2 <= self._perhaps_2)
        a, b = block.a[kept], block.b[kept]
        chord_2, dz = block.chord_2[kept], block.dz[kept]
        doubtful = np.flatnonzero((chord_2 > self._surely_2) | (chord_2 > self._series_2))
        z_sum = self._a.z[a]
        z_sum *= 2
        z_sum += dz
        dz *= dz
        metres = chord_to_geodesic_m(chord_2, dz, z_sum)
        if len(doubtful):
            metres[doubtful] = self._karney_m(a[doubtful], b[doubtful])
            within = metres <= self.radius_m
            a, b, metres = a[within], b[within], metres[within]
        metres /= 1000
        return a, b, metres

    def _settled(self, block: _Block) -> tuple[Ints, Ints]:
        """Which candidates are pairs, without their distances."""
        kept = np.flatnonzero(block.chord_2 <= self._perhaps_2)
        a, b = block.a[kept], block.b[kept]
        doubtful = np.flatnonzero(block.chord_2[kept] > self._surely_2)
        if not len(doubtful):
            return a, b
        within = np.ones(len(a), dtype=bool)
        within[doubtful] = self._karney_m(a[doubtful], b[doubtful]) <= self.radius_m
        return a[within], b[within]


def _cell_m(radius_m: float, count_a: int, count_b: int) -> float:
    """A cell size that suits the radius, but never makes many more cells than there are places."""
    cells = _CELLS_PER_PLACE * (count_a + count_b)
    if min(count_a, count_b) * _BATCH <= max(count_a, count_b):
        cells = min(cells, _CELLS_PER_PLACE_OF_A_BATCH * min(count_a, count_b))
    return max(radius_m / _CELLS_PER_RADIUS, math.sqrt(_EARTH_M2 / min(max(cells, _FEWEST_CELLS), _MOST_CELLS)))


def _unfolded_runs(start: Ints, length: Ints) -> Ints:
    """start, start + 1, ... of each run, one run after the other."""
    numbers = np.repeat(start - (np.cumsum(length) - length), length)
    numbers += np.arange(len(numbers))
    return numbers


def _nearest_first(owner: Ints, km: Floats, b: Indices) -> Ints:
    """Order by owner, then distance, then b; the quick sorts leave ties open, which are few and mended after."""
    by_km = np.argsort(km)
    narrow = owner.astype(np.uint16) if len(owner) and int(owner.max()) < 1 << 16 else owner
    order = by_km[np.argsort(narrow[by_km], kind="stable")]
    same = (owner[order[1:]] == owner[order[:-1]]) & (km[order[1:]] == km[order[:-1]])
    if same.any():
        tied = np.flatnonzero(np.concatenate(([False], same)) | np.concatenate((same, [False])))
        members = order[tied]
        order[tied] = members[np.lexsort((b[members], km[members], owner[members]))]
    return order
