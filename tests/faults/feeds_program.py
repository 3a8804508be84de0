"""A scheduler or a worker as a process of its own, with feeds that are asked every second: what the fault run kills."""

import os
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


def main(part: str, url: str, folder: str, password: str) -> None:
    """Run one part until a signal.

    Args:    folder: holds ``feeds.toml``, and gets ``var`` and what is logged.
    """
    log = os.open(Path(folder) / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    database = Database(make_engine(url), url, url, None)
    settings = Settings(
        var=Path(folder) / "var",
        secret_key=SecretStr("a test's key of no worth, long enough"),
        feeds=Path(folder) / "feeds.toml",
        acled_username=SecretStr("somebody@example.org"),
        acled_password=SecretStr(password),
    )
    serve_part(
        run_scheduler if part == "scheduler" else partial(run_worker, pace=QUICK),
        Services(SystemClock(), settings, database),
        jobs(),
    )
