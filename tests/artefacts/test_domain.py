"""Codes, counts, differences, chains and packing lists, without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.artefacts.counting import Line, compare
from heritage.artefacts.custody import Custody, chain_of
from heritage.artefacts.domain import (
    NEXT,
    SETTLED,
    Difference,
    Movability,
    State,
    check_count,
    check_step,
    may_follow,
    plain_code,
    rest_of,
)
from heritage.artefacts.packing import Candidate, Capacity, LeftBecause, packing_list
from heritage.artefacts.service import new_code
from heritage.core.errors import Conflict, InvalidInput

NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["k7qx-3m2p", " K7QX3M2P ", "K7QX 3M2P", "K7QX–3M2P"])
def test_a_code_is_read_however_it_is_typed(typed):
    assert plain_code(typed) == "K7QX-3M2P"


@pytest.mark.parametrize("typed", ["", "K7QX", "K7QX-3M2PP", "K7QX-3M2O", "../../etc", "\x00"])
def test_what_is_no_code_is_none(typed):
    assert plain_code(typed) is None


def test_codes_are_their_own_plain_form_and_do_not_repeat():
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert all(plain_code(code) == code for code in codes)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 5), (9, 2), (1, 1_000_001), (10**9, 10**9)])
def test_absurd_counts_are_refused(low, high):
    with pytest.raises(InvalidInput, match="count"):
        check_count(low, high)


def test_every_state_has_its_line_and_none_can_be_left_out_of_a_job_once_it_left():
    assert set(NEXT) == set(State)
    after = {State.IN_TRANSIT, State.RECEIVED, State.VERIFIED} | SETTLED
    assert not [state for state in after if may_follow(state, State.CANCELLED)]


def test_the_longest_way_is_the_one_of_the_handbook():
    way = [State.PLANNED, State.AUTHORISED, State.PACKED, State.IN_TRANSIT, State.RECEIVED, State.VERIFIED]
    for before, after in zip(way, way[1:], strict=False):
        check_step("X", before, after)
    for skipped in zip(way, way[2:], strict=False):
        with pytest.raises(Conflict):
            check_step("X", *skipped)
    with pytest.raises(Conflict, match="it has not left"):
        check_step("X", State.PACKED, State.RETURNED)


LINES = st.lists(
    st.builds(Line, st.sampled_from(["A", "B", "C"]), st.booleans(), st.integers(0, 50), st.sampled_from(["", "S1"])),
    unique_by=lambda line: line.code,
)


@given(LINES)
def test_what_both_sides_say_alike_is_no_difference(lines):
    there = [line for line in lines if line.present]
    assert compare(there, there) == []


@given(LINES, LINES)
def test_every_unit_that_did_not_come_is_named_once(given_lines, found):
    there = [line for line in given_lines if line.present]
    came = {line.code for line in found if line.present}
    absent = [one.code for one in compare(there, found) if one.kind is Difference.ABSENT]
    assert absent == [line.code for line in there if line.code not in came]


def entry(number, giver, taker, hours=0, late=0, corrects=None):
    happened = NOON + timedelta(hours=hours)
    return Custody(number, giver, taker, happened, happened + timedelta(days=late), corrects)


def test_a_chain_shows_its_gap_and_what_was_written_late():
    chain = chain_of([entry(2, "school", "depot", 5, late=3), entry(1, "museum", "lorry", 1)])
    assert [(link.entry.id, link.gap, link.late) for link in chain.links] == [(1, False, False), (2, True, True)]
    assert chain.holder == "depot"


def test_a_correction_stands_in_place_of_what_it_corrects():
    chain = chain_of(
        [entry(1, "museum", "lorry", 1), entry(2, "lorry", "depot", 2), entry(3, "museum", "van", 1, 0, 1)]
    )
    assert [(link.entry.id, link.corrected, link.gap) for link in chain.links] == [
        (1, True, False), (3, False, False), (2, False, True),
    ]  # fmt: skip


def candidate(code, level=0, priority=3, movability=Movability.MOVABLE, minutes=10.0, weight=None):
    return Candidate(code, level, priority, movability, minutes, weight)


def test_the_list_goes_by_level_then_priority_then_portability_then_time():
    ranked = [
        candidate("E", minutes=20), candidate("D", minutes=5), candidate("C", movability=Movability.WITH_EQUIPMENT),
        candidate("B", priority=1), candidate("A", level=4, priority=5),
    ]  # fmt: skip
    taken = packing_list(ranked, Capacity()).taken
    assert [one.candidate.code for one in taken] == ["A", "B", "D", "E", "C"]
    assert taken[-1].minutes == 55


def test_what_does_not_fit_is_named_with_what_is_short_and_lighter_things_still_go():
    things = [candidate("A", priority=1, weight=90), candidate("B", weight=20), candidate("C", minutes=500),
              candidate("D", movability=Movability.WITH_EQUIPMENT)]  # fmt: skip
    found = packing_list(things, Capacity(minutes=60, weight_kg=100, equipment=False))
    assert [one.candidate.code for one in found.taken] == ["A"]
    assert {one.code: why for one, why in found.left} == {
        "B": LeftBecause.WEIGHT, "C": LeftBecause.TIME, "D": LeftBecause.EQUIPMENT,
    }  # fmt: skip


@given(st.permutations([candidate(code, level, minutes=minutes) for code, level, minutes in
                        (("A", 1, 9.0), ("B", 1, 9.0), ("C", 2, None), ("D", 0, 3.0))]))  # fmt: skip
def test_the_order_of_the_file_does_not_matter(things):
    assert [one.candidate.code for one in packing_list(things, Capacity(minutes=28)).taken] == ["C", "A", "D"]


@pytest.mark.parametrize(
    ("lot", "part", "left"),
    [((200, 999), (40, 40), (160, 959)), ((200, 999), (100, 300), (1, 899)), ((3, 9), (1, 1), (2, 8)),
     ((1, 2), (1, 1), (1, 1)), ((5, 5), (4, 4), (1, 1))],
)  # fmt: skip
def test_what_is_left_of_a_lot_is_what_can_be_left(lot, part, left):
    assert rest_of(*lot, *part) == left


@pytest.mark.parametrize("part", [(0, 0), (5, 3), (9, 9), (2, 9), (-1, 2), (1, 10**9)])
def test_a_part_that_cannot_be_is_refused(part):
    with pytest.raises(InvalidInput):
        rest_of(3, 9, *part)
