"""Runs the program as a user does: the command line in a process of its own, with a folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def new_user(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Run]:
    """Make a user with an empty folder; the user calls `heritage ...` with words and an expected exit code.

    A call returns the JSON document when --json is among the words, else the finished process.
    """

    def make() -> Run:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HERITAGE_")}
        environment["HERITAGE_VAR"] = str(tmp_path_factory.mktemp("user") / "var")

        def call(*words: str | Path, code: int = 0) -> Any:
            command = [sys.executable, "-m", "heritage", *map(str, words)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == code, f"{words} left with {done.returncode}: {done.stderr[-3000:]}"
            return json.loads(done.stdout) if "--json" in words and code == 0 else done

        return call

    return make


@pytest.fixture(scope="module")
def heritage(new_user: Callable[[], Run]) -> Run:
    """The command line of one user, shared by the tests of a module."""
    return new_user()
