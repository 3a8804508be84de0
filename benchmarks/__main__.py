"""`python -m benchmarks [NAME ...] [--quick]`: all benchmarks, or those named, one after the other."""

import importlib
import sys

NAMES = ("match", "ingest", "flags", "pages", "reading", "merging")


def main() -> None:
    """Run them; each prints its own lines."""
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")] or list(NAMES)
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        sys.exit(f"No benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}.")
    sys.argv = [sys.argv[0], *(word for word in sys.argv[1:] if word.startswith("-"))]
    for name in wanted:
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
