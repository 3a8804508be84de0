"""Rows that the record vouches for: an entry holds a hash of each, so that a later change of a row shows too."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

ROWS = "rows"
BATCH = 1_000


class Flaw(StrEnum):
    """What is wrong with a row."""

    CHANGED = "changed"
    GONE = "gone"
    UNVOUCHED = "unvouched"  # in a table of which every row is vouched for, and no entry speaks of it


@dataclass(frozen=True)
class BrokenRow:
    """A row that is not as the record has it; `entry` is None when no entry speaks of it."""

    table: str
    id: int
    entry: int | None
    flaw: Flaw


class Vouched:
    """What the entries read so far say of rows; entries are added in the order of their numbers."""

    def __init__(self) -> None:
        self._hashes: dict[tuple[str, tuple[str, ...]], dict[int, tuple[int, str]]] = {}
        self._newest = 0

    def add(self, seq: int, detail: str) -> None:
        """Take up the rows that an entry names; what is no JSON of ours names none."""
        self._newest = max(self._newest, seq)
        if f'"{ROWS}"' not in detail:
            return
        for table, columns, hashes in _named(detail):
            held = self._hashes.setdefault((table, columns), {})
            held |= {row: (seq, digest) for row, digest in hashes.items()}

    def broken(self, session: Session) -> list[BrokenRow]:
        """Compare every row with what the record says of it."""
        found: list[BrokenRow] = []
        for (table, columns), hashes in self._hashes.items():
            now = _present(session, table, columns, list(hashes))
            for row, (seq, digest) in hashes.items():
                if row not in now:
                    found.append(BrokenRow(table, row, seq, Flaw.GONE))
                elif now[row] != digest:
                    found.append(BrokenRow(table, row, seq, Flaw.CHANGED))
        return found + self._unvouched(session)

    def _unvouched(self, session: Session) -> list[BrokenRow]:
        known: dict[str, set[int]] = {}
        for (table, _), hashes in self._hashes.items():
            known.setdefault(table, set()).update(hashes)
        extra = [(table, row) for table, rows in known.items() for row in _all_ids(session, table) - rows]
        if not extra:
            return []
        # Written while the entries were being read: a newer entry speaks of them.
        statement = sa.text("select detail from audit_entry where seq > :seq")
        newer = session.execute(statement, {"seq": self._newest}).scalars()
        told = {(table, row) for detail in newer for table, _, hashes in _named(detail) for row in hashes}
        return [BrokenRow(table, row, None, Flaw.UNVOUCHED) for table, row in sorted(extra) if (table, row) not in told]


def vouch(session: Session, rows: Iterable[SQLModel]) -> dict[str, Any]:
    """What an entry's detail has to hold for these rows; they must be written already.

    Args:    rows: table objects with an integer key `id`, of tables that nobody changes and whose every row is vouched
             for; nothing sealed, for sealed bytes change with the key.
    Returns: a member for the detail: table, columns and a hash for each row.
    """
    by_table: dict[str, tuple[tuple[str, ...], list[int]]] = {}
    for row in rows:
        table: sa.Table = row.__table__  # type: ignore[attr-defined]  # SQLModel gives every table class one
        columns = tuple(column.name for column in table.columns)
        by_table.setdefault(table.name, (columns, []))[1].append(row.id)  # type: ignore[attr-defined]
    return {
        ROWS: [
            {
                "table": table,
                "columns": list(columns),
                "sha256": {str(row): digest for row, digest in sorted(_present(session, table, columns, ids).items())},
            }
            for table, (columns, ids) in by_table.items()
        ]
    }


def _named(detail: str) -> Iterator[tuple[str, tuple[str, ...], dict[int, str]]]:
    try:
        members = json.loads(detail).get(ROWS, [])
        yield from [
            (str(one["table"]), tuple(map(str, one["columns"])), {int(row): str(d) for row, d in one["sha256"].items()})
            for one in members
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        # Some other feature's detail with a member of that name, or a forged entry, which the chain itself names.
        return


def _present(session: Session, table: str, columns: Sequence[str], ids: list[int]) -> dict[int, str]:
    held = _columns(session, table)
    if not set(columns) <= held or "id" not in held:
        return {}
    source = sa.table(table, *(sa.column(name) for name in dict.fromkeys(("id", *columns))))
    digests: dict[int, str] = {}
    for start in range(0, len(ids), BATCH):
        some = sa.select(source.c.id, *(source.c[name] for name in columns)).where(
            source.c.id.in_(ids[start : start + BATCH])
        )
        digests |= {row[0]: _digest(columns, row[1:]) for row in session.execute(some)}
    return digests


def _columns(session: Session, table: str) -> set[str]:
    statement = sa.text(
        "select column_name from information_schema.columns where table_schema = 'public' and table_name = :table"
    )
    return set(session.execute(statement, {"table": table}).scalars())


def _all_ids(session: Session, table: str) -> set[int]:
    if "id" not in _columns(session, table):
        return set()
    return set(session.execute(sa.select(sa.table(table, sa.column("id")).c.id)).scalars())


def _digest(columns: Sequence[str], values: Sequence[Any]) -> str:
    document = [[name, _plain(value)] for name, value in zip(columns, values, strict=True)]
    return hashlib.sha256(json.dumps(document, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value
