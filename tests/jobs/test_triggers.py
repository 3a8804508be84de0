"""The steady rhythm: the same slots wherever they are worked out, apart from others', never two for one."""

from datetime import UTC, datetime, timedelta

from heritage.scheduling.domain import slots_between
from heritage.scheduling.triggers import Rhythm

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def slots(rhythm: Rhythm, hours: int = 24) -> list[datetime]:
    return list(slots_between(rhythm, NOON, NOON + timedelta(hours=hours)))


def test_a_day_has_as_many_slots_as_the_cadence_says() -> None:
    found = slots(Rhythm(QUARTER, "here gdelt", 120))
    assert len(found) in (95, 96, 97)
    gaps = [later - earlier for earlier, later in zip(found, found[1:], strict=False)]
    assert min(gaps) >= QUARTER - timedelta(seconds=120)
    assert max(gaps) <= QUARTER + timedelta(seconds=120)
    assert len(set(gaps)) > 5


def test_every_process_works_out_the_same_slots() -> None:
    assert slots(Rhythm(QUARTER, "here gdelt", 120)) == slots(Rhythm(QUARTER, "here gdelt", 120))


def test_two_installations_ask_at_different_moments() -> None:
    assert slots(Rhythm(QUARTER, "here gdelt"))[0] != slots(Rhythm(QUARTER, "there gdelt"))[0]


def test_the_next_slot_is_after_the_previous_one() -> None:
    rhythm = Rhythm(QUARTER, "here gdelt", 120)
    first = rhythm.get_next_fire_time(None, NOON)
    assert first is not None
    second = rhythm.get_next_fire_time(first, first)
    assert second is not None
    assert second > first
