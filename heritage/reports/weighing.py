"""What claims on one point amount to: who is said to hold a place, how many voices there are, and what they rest on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from heritage.core.text import fold
from heritage.reports.domain import Extent, Transition

# Silence about who holds a place is no news after this; vocabularies, "Actors and control".
FRESH_DAYS = 30
# How much of a place each word means, 0 to 1: only their order matters.
DEGREES = {
    Extent.FULL: 1.0,
    Extent.MOST: 0.75,
    Extent.PART: 0.5,
    Extent.CONTESTED: 0.4,
    Extent.INFILTRATED: 0.25,
    Extent.ENCIRCLED: 0.2,
    Extent.WITHDRAWN: 0.0,
    Extent.NONE: 0.0,
}
IMPLIED = {
    Transition.ENTER: Extent.INFILTRATED,
    Transition.TAKE: Extent.FULL,
    Transition.HOLD: Extent.FULL,
    Transition.RETAKE: Extent.FULL,
    Transition.HAND_OVER: Extent.NONE,
    Transition.WITHDRAW: Extent.WITHDRAWN,
}


@dataclass(frozen=True)
class Voice:
    """What the arithmetic needs of a claim.

    ``weight`` is that of its grade, 0 to 1. ``on``: the day it speaks of, else that of its document. ``by_party``: all
    who say it take part in the conflict. ``extent`` is given, or implied by how control is said to change.
    """

    claim_id: int
    weight: float
    origins: tuple[str, ...]
    on: date | None = None
    by_party: bool = False
    actor: str = ""
    extent: Extent | None = None
    transition: Transition | None = None

    @property
    def degree(self) -> Extent | None:
        """What it says of control, if anything."""
        said = self.extent or (IMPLIED[self.transition] if self.transition else None)
        return said if said in DEGREES else None


@dataclass(frozen=True)
class ControlLine:
    """Who is said to hold a place, on which claims that rests, and whether it is too old to say so still.

    ``rivals`` are others said to hold some of it; ``is_disputed``: one of them is believed at least half as much.
    """

    actor: str
    extent: Extent
    differ: bool
    rivals: tuple[str, ...]
    is_disputed: bool
    claims: tuple[int, ...]
    origins: int
    newest_on: date | None
    is_stale: bool


def control_line(voices: Sequence[Voice], as_of: date) -> ControlLine | None:
    """The line a dossier computes from claims about who holds one place; never a fact of its own.

    Each origin speaks once, with its newest word, and as loudly as its grade. The actor with the most weight is named,
    at the extent in the middle of what is said of it, weighed alike; of two middles the lesser.
    Args:    voices: claims on one point, in any order.  as_of: the day the line is for.
    Returns: the line, stale when the newest claim is older than FRESH_DAYS; None where nobody says anything of control.
    Source:  vocabularies, "Actors and control": control is a claim, ends by a new claim only, and grows stale.
    """
    said = [voice for voice in voices if voice.actor and voice.degree is not None]
    if not said:
        return None
    newest_on = max((voice.on for voice in said if voice.on), default=None)
    live = _newest_words(_fresh(said, newest_on))
    by_actor: dict[str, list[Voice]] = {}
    for voice in live:
        by_actor.setdefault(fold(voice.actor), []).append(voice)
    held = {key: _loudness(v for v in some if DEGREES[_degree(v)] > 0) for key, some in by_actor.items()}
    leader = max(held, key=lambda key: (held[key], _loudness(by_actor[key])))
    extent = _middle(by_actor[leader])
    rivals = [key for key, weight in held.items() if key != leader and weight > 0]
    return ControlLine(
        actor=by_actor[leader][0].actor,
        extent=extent,
        differ=bool(rivals) or len({_degree(v) for v in by_actor[leader]}) > 1,
        rivals=tuple(by_actor[key][0].actor for key in rivals),
        is_disputed=any(held[key] >= held[leader] / 2 for key in rivals),
        claims=tuple(sorted({voice.claim_id for voice in live})),
        origins=len({origin for voice in live for origin in voice.origins}),
        newest_on=newest_on,
        is_stale=newest_on is not None and as_of - newest_on > timedelta(days=FRESH_DAYS),
    )


def _degree(voice: Voice) -> Extent:
    assert voice.degree is not None
    return voice.degree


def _fresh(said: Sequence[Voice], newest_on: date | None) -> list[Voice]:
    if newest_on is None:
        return list(said)
    return [v for v in said if v.on is None or newest_on - v.on <= timedelta(days=FRESH_DAYS)]


def _newest_words(said: Sequence[Voice]) -> list[Voice]:
    """Without what an origin said of the same actor before its newest word."""
    newest: dict[tuple[tuple[str, ...], str], date] = {}
    for voice in said:
        key = (voice.origins, fold(voice.actor))
        newest[key] = max(newest.get(key, date.min), voice.on or date.min)
    return [v for v in said if (v.on or date.min) == newest[v.origins, fold(v.actor)]]


def _loudness(voices: Iterable[Voice]) -> float:
    best: dict[str, float] = {}
    for voice in voices:
        for origin in voice.origins:
            best[origin] = max(best.get(origin, 0.0), voice.weight)
    return sum(best.values())


def _middle(voices: Sequence[Voice]) -> Extent:
    ordered = sorted(voices, key=lambda voice: DEGREES[_degree(voice)])
    half, passed = sum(voice.weight for voice in ordered) / 2, 0.0
    for voice in ordered:
        passed += voice.weight
        if passed >= half:
            return _degree(voice)
    return _degree(ordered[-1])


@dataclass(frozen=True)
class Tally:
    """How many claims stand on a point and how many independent origins are behind them."""

    claims: int
    origins: int
    only_parties: bool

    @property
    def is_single(self) -> bool:
        """Whether all rests on one voice."""
        return self.origins == 1


def tally(voices: Sequence[Voice]) -> Tally:
    """Count claims and origins: ten that quote one observatory are one."""
    origins = {origin for voice in voices for origin in voice.origins}
    return Tally(len(voices), len(origins), bool(voices) and all(voice.by_party for voice in voices))
