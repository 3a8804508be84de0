"""Looking after the feeds: alarms for those that are silent themselves, and a ledger that does not grow for ever."""

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.feeds.alarms import close_alarm, open_alarm
from heritage.feeds.health import Health
from heritage.feeds.models import AlarmKind, FeedRun, Outcome
from heritage.feeds.queries import list_health
from heritage.feeds.registry import Configured


def watch_feeds(session: Session, feeds: list[Configured], newest: Mapping[str, date], now: datetime) -> dict[str, int]:
    """Raise an alarm for every feed that has not been reached for too long, and end those that are over.

    Args:    newest: the newest event of each feed, by name.  now: aware UTC.
    Returns: counts opened and closed.
    """
    opened = closed = 0
    for each in list_health(session, feeds, newest, now):
        name = each.feed.name
        if each.verdict.overdue is not None and each.health not in (Health.OFF, Health.PAUSED):
            last = each.state.last_good_at
            detail = f"Not reached since {last:%Y-%m-%d %H:%M} UTC." if last else "Never reached."
            opened += open_alarm(session, AlarmKind.FEED_STALE, name, detail, now)
        else:
            closed += close_alarm(session, AlarmKind.FEED_STALE, name, now)
    return {"opened": opened, "closed": closed}


def prune_runs(session: Session, before: datetime) -> int:
    """Forget runs that ended before a moment; the newest of each feed and outcome stays.

    Returns: how many were forgotten.
    """
    newest = select(sa.func.max(FeedRun.id)).group_by(col(FeedRun.feed), col(FeedRun.outcome))
    old = sa.delete(FeedRun).where(
        col(FeedRun.outcome) != Outcome.RUNNING, col(FeedRun.started_at) < before, col(FeedRun.id).not_in(newest)
    )
    return int(session.connection().execute(old).rowcount)
