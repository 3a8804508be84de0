"""Use cases of the keys: open everything that is sealed, and seal it anew under a new key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from heritage.audit import chain
from heritage.sealing.errors import SealError
from heritage.sealing.keyring import Key, KeyRing, Purpose
from heritage.sealing.registry import SealedColumn

BATCH = 200


@dataclass(frozen=True)
class Unreadable:
    """A sealed value that does not open, and why."""

    column: SealedColumn
    row: str
    reason: str


@dataclass
class Checked:
    """How many values are sealed, how many under an older key, and those that do not open."""

    sealed: int = 0
    older: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Everything opens."""
        return not self.unreadable


@dataclass(frozen=True)
class Rotated:
    """The new keys by purpose, how many values were sealed anew, and those that did not open and stay as they are."""

    keys: dict[Purpose, Key]
    resealed: int
    unreadable: list[Unreadable]


def check(session: Session, ring: KeyRing, columns: Sequence[SealedColumn]) -> Checked:
    """Open every sealed value.

    Args:    columns: of ``registry.sealed_columns``.
    Returns: counts, and every value that does not open.
    """
    checked = Checked()
    for column in columns:
        for row, sealed in _rows(session, column):
            checked.sealed += 1
            try:
                ring.open(column.purpose, column.identity(row), sealed)
                checked.older += not ring.is_current(column.purpose, sealed)
            except SealError as error:
                checked.unreadable.append(Unreadable(column, row, str(error)))
    return checked


def rotate(
    session: Session,
    ring: KeyRing,
    columns: Sequence[SealedColumn],
    purposes: Sequence[Purpose],
    *,
    now: datetime,
    actor: str,
) -> Rotated:
    """Put a new key of each purpose in use and seal everything of it anew; the caller owns the transaction.

    A transaction that fails leaves the new key in the ring and every value as it was: both keys are held, so all can
    still be read, and the next run goes on.

    Returns: the keys, the count, and the values that do not open.
    """
    keys = {purpose: ring.add(purpose, now) for purpose in purposes}
    count, unreadable = 0, []
    for column in columns:
        if column.purpose not in keys:
            continue
        for row, sealed in _rows(session, column, lock=True):
            try:
                _write(session, column, row, _anew(ring, column, row, sealed))
                count += 1
            except SealError as error:
                unreadable.append(Unreadable(column, row, str(error)))
    detail = {"keys": {purpose.value: key.id.hex() for purpose, key in keys.items()}, "resealed": count}
    chain.append(session, at=now, actor=actor, action="keys.rotate", subject="keys", detail=detail)
    return Rotated(keys, count, unreadable)


def _anew(ring: KeyRing, column: SealedColumn, row: str, sealed: bytes) -> bytes:
    identity = column.identity(row)
    return ring.seal(column.purpose, identity, ring.open(column.purpose, identity, sealed))


def _rows(session: Session, column: SealedColumn, *, lock: bool = False) -> Iterator[tuple[str, bytes]]:
    """Key and sealed value of every row that has one, in the order of the key."""
    table = sa.table(column.table, sa.column(column.key), sa.column(column.column))
    key, value = table.c[column.key], table.c[column.column]
    query = sa.select(key, value).where(value.is_not(None)).order_by(key).limit(BATCH)
    query = query.with_for_update() if lock else query
    page = session.execute(query).all()
    while page:
        for row, sealed in page:
            yield str(row), bytes(sealed)
        page = session.execute(query.where(key > page[-1][0])).all()


def _write(session: Session, column: SealedColumn, row: str, sealed: bytes) -> None:
    table = sa.table(column.table, sa.column(column.key), sa.column(column.column))
    is_row = sa.cast(table.c[column.key], sa.Text) == row
    session.execute(sa.update(table).where(is_row).values({column.column: sealed}))
