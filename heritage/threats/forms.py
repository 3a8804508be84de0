"""Forms of threats: an update, an answer, a review, a change of a threat."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Optional

from heritage.attachments.forms import WithSentFiles
from heritage.forms.fields import ChoicesField, NumberField, between, graded, whole_position, without_controls
from heritage.threats.domain import MOST_RADIUS_KM, HowKnown, Severity, ThreatStatus, Trend, WhereKind
from heritage.threats.service import Filing
from heritage.threats.words import (
    HOW_KNOWN,
    OWN_CREDIBILITIES,
    SEVERITIES,
    STATUSES,
    TRENDS,
    WHERES,
    factor_name,
    group_name,
    groups_to_choose,
)
from heritage.web.words import CREDIBILITIES, RELIABILITIES

_LINE = [Length(max=500), without_controls]
_TEXT = [Length(max=10_000), without_controls]
DEFAULT_RADIUS_KM = {WhereKind.POINT: 1.0, WhereKind.NEAR: 5.0}
RESERVED = ("csrf_token", "client_id", "form_token")


def _choices(words: Any) -> list[SelectChoice]:
    return [SelectChoice(str(code), text) for code, text in words.items()]


def factor_choices() -> list[SelectChoice]:
    """UNESCO's factors under the names of their groups, in the page's language."""
    return [
        SelectChoice("", gettext("Choose what it is")),
        *(
            SelectChoice(factor.code, factor_name(factor.code), optgroup=group_name(factor.code))
            for group in groups_to_choose()
            for factor in group.factors
        ),
    ]


def _whole(value: object) -> int:
    # An address may hold anything where a number is expected.
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


class UpdateForm(WithSentFiles):
    """What somebody has to report; the site is found first, or looked for with what is typed kept."""

    site_query = StringField(
        _("Site"), [Length(max=200), without_controls], description=_("a name in any script; then “Find”")
    )
    factor = SelectField(_("What is it about"), [DataRequired(_("Choose one of the list."))])
    what = TextAreaField(
        _("What was seen"),
        [DataRequired(_("Say what was seen.")), *_TEXT],
        description=_("in your own words and language; no names of people"),
    )
    trend = SelectField(_("What has changed"), choices=_choices(TRENDS), default=Trend.UNKNOWN.value)
    when = StringField(
        _("When"), _LINE, description=_("rough is fine: today about noon, yesterday evening, 20 May, around 2013")
    )
    where = RadioField(_("Where"), choices=_choices(WHERES), default=WhereKind.SITE.value)
    part_ref = SelectField(_("Which part"), validate_choice=False, choices=[])
    near = StringField(_("Near what"), _LINE, description=_("near the museum gate, two streets north of the mosque"))
    lat = NumberField(_("Latitude"), [between(-90, 90), whole_position], description=_("degrees, north positive"))
    lon = NumberField(_("Longitude"), [between(-180, 180)], description=_("degrees, east positive"))
    radius_km = NumberField(
        _("Give or take, in km"), [between(0.01, MOST_RADIUS_KM)], description=_("how far off the place may be")
    )
    source = StringField(
        _("Who says so"), _LINE, description=_("a newspaper, an office, “a neighbour”; no name of a person in danger")
    )  # fmt: skip
    how_known = SelectField(_("How do you know"), choices=_choices(HOW_KNOWN), default=HowKnown.OTHER.value)
    credibility = SelectField(
        _("How true is it, do you think"), choices=graded(OWN_CREDIBILITIES, OWN_CREDIBILITIES), default="6"
    )
    reliability = SelectField(_("How reliable is who says so"), choices=graded(RELIABILITIES, "FABCDE"), default="F")
    site = HiddenField()
    client_id = HiddenField()
    form_token = HiddenField()

    def offer(self, parts: list[tuple[str, str]]) -> None:
        """Fill in what can be chosen: the factors, and the site's parts as (ref, name)."""
        self.factor.choices = factor_choices()
        self.part_ref.choices = [
            SelectChoice("", gettext("Choose a part")), *(SelectChoice(ref, name) for ref, name in parts)
        ]  # fmt: skip

    def kind_of_place(self) -> WhereKind:
        """How it is said where; a point or words that were given count even when the choice above them was left."""
        kind = WhereKind(self.where.data) if self.where.data in set(WhereKind) else WhereKind.SITE
        if kind is WhereKind.SITE and self.lon.data is not None:
            return WhereKind.POINT
        if kind is WhereKind.SITE and self.near.data:
            return WhereKind.NEAR
        return WhereKind.PART if kind is WhereKind.SITE and self.part_ref.data else kind

    def validate_where(self, field: RadioField) -> None:
        """What was chosen has what it needs."""
        kind = self.kind_of_place()
        if kind is WhereKind.PART and not self.part_ref.data:
            raise ValidationError(gettext("Choose the part."))
        if kind is WhereKind.POINT and self.lon.data is None and not self.lon.errors:
            raise ValidationError(gettext("Click on the map, or write latitude and longitude."))
        if kind is WhereKind.NEAR and not self.near.data:
            raise ValidationError(gettext("Say near what."))

    def filing(self) -> Filing:
        """What the use case takes."""
        kind = self.kind_of_place()
        return Filing(
            factor=self.factor.data,
            seen=self.what.data.strip(),
            trend=Trend(self.trend.data),
            when=(self.when.data or "").strip(),
            where=kind,
            part_ref=self.part_ref.data or "",
            near=(self.near.data or "").strip(),
            lon=self.lon.data,
            lat=self.lat.data,
            radius_km=self.radius_km.data or DEFAULT_RADIUS_KM.get(kind),
            source=(self.source.data or "").strip(),
            how_known=HowKnown(self.how_known.data),
            reliability=self.reliability.data,
            credibility=_whole(self.credibility.data),
        )


class OriginalForm(WithSentFiles):
    """A picture in full size that follows its report, by the id that the device gave the report."""

    client_id = HiddenField(validators=[DataRequired(), Length(max=64)])


class CodeForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The code word of an update."""

    code = StringField(
        _("Code word"), [DataRequired(_("Write the code word.")), Length(max=100)],
        description=_("three words and a number, such as cedar-lamp-river-482913"),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )  # fmt: skip


class AnswerForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Something to add, or the answer to a question."""

    text = TextAreaField(_("Add something"), [DataRequired(_("Write something.")), Length(max=5_000), without_controls])


class StandingForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """How a threat stands."""

    status = SelectField(_("Status"), choices=_choices(STATUSES), default=ThreatStatus.ACTIVE.value)
    severity = SelectField(_("Severity"), choices=_choices(SEVERITIES), default=Severity.UNKNOWN.value)
    part_refs = ChoicesField(_("Parts concerned"), choices=[], description=_("none chosen: the site as a whole"))
    when = StringField(
        _("So since"), [*_LINE, Optional()], description=_("2015-05-20, May 2015, yesterday; empty when not known")
    )
    reliability = SelectField(_("Reliability of the source"), choices=graded(RELIABILITIES, "FABCDE"), default="F")
    credibility = SelectField(
        _("Credibility of what it says"), choices=graded(CREDIBILITIES, (6, 1, 2, 3, 4, 5)), default="6"
    )
    summary = TextAreaField(
        _("In one neutral sentence, for everybody"), [Length(max=1_000), without_controls],
        description=_("your own words: no party's words, no place of people, nothing that tells who reported it"),
    )  # fmt: skip
    reason = TextAreaField(_("Why, for reviewers"), [Length(max=4_000), without_controls])

    def offer(self, parts: list[tuple[str, str]]) -> None:
        """Fill in the site's parts as (ref, name)."""
        self.part_refs.choices = [SelectChoice(ref, name) for ref, name in parts]
        if not parts:
            del self.part_refs

    def told(self) -> dict[str, Any]:
        """What a decision is made of."""
        return {
            "status": ThreatStatus(self.status.data) if self.status.data else None,
            "severity": Severity(self.severity.data),
            "part_refs": list(self.part_refs.data) if "part_refs" in self else [],
            "when": (self.when.data or "").strip(),
            "reliability": self.reliability.data,
            "credibility": _whole(self.credibility.data),
            "summary": self.summary.data or "",
            "reason": self.reason.data or "",
        }


class ReviewForm(StandingForm):
    """What becomes of an update; `do` says which of the buttons was pressed."""

    threat_id = SelectField(_("Into which threat"), choices=[], default="")
    factor = SelectField(_("Factor of a new threat"), choices=[], default="")
    said = TextAreaField(
        _("To whoever filed it"), [Length(max=2_000), without_controls],
        description=_("the question, or why it is not taken; they read it under their code word"),
    )  # fmt: skip

    def offer_threats(self, threats: list[tuple[int, str]]) -> None:
        """Fill in the site's threats as (number, name), and the factors."""
        self.threat_id.choices = [
            SelectChoice("", gettext("a new one")), *(SelectChoice(str(number), name) for number, name in threats)
        ]  # fmt: skip
        self.status.choices = [*_choices(STATUSES), SelectChoice("", gettext("as it was"))]
        self.factor.choices = factor_choices()

    def decided(self) -> dict[str, Any]:
        """What `Decision` takes."""
        return {**self.told(), "threat_id": _whole(self.threat_id.data) or None, "factor": self.factor.data or ""}


class ReasonForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A reason and nothing else."""

    reason = TextAreaField(_("Reason"), [DataRequired(_("Say why.")), Length(max=2_000), without_controls])
