"""Where on the ground a place is that an article speaks of, and how far that may be off."""

from dataclasses import dataclass

from heritage.core.geodesy import destination
from heritage.reports.reading.gazetteer import Entry
from heritage.reports.reading.slots import Slot, Use

_TOWN_KM, _CITY_KM, _NEAR_KM, _OFFSET_SHARE = 3.0, 10.0, 5.0, 0.3
# Districts reach some 20 km from their chief town; whole provinces have no point at all.
_DISTRICT_KM = 20.0
_CITY_PEOPLE = 1_000_000


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on the ground with how far it may be off."""

    lon: float
    lat: float
    radius_km: float


def spot_of(entry: Entry, use: Use) -> Spot:
    """Where something is that happens at, near or so many kilometres from a place.

    Args:    entry: the place.  use: how the text uses its name.
    Returns: a point and a radius by the kind of place: a town 3 km, a large city 10, near one 5, the surroundings more.
    """
    if use.kind == "district":
        return Spot(entry.lon, entry.lat, _DISTRICT_KM)
    radius_km = entry.radius_km or (_CITY_KM if entry.population >= _CITY_PEOPLE else _TOWN_KM)
    if use.offset_km is not None:
        if use.bearing_deg is not None:
            lon, lat = destination([entry.lon], [entry.lat], [use.bearing_deg], [use.offset_km])
            return Spot(round(float(lon[0]), 5), round(float(lat[0]), 5), max(_NEAR_KM, _OFFSET_SHARE * use.offset_km))
        return Spot(entry.lon, entry.lat, max(_NEAR_KM, use.offset_km))
    if use.bearing_deg is not None:
        return Spot(entry.lon, entry.lat, max(_NEAR_KM, radius_km))
    if use.slot is Slot.NEAR:
        return Spot(entry.lon, entry.lat, max(_NEAR_KM, radius_km))
    return Spot(entry.lon, entry.lat, radius_km)
