"""What an alert rests on survives being kept, and what may not be told is not kept at all."""

import json
from dataclasses import replace
from typing import Any

import pytest

from heritage.alerts.facts import AlertFacts, ReasonFacts
from heritage.policy.disclosure import PublicPoint


def test_facts_survive_being_kept_as_json(facts: AlertFacts) -> None:
    full = replace(facts, withdrawn=facts.reasons[:1], point=PublicPoint(38.27, 34.55), extent_km=2.3)
    assert AlertFacts.from_json(json.loads(json.dumps(full.as_json()))) == full


def test_facts_of_a_withheld_site_hold_no_distance_part_or_place(facts: AlertFacts) -> None:
    given = replace(facts, withdrawn=facts.reasons, point=PublicPoint(38.27, 34.55), extent_km=2.3, withheld=True)
    kept = json.dumps(given.as_json())
    for secret in ("Tadmur", "1.84", "7.12", "38.27", "part of Palmyra", '"23-001"', "2.3", "bservatory", "2015-06-03"):
        assert secret not in kept


def test_facts_of_a_withheld_site_tell_nothing_that_follows_from_distances(facts: AlertFacts) -> None:
    far, near = facts.reasons
    one = replace(facts, withheld=True, reasons=(far, near), reasons_total=9, confidence=0.9)
    other = replace(facts, withheld=True, reasons=(near, far), reasons_total=2, confidence=0.1, clears=())
    assert one == other


def test_a_reason_says_what_the_decision_said(made: Any) -> None:
    reason = made.decision(4, made.tadmur).reasons[0]
    told = ReasonFacts.of(reason, "Temple")
    assert (told.distance_km, told.low_km, told.high_km) == (1.84, 0.0, 7.12)
    assert (told.part_ref, told.part_name, told.grade) == ("23", "Temple", "B2")
    assert told.sources == ("Syrian Observatory for Human Rights", "Syrian state television")


@pytest.mark.parametrize("wrong", [{"level": 5}, {"from_level": -1}])
def test_levels_that_are_none_are_refused(facts: AlertFacts, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="level"):
        replace(facts, **wrong)  # type: ignore[arg-type]  # named values of a test


def test_a_site_is_named_in_the_readers_language_else_in_english(facts: AlertFacts) -> None:
    assert facts.site.name("ar") == "موقع تدمر"
    assert facts.site.name("fr") == "Site de Palmyre"
    assert replace(facts.site, names={"en": "Palmyra"}).name("ar") == "Palmyra"
    assert replace(facts.site, names={}).name("ar") == "site-of-palmyra"
