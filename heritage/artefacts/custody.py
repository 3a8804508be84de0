"""Chains of custody, as pure rules: who had an object when, and where its chain has gaps."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from heritage.core.errors import N_, UnusableField


@dataclass(frozen=True)
class Custody:
    """One handover in an object's chain; `corrects` is the id of the entry it stands in place of."""

    id: int
    giver: str
    taker: str
    happened_at: datetime
    recorded_at: datetime
    corrects: int | None = None


@dataclass(frozen=True)
class Link:
    """A link of a chain as it is shown; `gap` says that the one before it did not hand over to this giver."""

    entry: Custody
    gap: bool = False
    late: bool = False
    corrected: bool = False


@dataclass(frozen=True)
class Chain:
    """A chain of custody: its links by time of fact, and who holds the object by the last one."""

    links: tuple[Link, ...] = field(default=())
    holder: str = ""


def chain_of(entries: Iterable[Custody]) -> Chain:
    """Put an object's custody in the order of the facts and mark what does not hold together.

    Returns: links by time of fact; `gap` where the giver is not who took it last, `late` where the entry was written
             more than a day after the fact, `corrected` where a later entry stands in its place.
    """
    known = sorted(entries, key=lambda entry: (entry.happened_at, entry.recorded_at, entry.id))
    replaced = {entry.corrects for entry in known if entry.corrects is not None}
    links, holder = [], ""
    for entry in known:
        late = entry.recorded_at - entry.happened_at > timedelta(days=1)
        if entry.id in replaced:
            links.append(Link(entry, late=late, corrected=True))
            continue
        links.append(Link(entry, gap=bool(holder) and entry.giver != holder, late=late))
        holder = entry.taker
    return Chain(tuple(links), holder)


def check_custody(giver: str, taker: str) -> None:
    """Raises: InvalidInput when a side is missing or both are the same."""
    if not giver.strip() or not taker.strip():
        raise UnusableField("custody", N_("Name who gave and who took."))
    if giver.strip() == taker.strip():
        raise UnusableField("custody", N_("Giver and taker are the same."))
