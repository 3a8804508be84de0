"""Reading register files: whatever layout a list of places comes in, out come `RegisterRecord`s and refused rows."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from heritage.core.errors import UnusableFile
from heritage.core.files import USUAL_LIMITS, Limits, SourceFile, open_source
from heritage.core.refusals import RowRefusal
from heritage.settings import data_dir
from heritage.sites.danger import parse_sessions
from heritage.sites.domain import WORLD_HERITAGE, RegisterFile, RegisterRecord
from heritage.sites.readers.components import looks_like_parts, read_parts
from heritage.sites.readers.containers import RowFile, open_rows
from heritage.sites.readers.mapped import read_mapped, survey
from heritage.sites.readers.mapping import Mapping, load_mapping, shipped_mappings
from heritage.sites.readers.whc import ListRead, looks_like_list, read_list

WHC = "whc"
WHC_PARTS = "whc-parts"

# Files that look like a register and are none, by their columns, and what they are.
_NO_REGISTERS = (
    ({"gs", "nb_hp"}, "counts of places by grid square, not places; import the place files themselves"),
    ({"where_prec", "dyad_name"}, "a file of conflict events; import it with “heritage incidents import”"),
    ({"event_id_cnty"}, "a file of conflict events; import it with “heritage incidents import”"),
    ({"geonameid", "timezone"}, "a gazetteer of settlements, not a register of heritage"),
)


def formats() -> tuple[str, ...]:
    """What `--format` accepts: the World Heritage List, its parts, and every shipped mapping."""
    return (WHC, WHC_PARTS, *shipped_mappings())


def open_register(
    path: Path | str,
    *,
    format: str | None = None,
    mapping: Path | str | None = None,
    match_by_name: bool = False,
    limits: Limits = USUAL_LIMITS,
) -> RegisterFile:
    """Open a register file of any known layout.

    Args:    path: CSV, TSV, XLSX, XLS, XML, JSON or GeoJSON, also gzipped.
             format: one of `formats()`, else recognised.
             mapping: a mapping file for an inventory that is not known.  match_by_name: take lists without numbers.
    Returns: the file; records are a stream that may be read once, refusals grow with it.
    Raises:  UnusableFile when nothing of it can be taken; InvalidInput for a format or mapping that cannot be used.
    """
    if format is not None and format not in formats():
        raise UnusableFile(f"There is no format {format}. Known: {', '.join(formats())}.")
    source = open_source(path, limits)
    rows = open_rows(source)
    if not rows.columns:
        raise UnusableFile(f"{source.name} holds no rows with named fields.")
    chosen = load_mapping(mapping) if mapping is not None else None
    kind = format or (None if chosen else _recognise(rows, source.name))
    if chosen is None and kind == WHC_PARTS:
        if not looks_like_parts(rows):
            raise UnusableFile(f"{source.name} is no list of parts under the numbers of their sites.")
        return _open_parts(rows, source)
    if chosen is None and kind == WHC:
        return _open_list(rows, source, match_by_name=match_by_name)
    return _open_mapped(rows, source, chosen or load_mapping(str(kind)))


def _recognise(rows: RowFile, name: str) -> str:
    columns = {column.lower() for column in rows.columns}
    for telling, what in _NO_REGISTERS:
        if telling <= columns:
            raise UnusableFile(f"{name} holds {what}.")
    if looks_like_parts(rows):
        return WHC_PARTS
    for kind in shipped_mappings():
        if load_mapping(kind).fits(rows.columns):
            return kind
    if looks_like_list(rows.columns):
        return WHC
    found = ", ".join(rows.columns[:30])
    raise UnusableFile(
        f"{name} is no register that is known here. Its columns: {found[:500]}. "
        "Name its format (--format), or write a mapping file for it (--mapping; docs/register-files.md shows how)."
    )


def _open_list(rows: RowFile, source: SourceFile, *, match_by_name: bool) -> RegisterFile:
    found = read_list(rows, source.name, match_by_name=match_by_name)
    _check_any(found.records, found.refusals, source.name)
    year = found.latest_year if found.is_whole else None
    return RegisterFile(
        register=WORLD_HERITAGE,
        release=str(year) if year else None,
        released_on=_closing_day(year) if year else None,
        records=found.records,
        size=len(found.records),
        refusals=found.refusals,
        is_complete=found.is_whole,
        may_be_complete=found.names_all_its_sites,
        file_name=source.name,
        sha256=source.sha256,
        source="World Heritage List",
        has_refs=found.has_refs,
        refused_refs=found.refused_refs,
        notes=[*source.notes, *_whole_list_note(found)],
    )


def _whole_list_note(found: ListRead) -> list[str]:
    if not found.unnamed_rows:
        return []
    return [
        f"{found.unnamed_rows} refused rows do not say which site they are about, so this is no whole list: "
        "no site is taken for vanished."
    ]


def _open_parts(rows: RowFile, source: SourceFile) -> RegisterFile:
    records, refusals = read_parts(rows, source.name)
    _check_any(records, refusals, source.name)
    return RegisterFile(
        register=WORLD_HERITAGE,
        release=None,
        released_on=None,
        records=records,
        size=len(records),
        refusals=refusals,
        is_complete=False,
        file_name=source.name,
        sha256=source.sha256,
        source="Component parts of World Heritage sites",
        notes=list(source.notes),
    )


def _open_mapped(rows: RowFile, source: SourceFile, mapping: Mapping) -> RegisterFile:
    found, refusals, refused_refs = survey(rows, mapping), list[RowRefusal](), set[str]()
    if not found.rows_of:
        raise UnusableFile(f"{source.name} holds no rows.")
    told = _member(rows.members, mapping.released) or found.newest
    released_on = _day(told)
    places = len(found.rows_of) - ("" in found.rows_of)
    return RegisterFile(
        register=mapping.register_name,
        release=released_on.isoformat() if released_on else None,
        released_on=released_on,
        records=read_mapped(rows, mapping, found, refusals, refused_refs),
        size=places,
        refusals=refusals,
        refused_refs=refused_refs,
        is_complete=mapping.whole_list_from is not None and places >= mapping.whole_list_from,
        file_name=source.name,
        sha256=source.sha256,
        source=mapping.title,
        notes=list(source.notes),
    )


def _check_any(records: Iterable[RegisterRecord], refusals: list[RowRefusal], name: str) -> None:
    if not records and not refusals:
        raise UnusableFile(f"{name} holds no rows.")


def _closing_day(year: int) -> date:
    """The last day of the year's last Committee session: no list of that year is older than what it decided."""
    text = (data_dir("config") / "committee_sessions.toml").read_text(encoding="utf-8")
    days = [session.closed_on for session in parse_sessions(text).held if session.closed_on.year == year]
    return max(days, default=date(year, 12, 31))


def _member(members: dict[str, Any], path: str | None) -> Any:
    value: Any = members
    for step in path.split(".") if path else []:
        value = value.get(step) if isinstance(value, dict) else None
    return value if path else None


def _day(value: Any) -> date | None:
    match = re.match(r"\d{4}-\d{2}-\d{2}", str(value or ""))
    try:
        return date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None
