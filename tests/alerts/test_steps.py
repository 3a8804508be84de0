"""When something is said: one thread an episode, a stream of updates, corrections, and silence about old news."""

from datetime import UTC, date, datetime, timedelta

import pytest

from heritage.alerts.rules import load_alert_rules
from heritage.alerts.steps import Kind, Report, Standing, Told, next_step
from heritage.settings import data_dir

RULES = load_alert_rules(data_dir("config") / "alerts.toml").message
NOW = datetime(2015, 5, 21, 12, tzinfo=UTC)
TODAY = NOW.date()


def stands(level: int, *incidents: int, on: date = TODAY, km: float = 2.0, gone: tuple[int, ...] = ()) -> Standing:
    return Standing(level, {number: Report(number, on, km) for number in incidents}, frozenset(gone))


def told(level: int, *incidents: int, ago_h: float = 1, said: int | None = -1) -> Told:
    reports = {number: Report(number, TODAY, 2.0) for number in incidents}
    return Told(level, NOW - timedelta(hours=ago_h), level if said == -1 else said, reports)


@pytest.mark.parametrize(
    ("before", "now", "kind", "from_level"),
    [
        (None, stands(4, 1), Kind.ALERT, 0),
        (None, stands(2, 1), Kind.ALERT, 0),
        (None, stands(1, 1), None, 0),  # watch is for summaries
        (told(2, 1), stands(4, 1, 2), Kind.UPDATE, 2),  # a rise is told at once
        (told(4, 1), stands(2, 1), Kind.UPDATE, 4),
        (told(4, 1), stands(1, 1), Kind.CANCEL, 4),
        (told(4, 1), stands(0), Kind.CANCEL, 4),
        (told(3, 1), stands(3, 1), None, 0),  # nothing new
        (told(3, 1, ago_h=1), stands(3, 1, 2), None, 0),  # new, but an update left an hour ago
        (told(3, 1, ago_h=7), stands(3, 1, 2), Kind.UPDATE, 3),
    ],
)
def test_what_is_due(before: Told | None, now: Standing, kind: Kind | None, from_level: int) -> None:
    step = next_step(before, now, RULES, NOW)
    assert (step.kind if step else None) == kind
    if step:
        assert step.from_level == from_level


@pytest.mark.parametrize("before", [None, told(2, 1)])
def test_old_news_raises_nothing_and_mails_nobody(before: Told | None) -> None:
    old = TODAY - timedelta(days=RULES.news_days + 1)
    assert next_step(before, stands(4, 5, on=old), RULES, NOW) is None
    fresh = TODAY - timedelta(days=RULES.news_days)
    assert next_step(before, stands(4, 5, on=fresh), RULES, NOW) is not None


def test_a_hundred_reports_in_an_hour_are_one_alert_and_one_update() -> None:
    said, before = [], None
    for minute in range(0, 8 * 60, 5):
        now = NOW + timedelta(minutes=minute)
        here = stands(3, *range(1, 2 + min(minute, 99)))
        step = next_step(before, here, RULES, now)
        if step is not None:
            said.append(step.kind)
            before = Told(here.level, now, here.level, dict(here.reports))
    assert said == [Kind.ALERT, Kind.UPDATE]


def test_what_was_withdrawn_or_moved_is_put_right_at_the_same_level() -> None:
    withdrawn = next_step(told(3, 1, 2), stands(3, 1, gone=(2,)), RULES, NOW)
    assert withdrawn is not None
    assert (withdrawn.kind, withdrawn.wrong) == (Kind.UPDATE, frozenset({2}))
    moved = next_step(told(3, 1, 2), Standing(3, {1: Report(1, TODAY, 2.4), 2: Report(2, TODAY, 9.0)}), RULES, NOW)
    assert moved is not None
    assert moved.wrong == {2}
    assert moved.correction


def test_corrections_wait_a_little_for_one_another() -> None:
    assert next_step(told(3, 1, 2, ago_h=0.1), stands(3, 1, gone=(2,)), RULES, NOW) is None


def test_an_end_that_an_error_brought_about_says_so() -> None:
    step = next_step(told(4, 1), stands(0, gone=(1,)), RULES, NOW)
    assert step is not None
    assert (step.kind, step.correction) == (Kind.CANCEL, True)


def test_a_thread_of_which_nobody_was_told_ends_without_a_word() -> None:
    step = next_step(Told(0, NOW, None), stands(0), RULES, NOW)
    assert step is not None
    assert step.kind is Kind.CLOSE


def test_what_people_rejected_is_not_proposed_again_without_new_reports() -> None:
    rejected = told(4, 1, ago_h=10, said=None)
    assert next_step(rejected, stands(4, 1), RULES, NOW) is None
    assert next_step(rejected, stands(3, 1), RULES, NOW) is None
    again = next_step(rejected, stands(4, 1, 2), RULES, NOW)
    assert again is not None
    assert (again.kind, again.from_level) == (Kind.ALERT, 0)


def test_a_fall_is_told_from_what_people_know_and_not_from_what_was_rejected() -> None:
    rejected = Told(4, NOW - timedelta(hours=1), 3, {1: Report(1, TODAY, 2.0)})
    assert next_step(rejected, stands(3, 1), RULES, NOW) is None
    fall = next_step(rejected, stands(2, 1), RULES, NOW)
    assert fall is not None
    assert fall.from_level == 3
