"""Asking GDELT: which slots there are, which were had, and the gaps between."""

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from heritage.core.errors import UnusableFile
from heritage.feeds.fetching import Answer, FetchFailed, NotNow, same_place
from heritage.feeds.live import Desk, Parcel, Parcels, as_text

MANIFEST = "gdeltv2/lastupdate.txt"
SLOT, LATE, LOOK_AGAIN = timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)
# What was given up is shown for so long; a slot so far ahead of the clock is none.
LOST_SHOWN, AHEAD = timedelta(days=7), timedelta(days=1)
ENDING = ".export.CSV.zip"
_FORM = "%Y%m%d%H%M%S"


@dataclass(frozen=True)
class Listed:
    """The newest export as the manifest has it."""

    slot: datetime
    size: int
    md5: str
    path: str


@dataclass(frozen=True)
class GDELTPolls:
    """The live feed; see ``heritage.feeds.live.LiveFeed``.

    The cursor holds the newest slot done, those before it that could not be had yet, and when those that were not
    believed are looked at again: not with every poll, or one bad file would make a source bad for days. What was
    given up stays in it as ``lost`` for some days, so that the gap is seen.
    """

    def poll(self, desk: Desk, cursor: Mapping[str, Any]) -> Parcels:
        """Slots not done yet, oldest first, each a parcel of its own."""
        # Never "if changed": a run that was cut off must find the same slots again.
        listed = _newest(as_text(desk.fetcher.get(MANIFEST), []))
        newest = _slot(cursor["newest"]) if cursor.get("newest") else None
        missing = [_slot(text) for text in cursor.get("missing", [])]
        oldest = desk.now - timedelta(days=desk.settings.catch_up_days)
        if listed.slot > desk.now + AHEAD:
            raise UnusableFile(f"GDELT's lastupdate.txt names a slot of a day to come: {_text(listed.slot)}.")
        put_off = dict(cursor.get("later", {}))
        kept = _Kept(
            later={text: when for text, when in put_off.items() if datetime.fromisoformat(when) > desk.now},
            lost=_lost(cursor, newest, [slot for slot in missing if slot < oldest], _rounded(oldest)),
        )
        wanted = [slot for slot in missing if slot >= oldest]
        yield from _fetched(desk, listed, newest, wanted, _slots_between(newest, listed.slot, oldest), kept)


@dataclass(frozen=True)
class _Kept:
    """What the cursor carries on: slots not to be looked at before a moment, and stretches that were given up."""

    later: Mapping[str, str]
    lost: Sequence[str]


def _lost(cursor: Mapping[str, Any], newest: datetime | None, given_up: list[datetime], oldest: datetime) -> list[str]:
    """Slots and stretches ("first-last") that are not asked for any more, those of before while they are to be seen."""
    found = [text for text in cursor.get("lost", []) if _slot(text[-14:]) >= oldest - LOST_SHOWN]
    if newest is not None and newest + SLOT < oldest:
        found.append(f"{_text(newest + SLOT)}-{_text(oldest - SLOT)}")
    return list(dict.fromkeys([*found, *map(_text, given_up)]))


def _fetched(
    desk: Desk,
    listed: Listed,
    newest: datetime | None,
    waiting: list[datetime],
    coming: list[datetime],
    kept: _Kept,
) -> Parcels:
    still = set(waiting)
    had_any, failed = False, None
    for slot in sorted(slot for slot in {*waiting, *coming} if _text(slot) not in kept.later):
        newest = max(newest, slot) if newest else slot
        without = _cursor(newest, still | {slot}, kept)
        try:
            found = _had(desk, slot, listed if slot == listed.slot else None)
        except FetchFailed as error:
            failed = error if isinstance(error, NotNow) else failed
            still.add(slot)
            yield Parcel(cursor=without, gap=_overdue(kept, still, desk), notes=[f"Slot {_text(slot)}: {error}"])
            continue
        had_any = True
        still.discard(slot)
        done = _cursor(newest, still, kept)
        put_off = replace(kept, later={**kept.later, _text(slot): (desk.now + LOOK_AGAIN).isoformat()})
        past = _cursor(newest, still | {slot}, put_off)
        file = desk.spool(f"{_text(slot)}{ENDING}", found.content)
        # A slot that is not believed waits among the missing and does not hold up the others.
        believed = yield Parcel(file, cursor=done, cursor_past=past, gap=_overdue(kept, still, desk))
        if believed is False:
            still.add(slot)
            kept = put_off
    if failed is not None and not had_any:
        raise failed


def _cursor(newest: datetime, missing: set[datetime], kept: _Kept) -> dict[str, Any]:
    return {
        "newest": _text(newest),
        "missing": [_text(slot) for slot in sorted(missing)],
        "later": dict(kept.later),
        "lost": list(kept.lost),
    }


def _overdue(kept: _Kept, still: set[datetime], desk: Desk) -> list[str]:
    """What was given up, and what is missing for longer than the source is late as a rule."""
    return [*kept.lost, *(_text(slot) for slot in sorted(still) if slot < desk.now - LATE)]


def _had(desk: Desk, slot: datetime, listed: Listed | None) -> Answer:
    """Raises: FetchFailed when it is not there yet, or is not whole."""
    answer = desk.fetcher.get(listed.path if listed else f"gdeltv2/{_text(slot)}{ENDING}")
    _check(answer.content, listed)
    return answer


def _check(content: bytes, listed: Listed | None) -> None:
    """Raises: NotNow when the file is not the one that the manifest describes, or no whole archive."""
    if listed is not None and (
        len(content) != listed.size or hashlib.md5(content, usedforsecurity=False).hexdigest() != listed.md5
    ):
        raise NotNow("the file is not the one that the manifest describes; it was cut short or is still being written.")
    try:
        broken = zipfile.ZipFile(io.BytesIO(content)).testzip()
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        broken = "all of it"
    if broken:
        raise NotNow("the archive is damaged.")


def _newest(manifest: str) -> Listed:
    """The line of the events in ``lastupdate.txt``.

    Raises:  UnusableFile when there is none.
    """
    for line in manifest.splitlines():
        words = line.split()
        if len(words) != 3 or not words[2].endswith(ENDING) or not words[0].isdigit():
            continue
        path = same_place("http://source/", words[2])
        try:
            slot = _slot(PurePosixPath(urlsplit(path).path).name.removesuffix(ENDING))
        except ValueError:
            continue
        return Listed(slot, int(words[0]), words[1].lower(), urlsplit(path).path)
    raise UnusableFile("GDELT's lastupdate.txt names no export of events; its form has changed.")


def _slots_between(done: datetime | None, newest: datetime, oldest: datetime) -> list[datetime]:
    """The slots after the last one done, up to the newest; only that one on the first day."""
    if done is None:
        return [newest]
    slots, slot = [], max(done + SLOT, _rounded(oldest))
    while slot < newest:
        slots.append(slot)
        slot += SLOT
    return [*slots, newest] if newest > done else []


def _rounded(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def _slot(text: str) -> datetime:
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)


def _text(slot: datetime) -> str:
    return slot.strftime(_FORM)
