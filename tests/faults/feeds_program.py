"""A scheduler or a worker as a program of its own, with feeds that are asked every second: what the fault run kills."""

import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from apscheduler.triggers.cron import CronTrigger
from pydantic import SecretStr

from heritage.core.clock import SystemClock
from heritage.db.engine import Database, make_engine
from heritage.jobs import JOBS, poll_feed
from heritage.scheduling.domain import Cadence, CatchUp
from heritage.scheduling.scheduler import run_scheduler
from heritage.scheduling.service import Job
from heritage.scheduling.worker import Pace, run_worker
from heritage.services import Services
from heritage.serving import serve_part
from heritage.settings import Settings

EVERY_SECOND = Cadence(CronTrigger(second="*", timezone="UTC"), CatchUp.NEWEST, timedelta(minutes=1))
# As the program's own pace, some five times as quick.
QUICK = Pace(heartbeat_s=2.0, dead_after_s=6.0, rescue_s=3.0, first_wait_s=2)
FEEDS = ("gdelt", "acled")


def jobs() -> tuple[Job, ...]:
    """The program's own jobs without their hours, and the feeds at a pace that a test can wait for."""
    polls = [Job(f"feed_{name}", f"feeds.run_{name}", EVERY_SECOND, outside=partial(poll_feed, name)) for name in FEEDS]
    return (*(replace(job, cadence=None) for job in JOBS), *polls)


def main(part: str, url: str, var: str, feeds: str, password: str) -> None:
    """Run one part until a signal."""
    database = Database(make_engine(url), url, url, None)
    settings = Settings(
        var=Path(var),
        secret_key=SecretStr("a test's key of no worth, long enough"),
        feeds=Path(feeds),
        acled_username=SecretStr("somebody@example.org"),
        acled_password=SecretStr(password),
    )
    print("ready", flush=True)
    serve_part(
        run_scheduler if part == "scheduler" else partial(run_worker, pace=QUICK),
        Services(SystemClock(), settings, database),
        jobs(),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
