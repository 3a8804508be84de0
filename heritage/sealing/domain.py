"""Who may ask to read something sealed, who may let them, and whether a permission holds at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from heritage.policy.table import Action

# A question nobody answered is not answered weeks later, when the reason is long gone.
QUESTION_LASTS = timedelta(days=3)
# Who broke the glass has so long to say why before the glass is closed to them.
JUSTIFY_WITHIN = timedelta(hours=24)


class SealedKind(StrEnum):
    """What is read."""

    PLACE = "place"  # where an object is, and how it came there
    REPORTER = "reporter"  # who stands behind a pseudonym
    ORIGINAL = "original"  # an attachment as it was sent, with all it tells beside the picture
    PHOTOGRAPH = "photograph"  # the same of an object that an institution keeps: it is the institution's to open


class Way(StrEnum):
    """How the permission came about."""

    TWO_PERSONS = "two_persons"
    BREAK_GLASS = "break_glass"


class AccessState(StrEnum):
    """What a permission is worth at a moment."""

    ASKED = "asked"
    OPEN = "open"
    REFUSED = "refused"
    LAPSED = "lapsed"  # nobody answered in time
    EXPIRED = "expired"
    ENDED = "ended"  # handed back


@dataclass(frozen=True)
class Rights:
    """The actions of the policy table behind a kind; ``glass`` is None where nobody may break it."""

    ask: Action
    approve: Action
    glass: Action | None


RIGHTS: Mapping[SealedKind, Rights] = {
    SealedKind.PLACE: Rights(Action.ASK_PLACE, Action.APPROVE_PLACE, Action.BREAK_GLASS),
    # A reporter's life may hang on it, and no emergency is shorter than the search for a second person.
    SealedKind.REPORTER: Rights(Action.ASK_REPORTER, Action.APPROVE_REPORTER, None),
    SealedKind.ORIGINAL: Rights(Action.ASK_ORIGINAL, Action.APPROVE_ORIGINAL, Action.BREAK_GLASS),
    SealedKind.PHOTOGRAPH: Rights(Action.ASK_PHOTOGRAPH, Action.APPROVE_PHOTOGRAPH, Action.BREAK_GLASS),
}


@dataclass(frozen=True)
class Sealed:
    """One sealed thing, and whose it is.

    ``key`` is a random code that tells nothing. ``institutions`` (slugs) and ``countries`` are its owners: rights bound
    to one's own reach it through them, and they see who read it.
    """

    kind: SealedKind
    key: str
    institutions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """As the record names it."""
        return f"{self.kind}:{self.key}"


def coarse_receipt(at: datetime) -> datetime:
    """When something may be said to have been received: the full hour after it, so that nobody meets it with a trace.

    Args:    at: aware.  Returns: the next full hour, later than ``at``.
    """
    return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def kept_until(today: date, days: int) -> date:
    """Until when an identity is kept: the first of a month, so that it does not tell the day of the last report.

    Args:    today: of the report.  days: at least so many, > 0.
    """
    last = today + timedelta(days=days)
    return (last.replace(day=1) + timedelta(days=32)).replace(day=1)


def access_state(
    *,
    asked_at: datetime,
    granted: bool | None,
    expires_at: datetime | None,
    ended_at: datetime | None,
    now: datetime,
) -> AccessState:
    """What a permission is worth.

    Args:    granted: None while nobody decided.  all times aware.
    """
    if granted is None:
        return AccessState.ASKED if now < asked_at + QUESTION_LASTS else AccessState.LAPSED
    if not granted:
        return AccessState.REFUSED
    if ended_at is not None:
        return AccessState.ENDED
    return AccessState.OPEN if expires_at is not None and now < expires_at else AccessState.EXPIRED
