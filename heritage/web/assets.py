"""Names of the built front-end files: the page asks for `heritage.css`, the manifest knows its hashed name."""

import json
from functools import lru_cache
from pathlib import Path

from flask import url_for

from heritage.core.errors import HeritageError

DIST = Path(__file__).resolve().parents[1] / "static" / "dist"


class AssetsMissing(HeritageError):
    """The front-end files were never built."""


@lru_cache(maxsize=4)
def _manifest(modified_ns: int) -> dict[str, str]:
    manifest: dict[str, str] = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def built_name(name: str) -> str:
    """The file's name under static/dist.

    Raises: AssetsMissing saying how to build, when nothing was built or the name is not among it.
    """
    try:
        manifest = _manifest((DIST / "manifest.json").stat().st_mtime_ns)
        return manifest[name]
    except (OSError, KeyError) as error:
        raise AssetsMissing(
            f"The front-end file {name} is missing: run `npm ci && node assets/build/build.mjs`."
        ) from error


def asset(name: str) -> str:
    """The address of a built file; it changes with its content and may be kept for ever."""
    return url_for("static", filename=f"dist/{built_name(name)}")
