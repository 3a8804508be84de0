"""A scheduler or a worker as a program of its own, with jobs that fire every second: what the fault tests kill."""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from apscheduler.triggers.cron import CronTrigger
from sqlmodel import Session

from heritage.core.clock import SystemClock
from heritage.db.engine import Database, make_engine
from heritage.scheduling.domain import Cadence, CatchUp
from heritage.scheduling.scheduler import run_scheduler
from heritage.scheduling.service import Job, JobCall
from heritage.scheduling.worker import run_worker
from heritage.services import Services
from heritage.serving import serve_part
from heritage.settings import Settings

EVERY_SECOND = Cadence(CronTrigger(second="*", timezone="UTC"), CatchUp.EACH, timedelta(minutes=5))
SLOW_S = 4.0


def note(session: Session, call: JobCall) -> dict[str, Any]:
    """Write the slot down."""
    session.connection().execute(sa.text("insert into note values (:slot)"), {"slot": call.slot})
    return {}


def slow(session: Session, call: JobCall) -> dict[str, Any]:
    """Write the slot down and stay at it for a while, so that somebody can kill the worker."""
    note(session, call)
    time.sleep(SLOW_S)
    return {}


JOBS = (Job("noting", "tests.noting", EVERY_SECOND, work=note), Job("slow", "tests.slow", work=slow))


def main(part: str, url: str, var: str) -> None:
    """Run one part until a signal."""
    database = Database(make_engine(url), url, url, None)
    settings = Settings(var=Path(var), secret_key="a test's key of no worth, long enough")  # type: ignore[arg-type]
    services = Services(SystemClock(), settings, database)
    print("ready", datetime.now(UTC).isoformat(), flush=True)  # noqa: TID251 - a program of its own
    serve_part(run_scheduler if part == "scheduler" else run_worker, services, JOBS)


if __name__ == "__main__":
    main(*sys.argv[1:])
