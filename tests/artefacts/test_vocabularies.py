"""Stages of an evacuation, after the edition's list: in their order, never done against what the job shows."""

from itertools import pairwise

import pytest

from heritage.artefacts.domain import State
from heritage.artefacts.vocabularies import (
    EVACUATION,
    STAGE_LISTS,
    Said,
    Stage,
    StageState,
    check_stage,
    next_stage,
    stages_of,
    standing,
)
from heritage.core.errors import Conflict, UnusableField
from heritage.web.object_words import OBJECT_TABLES

DONE, LEFT_OUT, REOPENED = StageState.DONE, StageState.LEFT_OUT, StageState.REOPENED
PACKED, AWAY, THERE, SEEN = [State.PACKED], [State.IN_TRANSIT], [State.RECEIVED], [State.VERIFIED]


def settled(*stages: Stage) -> list[Said]:
    return [Said(stage, DONE) for stage in stages]


def say(said, stage, state=DONE, *, points=None, states=(), authorised=False) -> None:
    named = [*stages_of(EVACUATION)[stage]][:1] if points is None else points
    check_stage(EVACUATION, said, Said(stage, state), named, states, authorised=authorised)


def test_every_stage_and_point_of_every_edition_has_its_words():
    for edition in STAGE_LISTS.values():
        assert set(edition) <= set(map(Stage, OBJECT_TABLES["stage"]))
        assert {point for points in edition.values() for point in points} <= set(OBJECT_TABLES["stage_point"])


def test_the_stages_follow_each_other():
    order = list(stages_of(EVACUATION))
    for before, after in pairwise(order):
        assert next_stage(EVACUATION, settled(*order[: order.index(after)])) is after
        with pytest.raises(Conflict, match="in their order"):
            say(settled(*order[: order.index(before)]), after, states=SEEN, authorised=True)
    assert next_stage(EVACUATION, settled(*order)) is None


def test_only_the_last_one_settled_is_opened_again():
    said = settled(Stage.DECIDE, Stage.PERMISSION)
    with pytest.raises(Conflict, match="settled last"):
        say(said, Stage.DECIDE, REOPENED, points=[])
    say(said, Stage.PERMISSION, REOPENED, points=[])
    assert standing([*said, Said(Stage.PERMISSION, REOPENED)]) == [Stage.DECIDE]


@pytest.mark.parametrize(
    ("stage", "states", "authorised", "match"),
    [
        (Stage.PERMISSION, PACKED, False, "not authorised"),
        (Stage.MOVE, PACKED, True, "moved and received"),
        (Stage.MOVE, AWAY, True, "moved and received"),
        (Stage.MOVE, [], True, "moved and received"),
        (Stage.STORE, AWAY, True, "moved and received"),
        (Stage.AFTER, THERE, True, "verified"),
    ],
)
def test_a_stage_is_not_done_against_what_the_job_shows(stage, states, authorised, match):
    order = list(stages_of(EVACUATION))
    said = settled(*order[: order.index(stage)])
    with pytest.raises(Conflict, match=match):
        say(said, stage, states=states, authorised=authorised)
    say(said, stage, LEFT_OUT, points=[], states=states, authorised=authorised)
    say(said, stage, states=SEEN, authorised=True)


def test_a_stage_done_names_points_of_its_own():
    with pytest.raises(UnusableField, match="which points"):
        say([], Stage.DECIDE, points=[])
    with pytest.raises(UnusableField, match="no such point"):
        say([], Stage.DECIDE, points=["signed"])
