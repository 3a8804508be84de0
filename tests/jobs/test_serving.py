"""Serving in one process: the address, a taken port, forwarded requests, and an end that leaves nothing behind."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from heritage import serving
from heritage.core.errors import Unavailable
from heritage.db.engine import Database
from heritage.services import Services


class StandIn:
    """A server that is interrupted at once."""

    effective_host, effective_port = "127.0.0.1", 80

    def __init__(self, meanwhile: Any = lambda: None) -> None:
        self.run, self.closed = meanwhile, False

    def close(self) -> None:
        """As waitress has it."""
        self.closed = True


@contextmanager
def web_program(database: Database) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`heritage web` as a program of its own."""
    environment = {
        "HERITAGE_DATABASE_URL": database.app_url,
        "HERITAGE_SECRET_KEY": "x" * 40,
        "HERITAGE_LOCAL_EDITING": "true",
        "PATH": os.defpath,
    }
    command = [sys.executable, "-m", "heritage", "web", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Heritage is running at http://127.0.0.1:")
            yield process, int(line.rstrip("/\n").rpartition(":")[2])
        finally:
            process.kill()


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_web_serves_until_a_signal_and_takes_no_forwarded_request_for_a_local_one(database: Database) -> None:
    with web_program(database) as (process, port):
        assert get(port, "/healthz") == (200, "ok\n")
        assert get(port, "/sites/new")[0] == 200
        assert get(port, "/sites/new", **{"X-Forwarded-For": "203.0.113.9"})[0] == 302
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_body_that_is_too_large_is_refused_before_it_is_sent_on_a_page_in_the_readers_language(
    database: Database,
) -> None:
    with web_program(database) as (_, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.putrequest("POST", "/login?lang=fr")
        connection.putheader("Content-Length", str(10**9))
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.endheaders()
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        assert answer.status == 413
        assert '<html lang="fr"' in page
        assert "<h1>Le fichier est trop volumineux</h1>" in page
        assert get(port, "/healthz") == (200, "ok\n")


def test_a_taken_port_is_said_in_plain_words(services: Services) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Unavailable, match="is taken by another program: choose another one with --port"):
            serving.serve_web(services, host="127.0.0.1", port=taken.getsockname()[1])


def test_an_address_that_is_not_of_this_machine_is_said_too(services: Services) -> None:
    with pytest.raises(Unavailable, match="Cannot listen on 192.0.2.1"):
        serving.serve_web(services, host="192.0.2.1", port=0)


@pytest.mark.parametrize(("replay", "started"), [(None, {"scheduler", "worker"}), (date(2015, 5, 21), set())])
def test_jobs_run_beside_the_web_but_not_in_a_replay(
    services: Services, replay: date | None, started: set[str]
) -> None:
    seen: set[str] = set()

    def part(name: str) -> Any:
        def run(services: Services, jobs: Any, stop: threading.Event) -> None:
            seen.add(name)
            stop.wait()

        return run

    server = StandIn(lambda: eventually(lambda: seen == started))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving, "run_scheduler", part("scheduler"))
        patch.setattr(serving, "run_worker", part("worker"))
        patch.setattr(serving, "bind", lambda *arguments, **options: server)
        serving.serve_web(services, host="127.0.0.1", port=0, jobs=[object()], replay=replay)  # type: ignore[list-item]
    assert seen == started
    assert server.closed


def eventually(holds: Any) -> None:
    """Let the other threads come to it."""
    for _ in range(1000):
        if holds():
            return
        threading.Event().wait(0.01)


def test_a_part_that_fails_is_started_again(services: Services) -> None:
    stop, tries = threading.Event(), []

    def part(services: Services, jobs: Any, stop: threading.Event) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise ZeroDivisionError
        stop.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving, "RESTART_S", 0.0)
        serving._keep_up("part", part, services, [], stop)
    assert len(tries) == 3


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/"),
        ("0.0.0.0", "http://127.0.0.1:80/"),
        ("::1", "http://[::1]:80/"),
        ("::", "http://localhost:80/"),
    ],
)
def test_the_address_told_is_one_a_browser_can_open(host: str, address: str) -> None:
    class Server:
        effective_listen = [(host, 80)]

    assert serving.address_of(Server(), host) == address
