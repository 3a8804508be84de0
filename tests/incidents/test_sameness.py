"""Sameness: which reports of different feeds tell of one happening."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.incidents.sameness import ENOUGH, Told, compare, find_alike, group

TOWN = Told(
    1, "ucdp", 38.284, 34.562, 3.0, date(2015, 5, 20), date(2015, 5, 20), "fighting", ("Government of Syria", "IS"), 20
)


def other(**changes) -> Told:
    return replace(TOWN, **({"event": 2, "feed": "acled"} | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"occurred_from": date(2015, 5, 21), "occurred_to": date(2015, 5, 21), "radius_km": 5.0},
        {"lon": 38.3, "parties": ("Islamic State", "Military Forces of Syria")},
        {"kind": "non_state_fighting"},
        {"kind": "shelling", "deaths": 18},
    ],
)
def test_two_feeds_that_tell_of_one_happening_are_joined(changes):
    told = [TOWN, other(**changes)]
    assert set(group(told, find_alike(told)).values()) == {1}


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": 34.9},
        {"occurred_from": date(2015, 5, 23), "occurred_to": date(2015, 5, 23)},
        {"parties": ("Kurdish forces", "Government of Turkey")},
        {"kind": "looting"},
        {"occurred_from": date(2015, 5, 1), "occurred_to": date(2015, 5, 31)},
        {"feed": "ucdp"},
    ],
    ids=["elsewhere", "days later", "others", "of another kind", "some day of a month", "of the same feed"],
)
def test_two_happenings_stay_apart(changes):
    told = [TOWN, other(**changes)]
    assert set(group(told, find_alike(told)).values()) == {1, 2}


def test_place_alone_is_never_enough():
    silent = other(
        kind="other", parties=(), deaths=None, occurred_from=date(2015, 5, 21), occurred_to=date(2015, 5, 21)
    )
    assert compare(TOWN, silent, 0.0) < ENOUGH


def test_two_that_are_as_like_leave_the_question_to_a_person():
    told = [TOWN, other(), other(event=3)]
    assert group(told, find_alike(told)) == {1: 1, 2: 2, 3: 3}


def test_several_claims_may_tell_of_one_event_of_another_feed():
    told = [TOWN, other(feed="reports"), other(feed="reports", event=3)]
    assert set(group(told, find_alike(told)).values()) == {1}


def test_a_persons_word_stands_above_the_rule():
    told = [TOWN, other(), other(event=3, feed="starter", lat=35.5)]
    alike = find_alike(told)
    assert group(told, alike, apart=[(1, 2)])[2] == 2
    assert group(told, alike, same=[(1, 3)])[3] == 1
    # What is apart never comes together by way of a third.
    assert group(told, alike, same=[(1, 3)], apart=[(2, 3)])[2] == 2


def test_three_feeds_meet_in_one_happening_whatever_the_order():
    told = [TOWN, other(), other(event=3, feed="starter")]
    for order in (told, told[::-1], [told[1], told[2], told[0]]):
        assert set(group(order, find_alike(order)).values()) == {1}


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 6), st.floats(-0.1, 0.1), st.sampled_from([1.0, 5.0, 25.0])),
        max_size=20,
    )
)
def test_no_happening_holds_two_events_of_a_feed_that_counts_each_once(rows):
    told = [
        Told(n, feed, 180.0 - abs(off), 10 + off, r, day := date(2015, 1, 1) + timedelta(days=d), day, "fighting")
        for n, (feed, d, off, r) in enumerate(rows, start=1)
    ]
    heads = group(told, find_alike(told))
    for head in set(heads.values()):
        feeds = [t.feed for t in told if heads[t.event] == head]
        assert len(feeds) == len(set(feeds))
    assert group(told, find_alike(told)) == heads
