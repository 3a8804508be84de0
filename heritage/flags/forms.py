"""The form by which a person acknowledges, raises or lowers a site's level."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, Field, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from heritage.flags.models import JudgementKind
from heritage.flags.rules import Level
from heritage.forms.fields import without_controls

_KINDS = [
    SelectChoice(JudgementKind.ACKNOWLEDGE.value, _("Acknowledge: it has been seen and is being looked after")),
    SelectChoice(JudgementKind.RAISE.value, _("Raise: it is worse than the rule says")),
    SelectChoice(JudgementKind.LOWER.value, _("Lower: it is less bad than the rule says")),
]
_LEVELS = [
    SelectChoice("", _("no level")),
    SelectChoice(str(int(Level.NONE)), _("0 None")),
    SelectChoice(str(int(Level.WATCH)), _("1 Watch")),
    SelectChoice(str(int(Level.ADVISORY)), _("2 Advisory")),
    SelectChoice(str(int(Level.WARNING)), _("3 Warning")),
    SelectChoice(str(int(Level.CRITICAL)), _("4 Critical")),
]


class JudgementForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What a person judges, why, who, and until when."""

    kind = RadioField(_("What do you say?"), choices=_KINDS, default=JudgementKind.ACKNOWLEDGE.value)
    level = SelectField(_("Level, when raising or lowering"), choices=_LEVELS, default="")
    reason = TextAreaField(_("Why"), [DataRequired(_("A reason is needed.")), Length(max=2000), without_controls])
    by = StringField(_("Your name or post"), [DataRequired(_("A name is needed.")), Length(max=200), without_controls])
    review_on = DateField(_("Look at it again on"), [Optional()])

    def validate_level(self, field: Field) -> None:
        """Raising and lowering need a level, acknowledging has none."""
        given = bool(field.data)
        if (self.kind.data == JudgementKind.ACKNOWLEDGE.value) == given:
            raise ValidationError(gettext("Choose a level to raise or lower to; acknowledging takes none."))

    def values(self) -> dict[str, Any]:
        """What `record_judgement` takes."""
        return {
            "kind": JudgementKind(self.kind.data),
            "level": int(self.level.data) if self.level.data else None,
            "reason": self.reason.data or "",
            "by": (self.by.data or "") if "by" in self else "",
            "review_on": self.review_on.data,
        }
