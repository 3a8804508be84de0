"""Objects and their moves, as pure rules: what may follow what, what lies in what, what two sides counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from heritage.core.errors import N_, Conflict, UnusableField, Word

LARGEST_COUNT = 1_000_000
# Clocks of two machines may differ; a fact further ahead than this has not happened yet.
CLOCK_SLACK = timedelta(minutes=5)
CODE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"  # no vowels, so no words; none that look alike
CODE_HALF = 4


class Kind(StrEnum):
    """What is kept under one code."""

    OBJECT = "object"
    LOT = "lot"  # a group that is known by a range of how many only
    CONTAINER = "container"  # a box or crate; holds others
    ELEMENT = "element"  # part of a building or a ground: it stays


class Movability(StrEnum):
    """Whether it can be carried away."""

    MOVABLE = "movable"
    WITH_EQUIPMENT = "with_equipment"
    IMMOVABLE = "immovable"


class ValueClass(StrEnum):
    """How much it would be missed or fetch; never public."""

    EXCEPTIONAL = "exceptional"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = "unknown"


class RedList(StrEnum):
    """ICOM's categories at risk, as the list for Syria names them; a category, not a list of stolen things."""

    WRITING = "writing"
    SCULPTURE = "sculpture"
    VESSELS = "vessels"
    ARCHITECTURE = "architecture"
    ACCESSORIES = "accessories"
    SEALS = "seals"
    TESSERAE_COINS = "tesserae_coins"
    OTHER = "other"


class State(StrEnum):
    """How far an object has come in one job."""

    PLANNED = "planned"
    AUTHORISED = "authorised"
    PACKED = "packed"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    VERIFIED = "verified"
    RETURNED = "returned"
    TRANSFERRED = "transferred"
    MISSING = "missing"
    DESTROYED = "destroyed"
    CANCELLED = "cancelled"


_WORDS = {
    State.PLANNED: Word(N_("planned")),
    State.AUTHORISED: Word(N_("authorised")),
    State.PACKED: Word(N_("packed")),
    State.IN_TRANSIT: Word(N_("on the way")),
    State.RECEIVED: Word(N_("received")),
    State.VERIFIED: Word(N_("verified")),
    State.RETURNED: Word(N_("returned")),
    State.TRANSFERRED: Word(N_("handed over for good")),
    State.MISSING: Word(N_("missing")),
    State.DESTROYED: Word(N_("destroyed")),
    State.CANCELLED: Word(N_("left out")),
}


class Direction(StrEnum):
    """Which way a handover goes: out to safety, or back."""

    OUT = "out"
    BACK = "back"


class Side(StrEnum):
    """Who confirms in a handover."""

    GIVER = "giver"
    RECEIVER = "receiver"


class Phase(StrEnum):
    """When the condition of an object in a job was looked at."""

    BEFORE = "before"
    AFTER = "after"


class Difference(StrEnum):
    """What the two sides of a handover do not agree on."""

    ABSENT = "absent"
    COUNT = "count"
    SEAL = "seal"
    CONDITION = "condition"


class Outcome(StrEnum):
    """What two people found a difference to be."""

    FOUND = "found"
    EXPLAINED = "explained"
    MISSING = "missing"
    DESTROYED = "destroyed"


_S = State
NEXT: Mapping[State, tuple[State, ...]] = {
    _S.PLANNED: (_S.AUTHORISED, _S.CANCELLED),
    _S.AUTHORISED: (_S.PACKED, _S.CANCELLED),
    _S.PACKED: (_S.IN_TRANSIT, _S.CANCELLED),
    _S.IN_TRANSIT: (_S.RECEIVED, _S.MISSING, _S.DESTROYED),
    _S.RECEIVED: (_S.VERIFIED, _S.MISSING, _S.DESTROYED),
    _S.VERIFIED: (_S.RETURNED, _S.TRANSFERRED, _S.MISSING, _S.DESTROYED),
    # Who finds what was missing has it in hand, and it is verified like anything received.
    _S.MISSING: (_S.RECEIVED,),
    _S.RETURNED: (),
    _S.TRANSFERRED: (),
    _S.DESTROYED: (),
    _S.CANCELLED: (),
}
# The object is free for another job after these; a missing or destroyed one is nowhere to be taken from.
ENDED = frozenset({_S.RETURNED, _S.TRANSFERRED, _S.CANCELLED})
SETTLED = ENDED | {_S.MISSING, _S.DESTROYED}
BEFORE_DEPARTURE = frozenset({_S.PLANNED, _S.AUTHORISED, _S.PACKED})
AWAY = frozenset({_S.IN_TRANSIT, _S.RECEIVED, _S.VERIFIED})
# Boxes are opened before they leave and where they were verified; in between their seals stay whole.
HANDLED = BEFORE_DEPARTURE | {_S.VERIFIED}

OBJECT_ID = (
    "object_type", "title", "materials", "measurements", "inscriptions", "period", "maker", "subject", "features",
    "description", "related", "origin",
)  # fmt: skip
"""The fields of Object ID that are text; photographs, number and date documented stand beside them."""


@dataclass(frozen=True)
class Thing:
    """What planning has to know of one code; `job` is that of the open job it is in, `parent` its container."""

    id: int
    code: str
    kind: Kind
    movability: Movability
    institution_id: int
    count_low: int = 1
    count_high: int = 1
    parent: int | None = None
    job: str | None = None
    state: State | None = None


def code_of(letters: Sequence[str]) -> str:
    """A code out of eight random letters: `K7QX-3M2P`."""
    return "".join(letters[:CODE_HALF]) + "-" + "".join(letters[CODE_HALF : 2 * CODE_HALF])


def plain_code(text: str) -> str | None:
    """A code as it is kept, however it was typed; None for what can be none."""
    letters = [letter for letter in text.strip().upper() if letter not in "- \u2010\u2011\u2013"]
    if len(letters) != 2 * CODE_HALF or not set(letters) <= set(CODE_LETTERS):
        return None
    return code_of(letters)


def check_count(low: int, high: int) -> None:
    """A range of how many.

    Raises:  InvalidInput for none, for a range that runs backwards, and for what no depot holds.
    """
    if low < 1 or high < 1:
        raise UnusableField("count", N_("At least one is needed."))
    if low > high:
        raise UnusableField("count", N_("%(low)s–%(high)s runs backwards."), low=low, high=high)
    if high > LARGEST_COUNT:
        raise UnusableField(
            "count",
            N_("More than %(most)s in one lot cannot be; divide it."),
            most=f"{LARGEST_COUNT:,}",
        )


def rest_of(low: int, high: int, part_low: int, part_high: int) -> tuple[int, int]:
    """What is left of a lot of low–high when a part of part_low–part_high is taken out of it.

    Returns: the least and most that can be left, so that part and rest together can be whatever the lot could be.
    Raises:  UnusableField for a part that is none, and for one that would leave nothing.
    """
    check_count(part_low, part_high)
    if part_high >= high:
        raise UnusableField("count_high", N_("%(part)s of %(high)s leaves nothing: a part is less than the lot."),
                            part=part_high, high=high)  # fmt: skip
    return max(1, low - part_high), high - part_low


def may_follow(state: State, to: State) -> bool:
    """Whether a step is legal."""
    return to in NEXT[state]


def check_step(code: str, state: State, to: State) -> None:
    """Raises: Conflict when a step is not legal from where the object is."""
    if may_follow(state, to):
        return
    if to is State.RETURNED and state in BEFORE_DEPARTURE:
        raise Conflict(N_("%(code)s cannot return: it has not left."), code=code)
    raise Conflict(N_("%(code)s is %(state)s and cannot become %(to)s."), code=code, state=_said(state), to=_said(to))


def _said(state: State) -> Word:
    return _WORDS[state]


def check_moment(happened_at: datetime, now: datetime, *, not_before: datetime | None = None) -> None:
    """A time as written: past, and not before what it follows.

    Raises:  InvalidInput naming the field.
    """
    if happened_at > now + CLOCK_SLACK:
        raise UnusableField("happened_at", N_("This has not happened yet."))
    if not_before is not None and happened_at < not_before:
        raise UnusableField(
            "happened_at",
            N_("The step before it was at %(not_before)s UTC."),
            not_before=f"{not_before:%Y-%m-%d %H:%M}",
        )


def check_put(thing: Thing, box: Thing, parents: Mapping[int, int | None]) -> None:
    """Whether something may be put into a container.

    Args:    parents: the container of every thing of the institution, None where it lies in none.
    Raises:  Conflict with the reason: no container, into itself or into what it holds, another institution's,
             one of them on the way and the other not.
    """
    if box.kind is not Kind.CONTAINER:
        raise Conflict(N_("%(code)s is no container."), code=box.code)
    if thing.movability is Movability.IMMOVABLE:
        raise Conflict(N_("%(code)s cannot be moved, so it lies in no container."), code=thing.code)
    if thing.institution_id != box.institution_id:
        raise Conflict(
            N_("%(code)s and %(box_code)s belong to different institutions."), code=thing.code, box_code=box.code
        )
    seen: int | None = box.id
    while seen is not None:
        if seen == thing.id:
            raise Conflict(
                N_("%(code)s cannot lie in %(box_code)s, which lies in it."), code=thing.code, box_code=box.code
            )
        seen = parents.get(seen)
    if thing.job != box.job:
        inside, outside = (thing, box) if thing.job else (box, thing)
        raise Conflict(
            N_("%(code)s is in job %(job)s and %(outside_code)s is not: plan both, or neither."),
            code=inside.code,
            job=inside.job,
            outside_code=outside.code,
        )
    for each in (thing, box):
        _check_handled(each)
    if (thing.state is State.VERIFIED) != (box.state is State.VERIFIED):
        raise Conflict(N_("%(code)s and %(box_code)s are not in the same place."), code=thing.code, box_code=box.code)


def check_take_out(thing: Thing) -> None:
    """Raises: Conflict when something lies in no container, or is sealed or on the way."""
    if thing.parent is None:
        raise Conflict(N_("%(code)s lies in no container."), code=thing.code)
    _check_handled(thing)


def _check_handled(thing: Thing) -> None:
    if thing.state is not None and thing.state not in HANDLED:
        raise Conflict(
            N_("%(code)s is %(state)s: nothing is packed or unpacked then."), code=thing.code, state=_said(thing.state)
        )


def with_contents(chosen: Iterable[int], things: Mapping[int, Thing]) -> list[int]:
    """The chosen and all that lies in them, each once, containers before what they hold."""
    children: dict[int, list[int]] = {}
    for thing in things.values():
        if thing.parent is not None:
            children.setdefault(thing.parent, []).append(thing.id)
    found: dict[int, None] = {}
    waiting = list(chosen)
    while waiting:
        each = waiting.pop(0)
        if each not in found:
            found[each] = None
            waiting.extend(children.get(each, ()))
    return list(found)


def check_plan(chosen: Collection[int], things: Mapping[int, Thing]) -> list[int]:
    """Whether things may be moved together.

    Args:    chosen: ids asked for.  things: those of the institution, the chosen and their containers among them.
    Returns: what moves: the chosen and all that lies in them.
    Raises:  InvalidInput when nothing is chosen; Conflict when one cannot be moved, is in another job, or lies in a
             container that stays.
    """
    if not chosen:
        raise UnusableField("objects", N_("Choose at least one."))
    moving = with_contents(chosen, things)
    inside = set(moving)
    for thing in (things[each] for each in moving):
        if thing.kind is Kind.ELEMENT or thing.movability is Movability.IMMOVABLE:
            raise Conflict(N_("%(code)s cannot be moved: it stays, and is listed with what remains."), code=thing.code)
        if thing.job is not None:
            raise Conflict(
                N_("%(code)s is in job %(job)s already, and nothing is in two places."), code=thing.code, job=thing.job
            )
        if thing.parent is not None and thing.parent not in inside:
            raise Conflict(
                N_("%(code)s lies in %(thing_code)s: plan that, or take it out first."),
                code=thing.code,
                thing_code=things[thing.parent].code,
            )
    return moving


def units(moving: Iterable[Thing]) -> list[Thing]:
    """What is handed over one by one: boxes and objects that lie in none of the others."""
    held = {thing.id: thing for thing in moving}
    return [thing for thing in held.values() if thing.parent not in held]


def count_within(unit: Thing, things: Mapping[int, Thing]) -> tuple[int, int]:
    """How many objects a unit is or holds, least and most; the boxes themselves do not count."""
    inside = [things[each] for each in with_contents([unit.id], things)]
    counted = [thing for thing in inside if thing.kind is not Kind.CONTAINER]
    return sum(thing.count_low for thing in counted), sum(thing.count_high for thing in counted)
