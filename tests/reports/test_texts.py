"""Texts as they are kept and compared."""

import pytest

from heritage.reports.texts import (
    ALIKE,
    coloured_words,
    fence_coloured,
    find_quote,
    likeness,
    paragraph_of,
    plain_text,
    sketch,
    text_hash,
)

LONG = " ".join(f"word{n} and what follows it in turn {n * 7}" for n in range(40))


def test_the_same_words_set_otherwise_have_the_same_hash():
    assert text_hash("The city “fell” –\n\nsaid he") == text_hash('The  city "fell" - said\the')
    assert text_hash("The city fell") != text_hash("The city held")


def test_a_reprint_with_another_beginning_is_alike_and_another_text_is_not():
    reprint = "DAMASCUS (Agency). By our correspondent. " + LONG
    assert likeness(sketch(LONG), sketch(reprint)) >= ALIKE
    other = " ".join(f"other{n} things of quite another kind {n}" for n in range(60))
    assert likeness(sketch(LONG), sketch(other)) < 0.1
    assert likeness([], sketch(LONG)) == 0
    assert sketch("too short to be called alike") == []


@pytest.mark.parametrize("quote", ["“We left\nthe town”", '"We left the town"', "we LEFT the town"])
def test_a_quotation_is_found_whatever_its_marks_and_line_breaks(quote: str):
    text = 'He said: "We left the town", and went.'
    span = find_quote(text, quote)
    assert span is not None
    assert "We left the town" in text[span[0] : span[1]]


def test_a_quotation_that_is_not_there_is_not_found():
    assert find_quote("something", "nothing") is None
    assert find_quote("something", "  ") is None


def test_paragraphs_are_counted_from_one_without_empty_lines():
    text = "Title\n\nFirst.\n\n\nSecond here."
    assert [paragraph_of(text, text.index(word)) for word in ("Title", "First", "here")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("They liberated the city", ["liberated"]),
        ("They “liberated” the city", []),
        ("the city is «libérée» et libérée", ["libérée"]),
        ("killed thirty terrorists", ["terrorists"]),
        ("the People's Liberation Front said", []),
        ("تحرير المدينة", ["تحرير"]),
        ("هيئة تحرير الشام", []),
        ("a delivery of bread", []),
    ],
)
def test_a_partys_own_words_are_found_outside_quotation_marks(text: str, words: list[str]):
    assert coloured_words(text) == words
    assert coloured_words(fence_coloured(text)) == []


def test_a_text_keeps_no_signs_that_turn_its_direction_or_control_a_machine():
    assert plain_text("a\u202eb\x00c\r\nd  \n") == "abc\nd"
