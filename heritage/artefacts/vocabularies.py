"""The vocabularies in use with their editions, and the stages of an evacuation as an edition's list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from heritage.artefacts.domain import BEFORE_DEPARTURE, SETTLED, State
from heritage.core.errors import N_, Conflict, UnusableField

# What a record is entered after; each keeps the edition that was in use when it was written.
OBJECT_ID = "Object ID 1999"
RED_LIST = "ICOM Red List, Syria 2013"
SPECTRUM = "Spectrum 5.1"
EVACUATION = "UNESCO–ICCROM 2016"


class Stage(StrEnum):
    """One stage of an emergency evacuation."""

    DECIDE = "decide"
    PERMISSION = "permission"
    TEAM = "team"
    PREPARE = "prepare"
    MOVE = "document_pack_move"
    STORE = "store"
    AFTER = "after"


class StageState(StrEnum):
    """What somebody said of a stage."""

    DONE = "done"
    LEFT_OUT = "left_out"
    REOPENED = "reopened"


_2016: Mapping[Stage, tuple[str, ...]] = {
    Stage.DECIDE: ("threat", "mandate", "safer_place", "people_first"),
    Stage.PERMISSION: ("signed", "numbers", "destination_sealed", "day_and_time"),
    Stage.TEAM: ("leader", "documentation", "handling", "transport", "temporary_store", "logistics", "communication"),
    Stage.PREPARE: ("routes", "workstations", "store_fit"),
    Stage.MOVE: ("numbered", "photographed", "condition_noted", "box_lists", "counted_out", "counted_in"),
    Stage.STORE: ("layout", "shelf_map", "environment", "guard", "access_log"),
    Stage.AFTER: ("checked_in", "condition_checked", "reported", "long_term_plan"),
}
# A new edition is a new entry: jobs planned under an older one keep its stages.
STAGE_LISTS: Mapping[str, Mapping[Stage, tuple[str, ...]]] = {EVACUATION: _2016}


@dataclass(frozen=True)
class Said:
    """What was said of one stage, in the order written."""

    stage: Stage
    state: StageState


def stages_of(edition: str) -> Mapping[Stage, tuple[str, ...]]:
    """The stages of an edition with the points of each, in their order."""
    return STAGE_LISTS.get(edition, _2016)


def standing(said: Sequence[Said]) -> list[Stage]:
    """The stages that are done or left out as things stand, in the order they were settled."""
    held: list[Stage] = []
    for one in said:
        if one.state is StageState.REOPENED:
            held = [stage for stage in held if stage is not one.stage]
        else:
            held.append(one.stage)
    return held


def next_stage(edition: str, said: Sequence[Said]) -> Stage | None:
    """The first stage that nothing stands for; None once all are settled."""
    held = set(standing(said))
    return next((stage for stage in stages_of(edition) if stage not in held), None)


def check_stage(
    edition: str, said: Sequence[Said], one: Said, points: Sequence[str], states: Sequence[State], *, authorised: bool
) -> None:
    """Whether somebody may say this of a stage now.

    Args:    said: of the job so far.  points: that are said to be done.  states: of the job's objects, those left out
             of it not among them.
    Raises:  UnusableField; Conflict for a stage out of its turn, or said to be done against what the job shows.
    """
    if one.state is StageState.REOPENED:
        held = standing(said)
        if not held or held[-1] is not one.stage:
            raise Conflict(N_("Only the stage that was settled last is opened again."))
        return
    if next_stage(edition, said) is not one.stage:
        raise Conflict(N_("The stages are taken in their order: another one is next."))
    unknown = [point for point in points if point not in stages_of(edition)[one.stage]]
    if unknown:
        raise UnusableField("points", N_("There is no such point in this stage."))
    if one.state is StageState.DONE:
        if not points:
            raise UnusableField("points", N_("Say which points are done, or leave the stage out with a reason."))
        _check_shown(one.stage, states, authorised)


def _check_shown(stage: Stage, states: Sequence[State], authorised: bool) -> None:
    """A stage is not done while the job itself shows that it is not."""
    if stage is Stage.PERMISSION and not authorised:
        raise Conflict(N_("The job is not authorised yet: this stage is not done."))
    if stage in (Stage.MOVE, Stage.STORE) and (not states or set(states) & (BEFORE_DEPARTURE | {State.IN_TRANSIT})):
        raise Conflict(N_("Not everything has been moved and received yet: this stage is not done."))
    if stage is Stage.AFTER and not set(states) <= SETTLED | {State.VERIFIED}:
        raise Conflict(N_("Not everything has been verified yet: this stage is not done."))
