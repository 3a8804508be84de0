"""Lighthouse's scores of overview, browsing and a dossier on the starter set, in this Chromium: `make lighthouse`."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.screenshots import NAMES

FOLDER = Path(__file__).parent / "lighthouse"
PAGES = ("/?lang=en", "/sites?lang=en", "/sites/site-of-palmyra?lang=en")

DAY = "2015-05-21"
PATIENCE_S = 60


@contextmanager
def running_program() -> Iterator[str]:
    """A program of its own, on a folder that goes away with it, replaying the starter set's day."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        program = ["env", f"HERITAGE_VAR={folder}", sys.executable, "-m", "heritage"]
        subprocess.run([*program, "starter", "load"], check=True, stdout=subprocess.DEVNULL)
        running = subprocess.Popen([*program, "run", "--port", str(port), "--replay", DAY], stdout=subprocess.DEVNULL)
        try:
            _wait_for(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(timeout=30)


def _wait_for(address: str) -> None:
    for _ in range(PATIENCE_S * 4):
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
            return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("The program did not start.")


def main() -> None:
    """Print a line a page and device; exit 1 when a score is below 95."""
    chromium = next((found for name in NAMES if (found := shutil.which(name))), None)
    if chromium is None:
        raise SystemExit("A Chromium is needed: apt-get install chromium")
    with running_program() as address:
        run = ["node", str(FOLDER / "run.mjs"), address, *PAGES]
        sys.exit(subprocess.run(run, env={**os.environ, "CHROME_PATH": chromium}).returncode)


if __name__ == "__main__":
    main()
