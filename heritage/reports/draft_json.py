"""A reading as the document that `heritage reports draft --json` prints."""

from collections.abc import Sequence
from typing import Any, Protocol

from heritage.reports.reading.drafts import DraftClaim, DraftPlace, Reading

# An event of known place flags nothing farther off; sites beyond it are not named.
SITES_WITHIN_KM = 25.0


class Near(Protocol):
    """A site near a place, as the matcher gives it."""

    @property
    def id_no(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def part_ref(self) -> str: ...
    @property
    def distance_km(self) -> float: ...
    @property
    def low_km(self) -> float: ...
    @property
    def high_km(self) -> float: ...


def event_spots(reading: Reading) -> list[tuple[float, float, float]]:
    """Points of the places that something happened at: lon, lat, radius_km, in the order of the reading."""
    return [(p.spot.lon, p.spot.lat, p.spot.radius_km) for p in reading.places if p.role == "event" and p.spot]


def as_json(reading: Reading, near: Sequence[Sequence[Near]]) -> dict[str, Any]:
    """The reading for other programs.

    Args:    near: the sites near each of `event_spots`, in their order.
    """
    sites = iter(near)
    places = [_place(place, next(sites) if place.role == "event" and place.spot else ()) for place in reading.places]
    return {"document": _document(reading), "places": places, "claims": [_claim(claim) for claim in reading.claims]}


def _document(reading: Reading) -> dict[str, Any]:
    line = reading.date_line
    return {
        "title": reading.article.title,
        "language": reading.language,
        "date": line.edtf or None,
        # Where there is no date, none was inferred.
        "date_inferred": line.inferred and bool(line.edtf),
        "date_words": line.words,
        "date_basis": line.basis,
        "written_at": reading.written_at or None,
        "agency": reading.agency or None,
        "countries": list(reading.countries),
        "tells_of_armed_conflict": reading.armed,
        "paragraphs": sum(paragraph.number > 0 for paragraph in reading.article.paragraphs),
        "text_sha256": reading.text_hash,
        "cut_short": reading.article.cut,
        "dropped": [{"reason": each.reason, "excerpt": each.excerpt} for each in reading.dropped],
    }


def _place(place: DraftPlace, near: Sequence[Near]) -> dict[str, Any]:
    spot = place.spot
    return {
        "name": place.name,
        "names": list(place.names),
        "role": place.role,
        "kind": place.kind,
        "resolved": place.resolved,
        "gazetteer": place.ref or None,
        "gazetteer_name": place.gazetteer_name or None,
        "country": place.country or None,
        "lon": spot.lon if spot else None,
        "lat": spot.lat if spot else None,
        "radius_km": round(spot.radius_km, 1) if spot else None,
        "reason": place.reason,
        "paragraphs": list(place.paragraphs),
        "sites": [_site(site) for site in near],
        "rejected": [
            {"name": each.name, "country": each.country, "lon": each.lon, "lat": each.lat, "reason": each.reason}
            for each in place.rejected
        ],
    }


def _site(site: Near) -> dict[str, Any]:
    return {
        "id_no": site.id_no,
        "name": site.name,
        "part_ref": site.part_ref,
        "distance_km": round(site.distance_km, 3),
        "low_km": round(site.low_km, 3),
        "high_km": round(site.high_km, 3),
    }


def _claim(claim: DraftClaim) -> dict[str, Any]:
    return {
        "paragraph": claim.paragraph,
        "start": claim.start,
        "end": claim.end,
        "quote": claim.quote,
        "said_by": claim.said_by,
        "sayers": list(claim.sayers),
        "sayer_kind": claim.sayer_kind,
        "party": claim.party,
        "attributed": claim.attributed,
        "relayed_by": list(claim.relayed_by),
        "kind": claim.kind.value,
        "place": claim.place or None,
        "grade": claim.grade,
        "when": claim.when or None,
        "when_words": claim.when_words or None,
        "negated": claim.negated,
        "hypothetical": claim.hypothetical,
        "certainty": claim.certainty,
        "actors": list(claim.actors),
        "figures": [{"words": each.words, "low": each.low, "high": each.high} for each in claim.figures],
    }
