"""Days, numbers and distances as each language writes them."""

import re
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heritage.web import i18n
from heritage.web.i18n import held_together


@pytest.fixture
def page() -> Flask:
    app = Flask("test")
    i18n.init_app(app)
    return app


def _in(app: Flask, language: str) -> object:
    return app.test_request_context(f"/?lang={language}")


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2015, 5, 20), date(2015, 5, 20), "20 May 2015"),
        (date(2015, 5, 20), date(2015, 5, 22), "20–22 May 2015"),
        (date(2015, 5, 30), date(2015, 6, 2), "30 May 2015–2 Jun 2015"),
        (date(2015, 5, 1), date(2015, 5, 31), "May 2015"),
        (date(2015, 1, 1), date(2015, 12, 31), "2015"),
    ],
)
def test_span_is_as_short_as_it_can_be(page: Flask, first: date, last: date, text: str) -> None:
    with _in(page, "en"):
        assert i18n.span_text(first, last) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0 km"), (6.224, "6.22 km"), (13.42, "13.4 km"), (1234.5, "1,234 km")]
)
def test_distance_is_as_exact_as_it_is_near(page: Flask, value: float, text: str) -> None:
    with _in(page, "en"):
        assert i18n.km_text(value) == text


def test_range_keeps_low_before_high_in_every_direction(page: Flask) -> None:
    with _in(page, "ar"):
        text = i18n.km_range_text(0, 13.4)
    assert text == f"{i18n.LEFT_TO_RIGHT}0–{i18n.WORD_JOINER}13.4{i18n.POP} كم"
    with _in(page, "en"):
        assert i18n.km_range_text(0, 13.4) == f"0–{i18n.WORD_JOINER}13.4{i18n.NO_BREAK}km"


@pytest.mark.parametrize(
    ("language", "text", "shown"),
    [
        ("en", "such as 2015-05-20?, or 12", 'such as <bdi class="nowrap" dir="ltr">2015-05-20?</bdi>, or 12'),
        ("ar", "مثل [..2015-05-20]", 'مثل <bdi class="nowrap" dir="ltr">[..2015-05-20]</bdi>'),
        ("ar", "مثل 37 COM 7B.57.", 'مثل <bdi dir="ltr">37 COM 7B.57</bdi>.'),
        ("ar", "بين -180 و180.", 'بين <bdi class="nowrap" dir="ltr">-180</bdi> و180.'),
        ("ar", "as_of: «soon»", '<bdi class="nowrap" dir="ltr">as_of</bdi>: «soon»'),
        ("en", "a <b> of somebody's", "a &lt;b&gt; of somebody&#39;s"),
    ],
)
def test_codes_in_a_sentence_stay_whole_and_run_from_left_to_right(
    page: Flask, language: str, text: str, shown: str
) -> None:
    with _in(page, language):
        assert str(i18n.with_codes(text)) == shown


def test_moment_shows_no_hour_that_nobody_said(page: Flask) -> None:
    with _in(page, "en"):
        assert i18n.moment_text(datetime(2015, 5, 20, tzinfo=UTC)) == "20 May 2015"
        assert i18n.moment_text(datetime(2015, 5, 20, 14, 5, tzinfo=UTC)) == "20 May 2015, 14:05 UTC"


def test_french_writes_numbers_its_own_way(page: Flask) -> None:
    with _in(page, "fr"):
        assert i18n.number_text(1234.5, 1).replace("\u202f", " ") == "1 234,5"
        assert i18n.country_name("SY") == "Syrie"


def test_unknown_language_falls_back_to_what_the_browser_wants(page: Flask) -> None:
    with page.test_request_context("/?lang=xx", headers={"Accept-Language": "ar-SY,en;q=0.5"}):
        assert i18n.choose_language() == "ar"


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Selon : rien ; pourquoi ? Voilà !", "Selon\u00a0: rien\u00a0; pourquoi\u00a0? Voilà\u00a0!"),
        ("« avis » (« à surveiller »)", "«\u00a0avis\u00a0» («\u00a0à surveiller\u00a0»)"),
        (" : ", "\u00a0: "),
        ("déjà\u00a0: dit", "déjà\u00a0: dit"),
        ("%(a)s ; %(b)s", "%(a)s\u00a0; %(b)s"),
        ("un :nom", "un :nom"),
    ],
)
def test_a_french_mark_stays_on_the_line_of_its_word(text: str, held: str) -> None:
    assert held_together(text) == held


def test_pages_in_french_begin_no_line_with_a_mark(client: FlaskClient) -> None:
    text = re.sub(r"<[^>]+>", "", client.get("/methodology?lang=fr").text)
    assert "\u00a0:" in text
    assert not re.search(r"\w [;?!»](\s|$)", text)
