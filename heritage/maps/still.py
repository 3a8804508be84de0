"""A map that stands still: what a live one would first show, as shapes and words in a window, for a page or paper."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import asinh, atan, ceil, cos, degrees, floor, log10, pi, radians, sinh, sqrt, tan
from typing import Any

from heritage.maps.domain import Feature
from heritage.maps.towns import Town

WIDE = 1000
# Mercator shows no pole.
FARTHEST = 84.0
WORLD_BOUNDS = (-169.0, -56.0, 191.0, 78.0)
LANDSCAPE = 0.625
LOCAL = 0.75
# A map is at least so wide on a phone, and words that have room only on a larger one are said to.
NARROW_PX, ROOMY_PX = 320, 620
SUBURB_PX = 14.0
LETTER_PX, LINE_PX, BESIDE_PX, NAMED_BESIDE_PX = 6.6, 15.0, 7.0, 16.0
MOST_TOWNS, MOST_NAMED, MOST_MARKS = 24, 4, 60
# On a map of the world towns only crowd out what it is about.
TOWNS_BELOW_DEG = 40.0
KM_PER_DEG = 111.195
DISCS = ("buffer", "boundary", "extent", "circle")
LINES = ("vague", "ring")


@dataclass(frozen=True)
class Frame:
    """The window of a map: west, south, east, north in degrees, and how tall it is when a thousand wide."""

    west: float
    south: float
    east: float
    north: float
    tall: float

    def at(self, lon: float, lat: float, wide: float = WIDE) -> tuple[float, float]:
        """Where a point stands, from the window's upper left corner, on the turn of the globe nearest its middle."""
        middle = (self.west + self.east) / 2
        lon = middle + (lon - middle + 180) % 360 - 180
        scale = wide / radians(self.east - self.west)
        return (
            radians(lon - self.west) * scale,
            (_mercator(self.north) - _mercator(max(-FARTHEST, min(FARTHEST, lat)))) * scale,
        )

    def holds(self, x: float, y: float) -> bool:
        """Whether such a place is in the window."""
        return 0 <= x <= WIDE and 0 <= y <= self.tall

    @property
    def km_per_unit(self) -> float:
        """Kilometres across a thousandth of the width, in the middle of the window."""
        middle = radians(degrees(atan(sinh((_mercator(self.north) + _mercator(self.south)) / 2))))
        return (self.east - self.west) * KM_PER_DEG * cos(middle) / WIDE


def frame_around(bounds: Sequence[float], shape: float) -> Frame:
    """The window of a given shape around what must be in it.

    Args:    bounds: west, south, east, north in degrees.  shape: height by width.
    """
    west, south, east, north = bounds[0], max(-FARTHEST, bounds[1]), bounds[2], min(FARTHEST, bounds[3])
    wide, tall = radians(min(360.0, max(1e-3, east - west))), _mercator(north) - _mercator(south)
    wide = min(2 * pi, max(wide, tall / shape))
    lon, y = (west + east) / 2, (_mercator(north) + _mercator(south)) / 2
    low, high = y - wide * shape / 2, y + wide * shape / 2
    return Frame(lon - degrees(wide) / 2, _parallel(low), lon + degrees(wide) / 2, _parallel(high), WIDE * shape)


def _mercator(lat: float) -> float:
    return asinh(tan(radians(lat)))


def _parallel(y: float) -> float:
    return degrees(atan(sinh(y)))


@dataclass(frozen=True)
class Mark:
    """A point of a map: where, in percent of width and height, what kind, and what it is called."""

    x: float
    y: float
    kind: str
    level: int = 0
    name: str = ""
    radius: float = 0.0
    age: int = 0


@dataclass(frozen=True)
class Label:
    """A word beside a point: percents, the side it stands on, and whether it needs a roomy map."""

    x: float
    y: float
    text: str
    after: bool
    roomy: bool
    kind: str = "town"


@dataclass(frozen=True)
class Still:
    """Everything a map shows at first: shapes as SVG paths in a box a thousand wide, points and words in percent."""

    frame: Frame
    shapes: list[tuple[str, str]]
    dots: list[tuple[str, str]]
    marks: list[Mark]
    labels: list[Label]
    bar: tuple[float, float]

    @property
    def bounds(self) -> str:
        """The window as a live map takes it."""
        frame = self.frame
        return ",".join(f"{edge:.4f}" for edge in (frame.west, frame.south, frame.east, frame.north))


def draw(features: Iterable[Feature], frame: Frame, towns: Sequence[Town]) -> Still:
    """Draw what a live map is given into a window.

    Args:    features: GeoJSON, fit to be shown to whoever asks.  frame: the window.  towns: most people first.
    Returns: what to draw; nothing that lies outside the window.
    """
    listed = list(features)
    marks = _marks(listed, frame)
    # What is named first are the sites that call for most, then the towns.
    named = [m for m in sorted(marks, key=lambda m: -m.level) if m.kind == "site" and m.level >= 3][:MOST_NAMED]
    places = [*((m.x, m.y, m.name, "named") for m in named), *_town_places(towns, frame)]
    return Still(frame, _shapes(listed, frame), _dots(listed, frame), marks, _labels(places, marks, frame), _bar(frame))


def _points(features: Iterable[Feature], frame: Frame, *kinds: str) -> Iterable[tuple[float, float, dict[str, Any]]]:
    for feature in features:
        if feature["properties"]["kind"] in kinds and feature["geometry"]["type"] == "Point":
            x, y = frame.at(*feature["geometry"]["coordinates"][:2])
            if frame.holds(x, y):
                yield x, y, feature["properties"]


def _percent(x: float, y: float, frame: Frame) -> tuple[float, float]:
    return round(x / WIDE * 100, 2), round(y / frame.tall * 100, 2)


def _marks(features: list[Feature], frame: Frame) -> list[Mark]:
    found: dict[tuple[float, float, str], Mark] = {}
    # Of reports of one place the newest is the one that is drawn.
    newest_first = sorted(features, key=lambda feature: int(feature["properties"].get("age", 0)))
    for x, y, told in _points(newest_first, frame, "site", "cluster", "part", "incident"):
        kind, level = told["kind"], int(told.get("level", 0))
        if kind == "site" and not level:
            continue
        place = _percent(x, y, frame)
        words = " · ".join(part for part in (told.get("name", ""), told.get("about", "")) if part)
        radius = round(min(16.0, 2.5 + sqrt(told.get("count", 0)) / 2), 1) if kind == "cluster" else 0.0
        age = int(told.get("age", 0))
        mark = Mark(*place, kind, level, told.get("name", "") if level else words, radius, age)
        found.setdefault((*place, kind), mark)
    over = ("cluster", "incident", "part", "site")
    ordered = sorted(found.values(), key=lambda m: (over.index(m.kind), m.level, -m.age))
    levelled = [mark for mark in ordered if mark.level][-MOST_MARKS:]
    return [*(mark for mark in ordered if not mark.level), *levelled]


def _dots(features: list[Feature], frame: Frame) -> list[tuple[str, str]]:
    """Sites without a level: one path for all of a kind, for there may be thousands."""
    quiet: dict[str, set[tuple[int, int]]] = {"quiet": set(), "stay": set()}
    for x, y, told in _points(features, frame, "site"):
        if not told.get("level"):
            quiet["stay" if told.get("danger") else "quiet"].add((round(x), round(y)))
    return [(kind, "".join(f"M{x} {y}h0" for x, y in sorted(places))) for kind, places in quiet.items() if places]


def _shapes(features: list[Feature], frame: Frame) -> list[tuple[str, str]]:
    found = []
    for feature in features:
        kind = feature["properties"]["kind"]
        if kind in DISCS or kind in LINES:
            drawn = path(feature["geometry"], frame)
            if drawn:
                found.append((kind, drawn))
    return sorted(dict.fromkeys(found), key=lambda shape: (*DISCS, *LINES).index(shape[0]))


def path(geometry: dict[str, Any], frame: Frame, wide: int = WIDE) -> str:
    """A GeoJSON line or area as an SVG path in whole units; nothing where it lies wholly outside the window."""
    tall = frame.tall * wide / WIDE
    return "".join(_line(ring, closed, frame, wide, tall) for ring, closed in _rings(geometry))


def _rings(geometry: dict[str, Any]) -> list[tuple[Sequence[Sequence[float]], bool]]:
    at, kind = geometry.get("coordinates", []), geometry["type"]
    if kind == "LineString":
        return [(at, False)]
    if kind == "MultiLineString":
        return [(line, False) for line in at]
    if kind == "Polygon":
        return [(ring, True) for ring in at]
    if kind == "MultiPolygon":
        return [(ring, True) for polygon in at for ring in polygon]
    return [pair for part in geometry.get("geometries", []) for pair in _rings(part)]


def _line(ring: Sequence[Sequence[float]], closed: bool, frame: Frame, wide: int, tall: float) -> str:
    # Along a ring each corner stays on the turn of the one before, so that no line runs across the whole map.
    scale, top = wide / radians(frame.east - frame.west), _mercator(frame.north)
    start, _ = frame.at(ring[0][0], ring[0][1], wide)
    first = ring[0][0]
    places = [
        (
            round(start + radians(lon - first) * scale),
            round((top - _mercator(max(-FARTHEST, min(FARTHEST, lat)))) * scale),
        )
        for lon, lat, *_ in ring
    ]
    xs, ys = [x for x, _ in places], [y for _, y in places]
    if max(xs) < 0 or min(xs) > wide or max(ys) < 0 or min(ys) > tall:
        return ""
    steps, (x, y) = [], places[0]
    for new_x, new_y in places[1:]:
        if (new_x, new_y) != (x, y):
            steps.append(f"{new_x - x} {new_y - y}")
            x, y = new_x, new_y
    if len(steps) < (2 if closed else 1):
        return ""
    return f"M{places[0][0]} {places[0][1]}l{' '.join(steps)}{'z' if closed else ''}".replace(" -", "-")


def _town_places(towns: Sequence[Town], frame: Frame) -> list[tuple[float, float, str, str]]:
    if frame.east - frame.west > TOWNS_BELOW_DEG:
        return []
    found = []
    for town in towns:
        x, y = frame.at(town.lon, town.lat)
        if frame.holds(x, y):
            found.append((*_percent(x, y, frame), town.name, "town"))
    return found


Box = tuple[float, float, float, float]


def _labels(places: Sequence[tuple[float, float, str, str]], marks: Sequence[Mark], frame: Frame) -> list[Label]:
    """Each word where it covers no other and no mark: first on the smallest map, then what a roomy one has room for."""
    placed: list[Label] = []
    for wide, roomy in ((NARROW_PX, False), (ROOMY_PX, True)):
        taken = [_around(m.x, m.y, m.kind, frame, wide) for m in marks if m.kind in ("site", "part")]
        taken += [_box(label, frame, wide) for label in placed]
        done = {(label.x, label.y) for label in placed}
        for x, y, text, kind in places:
            if len(placed) >= MOST_TOWNS or (x, y) in done or (kind == "town" and _beside_another(x, y, placed, frame)):
                continue
            for after in (True, False):
                label = Label(x, y, text, after, roomy, kind)
                box = _box(label, frame, wide)
                own = _around(x, y, "site", frame, wide) if kind == "named" else None
                if _inside(box, frame, wide) and not any(_meet(box, other) for other in taken if other != own):
                    placed.append(label)
                    taken.append(box)
                    break
    return placed


def _beside_another(x: float, y: float, placed: Sequence[Label], frame: Frame) -> bool:
    """A suburb of a town that is named already says nothing more."""
    return any(
        abs(x - o.x) / 100 * ROOMY_PX < SUBURB_PX and abs(y - o.y) / 100 * ROOMY_PX * frame.tall / WIDE < SUBURB_PX
        for o in placed
        if o.kind == "town"
    )


def _around(x: float, y: float, kind: str, frame: Frame, wide: int) -> Box:
    reach = 11.0 if kind == "site" else 6.0
    px, py = x / 100 * wide, y / 100 * wide * frame.tall / WIDE
    return px - reach, py - reach, px + reach, py + reach


def _box(label: Label, frame: Frame, wide: int) -> Box:
    px, py = label.x / 100 * wide, label.y / 100 * wide * frame.tall / WIDE
    beside = BESIDE_PX if label.kind == "town" else NAMED_BESIDE_PX
    width = len(label.text) * LETTER_PX
    left = px + beside if label.after else px - beside - width
    return left, py - LINE_PX / 2, left + width, py + LINE_PX / 2


def _inside(box: Box, frame: Frame, wide: int) -> bool:
    return box[0] >= 2 and box[1] >= 2 and box[2] <= wide - 2 and box[3] <= wide * frame.tall / WIDE - 22


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _bar(frame: Frame) -> tuple[float, float]:
    """How long a bar of a round number of kilometres is, in percent of the width, and the number."""
    longest = frame.km_per_unit * WIDE * 0.3
    power = 10 ** floor(log10(longest))
    km = next(step * power for step in (5, 2, 1) if step * power <= longest)
    return round(km / (frame.km_per_unit * WIDE) * 100, 2), float(km if km >= 1 else ceil(km * 10) / 10)
