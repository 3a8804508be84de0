"""Small pictures for letters: where sites with a level are, and a level day by day. No words: letters say them."""

import io
import json
import math
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

DIST = Path(__file__).resolve().parents[1] / "static" / "dist"
# Drawn at twice the size at which they are shown, for fine screens.
MAP_SIZE = (480, 270)
SPARK_SIZE = (150, 24)
LEAST_SPAN_DEG = 7.0
SEA, LAND, BORDER, EDGE = "#eef1f2", "#dcd7cc", "#a69f91", "#ffffff"
LEVELS = {0: "#8a8378", 1: "#5d6f78", 2: "#b9770e", 3: "#c04a12", 4: "#7c0f35"}


@dataclass(frozen=True)
class Dot:
    """A site on the map: a place that may be shown, in degrees, and its level."""

    lon: float
    lat: float
    level: int


@dataclass(frozen=True)
class _Frame:
    """What part of the world a map shows; degrees, west may lie beyond 180 where the map crosses the antimeridian."""

    west: float
    south: float
    width: float
    height: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """The pixel of a place."""
        across, down = 2 * MAP_SIZE[0], 2 * MAP_SIZE[1]
        return (lon - self.west) / self.width * across, (self.south + self.height - lat) / self.height * down


def draw_map(dots: Sequence[Dot]) -> bytes:
    """Sites on a map of the land and borders around them.

    Args:    dots: at least one.
    Returns: a PNG; the higher the level, the larger and the more pointed its sign: circle, square, triangle, diamond.
    """
    frame = _frame(dots)
    picture = Image.new("RGB", (2 * MAP_SIZE[0], 2 * MAP_SIZE[1]), SEA)
    canvas = ImageDraw.Draw(picture)
    for kind, line in _world():
        for turn in (-360.0, 0.0, 360.0):
            pixels = _seen(frame, line, turn)
            if pixels and kind == "land":
                canvas.polygon(pixels, fill=LAND)
            elif pixels:
                canvas.line(pixels, fill=BORDER, width=2)
    for dot in sorted(dots, key=lambda d: d.level):
        x, y = frame.at(_turned(dot.lon, frame), dot.lat)
        canvas.polygon(_sign(x, y, dot.level, 3), fill=EDGE)
        canvas.polygon(_sign(x, y, dot.level, 0), fill=LEVELS[dot.level])
    return _png(picture)


def draw_history(levels: Sequence[int]) -> bytes:
    """A level day by day, oldest first, as bars on a line.

    Args:    levels: 0 to 4, at least one.
    """
    width, height = 2 * SPARK_SIZE[0], 2 * SPARK_SIZE[1]
    picture = Image.new("RGB", (width, height), EDGE)
    canvas = ImageDraw.Draw(picture)
    step = width / len(levels)
    for day, level in enumerate(levels):
        tall = 3 if level == 0 else round((height - 4) * level / 4)
        canvas.rectangle(
            (round(day * step), height - tall, max(round(day * step), round((day + 1) * step) - 3), height - 1),
            fill=LEVELS[level],
        )
    return _png(picture)


def data_url(png: bytes) -> str:
    """A picture inside the address that shows it; the mail channel makes an attachment of it."""
    return "data:image/png;base64," + b64encode(png).decode()


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.quantize(32).save(file, "PNG", optimize=True)
    return file.getvalue()


def _frame(dots: Sequence[Dot]) -> _Frame:
    west, east = _arc(sorted(dot.lon for dot in dots))
    south, north = min(dot.lat for dot in dots), max(dot.lat for dot in dots)
    middle = (south + north) / 2
    # A degree of longitude is shorter than one of latitude away from the equator.
    squeeze = max(0.2, math.cos(math.radians(middle)))
    shape = MAP_SIZE[0] / MAP_SIZE[1]
    height = max((north - south) * 1.35, LEAST_SPAN_DEG, (east - west) * 1.35 * squeeze / shape)
    width = height * shape / squeeze
    if width >= 360.0 or height >= 175.0:
        return _Frame(-180.0, -90.0, 360.0, 180.0)
    south = max(-90.0, min(90.0 - height, middle - height / 2))
    return _Frame((west + east) / 2 - width / 2, south, width, height)


def _arc(lons: Sequence[float]) -> tuple[float, float]:
    """The shortest stretch that holds all longitudes; its end may lie beyond 180."""
    following = [*lons[1:], lons[0] + 360.0]
    widest = max(range(len(lons)), key=lambda n: following[n] - lons[n])
    first = (widest + 1) % len(lons)
    return lons[first], lons[widest] + (360.0 if widest < first else 0.0)


def _turned(lon: float, frame: _Frame) -> float:
    return next((lon + turn for turn in (0, 360, -360) if 0 <= lon + turn - frame.west <= frame.width), lon)


def _seen(frame: _Frame, line: Sequence[tuple[float, float]], turn: float) -> list[tuple[float, float]]:
    """The pixels of a line that may cross the frame; empty when it lies beside it."""
    lons, lats = [lon + turn for lon, _ in line], [lat for _, lat in line]
    beside = min(lons) > frame.west + frame.width or max(lons) < frame.west
    if beside or min(lats) > frame.south + frame.height or max(lats) < frame.south:
        return []
    return [frame.at(lon, lat) for lon, lat in zip(lons, lats, strict=True)]


def _sign(x: float, y: float, level: int, rim: int) -> list[tuple[float, float]]:
    size = 8 + 3 * level + rim
    corners = {4: 4, 3: 3, 2: 4}.get(level, 24)
    # A square stands on its side, a diamond and a triangle on or under their point.
    turned = math.pi / 4 if level == 2 else 0.0
    angles = [turned - math.pi / 2 + 2 * math.pi * n / corners for n in range(corners)]
    return [(x + size * math.cos(angle), y + size * math.sin(angle)) for angle in angles]


@cache
def _world() -> list[tuple[str, list[tuple[float, float]]]]:
    """Land and borders as bundled with the pages; nothing when they were never built: a letter still goes out."""
    try:
        names: Mapping[str, str] = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
        features = json.loads((DIST / names["world-50m.json"]).read_text(encoding="utf-8"))["features"]
    except (OSError, KeyError, ValueError):
        return []
    lines = [(f["properties"]["kind"], line) for f in features for line in _lines(f["geometry"])]
    # Land first, so that no border lies under it.
    return sorted(lines, key=lambda entry: entry[0] != "land")


def _lines(geometry: Mapping[str, object]) -> Iterable[list[tuple[float, float]]]:
    shapes: list[list[list[float]]] = []
    coordinates: list[list[list[float]]] = geometry["coordinates"]  # type: ignore[assignment]  # GeoJSON of our own build
    for shape in coordinates:
        # Of a polygon the outer ring: lakes are too small for a picture of this size.
        shapes.append(shape[0] if geometry["type"] == "MultiPolygon" else shape)  # type: ignore[arg-type]
    return [[(lon, lat) for lon, lat, *_ in shape] for shape in shapes]
