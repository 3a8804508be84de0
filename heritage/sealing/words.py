"""The words in which pages speak of what is sealed."""

from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from heritage.sealing.access import Refusal
from heritage.sealing.domain import AccessState, SealedKind
from heritage.sealing.errors import KeyMissing, SealError

KINDS: Mapping[SealedKind, str] = {
    SealedKind.PLACE: _("Place of an object"),
    SealedKind.REPORTER: _("Identity of a reporter"),
    SealedKind.ORIGINAL: _("Original of an attachment"),
    SealedKind.PHOTOGRAPH: _("Original of an object’s photograph"),
}
STATES: Mapping[AccessState, str] = {
    AccessState.ASKED: _("waits for a second person"),
    AccessState.OPEN: _("may be read"),
    AccessState.REFUSED: _("refused"),
    AccessState.LAPSED: _("not answered in time"),
    AccessState.EXPIRED: _("time is over"),
    AccessState.ENDED: _("handed back"),
}


def told_of_seal(error: SealError) -> str:
    """Why a sealed value does not open, without its key's name, which is for the machine's operator only."""
    if isinstance(error, KeyMissing):
        return str(gettext("What is sealed here cannot be opened: its key is missing. Nothing was changed."))
    return str(gettext("What is sealed here does not open: it was altered. Nothing of it is shown."))


def refusal_words(refusal: Refusal) -> str:
    """Why something sealed is not shown, in the page's language."""
    sentences: dict[Refusal, str] = {
        Refusal.NOT_YOURS: gettext("Your roles do not allow this here."),
        Refusal.NOT_GRANTED: gettext(
            "Nobody has let you read this, or the time for it is over: ask for it with a reason."
        ),
        Refusal.ALARM: gettext(
            "You read more in an hour than is usual. Reading is stopped until somebody else has looked at it."
        ),
        Refusal.TWO_PERSONS: gettext("Somebody else has to decide this: two persons are needed."),
        Refusal.UNJUSTIFIED: gettext("Justify the last time you broke the glass first."),
    }
    return sentences[refusal]
