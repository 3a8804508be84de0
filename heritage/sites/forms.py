"""Forms of the register: a site, one of its parts, an observation of condition, a stay on the List in Danger."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Optional

from heritage.forms.fields import (
    AreaField,
    CodesField,
    NumberField,
    between,
    country_codes,
    edtf,
    whole_position,
    without_controls,
)
from heritage.policy.disclosure import Disclosure
from heritage.sites.domain import Category, ConditionState
from heritage.sites.service import HEARSAY
from heritage.web.words import DISCLOSURES, METHODS

_NAME = [DataRequired(_("A name is needed.")), Length(max=500), without_controls]
_TEXT = [Length(max=20_000), without_controls]
_WORD = [Length(max=500), without_controls]
_DISCLOSURE = [SelectChoice(each.value, DISCLOSURES[each.value]) for each in Disclosure]
_CATEGORIES = [
    SelectChoice(Category.CULTURAL.value, _("Cultural")),
    SelectChoice(Category.NATURAL.value, _("Natural")),
    SelectChoice(Category.MIXED.value, _("Mixed")),
    SelectChoice(Category.UNKNOWN.value, _("Category not known")),
]
CONDITION_CHOICES = [
    SelectChoice(ConditionState.UNKNOWN.value, _("Not assessed")),
    SelectChoice(ConditionState.NONE_SEEN.value, _("No damage seen")),
    SelectChoice(ConditionState.POSSIBLE.value, _("Possible damage")),
    SelectChoice(ConditionState.SLIGHT.value, _("Slight damage")),
    SelectChoice(ConditionState.MODERATE.value, _("Moderate damage")),
    SelectChoice(ConditionState.SEVERE.value, _("Severe damage")),
    SelectChoice(ConditionState.DESTROYED.value, _("Destroyed")),
]


_METHODS = [SelectChoice("", _("not said")), *(SelectChoice(code, words) for code, words in METHODS.items())]


class ImportForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A register file to be compared with what is held."""

    file = FileField(
        _("File"), [FileRequired(_("Choose a file."))], description=_("CSV, XLSX, XLS, XML, JSON or GeoJSON")
    )
    format = SelectField(_("Format"), choices=[], description=_("recognised by itself in most cases"))
    by_name = BooleanField(_("It has no numbers: match by name"))


class SiteForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What a person may say of a site."""

    name = StringField(_("Name"), _NAME)
    category = SelectField(_("Category"), choices=_CATEGORIES)
    states_parties = CodesField(_("Countries"), [country_codes], description=_("two letters each, such as SY, IQ"))
    region = StringField(_("Region"), _WORD)
    inscribed_year = IntegerField(_("Year of inscription"), [Optional(), between(1972, 2199)])
    area_ha = NumberField(_("Area in hectares"), [between(0.0001, 1e9)])
    short_description = TextAreaField(_("Description"), _TEXT)
    disclosure = SelectField(_("Place is"), choices=_DISCLOSURE)
    grid_km = NumberField(_("Width of the cell in km"), [between(1, 100)], description=_("for a generalised place"))


class NewSiteForm(SiteForm):
    """A site that is not yet kept; its position makes its first part."""

    lon = NumberField(_("Longitude"), [between(-180, 180), whole_position], description=_("degrees, east positive"))
    lat = NumberField(_("Latitude"), [between(-90, 90)], description=_("degrees, north positive"))


class PartForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """One component part."""

    ref = StringField(_("Number"), [DataRequired(_("A number is needed.")), Length(max=100), without_controls])
    name = StringField(_("Name"), _WORD)
    lon = NumberField(_("Longitude"), [between(-180, 180), whole_position], description=_("degrees, east positive"))
    lat = NumberField(_("Latitude"), [between(-90, 90)], description=_("degrees, north positive"))
    area_ha = NumberField(_("Area in hectares"), [between(0.0001, 1e9)])
    boundary = AreaField(_("Boundary"), description=_("a GeoJSON polygon, longitude first"))
    buffer_zone = AreaField(_("Buffer zone"), description=_("the legal zone around it, a GeoJSON polygon"))


class ConditionForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """One observation; an earlier one by the same assessor of the same date is superseded and stays readable."""

    state = SelectField(_("State"), choices=CONDITION_CHOICES)
    observed = StringField(
        _("Observed on"),
        [DataRequired(_("A date is needed, if only a year.")), edtf],
        description=_("2016-04-23, 2016-04, 2016 or a range such as 2016-04-23/2016-04-27"),
    )
    part_ref = SelectField(_("Part"), validate_choice=True)
    assessor = StringField(_("Assessor"), [DataRequired(_("Say who assessed it.")), *_WORD])
    method = SelectField(_("Method"), choices=_METHODS)
    note = TextAreaField(_("Note"), _TEXT)

    def validate_method(self, field: SelectField) -> None:
        """What nobody saw cannot be recorded as destroyed."""
        if field.data == HEARSAY and self.state.data == ConditionState.DESTROYED:
            reason = _("“Destroyed” is not recorded from hearsay: it needs a visit, a photograph or a satellite image.")
            raise ValidationError(str(reason))


class DangerForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """One stay on the List of World Heritage in Danger."""

    began = StringField(_("From"), [DataRequired(_("A date is needed, if only a year.")), edtf])
    ended = StringField(_("Until"), [edtf], description=_("empty while it goes on"))
    decision = StringField(_("Decision"), _WORD, description=_("such as 37 COM 7B.57"))


class EndForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The end of the open stay."""

    ended = StringField(_("Until"), [DataRequired(_("A date is needed, if only a year.")), edtf])
    decision = StringField(_("Decision"), _WORD, description=_("such as 37 COM 7B.57"))


class WithdrawForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Nothing but a confirmation."""

    confirm = BooleanField(_("Yes, withdraw it"), [DataRequired(_("Please confirm."))])
