"""Field types and validators that forms share: positions, country codes, dates in EDTF, GeoJSON areas."""

import json
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any

from flask_babel import lazy_gettext as _
from shapely.errors import ShapelyError
from shapely.geometry import shape
from wtforms import (
    Field,
    FloatField,
    Form,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from heritage.core.areas import CrossesItself, wrapped
from heritage.core.dates import parse_edtf
from heritage.core.errors import InvalidInput
from heritage.forms.reasons import told

Validator = Callable[[Form, Field], None]


class ChoicesField(SelectMultipleField):  # type: ignore[misc]  # wtforms has no types
    """Several of a few: check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NumberField(FloatField):  # type: ignore[misc]  # wtforms has no types
    """A number as people write it: a decimal comma is taken too, nothing stands for not known."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        # As people write it: 1640, not 1640.0.
        return "" if self.data is None else f"{self.data:.15g}"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number, or None from an empty field."""
        text = (valuelist[0] if valuelist else "").strip().replace("\u2212", "-").replace(",", ".")
        self.data = None
        if not text:
            return
        try:
            self.data = float(text)
        except ValueError:
            raise ValueError(self.gettext("Not a valid decimal value.")) from None
        if not isfinite(self.data):
            raise ValueError(self.gettext("Not a valid decimal value."))


class CodesField(StringField):  # type: ignore[misc]  # wtforms has no types
    """Country codes with commas or blanks between; kept as a list in capitals."""

    def _value(self) -> str:
        return ", ".join(self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the list, each code once."""
        words = (valuelist[0] if valuelist else "").replace(",", " ").upper().split()
        self.data = list(dict.fromkeys(words))


class AreaField(TextAreaField):  # type: ignore[misc]  # wtforms has no types
    """A GeoJSON polygon or multipolygon; nothing stands for not known."""

    def _value(self) -> str:
        return json.dumps(self.data) if isinstance(self.data, dict) else (self.data or "")

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the geometry, also out of a Feature."""
        text = (valuelist[0] if valuelist else "").strip()
        self.data = parse_area(text) if text else None


def graded(words: Mapping[Any, Any], grades: Iterable[Any]) -> list[SelectChoice]:
    """Choices of a grade by its letter or number and what it means.

    Args:    words: what each grade means.  grades: those to choose from, in their order.
    """
    return [
        SelectChoice(str(grade), _("%(grade)s: %(words)s", grade=str(grade), words=words[grade])) for grade in grades
    ]


def _no_number(name: str) -> float:
    # Python reads NaN and Infinity, which are no JSON and no place on Earth.
    raise ValueError(name)


def parse_area(text: str) -> dict[str, Any]:
    """Read a GeoJSON polygon or multipolygon; one that crosses the 180th meridian is cut there.

    Raises: ValueError with a reason for people.
    """
    try:
        document = json.loads(text, parse_constant=_no_number)
        geometry = document.get("geometry", document)
        drawn = shape(geometry)
        south, north = drawn.bounds[1::2]
        kind, empty = drawn.geom_type, drawn.is_empty
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError, ShapelyError):
        raise ValueError(str(_("This is not a GeoJSON polygon."))) from None
    if kind not in ("Polygon", "MultiPolygon") or empty:
        raise ValueError(str(_("This is not a GeoJSON polygon.")))
    if south < -90 or north > 90:
        raise ValueError(str(_("The polygon leaves the globe: longitude comes first, then latitude.")))
    try:
        kept = wrapped(geometry)
        crossed = not shape(kept).is_valid
    except CrossesItself:
        crossed = True
    except (ValueError, ShapelyError):
        raise ValueError(str(_("The polygon goes around the globe or a pole: give it in parts."))) from None
    if crossed:
        raise ValueError(str(_("The polygon crosses itself.")))
    return kept


def country_codes(form: Form, field: Field) -> None:
    """Every code has two letters."""
    for code in field.data or []:
        if len(code) != 2 or not code.isascii() or not code.isalpha():
            raise ValidationError(field.gettext(_("“%s” is not a two-letter country code.") % code))


def edtf(form: Form, field: Field) -> None:
    """A day, month, year or interval as EDTF writes them."""
    if field.data:
        try:
            parse_edtf(field.data)
        except InvalidInput as error:
            raise ValidationError(told(error)) from None


def whole_position(form: Form, field: Field) -> None:
    """Longitude and latitude come together or not at all."""
    if (form["lon"].data is None) != (form["lat"].data is None):
        raise ValidationError(str(_("Give both longitude and latitude, or neither.")))


def between(low: float, high: float) -> Validator:
    """A number, where there is one, lies between two others."""

    def check(form: Form, field: Field) -> None:
        if field.data is not None and not low <= field.data <= high:
            reason = _("Must be between %(low)s and %(high)s.", low=f"{low:g}", high=f"{high:g}")
            raise ValidationError(str(reason))

    return check


def without_controls(form: Form, field: Field) -> None:
    """Text that can be kept: no NUL and no other control character but line ends and tabs."""
    if any(ord(sign) < 32 and sign not in "\n\r\t" for sign in field.data or ""):
        raise ValidationError(str(_("There is a sign in it that cannot be kept.")))
