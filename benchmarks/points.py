"""Seeded places for the benchmarks: events around hot spots, sites in inventories, the poles and the antimeridian."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# West, south, east, north of regions where fighting was reported in the last decades, and their shares.
CONFLICT_BOXES = np.array(
    [
        [35.5, 32.3, 42.4, 37.3],
        [38.8, 29.1, 48.5, 37.4],
        [22.1, 44.4, 40.2, 52.4],
        [60.5, 29.4, 74.9, 38.5],
        [42.5, 12.1, 54.0, 19.0],
        [-12.2, 10.1, 4.2, 25.0],
        [9.4, 19.5, 25.2, 33.2],
        [41.0, -1.7, 51.4, 12.0],
        [92.2, 9.8, 101.2, 28.5],
        [12.2, -13.5, 31.3, 5.4],
        [21.8, 8.7, 38.6, 22.2],
        [34.2, 29.5, 36.0, 33.3],
    ]
)
# Regions with dense inventories and no war in the data.
INVENTORY_BOXES = np.array(
    [
        [-8.0, 50.0, 2.0, 59.0],
        [-5.0, 42.0, 8.0, 51.0],
        [6.0, 36.5, 18.5, 47.0],
        [6.0, 47.3, 15.0, 55.0],
        [-125.0, 25.0, -67.0, 49.0],
        [68.0, 8.0, 92.0, 30.0],
        [100.0, 20.0, 122.0, 42.0],
        [129.0, 31.0, 146.0, 45.5],
    ]
)


@dataclass(frozen=True)
class Places:
    """lon, lat: n degrees each, WGS 84."""

    lon: Floats
    lat: Floats

    def __len__(self) -> int:
        return len(self.lon)


def events(count: int, seed: int = 1) -> Places:
    """Make events: 91 % around 300 hot spots (Zipf weights, log-normal spread), 8 % in the boxes, 1 % anywhere."""
    chance = np.random.default_rng(seed)
    hot_lon, hot_lat = _in_boxes(chance, CONFLICT_BOXES, 300)
    weight = 1 / np.arange(1, 301)
    clustered, boxed = round(count * 0.91), round(count * 0.08)
    spot = chance.choice(300, clustered, p=weight / weight.sum())
    spread_km = chance.lognormal(2.3, 1.0, clustered)
    angle = chance.uniform(0, 2 * np.pi, clustered)
    lat = hot_lat[spot] + spread_km * np.sin(angle) / 111.2
    lon = hot_lon[spot] + spread_km * np.cos(angle) / (111.2 * np.cos(np.radians(hot_lat[spot])))
    box_lon, box_lat = _in_boxes(chance, CONFLICT_BOXES, boxed)
    far_lon, far_lat = _anywhere(chance, count - clustered - boxed)
    return _clipped(np.concatenate((lon, box_lon, far_lon)), np.concatenate((lat, box_lat, far_lat)))


def sites(count: int, seed: int = 2) -> Places:
    """Make sites: 79 % in dense inventories away from conflict, 20 % in conflict boxes, 1 % anywhere."""
    chance = np.random.default_rng(seed)
    away, near = round(count * 0.79), round(count * 0.20)
    away_lon, away_lat = _in_boxes(chance, INVENTORY_BOXES, away)
    near_lon, near_lat = _in_boxes(chance, CONFLICT_BOXES, near)
    far_lon, far_lat = _anywhere(chance, count - away - near)
    return _clipped(np.concatenate((away_lon, near_lon, far_lon)), np.concatenate((away_lat, near_lat, far_lat)))


def _in_boxes(chance: np.random.Generator, boxes: Floats, count: int) -> tuple[Floats, Floats]:
    box = boxes[chance.integers(0, len(boxes), count)]
    return chance.uniform(box[:, 0], box[:, 2]), chance.uniform(box[:, 1], box[:, 3])


def _anywhere(chance: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """Places all over the globe, a tenth of them at each pole and a tenth on each side of the antimeridian."""
    lon = chance.uniform(-180, 180, count)
    lat = np.degrees(np.arcsin(chance.uniform(-1, 1, count)))
    tenth = count // 10
    lat[:tenth] = 90 - chance.exponential(0.2, tenth)
    lat[tenth : 2 * tenth] = -90 + chance.exponential(0.2, tenth)
    lon[2 * tenth : 3 * tenth] = 180 - chance.exponential(0.2, tenth)
    lon[3 * tenth : 4 * tenth] = -180 + chance.exponential(0.2, tenth)
    return lon, lat


def _clipped(lon: Floats, lat: Floats) -> Places:
    return Places((lon + 180) % 360 - 180, np.clip(lat, -90, 90))
