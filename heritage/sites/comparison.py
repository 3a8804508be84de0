"""Comparing a register file with what is held: every difference named before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any

from heritage.core.geodesy import distance_m
from heritage.core.refusals import RowRefusal
from heritage.sites.danger import DangerStay
from heritage.sites.domain import WORLD_HERITAGE, ConditionRecord, NameRecord
from heritage.sites.merging import Lists
from heritage.sites.state import HeldSite, PartState, Point, SiteState


class ChangeKind(StrEnum):
    """What a difference means to a reader."""

    ADDED = "added"
    CHANGED = "changed"
    RENAMED = "renamed"
    MOVED = "moved"
    LISTED_IN_DANGER = "listed_in_danger"
    REMOVED_FROM_DANGER = "removed_from_danger"
    PART = "part"
    VANISHED = "vanished"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, for a reader: which field, what it was, what it would be; distance_km where a point moved."""

    ref: str
    name: str
    kind: ChangeKind
    field: str = ""
    old: Any = None
    new: Any = None
    distance_km: float | None = None


def _is_echo(change: Change) -> bool:
    """Whether a difference only repeats another: the part that stands for a site moves and grows with it."""
    return change.kind == ChangeKind.PART and all(p is None or p.stands_for_site for p in (change.old, change.new))


@dataclass(frozen=True, slots=True)
class Update:
    """One held place that a file would change."""

    held: HeldSite
    state: SiteState
    changes: tuple[Change, ...]


@dataclass(slots=True)
class Comparison:
    """All differences between a file and what is held; nothing is written until it is taken."""

    register: str
    release: str | None
    effective_on: date
    dated: bool
    is_complete: bool
    file_name: str = ""
    sha256: str = ""
    source: str = ""
    read: int = 0
    unchanged: int = 0
    added: list[SiteState] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    vanished: list[Update] = field(default_factory=list)
    present_ids: list[int] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        """Every difference in reading order: additions, changes field by field, disappearances."""
        added = [Change(s.ref, s.name, ChangeKind.ADDED) for s in self.added]
        return added + [c for u in (*self.updates, *self.vanished) for c in u.changes if not _is_echo(c)]


def differences(held: HeldSite, new: SiteState) -> tuple[Change, ...]:
    """Name every field in which a place would change.

    Args:    held: as it is.  new: as it would be.
    Returns: the differences, in the order of the fields; empty when none.
    """
    if held.state == new:
        return ()
    found: list[Change] = []
    for item in fields(SiteState):
        old, fresh = getattr(held.state, item.name), getattr(new, item.name)
        if old != fresh and item.name != "parts":
            found.append(_change(held.state, item.name, old, fresh))
    return (*found, *_part_changes(held.state, new))


def _change(old: SiteState, name: str, before: Any, after: Any) -> Change:
    kind, distance_km = ChangeKind.CHANGED, None
    if name == "name":
        kind = ChangeKind.RENAMED
    elif name == "point" and before and after:
        kind, distance_km = ChangeKind.MOVED, kilometres(before, after)
    elif name == "danger":
        kind = _danger_kind(before, after)
    elif name == "listed_until":
        kind = ChangeKind.RETURNED if after is None else ChangeKind.VANISHED
    return Change(old.ref, old.name, kind, name, before, after, distance_km)


def kilometres(a: Point, b: Point) -> float:
    """The geodesic between two points in km, rounded to the metre.  Source: Karney 2013, through core.geodesy."""
    return round(float(distance_m([a[0]], [a[1]], [b[0]], [b[1]])[0]) / 1000, 3)


def _danger_kind(before: Sequence[DangerStay], after: Sequence[DangerStay]) -> ChangeKind:
    was, is_now = any(s.ended is None for s in before), any(s.ended is None for s in after)
    if was == is_now:
        return ChangeKind.CHANGED
    return ChangeKind.LISTED_IN_DANGER if is_now else ChangeKind.REMOVED_FROM_DANGER


def _part_changes(held: SiteState, new: SiteState) -> list[Change]:
    before, after = {p.ref: p for p in held.parts}, {p.ref: p for p in new.parts}
    found = []
    for ref in sorted(before.keys() | after.keys()):
        old, fresh = before.get(ref), after.get(ref)
        if old != fresh:
            found.append(Change(new.ref, new.name, ChangeKind.PART, f"part {ref}", old, fresh, _part_move(old, fresh)))
    return found


def _part_move(old: PartState | None, new: PartState | None) -> float | None:
    if old is None or new is None or old.lon is None or old.lat is None or new.lon is None or new.lat is None:
        return None
    return kilometres((old.lon, old.lat), (new.lon, new.lat)) or None


def vanish(held: HeldSite, lists: Lists, release: str | None) -> Update:
    """Turn a place that a whole list lacks into a tombstone, which keeps its parts and its history.

    Args:    held: the place.  lists: the file's place in time.  release: the list that lacks it.
    Returns: the update; it was in force until the Committee's decision where held, else until the day of this list.
    """
    deleted = lists.sessions.deleted.get(held.state.ref) if held.state.register == WORLD_HERITAGE else None
    until = deleted.closed_on if deleted and deleted.closed_on <= lists.effective_on else lists.effective_on
    state = replace(held.state, listed_until=until, vanished_release=release)
    return Update(held, state, differences(held, state))


def shown(value: Any) -> str:
    """A field's value in few words, for a reader who compares: a stay as its years, a part as its point."""
    if value is None or value == ():
        return "–"
    if isinstance(value, DangerStay):
        return f"{value.began.edtf}–{value.ended.edtf if value.ended else ''}"
    if isinstance(value, PartState):
        gone = f", withdrawn {value.withdrawn_on}" if value.withdrawn_on else ""
        return f"{value.name} {value.lon} {value.lat}{gone}".strip()
    if isinstance(value, NameRecord):
        return f"{value.text} [{value.language}]" if value.language else value.text
    if isinstance(value, ConditionRecord):
        return f"{value.original_value or value.state} {value.observed}".strip()
    if isinstance(value, tuple):
        return ", ".join(shown(item) for item in value)
    return str(value)
