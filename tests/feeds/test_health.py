"""When a feed's silence means something: pure, case by case."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from heritage.feeds.health import Expectation, Health, RunState, judge

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()


def verdict(newest: date | None = TODAY, enabled: bool = True, events: bool = True, **state: Any) -> Any:
    expected = Expectation(enabled, timedelta(hours=1), 14, events)
    return judge(expected, RunState(**{"last_good_at": NOW - timedelta(minutes=30), **state}), newest, NOW)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({}, Health.GOOD),
        ({"enabled": False}, Health.OFF),
        ({"paused": True}, Health.PAUSED),
        ({"last_good_at": None}, Health.NEVER),
        ({"failures": 1}, Health.FAILING),
        ({"outcome": "quarantined", "failures": 1}, Health.QUARANTINED),
        ({"last_good_at": NOW - timedelta(hours=4)}, Health.STALE),
        ({"known_until": date(2025, 11, 22), "embargo": "12 Months"}, Health.EMBARGOED),
        ({"gap": ("20261122110000",)}, Health.GAP),
        ({"newest": TODAY - timedelta(days=15)}, Health.SILENT),
        ({"newest": None}, Health.SILENT),
        ({"newest": None, "events": False}, Health.GOOD),
    ],
)
def test_the_word_about_a_feed(state: dict[str, Any], word: Health) -> None:
    assert verdict(**state).health is word


def test_an_embargo_says_since_when_nothing_is_known() -> None:
    assert verdict(known_until=date(2025, 11, 22), embargo="12 Months").not_known_since == date(2025, 11, 23)


def test_a_source_out_of_reach_is_known_up_to_the_last_good_run() -> None:
    assert verdict(last_good_at=datetime(2026, 10, 1, 9, tzinfo=UTC), failures=4).not_known_since == date(2026, 10, 2)


def test_an_old_newest_event_says_nothing_after_it() -> None:
    found = verdict(newest=date(2026, 9, 30))
    assert (found.lag_days, found.not_known_since) == (53, date(2026, 10, 1))


def test_an_embargo_is_no_lag_of_the_source() -> None:
    shown = {"known_until": date(2025, 11, 22), "embargo": "12 Months"}
    assert verdict(newest=date(2025, 11, 10), **shown).not_known_since == date(2025, 11, 23)
    assert verdict(newest=date(2025, 10, 10), **shown).not_known_since == date(2025, 10, 11)


def test_a_feed_up_to_date_leaves_nothing_unknown() -> None:
    assert verdict(newest=TODAY - timedelta(days=3)).not_known_since is None


def test_a_source_that_failed_since_this_morning_is_not_known_today() -> None:
    assert verdict(last_good_at=NOW, failures=1).not_known_since == TODAY


def test_a_run_is_overdue_after_three_cadences() -> None:
    assert verdict(last_good_at=NOW - timedelta(hours=2, minutes=59)).overdue is None
    assert verdict(last_good_at=NOW - timedelta(hours=5)).overdue == timedelta(hours=2)
