"""The built front-end files: the manifest knows the hashed name of what is asked for, and it goes out packed."""

import json
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request, send_from_directory, url_for
from werkzeug.security import safe_join

from heritage.core.errors import HeritageError

STATIC = Path(__file__).resolve().parents[1] / "static"
DIST = STATIC / "dist"
# Said here because a machine's own table may lack the newer ones.
TYPES = {
    ".css": "text/css",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
PACKED = (("br", ".br"), ("gzip", ".gz"))


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


def init_app(app: Flask) -> None:
    """Serve the built files as they were packed when they were built, instead of packing them for every reader."""
    app.view_functions["static"] = serve
    # Packing a file on its way out would leave it open until the garbage collector comes by.
    app.config["COMPRESS_STREAMS"] = False


def serve(filename: str) -> Response:
    """A static file, in the smallest form the reader takes."""
    kind = TYPES.get(Path(filename).suffix)
    for coding, ending in PACKED:
        packed = safe_join(str(STATIC), f"{filename}{ending}")
        if packed and request.accept_encodings[coding] and Path(packed).is_file():
            response = send_from_directory(STATIC, f"{filename}{ending}", mimetype=kind)
            response.headers["Content-Encoding"] = coding
            break
    else:
        response = send_from_directory(STATIC, filename, mimetype=kind)
    response.vary.add("Accept-Encoding")
    return response
