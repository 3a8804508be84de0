"""Forms of reports: a document, a claim at the speed of typing, a review, a link, a source and its grade."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp, ValidationError

from heritage.forms.fields import NumberField, between, edtf, graded, whole_position, without_controls
from heritage.reports.domain import (
    ClaimDraft,
    ClaimKind,
    DocumentDraft,
    EventKind,
    Extent,
    LinkKind,
    Party,
    Reliability,
    SourceDraft,
    SourceKind,
    Transition,
    Verdict,
)
from heritage.reports.texts import coloured_words, find_quote
from heritage.reports.words import SHARED, TABLES

_WORD = [Length(max=300), without_controls]
_TEXT = [Length(max=4_000), without_controls]
_REASON = [DataRequired(_("A reason is needed.")), *_TEXT]
_DATE = [Length(max=200), without_controls, edtf]
_HOW_DATED = _(
    "2015-05-20, 2015-05-20? when inferred, 2015-05, 2015-05-16/2015-05-17, [..2015-05-20] for no later than"
)


def _words(table: str) -> Any:
    return {**TABLES, **SHARED}[table]


def _choices(values: Any, table: str, none: Any = None) -> list[SelectChoice]:
    words = [SelectChoice(str(value), _words(table)[value]) for value in values]
    return [SelectChoice("", none), *words] if none is not None else words


def _graded(grades: Any, table: str, none: Any = None) -> list[SelectChoice]:
    words = graded(_words(table), grades)
    return [SelectChoice("", none), *words] if none is not None else words


def _grades(none: Any = None) -> list[SelectChoice]:
    return _graded(range(1, 7), "credibility", none)


def _letters(none: Any = None) -> list[SelectChoice]:
    return _graded([letter.value for letter in Reliability], "reliability", none)


def own_words(form: FlaskForm, field: Field) -> None:
    """Our own text takes no side's word but between quotation marks."""
    if coloured := coloured_words(field.data or ""):
        reason = gettext("“%(word)s” is a party's own word: put it between quotation marks.", word=coloured[0])
        raise ValidationError(reason)


class DocumentForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A text to take claims from."""

    title = StringField(
        _("Title"), [DataRequired(_("A title is needed.")), *_WORD], render_kw={"accesskey": "t"},
        description=_("as printed; it is shown as a quotation"),
    )  # fmt: skip
    publisher = StringField(_("Publisher"), _WORD)
    language = StringField(
        _("Language"), [Length(max=35), without_controls], description=_("a code such as en, fr, ar")
    )
    dated = StringField(_("Date"), _DATE, description=_HOW_DATED)
    is_date_inferred = BooleanField(_("The date is inferred, not printed"))
    dated_raw = StringField(_("Date line as printed"), _WORD)
    address = StringField(_("Address"), [Length(max=2_000), without_controls], description=_("kept, never linked to"))
    text = TextAreaField(
        _("Text"), [Length(max=1_000_000)], render_kw={"rows": 12, "dir": "auto"},
        description=_("kept to find quotations in and to recognise a reprint; the whole of it is never shown"),
    )  # fmt: skip
    reprint_of = RadioField(_("Is it the same report?"), choices=[], validators=[Optional()], validate_choice=False)

    def draft(self) -> DocumentDraft:
        """What `add_document` takes."""
        given = {name: self[name].data for name in ("title", "publisher", "language", "dated", "dated_raw", "address")}
        texts = {name: (value or "").strip() for name, value in given.items()}
        return DocumentDraft(**texts, text=self.text.data or "", is_date_inferred=bool(self.is_date_inferred.data))


class AddressForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Where an article is to be fetched from."""

    address = StringField(
        _("Address of the article"),
        [
            DataRequired(_("An address is needed.")), Length(max=2_000), without_controls,
            Regexp(r"\s*https?://[^\s/]+", message=_("Write the whole address, with https:// before it.")),
        ],
        render_kw={"type": "url", "dir": "ltr"},
        description=_("the page is read once; the whole of its text is kept and never shown"),
    )  # fmt: skip


class ClaimForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """One claim in our own words."""

    statement = TextAreaField(
        _("What is claimed, in our own words"), [DataRequired(_("A claim says something.")), *_TEXT, own_words],
        render_kw={"accesskey": "c", "rows": 2, "dir": "auto"},
    )  # fmt: skip
    quote = TextAreaField(
        _("Quotation"), [Length(max=4_000), without_controls], render_kw={"accesskey": "q", "rows": 2, "dir": "auto"},
        description=_("the words of the text; where they stand is found by itself"),
    )  # fmt: skip
    kind = SelectField(
        _("About"), choices=_choices(ClaimKind, "claim_kind"), default=ClaimKind.BACKGROUND.value,
        render_kw={"accesskey": "k"},
    )  # fmt: skip
    point = StringField(
        _("Point in dispute"), [*_WORD, own_words], render_kw={"list": "points"},
        description=_("a few words, the same for every claim about it, such as: control of the city"),
    )  # fmt: skip
    said_by = StringField(
        _("Said by"), [Length(max=1_000), without_controls], render_kw={"list": "sources", "accesskey": "b"},
        description=_("several with ; between; nobody where the text gives no source"),
    )  # fmt: skip
    relayed_by = StringField(
        _("Through"), [Length(max=1_000), without_controls], render_kw={"list": "sources"},
        description=_("who quotes them, beside the text itself"),
    )  # fmt: skip
    certainty = StringField(_("Certainty word"), [Length(max=200), without_controls, own_words])
    reliability = SelectField(
        _("Reliability of the source"), choices=_letters(_("as the source is graded")), default=""
    )
    credibility = SelectField(_("Credibility of the claim"), choices=_grades(), default="6")
    occurred = StringField(_("When it was so"), _DATE, description=_HOW_DATED)
    occurred_raw = StringField(_("The text's own words for when"), _WORD)
    site = StringField(
        _("Site"), _WORD, render_kw={"list": "sites"}, description=_("its name, its number or the end of its address")
    )
    part_ref = StringField(_("Part"), _WORD, description=_("its number, where one is meant"))
    is_sensitive = BooleanField(_("Sensitive: military use or positions; for analysts only"))
    place_name = StringField(_("Place"), _WORD, description=_("never where objects were taken"))
    country = StringField(_("Country"), [Length(max=2)], description=_("two letters, where no site is named"))
    lon = NumberField(_("Longitude"), [between(-180, 180), whole_position], description=_("degrees, east positive"))
    lat = NumberField(_("Latitude"), [between(-90, 90)], description=_("degrees, north positive"))
    radius_km = NumberField(_("Give or take, in km"), [between(0, 20_000)])
    incident_kind = SelectField(
        _("Kind of fighting"), choices=_choices(EventKind, "kind"), default=EventKind.FIGHTING.value,
        description=_("at a place known to 25 km, on a known day, it becomes an incident once it is reviewed"),
    )  # fmt: skip
    actor = StringField(_("Who holds it, or acts"), [*_WORD, own_words])
    extent = SelectField(_("How much of it is held"), choices=_choices(Extent, "extent", _("not said")), default="")
    transition = SelectField(
        _("How control changes"), choices=_choices(Transition, "transition", _("not said")), default=""
    )

    # The text that quotations are looked for in; set by whoever shows the form.
    document_text = ""

    def validate_quote(self, field: Field) -> None:
        """A quotation stands in the text, where there is one."""
        if field.data and self.document_text and find_quote(self.document_text, field.data) is None:
            raise ValidationError(gettext("These words do not stand in the text."))

    def validate_radius_km(self, field: Field) -> None:
        """A point without its uncertainty could mean anything."""
        if self.lon.data is not None and field.data is None:
            raise ValidationError(gettext("Say how well the place is known."))

    def validate_country(self, field: Field) -> None:
        """Two letters or nothing."""
        code = (field.data or "").strip()
        if code and (len(code) != 2 or not code.isascii() or not code.isalpha()):
            raise ValidationError(gettext("“%s” is not a two-letter country code.") % code)

    def draft(self, site_id: int | None) -> ClaimDraft:
        """What `enter_claims` takes."""
        texts: dict[str, Any] = {
            name: (self[name].data or "").strip()
            for name in (
                "statement", "quote", "certainty", "occurred", "occurred_raw", "point", "part_ref", "place_name",
                "country", "actor",
            )
        }  # fmt: skip
        return ClaimDraft(
            **texts,
            kind=ClaimKind(self.kind.data),
            said_by=_names(self.said_by.data),
            relayed_by=_names(self.relayed_by.data),
            reliability=Reliability(self.reliability.data) if self.reliability.data else None,
            credibility=int(self.credibility.data),
            site_id=site_id,
            lon=self.lon.data,
            lat=self.lat.data,
            radius_km=self.radius_km.data,
            incident_kind=EventKind(self.incident_kind.data),
            extent=Extent(self.extent.data) if self.extent.data else None,
            transition=Transition(self.transition.data) if self.transition.data else None,
            is_sensitive=bool(self.is_sensitive.data),
        )


class CorrectionForm(ClaimForm):
    """A claim said anew, with the reason why."""

    reason = StringField(_("Why it is corrected"), _REASON)


class ReviewForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What a reviewer says of a claim, and the grade given it."""

    revision = HiddenField(validators=[Optional()])
    verdict = RadioField(
        _("What do you say?"), default=Verdict.ACCEPT.value,
        choices=[
            SelectChoice(Verdict.ACCEPT.value, _("It is what the text says; pass it with this grade")),
            SelectChoice(Verdict.REJECT.value, _("It is not; refuse it")),
        ],
    )  # fmt: skip
    reliability = SelectField(_("Reliability of the source"), choices=_letters(_("as entered")), default="")
    credibility = SelectField(_("Credibility of the claim"), choices=_grades(_("as entered")), default="")
    reason = StringField(_("Reason"), _TEXT)

    def validate_reason(self, field: Field) -> None:
        """Who refuses says why."""
        if self.verdict.data == Verdict.REJECT.value and not (field.data or "").strip():
            raise ValidationError(gettext("A reason is needed."))


class WithdrawalForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Why a claim is taken back."""

    reason = StringField(_("Reason"), _REASON)


class LinkForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """How a claim stands to another."""

    kind = SelectField(_("It"), choices=_choices(LinkKind, "link_kind"))
    other_id = IntegerField(
        _("the claim of number"), [InputRequired(_("Give its number.")), between(1, 2**62)],
        render_kw={"list": "others"},
    )  # fmt: skip
    reason = StringField(_("Reason"), _TEXT)


class SourceForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A source, and how far to believe it."""

    name = StringField(
        _("Name"), [DataRequired(_("A name is needed.")), *_WORD],
        description=_("of an office, an outlet or a group; never a person who would be in danger"),
    )  # fmt: skip
    kind = SelectField(
        _("Kind of actor"), choices=_choices(SourceKind, "source_kind"), default=SourceKind.UNKNOWN.value
    )
    party = SelectField(_("Party to the conflict"), choices=_choices(Party, "party"), default=Party.UNKNOWN.value)
    reliability = SelectField(_("Reliability"), choices=_letters(), default=Reliability.F.value)
    origin = StringField(
        _("Independence key"), _WORD, description=_("sources with the same one count as one voice; empty for its own")
    )
    is_protected = BooleanField(_("Its name is for staff only; everybody else reads its kind"))
    reason = StringField(_("Why it is judged so"), _REASON)

    def draft(self) -> SourceDraft:
        """What `add_source` and `assess_source` take."""
        return SourceDraft(
            name=(self.name.data or "").strip() if "name" in self else "",
            kind=SourceKind(self.kind.data),
            party=Party(self.party.data),
            reliability=Reliability(self.reliability.data),
            origin=(self.origin.data or "").strip(),
            reason=(self.reason.data or "").strip(),
            is_protected=bool(self.is_protected.data),
        )


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name for part in (text or "").split(";") if (name := part.strip()))
