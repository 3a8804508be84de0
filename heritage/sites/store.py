"""Writing whole places in bulk, by COPY: states into the tables, and what was there before beside them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlmodel import Session

from heritage.core.dates import parse_edtf
from heritage.core.errors import InvalidInput
from heritage.core.text import fold
from heritage.sites import search
from heritage.sites.comparison import Change, Update
from heritage.sites.danger import DangerStay
from heritage.sites.domain import ConditionRecord, NameRecord
from heritage.sites.loading import driver_cursor
from heritage.sites.state import PartState, SiteState
from heritage.sites.state_json import to_json

SITE_COLUMNS = [
    "register",
    "register_ref",
    "name",
    "name_folded",
    "category",
    "states_parties",
    "states_note",
    "region",
    "inscribed_year",
    "criteria",
    "listed",
    "vanished_on",
    "vanished_release",
    "lon",
    "lat",
    "area_ha",
    "short_description",
    "disclosure",
    "grid_km",
    "marks",
    "search",
    "last_import_id",
]
PART_COLUMNS = [
    "ref",
    "name",
    "lon",
    "lat",
    "extent_km",
    "area_ha",
    "boundary",
    "buffer_zone",
    "stands_for_site",
    "withdrawn_on",
    "matched_reach_km",
]
DANGER_COLUMNS = [
    "site_id",
    "period",
    "possible",
    "began_earliest",
    "began_latest",
    "ended_earliest",
    "ended_latest",
    "began_edtf",
    "ended_edtf",
    "raw",
    "decision",
    "ended_decision",
    "known_on",
    "recorded_at",
]
CONDITION_COLUMNS = [
    "site_id",
    "part_id",
    "observed_edtf",
    "observed_from",
    "observed_to",
    "state",
    "scheme",
    "original_value",
    "assessor",
    "method",
    "note",
    "known_on",
    "recorded_at",
]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is written beside every statement: which import (None: by hand), when known, when recorded."""

    import_id: int | None
    known_on: date
    recorded_at: datetime
    seen_on: date | None = None


def add_sites(session: Session, states: Sequence[SiteState], slugs: Sequence[str], stamp: Stamp) -> list[int]:
    """Write new places with everything that belongs to them.

    Args:    states: not held yet.  slugs: one each, free.  stamp: of the import.
    Returns: the numbers given, in the same order.
    """
    if not states:
        return []
    with driver_cursor(session) as cursor:
        ids = _reserve(cursor, "site", len(states))
        columns = ["id", "slug", "added_import_id", "seen_on", *SITE_COLUMNS]
        _copy(
            cursor,
            "site",
            columns,
            (
                (i, slug, stamp.import_id, stamp.seen_on, *_site_row(s, stamp))
                for i, slug, s in zip(ids, slugs, states, strict=True)
            ),
        )
        pairs = list(zip(ids, states, strict=True))
        part_ids = _add_parts(cursor, [(i, p) for i, s in pairs for p in s.parts])
        _copy_names(cursor, [(i, None, n) for i, s in pairs for n in s.names])
        _copy_identifiers(cursor, [(i, *pair) for i, s in pairs for pair in s.identifiers])
        _copy(cursor, "danger_period", DANGER_COLUMNS, (_danger_row(i, d, stamp) for i, s in pairs for d in s.danger))
        _copy(
            cursor,
            "condition",
            CONDITION_COLUMNS,
            (_condition_row(i, c, part_ids, stamp) for i, s in pairs for c in s.conditions),
        )
        _add_words(cursor, states)
    return ids


def update_sites(session: Session, updates: Sequence[Update], stamp: Stamp) -> None:
    """Write what changed of held places and remember what was there before.

    Args:    updates: with their differences.  stamp: of the import, or of the person's act.
    """
    if not updates:
        return
    with driver_cursor(session) as cursor:
        assignments = ", ".join(f"{column} = %s" for column in SITE_COLUMNS)
        # The guard of the inscription year compares two tables, and both may change in one import.
        cursor.execute("set constraints danger_period_inscription, site_inscription deferred")
        cursor.executemany(
            f"update site set {assignments} where id = %s",
            [(*_site_row(u.state, stamp), u.held.id) for u in updates],
        )
        _update_parts(cursor, updates)
        _replace_names(cursor, updates)
        _update_danger(cursor, updates, stamp)
        _update_conditions(cursor, updates, stamp)
        _add_words(cursor, [u.state for u in updates])
        _copy(cursor, "register_change", _CHANGE_COLUMNS, _change_rows(updates, stamp))
        cursor.execute("set constraints danger_period_inscription, site_inscription immediate")
    session.expire_all()


_CHANGE_COLUMNS = ["import_id", "site_id", "ref", "kind", "field", "old", "new", "recorded_at"]


def _change_rows(updates: Iterable[Update], stamp: Stamp) -> Iterator[tuple[Any, ...]]:
    for update in updates:
        for change in update.changes:
            values = (to_json(change.old), to_json(change.new))
            yield (stamp.import_id, update.held.id, *change_head(change), *map(Jsonb, values), stamp.recorded_at)


def change_head(change: Change) -> tuple[str, str, str]:
    """Reference, kind and field of a difference, as they are stored."""
    return change.ref, str(change.kind), change.field


def _reserve(cursor: psycopg.Cursor[Any], table: str, count: int) -> list[int]:
    sequence = "nextval(pg_get_serial_sequence(%s, 'id'))"
    cursor.execute(f"select {sequence} from generate_series(1, %s)", (table, count))
    return [row[0] for row in cursor.fetchall()]


def _copy(cursor: psycopg.Cursor[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _site_row(state: SiteState, stamp: Stamp) -> tuple[Any, ...]:
    lon, lat = state.point or (None, None)
    return (
        state.register,
        state.ref,
        state.name,
        fold(state.name) or state.name.lower(),
        str(state.category),
        list(state.states_parties),
        state.states_note,
        state.region,
        state.inscribed_year,
        list(state.criteria),
        _range(state.listed_from, state.listed_until),
        state.listed_until,
        state.vanished_release,
        lon,
        lat,
        state.area_ha,
        state.short_description,
        str(state.disclosure),
        state.grid_km,
        list(state.marks),
        search.vector(state),
        stamp.import_id,
    )


def _range(low: date | None, high: date | None) -> str:
    if low and high and high <= low:
        return "empty"
    return f"[{low or ''},{high or ''})"


def _part_row(part: PartState) -> tuple[Any, ...]:
    return (
        part.ref,
        part.name,
        part.lon,
        part.lat,
        part.extent_km,
        part.area_ha,
        Jsonb(part.boundary) if part.boundary else None,
        Jsonb(part.buffer_zone) if part.buffer_zone else None,
        part.stands_for_site,
        part.withdrawn_on,
        None,
    )


def _add_parts(cursor: psycopg.Cursor[Any], parts: Sequence[tuple[int, PartState]]) -> dict[tuple[int, str], int]:
    if not parts:
        return {}
    ids = _reserve(cursor, "part", len(parts))
    rows = ((i, site_id, *_part_row(p)) for i, (site_id, p) in zip(ids, parts, strict=True))
    _copy(cursor, "part", ["id", "site_id", *PART_COLUMNS], rows)
    found = {(site_id, p.ref): i for i, (site_id, p) in zip(ids, parts, strict=True)}
    _copy_names(cursor, [(site_id, found[site_id, p.ref], n) for site_id, p in parts for n in p.names])
    return found


def _copy_names(cursor: psycopg.Cursor[Any], names: Iterable[tuple[int, int | None, NameRecord]]) -> None:
    columns = ["site_id", "part_id", "text", "language", "script", "kind", "folded"]
    rows = ((site, part, n.text, n.language, n.script, str(n.kind), fold(n.text)) for site, part, n in names)
    _copy(cursor, "site_name", columns, rows)


def _copy_identifiers(cursor: psycopg.Cursor[Any], identifiers: Iterable[tuple[int, str, str]]) -> None:
    _copy(cursor, "site_identifier", ["site_id", "scheme", "value"], identifiers)


def _danger_row(site_id: int, stay: DangerStay, stamp: Stamp) -> tuple[Any, ...]:
    began, ended = stay.began, stay.ended
    return (
        site_id,
        _range(began.latest, ended.earliest if ended else None),
        _range(began.earliest, ended.latest if ended else None),
        began.earliest,
        began.latest,
        ended.earliest if ended else None,
        ended.latest if ended else None,
        began.edtf,
        ended.edtf if ended else "",
        stay.raw,
        began.decision,
        ended.decision if ended else "",
        stamp.known_on,
        stamp.recorded_at,
    )


def _condition_row(
    site_id: int, condition: ConditionRecord, part_ids: dict[tuple[int, str], int], stamp: Stamp
) -> tuple[Any, ...]:
    observed_from, observed_to = _bounds(condition.observed)
    return (
        site_id,
        part_ids.get((site_id, condition.part_ref)) if condition.part_ref else None,
        condition.observed,
        observed_from,
        observed_to,
        str(condition.state),
        condition.scheme,
        condition.original_value,
        condition.assessor,
        condition.method,
        condition.note,
        stamp.known_on,
        stamp.recorded_at,
    )


def _bounds(observed: str) -> tuple[date | None, date | None]:
    try:
        when = parse_edtf(observed)
    except InvalidInput:
        return None, None
    return when.earliest, when.latest


def _update_parts(cursor: psycopg.Cursor[Any], updates: Sequence[Update]) -> None:
    new: list[tuple[int, PartState]] = []
    gone: list[tuple[int, str]] = []
    renamed: list[tuple[int, PartState]] = []
    assignments = ", ".join(f"{c} = %s" for c in PART_COLUMNS if c != "matched_reach_km")
    for update in updates:
        held = {p.ref: p for p in update.held.state.parts}
        told = {p.ref: p for p in update.state.parts}
        new += [(update.held.id, p) for ref, p in told.items() if ref not in held]
        gone += [(update.held.id, ref) for ref in held if ref not in told]
        for ref, part in told.items():
            if ref in held and held[ref] != part:
                # Only what moves a part or its reach makes its nearness stale; a new name does not.
                again = ", matched_reach_km = null" if _place_of(held[ref]) != _place_of(part) else ""
                cursor.execute(
                    f"update part set {assignments}{again} where site_id = %s and ref = %s",
                    (*_part_row(part)[:-1], update.held.id, ref),
                )
                if held[ref].names != part.names:
                    renamed.append((update.held.id, part))
    cursor.executemany("delete from part where site_id = %s and ref = %s", gone)
    _add_parts(cursor, new)
    _replace_part_names(cursor, renamed)


def _place_of(part: PartState) -> tuple[Any, ...]:
    return part.lon, part.lat, part.extent_km, part.boundary, part.buffer_zone, part.withdrawn_on


def _replace_part_names(cursor: psycopg.Cursor[Any], parts: Sequence[tuple[int, PartState]]) -> None:
    for site_id, part in parts:
        cursor.execute("select id from part where site_id = %s and ref = %s", (site_id, part.ref))
        part_id = cursor.fetchone()[0]  # type: ignore[index]  # written a moment ago
        cursor.execute("delete from site_name where part_id = %s", (part_id,))
        _copy_names(cursor, [(site_id, part_id, n) for n in part.names])


def _replace_names(cursor: psycopg.Cursor[Any], updates: Sequence[Update]) -> None:
    renamed = [u for u in updates if u.held.state.names != u.state.names]
    ids = [u.held.id for u in renamed]
    cursor.execute("delete from site_name where part_id is null and site_id = any(%s)", (ids,))
    _copy_names(cursor, [(u.held.id, None, n) for u in renamed for n in u.state.names])
    called = [u for u in updates if u.held.state.identifiers != u.state.identifiers]
    ids = [u.held.id for u in called]
    cursor.execute("delete from site_identifier where scheme <> 'slug' and site_id = any(%s)", (ids,))
    _copy_identifiers(cursor, [(u.held.id, *pair) for u in called for pair in u.state.identifiers])


def _update_danger(cursor: psycopg.Cursor[Any], updates: Sequence[Update], stamp: Stamp) -> None:
    for update in updates:
        held, told = update.held.state.danger, update.state.danger
        if held == told:
            continue
        for stay in held:
            if stay not in told:
                # Superseded and not overwritten: what was known before can still be asked for.
                cursor.execute(
                    "update danger_period set superseded_at = %s where site_id = %s and superseded_at is null"
                    " and began_earliest = %s and began_latest = %s and ended_earliest is not distinct from %s",
                    (
                        stamp.recorded_at,
                        update.held.id,
                        stay.began.earliest,
                        stay.began.latest,
                        stay.ended.earliest if stay.ended else None,
                    ),
                )
        fresh = [stay for stay in told if stay not in held]
        _copy(cursor, "danger_period", DANGER_COLUMNS, [_danger_row(update.held.id, s, stamp) for s in fresh])


def _update_conditions(cursor: psycopg.Cursor[Any], updates: Sequence[Update], stamp: Stamp) -> None:
    changed = [u for u in updates if u.held.state.conditions != u.state.conditions]
    if not changed:
        return
    cursor.execute("select site_id, ref, id from part where site_id = any(%s)", ([u.held.id for u in changed],))
    part_ids = {(site_id, ref): part_id for site_id, ref, part_id in cursor.fetchall()}
    for update in changed:
        held, told = update.held.state.conditions, update.state.conditions
        for condition in held:
            if condition not in told:
                part_id = part_ids.get((update.held.id, condition.part_ref or ""))
                cursor.execute(
                    "update condition set superseded_at = %s where site_id = %s and superseded_at is null"
                    " and part_id is not distinct from %s and observed_edtf = %s and state = %s and scheme = %s"
                    " and original_value = %s and assessor = %s",
                    (
                        stamp.recorded_at,
                        update.held.id,
                        part_id,
                        condition.observed,
                        str(condition.state),
                        condition.scheme,
                        condition.original_value,
                        condition.assessor,
                    ),
                )
        rows = [_condition_row(update.held.id, c, part_ids, stamp) for c in told if c not in held]
        _copy(cursor, "condition", CONDITION_COLUMNS, rows)


def _add_words(cursor: psycopg.Cursor[Any], states: Iterable[SiteState]) -> None:
    words = search.vocabulary(states)
    if not words:
        return
    # Trigrams hold letters, digits and blanks only, so a bar can part them.
    cursor.execute(
        "insert into search_word (word, trigrams) select w, string_to_array(t, '|')"
        " from unnest(%s::text[], %s::text[]) as given (w, t) on conflict do nothing",
        (words, ["|".join(search.trigrams(word)) for word in words]),
    )


def free_slugs(session: Session, wanted: Sequence[tuple[str, str]]) -> list[str]:
    """Give every new place an address of its own that no other place has or ever had.

    Args:    wanted: for each place the slug of its name (may be empty) and its reference.
    Returns: one slug each: that of the name, else with the reference, else with a number after it.
    """
    candidates = {c for slug, ref in wanted for c in _slug_choices(slug, ref)}
    with driver_cursor(session) as cursor:
        cursor.execute(
            "select slug from site where slug = any(%s)"
            " union select value from site_identifier where scheme = 'slug' and value = any(%s)",
            (list(candidates), list(candidates)),
        )
        taken = {row[0] for row in cursor.fetchall()}
        result = []
        for slug, ref in wanted:
            chosen = next((c for c in _slug_choices(slug, ref) if c not in taken), None)
            chosen = chosen or _numbered(cursor, _slug_choices(slug, ref)[-1], taken)
            taken.add(chosen)
            result.append(chosen)
    return result


def _slug_choices(slug: str, ref: str) -> list[str]:
    tail = "-".join(fold(ref).split()) or "x"
    return [slug, f"{slug}-{tail}"] if slug else [f"site-{tail}"]


def _numbered(cursor: psycopg.Cursor[Any], slug: str, taken: set[str]) -> str:
    number = 2
    while True:
        choice = f"{slug}-{number}"
        cursor.execute("select exists (select from site where slug = %s)", (choice,))
        row = cursor.fetchone()
        if choice not in taken and row is not None and not row[0]:
            return choice
        number += 1
