"""Reading whole places in bulk: states out of the tables."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import psycopg
from sqlmodel import Session

from heritage.policy.disclosure import Disclosure
from heritage.sites.danger import DangerStay, Turn
from heritage.sites.domain import Category, ConditionRecord, ConditionState, NameRecord
from heritage.sites.state import HeldSite, PartState, SiteState


def driver_cursor(session: Session) -> psycopg.Cursor[Any]:
    """A cursor of the driver inside the session's own transaction, for COPY and statements over many rows."""
    session.flush()
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection.cursor()


def load_sites(session: Session, register: str, refs: Sequence[str]) -> dict[str, HeldSite]:
    """What is held of some places of one register, by their references.

    Args:    refs: some thousands at most in one call.  Returns: those that are held.
    """
    return {h.state.ref: h for h in _load(session, "register = %s and register_ref = any(%s)", (register, list(refs)))}


def load_by_ids(session: Session, ids: Sequence[int]) -> list[HeldSite]:
    """What is held of some places, by their numbers, in that order."""
    found = {h.id: h for h in _load(session, "id = any(%s)", (list(ids),))}
    return [found[i] for i in ids if i in found]


def _load(session: Session, where: str, parameters: tuple[Any, ...]) -> Iterator[HeldSite]:
    with driver_cursor(session) as cursor:
        cursor.execute(
            "select id, slug, seen_on, register, register_ref, name, category, states_parties, states_note, region,"
            " inscribed_year, criteria, lower(listed), upper(listed), vanished_release, lon, lat, area_ha,"
            f" short_description, disclosure, grid_km, marks from site where {where}",
            parameters,
        )
        rows = cursor.fetchall()
        children = _Children(cursor, [row[0] for row in rows]) if rows else None
    for row in rows:
        assert children is not None
        yield HeldSite(row[0], row[1], row[2], _state(row[3:], children.of(row[0])))


def _state(row: Sequence[Any], children: dict[str, Any]) -> SiteState:
    return SiteState(
        row[0],
        row[1],
        row[2],
        Category(row[3]),
        tuple(row[4]),
        row[5],
        row[6],
        row[7],
        tuple(row[8]),
        row[9],
        row[10],
        row[11],
        (row[12], row[13]) if row[12] is not None else None,
        row[14],
        row[15],
        Disclosure(row[16]),
        row[17],
        tuple(row[18]),
        **children,
    )


class _Children:
    """Names, identifiers, parts, danger periods and conditions of a batch of places, one query each."""

    def __init__(self, cursor: psycopg.Cursor[Any], ids: list[int]) -> None:
        self.names: dict[int, list[NameRecord]] = defaultdict(list)
        self.part_names: dict[int, list[NameRecord]] = defaultdict(list)
        for site_id, part_id, *name in _rows(
            cursor, ids, "site_id, part_id, text, language, script, kind from site_name", "id"
        ):
            (self.part_names[part_id] if part_id else self.names[site_id]).append(NameRecord(*name))
        self.identifiers: dict[int, list[tuple[str, str]]] = defaultdict(list)
        query = "site_id, scheme, value from site_identifier"
        for site_id, scheme, value in _rows(cursor, ids, query, "id", "scheme <> 'slug'"):
            self.identifiers[site_id].append((scheme, value))
        self.parts: dict[int, list[PartState]] = defaultdict(list)
        refs: dict[int, str] = {}
        query = (
            "site_id, id, ref, name, lon, lat, extent_km, area_ha, boundary, buffer_zone, stands_for_site,"
            " withdrawn_on from part"
        )
        for site_id, part_id, *part in _rows(cursor, ids, query, "id"):
            refs[part_id] = part[0]
            state = PartState(*part)
            names = tuple(self.part_names.get(part_id, ()))
            self.parts[site_id].append(replace(state, names=names) if names else state)
        self.danger = self._danger(cursor, ids)
        self.conditions: dict[int, list[ConditionRecord]] = defaultdict(list)
        query = "site_id, part_id, state, observed_edtf, scheme, original_value, assessor, method, note from condition"
        for site_id, part_id, state, observed, scheme, value, *rest in _rows(
            cursor, ids, query, "id", "superseded_at is null"
        ):
            condition = ConditionRecord(ConditionState(state), observed, scheme, value, refs.get(part_id), *rest)
            self.conditions[site_id].append(condition)

    @staticmethod
    def _danger(cursor: psycopg.Cursor[Any], ids: list[int]) -> dict[int, list[DangerStay]]:
        found: dict[int, list[DangerStay]] = defaultdict(list)
        query = (
            "site_id, began_earliest, began_latest, began_edtf, decision, ended_earliest, ended_latest, ended_edtf,"
            " ended_decision, raw from danger_period"
        )
        for row in _rows(cursor, ids, query, "began_earliest, began_latest", "superseded_at is null"):
            ended = Turn(*row[5:9]) if row[5] else None
            found[row[0]].append(DangerStay(Turn(*row[1:5]), ended, row[9]))
        return found

    def of(self, site_id: int) -> dict[str, Any]:
        return {
            "names": tuple(self.names.get(site_id, ())),
            "identifiers": tuple(sorted(self.identifiers.get(site_id, ()))),
            "danger": tuple(self.danger.get(site_id, ())),
            "parts": tuple(sorted(self.parts.get(site_id, ()), key=lambda p: p.ref)),
            "conditions": tuple(self.conditions.get(site_id, ())),
        }


def _rows(
    cursor: psycopg.Cursor[Any], ids: list[int], what: str, order: str, where: str = "true"
) -> list[tuple[Any, ...]]:
    cursor.execute(f"select {what} where site_id = any(%s) and {where} order by {order}", (ids,))
    return cursor.fetchall()
