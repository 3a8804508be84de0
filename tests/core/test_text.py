"""Folding of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.core.text import fold, fold_words, harmless_cell, script_of, similarity, slug_of, trigrams


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Qal’at Salah El-Din", "qalat salah el din"),
        ("L'viv", "lviv"),
        ("Zamość", "zamosc"),
        ("Gießen", "giessen"),
        ("Kafr Nūbl ʿAyn", "kafr nubl ayn"),
        ("Пальмира", "palmira"),
        ("", ""),
        ("—", ""),
    ],
)
def test_accents_case_and_script_go(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_arabic_letter_variants_marks_and_article_are_one() -> None:
    assert fold("الحضر") == fold("حضر") == fold("الحَضْر")
    assert fold("أربيل") == fold("اربيل")
    assert fold("مدينة") == fold("مدينه")
    assert fold("كرمان") == fold("کرمان")


@given(st.text(max_size=50))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text).isascii()


def test_words_are_distinct_and_in_order() -> None:
    assert fold_words(["Old City of Acre", "City of Acre"]) == ["old", "city", "of", "acre"]


def test_trigrams_know_where_a_word_begins() -> None:
    assert trigrams("abc") == {"  a", " ab", "abc", "bc "}
    assert trigrams("") == frozenset()


def test_a_slip_is_more_like_its_word_than_another_word() -> None:
    assert similarity("palmira", "palmyra") > similarity("palmira", "paris") > 0
    assert similarity("palmyra", "palmyra") == 1
    assert similarity("", "palmyra") == 0


def test_slugs_are_short_ascii_and_cut_between_words() -> None:
    assert slug_of("Site of Palmyra") == "site-of-palmyra"
    assert slug_of("تدمر") == "tdmr"
    assert slug_of("—") == ""
    long = slug_of("Archaeological " * 20)
    assert len(long) <= 80
    assert long.endswith("archaeological")
    assert len(slug_of("x" * 500)) == 80


@pytest.mark.parametrize(
    ("text", "script"), [("تدمر", "Arab"), ("Palmyra", "Latn"), ("Киев", "Cyrl"), ("敦煌", "Hani"), ("123", None)]
)
def test_the_script_of_a_name_is_told(text: str, script: str | None) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t1", "\r1"])
def test_a_cell_that_begins_like_a_formula_is_fenced(text: str) -> None:
    assert harmless_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["a=1", "", "1-2", -1, -1.5, None])
def test_other_cells_stay(value: object) -> None:
    assert harmless_cell(value) == value
