"""Days in words: the first of a month in French, and the order of day, month and year in every language."""

from datetime import date

import pytest
from babel import Locale

from heritage.core.days import day_in_words


@pytest.mark.parametrize(
    ("day", "pattern", "language", "words"),
    [
        (date(2015, 7, 1), "d MMMM y", "fr", "1er juillet 2015"),
        (date(2015, 7, 1), "d MMM y", "fr", "1er juil. 2015"),
        (date(2015, 7, 1), "d", "fr", "1er"),
        (date(2015, 7, 11), "d MMMM y", "fr", "11 juillet 2015"),
        (date(2015, 7, 21), "d MMMM y", "fr", "21 juillet 2015"),
        (date(2015, 7, 1), "MMMM y", "fr", "juillet 2015"),
        (date(2015, 7, 1), "d MMMM y", "en", "1 July 2015"),
        (date(2015, 7, 1), "d MMMM y", "ar", "1 يوليو 2015"),
        (date(2015, 5, 21), "d MMMM y", "ar", "21 مايو 2015"),
    ],
)
def test_a_day_is_written_as_its_language_writes_it(day: date, pattern: str, language: str, words: str) -> None:
    assert day_in_words(day, pattern, Locale(language)) == words
