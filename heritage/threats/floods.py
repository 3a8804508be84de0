"""How much strangers may file, by network and together, counted where every process counts; one notice for a flood."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from heritage.accounts.limits import Limit, count_attempt
from heritage.threats.models import StaffNotice

log = structlog.get_logger(__name__)

HOUR = timedelta(hours=1)
FLOOD = "flood"
# A pause this long ends a flood: what comes after it is another one, and told of again.
FLOOD_PAUSE = timedelta(hours=6)
NOTICE_LOCK = 7_236_421
TOLD_EVERY = 100


@dataclass(frozen=True)
class Budget:
    """How many public reports an hour are taken, and how many of them from one network."""

    together: int
    network: int


class Room(StrEnum):
    """Whether there is room for one more."""

    YES = "yes"
    NETWORK_FULL = "network_full"
    FULL = "full"


def wide_network(address: str | None) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; "unknown" for what is none."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return str(ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))


def take_room(session: Session, address: str | None, budget: Budget, *, secret: str, now: datetime) -> Room:
    """Count one try and say whether it may go on; commit it whatever becomes of the try.

    Args:    address: of the sender; only a keyed hash of its network is kept, for at most a day.
    """
    network = wide_network(address)
    tries = _count(session, "public reports tried", "", secret, now)
    if _count(session, "public reports of a network", network, secret, now) > budget.network:
        room = Room.NETWORK_FULL
    elif _count(session, "public reports", "", secret, now) > budget.together:
        room = Room.FULL
    else:
        return Room.YES
    over = tries - budget.together
    if over > 0 and over % TOLD_EVERY == 1:
        note_flood(session, now, min(over, TOLD_EVERY))
    return room


def _count(session: Session, kind: str, key: str, secret: str, now: datetime) -> int:
    return count_attempt(session, Limit(kind, 0, HOUR), key, secret=secret, now=now)


def note_flood(session: Session, now: datetime, refused: int) -> None:
    """Tell staff of a flood, once; while it goes on, the same notice counts on."""
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": NOTICE_LOCK})
    query = select(StaffNotice).where(StaffNotice.kind == FLOOD, col(StaffNotice.last_at) > now - FLOOD_PAUSE)
    notice = session.exec(query.order_by(col(StaffNotice.id).desc()).limit(1)).first()
    if notice is None:
        log.warning("flood_of_public_reports")
        notice = StaffNotice(kind=FLOOD, began_at=now, last_at=now)
    notice.last_at, notice.refused = now, notice.refused + refused
    session.add(notice)
    session.flush()
