"""What a claim's page shows of the text that it quotes."""

from types import SimpleNamespace
from typing import Any

import pytest

from heritage.web.claims import excerpt

TEXT = "One two three four five"


def _row(start: int | None, end: int | None) -> Any:
    return SimpleNamespace(
        document=SimpleNamespace(text=TEXT), version=SimpleNamespace(quote_start=start, quote_end=end)
    )


@pytest.mark.parametrize(
    ("start", "end", "around", "shown"),
    [
        (4, 7, 50, ("One ", "two", " three four five")),
        (4, 7, 4, ("One ", "two", " thr…")),
        (8, 13, 4, ("…two ", "three", " fou…")),
        (0, 23, 4, ("", TEXT, "")),
    ],
)
def test_dots_stand_only_where_the_text_goes_on(start: int, end: int, around: int, shown: tuple[str, str, str]) -> None:
    assert excerpt(_row(start, end), around) == shown


def test_a_claim_without_a_place_in_the_text_shows_none_of_it() -> None:
    assert excerpt(_row(None, None)) is None
