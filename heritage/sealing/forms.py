"""Forms of what is sealed: a reason, a decision, a justification."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import Length, ValidationError

from heritage.forms.fields import without_controls
from heritage.sealing.access import SHORTEST_REASON

LONGEST = 1000


def _said(form: FlaskForm, field: Any) -> None:
    if len((field.data or "").strip()) < SHORTEST_REASON:
        raise ValidationError(str(_("At least %(number)s signs are needed.", number=SHORTEST_REASON)))


class ReasonForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Why somebody wants to read something sealed."""

    reason = TextAreaField(
        _("Reason"),
        [_said, Length(max=LONGEST), without_controls],
        description=_("The owner reads it, and it stays in the record. Write nothing in it that is sealed."),
    )


class DecisionForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Whether somebody else may read."""

    decision = RadioField(
        _("Decision"), choices=[SelectChoice("grant", _("Let them read it")), SelectChoice("refuse", _("Refuse"))]
    )
    words = TextAreaField(_("Why"), [Length(max=LONGEST), without_controls], description=_("needed when you refuse"))

    def validate_words(self, field: TextAreaField) -> None:
        """A refusal says why."""
        if self.decision.data == "refuse" and not (field.data or "").strip():
            raise ValidationError(str(_("Say why it is refused.")))
