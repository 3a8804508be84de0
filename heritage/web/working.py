"""How far long work on a page has come: the page makes up a token, the work notes itself under it, the page asks."""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Any, Self, TypeVar

from flask import Blueprint, Response, has_request_context, jsonify, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from heritage.settings import private_folder
from heritage.web.i18n import number_text
from heritage.web.state import services

T = TypeVar("T")

blueprint = Blueprint("working", __name__)

# Files and not the memory of a process: the page may ask another one. Uploads wait in the same folder's neighbour.
FOLDER = "working"
MOST_KEPT = 200
EVERY_S = 0.25
_TOKEN = re.compile(r"[0-9a-f]{32}")


class Stage(StrEnum):
    """What is being done."""

    WRITING_ROWS = "writing_rows"
    GATHERING = "gathering"
    SETTING = "setting"
    READING = "reading"
    COMPARING = "comparing"
    TAKING = "taking"
    MATCHING = "matching"


class Ended(StrEnum):
    """How work ended, once it has."""

    NO = ""
    DONE = "done"
    FAILED = "failed"


class Work:
    """Notes how far one piece of work is, a few times a second; without a path it notes nothing.

    As a context it also notes how the work ended.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float] = monotonic) -> None:
        """Path: of the note.  clock: seconds, of which only differences matter."""
        self._path, self._clock = path, clock
        self._stage, self._done, self._of, self._noted = "", 0, None, float("-inf")  # type: tuple[str, int, int | None, float]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        # A reader who goes away breaks it off too.
        self.end(Ended.DONE if kind is None else Ended.FAILED)

    def stage(self, stage: Stage, of: int | None = None) -> None:
        """Another step begins.  of: how many rows it has, where that is known."""
        self._stage, self._done, self._of = stage, 0, of
        self._note(Ended.NO)

    def advance(self, count: int) -> None:
        """So many rows more are done."""
        self._done += count
        if self._clock() - self._noted >= EVERY_S:
            self._note(Ended.NO)

    def counted(self, rows: Iterable[T]) -> Iterator[T]:
        """The same rows, each counted as it is taken."""
        for row in rows:
            yield row
            self.advance(1)

    def end(self, ended: Ended) -> None:
        """It is over."""
        self._note(ended)

    def _note(self, ended: Ended) -> None:
        if self._path is None:
            return
        self._noted = self._clock()
        said = {"stage": self._stage, "done": self._done, "of": self._of, "ended": ended}
        new = self._path.with_suffix(".new")
        # A note is a comfort: a full disk ends in an error where the work itself writes, and never here.
        try:
            new.write_text(json.dumps(said), encoding="ascii")
            os.replace(new, self._path)
        except OSError:
            self._path = None


def watch_token() -> str | None:
    """The token under which the page at the other end asks; None where it does not."""
    token = request.args.get("watch", "") if has_request_context() else ""
    return token if _TOKEN.fullmatch(token) else None


def watched() -> Work:
    """Work that the page may ask about, if it gave a token with this request; it may go on after the request."""
    token = watch_token()
    if not token:
        return Work(None)
    _drop_old()
    return Work(_folder() / f"{token}.json")


def _folder() -> Path:
    return private_folder(services().settings.var / FOLDER)


def _drop_old() -> None:
    def age(path: Path) -> int:
        try:
            return -path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    for path in sorted(_folder().iterdir(), key=age)[MOST_KEPT:]:
        path.unlink(missing_ok=True)


@blueprint.after_app_request
def _note_refusal(response: Response) -> Response:
    # What ends before its work begins would else be waited for.
    token = watch_token()
    if token and response.status_code >= 400:
        Work(_folder() / f"{token}.json").end(Ended.FAILED)
    return response


def onward(address: str) -> AnyResponse:
    """Lead to the next page; a script that sent a file itself gets the address, to go there as any visit does."""
    accepted = request.accept_mimetypes
    return jsonify(go=address) if accepted["application/json"] > accepted["text/html"] else redirect(address)


@blueprint.get("/working/<token>")
def show(token: str) -> Response:
    """How far the work under a token is, in words; nothing where none is known, and never what it is about."""
    found = _read(token)
    done, of = found.get("done", 0), found.get("of")
    answer = jsonify(words=_words(found.get("stage", ""), done, of), done=done, of=of, ended=found.get("ended", ""))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _read(token: str) -> dict[str, Any]:
    if not _TOKEN.fullmatch(token):
        return {}
    try:
        found: dict[str, Any] = json.loads((_folder() / f"{token}.json").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found


def _words(stage: str, done: int, of: int | None) -> str:
    names = {
        Stage.WRITING_ROWS: gettext("Writing the file"),
        Stage.GATHERING: gettext("Reading what is known of the site"),
        Stage.SETTING: gettext("Setting the pages"),
        Stage.READING: gettext("Reading the file"),
        Stage.COMPARING: gettext("Comparing it with what is held"),
        Stage.TAKING: gettext("Writing the differences"),
        Stage.MATCHING: gettext("Matching reports and sites"),
    }
    name = names.get(stage, "")  # type: ignore[call-overload]  # a StrEnum is found by its text
    if not name or not (of or done):
        return str(name)
    rows = {"what": name, "done": number_text(done), "of": number_text(of or 0)}
    return str(gettext("%(what)s: row %(done)s of %(of)s", **rows) if of else gettext("%(what)s: row %(done)s", **rows))
