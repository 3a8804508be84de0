"""Form: whether two events are one happening."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from heritage.forms.fields import without_controls
from heritage.incidents.models import Verdict

LARGEST = 2**63 - 1


class SamenessForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Two events, what they are to each other, and why."""

    event = IntegerField(_("Report of this happening"), [InputRequired(), NumberRange(1, LARGEST)])
    other = IntegerField(_("Number of the other report"), [InputRequired(), NumberRange(1, LARGEST)])
    verdict = RadioField(
        _("What are they?"),
        choices=[(Verdict.SAME, _("one happening")), (Verdict.APART, _("two happenings"))],
        default=Verdict.SAME,
    )
    reason = TextAreaField(_("Why"), [DataRequired(_("A reason is needed.")), Length(max=2000), without_controls])
