"""The finer coast and borders around a view, cut from the bundled world; no tile server is needed."""

import json
from functools import lru_cache
from typing import Any

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from heritage.maps.domain import Feature, View, collection, feature
from heritage.maps.still import Frame, path
from heritage.web.assets import DIST, built_name

# Cut to whole cells of this width, so that small moves of the view ask for what is already in memory.
CELL_DEG = 5
WIDEST_DEG = 60


@lru_cache(maxsize=2)
def _world(name: str) -> tuple[list[str], shapely.STRtree]:
    kinds: list[str] = []
    shapes: list[BaseGeometry] = []
    for item in json.loads((DIST / name).read_text(encoding="utf-8"))["features"]:
        for piece in shapely.get_parts(shape(item["geometry"])):
            kinds.append(item["properties"]["kind"])
            shapes.append(piece)
    return kinds, shapely.STRtree(shapes)


def cut(view: View) -> dict[str, Any]:
    """Land, borders and coasts in and around a view; nothing when the view is so wide that the coarse world does."""
    if view.east - view.west > WIDEST_DEG:
        return collection([])
    west, south = (int(edge // CELL_DEG) * CELL_DEG for edge in (view.west, view.south))
    east, north = (-int(-edge // CELL_DEG) * CELL_DEG for edge in (view.east, view.north))
    # A view that is a point on a cell's edge still has that cell.
    east, north = max(east, west + CELL_DEG), max(north, south + CELL_DEG)
    return _cut(built_name("world-50m.json"), west, south, east, north)


@lru_cache(maxsize=128)
def _cut(name: str, west: int, south: int, east: int, north: int) -> dict[str, Any]:
    features: list[Feature] = []
    # Each turn of the globe the view reaches into has the world once more.
    for turn in range((west + 180) // 360, (east + 180) // 360 + 1):
        features += _pieces(name, west - 360 * turn, south, east - 360 * turn, north, 360.0 * turn)
    return collection(features)


def _pieces(name: str, west: float, south: float, east: float, north: float, shift: float) -> list[Feature]:
    kinds, tree = _world(name)
    west, east = max(-180, west), min(180, east)
    # A view that ends on the antimeridian touches the next turn of the globe without showing any of it.
    if west >= east:
        return []
    box = shapely.box(west, south, east, north)
    found = []
    for index in sorted(tree.query(box)):
        piece = shapely.clip_by_rect(tree.geometries[index], *box.bounds)
        if not piece.is_empty:
            moved = shapely.transform(piece, lambda xy: xy + (shift, 0.0)) if shift else piece
            found.append(feature(mapping(moved), kind=kinds[index]))
    return found


@lru_cache(maxsize=128)
def paths(frame: Frame, wide: int) -> dict[str, str]:
    """Land, borders and coasts of a window as SVG paths.

    Args:    frame: the window.  wide: of the picture, in its units.
    Returns: kind to path; the coarse world for a wide window, the finer one for a small one.
    """
    name = built_name("world-110m.json" if frame.east - frame.west > WIDEST_DEG else "world-50m.json")
    drawn: dict[str, list[str]] = {"land": [], "border": [], "coast": []}
    for turn in range(int((frame.west + 180) // 360), int((frame.east + 180) // 360) + 1):
        shift = 360.0 * turn
        for piece in _pieces(name, frame.west - shift, frame.south, frame.east - shift, frame.north, shift):
            drawn[piece["properties"]["kind"]].append(path(piece["geometry"], frame, wide))
    return {kind: "".join(found) for kind, found in drawn.items()}
