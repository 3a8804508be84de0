"""The words that codes are shown as; everything a reader sees of an enum comes from here."""

from flask_babel import gettext, lazy_gettext

LEVELS = {
    0: lazy_gettext("None"),
    1: lazy_gettext("Watch"),
    2: lazy_gettext("Advisory"),
    3: lazy_gettext("Warning"),
    4: lazy_gettext("Critical"),
}
LEVEL_MEANINGS = {
    0: lazy_gettext("Nothing known calls for attention."),
    1: lazy_gettext("Fighting is reported in the wider surroundings."),
    2: lazy_gettext("Fighting is reported close enough to prepare for."),
    3: lazy_gettext("Fighting is reported very near, by more than one voice or with great force."),
    4: lazy_gettext("Fighting is reported on the site or at its edge."),
}
CATEGORIES = {
    "cultural": lazy_gettext("Cultural"),
    "natural": lazy_gettext("Natural"),
    "mixed": lazy_gettext("Mixed"),
    "unknown": lazy_gettext("Category not known"),
}
EVENT_KINDS = {
    "fighting": lazy_gettext("Fighting"),
    "non_state_fighting": lazy_gettext("Fighting between armed groups"),
    "violence_against_civilians": lazy_gettext("Violence against civilians"),
    "air_strike": lazy_gettext("Air strike"),
    "shelling": lazy_gettext("Shelling"),
    "explosion": lazy_gettext("Explosion"),
    "control_change": lazy_gettext("Change of control"),
    "looting": lazy_gettext("Looting"),
    "deliberate_destruction": lazy_gettext("Deliberate destruction"),
    "other": lazy_gettext("Incident of another kind"),
}
CONDITIONS = {
    "unknown": lazy_gettext("Not assessed"),
    "none_seen": lazy_gettext("No damage seen"),
    "possible": lazy_gettext("Possible damage"),
    "slight": lazy_gettext("Slight damage"),
    "moderate": lazy_gettext("Moderate damage"),
    "severe": lazy_gettext("Severe damage"),
    "destroyed": lazy_gettext("Destroyed"),
}
LOCATION_PRECISIONS = {
    "exact": lazy_gettext("exact place"),
    "near": lazy_gettext("near a known place"),
    "district": lazy_gettext("somewhere in a district"),
    "province": lazy_gettext("somewhere in a province"),
    "area": lazy_gettext("an area without clear bounds"),
    "country": lazy_gettext("somewhere in the country"),
    "none": lazy_gettext("place not known"),
}
TIME_PRECISIONS = {
    "day": lazy_gettext("day known"),
    "days": lazy_gettext("within a few days"),
    "week": lazy_gettext("within a week"),
    "month": lazy_gettext("within a month"),
    "year": lazy_gettext("within a year"),
    "unknown": lazy_gettext("time not known"),
}
RELIABILITIES = {
    "A": lazy_gettext("completely reliable source"),
    "B": lazy_gettext("usually reliable source"),
    "C": lazy_gettext("fairly reliable source"),
    "D": lazy_gettext("source not usually reliable"),
    "E": lazy_gettext("unreliable source"),
    "F": lazy_gettext("reliability cannot be judged"),
}
CREDIBILITIES = {
    1: lazy_gettext("confirmed by independent sources"),
    2: lazy_gettext("probably true"),
    3: lazy_gettext("possibly true"),
    4: lazy_gettext("doubtful"),
    5: lazy_gettext("improbable"),
    6: lazy_gettext("truth cannot be judged"),
}
IN_DANGER = {
    "yes": lazy_gettext("In danger"),
    "no": lazy_gettext("Not in danger"),
    "uncertain": lazy_gettext("Uncertain on this day"),
}
JUDGEMENTS = {
    "acknowledge": lazy_gettext("Acknowledged"),
    "raise": lazy_gettext("Raised by a person"),
    "lower": lazy_gettext("Lowered by a person"),
}
TABLES = {
    "level": LEVELS,
    "level_meaning": LEVEL_MEANINGS,
    "category": CATEGORIES,
    "kind": EVENT_KINDS,
    "condition": CONDITIONS,
    "location": LOCATION_PRECISIONS,
    "time": TIME_PRECISIONS,
    "reliability": RELIABILITIES,
    "credibility": CREDIBILITIES,
    "in_danger": IN_DANGER,
    "judgement": JUDGEMENTS,
}


def word(table: str, code: object) -> str:
    """The word for a code in the page's language; a code without one is shown as it stands."""
    found = TABLES[table].get(code)  # type: ignore[attr-defined]  # tables differ in their key type
    return str(found) if found is not None else str(code or "")


def compass(bearing_deg: float) -> str:
    """The compass word of a bearing: one of eight."""
    points = (
        gettext("north"), gettext("north-east"), gettext("east"), gettext("south-east"),
        gettext("south"), gettext("south-west"), gettext("west"), gettext("north-west"),
    )  # fmt: skip
    return str(points[round(bearing_deg / 45) % 8])
