"""Lists of objects from CSV and XLSX: which column says what, what a list would change, and taking it."""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from heritage.artefacts.boxes import Laid, settle_boxes
from heritage.artefacts.domain import OBJECT_ID, Kind, Movability, RedList, ValueClass
from heritage.artefacts.models import Artefact, Institution
from heritage.artefacts.queries import things
from heritage.artefacts.service import (
    FREE_FIELDS,
    Hand,
    checked,
    edit_artefact,
    lock_institution,
    new_code,
    part_id_of,
    site_id_of,
)
from heritage.audit.imports import ImportReport, record_import
from heritage.core.errors import HeritageError, InvalidInput, UnusableFile
from heritage.core.files import open_source, unfit_text
from heritage.core.refusals import RowRefusal
from heritage.core.text import fold
from heritage.sites.domain import ConditionState
from heritage.sites.readers.containers import Row, RowFile, open_rows

KIND = "artefacts"
MOST_OBJECTS = 100_000
MOST_CHARS = 20_000
EXCERPT = 60
BOX = "container"

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
class ObjectList:
    """A list that was opened: its rows, its columns, and which column says what."""

    rows: RowFile
    mapping: Mapping[str, str]
    file_name: str
    sha256: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """One row that can be taken: the fields it names, and by what it is known again."""

    row: int
    key: str
    values: dict[str, Any]
    box: str = ""


@dataclass
class Comparison:
    """What a list would bring: new objects, changed ones with the fields, and rows refused with the reason."""

    opened: ObjectList
    read: int = 0
    added: list[Draft] = field(default_factory=list)
    changed: list[tuple[Artefact, Draft, list[str]]] = field(default_factory=list)
    same: list[Draft] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)
    # By the key of a row: the key or the id of the box it comes to lie in.
    boxes: dict[str, str | int] = field(default_factory=dict)

    def refuse(self, key: str) -> None:
        """Take a row out of what would be taken."""
        self.added = [one for one in self.added if one.key != key]
        self.changed = [line for line in self.changed if line[1].key != key]
        self.same = [one for one in self.same if one.key != key]

    def change(self, held: Artefact, key: str) -> None:
        """Count a row as changed that only comes to lie in another box."""
        for at, (one, draft, names) in enumerate(self.changed):
            if draft.key == key:
                self.changed[at] = (one, draft, [*names, BOX])
                return
        draft = next(one for one in self.same if one.key == key)
        self.same = [one for one in self.same if one.key != key]
        self.changed.append((held, Draft(draft.row, key, {}, draft.box), [BOX]))

    def report(self, *, dry_run: bool) -> ImportReport:
        """The import report of the command line's contract."""
        return ImportReport(
            read=self.read, added=len(self.added), changed=len(self.changed), unchanged=len(self.same),
            refused=len({one.row for one in self.refusals}), refusals=self.refusals, dry_run=dry_run,
            notes=list(self.opened.notes),
        )  # fmt: skip


def open_list(path: Path | str, mapping: Mapping[str, str] | None = None) -> ObjectList:
    """Open a list of objects.

    Args:    path: CSV, TSV, XLSX or XLS.  mapping: column by field; by default recognised from the headings.
    Raises:  UnusableFile when nothing of it can be taken; InvalidInput for a mapping that names no such column.
    """
    source = open_source(path)
    rows = open_rows(source)
    chosen = dict(mapping) if mapping is not None else guess(rows.columns)
    absent = sorted(column for column in chosen.values() if column not in rows.columns)
    if absent:
        raise InvalidInput(f"mapping: the file has no column “{absent[0]}”; it has {', '.join(rows.columns)[:300]}.")
    if not set(chosen) & {"title", "object_type", "inventory_number", "description"}:
        raise UnusableFile(
            f"{source.name} has no column that says what an object is. Its columns: {', '.join(rows.columns)[:300]}. "
            f"Say which column is which (--mapping), with these fields: {', '.join(FIELDS)}."
        )
    return ObjectList(rows, chosen, source.name, source.sha256, tuple(source.notes))


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Which column says what, by the headings; a field's own name before its other ones, and no column twice."""
    folded = {fold(column): column for column in reversed(columns) if fold(column)}
    found: dict[str, str] = {}
    for headings in ({name: (fold(name),) for name in FIELDS}, HEADINGS):
        for name in FIELDS:
            for heading in headings[name]:
                column = folded.get(heading)
                if name not in found and column is not None and column not in found.values():
                    found[name] = column
    return found


def load_mapping(path: Path) -> dict[str, str]:
    """A mapping file in TOML: `title = "Denomination"`, a line a field.

    Raises:  InvalidInput naming what cannot be used.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"The mapping {path.name} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The mapping {path.name} is not TOML: {error}.") from error
    return check_mapping(values)


def check_mapping(values: Mapping[str, Any]) -> dict[str, str]:
    """Raises: InvalidInput for a field that is not known, or a column that is no text."""
    for name, column in values.items():
        if name not in FIELDS:
            raise InvalidInput(f"mapping: {name} is no field; known: {', '.join(FIELDS)}.")
        if not isinstance(column, str):
            raise InvalidInput(f"mapping: {name} needs the name of a column.")
    return {name: column for name, column in values.items() if column}


def compare(session: Session, institution: Institution, opened: ObjectList) -> Comparison:
    """Read a list to its end against what is held; nothing is written.

    Returns: what it would bring; rows that cannot be taken are refused with row, field and reason.
    """
    found, held, seen = Comparison(opened), _held(session, institution), dict[str, int]()
    laid: dict[str, Row] = {}
    reader = _Reader(session, opened.mapping)
    for row in opened.rows.rows():
        found.read += 1
        if found.read > MOST_OBJECTS:
            raise UnusableFile(f"{opened.file_name} has more than {MOST_OBJECTS:,} rows; divide it.")
        try:
            draft = reader.read(row)
            if draft.key in seen:
                raise InvalidInput(f"inventory_number: this cannot be told from row {seen[draft.key]}.")
            seen[draft.key] = row.number
            _sort_in(found, held.get(draft.key), draft)
            if draft.box:
                laid[draft.key] = row
        except HeritageError as error:
            found.refusals.append(_refusal(row, str(error), opened.mapping))
    if laid:
        _lay(session, institution, found, held, laid)
    return found


def _lay(
    session: Session, institution: Institution, found: Comparison, held: Mapping[str, Artefact], laid: Mapping[str, Row]
) -> None:
    """Find the box of each row that names one; a row whose box cannot be is refused, and so is what lies in it."""
    assert institution.id is not None
    kept = things(session, institution.id)
    known = {key: one.id for key, one in held.items() if one.id is not None}
    known |= {thing.code: thing.id for thing in kept.values()}
    while True:
        drafted = {each.key: _laid(each, held.get(each.key)) for each in _drafts(found)}
        naming = {key: drafted[key] for key in laid if key in drafted and drafted[key].box}
        found.boxes, against = settle_boxes(naming, drafted, kept, known)
        if not against:
            break
        for key, reason in against.items():
            found.refusals.append(_refusal(laid[key], f"container: {reason}", found.opened.mapping))
            found.refuse(key)
    for key, box in found.boxes.items():
        one = held.get(key)
        if one is not None and one.container_id != (known.get(box) if isinstance(box, str) else box):
            found.change(one, key)


def _drafts(found: Comparison) -> Iterator[Draft]:
    yield from found.added
    yield from (draft for _, draft, _ in found.changed)
    yield from found.same


def _laid(draft: Draft, held: Artefact | None) -> Laid:
    values = draft.values
    kind = Kind(values.get("kind") or (held.kind if held else Kind.OBJECT))
    movability = values.get("movability") or (held.movability if held else Movability.MOVABLE)
    return Laid(draft.row, draft.key, draft.box, kind, Movability(movability), held.id if held else None)


def _held(session: Session, institution: Institution) -> dict[str, Artefact]:
    """What is held, by how a row would be known again; what a person entered is met by its inventory number."""
    query = select(Artefact).where(Artefact.institution_id == institution.id).order_by(col(Artefact.id).desc())
    kept = list(session.exec(query))
    by_number = {f"number:{one.inventory_number}": one for one in kept if one.inventory_number}
    return by_number | {one.natural_key: one for one in kept if one.natural_key}


def _sort_in(found: Comparison, held: Artefact | None, draft: Draft) -> None:
    if held is None:
        values = checked({"kind": Kind.OBJECT, **draft.values})
        found.added.append(Draft(draft.row, draft.key, values, draft.box))
        return
    now = {name: getattr(held, name) for name in FREE_FIELDS}
    given = checked(now | draft.values)
    different = sorted(name for name in draft.values if given[name] != now[name])
    if different:
        changes = Draft(draft.row, draft.key, {name: given[name] for name in different}, draft.box)
        found.changed.append((held, changes, different))
    else:
        found.same.append(draft)


def take(
    session: Session, hand: Hand, institution: Institution, found: Comparison, *, started_at: datetime
) -> tuple[int, ImportReport]:
    """Take what a comparison found, all good rows in this transaction.

    Returns: the number of the import and its report.
    """
    assert institution.id is not None
    lock_institution(session, institution.id)
    session.add_all(
        Artefact(
            code=new_code(), institution_id=institution.id, natural_key=one.key, recorded_at=hand.now, **one.values
        )
        for one in found.added
    )
    session.flush()
    kept = []
    for held, draft, names in found.changed:
        try:
            if draft.values:
                edit_artefact(session, hand, held, **draft.values)
            kept.append((held, draft, names))
        except HeritageError as error:
            found.refusals.append(RowRefusal(draft.row, names[0], str(error)))
    found.changed = kept
    _put_in_boxes(session, institution, found)
    report = found.report(dry_run=False)
    run_id = record_import(
        session, kind=KIND, source=institution.code, file_name=found.opened.file_name, sha256=found.opened.sha256,
        release=None, report=report, started_at=started_at, finished_at=hand.now,
    )  # fmt: skip
    counts = {"added": report.added, "changed": report.changed, "refused": report.refused}
    hand.write(session, "artefacts.import", f"import:{run_id}", institution=institution.code, **counts)
    return run_id, report


def _put_in_boxes(session: Session, institution: Institution, found: Comparison) -> None:
    """Lay what was taken into the boxes that were found for it; the comparison has seen that none is a circle."""
    if not found.boxes:
        return
    taken = _held(session, institution)
    by_id = {one.id: one for one in taken.values()}
    for key, box in found.boxes.items():
        one, into = taken.get(key), taken.get(box) if isinstance(box, str) else by_id.get(box)
        if one is not None and into is not None and one.container_id != into.id:
            one.container_id = into.id
            session.add(one)
    session.flush()


class _Reader:
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
            text = _text(row.fields.get(column))
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


def _text(value: Any) -> str:
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


def _refusal(row: Row, said: str, mapping: Mapping[str, str]) -> RowRefusal:
    name, _, reason = said.partition(": ")
    if name not in FIELDS and name not in FREE_FIELDS:
        return RowRefusal(row.number, None, said)
    column = mapping.get(name)
    return RowRefusal(row.number, name, reason, _text(row.fields.get(column))[:EXCERPT] if column else "")
