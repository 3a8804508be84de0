"""The words that codes are shown as; everything a reader sees of an enum comes from here."""

from collections.abc import Iterable

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from heritage.accounts.words import TABLES as ACCOUNT_TABLES
from heritage.audit.words import TABLES as RECORD_TABLES
from heritage.core import terms
from heritage.reports.words import TABLES as CLAIM_TABLES
from heritage.threats.words import TABLES as THREAT_TABLES
from heritage.web.object_words import OBJECT_TABLES

LEVELS = {code: _(text) for code, text in terms.LEVELS.items()}
LEVEL_MEANINGS = {
    0: _("Nothing known calls for attention."),
    1: _("Fighting is reported in the wider surroundings."),
    2: _("Fighting is reported close enough to prepare for."),
    3: _("Fighting is reported very near, by more than one voice or with great force."),
    4: _("Fighting is reported on the site or at its edge."),
}
CATEGORIES = {
    "cultural": _("Cultural"),
    "natural": _("Natural"),
    "mixed": _("Mixed"),
    "unknown": _("Category not known"),
}
EVENT_KINDS = {code: _(text) for code, text in terms.EVENT_KINDS.items()}
CONDITIONS = {
    "unknown": _("Not assessed"),
    "none_seen": _("No damage seen"),
    "possible": _("Possible damage"),
    "slight": _("Slight damage"),
    "moderate": _("Moderate damage"),
    "severe": _("Severe damage"),
    "destroyed": _("Destroyed"),
}
LOCATION_PRECISIONS = {
    "exact": _("exact place"),
    "near": _("near a known place"),
    "district": _("somewhere in a district"),
    "province": _("somewhere in a province"),
    "area": _("an area without clear bounds"),
    "country": _("somewhere in the country"),
    "none": _("place not known"),
}
TIME_PRECISIONS = {
    "day": _("day known"),
    "days": _("within a few days"),
    "week": _("within a week"),
    "month": _("within a month"),
    "year": _("within a year"),
    "unknown": _("time not known"),
}
RELIABILITIES = {code: _(text) for code, text in terms.RELIABILITIES.items()}
CREDIBILITIES = {code: _(text) for code, text in terms.CREDIBILITIES.items()}
IN_DANGER = {
    "yes": _("In danger"),
    "no": _("Not in danger"),
    "uncertain": _("Uncertain on this day"),
}
JUDGEMENTS = {
    "acknowledge": _("Acknowledged"),
    "raise": _("Raised by a person"),
    "lower": _("Lowered by a person"),
}
REGIONS = {
    "Africa": _("Africa"),
    "Arab States": _("Arab States"),
    "Asia and the Pacific": _("Asia and the Pacific"),
    "Europe and North America": _("Europe and North America"),
    "Latin America and the Caribbean": _("Latin America and the Caribbean"),
}
# Titles of the feeds that come with the program; those of data sets are names and stay as they are.
FEED_TITLES = {
    "Starter set, written by hand": _("Starter set, written by hand"),
    "Events written by hand": _("Events written by hand"),
}
# Terms of the sources that come with the program, by what config/feeds.toml says; an operator's own stay as they are.
LICENCES = {
    "CC BY 4.0; cite Sundberg & Melander (2013) and the year's article, and name the version": _(
        "CC BY 4.0; cite Sundberg & Melander (2013) and the year's article, and name the version"
    ),
    "the operator's own account; credit with access date and filters, no raw rows passed on, no commercial use": _(
        "the operator's own account; credit with access date and filters, no raw rows passed on, no commercial use"
    ),
    "free for any use with a citation and a link to gdeltproject.org": _(
        "free for any use with a citation and a link to gdeltproject.org"
    ),
    "the sender's own": _("the sender's own"),
    "the publisher's own; link and credit": _("the publisher's own; link and credit"),
    "each source's own; link and credit": _("each source's own; link and credit"),
    "part of this program; facts from public reports that each entry names": _(
        "part of this program; facts from public reports that each entry names"
    ),
    "the operator's own": _("the operator's own"),
}
TRACKS = {
    "status": _("Official status"),
    "level": _("Our alert level"),
    "report": _("Reported nearby"),
    "claim": _("Claims"),
    "condition": _("Observed condition"),
    "move": _("Moved to safety"),
}
FEED_HEALTH = {
    "off": _("Switched off"),
    "paused": _("Paused"),
    "quarantined": _("Held back for review"),
    "failing": _("Not answering"),
    "never": _("Never asked yet"),
    "stale": _("Not reached for long"),
    "embargoed": _("Recent days withheld"),
    "gap": _("With gaps"),
    "silent": _("Nothing new for long"),
    "good": _("Up to date"),
}
FEED_OUTCOMES = {
    "running": _("Running"),
    "good": _("Received and taken"),
    "unchanged": _("Nothing new"),
    "waiting": _("Asked to wait"),
    "failed": _("Failed"),
    "quarantined": _("Held back for review"),
    "abandoned": _("Cut off"),
}
ALARMS = {
    "feed_failing": _("A source does not answer"),
    "feed_credentials": _("A source refuses the credentials"),
    "feed_quarantined": _("A batch was held back for review"),
    "feed_stale": _("A source has not been reached for long"),
    "feed_gap": _("Some stretches could not be had"),
}
# How a condition was seen; a register's own word for it is shown as it stands.
METHODS = {
    "visit": _("visit to the site"),
    "photographs": _("photographs"),
    "video": _("video"),
    "satellite": _("satellite image"),
    "hearsay": _("hearsay"),
}
DISCLOSURES = {
    "public": _("public: the exact place is shown"),
    "generalised": _("generalised: only a cell of some kilometres is shown"),
    "hidden": _("hidden: no place is shown"),
}
# The fields of a site in which two lists may differ.
REGISTER_FIELDS = {
    "name": _("Name"),
    "category": _("Category"),
    "states_parties": _("Countries"),
    "states_note": _("Note on the countries"),
    "region": _("Region"),
    "inscribed_year": _("Year of inscription"),
    "criteria": _("Criteria"),
    "listed_from": _("In the list since"),
    "listed_until": _("In the list until"),
    "vanished_release": _("First list without it"),
    "point": _("Position"),
    "area_ha": _("Area in hectares"),
    "short_description": _("Description"),
    "disclosure": _("Place is"),
    "grid_km": _("Width of the cell in km"),
    "marks": _("Marks"),
    "names": _("Names"),
    "identifiers": _("Numbers in other registers"),
    "danger": _("List in Danger"),
    "conditions": _("Observed condition"),
}
TABLES = {
    **ACCOUNT_TABLES,
    **RECORD_TABLES,
    **OBJECT_TABLES,
    **CLAIM_TABLES,
    **THREAT_TABLES,
    "level": LEVELS,
    "level_meaning": LEVEL_MEANINGS,
    "category": CATEGORIES,
    "kind": EVENT_KINDS,
    "condition": CONDITIONS,
    "method": METHODS,
    "location": LOCATION_PRECISIONS,
    "time": TIME_PRECISIONS,
    "reliability": RELIABILITIES,
    "credibility": CREDIBILITIES,
    "in_danger": IN_DANGER,
    "judgement": JUDGEMENTS,
    "region": REGIONS,
    "feed_title": FEED_TITLES,
    "feed_health": FEED_HEALTH,
    "feed_outcome": FEED_OUTCOMES,
    "alarm": ALARMS,
    "licence": LICENCES,
    "track": TRACKS,
    "disclosure": DISCLOSURES,
    "register_field": REGISTER_FIELDS,
}


def word(table: str, code: object) -> str:
    """The word for a code in the page's language; a code without one is shown as it stands."""
    found = TABLES[table].get(code)
    return str(found) if found is not None else str(code or "")


def one_of(name: str, codes: Iterable[str]) -> str:
    """What to say when a field of the address holds none of its codes."""
    return str(gettext("%(name)s: choose one of %(codes)s.", name=name, codes=", ".join(codes)))


def compass(bearing_deg: float) -> str:
    """The compass word of a bearing: one of eight."""
    points = (
        gettext("north"), gettext("north-east"), gettext("east"), gettext("south-east"),
        gettext("south"), gettext("south-west"), gettext("west"), gettext("north-west"),
    )  # fmt: skip
    return str(points[round(bearing_deg / 45) % 8])
