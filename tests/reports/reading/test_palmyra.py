"""The seed article, worked by hand, against what the rules make of it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session

from heritage.core.clock import FixedClock
from heritage.reports.drafting import draft, read_text_file
from heritage.reports.gazetteer import GeoNames
from heritage.reports.reading.drafts import DraftClaim, DraftPlace, Reading
from heritage.starter.load import load_starter

ARTICLE = "seed/000_b3a6650064bc9f90.txt"
# (number by hand, paragraph, words that the quotation holds, who must be among the sayers)
BY_HAND = (
    (1, (0, 1), ("palmyra",), "article"), (2, (2,), ("entering",), "state television"),
    (3, (3,), ("first time",), "article"),
    (4, (3,), ("lost ground",), "article"), (5, (4,), ("oasis",), "article"), (6, (5,), ("installations",), "article"),
    (7, (6,), ("liberated",), "isis fighter"), (8, (6,), ("in control of a hospital",), "isis fighter"),
    (9, (6,), ("as a base",), "isis fighter"), (10, (7,), ("almost all",), "observatory"),
    (11, (7,), ("withdrew",), "activist"), (12, (8,), ("civilians",), "state television"),
    (13, (9,), ("statues",), "abdul-karim"), (14, (1, 9), ("call", "sav"), "antiquities chief"),
    (15, (10,), ("museum",), "abdul-karim"), (16, (11,), ("westward",), "article"), (17, (12,), ("halt",), "unesco"),
    (18, (13,), ("airstrikes",), "activist"), (19, (14,), ("vehicles",), "syrian military"),
    (20, (15,), ("antiquities", "iraq"), "article"), (21, (15,), ("not targeted",), "article"),
    (22, (15,), ("weekend",), "article"), (23, (16,), ("2013",), "article"), (24, (17,), ("pictures",), "supporters"),
    (25, (17,), ("depots",), "article"), (26, (18,), ("170",), "kurdish official"),
    (27, (18,), ("gains",), "observatory"),
    (28, (19,), ("15 members",), "observatory"), (29, (20,), ("turkish",), "observatory"),
    (30, (21,), ("explosion",), "activist"), (31, (21,), ("similar incident",), "article"),
    (32, (22,), ("in the skies",), "some accounts"), (33, (22,), ("mid-2014",), "article"),
    (34, (21,), ("center of the uprising",), "article"),
)  # fmt: skip


@pytest.fixture(params=["with the starter register", "with an empty register"])
def reading(
    request: pytest.FixtureRequest,
    session: Session,
    shared_data: Path,
    var: Path,
    gazetteer: GeoNames,
    clock: FixedClock,
) -> Reading:
    """The article, read on the day after."""
    if "starter" in request.param:
        load_starter(session, clock, reach_km=50.0)
    return draft(session, read_text_file(shared_data / ARTICLE), var=var, as_of=date(2015, 5, 21))


@pytest.fixture
def place(reading: Reading) -> Callable[[str], DraftPlace]:
    """A place of the article by one of its names."""
    return lambda name: next(each for each in reading.places if name in each.names)


def _found(reading: Reading, paragraphs: tuple[int, ...], words: tuple[str, ...], sayer: str) -> DraftClaim | None:
    fitting = (claim for claim in reading.claims if claim.paragraph in paragraphs)
    return next((c for c in fitting if all(w in c.quote.lower() for w in words) and sayer in c.said_by.lower()), None)


def test_claims_are_drafted_with_the_sayers_found_by_hand(reading: Reading) -> None:
    missing = [number for number, *wanted in BY_HAND if _found(reading, *wanted) is None]
    assert len(BY_HAND) - len(missing) >= 33, missing


def test_statues_come_through_reuters(reading: Reading) -> None:
    claim = _found(reading, (9,), ("statues",), "abdul-karim")
    assert claim is not None
    assert (claim.kind.value, claim.relayed_by) == ("move", ("Reuters",))


def test_something_happens_at_two_places_with_a_point_and_no_other(reading: Reading) -> None:
    events = {each.name for each in reading.places if each.role == "event" and each.spot}
    assert events == {"Palmyra", "Kafranbel"}


def test_kafranbel_is_kafr_nabl(place: Callable[[str], DraftPlace]) -> None:
    spot = place("Kafranbel").spot
    assert spot is not None
    assert spot.lat == pytest.approx(35.614, abs=0.01)
    assert 36.56 < spot.lon < 36.566
    assert spot.radius_km == 5


def test_tawameh_is_not_guessed(place: Callable[[str], DraftPlace]) -> None:
    tawameh = place("Tawameh")
    assert (tawameh.role, tawameh.spot, tawameh.resolved) == ("event", None, False)


@pytest.mark.parametrize("name", ["Damascus", "Aleppo", "Idlib", "Iraq"])
def test_capitals_provinces_and_countries_are_only_named(place: Callable[[str], DraftPlace], name: str) -> None:
    assert place(name).role == "mention"


def test_two_names_of_one_town_are_one_place(place: Callable[[str], DraftPlace]) -> None:
    assert place("Palmyra") is place("Tadmur")


def test_the_comment_form_is_dropped(reading: Reading) -> None:
    assert [each.excerpt for each in reading.dropped] == ["Leave a Reply"]
    assert not any("required" in claim.quote.lower() for claim in reading.claims)


def test_the_date_is_inferred_from_the_weekday(reading: Reading) -> None:
    assert (reading.date_line.edtf, reading.date_line.inferred) == ("2015-05-20?", True)


def test_quotations_stand_where_their_offsets_say(reading: Reading) -> None:
    for claim in reading.claims:
        assert " ".join(reading.article.text[claim.start : claim.end].split()) == claim.quote


def test_the_same_text_gives_the_same_reading(reading: Reading, session: Session, shared_data: Path, var: Path) -> None:
    assert draft(session, read_text_file(shared_data / ARTICLE), var=var, as_of=date(2015, 5, 21)) == reading
