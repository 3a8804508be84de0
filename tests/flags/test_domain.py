"""The decision on reports made by hand: the required outcomes of May 2015, and the rules one by one."""

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heritage.flags.domain import Level, NotKnown, Report, RuleName, decide, level_series
from heritage.flags.rules import parse_rules

RULES = parse_rules(tomllib.loads((Path(__file__).parents[2] / "config" / "rules.toml").read_text()))
DAY = date(2015, 5, 21)


def report(incident_id: int = 1, distance_km: float = 0.0, **changes: object) -> Report:
    """A sound report of a clash on 20 May 2015, its place exact to 3 km, the site a point."""
    known = {
        "site_id": 1,
        "part_id": 1,
        "part_ref": "1",
        "low_km": max(0.0, distance_km - 3),
        "high_km": distance_km + 3,
        "kind": "fighting",
        "occurred_from": date(2015, 5, 20),
        "occurred_to": date(2015, 5, 20),
        "radius_km": 3.0,
        "reliability": "C",
        "credibility": 2,
        "origins": (f"origin {incident_id}",),
        "extent_km": 0.0,
    }
    return Report(incident_id=incident_id, distance_km=distance_km, **(known | changes))  # type: ignore[arg-type]


PALMYRA = [
    report(1, 1.84, kind="control_change", extent_km=2.28, origins=("state television",)),
    report(2, 1.84, extent_km=2.28, origins=("observatory",)),
    report(3, 1.84, kind="air_strike", extent_km=2.28, reliability="D", credibility=3, origins=("activists",)),
]
KAFRANBEL = report(
    10,
    6.23,
    part_ref="1348-004",
    kind="explosion",
    radius_km=5.0,
    extent_km=2.2,
    reliability="D",
    credibility=3,
    origins=("activists",),
)
TAWAMEH = report(
    11,
    13.43,
    part_ref="1348-007",
    kind="air_strike",
    radius_km=5.0,
    extent_km=2.2,
    credibility=3,
    fatalities_best=15,
    origins=("observatory",),
)


def level(*reports: Report, on: date = DAY) -> int:
    return int(decide(reports, RULES, on).level)


def test_palmyra_is_critical_on_the_day_after_its_fall():
    decision = decide(PALMYRA, RULES, DAY)
    assert decision.level == Level.CRITICAL
    assert decision.since == date(2015, 5, 20)
    assert {r.rule for r in decision.reasons} == {RuleName.ON_SITE}
    assert decision.origins == 3
    assert decision.confidence > 0.8


def test_palmyra_is_quiet_before_anything_is_reported():
    assert level(*PALMYRA, on=date(2015, 5, 10)) == Level.NONE


def test_an_explosion_of_unknown_cause_six_km_off_is_an_advisory():
    decision = decide([KAFRANBEL, TAWAMEH], RULES, DAY)
    assert decision.level == Level.ADVISORY
    assert {r.report.part_ref for r in decision.reasons} == {"1348-004", "1348-007"}
    assert {NotKnown.CAUSE, NotKnown.SECOND_ORIGIN} <= set(decision.not_known)


@pytest.mark.parametrize("distance_km", [6.20, 6.24, 7.92])
@pytest.mark.parametrize("extent_km", [None, 2.2])
def test_the_advisory_does_not_hang_on_the_gazetteer(distance_km, extent_km):
    assert level(replace(KAFRANBEL, distance_km=distance_km, extent_km=extent_km)) == Level.ADVISORY


def test_a_raid_thirteen_km_off_is_a_watch_on_its_own():
    assert level(TAWAMEH) == Level.WATCH


def test_a_raid_thirty_two_km_off_is_nothing():
    assert level(replace(TAWAMEH, distance_km=31.99, extent_km=1.1)) == Level.NONE


@pytest.mark.parametrize("precision", ["district", "province", "area", "country", "none", "unheard of"])
def test_a_centroid_never_raises_a_level(precision):
    centroids = [report(n, 4.07, location_precision=precision, radius_km=100.0, fatalities_best=90) for n in range(30)]
    decision = decide(centroids, RULES, DAY)
    assert decision.level == Level.NONE
    assert RuleName.ON_SITE not in {r.rule for r in decision.reasons}


def test_a_centroid_on_the_site_itself_is_still_no_report_at_the_site():
    assert level(report(1, 0.0, location_precision="province", radius_km=1.0)) == Level.NONE


def test_a_place_that_is_only_mentioned_has_no_radius_and_counts_for_nothing():
    decision = decide([report(1, 1.71, radius_km=None)], RULES, DAY)
    assert (decision.level, decision.reasons) == (Level.NONE, ())


def test_coarse_reports_add_at_most_a_quarter_to_what_precise_ones_raised():
    precise = report(1, 8.0)
    coarse = [report(n, 8.0, location_precision="district", radius_km=30.0) for n in range(2, 80)]
    alone, together = decide([precise], RULES, DAY), decide([precise, *coarse], RULES, DAY)
    assert together.score == pytest.approx(1.25 * alone.score, abs=1e-3)


def test_five_reprints_of_one_origin_raise_nothing():
    first = report(1, 2.0)
    reprints = [report(n, 2.0 + n / 10, origins=first.origins) for n in range(2, 7)]
    one, six = decide([first], RULES, DAY), decide([first, *reprints], RULES, DAY)
    assert (six.level, six.score, six.confidence) == (one.level, one.score, one.confidence)
    assert [r.rule for r in six.reasons].count(RuleName.REPEAT) == 5


def test_a_second_origin_for_the_same_happening_makes_it_surer_not_heavier():
    first = report(1, 0.5)
    second = replace(first, origins=("someone else",))
    one, two = decide([first], RULES, DAY), decide([first, second, report(2, 0.5, origins=first.origins)], RULES, DAY)
    assert two.score == one.score


def test_one_origin_at_the_site_is_a_warning_and_two_are_critical():
    fierce = [
        report(n, 0.5, fatalities_best=50, kind=kind) for n, kind in enumerate(("fighting", "shelling", "looting"))
    ]
    same = [replace(r, origins=("one",)) for r in fierce]
    assert level(*same) == Level.WARNING
    assert level(*fierce) == Level.CRITICAL


def test_one_weak_origin_alone_never_raises_a_warning():
    weak = [
        report(n, 0.5, reliability="F", credibility=6, kind=kind, origins=("anonymous",), fatalities_best=90)
        for n, kind in enumerate(("fighting", "shelling", "looting", "air_strike"))
    ]
    assert level(*weak) == Level.ADVISORY
    assert level(*weak, report(9, 0.5)) >= Level.WARNING


def test_far_fighting_however_much_never_makes_an_advisory():
    assert level(*(report(n, 15.0, fatalities_best=90) for n in range(100))) == Level.WATCH


def test_the_buffer_zone_counts_as_beside_the_site_and_not_as_the_site():
    decision = decide([report(n, 9.0, in_buffer_zone=True, fatalities_best=90) for n in range(9)], RULES, DAY)
    assert decision.level == Level.WARNING
    assert decision.reasons[0].rule == RuleName.BUFFER_ZONE


def test_the_range_counts_and_not_the_nominal_distance_alone():
    sharp, vague = report(1, 4.0, radius_km=1.0), report(1, 4.0, radius_km=25.0, location_precision="near")
    assert decide([sharp], RULES, DAY).score > 4 * decide([vague], RULES, DAY).score
    assert level(vague) < level(sharp)


def test_the_nearest_part_counts_once():
    far, near = report(1, 20.0, part_ref="b"), report(1, 4.0, part_ref="a")
    decision = decide([far, near], RULES, DAY)
    assert [r.report.part_ref for r in decision.reasons] == ["a"]


def test_an_old_occurrence_reported_today_weighs_by_when_it_occurred():
    old = report(1, 0.5, occurred_from=date(2015, 4, 20), occurred_to=date(2015, 4, 20))
    assert decide([old], RULES, DAY).score < 0.1 * decide([report(1, 0.5)], RULES, DAY).score


def test_an_occurrence_that_has_not_begun_does_not_count():
    assert level(report(1, 0.5, occurred_from=DAY + timedelta(1), occurred_to=DAY + timedelta(1))) == Level.NONE


def test_an_imprecise_date_ages_from_its_latest_day():
    month = report(1, 0.5, occurred_from=date(2015, 5, 1), occurred_to=date(2015, 5, 31), time_precision="month")
    scores = [decide([month], RULES, day).score for day in (date(2015, 5, 1), date(2015, 5, 31), date(2015, 6, 7))]
    assert scores[0] == scores[1] == pytest.approx(2 * scores[2], rel=1e-3)
    assert scores[0] == pytest.approx(0.5 * decide([report(1, 0.5)], RULES, date(2015, 5, 20)).score, rel=1e-3)


def test_a_level_falls_only_after_days_below_the_lower_threshold():
    days = level_series(PALMYRA, RULES, date(2015, 5, 19), date(2015, 7, 31))
    levels = [int(level) for _, level, _ in days]
    assert levels[:2] == [0, 4]
    assert levels == [0, *sorted(levels[1:], reverse=True)]
    below = next(day for day, _, score in days if 0 < score < RULES.levels[3].leave)
    falls = next(day for day, level, _ in days[1:] if level < 4)
    assert falls == below + timedelta(RULES.hold_days - 1)


def test_between_its_thresholds_a_level_stays_what_it_was():
    fresh = report(1, 4.0, occurred_from=DAY, occurred_to=DAY)
    fierce = report(1, 4.0, occurred_from=DAY - timedelta(8), occurred_to=DAY - timedelta(8), fatalities_best=90)
    for known, expected in ((fresh, Level.ADVISORY), (fierce, Level.WARNING)):
        decision = decide([known], RULES, DAY)
        assert RULES.levels[2].leave < decision.score < RULES.levels[2].enter
        assert decision.level == expected


def test_what_would_clear_it_is_what_silence_brings():
    decision = decide(PALMYRA, RULES, DAY)
    assert [step.level for step in decision.clears] == [3, 2, 1, 0]
    for step in decision.clears:
        assert level(*PALMYRA, on=step.on) == step.level
        assert level(*PALMYRA, on=step.on - timedelta(1)) == step.level + 1


def test_no_report_is_said_to_be_silence_and_not_peace():
    decision = decide([], RULES, DAY)
    assert (decision.level, decision.since, decision.confidence) == (Level.NONE, None, 0.0)
    assert decision.not_known == (NotKnown.SILENCE,)


def test_reasons_are_sorted_by_weight_and_add_up_to_the_score():
    decision = decide([*PALMYRA, report(20, 12.0), report(21, 22.0)], RULES, DAY)
    weights = [r.weight for r in decision.reasons]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == pytest.approx(decision.score, abs=1e-3)


def test_a_level_held_for_the_whole_window_says_that_it_may_be_older():
    daily = [report(n, 0.5, occurred_from=d, occurred_to=d) for n in range(200) for d in [DAY - timedelta(n)]]
    decision = decide(daily, RULES, DAY)
    assert decision.since_at_least
    assert not decide(PALMYRA, RULES, DAY).since_at_least


any_report = st.builds(
    report,
    st.integers(1, 12),
    st.floats(0, 40),
    kind=st.sampled_from(sorted(RULES.kinds)),
    radius_km=st.sampled_from([None, 1.0, 3.0, 5.0, 25.0, 30.0]),
    location_precision=st.sampled_from(sorted(RULES.location_precision)),
    reliability=st.sampled_from("ABCDEF"),
    credibility=st.integers(1, 6),
    origins=st.sampled_from([(), ("a",), ("b",), ("a", "c")]),
    in_buffer_zone=st.booleans(),
    extent_km=st.sampled_from([None, 0.0, 2.0]),
    occurred_from=st.dates(date(2015, 3, 1), date(2015, 5, 19)),
    occurred_to=st.dates(date(2015, 5, 20), date(2015, 5, 30)),
) | st.builds(
    lambda n, km, day, **rest: report(n, km, occurred_from=day, occurred_to=day, **rest),
    st.integers(20, 60),
    st.floats(0, 10),
    st.dates(date(2015, 2, 1), date(2015, 5, 25)),
    fatalities_best=st.sampled_from([None, 0, 5, 80]),
    kind=st.sampled_from(sorted(RULES.kinds)),
    origins=st.sampled_from([("a",), ("b",), ("d",)]),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(any_report, max_size=25), st.randoms())
def test_each_day_of_a_series_is_what_was_decided_for_that_day(reports, chance):
    shuffled = list(reports)
    chance.shuffle(shuffled)
    for day, stands, score in level_series(reports, RULES, date(2015, 5, 17), date(2015, 5, 24)):
        decision = decide(shuffled, RULES, day)
        assert (decision.level, decision.score) == (stands, score)


@settings(max_examples=15, deadline=None)
@given(st.lists(any_report, max_size=25))
def test_coarse_reports_alone_are_always_level_none(reports):
    coarse = [r for r in reports if r.location_precision not in ("exact", "near") or (r.radius_km or 0) > 25]
    assert level(*coarse) == Level.NONE
