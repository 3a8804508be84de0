"""What a register file would change is told as people read it, and only what differs of parts and lists."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask

from heritage.sites.comparison import Change, ChangeKind
from heritage.sites.danger import DangerStay, Turn
from heritage.sites.domain import Category, ConditionRecord, ConditionState, NameRecord
from heritage.sites.state import PartState
from heritage.web.differences import was_and_would_be

SINCE = DangerStay(Turn(date(2013, 6, 27), date(2013, 6, 27), "2013-06-27"), None, "Y 2013")
BEFORE = DangerStay(
    Turn(date(1990, 1, 1), date(1990, 12, 31), "1990"), Turn(date(2005, 7, 17), date(2005, 7, 17), "2005-07-17")
)
OLD_NAME = NameRecord("Tadmur", "en")
PART = PartState("1-2", "North", 38.26667, 34.55417, area_ha=12.5)


def _told(app: Flask, field: str, old: Any, new: Any, language: str = "en") -> tuple[str, ...]:
    with app.test_request_context(f"/?lang={language}"):
        told = was_and_would_be(Change("1", "Site", ChangeKind.CHANGED, field, old, new))
    return tuple("".join(c for c in text if c not in "\u2066\u2068\u2069") for text in told)


@pytest.mark.parametrize(
    ("field", "old", "new", "told"),
    [
        ("point", (38.26667, 34.55417), (38.3, 34.6), ("34.55417, 38.26667", "34.60000, 38.30000")),
        ("point", (38.266670001, 34.5), (38.266670002, 34.5), ("38.266670001, 34.5", "38.266670002, 34.5")),
        ("danger", (), (SINCE,), ("", "27 June 2013 – today (Y 2013)")),
        ("danger", (BEFORE,), (BEFORE, SINCE),
         ("1990 – 17 July 2005", "1990 – 17 July 2005, 27 June 2013 – today (Y 2013)")),
        ("listed_until", None, date(2021, 7, 21), ("", "21 July 2021")),
        ("category", Category.CULTURAL, Category.MIXED, ("Cultural", "Mixed")),
        ("states_parties", ("SY",), ("SY", "IQ"), ("Syria", "Syria, Iraq")),
        ("criteria", ("i",), ("i", "iv"), ("(i)", "(i), (iv)")),
        ("area_ha", 1640.0, 1640.75, ("1,640", "1,640.75")),
        ("inscribed_year", 1980, 1981, ("1980", "1981")),
        ("disclosure", "public", "hidden", ("public: the exact place is shown", "hidden: no place is shown")),
        ("identifiers", (("qid", "Q1"), ("qid", "Q2")), (("qid", "Q1"), ("qid", "Q3")), ("qid Q2", "qid Q3")),
        ("names", (OLD_NAME,), (OLD_NAME, NameRecord("تدمر", "ar")), ("", "تدمر (Arabic)")),
        ("names", (OLD_NAME,), (NameRecord("Tadmur", "en", kind="former"), NameRecord("Palmyra", "en")),
         ("", "Palmyra (English)")),
        ("conditions", (), (ConditionRecord(ConditionState.SEVERE, "2016-04", original_value="major"),),
         ("", "Severe damage · major · April 2016")),
        ("part 1-2", None, PART, ("", "North, 34.55417, 38.26667, 12.50 ha")),
        ("part 1-2", PART, replace(PART, area_ha=13.0), ("12.50 ha", "13 ha")),
        ("part 1-2", PART, replace(PART, lon=38.3), ("34.55417, 38.26667", "34.55417, 38.30000")),
        ("part 1-2", PART, replace(PART, withdrawn_on=date(2020, 1, 2)), ("", "withdrawn 2 January 2020")),
        ("part 1-2", PART, replace(PART, boundary=object()), ("", "boundary drawn")),
    ],
)  # fmt: skip
def test_a_value_is_told_in_the_readers_words(
    app: Flask, field: str, old: Any, new: Any, told: tuple[str, str]
) -> None:
    assert _told(app, field, old, new) == told


def test_days_names_and_numbers_follow_the_readers_language(app: Flask) -> None:
    assert _told(app, "danger", (), (SINCE,), "fr")[1].startswith("27 juin 2013")
    assert _told(app, "states_parties", ("SY",), ("SY", "IQ"), "fr") == ("Syrie", "Syrie, Irak")
    assert _told(app, "area_ha", 1640.0, 12.0, "fr")[0] == "1\u202f640"


def test_an_outline_drawn_anew_is_not_told_as_nothing(app: Flask) -> None:
    old, new = replace(PART, boundary=object()), replace(PART, boundary=object())
    assert _told(app, "part 1-2", old, new) == ("boundary drawn", "boundary drawn, otherwise than now")
