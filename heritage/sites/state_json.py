"""Fields of a place as JSON and back: how a change remembers what was there before."""

import json
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from heritage.policy.disclosure import Disclosure
from heritage.sites.danger import DangerStay, Turn
from heritage.sites.domain import Category, ConditionRecord, ConditionState, NameRecord
from heritage.sites.state import PartState, SiteState


def to_json(value: Any) -> Any:
    """A field of a state as JSON: dataclasses as objects, days as ISO text."""
    if hasattr(value, "__dataclass_fields__"):
        value = asdict(value)
    return json.loads(json.dumps(value, default=_encode))


def _encode(value: Any) -> Any:
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value.isoformat()


def from_json(field: str, value: Any) -> Any:
    """The other way: a field's value from what `to_json` made of it."""
    if value is None:
        return () if field in {"danger", "names", "conditions", "identifiers"} else None
    if field in {"listed_from", "listed_until"}:
        return date.fromisoformat(value)
    if field.startswith("part "):
        withdrawn = value["withdrawn_on"] and date.fromisoformat(value["withdrawn_on"])
        return PartState(**value | {"withdrawn_on": withdrawn, "names": tuple(NameRecord(**n) for n in value["names"])})
    if field == "danger":
        return tuple(DangerStay(_turn(d["began"]), d["ended"] and _turn(d["ended"]), d["raw"]) for d in value)
    if field == "names":
        return tuple(NameRecord(**n) for n in value)
    if field == "conditions":
        return tuple(ConditionRecord(**c | {"state": ConditionState(c["state"])}) for c in value)
    if field == "identifiers":
        return tuple((scheme, text) for scheme, text in value)
    return tuple(value) if isinstance(value, list) else value


def _turn(value: dict[str, Any]) -> Turn:
    earliest, latest = date.fromisoformat(value["earliest"]), date.fromisoformat(value["latest"])
    return Turn(earliest, latest, value["edtf"], value["decision"])


def with_field(state: SiteState, field: str, value: Any) -> SiteState:
    """A state with one field, or one part (`part REF`; None removes it), set back to what `from_json` gave."""
    if not field.startswith("part "):
        kind = {"category": Category, "disclosure": Disclosure}.get(field)
        changed: dict[str, Any] = {field: kind(value) if kind else value}
        return replace(state, **changed)
    ref = field.removeprefix("part ")
    parts = [p for p in state.parts if p.ref != ref] + ([value] if value else [])
    return replace(state, parts=tuple(sorted(parts, key=lambda p: p.ref)))
