"""What a country is called in each language."""

import pytest
from babel import Locale

from heritage.core.countries import country_name


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("SY", "fr", "Syrie"),
        ("sy", "en", "Syria"),
        ("PS", "en", "State of Palestine"),
        ("PS", "ar", "دولة فلسطين"),
        ("XQ", "en", "XQ"),
        ("Ruritania", "en", "Ruritania"),
    ],
)
def test_country_has_its_name_and_what_is_no_code_stays(code: str, language: str, name: str) -> None:
    assert country_name(code, Locale(language)) == name
