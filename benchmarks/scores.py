"""Lighthouse's scores of overview, browsing and a dossier on the starter set, in this Chromium: `make lighthouse`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.screenshots import NAMES, running_program

FOLDER = Path(__file__).parent / "lighthouse"
PAGES = ("/?lang=en", "/sites?lang=en", "/sites/site-of-palmyra?lang=en")


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
