"""What a field of a register was and would be, as people read it."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import Any

from flask_babel import gettext

from heritage.core.text import isolate
from heritage.sites.comparison import Change, shown
from heritage.sites.danger import DangerStay
from heritage.sites.domain import ConditionRecord, NameRecord
from heritage.sites.state import PartState
from heritage.web.i18n import country_name, day_text, language_name, number_text
from heritage.web.sentences import joined
from heritage.web.times import time_text
from heritage.web.words import word

# A metre at the equator.
_DIGITS = 5
_WORDS = {"category": "category", "region": "region", "disclosure": "disclosure"}


def was_and_would_be(change: Change) -> tuple[str, str]:
    """The two values of one difference, each "" where there is none.

    Of a part only what differs is said, and of several names or numbers only those that come or go.
    """
    old, new = _apart(change.old, change.new)
    was, would_be = _text(change.field, old), _text(change.field, new)
    if was != would_be:
        return was, would_be
    if isinstance(old, dict):
        return was, str(gettext("%(what)s, otherwise than now", what=would_be))
    # Values that differ by less than their words say stand as they are.
    return isolate(shown(old)), isolate(shown(new))


def _apart(old: Any, new: Any) -> tuple[Any, Any]:
    if isinstance(old, PartState) and isinstance(new, PartState):
        names = {f.name for f in fields(PartState) if getattr(old, f.name) != getattr(new, f.name)}
        if names & {"lon", "lat"}:
            names |= {"lon", "lat"}
        return {name: getattr(old, name) for name in names}, {name: getattr(new, name) for name in names}
    if _is_list(old) and _is_list(new):
        before, after = {_key(each) for each in old}, {_key(each) for each in new}
        gone, come = (tuple(x for x in old if _key(x) not in after), tuple(x for x in new if _key(x) not in before))
        return (gone, come) if gone or come else (old, new)
    return old, new


def _key(value: Any) -> Any:
    """What makes a name another one: not what kind of name it is taken for."""
    return (value.text, value.language) if isinstance(value, NameRecord) else value


def _is_list(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(each, (NameRecord, ConditionRecord, tuple)) for each in value)


def _text(field: str, value: Any) -> str:
    if isinstance(value, PartState):
        value = {f.name: getattr(value, f.name) for f in fields(PartState)}
    if isinstance(value, dict):
        return joined(list(_part(value)))
    if value is None or value in ((), ""):
        return ""
    if field == "point" and isinstance(value, tuple):
        return _point(*value)
    if isinstance(value, tuple):
        return joined([_one(field, each) for each in value])
    return _one(field, value)


def _one(field: str, value: Any) -> str:
    if isinstance(value, DangerStay):
        return _stay(value)
    if isinstance(value, NameRecord):
        language = language_name(value.language)
        return f"{isolate(value.text)} ({language})" if language else isolate(value.text)
    if isinstance(value, ConditionRecord):
        parts = (word("condition", value.state), isolate(value.original_value), time_text(value.observed))
        return " · ".join(part for part in parts if part.strip("\u2068\u2069"))
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, tuple):
        return isolate(" ".join(map(str, value)))
    if field == "criteria":
        return f"({value})"
    if field == "states_parties":
        return country_name(str(value))
    if field in _WORDS:
        return word(_WORDS[field], str(value))
    if isinstance(value, float):
        return _amount(value)
    return str(value) if isinstance(value, int) else isolate(str(value))


def _stay(stay: DangerStay) -> str:
    told = f"{time_text(stay.began.edtf)} – {time_text(stay.ended.edtf) if stay.ended else gettext('today')}"
    return f"{told} ({isolate(stay.raw)})" if stay.raw else told


def _point(lon: float, lat: float) -> str:
    """Latitude first, as on the dossier; never turned around."""
    return f"\u2066{number_text(lat, _DIGITS)}, {number_text(lon, _DIGITS)}\u2069"


def _amount(value: float) -> str:
    whole = value == int(value)
    return number_text(value, 0 if whole else 2)


def _part(told: dict[str, Any]) -> Iterator[str]:
    """What is said of a part: its name, place, area, whether outlines are held, since when it is none."""
    if told.get("name"):
        yield isolate(told["name"])
    if told.get("lon") is not None and told.get("lat") is not None:
        yield _point(told["lon"], told["lat"])
    if told.get("area_ha") is not None:
        yield str(gettext("%(area)s ha", area=_amount(told["area_ha"])))
    for name, text in (("boundary", gettext("boundary drawn")), ("buffer_zone", gettext("buffer zone drawn"))):
        if told.get(name):
            yield str(text)
    if told.get("withdrawn_on"):
        yield str(gettext("withdrawn %(day)s", day=day_text(told["withdrawn_on"])))
    if told.get("names"):
        yield from (_one("names", each) for each in told["names"])
