"""Looking after the feeds: alarms for those that are silent themselves, and a ledger that does not grow for ever."""

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.feeds.alarms import close_alarm, open_alarm
from heritage.feeds.health import Health
from heritage.feeds.models import AlarmKind, FeedRun, Outcome
from heritage.feeds.queries import FeedHealth, list_health
from heritage.feeds.registry import Configured


def watch_feeds(session: Session, feeds: list[Configured], newest: Mapping[str, date], now: datetime) -> dict[str, int]:
    """Raise an alarm for every feed that was not reached, or had nothing new, for too long; end those that are over.

    Args:    newest: the newest event of each feed, by name.  now: aware UTC.
    Returns: counts opened and closed.
    """
    opened = closed = 0
    for each in list_health(session, feeds, newest, now):
        name = each.feed.name
        if detail := _staleness(each):
            opened += open_alarm(session, AlarmKind.FEED_STALE, name, detail, now)
        else:
            closed += close_alarm(session, AlarmKind.FEED_STALE, name, now)
    return {"opened": opened, "closed": closed}


def _staleness(each: FeedHealth) -> str | None:
    """Why a feed is too old to say anything, for a person; None when it is not, or is off or paused."""
    last = each.state.last_good_at
    if each.verdict.overdue is not None and last is not None and each.health not in (Health.OFF, Health.PAUSED):
        return f"Not reached since {last:%Y-%m-%d %H:%M} UTC."
    if each.health is Health.SILENT and each.newest_event_on is not None:
        # Whether that is peace or a fault of the source only a person can find out.
        return f"It answers, and the newest event it has is of {each.newest_event_on}, longer ago than is usual."
    return None


def prune_runs(session: Session, before: datetime) -> int:
    """Forget runs that ended before a moment; the newest of each feed and outcome stays.

    Returns: how many were forgotten.
    """
    newest = select(sa.func.max(FeedRun.id)).group_by(col(FeedRun.feed), col(FeedRun.outcome))
    old = sa.delete(FeedRun).where(
        col(FeedRun.outcome) != Outcome.RUNNING, col(FeedRun.started_at) < before, col(FeedRun.id).not_in(newest)
    )
    return int(session.connection().execute(old).rowcount)
