"""What a site's dossier says, put together from the register, the reports and the rules for one day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from flask_babel import gettext, ngettext
from sqlmodel import Session

from heritage.flags.explanation import Decision
from heritage.flags.queries import list_judgements
from heritage.maps.documents import site_still
from heritage.maps.still import Still
from heritage.policy.access import may
from heritage.policy.disclosure import may_show_distance
from heritage.policy.table import Action
from heritage.proximity.queries import count_near_site, list_near_site
from heritage.reports.queries import known_claims
from heritage.sites.domain import WORLD_HERITAGE
from heritage.sites.models import Part, Site
from heritage.sites.queries import identifiers_of, names_of, parts_of
from heritage.web.claims import Group as ClaimGroup
from heritage.web.claims import Seen, as_everybody, claim_groups, visible_claims
from heritage.web.day import Day
from heritage.web.i18n import number_text, span_text
from heritage.web.names import Called, called, local_names
from heritage.web.objects import Group, dossier_objects
from heritage.web.site_facts import (
    Labels,
    Source,
    condition_facts,
    conditions_then,
    in_force,
    labels_of,
    level_facts,
    register_name,
    shown_point,
    sources_facts,
    status_facts,
    stays_then,
    tombstone,
)
from heritage.web.state import current_rules, flag_of, history_of
from heritage.web.threats import dossier_threats
from heritage.web.timeline import SPANS, TimeLine, Told, span_start, spans, time_line
from heritage.web.words import word

EVENTS_SHOWN = 60
MOST_NEAR = 5000

USUAL_SPAN = "1y"

__all__ = ["SPANS", "USUAL_SPAN", "Known", "dossier_page", "for_everybody", "gather"]


@dataclass(frozen=True)
class Known:
    """What is known of a site on a day, as far as whoever asks may see it; the page and the brief are made of it."""

    site: Site
    day: Day
    span: str
    called: Called
    parts: Sequence[Part]
    labels: Labels
    decision: Decision
    told: Told
    objects: dict[str, Any]
    threats: list[dict[str, Any]]
    claim_groups: list[ClaimGroup]
    sources: list[Source]
    still: Still | None

    @cached_property
    def level(self) -> dict[str, Any]:
        """Our level and why, in words."""
        return level_facts(self.decision, self.labels, self.withheld)

    @cached_property
    def condition(self) -> dict[str, Any]:
        """What assessors saw, in words."""
        return condition_facts(self.told.conditions, {part.id: self.labels.of(part.ref) for part in self.parts})

    @cached_property
    def line(self) -> TimeLine:
        """The time line, drawn."""
        return time_line(self.told, span_start(self.day.as_of, self.span), self.day.as_of)

    @property
    def withheld(self) -> bool:
        """Whether distances are withheld, because they would give the place away."""
        return self.told.withheld


def gather(session: Session, site: Site, day: Day, span: str) -> Known:
    """Read what is known of a site on a day, as far as whoever asks may see it.

    Args:    span: one of SPANS, how far back the time line goes.
    """
    assert site.id is not None
    parts = parts_of(session, site.id, as_of=day.as_of)
    name = called(site.id, site.name, local_names(session, [site.id]))
    objects = dossier_objects(session, site, day)
    seen = visible_claims(session, day=day, site_id=site.id)
    return Known(
        site=site,
        day=day,
        span=span,
        called=name,
        parts=parts,
        labels=labels_of(site, name.name, parts),
        decision=flag_of(session, day, site.id).decision,
        told=_told(session, site, day, span, seen, objects["moved_groups"]),
        objects=objects,
        threats=dossier_threats(session, site, day),
        claim_groups=claim_groups(session, seen, day.as_of),
        sources=sources_facts(session, site, day),
        still=site_still(session, site, day),
    )


def for_everybody(session: Session, known: Known) -> Known:
    """The same as a stranger sees it, whoever asks."""
    site, day = known.site, known.day
    rows = known_claims(session, reviewed=True, as_of=day.as_of, known_on=day.known_on, site_id=site.id)
    seen = as_everybody(session, [row for row in rows if row.is_public])
    return replace(
        known,
        told=replace(known.told, claims=seen),
        threats=dossier_threats(session, site, day, for_everybody=True),
        claim_groups=claim_groups(session, seen, day.as_of),
    )


def dossier_page(session: Session, known: Known) -> dict[str, Any]:
    """Everything the template shows of a site on a day."""
    site, day, name = known.site, known.day, known.called
    assert site.id is not None
    return {
        "site": site,
        "day": day,
        "in_force": in_force(site, day.register_on),
        "tombstone": tombstone(site),
        "called": name,
        "other_names": [other for other in names_of(session, site.id) if other.text not in (name.name, name.own)],
        "identifiers": identifiers_of(session, site.id),
        "register_name": register_name(site.register),
        "parts": [part for part in known.parts if not part.stands_for_site],
        "withheld": known.withheld,
        "point": shown_point(site, known.parts),
        "rings": " · ".join(number_text(rule.within_km) for rule in current_rules().levels[2::-1]),
        **known.level,
        **_judgements(session, site.id, day),
        **status_facts(site, known.told.stays, day),
        **known.condition,
        "threats": known.threats,
        "may_file": may(Action.FILE_UPDATE),
        "timeline": known.line,
        "spans": spans(),
        "span": known.span,
        **_nearby(session, site.id, day, known.span, known.told, known.labels),
        **known.objects,
        "sources": known.sources,
        "still": known.still,
        "claim_groups": known.claim_groups,
    }


def _told(session: Session, site: Site, day: Day, span: str, seen: Sequence[Seen], moves: Sequence[Group]) -> Told:
    assert site.id is not None
    first = span_start(day.as_of, span)
    withheld = not may_show_distance(site.disclosure)
    near: dict[str, Any] = {"known_on": day.known_on, "since": first, "until": day.as_of}
    listed = site.inscribed_year if site.register == WORLD_HERITAGE else None
    return Told(
        stays=stays_then(session, site.id, day),
        levels=history_of(session, day, site.id, first),
        # How much lies within a known reach of an unknown place is a way to find it.
        reports=[] if withheld else list_near_site(session, site.id, **near, limit=MOST_NEAR),
        claims=seen,
        conditions=conditions_then(session, site.id, day),
        moves=moves,
        listed_from=date(listed, 1, 1) if listed else None,
        withheld=withheld,
    )


def _nearby(session: Session, site_id: int, day: Day, span: str, told: Told, labels: Labels) -> dict[str, Any]:
    first, total = span_start(day.as_of, span), len(told.reports)
    if total == MOST_NEAR:
        total = count_near_site(session, site_id, known_on=day.known_on, since=first, until=day.as_of)
    reach = current_rules().reach_km
    return {
        "reach": reach,
        "events": [_event(row, labels) for row in told.reports[:EVENTS_SHOWN]],
        "events_text": _events_text(total, reach, first, day.as_of),
    }


def _judgements(session: Session, site_id: int, day: Day) -> dict[str, Any]:
    shown = []
    for judgement in list_judgements(session, site_id, on=day.known_on):
        text = word("judgement", judgement.kind)
        if judgement.level is not None:
            level = f"{judgement.level} {word('level', judgement.level)}"
            text = gettext("%(what)s to %(level)s", what=text, level=level)
        shown.append(
            {"text": text, "reason": judgement.reason, "by": judgement.by, "at": judgement.recorded_at,
             "review_on": judgement.review_on, "id": judgement.id}
        )  # fmt: skip
    return {"judgements": shown}


def _events_text(total: int, reach_km: float, first: date, last: date) -> str:
    words = {"count": number_text(total), "reach": number_text(reach_km), "when": span_text(first, last)}
    text = ngettext(
        "%(count)s report within %(reach)s km, %(when)s",
        "%(count)s reports within %(reach)s km, %(when)s",
        total,
        **words,
    )
    if total > EVENTS_SHOWN:
        newest = gettext("the newest %(shown)s are shown", shown=number_text(EVENTS_SHOWN))
        text += f" · {newest}"
    return str(text)


def _event(row: Any, labels: Labels) -> dict[str, Any]:
    return {
        "first": row.occurred_from, "last": row.occurred_to, "incident_id": row.incident_id, "kind": row.kind,
        "place_name": row.place_name, "distance_km": row.distance_km, "low_km": row.low_km, "high_km": row.high_km,
        "part": labels.of(row.part_ref), "grade": f"{row.reliability}{row.credibility}",
    }  # fmt: skip
