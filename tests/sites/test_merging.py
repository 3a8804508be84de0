"""What a record makes of a place."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from heritage.core.errors import InvalidInput
from heritage.sites.comparison import ChangeKind, differences, vanish
from heritage.sites.danger import parse_danger
from heritage.sites.domain import (
    Category,
    ComponentRecord,
    ConditionRecord,
    ConditionState,
    NameKind,
    NameRecord,
    RegisterRecord,
)
from heritage.sites.importing import committee_sessions
from heritage.sites.merging import Lists, RecordRefused, merge
from heritage.sites.state import HeldSite, SiteState


def lists(on: str = "2024-07-31", **more: Any) -> Lists:
    return Lists(committee_sessions(), date.fromisoformat(on), **{"dated": True, "is_complete": True} | more)


def record(**fields: Any) -> RegisterRecord:
    usual: dict[str, Any] = {
        "register": "whc",
        "ref": "23",
        "name": "Site of Palmyra",
        "row": 2,
        "category": Category.CULTURAL,
        "states_parties": ("SY",),
        "inscribed_year": 1980,
        "lon": 38.26667,
        "lat": 34.55417,
        "area_ha": 1640.0,
        "danger": parse_danger("Y 2013"),
        "danger_is_complete": True,
    }
    return RegisterRecord(**usual | fields)


def held(state: SiteState, seen_on: str | None = "2024-07-31") -> HeldSite:
    return HeldSite(1, "site-of-palmyra", date.fromisoformat(seen_on) if seen_on else None, state)


PALMYRA = merge(record(), None, lists())


def kinds(state: SiteState, **more: Any) -> dict[str, ChangeKind]:
    return {change.field: change.kind for change in differences(held(PALMYRA), state)}


def test_a_new_place_has_one_part_that_stands_for_it() -> None:
    (part,) = PALMYRA.parts
    assert (part.ref, part.stands_for_site, part.lon, part.lat) == ("23", True, 38.26667, 34.55417)
    assert part.extent_km == pytest.approx(2.2848, abs=1e-3)
    assert PALMYRA.listed_from == date(1980, 9, 5)


def test_the_same_record_changes_nothing() -> None:
    assert differences(held(PALMYRA), merge(record(), held(PALMYRA), lists())) == ()


def test_an_unknown_value_never_overwrites_a_known_one() -> None:
    bare = record(lon=None, lat=None, area_ha=None, states_parties=(), inscribed_year=None, category=Category.UNKNOWN)
    assert merge(bare, held(PALMYRA), lists()) == PALMYRA


def test_a_field_that_the_file_does_not_carry_is_left_alone() -> None:
    other = record(area_ha=3.0, absent=frozenset({"area_ha"}))
    assert merge(other, held(PALMYRA), lists()).area_ha == 1640.0


def test_a_move_is_told_in_kilometres_and_takes_the_part_along() -> None:
    state = merge(record(lat=34.56417), held(PALMYRA), lists())
    move = next(change for change in differences(held(PALMYRA), state) if change.kind == ChangeKind.MOVED)
    assert move.distance_km == pytest.approx(1.109, abs=0.001)
    assert state.parts[0].lat == 34.56417


def test_a_centimetre_is_no_move() -> None:
    assert merge(record(lat=34.5541700000001), held(PALMYRA), lists()) == PALMYRA


def test_a_rename_keeps_the_former_name() -> None:
    state = merge(record(name="Palmyra"), held(PALMYRA), lists())
    assert kinds(state)["name"] == ChangeKind.RENAMED
    assert [(n.text, n.kind) for n in state.names] == [
        ("Palmyra", NameKind.OFFICIAL),
        ("Site of Palmyra", NameKind.FORMER),
    ]


def test_names_of_other_languages_stay_when_a_file_tells_one() -> None:
    arabic = NameRecord("تدمر", "ar", "Arab", NameKind.ALTERNATIVE)
    before = merge(record(names=(arabic,)), None, lists())
    french = NameRecord("Site de Palmyre", "fr", "Latn", NameKind.ALTERNATIVE)
    after = merge(record(names=(french,)), held(before), lists())
    assert {n.language for n in after.names} >= {"ar", "fr"}


def test_danger_history_survives_a_file_that_has_none() -> None:
    assert merge(record(danger=None), held(PALMYRA), lists()).danger == PALMYRA.danger


def test_coming_off_the_danger_list_is_named() -> None:
    state = merge(record(danger=parse_danger("P 2013-2024")), held(PALMYRA), lists())
    assert kinds(state) == {"danger": ChangeKind.REMOVED_FROM_DANGER}


def test_a_stale_danger_column_only_fills_gaps() -> None:
    stale = record(danger=(), danger_is_stale=True)
    assert merge(stale, held(PALMYRA), lists()).danger == PALMYRA.danger
    past = record(danger=parse_danger("P 1990-1995"), danger_is_stale=True)
    assert [s.began.edtf for s in merge(past, held(PALMYRA), lists()).danger] == ["1990", "2013"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"lat": 95.0}, "lat"), ({"lon": 200.0}, "lon"), ({"components": (ComponentRecord("1", "", 0.0, 91.0),)}, "lat")],
)
def test_an_impossible_position_is_refused_by_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        merge(record(**fields), None, lists())
    assert refused.value.field == field


def test_danger_before_the_inscription_is_refused() -> None:
    with pytest.raises(InvalidInput, match="before the inscription"):
        merge(record(danger=parse_danger("Y 1979")), None, lists())


PARTS = (ComponentRecord("23-001", "A", 38.0, 34.0), ComponentRecord("23-002", "B", 38.1, 34.1, area_ha=100.0))


def test_listed_parts_take_the_place_of_the_stand_in_and_share_the_area() -> None:
    state = merge(record(components=PARTS), held(PALMYRA), lists())
    assert [p.ref for p in state.parts] == ["23-001", "23-002"]
    assert state.parts[0].extent_km == pytest.approx((820 * 0.01 / 3.14159265) ** 0.5, rel=1e-6)
    assert state.parts[1].extent_km == pytest.approx((100 * 0.01 / 3.14159265) ** 0.5, rel=1e-6)


def test_parts_stay_when_a_file_lists_none_and_are_withdrawn_when_it_drops_one() -> None:
    whole = merge(record(components=PARTS), None, lists())
    assert merge(record(), held(whole), lists()).parts == whole.parts
    fewer = merge(record(components=PARTS[:1]), held(whole), lists("2025-07-16"))
    assert [p.withdrawn_on for p in fewer.parts] == [None, date(2025, 7, 16)]


def test_parts_without_or_with_the_same_number_get_their_own() -> None:
    twice = (replace(PARTS[0], ref=""), PARTS[1], PARTS[1])
    refs = [p.ref for p in merge(record(components=twice), None, lists()).parts]
    assert len(set(refs)) == 3


def test_a_site_with_points_at_its_parts_only_is_shown_at_the_first() -> None:
    assert merge(record(lon=None, lat=None, components=PARTS), None, lists()).point == (38.0, 34.0)


def test_a_site_without_any_point_has_no_part() -> None:
    assert merge(record(lon=None, lat=None), None, lists()).parts == ()


def test_an_older_list_fills_gaps_and_overwrites_nothing() -> None:
    newer = merge(record(area_ha=None, danger=None, in_danger_now=True), None, lists("2026-05-04"))
    assert newer.danger[0].began.earliest == date(1980, 9, 5)
    older = record(name="Palmyra (old)", area_ha=1640.0)
    state = merge(older, held(newer, "2026-05-04"), lists("2019-07-10"))
    assert (state.name, state.area_ha) == ("Site of Palmyra", 1640.0)
    assert state.danger[0].began.earliest == date(2013, 6, 27)


def test_a_place_of_an_older_list_that_later_lists_lack_comes_in_as_a_tombstone() -> None:
    between = lists("2019-07-10", next_complete_on=date(2024, 7, 31))
    assert merge(record(), None, between).listed_until == date(2024, 7, 31)
    assert merge(record(ref="1150", inscribed_year=2004), None, between).listed_until == date(2021, 7, 31)


def test_a_deleted_place_in_a_file_about_some_places_is_a_tombstone() -> None:
    some = lists("2026-07-29", is_complete=False)
    assert merge(record(ref="1150", inscribed_year=2004), None, some).listed_until == date(2021, 7, 31)
    then = lists("2019-07-10", is_complete=False)
    assert merge(record(ref="1150", inscribed_year=2004), None, then).listed_until is None


def test_a_vanished_place_becomes_a_tombstone_with_all_its_history() -> None:
    update = vanish(held(PALMYRA), lists("2026-05-04"), "2026")
    assert (update.state.listed_until, update.state.vanished_release) == (date(2026, 5, 4), "2026")
    assert (update.state.parts, update.state.danger) == (PALMYRA.parts, PALMYRA.danger)


def test_a_tombstone_ends_on_the_committees_decision_where_held() -> None:
    liverpool = merge(record(ref="1150", inscribed_year=2004, danger=parse_danger("Y 2012")), None, lists("2019-07-10"))
    update = vanish(held(liverpool), lists(), "2024")
    assert update.state.listed_until == date(2021, 7, 31)
    # The list of 2019 still has it; taken again, it does not bring the place back.
    again = merge(record(ref="1150", inscribed_year=2004), held(update.state, "2019-07-10"), lists("2019-07-10"))
    assert again.listed_until == date(2021, 7, 31)


def test_a_place_that_a_later_list_has_again_is_in_force_again() -> None:
    gone = vanish(held(PALMYRA), lists("2024-07-31"), "2024").state
    back = merge(record(), held(gone), lists("2025-07-16"))
    assert back.listed_until is None
    assert ChangeKind.RETURNED in {c.kind for c in differences(held(gone), back)}


def test_the_same_observation_is_kept_once() -> None:
    seen = ConditionRecord(ConditionState.SEVERE, "..2016-03-27", "eamena", "Severe")
    once = merge(record(conditions=(seen, seen)), None, lists())
    assert [c.observed for c in once.conditions] == ["[..2016-03-27]"]
    assert merge(record(conditions=(seen,)), held(once), lists()).conditions == once.conditions


def test_a_file_of_parts_adds_to_held_places_only() -> None:
    parts_only = record(name="", components=PARTS, absent=frozenset({"name"}))
    assert merge(parts_only, held(PALMYRA), lists()).name == "Site of Palmyra"
    with pytest.raises(InvalidInput, match="not"):
        merge(parts_only, None, lists())


def test_hand_set_disclosure_is_not_undone_by_a_file() -> None:
    from heritage.policy.disclosure import Disclosure

    hidden = replace(PALMYRA, disclosure=Disclosure.HIDDEN)
    assert merge(record(), held(hidden), lists()).disclosure == Disclosure.HIDDEN
