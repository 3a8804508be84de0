"""Serving: web, scheduler and worker in one process or apart, until a signal ends them."""

import errno
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from types import FrameType

from flask import Flask
from waitress import create_server  # type: ignore[import-untyped]  # it ships no types
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.server import BaseWSGIServer, MultiSocketServer  # type: ignore[import-untyped]
from waitress.task import ErrorTask, WSGITask  # type: ignore[import-untyped]
from waitress.utilities import RequestEntityTooLarge  # type: ignore[import-untyped]

from heritage.core.errors import Unavailable
from heritage.scheduling.scheduler import run_scheduler
from heritage.scheduling.service import Job
from heritage.scheduling.worker import run_worker
from heritage.services import Services
from heritage.settings import Settings

log = logging.getLogger(__name__)

RESTART_S = 5.0
# Long enough for a running job to finish; what is cut off then is taken up by the next worker.
FAREWELL_S = 30.0


def serve_web(
    services: Services,
    *,
    host: str,
    port: int,
    replay: date | None = None,
    jobs: Sequence[Job] = (),
    announce: Callable[[str], None] = lambda address: None,
) -> None:
    """Answer requests until a signal; with jobs, schedule and carry them out beside it.

    Args:    port: 0 lets the system choose.  replay: the pages' default day; no job runs then, so nothing is written
             and nothing sent.  jobs: the table of jobs, empty for the web alone.  announce: called with the address
             once requests are taken.
    Raises:  Unavailable when host and port cannot be had.
    """
    # Here, because scheduler and worker need none of the web.
    from heritage.app import create_app

    app = create_app(services, replay=replay)
    server = bind(app, services.settings, host=host, port=port)
    stop = threading.Event()
    parts = [] if replay else _start_parts(services, jobs, stop)
    parts.append(_start_warming(app, stop))
    try:
        announce(address_of(server, host))
        with _signals_interrupt():
            # Returns when interrupted, after the requests at hand are answered.
            server.run()
    finally:
        stop.set()
        server.close()
        for part in parts:
            part.join(FAREWELL_S)


def bind(app: Flask, settings: Settings, *, host: str, port: int) -> BaseWSGIServer | MultiSocketServer:
    """A server that holds its port and waits to be run.

    Args:    settings: threads and the largest body.  port: 0 lets the system choose.
    Raises:  Unavailable when host and port cannot be had.
    """
    server = create_server(
        app,
        sockets=[_listen(host, port)],
        threads=settings.web_threads,
        # Who asked is the application's to judge, by proxy_hops; stripped headers would make a proxy look local.
        clear_untrusted_proxy_headers=False,
        max_request_body_size=settings.upload_limit_mb * 1024 * 1024 + 65536,
        ident="heritage",
    )
    server.channel_class = _Channel
    return server


class _RefusedTask(WSGITask):  # type: ignore[misc]  # waitress ships no types
    """Lets the application say that a body is too large, on a page; it sees the size that was told, and none of it."""

    def execute(self) -> None:
        self.set_close_on_finish()
        if isinstance(self.request.error, RequestEntityTooLarge) and "CONTENT_LENGTH" in self.request.headers:
            super().execute()
        else:
            ErrorTask.execute(self)


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    error_task_class = _RefusedTask


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"Port {port} on {host} is taken by another program: choose another one with --port."
        else:
            reason = f"Cannot listen on {host}, port {port}: {error.strerror or error}."
        raise Unavailable(reason) from None


def address_of(server: BaseWSGIServer | MultiSocketServer, host: str) -> str:
    """The address a browser on this machine reaches the server at."""
    listening = getattr(server, "effective_listen", None) or [(server.effective_host, server.effective_port)]
    port = listening[0][1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "localhost", "": "127.0.0.1", "*": "127.0.0.1"}.get(host, host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def _start_parts(services: Services, jobs: Sequence[Job], stop: threading.Event) -> list[threading.Thread]:
    if not jobs:
        return []
    parts = {"scheduler": run_scheduler, "worker": run_worker}
    threads = [
        threading.Thread(target=_keep_up, args=(name, part, services, jobs, stop), name=name, daemon=True)
        for name, part in parts.items()
    ]
    for thread in threads:
        thread.start()
    return threads


def _start_warming(app: Flask, stop: threading.Event) -> threading.Thread:
    from heritage.web.warming import keep_warm

    thread = threading.Thread(target=keep_warm, args=(app, stop), name="warming", daemon=True)
    thread.start()
    return thread


def _keep_up(
    name: str,
    part: Callable[[Services, Sequence[Job], threading.Event], None],
    services: Services,
    jobs: Sequence[Job],
    stop: threading.Event,
) -> None:
    """Run one part; start it again when it fails, because a web server whose jobs stand still would mislead."""
    while not stop.is_set():
        try:
            part(services, jobs, stop)
        except Exception:
            log.exception("the %s failed and is started again", name)
            stop.wait(RESTART_S)


def serve_part(
    part: Callable[[Services, Sequence[Job], threading.Event], None], services: Services, jobs: Sequence[Job]
) -> None:
    """Run the scheduler or the worker in this process until a signal.

    Args:    part: ``run_scheduler`` or ``run_worker``.  jobs: the table of jobs.
    """
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    with _handling(end):
        part(services, jobs, stop)


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handling(end):
        yield


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle SIGINT and SIGTERM; nothing is changed outside the main thread, where Python forbids it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
