"""A country's name in a language, as UNESCO words it where that differs from the Unicode CLDR."""

from babel import Locale

# Source: UNESCO's list of Member States.
_UNESCO = {"PS": {"en": "State of Palestine", "fr": "État de Palestine", "ar": "دولة فلسطين"}}


def country_name(code: str, locale: Locale) -> str:
    """A country's name for readers.

    Args:    code: ISO 3166 two letters, any case.  locale: of the reader.
    Returns: the name; the code as given when it is no known one.
    """
    known = code.upper()
    return str(_UNESCO.get(known, {}).get(locale.language) or locale.territories.get(known, code))
