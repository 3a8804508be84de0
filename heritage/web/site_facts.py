"""What is known of a site on a day, in words: level with reasons, official status, condition, and what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext, ngettext
from sqlmodel import Session

from heritage.core.dates import during
from heritage.core.errors import HeritageError
from heritage.feeds.health import Health
from heritage.feeds.queries import last_reached
from heritage.feeds.registry import feed_settings
from heritage.flags.explanation import Decision, Reason
from heritage.policy.disclosure import Disclosure, PublicPoint, public_point
from heritage.sites.domain import WORLD_HERITAGE
from heritage.sites.models import Condition, Part, Site
from heritage.sites.queries import conditions_of, danger_periods
from heritage.web import sentences
from heritage.web.charts import Scale, danger_bands
from heritage.web.credits import credit
from heritage.web.day import Day
from heritage.web.i18n import day_text, number_text, span_text
from heritage.web.silence import feed_health, silence_words
from heritage.web.state import feed_title, feeds_known, services
from heritage.web.times import time_text
from heritage.web.words import word

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


def labels_of(site: Site, name: str, parts: Sequence[Part]) -> Labels:
    """How a site and its parts are called."""
    named = {
        part.ref: f"{part.name} ({part.ref})" if part.name else part.ref for part in parts if not part.stands_for_site
    }
    return Labels(name, named, site.disclosure == Disclosure.HIDDEN)


def in_force(site: Site, as_of: date) -> bool:
    """Whether a site was in its register on a day."""
    lower, upper = site.listed.lower, site.listed.upper
    return not site.listed.is_empty and (lower is None or lower <= as_of) and (upper is None or as_of < upper)


def tombstone(site: Site) -> str:
    """What is said of a site that is not in its register."""
    if site.vanished_on is None:
        return str(gettext("On this day it was not yet in its register."))
    words = {"day": day_text(site.vanished_on)}
    return str(gettext("No longer in its register since %(day)s. What is known of it stays readable here.", **words))


def level_facts(decision: Decision, labels: Labels, withheld: bool) -> dict[str, Any]:
    """Our level and why."""
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


@dataclass(frozen=True)
class Stay:
    """One stay on the List in Danger as it stood on a day: what came later is not said of it."""

    began_earliest: date
    began_latest: date
    ended_earliest: date | None
    ended_latest: date | None
    raw: str
    decision: str


def stays_then(session: Session, site_id: int, day: Day) -> list[Stay]:
    """The stays known to have begun by a day, oldest first; one whose end lies wholly after it is still open."""
    found = []
    for period in danger_periods(session, site_id, known_on=day.record_on):
        if period.began_earliest > day.register_on:
            continue
        ended = period.ended_earliest is not None and period.ended_earliest <= day.register_on
        ends = (period.ended_earliest, period.ended_latest) if ended else (None, None)
        # The register's own text tells of both ends, so it is given only where both had come.
        raw = period.raw if ended or period.ended_earliest is None else ""
        found.append(Stay(period.began_earliest, period.began_latest, *ends, raw, period.decision))
    return found


def status_facts(site: Site, stays: Sequence[Stay], day: Day) -> dict[str, Any]:
    """The official status on the day and up to it."""
    state, current = "no", None
    for stay in stays:
        answer = _in_stay(stay, day.register_on)
        if answer != "no":
            state, current = answer, stay
    return {
        "status": {"value": word("in_danger", state), "sentence": _status_sentence(site, state, current)},
        "periods": [_period(stay) for stay in stays],
        "band": _band(site, stays, day) if site.register == WORLD_HERITAGE and site.inscribed_year else None,
    }


def _in_stay(stay: Stay, on: date) -> str:
    ended = (stay.ended_earliest, stay.ended_latest) if stay.ended_earliest and stay.ended_latest else None
    answer = during(on, (stay.began_earliest, stay.began_latest), ended)
    return str(answer.value)


def _status_sentence(site: Site, state: str, stay: Stay | None) -> str:
    if site.register != WORLD_HERITAGE:
        return str(gettext("This register has no List in Danger."))
    if stay is None:
        return str(gettext("Not on the List of World Heritage in Danger on this day."))
    began = span_text(stay.began_earliest, stay.began_latest)
    if state == "uncertain":
        return str(gettext("A decision of %(when)s falls around this day; its exact day is not held.", when=began))
    return str(gettext("On the List of World Heritage in Danger since %(when)s.", when=began))


def stay_text(stay: Stay) -> str:
    """From when to when, in words."""
    told = _period(stay)
    return f"{told['began']} – {told['ended']}"


def _period(stay: Stay) -> dict[str, str]:
    ended = span_text(stay.ended_earliest, stay.ended_latest) if stay.ended_earliest else gettext("this day")
    return {
        "began": span_text(stay.began_earliest, stay.began_latest),
        "ended": ended,
        "raw": stay.raw,
        "decision": stay.decision,
    }


def _band(site: Site, stays: Sequence[Stay], day: Day) -> dict[str, Any]:
    first = date(min(site.inscribed_year or day.as_of.year, STATUS_FROM, day.as_of.year), 1, 1)
    scale = Scale(first, day.as_of, 100.0)
    spells = [(s.began_earliest, s.began_latest, s.ended_earliest, s.ended_latest) for s in stays]
    label = gettext("Not on the List in Danger up to this day.")
    if stays:
        label = gettext("On the List in Danger: %(periods)s", periods=sentences.joined([*map(stay_text, stays)]))
    return {
        "scale": scale,
        "bands": danger_bands(scale, spells),
        "listed_x": scale.at(date(site.inscribed_year or first.year, 1, 1)),
        "label": str(label),
    }


def conditions_then(session: Session, site_id: int, day: Day) -> list[Condition]:
    """What had been observed by the day, the newest first; as the record stood on a day that is asked for by name."""
    return conditions_of(session, site_id, as_of=day.as_of, known_on=day.record_on)


def condition_facts(known: Sequence[Condition], part_names: dict[int | None, str]) -> dict[str, Any]:
    """What assessors saw; the newest stands for the site, the others beside it."""
    rows = [
        {
            "state": c.state,
            "original": c.original_value,
            "observed": span_text(c.observed_from, c.observed_to) or time_text(c.observed_edtf),
            "part": part_names.get(c.part_id, "") if c.part_id else "",
            "assessor": c.assessor,
            "note": " · ".join(text for text in (word("method", c.method), c.note) if text),
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


@dataclass(frozen=True)
class Source:
    """One thing a dossier rests on: what is held of it, and under which licence."""

    text: str
    licence: str


def sources_facts(session: Session, site: Site, day: Day) -> list[Source]:
    """The feeds and the register that a dossier rests on, each with its licence."""
    found = []
    health, reached = feed_health(session, day.known_on), last_reached(session)
    for feed in feeds_known(session, day.known_on):
        words = {
            "feed": sentences.isolate(feed_title(feed.feed)),
            "release": sentences.isolate(feed.release or "–"),
            # An event known to the month only may end after the day it became known.
            "newest": day_text(min(feed.newest_event_on, day.known_on) if feed.newest_event_on else None),
            "count": number_text(feed.events),
        }
        said = ngettext(
            "%(feed)s, release %(release)s: %(count)s report, the newest of %(newest)s.",
            "%(feed)s, release %(release)s: %(count)s reports, the newest of %(newest)s.",
            feed.events,
            **words,
        )
        each = health.pop(feed.feed, None)
        owed = (
            [gettext("Credit: %(credit)s.", credit=sentences.isolate(credit(each.feed, reached[feed.feed])))]
            if (each is not None and each.feed.live.attribution and feed.feed in reached)
            else []
        )
        found.append(Source(" ".join([said, *silence_words(each), *map(str, owed)]), _licence(feed.feed)))
    # Sources that are asked and have brought nothing yet.
    for name, each in health.items():
        if each.health != Health.OFF and each.feed.adapter is not None:
            said = gettext("%(feed)s: no report held.", feed=sentences.isolate(feed_title(name)))
            found.append(Source(" ".join([said, *silence_words(each)]), _licence(name)))
    if not found:
        nothing = gettext("No feed had reported anything by this day. That is not known, not quiet.")
        found.append(Source(str(nothing), ""))
    register = gettext(
        "Register: %(register)s, number %(ref)s.",
        register=register_name(site.register),
        ref=sentences.isolate(site.register_ref),
    )
    return [*found, Source(str(register), register_licence(site.register))]


def _licence(feed: str) -> str:
    try:
        text = feed_settings(feed, services().settings.feeds_file()).licence
    except HeritageError:
        # A feed that was taken out of the settings; what it brought stays.
        return str(gettext("not recorded"))
    return word("licence", text)


def register_licence(register: str) -> str:
    """Under which terms a register's data may be passed on."""
    if register == WORLD_HERITAGE:
        return str(gettext("UNESCO World Heritage Centre; credit UNESCO, share alike (CC BY-SA 4.0)"))
    if register == "own":
        return str(gettext("entered by those who keep this tracker"))
    return str(gettext("its keeper's terms"))
