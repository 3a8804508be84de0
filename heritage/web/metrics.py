"""Numbers for Prometheus, in its text format; read from the database, so that every process says the same."""

from collections.abc import Iterable

from sqlmodel import Session

from heritage.alerts.vitals import take_vitals
from heritage.feeds.alarms import list_alarms
from heritage.feeds.queries import list_health, totals
from heritage.feeds.registry import list_live
from heritage.incidents.queries import latest_event_days
from heritage.scheduling import queries as jobs
from heritage.services import Services

Sample = tuple[dict[str, str], float]


def exposition(session: Session, services: Services) -> str:
    """The whole document."""
    now = services.clock.now()
    health = list_health(session, list_live(services.settings.feeds_file()), latest_event_days(session), now)
    on = [each for each in health if each.health != "off"]
    good = [each for each in on if each.state.last_good_at is not None]
    lags = [
        ({"feed": each.feed.name}, float(each.verdict.lag_days)) for each in on if each.verdict.lag_days is not None
    ]
    runs = jobs.count_by_status(session)
    waiting_s = jobs.oldest_waiting_s(session, now)
    vitals = take_vitals(session, services.settings.var, now)
    alarms = list_alarms(session, only_open=True, limit=1000)
    families: list[tuple[str, str, str, Iterable[Sample]]] = [
        ("heritage_feed_up", "gauge", "1 when the last run of a feed was good.",
         [({"feed": e.feed.name}, float(e.state.failures == 0 and e.state.last_good_at is not None)) for e in on]),
        ("heritage_feed_last_good_timestamp_seconds", "gauge", "When a feed was last reached.",
         [({"feed": e.feed.name}, e.state.last_good_at.timestamp()) for e in good if e.state.last_good_at]),
        ("heritage_feed_event_lag_days", "gauge", "Age of the newest event held of a feed.", lags),
        ("heritage_feed_withheld", "gauge", "1 when a source withholds recent days.",
         [({"feed": e.feed.name}, float(bool(e.state.embargo or e.state.known_until))) for e in on]),
        ("heritage_feed_gap_slots", "gauge", "Stretches of a feed that could not be had.",
         [({"feed": e.feed.name}, float(len(e.state.gap))) for e in on]),
        ("heritage_feed_runs_total", "counter", "Runs of feeds in the ledger, by outcome.",
         [({"feed": feed, "outcome": outcome}, float(n)) for feed, outcome, n in totals(session)]),
        ("heritage_job_runs", "gauge", "Runs in the ledger of jobs, by state.",
         [({"state": state}, float(number)) for state, number in runs.items()]),
        ("heritage_queue_oldest_waiting_seconds", "gauge", "How long the oldest waiting run has waited.",
         [({}, waiting_s)]),
        ("heritage_workers", "gauge", "Workers that gave a sign of life lately.",
         [({}, float(jobs.workers_present(session)))]),
        ("heritage_scheduler_leader", "gauge", "1 when some scheduler ticks.",
         [({}, float(jobs.scheduler_present(session)))]),
        ("heritage_clock_difference_seconds", "gauge", "How far this machine's clock is from the database's.",
         [({}, round(vitals.clock_differs.total_seconds(), 1))]),
        ("heritage_disk_free_bytes", "gauge", "Room on the disk with the program's files.",
         [({}, float(vitals.free_bytes))] if vitals.free_bytes is not None else []),
        ("heritage_alarms_open", "gauge", "Open operations alarms, by kind.",
         [({"kind": alarm.kind, "feed": alarm.feed or ""}, 1.0) for alarm in alarms]),
    ]  # fmt: skip
    return "".join(_family(*family) for family in families)


def _family(name: str, kind: str, words: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
    lines += [f"{name}{_labels(labels)} {value:.15g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    escape = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
    return "{" + ",".join(f'{name}="{value.translate(escape)}"' for name, value in labels.items()) + "}"
