"""The program's own server in a thread, for tests and pictures that need a browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from waitress import wasyncore  # type: ignore[import-untyped]  # it ships no types

from heritage.services import Services
from heritage.serving import address_of, bind

# A page that is closed leaves requests behind, and a busy machine takes long over each.
ANSWERED_WITHIN_S = 60


@contextmanager
def listening(app: Flask, host: str) -> Iterator[str]:
    """Serve an application on a free port of a host; requests at hand are answered before its end.

    Yields: the address, without a slash at its end.
    """
    services: Services = app.extensions["heritage"]
    server = bind(app, services.settings, host=host, port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield address_of(server, host).removesuffix("/")
    finally:
        server.task_dispatcher.shutdown(timeout=ANSWERED_WITHIN_S)
        # In the server's own thread, which ends when no connection is left to it.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join()
