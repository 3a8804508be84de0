"""Steps that every register reader shares: names, countries, a position weighed against its country, refusals."""

import re
from collections.abc import Iterable
from typing import Any

from heritage.core.refusals import RowRefusal
from heritage.core.text import script_of
from heritage.sites.domain import Category, NameKind, NameRecord
from heritage.sites.readers.countries import country_code, lies_in
from heritage.sites.readers.values import BadValue, is_blank, read_name, read_text

# Far enough to be sure that the country is wrong and not only its coarse outline.
SWAP_MARGIN_DEGREES = 1.0

_CRITERIA = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_CATEGORIES = {
    "cultural": Category.CULTURAL,
    "natural": Category.NATURAL,
    "mixed": Category.MIXED,
    "c": Category.CULTURAL,
    "n": Category.NATURAL,
    "m": Category.MIXED,
    "c/n": Category.MIXED,
}
_FORMULA = re.compile(r"[=+@]|-[^\s\d]")


def refuse(row: int, error: BadValue) -> RowRefusal:
    """The refusal that a bad cell becomes."""
    return RowRefusal(row, error.field, f"{error.field} {error.reason}", error.excerpt)


def make_name(text: str, language: str | None, kind: NameKind) -> NameRecord:
    """A name with its script told from its letters; a language counts only in a script that it can be written in."""
    return NameRecord(text, language, script_of(text), kind)


def split_list(value: Any, separator: str = ",") -> list[str]:
    """A cell of several values, or a list, as texts; holes are left out."""
    items = value if isinstance(value, list) else str(value or "").split(separator)
    return [str(item).strip() for item in items if not is_blank(item)]


def read_countries(value: Any, field: str) -> tuple[tuple[str, ...], list[str]]:
    """ISO codes, and those words of the cell that are none."""
    codes, unknown = [], []
    for word in split_list(value):
        code = country_code(read_text(word, field))
        codes.append(code) if code else unknown.append(word)
    return tuple(dict.fromkeys(codes)), unknown


def weigh_position(
    position: tuple[float, float] | None, countries: Iterable[str], field: str = "latitude"
) -> list[str]:
    """Whether a position fits its countries.

    Returns: warnings: none when it fits or nothing can be said; one when it lies outside.
    Raises:  BadValue when it lies far outside and the same numbers exchanged lie inside.
    """
    states = tuple(countries)
    if position is None or lies_in(*position, states) is not False:
        return []
    lon, lat = position
    if lies_in(lon, lat, states, SWAP_MARGIN_DEGREES) is False and abs(lon) <= 90 and lies_in(lat, lon, states, 0.0):
        raise BadValue(
            field,
            f"{lat:g} with longitude {lon:g} lies outside {', '.join(states)}; the two are probably swapped",
            position,
        )
    return [f"the position {lon:g}, {lat:g} lies outside {', '.join(states)}"]


def read_title(value: Any, field: str) -> tuple[str, list[str]]:
    """A place's main name, and a warning when a spreadsheet would take it for a formula.

    Raises: BadValue when there is none, or it is no name.
    """
    name = read_name(value, field)
    if not name:
        raise BadValue(field, "is empty, so the place has no name")
    warnings = [f"the name {name[:40]} looks like a spreadsheet formula"] if _FORMULA.match(name) else []
    return name, warnings


def read_category(value: Any, column: str) -> Category:
    """UNESCO's kind of property, spelled out or by its letter; blank is unknown.  Raises: BadValue."""
    word = read_text(value, column).lower()
    if not word:
        return Category.UNKNOWN
    if word not in _CATEGORIES:
        raise BadValue(column, "is neither Cultural, Natural nor Mixed", value)
    return _CATEGORIES[word]


def read_criteria(value: Any) -> tuple[str, ...]:
    """The criteria of a cell such as `(ii)(iv)` or `ii, iv`, in its order.  Raises: BadValue."""
    found = tuple(dict.fromkeys(re.findall(r"\w+", read_text(value, "criteria_txt").lower())))
    if not set(found) <= set(_CRITERIA):
        raise BadValue("criteria_txt", "is not a list such as (ii)(iv)", value)
    return found
