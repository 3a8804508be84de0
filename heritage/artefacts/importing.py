"""Lists of objects from CSV and XLSX: which column says what, what a list would change, and taking it."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from heritage.artefacts.boxes import Laid, settle_boxes
from heritage.artefacts.domain import Kind, Movability
from heritage.artefacts.models import Artefact, Institution
from heritage.artefacts.queries import things
from heritage.artefacts.rows import EXCERPT, FIELDS, HEADINGS, Draft, RowReader, text_of
from heritage.artefacts.service import (
    FREE_FIELDS,
    Hand,
    checked,
    edit_artefact,
    lock_institution,
    new_code,
    refuse_joined,
)
from heritage.audit.imports import ImportReport, record_import
from heritage.core.errors import HeritageError, InvalidInput, UnusableFile
from heritage.core.files import open_source
from heritage.core.refusals import RowRefusal
from heritage.core.telling import Tell, untold
from heritage.core.text import fold
from heritage.sites.readers.containers import Row, RowFile, open_rows

KIND = "artefacts"
MOST_OBJECTS = 100_000
BOX = "container"


@dataclass(frozen=True)
class ObjectList:
    """A list that was opened: its rows, its columns, and which column says what."""

    rows: RowFile
    mapping: Mapping[str, str]
    file_name: str
    sha256: str
    notes: tuple[str, ...] = ()


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


def compare(session: Session, institution: Institution, opened: ObjectList, *, tell: Tell = untold) -> Comparison:
    """Read a list to its end against what is held; nothing is written.

    Args:    tell: is told how many rows more were read.
    Returns: what it would bring; rows that cannot be taken are refused with row, field and reason.
    """
    found, held, seen = Comparison(opened), _held(session, institution), dict[str, int]()
    laid: dict[str, Row] = {}
    reader = RowReader(session, opened.mapping)
    for row in opened.rows.rows():
        found.read += 1
        tell(1)
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
    known = {key: one.id for key, one in held.items() if one.id in kept}
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
    # Where two answer, the last one does: the older one, and before what was joined into a lot one that is there.
    query = select(Artefact).where(Artefact.institution_id == institution.id)
    query = query.order_by(col(Artefact.joined_into_id).is_(None), col(Artefact.id).desc())
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
    if different or draft.box:
        refuse_joined(held)
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


def _refusal(row: Row, said: str, mapping: Mapping[str, str]) -> RowRefusal:
    name, _, reason = said.partition(": ")
    if name not in FIELDS and name not in FREE_FIELDS:
        return RowRefusal(row.number, None, said)
    column = mapping.get(name)
    return RowRefusal(row.number, name, reason, text_of(row.fields.get(column))[:EXCERPT] if column else "")
