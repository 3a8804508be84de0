"""The field by which files are attached, for other features' forms."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import Field, ValidationError

from heritage.attachments.domain import Fault
from heritage.attachments.pieces import Carrier, whole_file
from heritage.attachments.service import FileRefused, inspect
from heritage.policy.access import current_subject, may
from heritage.policy.table import Action
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


class SentFilesField(Field):  # type: ignore[misc]  # wtforms has no types
    """Files that came in pieces, by the hash that their device made of them; ``contents`` holds them once checked."""

    def __init__(self, label: Any = None, **more: Any) -> None:
        super().__init__(label or _("Files that are here already"), **more)
        self.contents: list[bytes] = []

    def process_formdata(self, valuelist: list[str]) -> None:
        """Each file once."""
        self.data = list(dict.fromkeys(valuelist))[: MOST_FILES + 1]


class WithAttachments(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A form with files, to be inherited from; the form's tag needs ``enctype="multipart/form-data"``."""

    files = AttachmentsField()

    def validate_files(self, field: AttachmentsField) -> None:
        """Each file is of a kind that is taken, whole and not too large."""
        settings = current_app.extensions["heritage"].settings
        fit_to_be_kept(settings, field, stranger=not current_subject().signed_in)


class WithSentFiles(WithAttachments):
    """A form whose files may also have come before it, in pieces; its template says where they go."""

    sent = SentFilesField()
    # Copies whose originals took their places, and what was taken off again: their pieces are thrown away.
    past = SentFilesField()
    # Set where the form came before and is only sent again: its files were taken then.
    repeated = False

    def validate_sent(self, field: SentFilesField) -> None:
        """Each file is here whole, is what its device sent, and is of a kind that is taken."""
        if not may(Action.SEND_PIECES):
            field.data = []
        if not field.data:
            return
        if len(field.data) + len(self.files.data or []) > MOST_FILES:
            raise ValidationError(gettext("At most %(most)s files at once.", most=MOST_FILES))
        broken = self._read(field)
        # What came with the first try is not here in pieces any more; what came since is taken.
        if broken and not self.repeated:
            field.data, field.contents = [], []
            raise ValidationError(" ".join(broken))

    def _read(self, field: SentFilesField) -> list[str]:
        world, broken = current_app.extensions["heritage"], []
        by = Carrier.of(world.settings, current_subject().account_id)
        with world.database.session() as session:
            for number, sha256 in enumerate(field.data, start=1):
                data = whole_file(session, by, sha256)
                if data is None:
                    broken.append(gettext("File %(number)s did not arrive whole; choose it once more.", number=number))
                    continue
                try:
                    inspect(world.settings, BytesIO(data))
                    field.contents.append(data)
                except FileRefused as refused:
                    broken.append(gettext("File %(number)s: %(why)s", number=number, why=FAULTS[refused.fault]))
        return broken
