"""Operations alarms: opened once, closed when it is over."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from heritage.feeds.models import OpsAlarm


def open_alarm(session: Session, kind: str, feed: str | None, detail: str, now: datetime) -> bool:
    """Say that something is wrong.

    Args:    kind: what; of one kind and feed one alarm is open at a time.  detail: for a person; no secrets.
    Returns: whether the alarm is new; one that is open keeps its beginning and gets the newer detail.
    """
    statement = (
        insert(OpsAlarm)
        .values(kind=kind, feed=feed, opened_at=now, detail=detail)
        .on_conflict_do_nothing()
        .returning(col(OpsAlarm.id))
    )
    if session.connection().execute(statement).scalar_one_or_none() is not None:
        return True
    session.connection().execute(_open(kind, feed).values(detail=detail))
    return False


def close_alarm(session: Session, kind: str, feed: str | None, now: datetime) -> bool:
    """Say that it is over.  Returns: whether one was open."""
    closed = session.connection().execute(_open(kind, feed).values(closed_at=now))
    return bool(closed.rowcount)


def _open(kind: str, feed: str | None) -> sa.Update:
    return sa.update(OpsAlarm).where(
        col(OpsAlarm.kind) == kind, col(OpsAlarm.feed).is_not_distinct_from(feed), col(OpsAlarm.closed_at).is_(None)
    )


def list_alarms(session: Session, *, only_open: bool = False, limit: int = 100) -> list[OpsAlarm]:
    """Alarms, the open ones first, then the newest."""
    query = select(OpsAlarm).order_by(col(OpsAlarm.closed_at).is_not(None), col(OpsAlarm.opened_at).desc())
    if only_open:
        query = query.where(col(OpsAlarm.closed_at).is_(None))
    return list(session.exec(query.limit(limit)))
