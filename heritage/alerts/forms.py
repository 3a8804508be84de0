"""Forms of alerts: asking for them, how they come, and what officers say of one that waits."""

from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Optional

from heritage.accounts.domain import plain_address
from heritage.alerts.handing import Verdict
from heritage.alerts.models import Frequency
from heritage.alerts.wishes import read_area, read_hours
from heritage.core.errors import InvalidInput
from heritage.forms.fields import ChoicesField, CodesField, country_codes, without_controls
from heritage.forms.reasons import told

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
JUDGED_LEVELS = {
    1: _("1 Watch"),
    2: _("2 Advisory"),
    3: _("3 Warning"),
    4: _("4 Critical"),
}
ORDERS = {
    "email": _("e-mail only"),
    "inbox": _("the inbox here only"),
    "email inbox": _("e-mail; where it fails, the inbox here"),
    "inbox email": _("the inbox here; where it fails, e-mail"),
    "webhook": _("the webhook only"),
    "webhook email": _("the webhook; where it fails, e-mail"),
    "email webhook": _("e-mail; where it fails, the webhook"),
    "webhook inbox": _("the webhook; where it fails, the inbox here"),
}
DAYS = {
    1: _("Monday"),
    2: _("Tuesday"),
    3: _("Wednesday"),
    4: _("Thursday"),
    5: _("Friday"),
    6: _("Saturday"),
    7: _("Sunday"),
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
            raise ValidationError(told(error)) from None


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


def without_webhook(form: FlaskForm) -> None:
    """Take the orders with a webhook out of a form's choice, for somebody who has none."""
    form.channels.choices = [choice for choice in form.channels.choices if "webhook" not in choice.value]


class WebhookForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Where a program of the reader's own takes messages."""

    url = StringField(
        _("Web address to post to"),
        [DataRequired(_("An address is needed.")), Length(max=2000)],
        description=_("begins with https; each message is posted there as JSON, signed as Standard Webhooks says"),
        render_kw={"dir": "ltr", "type": "url", "autocomplete": "off"},
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
        description=_(
            "west, south, east, north in degrees, or a GeoJSON polygon; adds to the sites; across the 180th meridian"
            " west is greater than east"
        ),
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


class DecisionForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What an officer decides of an alert that was sent."""

    verdict = RadioField(
        _("What do you decide?"),
        [DataRequired(_("Choose one."))],
        choices=[
            SelectChoice(Verdict.RAISE.value, _("Raise: it is worse than the rule says")),
            SelectChoice(Verdict.LOWER.value, _("Lower: it is less bad than the rule says")),
            SelectChoice(Verdict.DISMISS.value, _("Dismiss: there is nothing in it")),
        ],
    )
    level = SelectField(
        _("To which level"),
        choices=[SelectChoice("", _("none: it is dismissed"))]
        + [SelectChoice(str(level), terms) for level, terms in JUDGED_LEVELS.items()],
        default="",
    )
    reason = TextAreaField(
        _("Why"),
        [DataRequired(_("A reason is needed.")), Length(max=2000), without_controls],
        description=_("it stays in the record; the reports and the rule's level stay as they are"),
        render_kw={"rows": 2},
    )
    review_on = DateField(_("Look at it again on"), [Optional()])


class HandoverForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What one officer leaves to the next."""

    open_points = TextAreaField(
        _("What is open"),
        [DataRequired(_("Write down what is open, if only that nothing is.")), Length(max=4000), without_controls],
        render_kw={"rows": 3},
    )
    called = TextAreaField(
        _("Who was called"),
        [Length(max=2000), without_controls],
        description=_("posts rather than names, and what they said"),
        render_kw={"rows": 2},
    )
    review_at = DateTimeLocalField(
        _("Next review (UTC)"),
        [Optional()],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        description=_("whoever is on duty is told then"),
    )


class DutyForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Hours of duty of one officer."""

    officer = SelectField(_("Officer"), coerce=int, choices=[])
    weekdays = ChoicesField(
        _("Days on which they begin"),
        [DataRequired(_("Choose at least one day."))],
        coerce=int,
        choices=[SelectChoice(day, words) for day, words in DAYS.items()],
        default=list(DAYS),
    )
    hours = StringField(
        _("Hours"),
        [DataRequired(_("Hours are needed.")), _hours],
        description=_("as in 22:00-06:00, which end the next morning; 00:00-00:00 is the whole day"),
        render_kw={"dir": "ltr"},
    )
    time_zone = StringField(
        _("Time zone"), [_a_zone], default="UTC", description=_("as in Asia/Damascus"), render_kw={"dir": "ltr"}
    )
    from_on = DateField(_("First day"), [Optional()], description=_("nothing: from now on"))
    until_on = DateField(_("Last day"), [Optional()], description=_("nothing: until they are removed"))


class ButtonForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A button."""
