"""Which slots are due, from the triggers' own arithmetic; nothing sleeps and nothing ticks."""

from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger

from heritage.scheduling.domain import Cadence, CatchUp, due_slots, slots_between

QUARTERS = Cadence(CronTrigger(minute="*/15", timezone="UTC"), CatchUp.NEWEST, timedelta(hours=6))
DAILY = Cadence(CronTrigger(hour=5, minute=0, timezone="UTC"), CatchUp.EACH, timedelta(days=3))


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2015, 5, day, hour, minute, second, tzinfo=UTC)


def test_slots_lie_after_the_first_bound_and_up_to_the_second() -> None:
    assert list(slots_between(QUARTERS.trigger, at(21, 12), at(21, 12, 30))) == [at(21, 12, 15), at(21, 12, 30)]


def test_a_slot_already_in_the_ledger_is_not_due_again() -> None:
    assert due_slots(QUARTERS, at(21, 12, 15), at(1, 0), False, at(21, 12, 15, 1)) == []
    assert due_slots(DAILY, at(21, 5), at(1, 0), False, at(21, 5, 0, 1)) == []


def test_an_empty_ledger_makes_the_newest_quarter_due_at_once_but_no_summary_of_days_before() -> None:
    assert due_slots(QUARTERS, None, None, False, at(21, 12, 7)) == [at(21, 12, 0)]
    assert due_slots(DAILY, None, None, False, at(21, 12, 7)) == []


def test_first_summary_is_due_on_the_morning_after_the_ledger_began() -> None:
    assert due_slots(DAILY, None, at(21, 12), False, at(22, 4, 59)) == []
    assert due_slots(DAILY, None, at(21, 12), False, at(22, 5)) == [at(22, 5)]


def test_of_missed_quarters_only_the_newest_is_made_up_for() -> None:
    assert due_slots(QUARTERS, at(21, 8), at(1, 0), False, at(21, 12, 14)) == [at(21, 12)]
    assert due_slots(QUARTERS, at(10, 8), at(1, 0), False, at(21, 12, 14)) == [at(21, 12)]


def test_nothing_is_added_while_an_earlier_quarter_waits() -> None:
    assert due_slots(QUARTERS, at(21, 12), at(1, 0), True, at(21, 12, 15)) == []


def test_each_missed_summary_is_made_up_for_up_to_the_age_gate() -> None:
    assert due_slots(DAILY, at(19, 5), at(1, 0), True, at(21, 6)) == [at(20, 5), at(21, 5)]
    assert due_slots(DAILY, at(10, 5), at(1, 0), False, at(21, 6)) == [at(19, 5), at(20, 5), at(21, 5)]


@pytest.mark.parametrize("month", [3, 10])
def test_a_day_of_clock_change_in_europe_has_one_summary(month: int) -> None:
    start = datetime(2015, month, 24, tzinfo=UTC)
    slots = list(slots_between(DAILY.trigger, start, start + timedelta(days=7)))
    assert len(slots) == 7
    assert {slot.hour for slot in slots} == {5}
