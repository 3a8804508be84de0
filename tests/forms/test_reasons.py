"""Why something was not taken: in the language of the page, at the field that it names."""

from flask import Flask
from flask_babel import force_locale
from wtforms import Form, StringField

from heritage.core.dates import parse_edtf
from heritage.core.errors import InvalidInput, NotFound, UnusableField
from heritage.forms.reasons import put_at_field, told


class DayForm(Form):
    day = StringField("Day")


def refusal(text: str) -> InvalidInput:
    try:
        parse_edtf(text)
    except InvalidInput as error:
        return error
    raise AssertionError(text)


def test_a_terminal_reads_english_and_a_page_its_own_language(app: Flask) -> None:
    error = refusal("2015-02-30")
    assert str(error) == "“2015-02-30”: there is no such day"
    with app.test_request_context(), force_locale("ar"):
        assert told(error) == "“2015-02-30”: لا يوجد يوم كهذا"


def test_what_is_said_may_hold_any_sign(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        said = told(NotFound("There is no site “%(slug)s”.", slug="100 %(x)s"))
        assert said == "Il n’y a pas de site «\u00a0100 %(x)s\u00a0»."
        assert told(InvalidInput("plain 100 %")) == "plain 100 %"
        assert told(InvalidInput("")) == ""


def test_a_reason_stands_at_the_field_that_it_names(app: Flask) -> None:
    form = DayForm()
    with app.test_request_context():
        put_at_field(form, UnusableField("day", "It lies ahead."))
        put_at_field(form, UnusableField("hour", "There is none."))
    assert form.day.errors == ["It lies ahead."]
    assert form.form_errors == ["There is none."]
    assert str(UnusableField("day", "It lies %(where)s.", where="ahead")) == "day: It lies ahead."


def test_a_missing_page_says_so_in_arabic(client) -> None:
    assert "لا يوجد موقع “nowhere”" in client.get("/sites/nowhere?lang=ar").text
