"""How often something may be tried, counted in the database so that every process counts together."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from heritage.accounts.models import Attempts

KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """At most ``most`` tries of a kind by one key in each window."""

    kind: str
    most: int
    window: timedelta


FAILED = Limit("failed sign-in", 0, timedelta(days=1))  # only counted, for the record


def count_attempt(session: Session, limit: Limit, key: str, *, secret: str, now: datetime) -> int:
    """Count one try; commit it whatever becomes of the try.

    Args:    key: an address or network, which is kept as a keyed hash only.
    Returns: how many there were in this window, this one among them.
    """
    hashed, window_at = _place(limit, key, secret, now)
    first = insert(Attempts).values(kind=limit.kind, key=hashed, window_at=window_at, count=1)
    once_more = first.on_conflict_do_update(
        index_elements=["kind", "key", "window_at"],
        set_={"count": Attempts.__table__.c.count + 1},  # type: ignore[attr-defined]  # SQLModel gives every table class one
    )
    count = int(session.execute(once_more.returning(col(Attempts.count))).scalar_one())
    if count == 1:
        session.execute(sa.delete(Attempts).where(col(Attempts.window_at) < now - KEPT))
    return count


def _place(limit: Limit, key: str, secret: str, now: datetime) -> tuple[bytes, datetime]:
    seconds = limit.window.total_seconds()
    window_at = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
    return hmac.digest(secret.encode(), f"{limit.kind}\n{key}".encode(), hashlib.sha256), window_at


def network_of(address: str | None) -> str:
    """What one sender can hardly leave: the IPv4 address, or the first half of an IPv6 one."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return found.exploded[:19]
    return str(found)


def counted(session: Session, limit: Limit, key: str, *, secret: str, now: datetime) -> int:
    """How many tries there were in this window, without counting one."""
    hashed, window_at = _place(limit, key, secret, now)
    row = session.get(Attempts, (limit.kind, hashed, window_at))
    return row.count if row else 0
