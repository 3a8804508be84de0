"""The words that codes of sources and claims are shown as."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from heritage.core import terms

CLAIM_KINDS = {
    "control": _("Control"),
    "fighting": _("Fighting"),
    "damage": _("Damage"),
    "move": _("Move of objects"),
    "evacuation": _("Evacuation of people"),
    "appeal": _("Appeal"),
    "background": _("Background"),
}
CLAIM_STATES = {
    "entered": _("not reviewed"),
    "reviewed": _("reviewed"),
    "rejected": _("refused"),
    "withdrawn": _("withdrawn"),
}
EXTENTS = {
    "full": _("all of it"),
    "most": _("most of it"),
    "part": _("part of it"),
    "contested": _("contested"),
    "infiltrated": _("entered, not held"),
    "encircled": _("encircled"),
    "withdrawn": _("withdrawn from"),
    "none": _("none of it"),
    "unknown": _("not known"),
}
TRANSITIONS = {
    "enter": _("enters"),
    "take": _("takes"),
    "hold": _("holds"),
    "withdraw": _("withdraws"),
    "hand_over": _("hands over without fighting"),
    "retake": _("takes back"),
}
LINK_KINDS = {
    "supports": _("supports"),
    "contradicts": _("contradicts"),
    "same_event": _("is of the same event as"),
}
SOURCE_KINDS = {
    "state": _("a state"),
    "state_force": _("a state's forces"),
    "paramilitary": _("a pro-government paramilitary"),
    "armed_group": _("a non-state armed group"),
    "foreign_force": _("a foreign force or coalition"),
    "local_authority": _("a local authority"),
    "heritage_authority": _("a heritage authority"),
    "museum": _("a museum"),
    "international_body": _("an international body"),
    "observer": _("an observer or monitor"),
    "media": _("a news outlet"),
    "party_media": _("an outlet of a party to the conflict"),
    "agency": _("a news agency"),
    "crowd": _("a crowd, such as supporters or activists"),
    "anonymous": _("an anonymous source"),
    "unknown": _("a source of unknown kind"),
}
PARTIES = {
    "yes": _("takes part in the conflict"),
    "no": _("takes no part in it"),
    "unknown": _("not known"),
}
TABLES: Mapping[str, Mapping[Any, Any]] = {
    "claim_kind": CLAIM_KINDS,
    "claim_state": CLAIM_STATES,
    "extent": EXTENTS,
    "transition": TRANSITIONS,
    "link_kind": LINK_KINDS,
    "source_kind": SOURCE_KINDS,
    "party": PARTIES,
}
# Grades and kinds of events have their words in one place for pages and letters alike.
SHARED: Mapping[str, Mapping[Any, Any]] = {
    "kind": {code: _(text) for code, text in terms.EVENT_KINDS.items()},
    "reliability": {code: _(text) for code, text in terms.RELIABILITIES.items()},
    "credibility": {code: _(text) for code, text in terms.CREDIBILITIES.items()},
}
