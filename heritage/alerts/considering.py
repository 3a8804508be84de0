"""Use cases of threads: look at every site's level, say what is due, or what would be. The caller owns the session."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from heritage.alerts import queries
from heritage.alerts import thread_queries as threads
from heritage.alerts.cap import reference
from heritage.alerts.duty import officers
from heritage.alerts.facts import AlertFacts, MessageType, ReasonFacts, SiteFacts, StaleFeed
from heritage.alerts.models import Alert, AlertState, AlertThread
from heritage.alerts.posting import release
from heritage.alerts.rules import AlertRules
from heritage.alerts.steps import MOVED_KM, Kind, Report, Standing, Step, Told, next_step
from heritage.alerts.wishes import Place, Wish, wants
from heritage.core.clock import end_of_day
from heritage.db.queue import enqueue
from heritage.flags import service as flags
from heritage.flags.rules import Rules
from heritage.flags.service import SiteFlag
from heritage.policy.disclosure import may_show_distance, public_point
from heritage.services import Services
from heritage.sites.models import Site
from heritage.sites.queries import names_in

# Two at once would both find the same step due; the number is used for nothing else.
CONSIDER_LOCK = 7_236_411
TELL_TASK = "alerts.tell_officers"
REASONS_KEPT = 12
PARTS_KEPT = 12


@dataclass(frozen=True)
class Planned:
    """A step that is due for one site. recipients: numbers of those it would go to now."""

    site_id: int
    id_no: str
    step: Step
    level: int
    public_id: str
    episode: int
    number: int
    facts: AlertFacts
    basis: dict[str, Any]
    recipients: frozenset[int]
    open_thread: threads.OpenThread | None


@dataclass(frozen=True)
class Considered:
    """What one look led to."""

    steps: int
    released: int
    held: int


def consider(session: Session, services: Services, flag_rules: Rules, rules: AlertRules) -> Considered:
    """Say what is due now: threads, steps and deliveries in one transaction; a second run finds nothing due."""
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": CONSIDER_LOCK})
    now = services.clock.now()
    planned = plan(session, services, flag_rules, rules, as_of=now.date(), now=now)
    states = [_carry_out(session, services, rules, line, now) for line in planned]
    return Considered(
        steps=len(states),
        released=states.count(AlertState.RELEASED),
        held=states.count(AlertState.HELD),
    )


def rehearse(
    session: Session, services: Services, flag_rules: Rules, rules: AlertRules, as_of: date | None = None
) -> list[Planned]:
    """What would be said, at the clock's now or at the end of an earlier day; nothing is written."""
    now = services.clock.now()
    moment = min(end_of_day(as_of), now) if as_of else now
    day = as_of or now.date()
    planned = plan(session, services, flag_rules, rules, as_of=day, now=moment)
    return [line for line in planned if line.step.kind is not Kind.CLOSE]


def plan(
    session: Session, services: Services, flag_rules: Rules, rules: AlertRules, *, as_of: date, now: datetime
) -> list[Planned]:
    """Every step that is due.

    Args:    as_of: the day judged, as known at its end.  now: the moment of the judgement, aware UTC.
    Returns: highest level first; steps held already and still the same are not among them.
    """
    found = {flag.site_id: flag for flag in flags.compute_flags(session, flag_rules, as_of=as_of, min_level=1)}
    opened = threads.list_open(session, now)
    for site_id in set(opened) - set(found):
        found |= {flag.site_id: flag for flag in flags.compute_flags(session, flag_rules, as_of=as_of, site_id=site_id)}
    due: list[tuple[SiteFlag, Step, threads.OpenThread | None]] = []
    for site_id, flag in found.items():
        thread = opened.get(site_id)
        standing = _standing(session, flag, thread.told if thread else None, as_of)
        step = next_step(thread.told if thread else None, standing, rules.message, now)
        if step is None and thread and thread.held and thread.held.level != standing.level:
            # Things went back to what people know: the step that waits is overtaken.
            step = Step(Kind.CLOSE, 0)
        if step is not None and not _is_held_already(thread, step, flag):
            due.append((flag, step, thread))
    due.sort(key=lambda line: (-line[0].level, line[0].name))
    return _planned(session, services, due, as_of, now, flag_rules)


def _is_held_already(thread: threads.OpenThread | None, step: Step, flag: SiteFlag) -> bool:
    held = thread.held if thread else None
    return held is not None and step.kind is not Kind.CLOSE and held.level == int(flag.level) and not step.wrong


def _standing(session: Session, flag: SiteFlag, told: Told | None, as_of: date) -> Standing:
    reports = {
        reason.report.incident_id: Report(
            reason.report.incident_id, reason.report.occurred_to, reason.report.distance_km
        )
        for reason in reversed(flag.decision.reasons)
    }
    missing = set(told.reports) - set(reports) if told else set()
    distances = threads.find_distances(session, flag.site_id, missing, as_of)
    gone = {
        incident
        for incident, found in distances.items()
        if found is None or not any(abs(km - told.reports[incident].distance_km) <= MOVED_KM for km in found)
    } if told else set()  # fmt: skip
    return Standing(int(flag.level), reports, frozenset(gone))


def _planned(
    session: Session,
    services: Services,
    due: Sequence[tuple[SiteFlag, Step, threads.OpenThread | None]],
    as_of: date,
    now: datetime,
    flag_rules: Rules,
) -> list[Planned]:
    if not due:
        return []
    ids = [flag.site_id for flag, _, _ in due]
    places = threads.list_places(session, ids, as_of)
    wishes = threads.list_wishes(session, level=4)
    stale = tuple(
        StaleFeed(line.feed, line.newest_event_on)
        for line in queries.list_feed_lines(session, as_of, as_of)
        if line.is_stale(as_of)
    )
    names = {language: names_in(session, ids, language) for language in ("fr", "ar")}
    lines = []
    for flag, step, thread in due:
        episode = thread.thread.episode if thread else threads.newest_episode(session, flag.site_id) + 1
        public_id = thread.thread.public_id if thread else f"{flag.slug}-{episode}"
        number = _number(thread)
        told = {"fr": names["fr"].get(flag.site_id, ""), "ar": names["ar"].get(flag.site_id, ""), "en": flag.name}
        facts = _facts(session, services, flag, step, thread, public_id, number, told, stale, as_of, now, flag_rules)
        lines.append(
            Planned(
                site_id=flag.site_id,
                id_no=flag.id_no,
                step=step,
                level=int(flag.level),
                public_id=public_id,
                episode=episode,
                number=number,
                facts=facts,
                basis=_basis(flag, step),
                recipients=recipients_of(session, thread, step, places[flag.site_id], int(flag.level), wishes),
                open_thread=thread,
            )
        )
    return lines


def _number(thread: threads.OpenThread | None) -> int:
    if thread is None or not thread.alerts:
        return 1
    return thread.held.step if thread.held else thread.alerts[-1].step + 1


def recipients_of(
    session: Session,
    thread: threads.OpenThread | None,
    step: Step,
    place: Place,
    level: int,
    wishes: Iterable[Wish],
) -> frozenset[int]:
    """Who gets a step: who wants it now, and everybody who was told something of the thread before."""
    told = threads.list_told(session, thread.thread.id) if thread and thread.thread.id else set()
    if step.kind is Kind.CANCEL:
        return frozenset(told)
    # Who asked for level 4 only is told of a fall from it as one who was told before, not as one who wants level 3.
    return frozenset(told | {wish.subscriber_id for wish in wishes if wants(wish, place, level)})


def _facts(
    session: Session,
    services: Services,
    flag: SiteFlag,
    step: Step,
    thread: threads.OpenThread | None,
    public_id: str,
    number: int,
    names: dict[str, str],
    stale: tuple[StaleFeed, ...],
    as_of: date,
    now: datetime,
    flag_rules: Rules,
) -> AlertFacts:
    decision, withheld = flag.decision, not may_show_distance(flag.disclosure)
    # Around a place that is not public the number of parts would tell as much as their names.
    reasons = _reasons(session, flag, as_of, flag_rules, parts=not withheld)
    site = session.get(Site, flag.site_id)
    assert site is not None
    sender = services.settings.mail_from
    released = [alert for alert in thread.alerts if alert.state == AlertState.RELEASED] if thread else []
    return AlertFacts(
        thread=public_id,
        step=number,
        msg_type=MessageType.CANCEL if step.kind is Kind.CLOSE else MessageType(step.kind.value),
        exercise=services.settings.exercise_clock is not None,
        correction=step.correction,
        site=SiteFacts(flag.id_no, flag.slug, {k: v for k, v in names.items() if v}, flag.states_parties),
        level=int(flag.level),
        from_level=step.from_level,
        decided_at=now,
        as_of=as_of,
        reasons=reasons,
        reasons_total=len(reasons) + max(0, decision.reasons_total - REASONS_KEPT),
        not_known=decision.not_known,
        stale_feeds=stale,
        clears=decision.clears,
        withheld=withheld,
        references=tuple(reference(AlertFacts.from_json(alert.facts), sender) for alert in released),
        withdrawn=_wrong(released, step),
        since=decision.since,
        confidence=decision.confidence,
        rule_version=decision.rule_version,
        point=public_point(site.lon, site.lat, str(site.disclosure), site.grid_km),
    )


def _reasons(
    session: Session, flag: SiteFlag, as_of: date, flag_rules: Rules, *, parts: bool
) -> tuple[ReasonFacts, ...]:
    """The reports that count, heaviest first, then the further parts that lie within reach of them."""
    chosen = flag.decision.reasons[:REASONS_KEPT]
    names = threads.part_names(session, flag.site_id)
    first = [ReasonFacts.of(reason, names.get(reason.report.part_ref, "")) for reason in chosen]
    if not parts:
        return tuple(first)
    by_incident = {reason.incident_id: reason for reason in reversed(first)}
    incidents = [reason.report.incident_id for reason in chosen]
    further = [
        replace(
            by_incident[near.incident],
            part_ref=near.ref,
            part_name=near.name,
            distance_km=near.distance_km,
            low_km=near.low_km,
            high_km=near.high_km,
        )
        for near in threads.list_near_parts(session, flag.site_id, incidents, as_of, flag_rules.farthest_km)
        if near.ref != by_incident[near.incident].part_ref
    ]
    return (*first, *further[:PARTS_KEPT])


def _wrong(released: Sequence[Alert], step: Step) -> tuple[ReasonFacts, ...]:
    """The reports that do not stand, as they were told last."""
    told: dict[int, ReasonFacts] = {}
    for alert in released:
        for reason in reversed(AlertFacts.from_json(alert.facts).reasons):
            if reason.incident_id in step.wrong and reason.incident_id is not None:
                told[reason.incident_id] = reason
    return tuple(told.values())


def _basis(flag: SiteFlag, step: Step) -> dict[str, Any]:
    reports = {
        reason.report.incident_id: [
            reason.report.incident_id,
            reason.report.occurred_to.isoformat(),
            round(reason.report.distance_km, 3),
        ]
        for reason in reversed(flag.decision.reasons)
    }
    return {"reports": list(reports.values()), "wrong": sorted(step.wrong)}


def _carry_out(
    session: Session, services: Services, rules: AlertRules, line: Planned, now: datetime
) -> AlertState | None:
    thread = line.open_thread.thread if line.open_thread else _open(session, services, line, now)
    held = line.open_thread.held if line.open_thread else None
    if line.step.kind is Kind.CLOSE:
        if held is not None:
            held.state = AlertState.OVERTAKEN.value
        if line.open_thread is None or line.open_thread.told.said is None:
            thread.closed_at = now
        return None
    alert = held or Alert(thread_id=thread.id or 0, step=line.number, facts={}, basis={}, **_DRAFT)
    alert.msg_type, alert.level, alert.from_level = line.facts.msg_type.value, line.level, line.step.from_level
    alert.correction, alert.decided_at = line.step.correction, now
    alert.facts, alert.basis = line.facts.as_json(), line.basis
    alert.note = hold_note(session, rules, line)
    alert.state, alert.told, alert.told_at = AlertState.HELD.value, 0, None
    session.add(alert)
    session.flush()
    if line.step.kind is Kind.CANCEL:
        thread.closed_at = now
    if alert.note in FREE:
        release(session, services, alert, line.recipients, now)
        return AlertState.RELEASED
    enqueue(session, TELL_TASK, alert_id=alert.id, about="held", number=0)
    return AlertState.HELD


_DRAFT: dict[str, Any] = {"msg_type": "Alert", "level": 0, "from_level": 0, "state": "held", "decided_at": None}
NO_OFFICER = "no officer has an account here"
FREE = ("", NO_OFFICER)


def hold_note(session: Session, rules: AlertRules, line: Planned) -> str:
    """Why a step waits for two persons; one of FREE when it does not.

    A fall, an end and a correction never wait: what puts fear or error right does no harm by being early.
    """
    rises = line.level > line.step.from_level or line.step.kind is Kind.ALERT
    if not rises or line.step.kind is Kind.CANCEL or line.step.correction:
        return ""
    reasons = []
    if line.level >= rules.hold.level:
        reasons.append("level")
    if len(line.recipients) > rules.hold.recipients:
        reasons.append("recipients")
    if reasons and not officers(session):
        # Nobody could ever agree: the operator of the machine answers for such an installation.
        return NO_OFFICER
    return " ".join(reasons)


def _open(session: Session, services: Services, line: Planned, now: datetime) -> AlertThread:
    thread = AlertThread(
        public_id=line.public_id,
        site_id=line.site_id,
        episode=line.episode,
        exercise=services.settings.exercise_clock is not None,
        opened_at=now,
    )
    session.add(thread)
    session.flush()
    return thread


def people(planned: Iterable[Planned]) -> Collection[int]:
    """Everybody who would get something."""
    return {recipient for line in planned for recipient in line.recipients}
