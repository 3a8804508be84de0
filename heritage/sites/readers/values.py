"""From a cell of a register file to a value: texts without markup, numbers, years, positions, boundaries."""

import html
import json
import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import shapely

from heritage.core.files import unfit_text
from heritage.sites.domain import Geometry

LONGEST_NAME = 1_000
LONGEST_TEXT = 50_000
FIRST_YEAR, LAST_YEAR = 1, 2200

_BREAK = re.compile(r"<\s*(?:br\s*/?|/p|/div|/li)\s*>", re.IGNORECASE)
_TAG = re.compile(r"<(?:/?[A-Za-z][^<>]*|!--.*?--)>", re.DOTALL)
_NOT_PLAIN = re.compile("[<&]|  ")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_UNSTORABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class BadValue(ValueError):
    """One cell that cannot be used: the row is refused with this field and reason."""

    def __init__(self, field: str, reason: str, excerpt: Any = "") -> None:
        super().__init__(reason)
        self.field, self.reason, self.excerpt = field, reason, str(excerpt)[:200]


def is_blank(value: Any, nulls: Iterable[str] = ()) -> bool:
    """Whether a cell says nothing: null, blanks, not-a-number, an empty list, or a word that the file uses for null."""
    if isinstance(value, str):
        text = value.strip()
        return not text or text in nulls
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return isinstance(value, (list, tuple, dict)) and not value


def read_text(value: Any, field: str, most: int = LONGEST_TEXT) -> str:
    """A cell as plain text: no tags, no entities, blanks trimmed and runs of them made one, paragraphs kept.

    Raises: BadValue for a NUL, bytes that are no text, a nested value, or more than `most` characters.
    """
    if isinstance(value, str) and (plain := value.strip()).isascii() and plain.isprintable() and len(plain) <= most:
        # Most cells are so, and there may be millions.
        if not _NOT_PLAIN.search(plain):
            return plain
    elif is_blank(value):
        return ""
    if isinstance(value, (dict, list, tuple)):
        raise BadValue(field, "is not a text", value)
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    if reason := unfit_text(text):
        raise BadValue(field, reason, text.replace("\x00", "\ufffd").encode(errors="replace").decode())
    if len(text) > most:
        raise BadValue(field, f"is longer than {most:,} characters", text)
    return _plain(text)


def read_name(value: Any, field: str) -> str:
    """A name on one line.  Raises: BadValue as `read_text`."""
    text = read_text(value, field, LONGEST_NAME)
    return text.replace("\n", " ") if "\n" in text else text


def _plain(text: str) -> str:
    # Twice, because feeds escape their markup once more than needed; `<U>` stands inside words, so tags leave no blank.
    for _ in range(2):
        if "<" in text:
            text = _TAG.sub("", _BREAK.sub("\n", text))
        if "&" in text:
            text = html.unescape(text)
    # An entity may spell a NUL or half a pair of surrogates, which no database stores.
    text = _UNSTORABLE.sub(" ", text)
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n"))
    return "\n".join(line for line in lines if line).strip("\u200b\u200e\u200f\ufeff ")


def read_number(value: Any, field: str) -> float | None:
    """A number, None when blank; a decimal comma is understood.

    Raises: BadValue for anything else, infinity among it.
    """
    if is_blank(value):
        return None
    if isinstance(value, bool):
        raise BadValue(field, "is not a number", value)
    if isinstance(value, (int, float)):
        return _finite(value, field)
    text = str(value).strip().replace("\u2212", "-").replace("\u00a0", "")
    if _THOUSANDS.fullmatch(text) and (text.count(",") > 1 or "." in text):
        text = text.replace(",", "")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if len(text) > 40 or not text.isascii() or not _NUMBER.fullmatch(text):
        raise BadValue(field, "is not a number", value)
    return _finite(float(text), field)


def _finite(value: int | float, field: str) -> float:
    try:
        number = float(value)
    except OverflowError as error:
        raise BadValue(field, "is too large a number") from error
    if not math.isfinite(number):
        raise BadValue(field, "is not a finite number", value)
    return number


def read_year(value: Any, field: str, first: int = FIRST_YEAR, last: int = LAST_YEAR) -> int | None:
    """A calendar year, None when blank.  Raises: BadValue outside first..last; there was no year 0."""
    number = read_number(str(value)[:4] if _is_iso_date(value) else value, field)
    if number is None:
        return None
    if number != int(number) or not first <= number <= last:
        raise BadValue(field, f"is not a year between {first} and {last}", value)
    return int(number)


def _is_iso_date(value: Any) -> bool:
    return bool(re.match(r"\d{4}-\d{2}", str(value)))


def read_area(value: Any, field: str) -> float | None:
    """Hectares; 0 means unknown.  Raises: BadValue for a negative one or one larger than the Earth."""
    area_ha = read_number(value, field)
    if not area_ha:
        return None
    if not 0 < area_ha < 5.2e10:
        raise BadValue(field, "is not an area in hectares", value)
    return area_ha


def read_flag(value: Any, field: str) -> bool | None:
    """Yes or no in the ways that files write it, None when blank.  Raises: BadValue."""
    if is_blank(value):
        return None
    word = str(value).strip().lower()
    if word in {"1", "1.0", "true", "yes", "y", "t"}:
        return True
    if word in {"0", "0.0", "false", "no", "n", "f"}:
        return False
    raise BadValue(field, "is neither yes nor no", value)


def read_position(
    lon: Any, lat: Any, fields: tuple[str, str] = ("longitude", "latitude")
) -> tuple[float, float] | None:
    """lon and lat in degrees; None when blank or 0, 0, which is the sea off Africa and a null in disguise.

    Raises: BadValue naming the field that is out of range, or alone.
    """
    x, y = read_number(lon, fields[0]), read_number(lat, fields[1])
    if x is None and y is None:
        return None
    if x is None or y is None:
        raise BadValue(fields[0] if x is None else fields[1], "is missing while the other coordinate is there")
    if not -90 <= y <= 90:
        swapped = "; perhaps longitude and latitude are swapped" if abs(y) <= 180 and abs(x) <= 90 else ""
        raise BadValue(fields[1], f"{y:g} is not between -90 and 90{swapped}", lat)
    if not -180 <= x <= 180:
        raise BadValue(fields[0], f"{x:g} is not between -180 and 180", lon)
    return None if x == 0 and y == 0 else (x, y)


def read_boundary(geometry: Geometry, field: str = "geometry") -> Geometry:
    """A Polygon or MultiPolygon in two dimensions, valid; a self-crossing one is mended.

    Raises: BadValue when its coordinates are no outline on the Earth.
    """
    try:
        shape = shapely.force_2d(shapely.geometry.shape(geometry))
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
        raise BadValue(field, "is not a polygon", type(error).__name__) from error
    if shape.is_empty or shape.geom_type not in {"Polygon", "MultiPolygon"}:
        raise BadValue(field, "is an empty outline")
    _check_bounds(shape.bounds, field)
    if not shape.is_valid:
        shape = _mend(shape, field)
    # Through text, so that coordinates are lists as they come back from the database and not tuples.
    outline: Geometry = json.loads(shapely.to_geojson(shape))
    return outline


def _check_bounds(bounds: tuple[float, float, float, float], field: str) -> None:
    west, south, east, north = bounds
    if not all(map(math.isfinite, bounds)) or west < -180 or east > 180 or south < -90 or north > 90:
        raise BadValue(field, "has corners that are not on the Earth", bounds)


def _mend(shape: Any, field: str) -> Any:
    parts = [
        each for each in shapely.get_parts(shapely.make_valid(shape)) if each.geom_type in {"Polygon", "MultiPolygon"}
    ]
    if not parts:
        raise BadValue(field, "is an outline without an inside")
    return shapely.union_all(parts)
