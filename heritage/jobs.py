"""The table of jobs: name, cadence, and the one service function each of them calls."""

from datetime import date, timedelta
from functools import partial
from typing import Any

from apscheduler.triggers.cron import CronTrigger
from sqlmodel import Session

from heritage.alerts import approving, bouncing, considering, digests, letters, owners, posting, subscribing, upkeep
from heritage.alerts import service as alerts
from heritage.alerts.rules import load_alert_rules
from heritage.artefacts import inquiries
from heritage.attachments import service as attachments
from heritage.attachments.pieces import forget_pieces as let_pieces_go
from heritage.db.queue import enqueue
from heritage.feeds import service as feeds
from heritage.feeds import watching
from heritage.feeds.registry import Configured, get_live, list_live
from heritage.flags import service as flags
from heritage.incidents import from_claims
from heritage.incidents.queries import latest_event_days
from heritage.incidents.service import import_events
from heritage.proximity import service as proximity
from heritage.scheduling.domain import Cadence, CatchUp
from heritage.scheduling.service import Job, JobCall, prune_runs
from heritage.scheduling.triggers import Rhythm
from heritage.sealing import vault
from heritage.sealing.access import TELL_TASK as TELL_OF_READING
from heritage.settings import Settings
from heritage.threats import keeping

CONSIDER_TASK = "alerts.consider"
EVERY_FIVE_MINUTES = Cadence(CronTrigger(minute="*/5", timezone="UTC"), CatchUp.NEWEST, timedelta(hours=1))
EVERY_HALF_HOUR = Cadence(CronTrigger(minute="1,31", timezone="UTC"), CatchUp.NEWEST, timedelta(hours=1))
EVERY_QUARTER = Cadence(CronTrigger(minute="*/15", timezone="UTC"), CatchUp.NEWEST, timedelta(hours=6))
EVERY_HOUR = Cadence(CronTrigger(minute=7, timezone="UTC"), CatchUp.NEWEST, timedelta(hours=6))
# Missed polls are one poll: the cursor knows what is still to be had.
POLLS_MISSED = 3
# A summary older than three days is no news any more: the age gate.
EVERY_MORNING = Cadence(CronTrigger(hour=5, minute=0, timezone="UTC"), CatchUp.EACH, timedelta(days=3))
EVERY_HOUR = Cadence(CronTrigger(minute=10, timezone="UTC"), CatchUp.NEWEST, timedelta(hours=6))

# What is to be forgotten is forgotten for all days missed, by one run.
EVERY_NIGHT = Cadence(CronTrigger(hour=2, minute=30, timezone="UTC"), CatchUp.NEWEST, timedelta(days=30))


def evaluate(session: Session, call: JobCall) -> dict[str, Any]:
    """Match what is new or moved, decide every site's level, record each change."""
    rules = flags.load_rules(call.services.settings.rules_file())
    evaluation = flags.evaluate(session, rules, call.services.clock)
    # Also without a change of level: new reports and withdrawn ones are told in threads that are open.
    enqueue(session, CONSIDER_TASK, queueing_lock=CONSIDER_TASK, priority=90)
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


def consider_alerts(session: Session, call: JobCall) -> dict[str, Any]:
    """Say what is due of every site: threads, steps and the messages they lead to."""
    settings = call.services.settings
    rules = load_alert_rules(settings.alert_rules_file())
    done = considering.consider(session, call.services, flags.load_rules(settings.rules_file()), rules)
    return {"steps": done.steps, "released": done.released, "held": done.held}


def deliver_alerts(call: JobCall) -> dict[str, Any]:
    """Hand over what is due, the most urgent first."""
    rules = load_alert_rules(call.services.settings.alert_rules_file())
    return dict(posting.deliver_due(call.services, rules))


def tend_alerts(session: Session, call: JobCall) -> dict[str, Any]:
    """Set workers to what is due, remind officers, throw away addresses that are no longer needed."""
    rules, now = load_alert_rules(call.services.settings.alert_rules_file()), call.services.clock.now()
    due = posting.is_due(session, call.services)
    if due is not None:
        enqueue(session, posting.DELIVER_TASK, priority=posting.queue_priority(due))
    return {
        "due": due is not None,
        "reminded": approving.remind(session, call.services, rules),
        "purged": subscribing.purge(session, call.services, rules),
        "bounces_forgotten": subscribing.forget_bounces(session, rules, now),
        "returns_settled": bouncing.settle_kept(session, call.services, rules),
    }


def send_summaries(session: Session, call: JobCall) -> dict[str, Any]:
    """Queue the summaries of subscribers that are due on their own clocks."""
    return {"queued": digests.publish_digests(session, call.services)}


def tell_officers(call: JobCall) -> dict[str, Any]:
    """Tell officers of one step, or of a note whose review is due."""
    return dict(letters.tell_officers(call.services, **call.arguments))


def write_letter(call: JobCall) -> dict[str, Any]:
    """Send one letter about somebody's subscriptions."""
    rules = load_alert_rules(call.services.settings.alert_rules_file())
    asked = call.arguments
    outcome = letters.write_letter(call.services, rules, subscriber_id=asked["subscriber_id"], letter=asked["letter"])
    return {"outcome": outcome}


def tell_of_reading(call: JobCall) -> dict[str, Any]:
    """Tell the owners of something sealed that it was read, or that the glass was broken."""
    return dict(owners.tell_of_reading(call.services, **call.arguments))


def match_inquiry(session: Session, call: JobCall) -> dict[str, Any]:
    """Look whose object somebody describes; how many were found stands in no ledger that an outsider reads."""
    inquiries.match(session, call.arguments["inquiry_id"], call.services.settings)
    return {}


def tell_of_inquiry(call: JobCall) -> dict[str, Any]:
    """Tell keepers that they are asked, or who asked that a keeper answered."""
    return dict(owners.tell_of_inquiry(call.services, **call.arguments))


def watch_operations(call: JobCall) -> dict[str, Any]:
    """Write to the administrators when messages fail, jobs wait or the record does not hold together."""
    return dict(upkeep.tell_administrators(call.services))


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


def watch_feeds(session: Session, call: JobCall) -> dict[str, Any]:
    """Raise an alarm for every feed that has not been reached for too long, and end those that are over."""
    now = call.services.clock.now()
    known = list_live(call.services.settings.feeds_file())
    return watching.watch_feeds(session, known, latest_event_days(session), now)


def prune(session: Session, call: JobCall) -> dict[str, Any]:
    """Clear the ledgers of runs that are older than the settings want, and what should no longer stand in clear."""
    attachments.seal_looks(session, call.services.settings)
    before = call.services.clock.now() - timedelta(days=call.services.settings.keep_runs_days)
    return {"jobs": prune_runs(session, before), "feeds": watching.prune_runs(session, before)}


def poll_feed(name: str, call: JobCall) -> dict[str, Any]:
    """Ask one source and take what it has."""
    feed = get_live(name, call.services.settings.feeds_file())
    run = feeds.run_feed(call.services, feed, import_events, by_hand=bool(call.arguments.get("by_hand")))
    if run is None:
        return {"outcome": "not_now"}
    return {"outcome": run.outcome.value, "run": run.id, "taken": run.taken, "changed": run.changed}


def feed_job(feed: Configured, settings: Settings) -> Job:
    """The job that asks one live feed, at that feed's own cadence."""
    every = feed.live.cadence
    rhythm = Rhythm(every, f"{settings.public_url} {feed.name}", feed.live.jitter_s)
    cadence = Cadence(rhythm, CatchUp.NEWEST, POLLS_MISSED * every)
    return Job(f"feed_{feed.name}", f"feeds.run_{feed.name}", cadence, outside=partial(poll_feed, feed.name))


def all_jobs(settings: Settings) -> tuple[Job, ...]:
    """The table of jobs with a line for each live feed that is switched on; a drill asks no source of today."""
    if settings.exercise_clock is not None:
        return JOBS
    live = [feed for feed in list_live(settings.feeds_file()) if feed.live.enabled and feed.live.base_url]
    return (*JOBS, *(feed_job(feed, settings) for feed in live))


def forget_reporters(session: Session, call: JobCall) -> dict[str, Any]:
    """Forget who stands behind pseudonyms whose time is over."""
    return {"forgotten": vault.forget_expired(session, call.slot.date())}


def forget_updates(session: Session, call: JobCall) -> dict[str, Any]:
    """Erase whose an update was, exact points, what was not taken and old drafts."""
    return {**keeping.forget(session, call.services.clock.now(), call.services.settings.report_retention_days)}


def forget_pieces(session: Session, call: JobCall) -> dict[str, Any]:
    """Throw away files that stayed on their way."""
    return {"pieces": let_pieces_go(session, call.services.clock.now())}


def remove_attachment(session: Session, call: JobCall) -> dict[str, Any]:
    """Take away the files of one content that is forgotten."""
    settings, sha256 = call.services.settings, call.arguments["sha256"]
    return {"removed": attachments.remove_files(session, settings, sha256)}


def clean_attachment(call: JobCall) -> dict[str, Any]:
    """Make the cleaned copies of one picture."""
    return {"state": attachments.clean(call.services, call.arguments["sha256"])}


JOBS = (
    Job("evaluate", "flags.evaluate", EVERY_QUARTER, work=evaluate),
    Job("daily_summary", "alerts.daily_summary", EVERY_MORNING, work=daily_summary),
    Job(upkeep.JOB, "alerts.watch_operations", EVERY_HOUR, outside=watch_operations),
    Job("forget_reporters", "sealing.forget_reporters", EVERY_NIGHT, work=forget_reporters),
    Job("forget_updates", "threats.forget_updates", EVERY_NIGHT, work=forget_updates),
    Job("forget_pieces", "attachments.forget_pieces", EVERY_NIGHT, work=forget_pieces),
    Job("remove_attachment", attachments.REMOVE_TASK, work=remove_attachment, told=True),
    Job("clean_attachment", attachments.CLEAN_TASK, outside=clean_attachment),
    Job("match", "proximity.match", work=match),
    Job("take_claims", "incidents.take_claims", work=take_claims),
    Job("watch_feeds", "feeds.watch", EVERY_HOUR, work=watch_feeds),
    Job("prune", "scheduling.prune", EVERY_NIGHT, work=prune),
    Job("consider_alerts", CONSIDER_TASK, work=consider_alerts),
    Job("tend_alerts", "alerts.tend", EVERY_FIVE_MINUTES, work=tend_alerts),
    Job("send_summaries", "alerts.send_summaries", EVERY_HALF_HOUR, work=send_summaries),
    Job("deliver_alerts", posting.DELIVER_TASK, outside=deliver_alerts),
    Job("tell_officers", considering.TELL_TASK, outside=tell_officers),
    Job("tell_of_reading", TELL_OF_READING, outside=tell_of_reading),
    Job("match_inquiry", inquiries.MATCH_TASK, work=match_inquiry, told=True),
    Job("tell_of_inquiry", inquiries.TELL_TASK, outside=tell_of_inquiry),
    Job("write_letter", subscribing.LETTER_TASK, outside=write_letter),
    Job("deliver_summary", "alerts.deliver_summary", outside=deliver_summary),
)
