"""Beside the steps: stages of the evacuation, conditions before and after. The caller owns the transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session

from heritage.artefacts import queries
from heritage.artefacts.domain import BEFORE_DEPARTURE, Phase, State, check_moment
from heritage.artefacts.models import CONDITION_NOTE, STAGE_NOTE, ConditionEntry, ConditionNote, StageEntry, StageNote
from heritage.artefacts.moves.job import open_job, subject_of
from heritage.artefacts.moves.steps import refuse_none
from heritage.artefacts.service import Hand
from heritage.artefacts.vocabularies import Said, Stage, StageState, check_stage
from heritage.core.errors import N_, Conflict, UnusableField
from heritage.sealing.keyring import KeyRing
from heritage.sites.domain import ConditionState


def settle_stage(
    session: Session, hand: Hand, ring: KeyRing, code: str, *, stage: Stage, state: StageState,
    points: Sequence[str] = (), note: str = "", happened_at: datetime,
) -> StageEntry:  # fmt: skip
    """Say that a stage of the evacuation is done, left out, or open again; each is a new entry.

    Args:    points: of the stage that are done.  note: kept sealed; needed where a stage is left out or opened again.
    Raises:  UnusableField; Conflict for a stage out of its turn, or said to be done against what the job shows.
    """
    opened = open_job(session, code)
    held = queries.stages_said(session, opened.id)
    states = [State(item.state) for item in opened.items.values() if item.state is not State.CANCELLED]
    said = [Said(Stage(one.stage), StageState(one.state)) for one in held]
    check_stage(
        opened.job.stages_version, said, Said(stage, state), points, states,
        authorised=opened.job.authorised_at is not None,
    )  # fmt: skip
    if state is not StageState.DONE and not note.strip():
        raise UnusableField("note", N_("A reason is needed."))
    check_moment(happened_at, hand.now, not_before=held[-1].happened_at if held else None)
    entry = StageEntry(
        job_id=opened.id, stage=stage, state=state, points=list(points) if state is StageState.DONE else [],
        happened_at=happened_at, recorded_at=hand.now, by=hand.actor, by_id=hand.account_id,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    if note.strip():
        assert entry.id is not None
        sealed = ring.seal(STAGE_NOTE.purpose, STAGE_NOTE.identity(entry.id), note.strip().encode())
        session.add(StageNote(stage_id=entry.id, sealed=sealed))
    hand.write(session, "job.stage", subject_of(opened.job), entry, stage=stage, state=state)
    return entry


def note_condition(
    session: Session, hand: Hand, ring: KeyRing, code: str, *, codes: Collection[str], condition: ConditionState,
    note: str = "", happened_at: datetime,
) -> ConditionEntry:  # fmt: skip
    """Write down how some objects of a job were found: before the move until they leave, after it once they came.

    Args:    codes: with what lies in them.  note: kept sealed.
    Raises:  UnusableField; Conflict where one is on the way, or some have left and others not.
    """
    opened = open_job(session, code)
    ids = opened.within(opened.ids_of(codes))
    refuse_none(ids)
    phases = set()
    for each in ids:
        state = State(opened.items[each].state)
        if state in (State.IN_TRANSIT, State.CANCELLED, State.MISSING):
            raise Conflict(N_("%(code)s is not at hand: nobody can look at it."), code=opened.artefacts[each].code)
        phases.add(Phase.BEFORE if state in BEFORE_DEPARTURE else Phase.AFTER)
    if len(phases) > 1:
        raise Conflict(N_("Some of these have left and others have not: write them down apart."))
    check_moment(happened_at, hand.now, not_before=queries.latest_fact(session, opened.id, ids))
    entry = ConditionEntry(
        job_id=opened.id, phase=phases.pop(), condition=condition, artefact_ids=sorted(ids), happened_at=happened_at,
        recorded_at=hand.now, by=hand.actor, by_id=hand.account_id,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    if note.strip():
        assert entry.id is not None
        sealed = ring.seal(CONDITION_NOTE.purpose, CONDITION_NOTE.identity(entry.id), note.strip().encode())
        session.add(ConditionNote(condition_id=entry.id, sealed=sealed))
    for each in ids:
        one = opened.artefacts[each]
        if one.condition_on is None or one.condition_on <= happened_at.date():
            one.condition, one.condition_on = condition, happened_at.date()
            session.add(one)
    hand.write(session, "job.condition", subject_of(opened.job), entry, phase=entry.phase, objects=len(ids))
    return entry
