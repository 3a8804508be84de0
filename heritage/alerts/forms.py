"""Forms of alerts: asking for them, how they come, and what officers say of one that waits."""

from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectChoice, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from heritage.accounts.domain import plain_address
from heritage.alerts.models import Frequency
from heritage.alerts.wishes import read_area, read_hours
from heritage.core.errors import InvalidInput
from heritage.forms.fields import CodesField, country_codes, without_controls

FREQUENCIES = {
    Frequency.AT_ONCE: _("at once"),
    Frequency.HOURLY: _("every hour, when something changed"),
    Frequency.DAILY: _("every morning"),
    Frequency.WEEKLY: _("every Monday morning"),
}
LEVELS = {
    1: _("1 watch: in summaries only"),
    2: _("2 advisory"),
    3: _("3 warning"),
    4: _("4 critical"),
}
ORDERS = {
    "email": _("e-mail only"),
    "inbox": _("the inbox here only"),
    "email inbox": _("e-mail; where it fails, the inbox here"),
    "inbox email": _("the inbox here; where it fails, e-mail"),
}


def _an_address(form: FlaskForm, field: StringField) -> None:
    if plain_address(field.data or "") is None:
        raise ValidationError(str(_("This is not an e-mail address.")))


def _an_area(form: FlaskForm, field: StringField) -> None:
    if field.data:
        # Never a file of this machine: the text itself is the area.
        if not (field.data.lstrip().startswith("{") or field.data.count(",") == 3):
            raise ValidationError(str(_("Give west, south, east, north in degrees, or a GeoJSON polygon.")))
        try:
            read_area(field.data)
        except InvalidInput as error:
            raise ValidationError(str(error)) from None


def _hours(form: FlaskForm, field: StringField) -> None:
    if field.data:
        try:
            read_hours(field.data)
        except InvalidInput:
            raise ValidationError(str(_("Write the hours as 22:00-07:00."))) from None


def _a_zone(form: FlaskForm, field: StringField) -> None:
    if field.data not in available_timezones():
        raise ValidationError(str(_("This time zone is not known; write it as Asia/Damascus.")))


class MannerForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """How somebody wants to be told."""

    language = SelectField(
        _("Language of the messages"),
        choices=[SelectChoice("en", "English"), SelectChoice("fr", "Français"), SelectChoice("ar", "العربية")],
    )
    time_zone = StringField(
        _("Time zone"),
        [_a_zone],
        default="UTC",
        description=_("times are told there and in UTC; as in Asia/Damascus, Europe/Paris"),
        render_kw={"dir": "ltr"},
    )
    quiet = StringField(
        _("Quiet hours"),
        [_hours],
        description=_("nothing below a warning is sent then; as in 22:00-07:00, or nothing"),
        render_kw={"dir": "ltr"},
    )


class OwnMannerForm(MannerForm):
    """The same for somebody who is signed in, who may choose where messages go."""

    channels = SelectField(
        _("Where messages go"), choices=[SelectChoice(value, words) for value, words in ORDERS.items()]
    )


class WishForm(MannerForm):
    """What to be told of."""

    sites = TextAreaField(
        _("Sites"),
        [Length(max=20_000), without_controls],
        description=_("one a line, by name or by the last part of the page's address; nothing for all"),
        render_kw={"rows": 3},
    )
    countries = CodesField(
        _("Countries"), [country_codes], description=_("two-letter codes, as in SY, IQ; each adds to the sites")
    )
    area = StringField(
        _("Area"),
        [Optional(), Length(max=200_000), _an_area],
        description=_("west, south, east, north in degrees, or a GeoJSON polygon; adds to the sites"),
        render_kw={"dir": "ltr"},
    )
    in_danger = BooleanField(_("Only sites on the List of World Heritage in Danger"))
    min_level = SelectField(
        _("From level"), choices=[SelectChoice(str(level), words) for level, words in LEVELS.items()], default="2"
    )
    frequency = SelectField(
        _("How soon"), choices=[SelectChoice(value.value, words) for value, words in FREQUENCIES.items()]
    )


class SignUpForm(WishForm):
    """The same for somebody without an account."""

    email = StringField(
        _("E-mail address"),
        [DataRequired(_("An address is needed.")), _an_address],
        description=_("a letter asks there first whether this is wanted"),
        render_kw={"type": "email", "autocomplete": "email", "dir": "ltr"},
    )


class OwnWishForm(WishForm):
    """The same for somebody who is signed in."""

    channels = OwnMannerForm.channels


class ListForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Asking for the link to one's own list."""

    email = StringField(
        _("E-mail address"),
        [DataRequired(_("An address is needed.")), _an_address],
        render_kw={"type": "email", "autocomplete": "email", "dir": "ltr"},
    )


class WordForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What somebody says of a step."""

    reason = TextAreaField(
        _("Reason"),
        [Length(max=2000), without_controls],
        description=_("needed for a rejection; it stays in the record"),
        render_kw={"rows": 2},
    )


class ButtonForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A button."""
