"""The table of jobs: name, cadence, and the one service function each of them calls."""

from datetime import date, timedelta
from typing import Any

from apscheduler.triggers.cron import CronTrigger
from sqlmodel import Session

from heritage.alerts import service as alerts
from heritage.flags import service as flags
from heritage.incidents import from_claims
from heritage.proximity import service as proximity
from heritage.scheduling.domain import Cadence, CatchUp
from heritage.scheduling.service import Job, JobCall
from heritage.sealing import vault
from heritage.threats import keeping

EVERY_QUARTER = Cadence(CronTrigger(minute="*/15", timezone="UTC"), CatchUp.NEWEST, timedelta(hours=6))
# A summary older than three days is no news any more: the age gate.
EVERY_MORNING = Cadence(CronTrigger(hour=5, minute=0, timezone="UTC"), CatchUp.EACH, timedelta(days=3))

# What is to be forgotten is forgotten for all days missed, by one run.
EVERY_NIGHT = Cadence(CronTrigger(hour=2, minute=30, timezone="UTC"), CatchUp.NEWEST, timedelta(days=30))


def evaluate(session: Session, call: JobCall) -> dict[str, Any]:
    """Match what is new or moved, decide every site's level, record each change."""
    rules = flags.load_rules(call.services.settings.rules_file())
    evaluation = flags.evaluate(session, rules, call.services.clock)
    return {"changed": evaluation.changed, "flags": len(evaluation.flags)}


def match(session: Session, call: JobCall) -> dict[str, Any]:
    """Match what is new or moved; asked for by name when something was changed by hand."""
    rules = flags.load_rules(call.services.settings.rules_file())
    matched = proximity.match_pending(session, rules.reach_km)
    return {"pairs": matched.pairs, "removed": matched.removed}


def take_claims(session: Session, call: JobCall) -> dict[str, Any]:
    """Bring incidents in line with the claims as reviewed now; asked for when a claim, link or source changes."""
    report = from_claims.take_claims(session, call.services.clock)
    return {name: getattr(report, name) for name in ("read", "added", "changed", "unchanged", "withdrawn")}


def daily_summary(session: Session, call: JobCall) -> dict[str, Any]:
    """Write the summary of the day before the slot and queue its delivery."""
    as_of = call.slot.date() - timedelta(days=1)
    rules = flags.load_rules(call.services.settings.rules_file())
    queued = alerts.publish_summary(session, call.services, rules, as_of=as_of, since=as_of - timedelta(days=1))
    return {"as_of": as_of.isoformat(), "queued": queued}


def deliver_summary(call: JobCall) -> dict[str, Any]:
    """Hand one summary to one recipient."""
    day, to_hash = date.fromisoformat(call.arguments["as_of"]), call.arguments["to_hash"]
    return {"outcome": alerts.deliver_summary(call.services, as_of=day, to_hash=to_hash)}


def forget_reporters(session: Session, call: JobCall) -> dict[str, Any]:
    """Forget who stands behind pseudonyms whose time is over."""
    return {"forgotten": vault.forget_expired(session, call.slot.date())}


def forget_updates(session: Session, call: JobCall) -> dict[str, Any]:
    """Erase whose an update was, exact points, what was not taken and old drafts."""
    return {**keeping.forget(session, call.services.clock.now(), call.services.settings.report_retention_days)}


JOBS = (
    Job("evaluate", "flags.evaluate", EVERY_QUARTER, work=evaluate),
    Job("daily_summary", "alerts.daily_summary", EVERY_MORNING, work=daily_summary),
    Job("forget_reporters", "sealing.forget_reporters", EVERY_NIGHT, work=forget_reporters),
    Job("forget_updates", "threats.forget_updates", EVERY_NIGHT, work=forget_updates),
    Job("match", "proximity.match", work=match),
    Job("take_claims", "incidents.take_claims", work=take_claims),
    Job("deliver_summary", "alerts.deliver_summary", outside=deliver_summary),
)
