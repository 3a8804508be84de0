"""Runs the program as a user does: the command line in a process of its own, with a folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from heritage.db.embedded import EmbeddedServer

from ..conftest import _clone

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def new_user(
    tmp_path_factory: pytest.TempPathFactory, server: EmbeddedServer, template: str
) -> Iterator[Callable[..., Run]]:
    """Make a user with an empty folder; the user calls `heritage ...` with words and an expected exit code.

    A call returns the JSON document when --json is among the words, else the finished process. Unless the user wants
    the embedded database, which each call starts and ends, there is one on the tests' server.
    """
    databases = ExitStack()

    def make(*, embedded: bool = False) -> Run:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HERITAGE_")}
        environment["HERITAGE_VAR"] = str(tmp_path_factory.mktemp("user") / "var")
        if not embedded:
            environment["HERITAGE_DATABASE_URL"] = databases.enter_context(_clone(server, template)).app_url
            environment["HERITAGE_SECRET_KEY"] = "a test's key of no worth, long enough"

        def call(*words: str | Path, code: int = 0) -> Any:
            command = [sys.executable, "-m", "heritage", *map(str, words)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == code, f"{words} left with {done.returncode}: {done.stderr[-3000:]}"
            return json.loads(done.stdout) if "--json" in words and code == 0 else done

        return call

    with databases:
        yield make


@pytest.fixture(scope="module")
def heritage(new_user: Callable[..., Run]) -> Run:
    """The command line of one user with an embedded database, shared by the tests of a module."""
    return new_user(embedded=True)
