"""Who says what and how sure it is: the words of claims, and the values that are entered and shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from heritage.feeds.domain import EventKind, Reliability

__all__ = [
    "Act",
    "ClaimDraft",
    "ClaimKind",
    "ClaimState",
    "DocumentDraft",
    "EventKind",
    "Extent",
    "LinkKind",
    "Party",
    "Reliability",
    "SourceDraft",
    "SourceKind",
    "Transition",
    "Speaker",
    "USABLE_RADIUS_KM",
    "Verdict",
    "usable_place",
]

# A coarser place never raises a level by itself, so it makes no incident either; design, D9.
USABLE_RADIUS_KM = 25.0


class SourceKind(StrEnum):
    """What kind of actor a source is."""

    STATE = "state"
    STATE_FORCE = "state_force"
    PARAMILITARY = "paramilitary"
    ARMED_GROUP = "armed_group"
    FOREIGN_FORCE = "foreign_force"
    LOCAL_AUTHORITY = "local_authority"
    HERITAGE_AUTHORITY = "heritage_authority"
    MUSEUM = "museum"
    INTERNATIONAL_BODY = "international_body"
    OBSERVER = "observer"
    MEDIA = "media"
    PARTY_MEDIA = "party_media"
    AGENCY = "agency"
    CROWD = "crowd"
    ANONYMOUS = "anonymous"
    UNKNOWN = "unknown"


class Party(StrEnum):
    """Whether a source takes part in the conflict it speaks of."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ClaimKind(StrEnum):
    """What a claim is about."""

    CONTROL = "control"
    FIGHTING = "fighting"
    DAMAGE = "damage"
    MOVE = "move"  # of objects; where to is never shown
    EVACUATION = "evacuation"  # of people
    APPEAL = "appeal"
    BACKGROUND = "background"


class Extent(StrEnum):
    """How much of a place an actor is said to hold."""

    FULL = "full"
    MOST = "most"
    PART = "part"
    CONTESTED = "contested"
    INFILTRATED = "infiltrated"
    ENCIRCLED = "encircled"
    WITHDRAWN = "withdrawn"
    NONE = "none"
    UNKNOWN = "unknown"


class Transition(StrEnum):
    """How control is said to change."""

    ENTER = "enter"
    TAKE = "take"
    HOLD = "hold"
    WITHDRAW = "withdraw"
    HAND_OVER = "hand_over"
    RETAKE = "retake"


class ClaimState(StrEnum):
    """How far a claim has come; only reviewed ones count and are seen by everybody."""

    ENTERED = "entered"
    REVIEWED = "reviewed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class LinkKind(StrEnum):
    """How two claims stand to each other, as a person judged it."""

    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    SAME_EVENT = "same_event"


class Verdict(StrEnum):
    """What a reviewer says."""

    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True)
class Act:
    """Who does something, and when; ``account_id`` is None at the machine itself while there is no account."""

    now: datetime
    actor: str
    account_id: int | None = None


@dataclass(frozen=True)
class SourceDraft:
    """What a person says of a source; ``origin`` is its independence key: who shares one counts once.

    ``is_protected``: its name is for staff only, everybody else reads its kind.
    """

    name: str
    kind: SourceKind = SourceKind.UNKNOWN
    party: Party = Party.UNKNOWN
    reliability: Reliability = Reliability.F
    origin: str = ""
    reason: str = ""
    is_protected: bool = False


@dataclass(frozen=True)
class DocumentDraft:
    """A text as somebody brings it; ``dated`` is EDTF, ``dated_raw`` the words of the date line."""

    title: str
    text: str = ""
    publisher: str = ""
    language: str = ""
    dated: str = ""
    dated_raw: str = ""
    is_date_inferred: bool = False
    address: str = ""


@dataclass(frozen=True)
class ClaimDraft:
    """One claim in our own words, as a person or a reader of texts enters it; nothing of it counts before a review.

    ``said_by``, ``relayed_by``: names of sources; nobody in ``said_by`` means the text says so and gives no source.
    ``quote`` is looked for in the document's text unless ``quote_span`` (first character, one past the last) says where
    it stands. ``occurred`` is EDTF, ``occurred_raw`` the words it was read from. ``reliability`` None is that of the
    first who says it. ``point`` is the point in dispute, under which the dossier groups claims. ``lon``, ``lat`` in
    degrees, WGS 84. ``incident_kind`` is what a claim of fighting becomes once it is reviewed.
    """

    statement: str
    kind: ClaimKind = ClaimKind.BACKGROUND
    said_by: tuple[str, ...] = ()
    relayed_by: tuple[str, ...] = ()
    quote: str = ""
    quote_span: tuple[int, int] | None = None
    certainty: str = ""
    reliability: Reliability | None = None
    credibility: int = 6
    occurred: str = ""
    occurred_raw: str = ""
    point: str = ""
    site_id: int | None = None
    part_ref: str = ""
    place_name: str = ""
    country: str = ""
    lon: float | None = None
    lat: float | None = None
    radius_km: float | None = None
    incident_kind: EventKind = EventKind.FIGHTING
    actor: str = ""
    extent: Extent | None = None
    transition: Transition | None = None
    is_sensitive: bool = False


@dataclass(frozen=True)
class Speaker:
    """A source as it stood on a day."""

    source_id: int
    name: str
    kind: SourceKind
    party: Party
    reliability: Reliability
    origin: str
    is_protected: bool = False


def usable_place(lon: float | None, lat: float | None, radius_km: float | None) -> bool:
    """Whether a place is known well enough to be near something."""
    return lon is not None and lat is not None and radius_km is not None and 0 <= radius_km <= USABLE_RADIUS_KM
