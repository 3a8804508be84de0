"""What the import pages show: a waiting file's differences row by row, and the imports taken so far."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename

from heritage.core.errors import NotFound
from heritage.settings import private_folder
from heritage.sites.comparison import Change, Comparison, shown
from heritage.web.differences import was_and_would_be
from heritage.web.i18n import km_text, number_text
from heritage.web.sentences import isolate
from heritage.web.state import services
from heritage.web.words import word

# Files wait here between being looked at and being taken; older ones go when a new one comes.
WAITING = "uploads"
MOST_WAITING = 5
ROWS_SHOWN = 500
VALUE_CHARS = 160
_TOKEN = re.compile(r"^[0-9a-f]{32}$")


@dataclass(frozen=True)
class Row:
    """One difference, for a reader."""

    ref: str
    name: str
    field: str
    old: str
    new: str
    distance: str


@dataclass(frozen=True)
class Group:
    """All differences of one kind; `rows` holds the first of them."""

    kind: str
    title: str
    total: int
    rows: list[Row]


def _folder() -> Path:
    return private_folder(services().settings.var / WAITING)


def keep_waiting(upload: FileStorage) -> str:
    """Put an uploaded file aside.

    Returns: the token by which it is found; the same file has the same one.
    """
    content = upload.stream.read()
    token = hashlib.sha256(content).hexdigest()[:32]
    folder = _folder() / token
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / (secure_filename(upload.filename or "") or "register")).write_bytes(content)
    _drop_old(keep=token)
    return token


def _drop_old(*, keep: str) -> None:
    waiting = sorted(_folder().iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in waiting[MOST_WAITING:]:
        if path.name != keep:
            shutil.rmtree(path, ignore_errors=True)


def waiting_file(token: str) -> Path:
    """The file put aside under a token.

    Raises: NotFound when there is none (any more).
    """
    folder = _folder() / token
    found = next(folder.iterdir(), None) if _TOKEN.match(token) and folder.is_dir() else None
    if found is None:
        raise NotFound(gettext("This file is not waiting any more; please choose it again."))
    return found


def let_go(token: str) -> None:
    """Forget a waiting file."""
    if _TOKEN.match(token):
        shutil.rmtree(_folder() / token, ignore_errors=True)


def _titles() -> dict[str, str]:
    return {
        "listed_in_danger": gettext("Listed in danger"),
        "removed_from_danger": gettext("Removed from danger"),
        "vanished": gettext("No longer in the list"),
        "returned": gettext("Back in the list"),
        "added": gettext("New"),
        "renamed": gettext("Renamed"),
        "moved": gettext("Moved"),
        "part": gettext("Component parts"),
        "changed": gettext("Other changes"),
    }


def groups(comparison: Comparison) -> list[Group]:
    """The differences by kind, what matters most first."""
    by_kind: dict[str, list[Change]] = {}
    for change in comparison.changes:
        by_kind.setdefault(str(change.kind), []).append(change)
    return [
        Group(kind, title, len(by_kind[kind]), [_row(change) for change in by_kind[kind][:ROWS_SHOWN]])
        for kind, title in _titles().items()
        if kind in by_kind
    ]


def _row(change: Change) -> Row:
    distance = km_text(change.distance_km) if change.distance_km is not None else ""
    old, new = was_and_would_be(change)
    return Row(change.ref, change.name, _field(change.field), _short(old), _short(new), distance)


def _field(name: str) -> str:
    part = name.removeprefix("part ")
    return gettext("Part %(ref)s", ref=isolate(part)) if part != name else word("register_field", name)


def _short(text: str) -> str:
    return text if len(text) <= VALUE_CHARS else text[: VALUE_CHARS - 1] + "…"


def fingerprint(comparison: Comparison) -> str:
    """What was shown, in a few letters: what is taken must be what somebody has seen."""
    digest = hashlib.sha256(comparison.sha256.encode())
    for change in comparison.changes:
        digest.update(json.dumps(_plain(change), default=str, sort_keys=True).encode())
    return digest.hexdigest()[:32]


def _plain(change: Change) -> list[str]:
    return [change.ref, str(change.kind), change.field, shown(change.old), shown(change.new)]


def without(comparison: Comparison, refs: Sequence[str]) -> None:
    """Leave out of a comparison the places a person did not want; a later import will name them again."""
    unwanted = set(refs)
    comparison.added = [state for state in comparison.added if state.ref not in unwanted]
    comparison.updates = [update for update in comparison.updates if update.state.ref not in unwanted]
    comparison.vanished = [update for update in comparison.vanished if update.state.ref not in unwanted]


def counts(report: Any) -> Iterator[tuple[str, str]]:
    """The counts of an import with their words."""
    words = {
        "read": gettext("read"),
        "added": gettext("new"),
        "changed": gettext("changed"),
        "unchanged": gettext("unchanged"),
        "vanished": gettext("no longer listed"),
        "refused": gettext("refused"),
    }
    for name, text in words.items():
        yield text, number_text(getattr(report, name))
