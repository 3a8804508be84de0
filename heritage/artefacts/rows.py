"""One row of a list of objects: which column says what, and its words as fields, each refused with its name."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from heritage.artefacts.domain import OBJECT_ID, Kind, Movability, RedList, ValueClass
from heritage.artefacts.service import part_id_of, site_id_of
from heritage.core.errors import InvalidInput
from heritage.core.files import unfit_text
from heritage.core.text import fold
from heritage.sites.domain import ConditionState
from heritage.sites.readers.containers import Row

MOST_CHARS = 20_000
EXCERPT = 60
# What a column may be called, folded; the field's own name always does.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "kind": ("type of record", "record type", "object or lot"),
    "inventory_number": ("inventory", "inventory no", "inv no", "inv", "number", "object number", "accession number",
                         "numero dinventaire", "numero d inventaire", "numero", "no inventaire", "n inventaire",
                         "ndeg dinventaire", "ndeg inventaire", "ndeg inv", "ndeg", "no"),
    "object_type": ("type of object", "object type", "object", "type", "classification", "objet", "type dobjet",
                    "type d objet"),
    "title": ("name", "titre", "object name", "denomination", "nom"),
    "materials": ("materials and techniques", "material", "matiere", "matieres", "materiaux", "technique"),
    "measurements": ("measurement", "dimensions", "size", "mesures"),
    "inscriptions": ("inscriptions and markings", "inscription", "markings", "marks"),
    "period": ("date or period", "date", "dating", "epoque", "periode", "century"),
    "maker": ("artist", "author", "auteur"),
    "subject": ("iconography", "sujet"),
    "features": ("distinguishing features", "distinguishing"),
    "description": ("desc", "notes", "note", "remarks"),
    "related": ("related objects", "related records", "cross reference", "literature"),
    "origin": ("place of origin", "provenance", "findspot", "place of discovery", "origine"),
    "documented_on": ("date documented", "documented", "recorded on"),
    "count": ("quantity", "qty", "number of objects", "pieces", "nombre", "quantite"),
    "movability": ("movable", "mobility", "portable", "can be moved"),
    "priority": ("evacuation priority", "priorite", "rank"),
    "value_class": ("value", "value category", "significance"),
    "red_list": ("red list category", "icom red list", "category", "categorie"),
    "packing_minutes": ("minutes to pack", "packing time", "time to pack", "pack minutes"),
    "weight_kg": ("weight", "kg", "poids"),
    "volume_l": ("volume", "litres", "liters"),
    "owner": ("property of", "proprietaire"),
    "condition": ("state", "etat", "condition state"),
    "condition_note": ("condition notes", "note on the condition"),
    "condition_on": ("condition date", "condition seen on"),
    "site": ("site of origin", "site slug", "heritage site", "world heritage site"),
    "container": ("box", "crate", "in box", "in container", "packed in", "lies in", "caisse", "boite", "contenant"),
    "part": ("part ref", "component", "part of the site"),
    "reported_moved": ("reported moved on",),
    "reported_by": ("source", "reported by whom"),
    "reported_grade": ("grade",),
}  # fmt: skip
FIELDS = tuple(HEADINGS)
_KINDS = {"object": Kind.OBJECT, "item": Kind.OBJECT, "lot": Kind.LOT, "group": Kind.LOT, "container": Kind.CONTAINER,
          "box": Kind.CONTAINER, "crate": Kind.CONTAINER, "element": Kind.ELEMENT}  # fmt: skip
_MOVABLE = {"yes": Movability.MOVABLE, "y": Movability.MOVABLE, "oui": Movability.MOVABLE, "true": Movability.MOVABLE,
            "no": Movability.IMMOVABLE, "n": Movability.IMMOVABLE, "non": Movability.IMMOVABLE,
            "false": Movability.IMMOVABLE, "equipment": Movability.WITH_EQUIPMENT,
            "movable with equipment": Movability.WITH_EQUIPMENT, "fixed": Movability.IMMOVABLE}  # fmt: skip
_CONDITIONS = {"good": ConditionState.NONE_SEEN, "intact": ConditionState.NONE_SEEN, "fair": ConditionState.SLIGHT,
               "poor": ConditionState.MODERATE, "bad": ConditionState.SEVERE}  # fmt: skip
_RED_LIST = {"figural sculpture": RedList.SCULPTURE, "architectural elements": RedList.ARCHITECTURE,
             "accessories and instruments": RedList.ACCESSORIES, "stamps and cylinder seals": RedList.SEALS,
             "tesserae and coins": RedList.TESSERAE_COINS, "coins": RedList.TESSERAE_COINS}  # fmt: skip
_VALUES: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "kind": (Kind, _KINDS),
    "movability": (Movability, _MOVABLE),
    "value_class": (ValueClass, {}),
    "red_list": (RedList, _RED_LIST),
    "condition": (ConditionState, _CONDITIONS),
}
_RANGE = re.compile(r"(\d{1,12})(?:\s*(?:-|–|—|\.\.|to|à)\s*(\d{1,12}))?")


@dataclass(frozen=True)
class Draft:
    """One row that can be taken: the fields it names, and by what it is known again."""

    row: int
    key: str
    values: dict[str, Any]
    box: str = ""


class RowReader:
    """Turns rows into drafts; remembers the sites it looked up."""

    def __init__(self, session: Session, mapping: Mapping[str, str]) -> None:
        self._session, self._mapping = session, mapping
        self._sites: dict[str, int] = {}

    def read(self, row: Row) -> Draft:
        """One row.  Raises: InvalidInput that begins with the field."""
        if row.problem:
            raise InvalidInput(row.problem)
        told = dict(self._told(row))
        values: dict[str, Any] = {name: text for name, text in told.items() if name in (*OBJECT_ID, *_PLAIN)}
        if "inventory_number" in values:
            values["inventory_number"] = _plain_number(values["inventory_number"])
        values |= {name: _one_of(name, told[name]) for name in _VALUES if name in told}
        values |= {
            name: _number(name, told[name]) for name in ("packing_minutes", "weight_kg", "volume_l") if name in told
        }
        values |= {name: _day(name, told[name]) for name in ("documented_on", "condition_on") if name in told}
        if "priority" in told:
            values["priority"] = _priority(told["priority"])
        if "count" in told:
            values["count_low"], values["count_high"] = _count(told["count"])
            if values["count_high"] > 1 and "kind" not in told:
                values["kind"] = Kind.LOT
        if "site" in told:
            values["site_id"] = self._site(told["site"])
        if "part" in told:
            values["part_id"] = part_id_of(self._session, values.get("site_id"), told["part"])
        return Draft(row.number, _key(values), values, _plain_number(told.get("container", "")))

    def _told(self, row: Row) -> Iterator[tuple[str, str]]:
        for name, column in self._mapping.items():
            text = text_of(row.fields.get(column))
            problem = unfit_text(text)
            if problem:
                raise InvalidInput(f"{name}: {problem}.")
            if len(text) > MOST_CHARS:
                raise InvalidInput(f"{name}: longer than {MOST_CHARS:,} signs.")
            if any(ord(sign) < 32 and sign not in "\n\r\t" for sign in text):
                raise InvalidInput(f"{name}: there is a sign in it that cannot be kept.")
            if text:
                yield name, text

    def _site(self, named: str) -> int:
        if named not in self._sites:
            self._sites[named] = site_id_of(self._session, named)
        return self._sites[named]


_NUMBERS = ("packing_minutes", "weight_kg", "volume_l")
_PLAIN = ("inventory_number", "owner", "condition_note", "reported_moved", "reported_by", "reported_grade")


def _plain_number(text: str) -> str:
    """A number without marks that nobody sees: with and without them it is the same object's."""
    return " ".join("".join(sign for sign in text if unicodedata.category(sign) != "Cf").split())


def text_of(value: Any) -> str:
    """A cell as text, whole numbers without their `.0`."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        value = value.date()
    return str(value).strip()


def _one_of(name: str, text: str) -> Any:
    words, synonyms = _VALUES[name]
    plain = fold(text)
    for value in words:
        if plain in (value.value, value.value.replace("_", " ")):
            return value
    if plain in synonyms:
        return synonyms[plain]
    raise InvalidInput(f"{name}: “{text[:EXCERPT]}” is none of {', '.join(words)}.")


def _number(name: str, text: str) -> float:
    try:
        number = float(text.replace(",", ".").replace("\u00a0", ""))
    except ValueError:
        raise InvalidInput(f"{name}: “{text[:EXCERPT]}” is not a number.") from None
    if not 0 < number < 1e7:
        raise InvalidInput(f"{name}: must be above 0 and below 10,000,000.")
    return number


def _priority(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5"}:
        raise InvalidInput(f"priority: “{text[:EXCERPT]}” is none of 1 (first) to 5 (last).")
    return int(text)


def _count(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text.replace("\u00a0", "").replace(" ", "").replace("'", ""))
    if match is None:
        raise InvalidInput(f"count: “{text[:EXCERPT]}” is neither a number nor a range such as 200-999.")
    return int(match[1]), int(match[2] or match[1])


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise InvalidInput(f"{name}: “{text[:EXCERPT]}” is not a day such as 2015-05-21.") from None


def _key(values: Mapping[str, Any]) -> str:
    if values.get("inventory_number"):
        return f"number:{values['inventory_number']}"
    told = [f"{name}={values[name]}" for name in sorted(values) if name in (*OBJECT_ID, "kind", "site_id", "part_id")]
    return "content:" + hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]
