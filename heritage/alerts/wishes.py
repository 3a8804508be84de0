"""Which sites a subscription is about: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shapely.geometry import MultiPoint, box, mapping, shape
from shapely.geometry.base import BaseGeometry

from heritage.core.errors import N_, UnusableField
from heritage.forms.fields import parse_area


@dataclass(frozen=True)
class Wish:
    """What one subscription asks for. No site, country and area means all; each given adds to the others."""

    subscription_id: int
    subscriber_id: int
    site_ids: frozenset[int] = frozenset()
    countries: frozenset[str] = frozenset()
    area: Mapping[str, Any] | None = None
    in_danger: bool = False
    min_level: int = 2


@dataclass(frozen=True)
class Place:
    """A site as wishes look at it. points: lon, lat that may be shown; none where the place is secret."""

    site_id: int
    countries: frozenset[str]
    in_danger: bool
    points: tuple[tuple[float, float], ...] = ()


def wants(wish: Wish, place: Place, level: int) -> bool:
    """Whether somebody wants to be told of a site at a level."""
    if level < wish.min_level or (wish.in_danger and not place.in_danger):
        return False
    if not wish.site_ids and not wish.countries and wish.area is None:
        return True
    if place.site_id in wish.site_ids or wish.countries & place.countries:
        return True
    # Asked last and of public points only: else a drawn area moved about would find a secret place.
    return wish.area is not None and bool(place.points) and bool(_drawn(wish.area).intersects(MultiPoint(place.points)))


def _drawn(area: Mapping[str, Any]) -> BaseGeometry:
    return shape(area)


def area_of_box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """A box as an area; one that crosses the 180th meridian becomes two.

    Args:    degrees, WGS 84; one that crosses has west > east, or an east beyond 180.
    Raises:  InvalidInput when it leaves the globe or has no height.
    """
    if -180 <= west <= 180 < east < west + 360:
        east -= 360
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90) or west == east:
        raise UnusableField("area", N_("Give west, south, east, north in degrees, south below north."))
    if west < east:
        return dict(mapping(box(west, south, east, north)))
    halves = [mapping(box(west, south, 180, north)), mapping(box(-180, south, east, north))]
    return {"type": "MultiPolygon", "coordinates": [half["coordinates"] for half in halves]}


def quiet_until(now: datetime, quiet: tuple[time, time] | None, time_zone: str) -> datetime | None:
    """When the quiet hours end that a moment lies in.

    Args:    now: aware.  quiet: from and to on a clock in the zone, may run over midnight.  time_zone: a known name.
    Returns: aware, in the zone; None when it is not quiet.
    """
    if quiet is None or quiet[0] == quiet[1]:
        return None
    local = now.astimezone(ZoneInfo(time_zone))
    begins, ends = quiet
    clock = local.time().replace(tzinfo=None)
    if begins < ends:
        if not begins <= clock < ends:
            return None
        day = local.date()
    else:
        if ends <= clock < begins:
            return None
        day = local.date() + (timedelta(days=1) if clock >= begins else timedelta(0))
    return datetime.combine(day, ends, tzinfo=ZoneInfo(time_zone))


def seen(points: Sequence[tuple[float | None, float | None]]) -> tuple[tuple[float, float], ...]:
    """The points that are known."""
    return tuple((lon, lat) for lon, lat in points if lon is not None and lat is not None)


def read_hours(text: str) -> tuple[time, time]:
    """Quiet hours as people write them.

    Args:    text: "22:00-07:00".
    Raises:  InvalidInput.
    """
    first, dash, last = text.replace("–", "-").partition("-")
    try:
        if not dash:
            raise ValueError
        return time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
    except ValueError:
        raise UnusableField("quiet", N_("Write the hours as 22:00-07:00.")) from None


def read_area(text: str) -> dict[str, Any]:
    """An area as people give it.

    Args:    text: "west,south,east,north" in degrees, GeoJSON, or the name of a file that holds GeoJSON.
    Raises:  InvalidInput saying what is wrong.
    """
    numbers = text.replace(";", ",").split(",")
    if len(numbers) == 4:
        try:
            west, south, east, north = (float(number) for number in numbers)
        except ValueError:
            raise UnusableField("area", N_("Four numbers with commas between are needed.")) from None
        return area_of_box(west, south, east, north)
    try:
        return parse_area(text if text.lstrip().startswith("{") else Path(text).read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableField("area", N_("The file cannot be read: %(strerror)s."), strerror=error.strerror) from None
    except ValueError as error:
        raise UnusableField("area", N_("This is no area that can be read (%(reason)s)."), reason=error) from None
