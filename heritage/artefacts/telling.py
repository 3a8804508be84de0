"""What a job's pages, paper and document tell beside its steps: stages of the evacuation, and conditions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from heritage.artefacts import queries
from heritage.artefacts.domain import Phase
from heritage.artefacts.models import ConditionEntry, Job, StageEntry
from heritage.artefacts.vocabularies import Said, Stage, StageState, stages_of, standing


@dataclass(frozen=True)
class StageShown:
    """One stage: its points, those that are done, how it stands (None: nothing yet), and all that was said of it."""

    stage: Stage
    points: tuple[str, ...]
    done: frozenset[str]
    state: StageState | None
    entries: tuple[tuple[StageEntry, str], ...]


def stages_shown(session: Session, job: Job, note: Callable[[int], str] = lambda _: "") -> list[StageShown]:
    """Every stage of a job's edition in its order; `note` gives what was written under seal to an entry."""
    entries = queries.stages_said(session, job.id or 0)
    held = set(standing([Said(Stage(one.stage), StageState(one.state)) for one in entries]))
    found = []
    for stage, points in stages_of(job.stages_version).items():
        of_it = [one for one in entries if one.stage is stage]
        last = of_it[-1] if stage in held else None
        told = tuple((one, note(one.id or 0)) for one in of_it)
        found.append(StageShown(stage, points, frozenset(last.points) if last else frozenset(),
                                StageState(last.state) if last else None, told))  # fmt: skip
    return found


def last_seen(entries: Sequence[ConditionEntry]) -> Mapping[tuple[int, Phase], ConditionEntry]:
    """How each object was last found in each phase, by its id and the phase; entries in the order of the facts."""
    return {(each, Phase(one.phase)): one for one in entries for each in one.artefact_ids}


def job_document(session: Session, job: Job, *, people: bool) -> dict[str, Any]:
    """A job for programs; nothing of where it goes, when, or who carries it.

    Args:    people: whether the names of those who acted are told.
    """
    assert job.id is not None
    items = queries.items_of(session, job.id)
    codes = {one.id: one.code for _, one in items}
    seen = last_seen(queries.conditions_of(session, job.id))
    objects = []
    for item, one in items:
        before, after = (seen.get((one.id or 0, phase)) for phase in (Phase.BEFORE, Phase.AFTER))
        objects.append({
            "code": one.code, "kind": one.kind.value, "state": item.state.value, "seal": item.seal,
            "container": codes.get(one.container_id), "count_low": one.count_low, "count_high": one.count_high,
            "condition_before": before.condition.value if before else None,
            "condition_after": after.condition.value if after else None,
        })  # fmt: skip
    stages = []
    for shown in stages_shown(session, job):
        entries = [
            {"state": entry.state.value, "points": entry.points, "happened_at": entry.happened_at.isoformat(),
             "recorded_at": entry.recorded_at.isoformat(), **({"by": entry.by} if people else {})}
            for entry, _ in shown.entries
        ]  # fmt: skip
        state = shown.state.value if shown.state else None
        stages.append({"stage": shown.stage.value, "state": state, "points": list(shown.points), "entries": entries})
    document: dict[str, Any] = {
        "code": job.code, "reason": job.reason, "method": job.method, "people": job.people,
        "vocabularies": {"movement": job.spectrum_version, "stages": job.stages_version},
        "planned_at": job.planned_at.isoformat(),
        "authorised_at": job.authorised_at.isoformat() if job.authorised_at else None,
        "closed_at": job.closed_at.isoformat() if job.closed_at else None,
        "objects": objects, "stages": stages,
    }  # fmt: skip
    if people:
        document |= {"planned_by": job.planned_by, "authorised_by": job.authorised_by, "custodian": job.custodian}
    return document
