"""The packing list: what to carry first when there is neither room nor time for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from heritage.artefacts.domain import Movability

# What is not known is taken for this, and said so on the list.
USUAL_MINUTES = 15.0
PORTABILITY = {Movability.MOVABLE: 0, Movability.WITH_EQUIPMENT: 1, Movability.IMMOVABLE: 2}


class LeftBecause(StrEnum):
    """Why something is not on the list."""

    TIME = "time"
    WEIGHT = "weight"
    VOLUME = "volume"
    EQUIPMENT = "equipment"


@dataclass(frozen=True)
class Candidate:
    """What could be packed. `level` 0–4 of its site, `priority` 1 first to 5 last; None: not known."""

    code: str
    level: int
    priority: int
    movability: Movability
    minutes: float | None
    weight_kg: float | None = None
    volume_l: float | None = None


@dataclass(frozen=True)
class Capacity:
    """What there is: working minutes of all packers together, weight, volume; None has no limit."""

    minutes: float | None = None
    weight_kg: float | None = None
    volume_l: float | None = None
    equipment: bool = True


@dataclass(frozen=True)
class Packed:
    """One line of the list, with what is used up to and with it."""

    candidate: Candidate
    minutes: float
    weight_kg: float
    volume_l: float
    guessed: bool


@dataclass(frozen=True)
class PackingList:
    """What to take, in order, and what stays for want of what."""

    taken: tuple[Packed, ...]
    left: tuple[tuple[Candidate, LeftBecause], ...]


def rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """By the level of the site, then priority, then portability, then the time it takes, then the code."""
    return sorted(
        candidates,
        key=lambda one: (
            -one.level,
            one.priority,
            PORTABILITY[one.movability],
            USUAL_MINUTES if one.minutes is None else one.minutes,
            one.code,
        ),
    )


def packing_list(candidates: Iterable[Candidate], capacity: Capacity) -> PackingList:
    """Fill a capacity in the order of rank; what does not fit is passed over for what does.

    Args:    candidates: what may be moved at all.  capacity: what there is.
    Returns: the list; the same candidates in any order give the same one.
    """
    minutes = weight = volume = 0.0
    taken: list[Packed] = []
    left: list[tuple[Candidate, LeftBecause]] = []
    for one in rank(candidates):
        needs = USUAL_MINUTES if one.minutes is None else one.minutes
        reason = _too_much(one, capacity, minutes + needs, weight + (one.weight_kg or 0), volume + (one.volume_l or 0))
        if reason is not None:
            left.append((one, reason))
            continue
        minutes, weight, volume = minutes + needs, weight + (one.weight_kg or 0), volume + (one.volume_l or 0)
        taken.append(Packed(one, minutes, weight, volume, one.minutes is None))
    return PackingList(tuple(taken), tuple(left))


def _too_much(
    one: Candidate, capacity: Capacity, minutes: float, weight_kg: float, volume_l: float
) -> LeftBecause | None:
    if one.movability is Movability.WITH_EQUIPMENT and not capacity.equipment:
        return LeftBecause.EQUIPMENT
    if capacity.minutes is not None and minutes > capacity.minutes:
        return LeftBecause.TIME
    if capacity.weight_kg is not None and weight_kg > capacity.weight_kg:
        return LeftBecause.WEIGHT
    if capacity.volume_l is not None and volume_l > capacity.volume_l:
        return LeftBecause.VOLUME
    return None
