"""The levels of a day from what is stored, the running system's record of their changes, and people's judgements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlmodel import Session

from heritage.core.clock import Clock
from heritage.core.errors import N_, InvalidInput, NotFound
from heritage.db.queue import enqueue
from heritage.flags import queries
from heritage.flags.domain import Decision, Level, Rules, decide, judge, series_of_arrays
from heritage.flags.explanation import Verdicts, explain
from heritage.flags.exposure import Ints
from heritage.flags.models import FlagEvent, Judgement, JudgementKind
from heritage.flags.pending import with_pending
from heritage.flags.rules_file import load_rules
from heritage.flags.window import Window, weigh_window
from heritage.proximity.service import match_pending

__all__ = [
    "DayLevels",
    "Evaluation",
    "SiteFlag",
    "clears_sentence",
    "compute_flags",
    "compute_levels",
    "end_judgement",
    "evaluate",
    "load_rules",
    "reasons_as_json",
    "record_judgement",
    "site_history",
]

# Two evaluations at once would both find the same change; the number is arbitrary and used for nothing else.
EVALUATE_LOCK = 7_236_405
# Names of tasks to start when levels changed, in the same transaction; nothing of them is imported here.
TASKS_ON_CHANGE: tuple[str, ...] = ("alerts.consider",)
# How many sites are judged at once: bounds the memory of a national inventory's day.
_SITES_AT_ONCE = 1000
_REASONS_KEPT = 10


@dataclass(frozen=True)
class SiteFlag:
    """A site with the decision of a day. id_no is the register's own number."""

    site_id: int
    register: str
    id_no: str
    slug: str
    name: str
    states_parties: tuple[str, ...]
    disclosure: str
    decision: Decision

    @property
    def level(self) -> Level:
        """The decision's level."""
        return self.decision.level

    def as_json(self, rules: Rules) -> dict[str, Any]:
        """The flag of the contract."""
        decision = self.decision
        return {
            "site": {"id_no": self.id_no, "slug": self.slug, "name": self.name, "register": self.register},
            "level": int(decision.level),
            "since": decision.since.isoformat() if decision.since else None,
            "since_at_least": decision.since_at_least,
            "score": decision.score,
            "confidence": decision.confidence,
            "origins": decision.origins,
            "clears_when": clears_sentence(decision, rules),
            "clears": [{"on": step.on.isoformat(), "level": int(step.level)} for step in decision.clears],
            "not_known": [gap.value for gap in decision.not_known],
            "reasons": reasons_as_json(decision.reasons),
            "reasons_total": decision.reasons_total,
        }


@dataclass(frozen=True)
class DayLevels:
    """Levels without reasons: site_ids ascending, those above level 0 only; level and score beside them."""

    site_ids: Ints
    level: Ints
    score: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"

    def by_site(self) -> dict[int, Level]:
        """The level of each site that has one; all others are at 0."""
        return {int(s): Level(int(v)) for s, v in zip(self.site_ids, self.level, strict=True)}

    def highest(self, limit: int) -> list[int]:
        """The sites that a list of the highest `limit` can hold: those beside the last one in level and score too."""
        order = np.lexsort((-self.score, -self.level))
        if len(order) <= limit:
            return list(map(int, self.site_ids[order]))
        last = order[limit - 1]
        # Lists are ordered by the score as it is shown, in four digits, and then by name.
        beside = (self.level == self.level[last]) & (self.score >= self.score[last] - 1e-4)
        return list(map(int, self.site_ids[(self.level > self.level[last]) | beside]))


@dataclass(frozen=True)
class Evaluation:
    """How many sites' levels changed since the last evaluation, and all that are above 0 now, highest first."""

    changed: int
    flags: list[SiteFlag]


def compute_flags(
    session: Session,
    rules: Rules,
    *,
    as_of: date,
    known_on: date | None = None,
    min_level: int = 0,
    site_id: int | None = None,
    among: Sequence[int] | None = None,
    limit: int | None = None,
) -> list[SiteFlag]:
    """The levels of sites in force at the end of a day, from stored versions; writes nothing.

    Args:    known_on: using only what was known by the end of that day; by default as_of, so without hindsight.
             min_level: 0 gives every site in force. limit: of the list, highest first.
             site_id: only this one; with min_level 0 it is always there, at level 0 while not in force.
             among: only these sites, those of `highest` for a list that shows only the top.
    Returns: highest level first, then by score, then by name; with their reasons.
    """
    sites = among if site_id is None else [site_id]
    window = load_window(session, rules, as_of, as_of, known_on or as_of, sites)
    level, score = _levels(window, rules, as_of)
    flagged = np.flatnonzero(level >= min_level)
    order = flagged[np.lexsort((window.site_ids[flagged], -score[flagged], -level[flagged]))]
    chosen = order[:limit]
    decisions = _decisions(window, chosen, rules, as_of)
    decisions = _shown(session, decisions, known_on or as_of)
    if min_level == 0:
        decisions |= _silent(session, rules, as_of, site_id, set(decisions), limit)
    return _site_flags(session, decisions, limit)


def compute_levels(session: Session, rules: Rules, *, as_of: date, known_on: date | None = None) -> DayLevels:
    """Only the levels of a day, for a map or a list of many sites: a fraction of the work of `compute_flags`."""
    window = load_window(session, rules, as_of, as_of, known_on or as_of, None)
    level, score = _levels(window, rules, as_of)
    above = np.flatnonzero(level > 0)
    return DayLevels(window.site_ids[above], level[above], score[above])


def site_history(
    session: Session,
    rules: Rules,
    site_id: int,
    first_on: date,
    last_on: date,
    known_on: date | None = None,
) -> list[tuple[date, Level, float]]:
    """The level and score of one site at the end of each day, with what was known by known_on (by default last_on).

    The site's being in force is not asked: a dossier's time line reaches back before the inscription.
    """
    window = load_window(session, rules, first_on, last_on, known_on or last_on, [site_id], in_force=False)
    if not len(window.site_ids):
        days = (last_on - first_on).days + 1
        return [(first_on + timedelta(days=n), Level.NONE, 0.0) for n in range(days)]
    rows, voices = window.of_sites(np.array([0]))
    return series_of_arrays(rows, voices, rules, first_on, last_on)


def load_window(
    session: Session,
    rules: Rules,
    first_on: date,
    last_on: date,
    known_on: date,
    site_ids: Sequence[int] | None,
    *,
    in_force: bool = True,
) -> Window:
    """What the levels of the days from first_on to last_on rest on, weighed.

    Args:    site_ids: only these sites, None for all. in_force: only sites in force on last_on.
    Returns: the window; empty when nothing was near any site.
    """
    since = first_on - timedelta(days=rules.window_days)
    events = queries.list_window_events(session, since, last_on, known_on, site_ids=site_ids)
    places = {event.place_id: event.radius_km for event in events}
    scope = queries.Scope(last_on, None if site_ids is None else tuple(site_ids), in_force)
    stored = queries.load_pairs(session, rules, places, scope)
    return weigh_window(events, with_pending(session, stored, events, rules, scope), rules)


def evaluate(session: Session, rules: Rules, clock: Clock) -> Evaluation:
    """Match what is pending, decide for the present day, and record each change; a second run changes nothing.

    Args:    session: the caller owns the transaction: all of it is recorded, or nothing.
    """
    now = clock.now()
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": EVALUATE_LOCK})
    match_pending(session, rules.reach_km)
    flags = compute_flags(session, rules, as_of=now.date(), min_level=1)
    before = queries.latest_levels(session)
    present = {flag.site_id: flag.decision for flag in flags}
    cleared = {site: decide([], rules, now.date()) for site, level in before.items() if level and site not in present}
    changes = [
        _flag_event(site, before.get(site, 0), decision, now)
        for site, decision in (present | cleared).items()
        if before.get(site, 0) != decision.level
    ]
    if changes:
        session.execute(sa.insert(FlagEvent), changes)
        for task in TASKS_ON_CHANGE:
            enqueue(session, task, queueing_lock=task, priority=90)
    return Evaluation(len(changes), flags)


def record_judgement(
    session: Session,
    clock: Clock,
    *,
    site_id: int,
    kind: JudgementKind,
    level: int | None,
    reason: str,
    by: str,
    review_on: date | None = None,
) -> Judgement:
    """Keep what a person says of a site's level; an earlier one of the same person on the same site ends.

    Args:    level: for raise and lower, 0..4; None for acknowledge.
    Raises:  NotFound for an unknown site; InvalidInput when the level does not fit, or reason or name are missing.
    """
    if not queries.list_sites(session, [site_id]):
        raise NotFound(N_("There is no such site."))
    if (kind is JudgementKind.ACKNOWLEDGE) != (level is None) or (level is not None and level not in set(Level)):
        raise InvalidInput(N_("Raising or lowering needs a level from 0 to 4; acknowledging takes none."))
    if not reason.strip() or not by.strip():
        raise InvalidInput(N_("A judgement needs a reason and the name of the person who judges."))
    now = clock.now()
    for earlier in queries.list_judgements(session, site_id, on=now.date(), limit=1000):
        if earlier.by == by.strip():
            earlier.ended_at = now
            session.add(earlier)
    judgement = Judgement(
        site_id=site_id,
        kind=kind,
        level=level,
        reason=reason.strip(),
        by=by.strip(),
        recorded_at=now,
        review_on=review_on,
    )
    session.add(judgement)
    session.flush()
    return judgement


def end_judgement(session: Session, clock: Clock, judgement_id: int) -> Judgement:
    """End a judgement, which stays in the record.

    Raises:  NotFound when there is none of that number.
    """
    judgement = session.get(Judgement, judgement_id)
    if judgement is None:
        raise NotFound(N_("There is no such judgement."))
    if judgement.ended_at is None:
        judgement.ended_at = clock.now()
        session.add(judgement)
        session.flush()
    return judgement


def _levels(window: Window, rules: Rules, as_of: date) -> tuple[Ints, Any]:
    """Level and score of each of the window's sites."""
    level = np.zeros(len(window.site_ids), dtype=np.int64)
    score = np.zeros(len(window.site_ids))
    for share in _shares(window.can_be_flagged(rules)):
        rows, voices = window.of_sites(share)
        verdicts = judge(rows, voices, len(share), rules, as_of, look_ahead=False)
        level[share], score[share] = verdicts.level, verdicts.score
    return level, score


def _shares(indexes: Ints) -> Iterable[Ints]:
    return (indexes[n : n + _SITES_AT_ONCE] for n in range(0, len(indexes), _SITES_AT_ONCE))


def _decisions(window: Window, chosen: Ints, rules: Rules, as_of: date) -> dict[int, Decision]:
    """Decisions of the chosen sites, by site, in the order chosen."""
    found: dict[int, Decision] = {}
    # Looking ahead costs more than the day itself: only for those that are shown, and fewer at once.
    for share in (np.sort(part) for n in range(0, len(chosen), 500) for part in (chosen[n : n + 500],)):
        rows, voices = window.of_sites(share)
        verdicts: Verdicts = judge(rows, voices, len(share), rules, as_of)
        for position, site in enumerate(share):
            decision = explain(window.weighed(int(site)), verdicts, position, rules, as_of)
            found[int(window.site_ids[site])] = decision
    return {int(window.site_ids[site]): found[int(window.site_ids[site])] for site in chosen}


def _shown(session: Session, decisions: dict[int, Decision], known_on: date) -> dict[int, Decision]:
    """Add to the reasons what weighing did not need: the part's number, the place's name, sources and their day."""
    reports = [reason.report for decision in decisions.values() for reason in decision.reasons]
    refs = queries.part_refs(session, sorted({r.part_id for r in reports}))
    events = queries.list_shown_events(session, sorted({r.event_pk for r in reports if r.event_pk}), known_on)
    return {site: _with_details(decision, refs, events) for site, decision in decisions.items()}


def _with_details(decision: Decision, refs: dict[int, str], events: dict[int, Any]) -> Decision:
    reasons = []
    for reason in decision.reasons:
        report = reason.report
        event = events[report.event_pk or 0]
        sources = tuple(dict.fromkeys(s["name"] for s in event.sources if s.get("name")))
        full = replace(
            report,
            part_ref=refs[report.part_id],
            place_name=event.place_name or "",
            reported_at=event.reported_at,
            sources=sources,
        )
        reasons.append(replace(reason, report=full))
    return replace(decision, reasons=tuple(reasons))


def _silent(
    session: Session, rules: Rules, as_of: date, site_id: int | None, having: set[int], limit: int | None
) -> dict[int, Decision]:
    """Sites in force that nothing speaks for: level 0, and said to be silence."""
    nothing = decide([], rules, as_of)
    every = [site_id] if site_id is not None else queries.list_sites_in_force(session, as_of, limit=limit)
    return {site: nothing for site in every if site not in having}


def _site_flags(session: Session, decisions: dict[int, Decision], limit: int | None) -> list[SiteFlag]:
    sites = queries.list_sites(session, list(decisions))
    flags = [
        SiteFlag(
            site_id=site,
            register=row.register,
            id_no=row.register_ref,
            slug=row.slug,
            name=row.name,
            states_parties=tuple(row.states_parties),
            disclosure=str(row.disclosure),
            decision=decision,
        )
        for site, decision in decisions.items()
        if (row := sites.get(site)) is not None
    ]
    flags.sort(key=lambda flag: (-flag.level, -flag.decision.score, sites[flag.site_id].name_folded, flag.site_id))
    return flags[:limit]


def _flag_event(site_id: int, before: int, decision: Decision, now: Any) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "decided_at": now,
        "from_level": before,
        "to_level": int(decision.level),
        "score": decision.score,
        "confidence": decision.confidence,
        "rule_version": decision.rule_version,
        "reasons": reasons_as_json(decision.reasons[:_REASONS_KEPT]),
    }


def clears_sentence(decision: Decision, rules: Rules) -> str | None:
    """What would clear a level, for programs and terminals; pages have their own words. None when there is no level."""
    if not decision.clears:
        return None
    steps = [f"to {step.level.name.lower()} on {step.on.isoformat()}" for step in decision.clears]
    falls = steps[0] if len(steps) == 1 else ", ".join(steps[:-1]) + " and " + steps[-1]
    return f"falls {falls} if nothing further is reported within {rules.farthest_km:g} km"


def reasons_as_json(reasons: Sequence[Any]) -> list[dict[str, Any]]:
    """Reasons as the contract's list: who reads it must be able to find the incident and check the distance."""
    return [
        {
            "incident": reason.report.incident_id,
            "part_ref": reason.report.part_ref,
            "distance_km": round(reason.report.distance_km, 3),
            "low_km": round(reason.report.low_km, 3),
            "high_km": round(reason.report.high_km, 3),
            "occurred_on": reason.report.occurred_from.isoformat(),
            "occurred_to": reason.report.occurred_to.isoformat(),
            "reported_on": reason.report.reported_at.date().isoformat() if reason.report.reported_at else None,
            "weight": reason.weight,
            "rule": reason.rule.value,
            "kind": reason.report.kind,
            "grade": f"{reason.report.reliability}{reason.report.credibility}",
            "place": reason.report.place_name,
            "sources": list(reason.report.sources),
        }
        for reason in reasons
    ]
