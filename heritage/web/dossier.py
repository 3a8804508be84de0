"""What a site's dossier says, put together from the register, the reports and the rules for one day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request
from flask_babel import gettext, ngettext
from sqlmodel import Session

from heritage.core.dates import during
from heritage.feeds.health import Health
from heritage.flags.explanation import Decision, Reason
from heritage.flags.queries import list_judgements
from heritage.policy.disclosure import Disclosure, PublicPoint, may_show_distance, public_point
from heritage.proximity.queries import count_near_site, list_near_site
from heritage.sites.domain import WORLD_HERITAGE
from heritage.sites.models import DangerPeriod, Part, Site
from heritage.sites.queries import conditions_of, danger_periods, identifiers_of, names_of, parts_of
from heritage.web import sentences
from heritage.web.charts import Scale, danger_bands, level_runs, report_bars
from heritage.web.claims import claims_section
from heritage.web.day import Day
from heritage.web.i18n import day_text, number_text, span_text
from heritage.web.names import called, local_names
from heritage.web.objects import dossier_objects
from heritage.web.silence import feed_health, silence_words
from heritage.web.state import current_rules, feed_title, feeds_known, flag_of, history_of
from heritage.web.threats import dossier_threats
from heritage.web.words import word

SPANS = {"90d": 90, "1y": 365, "5y": 1826}
EVENTS_SHOWN = 60
REASONS_SHOWN = 8
STATUS_FROM = 1978  # the year of the first inscriptions


@dataclass(frozen=True)
class Labels:
    """How the parts of a site are called."""

    site: str
    parts: dict[str, str]
    hidden: bool = False

    def of(self, ref: str) -> str:
        """A part's name; the site's own when it stands for the whole."""
        return self.parts.get(ref) or self.site


def dossier_page(session: Session, site: Site, day: Day, span: str) -> dict[str, Any]:
    """Everything the template shows of a site on a day.

    Args:    site: as stored.  span: one of SPANS, how far back the time line goes.
    """
    assert site.id is not None
    flag = flag_of(session, day, site.id)
    parts = parts_of(session, site.id, as_of=day.as_of)
    name = called(site.id, site.name, local_names(session, [site.id]))
    labels = _labels(site, name.name, parts)
    withheld = not may_show_distance(site.disclosure)
    return {
        "site": site,
        "day": day,
        "in_force": _in_force(site, day.as_of),
        "tombstone": _tombstone(site),
        "called": name,
        "other_names": [other for other in names_of(session, site.id) if other.text not in (name.name, name.own)],
        "identifiers": identifiers_of(session, site.id),
        "register_name": register_name(site.register),
        "parts": [part for part in parts if not part.stands_for_site],
        "withheld": withheld,
        "point": shown_point(site, parts),
        "rings": " · ".join(number_text(rule.within_km) for rule in current_rules().levels[2::-1]),
        **_level(flag.decision, labels, withheld),
        **_judgements(session, site.id, day),
        **_status(session, site, day),
        **_conditions(session, site.id, day, {part.id: labels.of(part.ref) for part in parts}),
        **dossier_threats(session, site, day),
        **_over_time(session, site.id, day, span, labels, withheld),
        **dossier_objects(session, site, day),
        "rests": _rests(session, site, day),
        **claims_section(session, site, day),
    }


def register_name(register: str) -> str:
    """A register's name for people."""
    if register == WORLD_HERITAGE:
        return str(gettext("World Heritage List"))
    return str(gettext("kept here by hand")) if register == "own" else register.upper()


def shown_point(site: Site, parts: Sequence[Part]) -> PublicPoint | None:
    """What may be shown of where a site is: its own point, else that of its first part."""
    points = [(site.lon, site.lat), *((part.lon, part.lat) for part in parts)]
    lon, lat = next(((x, y) for x, y in points if x is not None and y is not None), (None, None))
    return public_point(lon, lat, site.disclosure, site.grid_km)


def _labels(site: Site, name: str, parts: Sequence[Part]) -> Labels:
    named = {
        part.ref: f"{part.name} ({part.ref})" if part.name else part.ref for part in parts if not part.stands_for_site
    }
    return Labels(name, named, site.disclosure == Disclosure.HIDDEN)


def _in_force(site: Site, as_of: date) -> bool:
    lower, upper = site.listed.lower, site.listed.upper
    return not site.listed.is_empty and (lower is None or lower <= as_of) and (upper is None or as_of < upper)


def _tombstone(site: Site) -> str:
    if site.vanished_on is None:
        return str(gettext("On this day it was not yet in its register."))
    words = {"day": day_text(site.vanished_on)}
    return str(gettext("No longer in its register since %(day)s. What is known of it stays readable here.", **words))


def _level(decision: Decision, labels: Labels, withheld: bool) -> dict[str, Any]:
    reasons = list(decision.reasons)
    if withheld:
        # Weights and the order they give, confidence and the days of falling all follow from distances.
        reasons.sort(key=lambda reason: (reason.report.occurred_to, reason.report.incident_id), reverse=True)
    shown = reasons[:REASONS_SHOWN]
    return {
        "decision": decision,
        "since": sentences.since_text(decision),
        "confidence": None if withheld else decision.confidence,
        "reasons": [_reason(reason, decision, labels, withheld) for reason in shown],
        "more_reasons": 0 if withheld else decision.reasons_total - len(shown),
        "clears": sentences.clears_text(decision, withheld=withheld),
        "not_known": [*map(sentences.not_known_text, decision.not_known), sentences.damage_not_known()],
    }


def _reason(reason: Reason, decision: Decision, labels: Labels, withheld: bool) -> dict[str, Any]:
    report = reason.report
    facts = [sentences.age_text(report.occurred_to, decision.as_of)]
    if report.reported_at:
        facts.append(gettext("reported %(day)s", day=day_text(report.reported_at.date())))
    elif report.known_at:
        facts.append(gettext("known here from %(day)s", day=day_text(report.known_at.date())))
    facts.append(sentences.grade_text(report.reliability, report.credibility))
    if report.sources and not labels.hidden:
        facts.append(gettext("says: %(sources)s", sources=sentences.isolate(sentences.joined(report.sources[:3]))))
    facts.append(word("location", report.location_precision))
    if not withheld:
        rule = sentences.rule_text(reason.rule)
        facts.append(gettext("%(rule)s, weight %(weight)s", rule=rule, weight=number_text(reason.weight, 2)))
    where = "" if withheld else sentences.where(reason, labels.of(report.part_ref))
    return {
        "what": sentences.what(reason, named=not labels.hidden),
        "where": where,
        "facts": facts,
        "incident_id": None if labels.hidden else report.incident_id,
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


def _status(session: Session, site: Site, day: Day) -> dict[str, Any]:
    assert site.id is not None
    periods = danger_periods(session, site.id)
    state, current = "no", None
    for period in periods:
        answer = _in_period(period, day.as_of)
        if answer != "no":
            state, current = answer, period
    return {
        "status": {"value": word("in_danger", state), "sentence": _status_sentence(site, state, current)},
        "periods": [_period(period) for period in periods],
        "band": _band(site, periods, day),
    }


def _in_period(period: DangerPeriod, on: date) -> str:
    ended = (period.ended_earliest, period.ended_latest) if period.ended_earliest else None
    answer = during(on, (period.began_earliest, period.began_latest), ended)
    return str(answer.value)


def _status_sentence(site: Site, state: str, period: DangerPeriod | None) -> str:
    if site.register != WORLD_HERITAGE:
        return str(gettext("This register has no List in Danger."))
    if period is None:
        return str(gettext("Not on the List of World Heritage in Danger on this day."))
    began = span_text(period.began_earliest, period.began_latest)
    if state == "uncertain":
        return str(gettext("A decision of %(when)s falls around this day; its exact day is not held.", when=began))
    return str(gettext("On the List of World Heritage in Danger since %(when)s.", when=began))


def _period(period: DangerPeriod) -> dict[str, str]:
    ended = span_text(period.ended_earliest, period.ended_latest) if period.ended_earliest else gettext("today")
    return {
        "began": span_text(period.began_earliest, period.began_latest),
        "ended": ended,
        "raw": period.raw,
        "decision": period.decision,
    }


def _band(site: Site, periods: Sequence[DangerPeriod], day: Day) -> dict[str, Any]:
    scale = Scale(
        date(min(site.inscribed_year or day.as_of.year, STATUS_FROM), 1, 1),
        date(max(day.today, day.as_of).year, 12, 31),
    )
    spells = [(p.began_earliest, p.began_latest, p.ended_earliest, p.ended_latest) for p in periods]
    listed_from = date(site.inscribed_year or day.as_of.year, 1, 1)
    texts = [f"{p['began']} – {p['ended']}" for p in map(_period, periods)]
    return {
        "scale": scale,
        "bands": danger_bands(scale, spells),
        "listed_x": scale.at(listed_from),
        "at": scale.at(day.as_of),
        "label": gettext("On the List in Danger: %(periods)s", periods=sentences.joined(texts)),
    }


def _conditions(session: Session, site_id: int, day: Day, part_names: dict[int | None, str]) -> dict[str, Any]:
    # The register is shown as known now, unless an earlier state of the record is asked for.
    known_on = day.known_on if "known_on" in request.args else None
    known = conditions_of(session, site_id, as_of=day.as_of, known_on=known_on)
    rows = [
        {
            "state": c.state,
            "original": c.original_value,
            "observed": span_text(c.observed_from, c.observed_to) or c.observed_edtf,
            "part": part_names.get(c.part_id, "") if c.part_id else "",
            "assessor": c.assessor,
            "note": " · ".join(text for text in (c.method, c.note) if text),
        }
        for c in known
    ]
    newest = None
    if rows:
        row = rows[0]
        words = {"when": row["observed"] or gettext("a day not said"), "who": sentences.isolate(row["assessor"] or "–")}
        newest = {"state": row["state"], "sentence": gettext("observed %(when)s by %(who)s", **words)}
    return {"condition": newest, "conditions": rows, "rivals": _rivals(rows)}


def _rivals(rows: list[dict[str, Any]]) -> list[str]:
    """What other assessors say of the site when they say something else than the newest; none of them wins."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        told.setdefault((row["assessor"], row["part"]), row)
    others = [
        row for row in told.values() if rows and row["part"] == rows[0]["part"] and row["state"] != rows[0]["state"]
    ]
    return [
        gettext(
            "%(who)s says otherwise: %(state)s, observed %(when)s",
            who=sentences.isolate(row["assessor"] or "–"),
            state=word("condition", row["state"]),
            when=row["observed"] or gettext("a day not said"),
        )
        for row in others
    ]


def _over_time(session: Session, site_id: int, day: Day, span: str, labels: Labels, withheld: bool) -> dict[str, Any]:
    scale = Scale(day.as_of - timedelta(days=SPANS[span] - 1), day.as_of)
    series = history_of(session, day, site_id, scale.first)
    known: dict[str, Any] = {"known_on": day.known_on, "since": scale.first, "until": day.as_of}
    # How much lies within a known reach of an unknown place is a way to find it.
    near = [] if withheld else list_near_site(session, site_id, **known, limit=5000)
    runs = level_runs(scale, series)
    label, caption = _timeline_text(max((run.level for run in runs), default=0), len(near), withheld)
    total = len(near) if len(near) < 5000 else count_near_site(session, site_id, **known)
    reach = current_rules().reach_km
    return {
        "timeline": {"scale": scale, "runs": runs, "bars": report_bars(scale, [row.occurred_to for row in near]),
                     "at": None, "label": label,
                     "caption": f"{caption} {label}"},
        "spans": [("90d", gettext("90 days")), ("1y", gettext("1 year")), ("5y", gettext("5 years"))],
        "span": span,
        "reach": reach,
        "events": [] if withheld else [_event(row, labels) for row in near[:EVENTS_SHOWN]],
        "events_text": _events_text(total, reach, scale),
    }  # fmt: skip


def _timeline_text(highest: int, near: int, withheld: bool) -> tuple[str, str]:
    level = f"{highest} {word('level', highest)}"
    if withheld:
        return (
            gettext("Highest level in this time: %(level)s.", level=level),
            gettext("Our level at the end of each day."),
        )
    return (
        gettext("Highest level in this time: %(level)s. Reports near the site: %(num)s.",
                level=level, num=number_text(near)),
        gettext("Above: our level at the end of each day. Below: how much was reported nearby."),
    )  # fmt: skip


def _events_text(total: int, reach_km: float, scale: Scale) -> str:
    words = {"count": number_text(total), "reach": number_text(reach_km), "when": span_text(scale.first, scale.last)}
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


def _rests(session: Session, site: Site, day: Day) -> list[str]:
    lines = []
    health = feed_health(session, day.known_on)
    for feed in feeds_known(session, day.known_on):
        words = {
            "feed": sentences.isolate(feed_title(feed.feed)),
            "release": sentences.isolate(feed.release or "–"),
            # An event known to the month only may end after the day it became known.
            "newest": day_text(min(feed.newest_event_on, day.known_on) if feed.newest_event_on else None),
            "num": number_text(feed.events),
        }
        said = gettext("%(feed)s, release %(release)s: %(num)s reports, the newest of %(newest)s.", **words)
        lines.append(" ".join([said, *silence_words(health.pop(feed.feed, None))]))
    # Sources that are asked and have brought nothing yet.
    lines += [
        " ".join([gettext("%(feed)s: no report held.", feed=sentences.isolate(feed_title(name))), *silence_words(each)])
        for name, each in health.items()
        if each.health != Health.OFF and each.feed.adapter is not None
    ]
    if not lines:
        lines.append(gettext("No feed had reported anything by this day. That is not known, not quiet."))
    lines.append(
        gettext(
            "Register: %(register)s, number %(ref)s.",
            register=register_name(site.register),
            ref=sentences.isolate(site.register_ref),
        )
    )
    return [str(line) for line in lines]
