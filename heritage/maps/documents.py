"""What the maps show, as GeoJSON and standing still: sites with their levels, one site's surroundings, one incident."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import request
from sqlmodel import Session

from heritage.incidents.queries import get_incident
from heritage.maps.domain import (
    WORLD,
    Feature,
    View,
    age_class,
    bounds_around,
    circle,
    circle_line,
    collection,
    count_in_cells,
    feature,
    point,
    vertices,
)
from heritage.maps.queries import cells_in_view, count_in_view, named_sites, sites_in_view
from heritage.maps.still import LANDSCAPE, LOCAL, TOWNS_BELOW_DEG, WORLD_BOUNDS, Frame, Still, draw, frame_around
from heritage.maps.towns import Town, open_towns
from heritage.policy.disclosure import may_show_distance, public_point
from heritage.proximity.queries import list_near_site
from heritage.sites.models import Site
from heritage.sites.queries import get_site, parts_of
from heritage.web.browse import MOST_ON_MAP, found_ids, read_asked, register_columns
from heritage.web.day import Day, link
from heritage.web.i18n import page_language, span_text
from heritage.web.incident_page import near_sites
from heritage.web.names import local_names
from heritage.web.sentences import age_text
from heritage.web.state import current_rules, levels_on, remembered
from heritage.web.words import word

MOST_POINTS = MOST_ON_MAP
MOST_CELLS = 2500
MOST_CONSIDERED = 60
# What stands still is the whole world, with cells fine enough to be told apart there.
OPENING = View(-180, -90, 180, 90, 1)
ROUGHLY = View(-180, -90, 180, 90, 4)
MOST_INCIDENTS = 300
SHOWN_DAYS = 60
MOST_CIRCLES = 20
TIGHT_KM = 10  # a wider circle is drawn as its edge only: it says that the place is vague, not that it is everywhere


def sites_map(session: Session, view: View, day: Day, *, all_sites: bool = False) -> dict[str, Any]:
    """Sites in a view with the day's level, kept while the data do not change.

    Args:    all_sites: also where the address asks for some only.
    """
    asked = (page_language(), all_sites, view, *sorted(request.args.items(multi=True)))
    return remembered(session, day, ("map", asked), lambda: _sites_map(session, view, day, all_sites))


def _sites_map(session: Session, view: View, day: Day, all_sites: bool) -> dict[str, Any]:
    levels = levels_on(session, day)
    chosen = None if all_sites else found_ids(session, day)
    if chosen is None:
        return _everything(session, view, day, levels)
    if len(chosen) > MOST_POINTS:
        return _counted(session, view, day, chosen, levels)
    return _chosen(session, day, chosen.tolist(), levels)


def _chosen(session: Session, day: Day, ids: list[int], levels: Mapping[int, int]) -> dict[str, Any]:
    features = _sites(session, named_sites(session, ids, day.register_on, known_on=day.record_on), levels, WORLD)
    return collection(features, complete=True, **_bbox([item["geometry"]["coordinates"] for item in features]))


def _counted(session: Session, view: View, day: Day, ids: Any, levels: Mapping[int, int]) -> dict[str, Any]:
    """More than can be drawn one by one: numbers by cell, and by name what has a level, as on the map of everything."""
    columns = register_columns(session)
    rows = columns.among(ids)
    lon, lat = columns.lon[rows], columns.lat[rows]
    among = set(ids.tolist())
    flagged = [site for site in levels if site in among]
    named = _sites(session, named_sites(session, flagged, day.register_on, known_on=day.record_on), levels, view)
    cells = [
        feature(point(x, y), kind="cluster", count=number, level=0)
        for x, y, number in count_in_cells(view, lon, lat, limit=MOST_CELLS)
    ]
    # The first view is the one that is moved to what was found; cells of a degree or two are enough to know where.
    around = [cell[:2] for cell in count_in_cells(ROUGHLY, lon, lat, limit=len(ids))] if view.everywhere else []
    return collection([*cells, *named], complete=False, **_bbox(around))


def _bbox(corners: Sequence[Sequence[float]]) -> dict[str, Any]:
    return {"bbox": bounds_around(corners, 250)} if corners else {}


def _everything(session: Session, view: View, day: Day, levels: Mapping[int, int]) -> dict[str, Any]:
    number = count_in_view(session, view, day.register_on, limit=MOST_POINTS + 1)
    if number <= MOST_POINTS:
        rows = sites_in_view(session, view, day.register_on, known_on=day.record_on, limit=MOST_POINTS)
        return collection(_sites(session, rows, levels, view), complete=view.everywhere)
    cells = cells_in_view(session, view, day.register_on, limit=MOST_CELLS)
    counted = [
        feature(point(cell.lon, cell.lat), kind="cluster", count=cell.count, level=0)
        for cell in cells
    ]  # fmt: skip
    # What calls for attention is never lost in a number.
    flagged = _sites(session, named_sites(session, list(levels), day.register_on, known_on=day.record_on), levels, view)
    return collection([*counted, *flagged], complete=False)


def _sites(session: Session, rows: list[Any], levels: Mapping[int, int], view: View) -> list[Feature]:
    features = []
    local = local_names(session, [row.id for row in rows])
    for row in rows:
        shown = public_point(row.lon, row.lat, row.disclosure, row.grid_km)
        if shown is None or not view.contains(shown.lon, shown.lat):
            continue
        level = levels.get(row.id, 0)
        features.append(
            feature(
                point(shown.lon, shown.lat),
                kind="site",
                name=local.get(row.id, row.name),
                level=level,
                danger=bool(row.danger),
                about=word("level", level) if level else "",
                href=link("sites.dossier", slug=row.slug),
                site=row.slug,
            )
        )
    return features


def site_map(session: Session, found: Site, day: Day) -> dict[str, Any]:
    """One site's parts with their extent, rings around them, and where recent reports may lie; or its cell alone."""
    assert found.id is not None
    if not may_show_distance(found.disclosure):
        return _coarse(found)
    parts = [part for part in parts_of(session, found.id) if part.lon is not None and not part.withdrawn_on]
    since = day.as_of - timedelta(days=SHOWN_DAYS)
    events = list_near_site(
        session, found.id, known_on=day.known_on, since=since, until=day.as_of, limit=MOST_INCIDENTS
    )
    name = local_names(session, [found.id]).get(found.id, found.name)
    features = [*_parts(parts, name), *_rings(parts), *_incidents(events, day.as_of)]
    return collection(features, complete=True, bbox=_bounds(parts))


def _coarse(found: Any) -> dict[str, Any]:
    shown = public_point(found.lon, found.lat, found.disclosure, found.grid_km)
    if shown is None:
        return collection([], complete=True)
    width = shown.grid_km or 0
    features = [feature(circle(shown.lon, shown.lat, width / 2), kind="extent", name=found.name)]
    return collection(features, complete=True, bbox=bounds_around([(shown.lon, shown.lat)], width * 3))


def _parts(parts: list[Any], site_name: str) -> list[Feature]:
    features = []
    for part in parts:
        name = part.name or site_name
        if part.buffer_zone:
            features.append(feature(part.buffer_zone, kind="buffer", name=name))
        if part.boundary:
            features.append(feature(part.boundary, kind="boundary", name=name))
        elif part.extent_km:
            features.append(feature(circle(part.lon, part.lat, part.extent_km), kind="extent", name=name))
        features.append(feature(point(part.lon, part.lat), kind="part", name=name, about=part.ref))
    return features


def ring_distances() -> list[float]:
    """The distances at which the rules change their mind, from the nearest out, in km."""
    return sorted({rule.within_km for rule in current_rules().levels[:3] if rule.within_km >= 1})


def _rings(parts: list[Any]) -> list[Feature]:
    # Around a serial site of many parts the rings would only hide the map.
    if len(parts) > 12:
        return []
    return [
        feature(circle_line(part.lon, part.lat, radius + (part.extent_km or 0)), kind="ring")
        for part in parts
        for radius in ring_distances()
    ]


def _incidents(events: list[Any], as_of: date) -> list[Feature]:
    features = []
    for event in events:
        told = {
            "name": f"{word('kind', event.kind)} · {event.place_name or ''}".rstrip(" ·"),
            "about": f"{span_text(event.occurred_from, event.occurred_to)} · {age_text(event.occurred_to, as_of)}",
            "href": link("incidents.show", incident_id=event.incident_id),
            "age": age_class((as_of - event.occurred_to).days),
        }
        features.append(feature(point(event.lon, event.lat), kind="incident", **told))
    return [*_circles(events), *features]


def _circles(events: list[Any]) -> list[Feature]:
    # Forty reports of one town are one circle; forty on each other would be a black disc.
    places = {(event.lon, event.lat, event.radius_km) for event in events if event.radius_km}
    tightest = sorted(places, key=lambda place: (place[2], place))[:MOST_CIRCLES]
    return [feature(circle(*place), kind="circle" if place[2] <= TIGHT_KM else "vague") for place in tightest]


def _bounds(parts: list[Any]) -> list[float] | None:
    corners: list[Any] = [(part.lon, part.lat) for part in parts]
    for part in parts:
        corners += vertices(part.boundary)
    return bounds_around(corners, 18)


def incident_map(session: Session, incident_id: int, day: Day) -> dict[str, Any]:
    """One incident's uncertainty and the parts of sites around it that may be shown."""
    events = [row for row in get_incident(session, incident_id, known_on=day.known_on) if row.lon is not None]
    features = _incidents(events, day.as_of)
    near = [row.slug for row in near_sites(session, incident_id, day) if row.distance_km is not None]
    for slug in near:
        found = get_site(session, slug)
        assert found.id is not None
        name = local_names(session, [found.id]).get(found.id, found.name)
        features += _parts([part for part in parts_of(session, found.id) if part.lon is not None], name)
    return collection(features, complete=True, bbox=bounds_around([(e.lon, e.lat) for e in events], 40))


def still_of(document: Mapping[str, Any], shape: float) -> Still:
    """The same standing still, with the towns around it: its window follows only what the document shows."""
    frame = frame_around(document.get("bbox") or WORLD_BOUNDS, shape)
    return draw(document["features"], frame, towns_around(frame))


def site_still(session: Session, found: Site, day: Day) -> Still | None:
    """The first sight of one site's surroundings; None where no place of it may be shown."""
    document = site_map(session, found, day)
    return still_of(document, LOCAL) if document["features"] else None


def towns_around(frame: Frame) -> list[Town]:
    """The larger towns of a window that is small enough for their names."""
    if frame.east - frame.west > TOWNS_BELOW_DEG:
        return []
    view = View(frame.west, frame.south, frame.east, frame.north, 0)
    return open_towns().within(view, page_language(), limit=MOST_CONSIDERED)


def sites_still(session: Session, day: Day, *, all_sites: bool = False) -> Still:
    """The first sight of the map of sites, kept while the data do not change."""
    # Another page or order of a list is the same map.
    asked = (page_language(), None if all_sites else replace(read_asked(), sort="", page=1))

    def make() -> Still:
        return still_of(sites_map(session, OPENING, day, all_sites=all_sites), LANDSCAPE)

    return remembered(session, day, ("still", asked), make)
