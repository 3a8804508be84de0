"""What the form of a claim is filled with: the last claim's fields, names to choose from, the site that is meant."""

from typing import Any

from flask_babel import gettext
from sqlmodel import Session

from heritage.core.text import fold
from heritage.policy.access import may
from heritage.policy.table import Action
from heritage.reports import queries
from heritage.reports.models import ClaimVersion
from heritage.reports.service import last_of_document
from heritage.sites.models import Site
from heritage.sites.queries import find_site, list_sites
from heritage.web.claims import reads_in_full
from heritage.web.state import services

# What one claim of a text most often shares with the next.
CARRIED = ("said_by", "relayed_by", "occurred", "occurred_raw", "site", "country", "point", "kind", "actor")


def defaults(session: Session, document_id: int) -> dict[str, Any]:
    """Fields of the claim entered last, where the reader may see it."""
    last = last_of_document(session, document_id)
    if last is None:
        document = queries.get_document(session, document_id)
        return {"occurred": document.dated_edtf, "occurred_raw": document.dated_raw}
    if not reads_in_full(queries.get_claim(session, last.claim_id)):
        return {}
    held = of_version(session, last)
    return {name: held[name] for name in CARRIED}


def of_version(session: Session, version: ClaimVersion) -> dict[str, Any]:
    """A claim as its form shows it."""
    row = queries.get_claim(session, version.claim_id)
    names = {speaker.source_id: speaker.name for speaker in (*row.sayers, *row.relays)}
    same = (
        "statement", "quote", "point", "certainty", "occurred_raw", "part_ref", "is_sensitive", "place_name", "country",
        "lon", "lat", "radius_km", "actor",
    )  # fmt: skip
    chosen = ("kind", "incident_kind", "reliability", "extent", "transition")
    return {
        **{name: getattr(version, name) for name in same},
        **{name: str(getattr(version, name) or "") for name in chosen},
        "credibility": str(version.credibility),
        "occurred": version.occurred_edtf,
        "said_by": "; ".join(names[number] for number in version.said_by if number in names),
        "relayed_by": "; ".join(names[number] for number in version.relayed_by if number in names),
        "site": row.site.slug if row.site else "",
    }


def suggestions(session: Session, document_id: int) -> dict[str, Any]:
    """Names to choose from while typing; those of sources for who may see them all."""
    return {
        "source_names": [s.name for s in queries.list_sources(session)] if may(Action.GRADE_SOURCES) else [],
        "points": queries.points_of(session, None) if may(Action.SEE_CLAIMS) else [],
        "sites": _sites_of(session, document_id),
    }


def _sites_of(session: Session, document_id: int) -> list[str]:
    rows = queries.known_claims(session, document_id=document_id)
    return sorted({row.site.slug for row in rows if row.site is not None and reads_in_full(row)})


def checked_site(session: Session, form: Any) -> int | None:
    """The number of the site that a form names, None where it names none; what is wrong is said at the field."""
    site = _meant(session, form)
    countries = tuple(site.states_parties) if site else ((form.country.data or "").strip().upper(),)
    if not form.site.errors and not may(Action.ENTER_CLAIMS, countries=countries):
        form.site.errors = [gettext("Your role enters claims about its own countries: name a site of one of them.")]
    return site.id if site else None


def _meant(session: Session, form: Any) -> Site | None:
    text = (form.site.data or "").strip()
    if not text:
        return None
    if (site := find_site(session, text.lower())) is not None:
        return site
    found = list_sites(session, today=services().clock.now().date(), query=text, limit=6)
    exact = [row for row in found.rows if fold(text) in (fold(row.name), fold(row.ref))]
    rows = exact or ([] if found.corrected else found.rows)
    if len(rows) == 1:
        return session.get(Site, rows[0].id)
    if rows:
        names = "; ".join(row.slug for row in rows[:5])
        form.site.errors = [gettext("Several sites are called so: %(names)s.", names=names)]
    else:
        form.site.errors = [gettext("No site is called so.")]
    return None
