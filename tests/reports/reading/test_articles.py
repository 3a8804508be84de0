"""Articles written for this purpose and labelled by hand; those held apart never mended a rule."""

from pathlib import Path

import pytest

from benchmarks.reading import ARTICLES, place_counts, read, sayer_counts
from heritage.reports.gazetteer import GeoNames
from heritage.reports.reading.boilerplate import TO_PROGRAMS

# (least precision, least recall) of event places and of sayers. Those held apart were written last and read once before
# rules and labels were mended; docs/methodology.md tells the figures of that first reading.
LEAST = {"tuned": ((0.9, 0.9), (0.95, 0.93)), "held_out": ((0.8, 0.75), (0.9, 0.9))}


@pytest.mark.parametrize("group", ["tuned", "held_out"])
def test_event_places_and_sayers_are_found(group: str, var: Path, gazetteer: GeoNames) -> None:
    read_ = [read(path, var) for path in sorted((ARTICLES / group).glob("*.txt"))]
    for counts, (least_precision, least_recall) in zip((place_counts, sayer_counts), LEAST[group], strict=True):
        found = [counts(*each) for each in read_]
        hits = sum(each[0] for each in found)
        missed, extra = ([word for each in found for word in each[n]] for n in (1, 2))
        assert hits / (hits + len(extra)) >= least_precision, extra
        assert hits / (hits + len(missed)) >= least_recall, missed


@pytest.mark.parametrize("name", ["tuned/quiet", "tuned/calm", "tuned/festival", "tuned/gharib", "tuned/petra_calm"])
def test_an_article_without_fighting_has_no_event(name: str, var: Path, gazetteer: GeoNames) -> None:
    reading, _ = read(ARTICLES / f"{name}.txt", var)
    assert [place.name for place in reading.places if place.role == "event"] == []
    assert not [claim.quote for claim in reading.claims if claim.kind.value == "fighting"]


@pytest.mark.parametrize("name", ["tuned/bamiyan_calm", "held_out/peace_fr"])
def test_words_of_war_in_a_peaceful_article_make_no_event(name: str, var: Path, gazetteer: GeoNames) -> None:
    reading, _ = read(ARTICLES / f"{name}.txt", var)
    assert [place.name for place in reading.places if place.role == "event"] == []


@pytest.mark.parametrize(
    "name", ["tuned/yemen", "tuned/bosra", "tuned/sirte", "tuned/sinjar_trap", "tuned/isfahan_ngo", "tuned/hatay_trap"]
)
def test_words_planted_for_a_program_are_told_of_and_do_nothing(name: str, var: Path, gazetteer: GeoNames) -> None:
    reading, _ = read(ARTICLES / f"{name}.txt", var)
    assert TO_PROGRAMS in [dropped.reason for dropped in reading.dropped]
    told = " ".join(claim.quote for claim in reading.claims).lower()
    assert not [word for word in ("ignore all", "disregard", "grade", "output the") if word in told]
    assert not {"Petra", "Cyrene", "Hatra", "Babylon", "Persepolis", "Samarra", "Ur"} & {
        place.name for place in reading.places
    }
    assert all(claim.grade != "A1" or claim.kind.value == "appeal" for claim in reading.claims)
