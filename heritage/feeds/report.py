"""What runs, health and alarms look like as data; the command line and the pages give out the same."""

from typing import Any

from heritage.feeds.models import FeedRun, OpsAlarm
from heritage.feeds.queries import FeedHealth


def health_as_json(each: FeedHealth) -> dict[str, Any]:
    """One feed's health; ``error`` may tell of the machine and is for its operators."""
    feed, state, verdict = each.feed, each.state, each.verdict
    moments = {
        name: value.isoformat() if value else None
        for name, value in (
            ("last_run_at", state.last_run_at),
            ("last_good_at", state.last_good_at),
            ("next_try_at", state.next_try_at),
        )
    }
    return {
        "feed": feed.name,
        "title": feed.settings.title,
        "brings": "events" if feed.adapter is not None else "news",
        "enabled": feed.live.enabled and bool(feed.live.base_url),
        "paused": state.paused,
        "every_minutes": feed.live.every_minutes,
        "fresh_days": feed.live.fresh_days,
        "base_url": feed.live.base_url,
        "attribution": feed.live.attribution or feed.settings.licence,
        "health": each.health.value,
        **moments,
        "newest_event_on": each.newest_event_on.isoformat() if each.newest_event_on else None,
        "lag_days": verdict.lag_days,
        "overdue_s": int(verdict.overdue.total_seconds()) if verdict.overdue else None,
        "not_known_since": verdict.not_known_since.isoformat() if verdict.not_known_since else None,
        "known_until": state.known_until.isoformat() if state.known_until else None,
        "embargo": state.embargo,
        "gap": list(state.gap),
        "failures": state.failures,
        "outcome": state.outcome,
        "error": state.error,
    }


def run_as_json(run: FeedRun) -> dict[str, Any]:
    """One run's record, whole."""
    return run.model_dump(mode="json")


def alarm_as_json(alarm: OpsAlarm) -> dict[str, Any]:
    """One alarm."""
    return alarm.model_dump(mode="json")
