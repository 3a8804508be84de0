"""Days in words, as each language writes them."""

import re
from datetime import date

from babel import Locale
from babel.dates import format_date

_FIRST = re.compile(r"\A1(?!\d)")


def day_in_words(day: date, pattern: str, locale: Locale) -> str:
    """A day in words.

    Args:    pattern: of the Unicode locale data, for example "d MMMM y".
    Returns: the day; French counts the first of a month ("1er juillet") and no other, which the locale data leave out.
    """
    words = format_date(day, pattern, locale=locale)
    if locale.language == "fr" and day.day == 1 and pattern.startswith("d"):
        return _FIRST.sub("1er", words)
    return words
