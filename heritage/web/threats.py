"""What pages show of threats and of updates: as much as who reads it may see, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlmodel import Session

from heritage.policy.access import may
from heritage.policy.disclosure import may_show_distance
from heritage.policy.table import Action
from heritage.sites.models import Proposal, ProposalKind, Site
from heritage.sites.queries import list_sites, parts_of
from heritage.threats import queries
from heritage.threats.domain import ThreatStatus, UpdateState, WhereKind
from heritage.threats.models import Threat, ThreatEvent, ThreatUpdate
from heritage.threats.queries import View
from heritage.threats.words import factor_name, group_name
from heritage.web.day import Day
from heritage.web.i18n import country_name, km_rough_text, number_text, span_text
from heritage.web.names import called, local_names, site_name
from heritage.web.sentences import grade_text, isolate, joined
from heritage.web.state import services
from heritage.web.times import time_text
from heritage.web.words import word

MOST_FOUND = 12


@dataclass(frozen=True)
class Found:
    """A site that a search found."""

    slug: str
    name: str
    about: str


def find_sites(session: Session, query: str) -> list[Found]:
    """Sites whose names, in any script, are like what was typed, the best first."""
    today = services().clock.now().date()
    rows = list_sites(session, today=today, query=query, limit=MOST_FOUND).rows if query.strip() else []
    local = local_names(session, [row.id for row in rows])
    return [
        Found(row.slug, called(row.id, row.name, local).name, joined([country_name(c) for c in row.countries]))
        for row in rows
    ]


def parts_to_choose(session: Session, site: Site) -> list[tuple[str, str]]:
    """A site's own parts by number and name, where naming them gives nothing away."""
    if not may_show_distance(site.disclosure):
        return []
    parts = [part for part in parts_of(session, site.id or 0) if not part.stands_for_site]
    return [(part.ref, f"{part.ref} {part.name}".strip()) for part in parts]


def view_of(site: Site, day: Day, *, for_everybody: bool = False) -> View:
    """Which day is asked about, by whom; as everybody asks, whoever does."""
    staff = not for_everybody and may(Action.REVIEW_UPDATE, countries=site.states_parties)
    return View(day.as_of, day.known_on, services().clock.now(), staff)


def dossier_threats(session: Session, site: Site, day: Day, *, for_everybody: bool = False) -> list[dict[str, Any]]:
    """The threats to a site on a day, those that last before those that ended."""
    view = view_of(site, day, for_everybody=for_everybody)
    standing = queries.threats_of(session, site.id or 0, view)
    names = dict(parts_to_choose(session, site))
    lines = [{**event_line(s.event, site, names, view), **threat_words(s.threat)} for s in standing]
    return sorted(lines, key=lambda line: line["status"] == ThreatStatus.ENDED)


def threat_words(threat: Threat) -> dict[str, Any]:
    """What a threat is called."""
    return {
        "id": threat.id,
        "factor": factor_name(threat.factor),
        "group": group_name(threat.factor),
        "factor_list": threat.factor_list,
    }


def event_line(event: ThreatEvent, site: Site, part_names: dict[str, str], view: View) -> dict[str, Any]:
    """One record of how a threat stands; what only reviewers read is left out for others."""
    shown = may_show_distance(site.disclosure) or view.staff
    line = {
        "status": event.status,
        "severity": event.severity,
        "since": span_text(event.when_from, event.when_to) or time_text(event.when_edtf),
        "uncertain": bool(event.when_to and event.when_to > view.as_of and event.when_from != event.when_to),
        "parts": joined([isolate(part_names.get(ref, ref)) for ref in event.part_refs]) if shown else "",
        # A sentence may name what the policy hides, so for such a site it stays with reviewers.
        "summary": event.summary if shown else "",
        "grade": grade_text(event.reliability, event.credibility),
        "known_on": event.public_at.date(),
    }
    if view.staff:
        held = event.public_at > view.now
        line |= {"by": event.by, "reason": event.reason, "recorded_at": event.recorded_at, "update_id": event.update_id}
        line |= {"held_until": event.public_at if held else None, "known_on": event.recorded_at.date()}
    return line


def threat_page(session: Session, threat: Threat, site: Site, day: Day) -> dict[str, Any] | None:
    """Everything the page of a threat shows; None when nothing of it may be seen by who asks."""
    view = view_of(site, day)
    assert threat.id is not None
    events = queries.history_of(session, threat.id, view)
    # Those who review find it on every day, those who read only once something of it was public.
    if not events:
        return None
    standing = [s for s in queries.threats_of(session, site.id or 0, view) if s.threat.id == threat.id]
    names = dict(parts_to_choose(session, site))
    return {
        "site": site,
        "site_name": site_name(session, site),
        "threat": threat_words(threat),
        "standing": event_line(standing[0].event, site, names, view) if standing else None,
        "events": [event_line(event, site, names, view) for event in events],
        "staff": view.staff,
        "withheld": not may_show_distance(site.disclosure),
        "day": day,
    }


def update_facts(session: Session, update: ThreatUpdate, site: Site, *, own: bool = False) -> dict[str, Any]:
    """What an update says, for those who review it or for who filed it."""
    when = span_text(update.when_from, update.when_to) if update.when_edtf else ""
    return {
        "update": update,
        "site": site,
        "site_name": site_name(session, site),
        "factor": factor_name(update.factor),
        "group": group_name(update.factor),
        "when": when,
        "when_raw": update.when_raw,
        "when_understood": bool(update.when_edtf) or not update.when_raw,
        "where": _where(session, update, site),
        "how_known": word("how_known", update.how_known),
        "trend": word("trend", update.trend),
        "own_grade": grade_text(update.own_reliability, update.own_credibility),
        "suspect": [word("spam", reason) for reason in update.spam_reasons],
        "steps": queries.steps_of(session, update.id or 0),
        "open": update.state in (UpdateState.RECEIVED, UpdateState.QUARANTINED, UpdateState.ASKED_BACK),
    }


def _where(session: Session, update: ThreatUpdate, site: Site) -> str:
    parts = {part.ref: part.name for part in parts_of(session, site.id or 0)}
    texts = [word("where_kind", update.where_kind)]
    if update.part_ref:
        texts.append(isolate(f"{update.part_ref} {parts.get(update.part_ref, '')}".strip()))
    if update.near:
        texts.append(isolate(update.near))
    if update.lon is not None:
        point = isolate(f"{number_text(update.lat, 2)}, {number_text(update.lon, 2)}")
        texts.append(gettext("%(point)s (latitude, longitude; rounded)", point=point))
    if update.radius_km and update.where_kind in (WhereKind.POINT, WhereKind.NEAR):
        texts.append(gettext("give or take %(radius)s", radius=km_rough_text(update.radius_km)))
    return " · ".join(texts)


def proposal_text(proposal: Proposal) -> str:
    """What a proposal would change, in one line."""
    fields = proposal.fields
    kind = ProposalKind(proposal.kind)
    if kind is ProposalKind.CONDITION:
        words = {"state": word("condition", fields["state"]), "when": time_text(fields["observed"])}
        words["who"] = isolate(fields["assessor"])
        return str(gettext("Condition: %(state)s, observed %(when)s by %(who)s", **words))
    if kind is ProposalKind.DANGER:
        return str(gettext("On the List in Danger from %(began)s", began=time_text(fields["began"])))
    if kind is ProposalKind.DANGER_END:
        return str(gettext("No longer on the List in Danger from %(ended)s", ended=time_text(fields["ended"])))
    if kind is ProposalKind.RELEASE:
        return str(gettext("Show threat %(number)s before its time", number=proposal.subject_id))
    return str(gettext("Take update %(number)s as confirmed by independent sources", number=proposal.subject_id))


def proposal_details(proposal: Proposal) -> list[str]:
    """Everything else a proposal says, for the second person to read."""
    skipped = ("state", "observed", "assessor", "began", "ended", "status", "severity", "credibility", "factor")
    values = [value for name, value in proposal.fields.items() if name not in skipped]
    return [isolate(str(value)) for value in values if value and isinstance(value, str)]


def review_page(session: Session, countries: Sequence[str] | None, proposals: Sequence[Any]) -> dict[str, Any]:
    """Everything the queue shows."""

    def waiting(*states: UpdateState) -> list[dict[str, Any]]:
        found = queries.queue(session, states, countries=countries)
        return [_queued(session, item.update, item.site) for item in found]

    return {
        "received": waiting(UpdateState.RECEIVED),
        "asked": waiting(UpdateState.ASKED_BACK),
        "quarantined": waiting(UpdateState.QUARANTINED),
        "quarantined_total": queries.count_queue(session, [UpdateState.QUARANTINED], countries=countries),
        "withdrawn": [
            {"threat_id": update.threat_id, "factor": factor_name(update.factor), "site_name": site_name(session, site)}
            for update, site in queries.withdrawn_after_taking(session, countries=countries)
        ],
        "proposals": [
            {"proposal": item.proposal, "site": item.site, "site_name": site_name(session, item.site),
             "text": proposal_text(item.proposal), "details": proposal_details(item.proposal)}
            for item in proposals
        ],
        "notices": queries.open_notices(session),
    }  # fmt: skip


def _queued(session: Session, update: ThreatUpdate, site: Site) -> dict[str, Any]:
    return {
        "id": update.id,
        "site": site,
        "site_name": site_name(session, site),
        "factor": factor_name(update.factor),
        "excerpt": update.seen[:160],
        "how_known": word("how_known", update.how_known),
        "when": span_text(update.when_from, update.when_to) if update.when_edtf else update.when_raw,
        "received_at": update.received_at,
        "suspect": [word("spam", reason) for reason in update.spam_reasons],
    }
