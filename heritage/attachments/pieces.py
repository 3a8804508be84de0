"""Files that come in pieces over a bad line: kept sealed for whoever sends them, put together once they are whole.

A file is known by the SHA-256 that its own device made of it, so that it goes on where it was cut off, also after the
page was closed, and what arrived is checked against what was sent.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.attachments.models import SEALED_PIECE, Piece
from heritage.core.errors import N_, Conflict, InvalidInput
from heritage.sealing.keyring import KeyRing, Purpose, open_keyring
from heritage.settings import Settings

MOST_PIECE_BYTES = 512 * 1024
# What was not sent with a report by then is taken for given up.
KEPT = timedelta(days=3)


@dataclass(frozen=True)
class Carrier:
    """Whose pieces they are: a mark that only the key ring makes, and the ring they are sealed with."""

    ring: KeyRing
    owner: str

    @classmethod
    def of(cls, settings: Settings, account_id: int | None) -> "Carrier":
        """Somebody by account.  Raises: KeyMissing."""
        ring = open_keyring(settings)
        return cls(ring, ring.mark(Purpose.REPORTERS, f"attachment pieces\n{account_id}").hex())


def received_bytes(session: Session, by: Carrier, sha256: str) -> int:
    """How much of a file is here: where its next piece begins."""
    query = sa.select(sa.func.coalesce(sa.func.sum(Piece.size_bytes), 0)).where(*_of(by, sha256))
    return int(session.execute(query).scalar_one())


def add_piece(
    session: Session, by: Carrier, sha256: str, *, begins_at: int, data: bytes, today: date, most: int
) -> int:
    """Keep the next piece of a file; one that does not begin where the file ends so far changes nothing.

    Args:    sha256: hex, of the whole file.  most: bytes that one person may have under way.
    Returns: how much of the file is here now.
    Raises:  InvalidInput for a piece that is empty or too large; Conflict when too much is under way; KeyMissing.
    """
    if not 0 < len(data) <= MOST_PIECE_BYTES:
        raise InvalidInput(N_("A piece of a file has 1 to %(most)s bytes."), most=MOST_PIECE_BYTES)
    lock = sa.text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
    session.execute(lock, {"name": f"attachment pieces {by.owner}"})
    held = received_bytes(session, by, sha256)
    if begins_at != held:
        return held
    under_way = sa.select(sa.func.coalesce(sa.func.sum(Piece.size_bytes), 0)).where(col(Piece.owner) == by.owner)
    if int(session.execute(under_way).scalar_one()) + len(data) > most:
        raise Conflict(N_("Too many files are under way at once; send your report first."))
    name = f"{by.owner}:{sha256}:{begins_at}"
    sealed = by.ring.seal(SEALED_PIECE.purpose, SEALED_PIECE.identity(name), data)
    session.add(
        Piece(
            name=name, owner=by.owner, sha256=sha256, begins_at=begins_at, size_bytes=len(data), sealed=sealed,
            saved_on=today,
        )
    )  # fmt: skip
    session.flush()
    return held + len(data)


def whole_file(session: Session, by: Carrier, sha256: str) -> bytes | None:
    """A file put together, or None while what is here is not the file that was announced.  Raises: KeyMissing."""
    pieces = session.exec(select(Piece).where(*_of(by, sha256)).order_by(col(Piece.begins_at)))
    data = b"".join(
        by.ring.open(SEALED_PIECE.purpose, SEALED_PIECE.identity(piece.name), piece.sealed) for piece in pieces
    )
    return data if data and hashlib.sha256(data).hexdigest() == sha256 else None


def let_go(session: Session, by: Carrier, hashes: Sequence[str]) -> None:
    """Throw the pieces of files away that were taken in, or that nobody waits for."""
    session.execute(sa.delete(Piece).where(col(Piece.owner) == by.owner, col(Piece.sha256).in_(list(hashes))))


def forget_pieces(session: Session, now: datetime) -> int:
    """Throw away what was given up on; how many pieces there were."""
    old = sa.delete(Piece).where(col(Piece.saved_on) < (now - KEPT).date())
    return int(session.connection().execute(old).rowcount)


def _of(by: Carrier, sha256: str) -> tuple[sa.ColumnElement[bool], ...]:
    return col(Piece.owner) == by.owner, col(Piece.sha256) == sha256
