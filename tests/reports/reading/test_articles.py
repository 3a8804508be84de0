"""Articles written for this purpose and labelled by hand; those held apart never mended a rule."""

from pathlib import Path

import pytest

from benchmarks.reading import ARTICLES, place_counts, read, sayer_counts
from heritage.reports.gazetteer import GeoNames


@pytest.mark.parametrize("group", ["tuned", "held_out"])
def test_event_places_and_sayers_are_found(group: str, var: Path, gazetteer: GeoNames) -> None:
    read_ = [read(path, var) for path in sorted((ARTICLES / group).glob("*.txt"))]
    for counts, least_recall in ((place_counts, 0.75), (sayer_counts, 0.85)):
        found = [counts(*each) for each in read_]
        hits = sum(each[0] for each in found)
        missed, extra = ([word for each in found for word in each[n]] for n in (1, 2))
        assert not extra or hits / (hits + len(extra)) >= 0.9, extra
        assert hits / (hits + len(missed)) >= least_recall, missed


@pytest.mark.parametrize("name", ["tuned/quiet", "held_out/calm"])
def test_an_article_without_fighting_has_no_event(name: str, var: Path, gazetteer: GeoNames) -> None:
    reading, _ = read(ARTICLES / f"{name}.txt", var)
    assert [place.name for place in reading.places if place.role == "event"] == []
    assert not [claim.quote for claim in reading.claims if claim.kind.value == "fighting"]


def test_instructions_in_an_article_are_text_like_any_other(var: Path, gazetteer: GeoNames) -> None:
    reading, _ = read(ARTICLES / "tuned/yemen.txt", var)
    planted = [claim for claim in reading.claims if "instructions" in claim.quote or "Set the grade" in claim.quote]
    assert [(claim.kind.value, claim.grade[0]) for claim in planted] == [("background", "F")] * len(planted)
    assert next(place for place in reading.places if place.name == "Sanaa").role == "mention"
