"""What the page of the design draws its larger components from: made up, and nothing that was ever reported."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from heritage.maps.still import Still, draw, frame_around
from heritage.maps.towns import Town
from heritage.sites.domain import ConditionState
from heritage.sites.models import Condition, Proposal, ProposalKind
from heritage.web.browse import Choice, Facet
from heritage.web.charts import Scale, danger_bands
from heritage.web.day import Day
from heritage.web.names import Called
from heritage.web.objects import Group
from heritage.web.overview import Slider
from heritage.web.site_facts import Stay
from heritage.web.timeline import TimeLine, Told, time_line
from heritage.web.words import word

DAYS = 120
# Far out at sea, so that nobody takes it for a place.
LON, LAT = -30.0, 0.0
_NEAR, _FAR = (-30.6, -0.3, -29.4, 0.3), (-70.0, -22.0, 10.0, 28.0)
_SHAPE = 0.625


def sample_slider(day: Day) -> Slider:
    """Some weeks up to the day shown."""
    return Slider(day.as_of - timedelta(days=42), day.as_of, day.as_of - timedelta(days=7))


def sample_time_line(last: date) -> TimeLine:
    """Every track with something on it: a stay whose begin is not sure, rising levels, reports, an unsure condition."""
    first = last - timedelta(days=DAYS - 1)

    def ago(days: int) -> date:
        return last - timedelta(days=days)

    # Which rises through every level there is, each for as long.
    levels = [(first + timedelta(days=n), n * 5 // DAYS, 0.0) for n in range(DAYS)]
    reports = [
        SimpleNamespace(kind="fighting", place_name="", occurred_from=ago(n), occurred_to=ago(n), incident_id=0)
        for n in (55, 41, 40, 22, 21, 21, 20, 9, 8, 3)
    ]
    condition = Condition(
        site_id=0, state=ConditionState.SLIGHT, observed_edtf="?", observed_from=ago(80), observed_to=ago(60),
        known_on=ago(60), recorded_at=datetime.combine(ago(60), time()),
    )  # fmt: skip
    moved = Group(word("red_list", "sculpture"), "3–5", "", "", ago(30), ago(18))
    stay = Stay(ago(100), ago(85), None, None, "", "")
    return time_line(Told([stay], levels, reports, [], [condition], [moved], ago(DAYS), False), first, last)


def sample_band(last: date) -> dict[str, Any]:
    """An official status over the years: listed, in danger twice, once from a year without a day."""
    first = date(last.year - 37, 1, 1)
    scale = Scale(first, last, 100.0)
    spells = [
        (
            date(last.year - 22, 1, 1),
            date(last.year - 22, 12, 31),
            date(last.year - 14, 7, 1),
            date(last.year - 14, 7, 1),
        ),
        (date(last.year - 3, 6, 20), date(last.year - 3, 6, 20), None, None),
    ]
    listed_x = scale.at(date(last.year - 35, 1, 1))
    return {
        "scale": scale,
        "bands": danger_bands(scale, spells),
        "listed_x": listed_x,
        "label": word("track", "status"),
    }


def sample_facets() -> list[Facet]:
    """One of which one value is chosen, one of which several are, with more behind it."""
    names = [Choice(str(n), word("level", n), 5 - n, n in (2, 3)) for n in range(5)]
    return [
        Facet("one", word("track", "level"), True, [Choice("", word("level", 0), None, False), *names[3:]], []),
        Facet("several", word("track", "level"), False, names[:3], names[3:4]),
    ]


def sample_proposals(day: Day, own_account: int | None) -> list[Proposal]:
    """One that waits for whoever looks, and one that they made themselves."""
    at = datetime.combine(day.as_of, time(12))
    made = (0, own_account) if own_account is not None else (0,)
    return [
        Proposal(
            id=n, site_id=0, kind=ProposalKind.CONDITION, proposed_by=f"A. N. Other (account {account})",
            proposed_by_account=account, proposed_at=at,
        )
        for n, account in enumerate(made)
    ]  # fmt: skip


@dataclass(frozen=True)
class SampleMap:
    """A map that stands still, of every kind of mark there is."""

    near: Still
    far: Still


def sample_map() -> SampleMap:
    """From near parts with rings, zones and circles; from far sites by level, without one, in danger, and counted."""
    near = [
        _area("buffer", LON - 0.1, LAT - 0.06, 0.2), _area("boundary", LON - 0.05, LAT - 0.03, 0.1),
        _area("extent", LON + 0.22, LAT + 0.1, 0.08), _area("circle", LON + 0.1, LAT - 0.02, 0.16),
        _line("ring", LON, LAT, 0.25), _line("vague", LON + 0.2, LAT - 0.1, 0.2),
        _point("part", LON, LAT), _point("part", LON + 0.26, LAT + 0.14), _point("incident", LON + 0.18, LAT + 0.06),
    ]  # fmt: skip
    far = [
        *(_point("site", LON - 16 + n * 8, LAT, level=n, name=word("level", n)) for n in range(1, 5)),
        _point("site", LON - 6, LAT - 10), _point("site", LON, LAT - 10, danger=True),
        _point("cluster", LON + 8, LAT - 10, count=120),
    ]  # fmt: skip
    town = Town(LON - 0.2, LAT - 0.15, "Alpha", 90_000)
    return SampleMap(draw(near, frame_around(_NEAR, _SHAPE), [town]), draw(far, frame_around(_FAR, _SHAPE), []))


def _point(kind: str, lon: float, lat: float, **more: Any) -> dict[str, Any]:
    return _feature(kind, {"type": "Point", "coordinates": [lon, lat]}, **more)


def _area(kind: str, lon: float, lat: float, wide: float) -> dict[str, Any]:
    ring = [[lon, lat], [lon + wide, lat], [lon + wide, lat + wide / 2], [lon, lat + wide / 2], [lon, lat]]
    return _feature(kind, {"type": "Polygon", "coordinates": [ring]})


def _line(kind: str, lon: float, lat: float, reach: float) -> dict[str, Any]:
    corners = ((-1, -0.5), (1, -0.5), (1, 0.5), (-1, 0.5), (-1, -0.5))
    return _feature(
        kind, {"type": "LineString", "coordinates": [[lon + x * reach, lat + y * reach] for x, y in corners]}
    )


def _feature(kind: str, geometry: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": {"kind": kind, **more}}


SAMPLE_NAMES = (Called("Alpha", "Ἄλφα"), Called("Beta"))
