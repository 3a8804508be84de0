"""The field by which files are attached, for other features' forms."""

from collections.abc import Mapping
from typing import Any

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import ValidationError

from heritage.attachments.domain import Fault
from heritage.attachments.service import FileRefused, inspect
from heritage.policy.access import current_subject
from heritage.settings import Settings

MOST_FILES = 10
# What a stranger may bring at once: a photograph or three, and no way to fill the disk within an hour's budget.
STRANGER_MB = 12
FAULTS: Mapping[Fault, str] = {
    Fault.EMPTY: _("The file is empty."),
    Fault.TOO_LARGE: _("The file is too large."),
    Fault.UNKNOWN: _("Only JPEG, PNG and WebP pictures, PDF, MP4 and WebM are taken; this file is something else."),
    Fault.TWO_KINDS: _("The file could be read as two kinds at once and is not taken."),
    Fault.DAMAGED: _("The picture is damaged."),
    Fault.TOO_MANY_PIXELS: _("The picture has too many pixels."),
}


class AttachmentsField(MultipleFileField):  # type: ignore[misc]  # flask-wtf has no types
    """Up to ten files; ``data`` holds those that were chosen. A file is named by its place, never by its name."""

    def __init__(self, label: Any = None, **more: Any) -> None:
        hint = _("Pictures, PDF or video. Place, time and device are taken out of what others see.")
        super().__init__(label or _("Pictures and files"), **({"description": hint} | more))

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Leave out the empty part that a browser sends where nothing was chosen."""
        self.data = [sent for sent in valuelist if getattr(sent, "filename", "")]
        if self.data:
            self.raw_data = self.data


def fit_to_be_kept(settings: Settings, field: AttachmentsField, *, stranger: bool) -> None:
    """What is wrong with the files chosen, at the field.  Raises: ValidationError."""
    if len(field.data or []) > MOST_FILES:
        raise ValidationError(gettext("At most %(most)s files at once.", most=MOST_FILES))
    if stranger and sum(sent.stream.seek(0, 2) for sent in field.data or []) > STRANGER_MB * 1024 * 1024:
        raise ValidationError(gettext("Without an account, at most %(size)s MB together.", size=STRANGER_MB))
    for number, sent in enumerate(field.data or [], start=1):
        sent.stream.seek(0)
        try:
            inspect(settings, sent.stream)
        except FileRefused as refused:
            words = {"number": number, "why": FAULTS[refused.fault]}
            raise ValidationError(gettext("File %(number)s: %(why)s", **words)) from None


class WithAttachments(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A form with files, to be inherited from; the form's tag needs ``enctype="multipart/form-data"``."""

    files = AttachmentsField()

    def validate_files(self, field: AttachmentsField) -> None:
        """Each file is of a kind that is taken, whole and not too large."""
        settings = current_app.extensions["heritage"].settings
        fit_to_be_kept(settings, field, stranger=not current_subject().signed_in)
