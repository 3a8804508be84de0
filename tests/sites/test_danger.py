"""The List in Danger: grammar, sessions, status on a day."""

from datetime import date

import pytest

from heritage.core.dates import Trilean
from heritage.core.errors import InvalidInput
from heritage.sites.danger import (
    DangerStay,
    Sessions,
    Turn,
    check_stays,
    parse_danger,
    parse_sessions,
    resolve_flag,
    resolve_spells,
    status_on,
)
from heritage.sites.domain import DangerSpell
from heritage.sites.importing import committee_sessions

SESSIONS = parse_sessions("""
[[session]]
name = "37 COM"
opened_on = 2013-06-16
closed_on = 2013-06-27
[[session]]
name = "18 EXT.COM"
opened_on = 2023-01-24
closed_on = 2023-01-25
decided = ["1700"]
[[session]]
name = "45 COM"
opened_on = 2023-09-10
closed_on = 2023-09-25
[[session]]
name = "47 COM"
opened_on = 2025-07-06
closed_on = 2025-07-16
[[deleted]]
id_no = "9"
session = "45 COM"
""")


def spells(text: str) -> list[tuple[int, int | None]]:
    return [(spell.begin_year, spell.end_year) for spell in parse_danger(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("0", []),
        (None, []),
        ("Y 2013", [(2013, None)]),
        ("P 1995-2003", [(1995, 2003)]),
        ("Y 2010 P 1993-2007", [(1993, 2007), (2010, None)]),
        ("P 1984-1988 P 2000-2006", [(1984, 1988), (2000, 2006)]),
        (" y 2013 ", [(2013, None)]),
    ],
)
def test_the_cell_is_read_oldest_first(text: str, expected: list[tuple[int, int | None]]) -> None:
    assert spells(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("P 2003-1995", "ends before it starts"),
        ("Y 2010 Y 2012", "two danger periods are open"),
        ("P 1990-2000 P 1995-2005", "overlap"),
        ("Y 2000 P 2005-2010", "overlap"),
        ("2013", "not a Danger-List entry"),
        ("Y 20134", "not a Danger-List entry"),
        ("=Y 2013", "not a Danger-List entry"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        parse_danger(text)


def test_a_year_is_the_closing_day_of_its_session() -> None:
    turn = SESSIONS.turn_in(2013, "23")
    assert (turn.earliest, turn.latest, turn.decision) == (date(2013, 6, 27), date(2013, 6, 27), "37 COM")


def test_a_year_with_two_sessions_lies_between_unless_one_names_the_site() -> None:
    assert SESSIONS.turn_in(2023, "527").earliest == date(2023, 1, 25)
    assert SESSIONS.turn_in(2023, "527").latest == date(2023, 9, 25)
    assert SESSIONS.turn_in(2023, "1700").latest == date(2023, 1, 25)


def test_a_year_without_a_session_is_the_whole_year() -> None:
    turn = SESSIONS.turn_in(2020, "1")
    assert (turn.earliest, turn.latest, turn.edtf) == (date(2020, 1, 1), date(2020, 12, 31), "2020")


def test_the_configured_sessions_are_in_order_and_one_after_another() -> None:
    held = committee_sessions().held
    assert all(s.opened_on <= s.closed_on for s in held)
    assert all(a.closed_on < b.opened_on for a, b in zip(held, held[1:], strict=False))
    assert {s.closed_on.year for s in held} == set(range(1977, 2027)) - {2020, 2022}


def stays(*texts: str, sessions: Sessions = SESSIONS) -> list[DangerStay]:
    return resolve_spells(parse_danger(" ".join(texts)), [], "23", sessions)


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2013, 6, 26), Trilean.NO),
        (date(2013, 6, 27), Trilean.YES),
        (date(2020, 6, 1), Trilean.YES),
        (date(2023, 1, 24), Trilean.YES),
        (date(2023, 1, 25), Trilean.UNCERTAIN),
        (date(2023, 9, 24), Trilean.UNCERTAIN),
        (date(2023, 9, 25), Trilean.NO),
    ],
)
def test_status_on_a_day(day: date, status: Trilean) -> None:
    assert status_on(stays("P 2013-2023"), day) == status


def test_no_stay_means_no() -> None:
    assert status_on([], date(2020, 1, 1)) == Trilean.NO


def test_finer_knowledge_of_a_year_is_kept() -> None:
    known = DangerStay(Turn(date(2013, 6, 20), date(2013, 6, 20), "2013-06-20", "37 COM 7B.57"))
    assert resolve_spells([DangerSpell(2013)], [known], "23", SESSIONS) == [known]


def flagged(in_danger: bool, held: list[DangerStay], previous_on: date | None) -> list[DangerStay]:
    return resolve_flag(
        in_danger,
        None,
        held,
        ref="23",
        listed_from=date(1980, 9, 5),
        previous_on=previous_on,
        released_on=date(2026, 5, 4),
        sessions=SESSIONS,
    )


def test_a_flag_that_is_gone_closes_the_stay_at_the_one_session_between_two_lists() -> None:
    found = flagged(False, stays("Y 2013"), date(2024, 7, 31))
    assert found[0].began == stays("Y 2013")[0].began
    assert found[0].ended is not None
    assert (found[0].ended.latest, found[0].ended.decision) == (date(2025, 7, 16), "47 COM")


def test_a_new_flag_opens_a_stay_and_keeps_the_old_ones() -> None:
    found = flagged(True, stays("P 2013-2023"), date(2024, 7, 31))
    assert len(found) == 2
    assert found[1].began.latest == date(2025, 7, 16)


def test_a_first_flag_says_only_that_it_began_some_time_since_the_inscription() -> None:
    (stay,) = flagged(True, [], None)
    assert (stay.began.earliest, stay.began.latest) == (date(1980, 9, 5), date(2026, 5, 4))
    assert stay.status_on(date(2015, 5, 20)) == Trilean.UNCERTAIN


def test_an_unchanged_flag_changes_nothing() -> None:
    held = stays("Y 2013")
    assert flagged(True, held, date(2024, 7, 31)) == held
    assert flagged(False, stays("P 2013-2023"), date(2024, 7, 31)) == stays("P 2013-2023")


def test_stays_before_the_inscription_or_across_one_another_are_refused() -> None:
    with pytest.raises(InvalidInput, match="before the inscription"):
        check_stays(stays("Y 2013"), 2014)
    with pytest.raises(InvalidInput, match="overlap"):
        check_stays([*stays("P 2013-2025"), *stays("Y 2023")], None)


def test_a_broken_list_of_sessions_is_named() -> None:
    with pytest.raises(InvalidInput, match="sessions"):
        parse_sessions('[[deleted]]\nid_no = "9"\nsession = "45 COM"')
