"""What the page of one incident says: each event as known on the day, its versions, and the sites near it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlmodel import Session

from heritage.flags.queries import list_sites
from heritage.incidents.queries import get_incident, list_versions
from heritage.incidents.sameness import Told
from heritage.policy.disclosure import Disclosure, may_show_distance
from heritage.proximity.queries import list_sites_near_incident
from heritage.web.day import Day
from heritage.web.i18n import country_name, number_text, span_text
from heritage.web.names import Called, called, local_names
from heritage.web.sentences import grade_text, isolate
from heritage.web.words import word


@dataclass(frozen=True)
class NearSite:
    """A site near the incident; distances are None when they are not to be shown."""

    site: Called
    slug: str
    part: str
    distance_km: float | None
    low_km: float | None
    high_km: float | None


def incident_page(session: Session, incident_id: int, day: Day) -> dict[str, Any]:
    """Everything the template shows.

    Raises: NotFound when the incident was not known on the day.
    """
    rows = get_incident(session, incident_id, known_on=day.known_on)
    first = rows[0]
    return {
        "incident_id": incident_id,
        "title": _title(first),
        "subtitle": _subtitle(first),
        "withdrawn": all(row.withdrawn for row in rows),
        "mapped": any(row.lon is not None for row in rows),
        "events": [_event(row) for row in rows],
        "versions": [v for v in list_versions(session, incident_id) if v.known_at.date() <= day.known_on],
        "near": near_sites(session, incident_id, day),
    }


def as_candidate(told: Told, score: float) -> dict[str, Any]:
    """A report of another happening that may be this one, in a line."""
    words = [word("kind", told.kind), span_text(told.occurred_from, told.occurred_to), " – ".join(told.parties)]
    return {
        "event": told.event,
        "feed": told.feed,
        "text": " · ".join(part for part in words if part),
        "alike": number_text(score, 2),
    }


def _title(row: Any) -> str:
    kind = word("kind", row.kind)
    return str(gettext("%(kind)s: %(place)s", kind=kind, place=isolate(row.place_name))) if row.place_name else kind


def _subtitle(row: Any) -> str:
    parts = [span_text(row.occurred_from, row.occurred_to)]
    if row.country:
        parts.append(country_name(row.country))
    return " · ".join(parts)


def _event(row: Any) -> dict[str, Any]:
    return {
        **row._mapping,
        "parties": " – ".join(name for name in (row.side_a, row.side_b) if name),
        "deaths": deaths_text(row.fatalities_low, row.fatalities_best, row.fatalities_high),
        "grade": grade_text(row.reliability, row.credibility),
    }


def deaths_text(low: int | None, best: int | None, high: int | None) -> str:
    """A number of dead with its range; not known is said, and is never nought."""
    if best is None and low is None and high is None:
        return str(gettext("not said"))
    if low is None or high is None or low == high:
        return number_text(best if best is not None else (low if low is not None else high))
    words = {"best": number_text(best) or "–", "low": number_text(low), "high": number_text(high)}
    return str(gettext("%(best)s (between %(low)s and %(high)s)", **words))


def near_sites(session: Session, incident_id: int, day: Day) -> list[NearSite]:
    """Sites within reach, nearest first; those whose place is not public come last, by name and without distances."""
    rows = list_sites_near_incident(session, incident_id, known_on=day.known_on)
    sites = list_sites(session, [row.site_id for row in rows])
    shown = [(row, sites[row.site_id]) for row in rows if sites[row.site_id].disclosure != Disclosure.HIDDEN]
    local = local_names(session, [row.site_id for row, _ in shown])
    names = {row.site_id: called(row.site_id, site.name, local) for row, site in shown}
    public = [_near(row, site, names[row.site_id]) for row, site in shown if may_show_distance(site.disclosure)]
    return [*public, *_withheld(shown, names)]


def _near(row: Any, site: Any, name: Called) -> NearSite:
    return NearSite(name, site.slug, part_label(row), row.distance_km, row.low_km, row.high_km)


def _withheld(shown: Sequence[tuple[Any, Any]], names: Mapping[int, Called]) -> list[NearSite]:
    rows = sorted((pair for pair in shown if not may_show_distance(pair[1].disclosure)), key=lambda p: p[1].name_folded)
    return [NearSite(names[row.site_id], site.slug, "", None, None, None) for row, site in rows]


def part_label(row: Any) -> str:
    """How a part is called: its name with its number, else its number."""
    return f"{row.part_name} ({row.part_ref})" if row.part_name else row.part_ref
