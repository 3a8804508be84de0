"""Why something was not taken, in the page's language: as a sentence, and in a form."""

from typing import Any

import structlog
from flask_babel import gettext

from heritage.core.errors import HeritageError, OperatorError, UnusableField, Word
from heritage.forms.file_words import in_words

log = structlog.get_logger(__name__)


def told(error: HeritageError) -> str:
    """What an error says, in the language of the page; one that named a field says its reason only."""
    if isinstance(error, OperatorError):
        log.error("operator_needed", error=str(error))
        return str(gettext(error.for_readers))
    said = {name: gettext(value) if isinstance(value, Word) else value for name, value in error.said.items()}
    if not said:
        return in_words(error.text)
    return str(gettext(error.text, **said))


def put_at_field(form: Any, error: HeritageError) -> None:
    """Say in a form why it was not taken: at the field that the error names, else above all of them."""
    if isinstance(error, UnusableField) and error.field in form:
        form[error.field].errors = [*form[error.field].errors, told(error)]
    else:
        form.form_errors.append(told(error))
