"""Disclosure: what of a place may be shown."""

from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import text
from sqlmodel import Session

from heritage.policy.disclosure import KM_PER_DEGREE_LAT, Disclosure, may_show_distance, public_point
from heritage.sites.service import Act, create_site

NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)


def test_a_public_place_is_shown_as_it_is() -> None:
    point = public_point(38.2667, 34.5542, Disclosure.PUBLIC, None)
    assert point is not None
    assert (point.lon, point.lat, point.grid_km) == (38.2667, 34.5542, None)


def test_a_hidden_or_unknown_place_has_no_point() -> None:
    assert public_point(38.2667, 34.5542, Disclosure.HIDDEN, 5) is None
    assert public_point(None, None, Disclosure.PUBLIC, None) is None


@pytest.mark.parametrize("grid_km", [1, 5, 10])
def test_all_places_of_one_cell_look_alike(grid_km: float) -> None:
    first = public_point(38.2667, 34.5542, Disclosure.GENERALISED, grid_km)
    assert first is not None
    # Any other place within the same cell, here one close to its centre.
    again = public_point(first.lon + 1e-4, first.lat - 1e-4, Disclosure.GENERALISED, grid_km)
    assert again == first


@pytest.mark.parametrize(("lon", "lat"), [(0, 0), (180, 0), (-180, -89.99), (179.999, 89.999), (38.3, 34.6)])
def test_the_shown_point_lies_within_half_a_diagonal_of_the_true_one(lon: float, lat: float) -> None:
    point = public_point(lon, lat, Disclosure.GENERALISED, 10)
    assert point is not None
    assert abs(point.lat - lat) * KM_PER_DEGREE_LAT <= 5.001
    assert -180 <= point.lon <= 180
    assert -90 <= point.lat <= 90


def test_distances_are_shown_of_public_places_only() -> None:
    assert [may_show_distance(kind) for kind in Disclosure] == [True, False, False]


def test_the_database_generalises_as_the_policy_does(session: Session) -> None:
    chance = np.random.default_rng(1)
    for number in range(300):
        lon, lat = float(chance.uniform(-180, 180)), float(chance.uniform(-90, 90))
        disclosure, grid = chance.choice(["public", "generalised", "hidden"]), chance.choice([None, 1.0, 5.0, 10.0])
        name = f"Place {number}"
        how = {"disclosure": Disclosure(disclosure), "grid_km": grid}
        create_site(session, Act(NOON), name=name, lon=lon, lat=lat, **how)
        session.flush()
        kept = session.execute(text("select public_lon, public_lat from site where name = :name"), {"name": name}).one()
        shown = public_point(lon, lat, disclosure, grid)
        expected = (None, None) if shown is None else (shown.lon, shown.lat)
        assert tuple(kept) == (expected if shown is None else pytest.approx(expected, abs=1e-5)), (lon, lat, how)
