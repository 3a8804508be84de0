"""The two sides of a handover: what the giver counted, what the receiver found. The caller owns the transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from heritage.artefacts import queries
from heritage.artefacts.domain import (
    Difference,
    Direction,
    Line,
    Mismatch,
    Side,
    State,
    check_given,
    check_step,
    compare,
    count_within,
)
from heritage.artefacts.models import Confirmation, CustodyEntry, Discrepancy, Step
from heritage.artefacts.moves.job import Opened, open_job, subject_of
from heritage.artefacts.moves.steps import advance, confirm, hand_on, on_the_way, refuse_unsettled
from heritage.artefacts.service import Hand
from heritage.core.errors import N_, Conflict, UnusableField


def give(
    session: Session, hand: Hand, code: str, direction: Direction, *, lines: Sequence[Line], happened_at: datetime
) -> None:
    """The giver's side of a handover: what leaves, as counted.

    Args:    lines: out: every unit of the job; back: the units that return now.
    Raises:  InvalidInput; Conflict when something is not packed, the list and the count differ, a difference of before
             is not settled, or a handover is open already.
    """
    opened = open_job(session, code)
    refuse_unsettled(session, opened)
    if open_handover(queries.confirmations_of(session, opened.id)) is not None:
        raise Conflict(N_("A handover of job %(code)s is open: its other side comes first."), code=code)
    leaving = _leaving(opened, direction, lines)
    expected = {unit.code: count_within(unit, {each: opened.things[each] for each in leaving})
                for unit in opened.units(leaving)}  # fmt: skip
    check_given(lines, expected)
    kept_lines = [line for line in lines if line.code in expected]
    confirmation = confirm(session, hand, opened, direction, Side.GIVER, kept_lines, happened_at, leaving)
    rows: list[Step | Confirmation | CustodyEntry] = [confirmation]
    if direction is Direction.OUT:
        rows.append(advance(session, hand, opened, leaving, State.IN_TRANSIT, happened_at))
        rows += hand_on(session, hand, opened, leaving, opened.institution.name, on_the_way(opened), happened_at)
    hand.write(session, f"job.give-{direction}", subject_of(opened.job), *rows, units=len(expected))


def _leaving(opened: Opened, direction: Direction, lines: Sequence[Line]) -> list[int]:
    if direction is Direction.OUT:
        unpacked = opened.in_state(State.PLANNED, State.AUTHORISED)
        if unpacked:
            first = opened.artefacts[unpacked[0]].code
            raise Conflict(
                N_("%(first)s is not packed: pack it or leave it out first (%(number)s are not)."),
                first=first,
                number=len(unpacked),
            )
        leaving = opened.in_state(State.PACKED)
        if not leaving:
            raise Conflict(N_("Nothing of job %(code)s is packed."), code=opened.job.code)
        return leaving
    there = set(opened.in_state(State.VERIFIED))
    if not there:
        raise Conflict(
            N_("Nothing of job %(code)s can return: nothing of it was verified where it went."), code=opened.job.code
        )
    named = opened.ids_of([line.code for line in lines if line.present])
    for each in named:
        check_step(opened.artefacts[each].code, State(opened.items[each].state), State.RETURNED)
        parent = opened.things[each].parent
        if parent in there and parent not in named:
            box = opened.artefacts[parent].code
            raise Conflict(
                N_("%(code)s lies in %(box)s: return that, or take it out there first."),
                code=opened.artefacts[each].code,
                box=box,
            )
    if not named:
        raise UnusableField("objects", N_("Choose at least one."))
    return [each for each in opened.within(named) if each in there]


def receive(
    session: Session, hand: Hand, code: str, direction: Direction, *, lines: Sequence[Line], happened_at: datetime
) -> list[Mismatch]:
    """The receiver's side: what came, as counted; by somebody else than the giver. What differs is opened as such.

    Returns: the differences; until two people settled them, the job goes no further.
    Raises:  InvalidInput; Conflict when nothing was given, or the giver is the same person.
    """
    opened = open_job(session, code)
    given = open_handover(queries.confirmations_of(session, opened.id))
    if given is None or given.direction is not direction:
        raise Conflict(N_("Nothing of job %(code)s is on the way: the giver confirms first."), code=code)
    if given.by_id == hand.account():
        raise Conflict(N_("Who gave cannot receive: the other side is another person."))
    told = [Line(**line) for line in given.lines]
    extra = sorted({line.code for line in lines if line.present} - {line.code for line in told})
    if extra:
        raise UnusableField("objects", N_("%(extra)s was not handed over in this job."), extra=extra[0])
    mismatches = compare(told, lines)
    handed = opened.within(opened.ids_of([line.code for line in told]))
    confirmation = confirm(session, hand, opened, direction, Side.RECEIVER, lines, happened_at, handed)
    rows: list[Step | Confirmation | CustodyEntry] = [confirmation]
    for one in mismatches:
        session.add(_difference(opened, direction, one, hand.now))
    # Out, a box that came with a wrong seal has come; back, it is not put away before that is settled.
    held_back = {m.code for m in mismatches if direction is Direction.BACK or m.kind is Difference.ABSENT}
    came = opened.within(opened.ids_of([line.code for line in told if line.code not in held_back]))
    rows += arrive(session, hand, opened, direction, came, happened_at)
    hand.write(session, f"job.receive-{direction}", subject_of(opened.job), *rows, differences=len(mismatches))
    return mismatches


def arrive(
    session: Session, hand: Hand, opened: Opened, direction: Direction, ids: Sequence[int], happened_at: datetime
) -> list[Step | Confirmation | CustodyEntry]:
    """What came, as received or returned, with whose custody it is in now."""
    before = State.IN_TRANSIT if direction is Direction.OUT else State.VERIFIED
    coming = [each for each in ids if opened.items[each].state == before]
    if not coming:
        return []
    if direction is Direction.OUT:
        step = advance(session, hand, opened, coming, State.RECEIVED, happened_at)
        taker = f"{hand.actor}, job {opened.job.code}"
        return [step, *hand_on(session, hand, opened, coming, on_the_way(opened), taker, happened_at)]
    step = advance(session, hand, opened, coming, State.RETURNED, happened_at)
    return [step, *hand_on(session, hand, opened, coming, None, opened.institution.name, happened_at)]


def _difference(opened: Opened, direction: Direction, one: Mismatch, now: datetime) -> Discrepancy:
    (unit,) = opened.ids_of([one.code])
    return Discrepancy(
        job_id=opened.id, artefact_id=unit, direction=direction, kind=one.kind, given=one.given, found=one.found,
        opened_at=now,
    )  # fmt: skip


def open_handover(confirmations: Sequence[Confirmation]) -> Confirmation | None:
    """The giver's confirmation whose other side has not spoken yet, or None."""
    last = confirmations[-1] if confirmations else None
    return last if last is not None and last.side is Side.GIVER else None
