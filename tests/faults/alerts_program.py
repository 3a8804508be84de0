"""A worker as a program of its own, delivering alerts by SMTP: what the fault tests kill."""

import sys
from pathlib import Path

from pydantic import SecretStr

from heritage.channels.registry import open_channels
from heritage.core.clock import SystemClock
from heritage.db.engine import Database, make_engine
from heritage.jobs import JOBS
from heritage.scheduling.worker import run_worker
from heritage.services import Services
from heritage.serving import serve_part
from heritage.settings import Settings


def services(url: str, var: str, port: str, rules: str) -> Services:
    """The world of the fault tests; the test builds the same one."""
    settings = Settings(
        var=Path(var),
        secret_key=SecretStr("a test's key of no worth, long enough"),
        smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"),
        alert_rules=Path(rules),
    )
    database, clock = Database(make_engine(url), url, url, None), SystemClock()
    return Services(clock, settings, database, open_channels(settings, clock, database))


if __name__ == "__main__":
    serve_part(run_worker, services(*sys.argv[1:]), JOBS)
