"""The record of who did and who read what: entries chained by hash, so that a later change of one shows.

Each entry holds the hash of the one before it; the hash covers every field. The program's own database role may add
entries and neither change nor delete them. What the chain cannot show by itself is a cut at its end: the newest number
and hash, which ``verify`` prints, are to be kept somewhere else from time to time.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.audit.models import Entry
from heritage.audit.witness import BrokenRow, Vouched

# Entries are numbered without gaps, so one writer at a time; held to the end of the caller's transaction.
CHAIN_LOCK = 7_236_410
NOTHING_BEFORE = bytes(32)
BATCH = 5_000
AT_THE_MACHINE = "at the machine"  # who acts through the command line


@dataclass(frozen=True)
class Verdict:
    """Whether the chain holds: how many entries, the first broken one or None, and the newest hash in hex.

    `rows` are those rows of other tables that are not as the entries that vouch for them say.
    """

    entries: int
    first_broken: int | None
    newest_hash: str
    rows: tuple[BrokenRow, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing was changed, taken out or put in between, here or in a row that an entry vouches for."""
        return self.first_broken is None and not self.rows


def entry_hash(seq: int, at: datetime, actor: str, action: str, subject: str, detail: str, previous: bytes) -> bytes:
    """The hash of one entry.

    Args:    seq: from 1.  at: aware.  actor, action, subject: words.  detail: canonical JSON.  previous: 32 bytes.
    Returns: SHA-256 over a JSON array of all of them, 32 bytes.
    """
    fields = [seq, at.astimezone(UTC).isoformat(), actor, action, subject, detail, previous.hex()]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def append(
    session: Session, *, at: datetime, actor: str, action: str, subject: str, detail: dict[str, Any] | None = None
) -> int:
    """Add an entry in the transaction of the change it speaks of; call it last, for others wait until the commit.

    Args:    at: the clock's now.  actor: who did it, never an address.  action: "sites.import", "site.edit" and the
             like.  subject: what it was done to, as "site:site-of-palmyra".  detail: JSON values, nothing sealed.
    Returns: the entry's number.
    """
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
    newest = session.exec(select(Entry).order_by(col(Entry.seq).desc()).limit(1)).first()
    seq, previous = (newest.seq + 1, newest.hash) if newest else (1, NOTHING_BEFORE)
    text = json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    session.add(
        Entry(
            seq=seq,
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            detail=text,
            previous=previous,
            hash=entry_hash(seq, at, actor, action, subject, text, previous),
        )
    )
    session.flush()
    return seq


def verify(session: Session) -> Verdict:
    """Walk the whole chain, and look at every row that an entry vouches for.

    Returns: the verdict; ``first_broken`` is the number of the first entry that was changed, that follows a gap, or
             whose row was changed since.
    """
    count, previous, broken, vouched = 0, NOTHING_BEFORE, None, Vouched()
    for entry in _entries(session):
        count += 1
        expected = entry_hash(count, entry.at, entry.actor, entry.action, entry.subject, entry.detail, previous)
        if broken is None and (entry.seq != count or entry.previous != previous or entry.hash != expected):
            broken = entry.seq
        previous = entry.hash
        vouched.add(entry.seq, entry.detail)
    rows = tuple(vouched.broken(session))
    first = min((seq for seq in (broken, *(row.entry for row in rows)) if seq is not None), default=None)
    return Verdict(count, first, previous.hex(), rows)


def list_entries(
    session: Session, *, subject: str | None = None, before: int | None = None, limit: int = 100
) -> list[Entry]:
    """Entries, newest first, of one subject or of all; only those numbered below ``before`` where it is given."""
    query = select(Entry).order_by(col(Entry.seq).desc()).limit(limit)
    if subject is not None:
        query = query.where(Entry.subject == subject)
    if before is not None:
        query = query.where(col(Entry.seq) < before)
    return list(session.exec(query))


def _entries(session: Session) -> Iterator[Entry]:
    after = 0
    while True:
        page = list(session.exec(select(Entry).where(col(Entry.seq) > after).order_by(col(Entry.seq)).limit(BATCH)))
        yield from page
        if len(page) < BATCH:
            return
        after = page[-1].seq
        session.expunge_all()
