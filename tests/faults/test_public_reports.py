"""Ten thousand public reports against a real server: trusted ones still land, nobody is alerted, staff is told once."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlmodel import select

from heritage.accounts import service as accounts
from heritage.accounts.service import Bounds, By
from heritage.app import create_app
from heritage.core.clock import SystemClock
from heritage.db.engine import Database
from heritage.services import Services
from heritage.settings import Settings
from heritage.sites import service as sites
from heritage.threats.domain import ReportChannel, UpdateState
from heritage.threats.models import StaffNotice, ThreatUpdate

pytestmark = pytest.mark.faults

REPORTS, SENDERS, TRUSTED = 10_000, 8, 6
SECRET, PASSWORD, ADDRESS = "x" * 40, "a long and plain sentence", "reporter@museum.example"
SLOWEST_S = 5.0


class Visitor:
    """A plain HTTP client with a cookie, as one of many networks behind a proxy."""

    def __init__(self, port: int, network: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"X-Forwarded-For": network, "Accept-Language": "en"}

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, network: str = "") -> tuple[int, str]:
        headers = dict(self._headers)
        if network:
            headers["X-Forwarded-For"] = network
        body = urlencode(form).encode() if form is not None else None
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": "http://127.0.0.1/"}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if cookie := answer.getheader("Set-Cookie"):
            self._headers["Cookie"] = cookie.split(";")[0]
        return answer.status, text

    def open_form(self, path: str) -> dict[str, str]:
        _, page = self.ask("GET", path)
        fields = re.findall(r'<input(?=[^>]*name="(csrf_token|client_id|form_token)")[^>]*value="([^"]*)"', page)
        return {name: unescape(value) for name, value in fields}


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Services:
    services = Services(SystemClock(), Settings(var=tmp_path / "var", secret_key=SECRET), database)
    with database.session() as session:
        sites.create_site(
            session,
            sites.Act(services.clock.now()),
            name="Site of Palmyra",
            states_parties=["SY"],
            lon=38.27,
            lat=34.55,
        )
    app = create_app(services)
    from flask_security.utils import hash_password

    with app.app_context(), database.session() as session:
        by = By("a test", services.clock.now())
        secret = accounts.invite(session, by, ADDRESS, Bounds.of(["field_reporter"]))
        accounts.accept(session, secret, name="a", password_hash=hash_password(PASSWORD), now=services.clock.now())
    return services


@pytest.fixture
def port(services: Services, tmp_path: Path) -> Iterator[int]:
    """A real server process that takes public reports."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    environment = {
        "HERITAGE_DATABASE_URL": services.database.app_url,
        "HERITAGE_SECRET_KEY": SECRET,
        "HERITAGE_VAR": str(tmp_path / "served"),
        "HERITAGE_PUBLIC_REPORTS": "true",
        "HERITAGE_PROXY_HOPS": "1",
        "PATH": os.defpath,
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    command = [sys.executable, "-m", "heritage", "web", "--port", str(number)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(number)
            yield number
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    for _ in range(600):
        try:
            with Visitor(port, "192.0.2.1") as visitor:
                if visitor.ask("GET", "/healthz")[0] == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def report(text: str, **hidden: str) -> dict[str, str]:
    told = {"do": "send", "site": "site-of-palmyra", "factor": "war", "what": text, "how_known": "saw"}
    return told | hidden


def flood(port: int, sender: int) -> Counter[int]:
    """One of those who send as fast as they can, each report from another network."""
    answers: Counter[int] = Counter()
    with Visitor(port, f"10.{sender}.0.1") as visitor:
        forms = [visitor.open_form("/threats/new") for _ in range(60)]
        time.sleep(3)  # as long as a form must have been open
        for number in range(REPORTS // SENDERS):
            form = forms[number % len(forms)]
            network = f"10.{sender}.{number % 250}.{number // 250 + 1}"
            sent = report(f"DESTROYED number {number} {sender}", **form)
            answers[visitor.ask("POST", "/threats/new", sent, network)[0]] += 1
    return answers


def trusted(port: int) -> list[float]:
    """How long a reporter with an account waits, report by report, while the flood goes on."""
    waits = []
    with Visitor(port, "192.0.2.44") as visitor:
        form = visitor.open_form("/login")
        visitor.ask("POST", "/login", {"email": ADDRESS, "password": PASSWORD, **form})
        time.sleep(4)
        for number in range(TRUSTED):
            form = visitor.open_form("/threats/new")
            began = time.monotonic()
            status, page = visitor.ask("POST", "/threats/new", report(f"A wall fell at gate {number}.", **form))
            assert status == 201, page
            waits.append(time.monotonic() - began)
            time.sleep(1)
    return waits


def test_a_flood_keeps_nobody_trusted_waiting_alerts_nobody_and_is_told_once(port: int, services: Services):
    with ThreadPoolExecutor(SENDERS + 1) as pool:
        senders = [pool.submit(flood, port, number) for number in range(1, SENDERS + 1)]
        waits = pool.submit(trusted, port).result()
        answers = sum((sender.result() for sender in senders), Counter())
    print(f"trusted waits: {[round(wait, 2) for wait in waits]} s; answers: {dict(answers)}")
    assert sum(answers.values()) == REPORTS
    assert max(waits) < SLOWEST_S
    with services.database.session() as session:
        updates = list(session.exec(select(ThreatUpdate)))
        notices = list(session.exec(select(StaffNotice)))
        tasks = set(session.connection().exec_driver_sql("select task_name from procrastinate_jobs").scalars())
    public = [update for update in updates if update.channel == ReportChannel.PUBLIC]
    assert len(updates) - len(public) == TRUSTED
    assert 0 < len(public) <= services.settings.public_reports_per_hour
    assert {update.state for update in public} == {UpdateState.QUARANTINED}
    assert len(notices) == 1
    assert not {task for task in tasks if task.startswith(("alerts", "channels"))}
