"""Where the objects went: verified, handed over for good, lost, found. The caller owns the transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from heritage.artefacts.domain import State
from heritage.artefacts.moves.job import open_job, subject_of
from heritage.artefacts.moves.steps import add_note, advance, hand_on, refuse_none, refuse_unsettled, take_from_others
from heritage.artefacts.service import Hand
from heritage.core.errors import N_, Conflict, UnusableField
from heritage.sealing.keyring import KeyRing

LOST = (State.MISSING, State.DESTROYED)


def verify(session: Session, hand: Hand, code: str, *, happened_at: datetime, ring: KeyRing, note: str = "") -> None:
    """Say that what came was looked at, piece by piece.

    Raises:  Conflict while a difference is open or something is still on the way.
    """
    opened = open_job(session, code)
    refuse_unsettled(session, opened)
    there, away = opened.in_state(State.RECEIVED), opened.in_state(State.IN_TRANSIT)
    if away:
        raise Conflict(N_("%(code)s is still on the way."), code=opened.artefacts[away[0]].code)
    if not there:
        raise Conflict(N_("Nothing of job %(code)s waits to be verified."), code=code)
    step = advance(session, hand, opened, there, State.VERIFIED, happened_at)
    add_note(session, ring, step, note)
    hand.write(session, "job.verify", subject_of(opened.job), step, objects=len(there))


def transfer(
    session: Session, hand: Hand, ring: KeyRing, code: str, *, codes: Collection[str], taker: str,
    happened_at: datetime, note: str = "",
) -> None:  # fmt: skip
    """Hand verified objects over to somebody else for good; whose property they are is another matter.

    Raises:  InvalidInput; Conflict with the reason.
    """
    opened = open_job(session, code)
    refuse_unsettled(session, opened)
    if not taker.strip():
        raise UnusableField("taker", N_("Name who takes them."))
    ids = opened.within(opened.ids_of(codes))
    refuse_none(ids)
    step = advance(session, hand, opened, ids, State.TRANSFERRED, happened_at)
    take_from_others(session, opened, ids)
    entries = hand_on(session, hand, opened, ids, None, taker.strip(), happened_at)
    add_note(session, ring, step, note)
    hand.write(session, "job.transfer", subject_of(opened.job), step, *entries, objects=len(ids))


def lose(
    session: Session, hand: Hand, ring: KeyRing, code: str, *, codes: Collection[str], state: State,
    happened_at: datetime, note: str,
) -> None:  # fmt: skip
    """Record that objects away from home are missing or destroyed.

    Raises:  InvalidInput without a reason; Conflict where the step is not legal or a difference about it is open.
    """
    if state not in LOST:
        raise UnusableField("state", N_("Choose missing or destroyed."))
    if not note.strip():
        raise UnusableField("note", N_("Say how it is known."))
    opened = open_job(session, code)
    refuse_unsettled(session, opened)
    ids = opened.within(opened.ids_of(codes))
    refuse_none(ids)
    step = advance(session, hand, opened, ids, state, happened_at)
    take_from_others(session, opened, ids)
    add_note(session, ring, step, note)
    hand.write(session, f"job.{state}", subject_of(opened.job), step, objects=len(ids))


def find(
    session: Session, hand: Hand, ring: KeyRing, code: str, *, codes: Collection[str], happened_at: datetime,
    note: str,
) -> None:  # fmt: skip
    """Record that something missing was found; it is verified again like anything received.

    Raises:  InvalidInput without a reason; Conflict when it is not missing.
    """
    if not note.strip():
        raise UnusableField("note", N_("Say how it is known."))
    opened = open_job(session, code)
    ids = opened.ids_of(codes)
    refuse_none(ids)
    for each in ids:
        if opened.items[each].state is not State.MISSING:
            raise Conflict(N_("%(code)s is not missing."), code=opened.artefacts[each].code)
    opened.job.closed_at = None
    step = advance(session, hand, opened, ids, State.RECEIVED, happened_at)
    taker = f"{hand.actor}, job {opened.job.code}"
    entries = hand_on(session, hand, opened, ids, "not known", taker, happened_at)
    add_note(session, ring, step, note)
    hand.write(session, "job.find", subject_of(opened.job), step, *entries, objects=len(ids))
