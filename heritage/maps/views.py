"""Addresses of the maps: GeoJSON for those that move, pictures of the land for those that stand still."""

from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from heritage.core.text import without_overrides
from heritage.maps import basemap as world
from heritage.maps.documents import MOST_CONSIDERED, incident_map, site_map, sites_map
from heritage.maps.domain import collection, feature, parse_view, point
from heritage.maps.still import frame_around
from heritage.maps.towns import open_towns
from heritage.sites.queries import get_site
from heritage.web.assets import DIST, built_name
from heritage.web.day import current_day
from heritage.web.design import colours
from heritage.web.i18n import page_language
from heritage.web.state import open_session

blueprint = Blueprint("maps", __name__)

A_DAY_S = 86_400
# A picture of land is asked for again and again, by every reader of a page.
LAND_WIDE = 2000
TALLEST, SQUATTEST = 1.5, 0.25


def _geojson(document: dict[str, Any], max_age_s: int = 0) -> Response:
    response = Response(without_overrides(current_app.json.dumps(document, ensure_ascii=False)))
    response.mimetype = "application/geo+json"
    response.cache_control.private = True
    response.cache_control.max_age = max_age_s
    return response


@blueprint.get("/maps/basemap.geojson")
def basemap() -> Response:
    """Coasts and borders around a view."""
    response = _geojson(world.cut(parse_view(request.args.get("bbox"), request.args.get("zoom"))), A_DAY_S)
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/maps/land.svg")
def land() -> Response:
    """Sea, land, coasts and borders of a window as a picture, in the colours of either theme."""
    view = parse_view(request.args.get("bbox"), None)
    try:
        shape = min(TALLEST, max(SQUATTEST, float(request.args.get("shape", "1"))))
    except ValueError:
        shape = 1.0
    frame = frame_around((view.west, view.south, view.east, view.north), shape)
    theme = "dark" if request.args.get("theme") == "dark" else "light"
    sheet = (DIST / built_name("heritage.css")).read_text(encoding="utf-8")
    picture = render_template(
        "web/land.svg", wide=LAND_WIDE, tall=round(LAND_WIDE * frame.tall / 1000), colour=colours(sheet)[theme],
        paths=world.paths(frame, LAND_WIDE),
    )  # fmt: skip
    response = Response(picture, mimetype="image/svg+xml")
    response.cache_control.private = True
    response.cache_control.max_age = A_DAY_S
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/maps/towns.geojson")
def towns() -> Response:
    """The largest towns in a view, whatever else lies in it."""
    view = parse_view(request.args.get("bbox"), request.args.get("zoom"))
    found = open_towns().within(view, page_language(), limit=MOST_CONSIDERED)
    features = [feature(point(town.lon, town.lat), name=town.name) for town in found]
    return _geojson(collection(features), A_DAY_S)


@blueprint.get("/maps/sites.geojson")
def sites() -> Response:
    """Sites in a view with the day's level; counted by cell when they are too many to draw one by one."""
    view = parse_view(request.args.get("bbox"), request.args.get("zoom"))
    with open_session() as session:
        return _geojson(sites_map(session, view, current_day()))


@blueprint.get("/maps/sites/<slug>.geojson")
def site(slug: str) -> Response:
    """One site's surroundings."""
    with open_session() as session:
        return _geojson(site_map(session, get_site(session, slug), current_day()))


@blueprint.get("/maps/incidents/<int:incident_id>.geojson")
def incident(incident_id: int) -> Response:
    """One incident and the sites around it."""
    with open_session() as session:
        return _geojson(incident_map(session, incident_id, current_day()))
