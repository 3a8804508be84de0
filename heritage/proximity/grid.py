"""A grid of latitude rows and longitude cells in which all points within a chord of a place are a few runs."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from heritage.core.geodesy import (
    ECCENTRICITY_2,
    SEMI_MAJOR_M,
    SMALLEST_CURVATURE_RADIUS_M,
    Floats,
)

Ints = npt.NDArray[np.int64]

# Rounding of geocentric coordinates is a few nanometres; a millimetre of slack on a window costs nothing.
_WINDOW_SLACK_M = 1e-3
# Keeps the easternmost and northernmost places in their last cell; a tenth of that millimetre.
_HAIR_DEG = 1e-9
# Near the antipodes the chord no longer grows with the difference in latitude; radii of that order search everything.
_WHOLE_EARTH_M = 5e6


@dataclass(frozen=True)
class Runs:
    """Stretches of cells: those of place `owner` go from cell `first` to cell `last`, both included."""

    owner: Ints
    first: Ints
    last: Ints


class Grid:
    """Rows of equal height in latitude, each cut into cells of about the same width on the ground.

    Args:    radius_m: the search radius, > 0.  cell_m: wanted cell size.
    Source:  with m the chord between two parallels along one meridian, the squared chord between places on them at a
             difference of longitude t is exactly m2 + 4 r1 r2 sin2(t/2), r being the distances from the axis.
             Hence the windows below are rigorous at the poles and on the antimeridian alike; ADR-0002.
    """

    def __init__(self, radius_m: float, cell_m: float) -> None:
        self.radius_m = radius_m + _WINDOW_SLACK_M if radius_m < _WHOLE_EARTH_M else math.inf
        self.rows = max(1, math.ceil(math.pi * SMALLEST_CURVATURE_RADIUS_M / cell_m))
        edges = np.radians(np.linspace(-90, 90, self.rows + 1))
        normal_m = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_2 * np.sin(edges) ** 2)
        self._edge_axis_m = np.maximum(normal_m * np.cos(edges), 0)
        self._edge_z_m = normal_m * (1 - ECCENTRICITY_2) * np.sin(edges)
        widest_m = np.maximum(self._edge_axis_m[:-1], self._edge_axis_m[1:])
        self._narrowest_m = np.minimum(self._edge_axis_m[:-1], self._edge_axis_m[1:])
        self._columns = np.maximum(1, np.floor(2 * math.pi * widest_m / cell_m)).astype(np.int64)
        self._base = np.concatenate(([0], np.cumsum(self._columns)))
        self._scale = self._columns / 360
        self._shift = self._base[:-1] + 180 * self._scale
        self.cells = int(self._base[-1])
        reach_deg = math.degrees(2 * math.asin(min(1.0, self.radius_m / (2 * SMALLEST_CURVATURE_RADIUS_M))))
        self._row_reach = min(self.rows, math.floor(reach_deg * self.rows / 180) + 1)

    def _row_of(self, lat: Floats) -> Ints:
        rows: Ints = ((np.minimum(lat, 90 - _HAIR_DEG) + 90) * (self.rows / 180)).astype(np.int64)
        return rows

    def cell_of(self, lon: Floats, lat: Floats) -> Ints:
        """Number the cells that places lie in.

        Args:    lon, lat: n degrees each, -180 <= lon < 180.
        Returns: n cell numbers, row by row from the south.
        """
        row = self._row_of(lat)
        cell = np.minimum(lon, 180 - _HAIR_DEG)
        cell *= self._scale[row]
        cell += self._shift[row]
        return cell.astype(np.int64)

    def windows(self, lon: Floats, lat: Floats, axis_m: Floats, z_m: Floats) -> Runs:
        """Cover everything within the radius of each place by runs of cells.

        Args:    lon, lat: n degrees each, -180 <= lon < 180.  axis_m, z_m: their distance from the axis and their z.
        Returns: runs in the order of the places, those that go on beyond the antimeridian at the end.
        """
        offsets = np.arange(-self._row_reach, self._row_reach + 1)
        own_row = self._row_of(lat)[:, None]
        row = own_row + offsets
        inside = (row >= 0) & (row < self.rows)
        row = np.clip(row, 0, self.rows - 1)
        # The nearest edge of a row above is its lower one, of a row below its upper one.
        edge = row + (offsets < 0)
        near_2 = (axis_m[:, None] - self._edge_axis_m[edge]) ** 2 + (z_m[:, None] - self._edge_z_m[edge]) ** 2
        near_2[:, self._row_reach] = 0
        left_2 = self.radius_m**2 - near_2
        inside &= left_2 >= 0
        owner, offset = np.nonzero(inside)
        row, left_2 = row[owner, offset], left_2[owner, offset]
        return self._cut_at_antimeridian(owner, row, lon[owner] + 180, self._half_width_deg(axis_m[owner], row, left_2))

    def _half_width_deg(self, axis_m: Floats, row: Ints, left_2: Floats) -> Floats:
        product = 4 * axis_m * self._narrowest_m[row]
        with np.errstate(divide="ignore", invalid="ignore"):
            sine_2 = left_2 / product
        half: Floats = np.degrees(2 * np.arcsin(np.sqrt(np.where(sine_2 < 1, sine_2, 1.0))))
        return half

    def _cut_at_antimeridian(self, owner: Ints, row: Ints, east_deg: Floats, half_deg: Floats) -> Runs:
        columns, base, scale = self._columns[row], self._base[row], self._scale[row]
        first = np.floor((east_deg - half_deg) * scale).astype(np.int64)
        last = np.floor((east_deg + half_deg) * scale).astype(np.int64)
        whole = last - first + 1 >= columns
        first[whole], last[whole] = 0, columns[whole] - 1
        west, east = first < 0, last >= columns
        more_owner = np.concatenate((owner[west], owner[east]))
        more_first = np.concatenate(((base + first + columns)[west], base[east]))
        more_last = np.concatenate(((base + columns - 1)[west], (base + last - columns)[east]))
        return Runs(
            np.concatenate((owner, more_owner)),
            np.concatenate((base + np.maximum(first, 0), more_first)),
            np.concatenate((base + np.minimum(last, columns - 1), more_last)),
        )
