"""The words that codes of threats and updates are shown as."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from heritage.threats.domain import HowKnown, Severity, ThreatStatus, Trend, UpdateState, WhereKind
from heritage.threats.factors import CONFLICT_GROUP, FACTORS, GROUP_OF, GROUPS, Group

STATUSES = {
    ThreatStatus.ACTIVE: _("Active"),
    ThreatStatus.EASING: _("Easing"),
    ThreatStatus.ENDED: _("Ended"),
}
SEVERITIES = {
    Severity.UNKNOWN: _("Severity not known"),
    Severity.INSIGNIFICANT: _("Insignificant impact"),
    Severity.MINOR: _("Minor impact"),
    Severity.SIGNIFICANT: _("Significant impact"),
    Severity.CATASTROPHIC: _("Catastrophic impact"),
}
STATES = {
    UpdateState.RECEIVED: _("Received"),
    UpdateState.QUARANTINED: _("Received, waiting to be looked at"),
    UpdateState.ACCEPTED: _("Accepted"),
    UpdateState.MERGED: _("Accepted with others"),
    UpdateState.ASKED_BACK: _("A question is waiting"),
    UpdateState.REJECTED: _("Not taken"),
    UpdateState.WITHDRAWN: _("Withdrawn"),
}
TRENDS = {
    Trend.APPEARED: _("It is new"),
    Trend.WORSE: _("It is getting worse"),
    Trend.UNCHANGED: _("It goes on unchanged"),
    Trend.EASED: _("It is easing"),
    Trend.OVER: _("It is over"),
    Trend.UNKNOWN: _("I cannot say"),
}
HOW_KNOWN = {
    HowKnown.SAW: _("I saw it myself"),
    HowKnown.PHOTO: _("I saw a photograph or a video"),
    HowKnown.TOLD: _("Somebody who saw it told me"),
    HowKnown.HEARSAY: _("It is being said"),
    HowKnown.MEDIA: _("It is in the news or on social media"),
    HowKnown.OFFICIAL: _("An office said so"),
    HowKnown.SATELLITE: _("A satellite image shows it"),
    HowKnown.OTHER: _("In another way"),
}
WHERES = {
    WhereKind.SITE: _("Somewhere at the site"),
    WhereKind.PART: _("At one of its parts"),
    WhereKind.POINT: _("At a point on the map"),
    WhereKind.NEAR: _("Near something I can name"),
}
OWN_CREDIBILITIES = {
    6: _("I cannot judge"),
    2: _("Probably true"),
    3: _("Possibly true"),
    4: _("Doubtful"),
    5: _("Improbable"),
    1: _("Confirmed by others who know it for themselves"),
}
SPAM = {
    "links": _("holds links"),
    "markup": _("holds markup or script"),
    "formula": _("begins like a formula"),
    "to_a_machine": _("speaks to a machine"),
    "advert": _("reads like an advertisement"),
    "shouting": _("is written in capitals"),
    "repeats": _("repeats itself"),
    "short": _("is very short"),
    "copies": _("is nearly the same as others"),
    "hasty": _("was sent within seconds"),
    "elsewhere": _("names a place far from the site"),
}
TABLES: dict[str, Mapping[Any, object]] = {
    "threat_status": STATUSES,
    "severity": SEVERITIES,
    "update_state": STATES,
    "trend": TRENDS,
    "how_known": HOW_KNOWN,
    "where_kind": WHERES,
    "own_credibility": OWN_CREDIBILITIES,
    "spam": SPAM,
}


def factor_name(code: str) -> str:
    """A factor's name in the page's language."""
    factor = FACTORS.get(code)
    return gettext(factor.name) if factor else code


def group_name(code: str) -> str:
    """The name of a factor's group in the page's language."""
    group = GROUP_OF.get(code)
    return gettext(group.name) if group else ""


def groups_to_choose() -> list[Group]:
    """The groups with that of conflict first, the others in UNESCO's order."""
    return sorted(GROUPS, key=lambda group: group.number != CONFLICT_GROUP)
