"""Releases: what they are called, when they came out, in which order."""

from datetime import date

import pytest

from heritage.core.errors import InvalidInput
from heritage.feeds.domain import release_in_name, ucdp_release

FETCHED_ON = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("text", "name", "released_on"),
    [
        ("19.1", "19.1", date(2019, 7, 1)),
        ("v25_1", "25.1", date(2025, 7, 1)),
        ("22", "22.1", date(2022, 7, 1)),
        ("26.0.1", "26.0.1", date(2026, 2, 28)),
        ("25.0.12", "25.0.12", date(2026, 1, 31)),
        ("24.01.24.03", "24.01.24.03", date(2024, 4, 30)),
        ("our own copy", "our own copy", None),
    ],
)
def test_release_is_named_and_dated(text: str, name: str, released_on: date | None) -> None:
    release = ucdp_release(text, fetched_on=FETCHED_ON, known_days={})
    assert (release.name, release.released_on) == (name, released_on)


def test_known_day_of_publication_counts_more_than_the_usual_one() -> None:
    release = ucdp_release("19.1", fetched_on=FETCHED_ON, known_days={"19.1": date(2019, 6, 3)})
    assert release.released_on == date(2019, 6, 3)


@pytest.mark.parametrize("text", ["9" * 500, "25.1\u202e", "a\nb"])
def test_a_release_that_nobody_can_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="(?i)release"):
        ucdp_release(text, fetched_on=FETCHED_ON, known_days={})


def test_yearly_and_candidate_releases_are_ordered_by_day_of_publication() -> None:
    texts = ["26.1", "25.0.12", "25.1", "26.0.8", "19.1"]
    ranked = sorted((ucdp_release(text, fetched_on=FETCHED_ON, known_days={}) for text in texts), key=lambda r: r.rank)
    assert [release.name for release in ranked] == ["19.1", "25.1", "25.0.12", "26.1", "26.0.8"]


@pytest.mark.parametrize(
    ("file_name", "said"),
    [
        ("GEDEvent_v26_0_1.csv", "26_0_1"),
        ("GEDEvent_v25_1.csv", "25_1"),
        ("ged251-csv.zip", "25.1"),
        ("ged-v19-syria.csv.gz", "19"),
        ("conflict_data_ukr.csv", None),
        ("export-2024-05-01.csv", None),
    ],
)
def test_release_is_read_from_a_file_name(file_name: str, said: str | None) -> None:
    assert release_in_name(file_name) == said
