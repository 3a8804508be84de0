"""Pictures of letters: small PNG files in which signs stand where they belong."""

import io
from itertools import pairwise

import pytest
from PIL import Image

from heritage.alerts import pictures
from heritage.alerts.pictures import Dot, draw_history, draw_map


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def middle_of(picture: Image.Image, level: int) -> tuple[float, float]:
    """The middle of all pixels in a level's colour, as shares of width and height."""
    wanted = tuple(int(pictures.LEVELS[level][n : n + 2], 16) for n in (1, 3, 5))
    near = [
        (x, y)
        for y in range(picture.height)
        for x in range(picture.width)
        if sum(abs(a - b) for a, b in zip(picture.getpixel((x, y)), wanted, strict=True)) < 24  # type: ignore[arg-type]
    ]
    assert near
    return sum(x for x, _ in near) / len(near) / picture.width, sum(y for _, y in near) / len(near) / picture.height


def test_one_site_stands_in_the_middle_of_its_map() -> None:
    x, y = middle_of(opened(draw_map([Dot(38.27, 34.55, 4)])), 4)
    assert (x, y) == (pytest.approx(0.5, abs=0.02), pytest.approx(0.5, abs=0.02))


@pytest.mark.parametrize(
    ("west", "east"),
    [(Dot(36.0, 34.0, 4), Dot(44.0, 34.0, 2)), (Dot(179.0, -17.0, 4), Dot(-178.0, -17.0, 2))],
)
def test_west_is_left_also_across_the_antimeridian(west: Dot, east: Dot) -> None:
    picture = opened(draw_map([east, west]))
    assert 0 < middle_of(picture, west.level)[0] < middle_of(picture, east.level)[0] < 1


def test_north_is_up() -> None:
    picture = opened(draw_map([Dot(38.0, 36.0, 4), Dot(38.0, 33.0, 2)]))
    assert middle_of(picture, 4)[1] < middle_of(picture, 2)[1]


@pytest.mark.parametrize(
    "dots",
    [
        [Dot(0.0, 90.0, 4)],
        [Dot(0.0, -90.0, 4)],
        [Dot(180.0, 0.0, 4), Dot(-180.0, 0.0, 4)],
        [Dot(-179.0, 60.0, 1), Dot(0.0, -60.0, 2), Dot(120.0, 5.0, 3), Dot(-120.0, 5.0, 4)],
        [Dot(38.0, 34.0, 4)] * 75,
    ],
)
def test_any_places_make_a_map(dots: list[Dot]) -> None:
    png = draw_map(dots)
    assert opened(png).size == (960, 540)
    assert len(png) < 60_000


def test_a_map_without_the_bundled_world_still_shows_the_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_world", list)
    assert middle_of(opened(draw_map([Dot(38.27, 34.55, 4)])), 4)


def test_bars_are_as_tall_as_their_level() -> None:
    picture = opened(draw_history([0, 1, 2, 3, 4]))

    def tall(day: int) -> int:
        x = int((day + 0.4) * picture.width / 5)
        return sum(picture.getpixel((x, y)) != (255, 255, 255) for y in range(picture.height))

    heights = [tall(day) for day in range(5)]
    assert all(lower < higher for lower, higher in pairwise(heights))
    assert heights[0] > 0
