"""Forms of kept objects: what one is, where a job goes, who gave it to whom, and each step of a job."""

from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import DateTimeLocalInput

from heritage.artefacts.domain import LARGEST_COUNT, Kind, Movability, Outcome, RedList, ValueClass, plain_code
from heritage.artefacts.vocabularies import StageState
from heritage.attachments.forms import WithAttachments
from heritage.forms.fields import ChoicesField, NumberField, between, edtf, whole_position, without_controls
from heritage.sites.forms import CONDITION_CHOICES
from heritage.web.object_words import OBJECT_TABLES

FIELD = OBJECT_TABLES["object_field"]
_WORD = [Length(max=500), without_controls]
_TEXT = [Length(max=20_000), without_controls]
_COUNT = [Optional(), between(1, LARGEST_COUNT)]
_SAID = [DataRequired(_("A reason is needed.")), *_TEXT]
_TAKER = [DataRequired(_("Name who took it.")), *_WORD]
_REASON = [DataRequired(_("A reason is needed.")), *_WORD]


def _choices(table: str, values: Any) -> list[SelectChoice]:
    return [SelectChoice(value.value, OBJECT_TABLES[table][value.value]) for value in values]


_GRADES = [SelectChoice("", _("none"))] + [
    SelectChoice(f"{letter}{figure}", f"{letter}{figure}") for letter in "ABCDEF" for figure in range(1, 7)
]


class MomentField(StringField):  # type: ignore[misc]  # wtforms has no types
    """A day and hour in UTC as a browser or a person writes it; kept aware."""

    widget = DateTimeLocalInput()

    def _value(self) -> str:
        if isinstance(self.data, datetime):
            return self.data.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
        return self.raw_data[0] if self.raw_data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the moment; None from an empty field."""
        text = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if not text:
            return
        try:
            found = datetime.fromisoformat(text.replace("Z", "+00:00"))
            self.data = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(str(_("Write it as 2015-05-21 14:30."))) from None


class CodesField(TextAreaField):  # type: ignore[misc]  # wtforms has no types
    """Codes with blanks, commas or lines between; kept as a list, each once, as printed on the labels."""

    def _value(self) -> str:
        return "\n".join(self.data) if isinstance(self.data, list) else (self.raw_data or [""])[0]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the codes; one that can be none is named."""
        words = " ".join(valuelist).replace(",", " ").replace(";", " ").split()
        codes = []
        for word in words:
            code = plain_code(word)
            if code is None:
                raise ValueError(str(_("“%(text)s” is no code such as K7QX-3M2P.", text=word[:20])))
            codes.append(code)
        self.data = list(dict.fromkeys(codes))


class ArtefactForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """An object, a lot, a container, or an element that stays."""

    kind = SelectField(FIELD["kind"], choices=_choices("object_kind", Kind))
    title = StringField(FIELD["title"], _WORD)
    object_type = StringField(FIELD["object_type"], _WORD)
    inventory_number = StringField(FIELD["inventory_number"], _WORD)
    count_low = IntegerField(FIELD["count_low"], _COUNT, description=_("of a lot: how many there are for certain"))
    count_high = IntegerField(FIELD["count_high"], _COUNT)
    site = StringField(FIELD["site"], _WORD, description=_("the end of its address here, or its number"))
    part = StringField(FIELD["part"], _WORD, description=_("its number, such as 1348-004"))
    movability = SelectField(FIELD["movability"], choices=_choices("movability", Movability))
    priority = SelectField(
        FIELD["priority"], coerce=int, default=3,
        choices=[SelectChoice(number, word) for number, word in OBJECT_TABLES["priority"].items()],
    )  # fmt: skip
    value_class = SelectField(
        FIELD["value_class"], choices=_choices("value_class", ValueClass), default=ValueClass.UNKNOWN.value,
        description=_("never public"),
    )  # fmt: skip
    red_list = SelectField(
        FIELD["red_list"], choices=_choices("red_list", RedList), default=RedList.OTHER.value,
        description=_("ICOM’s categories at risk"),
    )  # fmt: skip
    packing_minutes = NumberField(FIELD["packing_minutes"], [between(0.1, 100_000)])
    weight_kg = NumberField(FIELD["weight_kg"], [between(0.001, 1e6)])
    volume_l = NumberField(FIELD["volume_l"], [between(0.001, 1e7)])
    materials = StringField(FIELD["materials"], _WORD)
    measurements = StringField(FIELD["measurements"], _WORD)
    inscriptions = TextAreaField(FIELD["inscriptions"], _TEXT)
    period = StringField(FIELD["period"], _WORD)
    maker = StringField(FIELD["maker"], _WORD)
    subject = StringField(FIELD["subject"], _WORD)
    features = TextAreaField(FIELD["features"], _TEXT)
    description = TextAreaField(FIELD["description"], _TEXT)
    related = TextAreaField(FIELD["related"], _TEXT)
    origin = StringField(FIELD["origin"], _WORD)
    documented_on = DateField(FIELD["documented_on"], [Optional()])
    owner = StringField(FIELD["owner"], _WORD, description=_("whose property it is, whoever holds it"))
    condition = SelectField(FIELD["condition"], choices=CONDITION_CHOICES)
    condition_on = DateField(FIELD["condition_on"], [Optional()])
    condition_note = TextAreaField(FIELD["condition_note"], _TEXT)
    reported_moved = StringField(
        FIELD["reported_moved"], [edtf, *_WORD],
        description=_("only what is published already: a date in EDTF, such as [..2015-05-20]"),
    )  # fmt: skip
    reported_by = StringField(FIELD["reported_by"], _WORD)
    reported_grade = SelectField(FIELD["reported_grade"], choices=_GRADES)
    claim = StringField(
        FIELD["claim"], _WORD,
        description=_("its number among the claims; who says it and how it is graded then follow the claim"),
    )  # fmt: skip


class SealForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Where a job goes, how and when; sealed as soon as it is sent."""

    place = StringField(_("Destination"), [Length(max=1_000), without_controls])
    lon = NumberField(_("Longitude"), [between(-180, 180), whole_position], description=_("degrees, east positive"))
    lat = NumberField(_("Latitude"), [between(-90, 90)], description=_("degrees, north positive"))
    access = TextAreaField(_("Access"), _TEXT)
    route = TextAreaField(_("Route"), _TEXT)
    departs = StringField(_("Departure"), _WORD)
    arrives = StringField(_("Arrival"), _WORD)
    returns = StringField(_("Planned return"), _WORD)
    mover = StringField(_("Mover"), _WORD, description=_("who carries and drives"))
    contact = StringField(_("Contact"), _WORD, description=_("who is reached there, and how"))
    reference = StringField(_("Number or name of the location"), _WORD, description=_("room, shelf, container"))
    fitness = StringField(_("Fitness of the location"), _WORD, description=_("dry, ventilated, guarded"))
    security = TextAreaField(_("Security note"), _TEXT, description=_("keys, alarms, who may enter"))
    home = TextAreaField(_("Normal location"), _TEXT, description=_("where each of them belongs after the return"))


class PlanForm(SealForm):
    """What moves together and why; the destination goes under seal."""

    codes = CodesField(
        _("Codes"),
        [InputRequired(_("Choose at least one."))],
        description=_("one a line; what lies in a container comes with it"),
    )
    reason = StringField(_("Reason"), _REASON, description=_("never the place"))
    method = StringField(_("Means of transport"), _WORD)
    people = IntegerField(_("Number of people"), [Optional(), between(1, 10_000)])
    happened_at = MomentField(_("Planned at (UTC)"), description=_("as written on the paper; empty is now"))


class StepForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What every step asks: when it was so."""

    happened_at = MomentField(_("When (UTC)"), description=_("as written on the paper; empty is now"))


class AuthoriseForm(StepForm):
    """The permission."""

    custodian = StringField(_("Signed by"), [DataRequired(_("Name who signed the permission.")), *_WORD])
    valid_until = DateField(_("Valid until"), [Optional()])


class PackForm(StepForm):
    """Some objects into a box."""

    codes = ChoicesField(_("Objects"), choices=[])
    box = SelectField(_("Into"), choices=[])
    seal = StringField(_("Number of the seal"), _WORD)


class SomeForm(StepForm):
    """Some objects of the job, and what is known of it."""

    codes = ChoicesField(_("Objects"), choices=[])
    note = TextAreaField(_("How it is known"), _TEXT, description=_("kept under seal"))


class TransferForm(SomeForm):
    """Some objects, and who takes them for good."""

    taker = StringField(_("Taken by"), [DataRequired(_("Name who takes them.")), *_WORD])


class VerifyForm(StepForm):
    """Everything was looked at."""

    looked_at = BooleanField(_("Every object was looked at, against the list"), [DataRequired(_("Please confirm."))])
    note = TextAreaField(_("Note"), _TEXT, description=_("kept under seal"))


class ConditionForm(SomeForm):
    """How some objects were found."""

    condition = SelectField(FIELD["condition"], choices=CONDITION_CHOICES)
    note = TextAreaField(_("Note on the condition"), _TEXT, description=_("kept under seal"))


class StageForm(StepForm):
    """What was done of a stage of the evacuation."""

    points = ChoicesField(_("What is done"), choices=[])
    state = SelectField(
        _("The stage is"), choices=_choices("stage_state", [StageState.DONE, StageState.LEFT_OUT])
    )  # fmt: skip
    note = TextAreaField(_("Note"), _TEXT, description=_("kept under seal; needed where a stage is left out"))


class ReopenForm(StepForm):
    """Why a stage is open again."""

    note = TextAreaField(_("Reason"), [DataRequired(_("A reason is needed.")), *_TEXT],
                         description=_("kept under seal"))  # fmt: skip


class ProposeForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What a difference was, by the first of two people."""

    outcome = SelectField(_("What it was"), choices=_choices("outcome", Outcome))
    codes = ChoicesField(_("Which objects"), choices=[])
    reason = TextAreaField(
        _("How it is known"), [DataRequired(_("A reason is needed.")), *_TEXT], description=_("kept under seal")
    )


class CustodyForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """One handover of custody, from before this program or in place of an entry that is wrong."""

    giver = StringField(_("From"), [DataRequired(_("Name who gave it.")), *_WORD])
    taker = StringField(
        _("To"), [DataRequired(_("Name who took it.")), *_WORD], description=_("a person or body, never the place")
    )
    happened_at = MomentField(_("When (UTC)"), [InputRequired(_("A day and hour is needed."))])
    why = StringField(_("Why"), _REASON)
    condition = SelectField(FIELD["condition"], choices=CONDITION_CHOICES)
    authoriser = StringField(_("Authorised by"), _WORD)


class ContainerForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The container something lies in."""

    box = StringField(_("Container"), _WORD, description=_("its code; empty takes it out"))


class DivideForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A part that is taken out of a lot."""

    count_low = IntegerField(FIELD["count_low"], [InputRequired(_("Say how many.")), between(1, LARGEST_COUNT)])
    count_high = IntegerField(FIELD["count_high"], _COUNT, description=_("empty when it is counted"))


class ObjectImportForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A list of objects, to be looked at first."""

    file = FileField(
        _("File"), [FileRequired(_("Choose a file."))], description=_("CSV or XLSX, with a line of headings")
    )
    institution = SelectField(_("Institution"), choices=[])


class CapacityForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What there is to pack and carry with."""

    class Meta:
        """It only asks: no token is needed, and the address can be kept."""

        csrf = False

    people = IntegerField(_("Packers"), [Optional(), between(1, 1_000)], default=2)
    hours = NumberField(_("Hours"), [between(0.1, 1_000)], default=8.0)
    weight_kg = NumberField(_("Weight that can be carried, kg"), [between(0.1, 1e7)])
    volume_l = NumberField(_("Room, litres"), [between(0.1, 1e9)])
    equipment = BooleanField(_("There is equipment for heavy pieces"))


class InquiryForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """An object as somebody describes it, after Object ID."""

    object_type = StringField(FIELD["object_type"], _WORD)
    title = StringField(FIELD["title"], _WORD)
    materials = StringField(FIELD["materials"], _WORD)
    measurements = StringField(FIELD["measurements"], _WORD, description=_("height, width, depth in cm"))
    inscriptions = TextAreaField(FIELD["inscriptions"], _TEXT)
    period = StringField(FIELD["period"], _WORD)
    maker = StringField(FIELD["maker"], _WORD)
    subject = StringField(FIELD["subject"], _WORD)
    features = TextAreaField(FIELD["features"], _TEXT)
    description = TextAreaField(FIELD["description"], _TEXT)
    origin = StringField(FIELD["origin"], _WORD)
    inventory_number = StringField(FIELD["inventory_number"], _WORD, description=_("if one is written on it"))
    circumstances = TextAreaField(_("Where and how you met it"), _TEXT)
    contact = StringField(
        _("How its keeper reaches you"), [DataRequired(_("Say how its keeper reaches you.")), *_WORD]
    )  # fmt: skip


class AnswerForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What a keeper tells who asked."""

    answer = TextAreaField(
        _("Answer"), [DataRequired(_("Write an answer.")), *_TEXT], description=_("never where anything is kept")
    )


class PhotographForm(WithAttachments):
    """Photographs, which say most of what an object is."""
