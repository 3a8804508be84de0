"""What the use cases of a job share: one step of some objects, a note to it, what a side counted, custody."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session, col, select

from heritage.artefacts import queries
from heritage.artefacts.domain import ENDED, SETTLED, Direction, Line, Side, State, check_moment, check_step
from heritage.artefacts.models import STEP_NOTE, Confirmation, CustodyEntry, Job, Step, StepNote
from heritage.artefacts.moves.job import Opened
from heritage.artefacts.service import Hand
from heritage.core.errors import N_, Conflict, UnusableField
from heritage.sealing.keyring import KeyRing


def advance(session: Session, hand: Hand, opened: Opened, ids: Sequence[int], to: State, happened_at: datetime) -> Step:
    """Let objects go one step further, in time and as is legal.

    Raises:  Conflict; InvalidInput for a time before the step before it.
    """
    for each in ids:
        check_step(opened.artefacts[each].code, State(opened.items[each].state), to)
    latest = queries.latest_fact(session, opened.id, ids)
    check_moment(happened_at, hand.now, not_before=latest)
    for each in ids:
        item = opened.items[each]
        item.state = to
        item.closed_at = hand.now if to in ENDED else None
        session.add(item)
    step = add_step(session, hand, opened.job, to, ids, happened_at)
    if all(item.state in SETTLED for item in opened.items.values()):
        opened.job.closed_at = hand.now
    session.add(opened.job)
    session.flush()
    return step


def add_step(session: Session, hand: Hand, job: Job, state: State, ids: Sequence[int], happened_at: datetime) -> Step:
    """Write a step of some objects down."""
    assert job.id is not None
    step = Step(
        job_id=job.id, state=state, artefact_ids=sorted(ids), happened_at=happened_at, recorded_at=hand.now,
        by=hand.actor, by_id=hand.account_id,
    )  # fmt: skip
    session.add(step)
    session.flush()
    return step


def add_note(session: Session, ring: KeyRing, step: Step, note: str) -> None:
    """Keep what somebody wrote to a step, sealed; nothing for no words."""
    if note.strip():
        assert step.id is not None
        sealed = ring.seal(STEP_NOTE.purpose, STEP_NOTE.identity(step.id), note.strip().encode())
        session.add(StepNote(step_id=step.id, sealed=sealed))


def confirm(
    session: Session, hand: Hand, opened: Opened, direction: Direction, side: Side, lines: Sequence[Line],
    happened_at: datetime, ids: Sequence[int],
) -> Confirmation:  # fmt: skip
    """Write down what one side counted.  Raises: InvalidInput for a time before the last step."""
    check_moment(happened_at, hand.now, not_before=queries.latest_fact(session, opened.id, ids))
    made = Confirmation(
        job_id=opened.id, direction=direction, side=side, lines=[asdict(line) for line in lines],
        happened_at=happened_at, recorded_at=hand.now, by=hand.actor, by_id=hand.account(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def on_the_way(opened: Opened) -> str:
    """Who has custody while a job is on the way: its code, never a name or place."""
    return f"in transit, job {opened.job.code}"


def hand_on(
    session: Session, hand: Hand, opened: Opened, ids: Sequence[int], giver: str | None, taker: str,
    happened_at: datetime,
) -> list[CustodyEntry]:  # fmt: skip
    """An entry for each object; without a giver, whoever took it last."""
    holders = _holders(session, ids) if giver is None else {}
    entries = []
    for each in ids:
        before = giver if giver is not None else holders.get(each, "not known")
        if before == taker:
            continue
        entries.append(
            CustodyEntry(
                artefact_id=each, job_id=opened.id, giver=before, taker=taker, why=opened.job.reason,
                authoriser=opened.job.authorised_by or "", happened_at=happened_at, recorded_at=hand.now, by=hand.actor,
            )
        )  # fmt: skip
    session.add_all(entries)
    session.flush()
    return entries


def _holders(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    query = (
        select(CustodyEntry)
        .where(col(CustodyEntry.artefact_id).in_(ids))
        .order_by(col(CustodyEntry.happened_at), col(CustodyEntry.id))
    )
    return {entry.artefact_id: entry.taker for entry in session.exec(query)}


def take_from_others(session: Session, opened: Opened, ids: Collection[int]) -> None:
    """What parts from the rest parts from its container too, and from what it holds."""
    parting = set(ids)
    for key, artefact in opened.artefacts.items():
        parent = artefact.container_id
        if parent is not None and parent in opened.items and (key in parting) != (parent in parting):
            artefact.container_id = None
            session.add(artefact)


def refuse_none(ids: Sequence[int]) -> None:
    """Raises: InvalidInput when nothing is chosen."""
    if not ids:
        raise UnusableField("objects", N_("Choose at least one."))


def refuse_unsettled(session: Session, opened: Opened) -> None:
    """Raises: Conflict while a difference of the job is open."""
    waiting = queries.discrepancies_of(session, opened.id, unsettled=True)
    if waiting:
        raise Conflict(
            N_("A difference about %(code)s is open: two people settle it first (%(number)s are open)."),
            code=waiting[0][1].code,
            number=len(waiting),
        )
