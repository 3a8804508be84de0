"""Matching gives every pair and no other, wherever on Earth."""

import numpy as np
import pytest

from heritage.core.geodesy import CoordinateError, destination
from heritage.proximity.engine import Pairs, count_pairs, iter_pairs, match_points

OFFSETS_M = np.array([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0])


def adversarial(count: int, radius_km: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sites, a quarter at the poles and on the antimeridian, and for each an event at the radius -/+ 1 um .. 10 m."""
    chance = np.random.default_rng(seed)
    lon, lat = chance.uniform(-180, 180, count), np.degrees(np.arcsin(chance.uniform(-1, 1, count)))
    eighth = count // 8
    lat[:eighth] = np.sign(lat[:eighth]) * (90 - chance.exponential(0.05, eighth))
    lon[eighth : 2 * eighth] = 180 + chance.normal(0, 0.05, eighth)
    lat[0], lat[1] = 90, -90
    lon[eighth], lon[eighth + 1] = 180, -180
    off = np.tile(np.concatenate((OFFSETS_M, -OFFSETS_M)), count // 16 + 1)[:count]
    event_lon, event_lat = destination(lon, lat, chance.uniform(0, 360, count), radius_km + off / 1000)
    return event_lon, event_lat, lon, lat


def as_set(pairs: Pairs) -> set[tuple[int, int]]:
    return set(zip(pairs.a_index.tolist(), pairs.b_index.tolist(), strict=True))


@pytest.mark.parametrize("radius_km", [0.001, 1, 10, 50, 100, 150, 700])
def test_chord_engine_finds_the_pairs_of_brute_force_at_the_edge_of_the_radius(radius_km: float) -> None:
    points = adversarial(640, radius_km)
    chord = match_points(*points, radius_km)
    brute = match_points(*points, radius_km, engine="brute")
    assert len(brute) >= 250
    assert as_set(chord) == as_set(brute)
    assert chord.a_index.tolist() == brute.a_index.tolist()
    assert np.abs(chord.distance_km - brute.distance_km).max() < 1e-9


@pytest.mark.parametrize("radius_km", [5_000, 12_000, 20_003, 25_000])
def test_radius_may_span_the_earth(radius_km: float) -> None:
    points = adversarial(160, 19_990)
    assert as_set(match_points(*points, radius_km)) == as_set(match_points(*points, radius_km, engine="brute"))


def test_dense_clusters_at_poles_and_antimeridian_agree_with_brute_force() -> None:
    chance = np.random.default_rng(5)
    lon = np.concatenate((chance.uniform(-180, 180, 400), 180 + chance.normal(0, 0.5, 400), chance.normal(36, 1, 400)))
    lat = np.concatenate((90 - chance.exponential(0.5, 400), chance.normal(65, 1, 400), chance.normal(0, 1, 400)))
    points = lon[::2], lat[::2], lon[1::2], lat[1::2]
    chord, brute = (match_points(*points, 50, engine=engine) for engine in ("chord", "brute"))
    assert as_set(chord) == as_set(brute)
    assert len(chord) > 10_000


def test_short_list_against_long_list_agrees_with_brute_force() -> None:
    event_lon, event_lat, lon, lat = adversarial(800, 50)
    points = event_lon[::20], event_lat[::20], lon, lat
    assert as_set(match_points(*points, 50)) == as_set(match_points(*points, 50, engine="brute"))


def test_pairs_come_by_first_place_then_distance_then_second_place() -> None:
    pairs = match_points([38, 38], [34, 34], [38.2, 38, 38, 38.1], [34, 34, 34, 34], 50)
    assert pairs.a_index.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert pairs.b_index.tolist() == [1, 2, 3, 0] * 2
    assert pairs.distance_km[0] == 0
    assert np.diff(pairs.distance_km[:4]).min() >= 0


def test_number_of_threads_does_not_change_the_stream() -> None:
    points = adversarial(9000, 50)
    one, four = (list(iter_pairs(*points, 50, workers=workers)) for workers in (1, 4))
    assert len(one) > 1
    for left, right in zip(one, four, strict=True):
        assert left.a_index.tolist() == right.a_index.tolist()
        assert left.distance_km.tolist() == right.distance_km.tolist()


@pytest.mark.parametrize(
    ("lon", "same"), [(180.0, -180.0), (270.0, -90.0), (359.5, -0.5), (-270.0, 90.0), (360.0, 0.0)]
)
def test_wrapped_longitudes_are_the_same_place(lon: float, same: float) -> None:
    pairs = match_points([lon], [10.0], [same], [10.0], 0.001)
    assert pairs.distance_km.tolist() == [0.0]


def test_a_pair_exactly_at_the_radius_belongs() -> None:
    reach = float(match_points([0.0], [0.0], [0.3], [0.2], 50, engine="brute").distance_km[0])
    assert len(match_points([0.0], [0.0], [0.3], [0.2], reach)) == 1
    assert len(match_points([0.0], [0.0], [0.3], [0.2], np.nextafter(reach, 0))) == 0


def test_counting_gives_the_number_of_pairs() -> None:
    points = adversarial(2000, 10)
    assert count_pairs(*points, 10) == len(match_points(*points, 10)) > 900


def test_coinciding_places_beyond_one_share_are_all_paired() -> None:
    many = np.full(2100, 38.0)
    assert count_pairs(many, many, many, many, 50) == 4_410_000
    assert sum(len(share) for share in iter_pairs(many, many, many, many, 50)) == 4_410_000


def test_empty_lists_give_no_pairs() -> None:
    assert len(match_points([], [], [1.0], [2.0], 50)) == 0
    assert len(match_points([1.0], [2.0], [], [], 50, engine="brute")) == 0
    assert count_pairs([], [], [], [], 50) == 0


@pytest.mark.parametrize(("lon", "lat"), [(float("nan"), 0.0), (0.0, float("inf")), (0.0, 90.1), (400.0, 0.0)])
def test_a_coordinate_that_is_no_place_is_refused_by_its_index(lon: float, lat: float) -> None:
    with pytest.raises(CoordinateError) as caught:
        match_points([1.0, 2.0], [1.0, 2.0], [5.0, 6.0, lon], [5.0, 6.0, lat], 50)
    assert caught.value.index == 2


@pytest.mark.parametrize("radius_km", [0.0, -1.0, float("nan"), float("inf")])
def test_a_radius_that_is_none_is_refused(radius_km: float) -> None:
    with pytest.raises(ValueError, match="radius"):
        iter_pairs([0.0], [0.0], [0.0], [0.0], radius_km)
