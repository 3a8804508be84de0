"""What may be done next with a job: each legal step with its form, and what carries it out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from sqlmodel import Session
from wtforms import SelectChoice

from heritage.artefacts import moves, queries
from heritage.artefacts.counting import Line
from heritage.artefacts.domain import BEFORE_DEPARTURE, Direction, Kind, State, count_within
from heritage.artefacts.forms import (
    AuthoriseForm,
    ConditionForm,
    PackForm,
    ReopenForm,
    SomeForm,
    StageForm,
    StepForm,
    TransferForm,
    VerifyForm,
)
from heritage.artefacts.models import Confirmation
from heritage.artefacts.moves import Opened
from heritage.artefacts.service import Hand
from heritage.artefacts.vocabularies import Said, Stage, StageState, next_stage, stages_of, standing
from heritage.core.errors import N_, Conflict
from heritage.core.text import isolate
from heritage.policy.table import Action
from heritage.sealing.keyring import KeyRing
from heritage.sites.domain import ConditionState
from heritage.web.object_words import OBJECT_TABLES

NO_BOX = "none"
# Objects that somebody can look at: not on the way, not lost, not taken off the job.
SEEN = BEFORE_DEPARTURE | {State.RECEIVED, State.VERIFIED, State.RETURNED}
TITLES = {
    "authorise": _("Authorise"),
    "pack": _("Pack"),
    "leave-out": _("Leave out"),
    "give-out": _("Hand over"),
    "receive-out": _("Receive"),
    "verify": _("Verify"),
    "give-back": _("Hand back"),
    "receive-back": _("Receive back"),
    "transfer": _("Hand over for good"),
    "missing": _("Record as missing"),
    "destroyed": _("Record as destroyed"),
    "find": _("Record as found"),
    "condition": _("Record the condition"),
    "stage": _("Settle the next stage"),
    "reopen-stage": _("Open the last stage again"),
}


@dataclass(frozen=True)
class Unit:
    """One line of a handover's form: a box or an object by itself, and how many objects the list says it holds."""

    code: str
    title: str = ""
    low: int = 0
    high: int = 0


@dataclass(frozen=True)
class Act:
    """One step that is legal now, and its form; `units`: what a side of a handover counts."""

    name: str
    form: FlaskForm
    action: Action = Action.KEEP_OBJECTS
    units: tuple[Unit, ...] = ()
    about: Any = ""

    @property
    def title(self) -> Any:
        """What the button says."""
        return TITLES[self.name]


@dataclass(frozen=True)
class Doing:
    """Who carries a step out, with what they wrote."""

    session: Session
    hand: Hand
    ring: KeyRing
    code: str
    form: Any
    at: datetime
    lines: Sequence[Line] = ()

    @property
    def common(self) -> dict[str, Any]:
        """What every use case of a job is handed."""
        return {"session": self.session, "hand": self.hand, "code": self.code, "happened_at": self.at}

    @property
    def some(self) -> dict[str, Any]:
        """The objects that were chosen, and how it is known."""
        return {"ring": self.ring, "codes": self.form.codes.data or [], "note": self.form.note.data or ""}


def _authorise(do: Doing) -> None:
    moves.authorise(**do.common, custodian=do.form.custodian.data, valid_until=do.form.valid_until.data)


def _pack(do: Doing) -> None:
    box = None if do.form.box.data == NO_BOX else do.form.box.data or ""
    moves.pack(**do.common, codes=do.form.codes.data or [], box=box, seal=do.form.seal.data or "")


def _leave_out(do: Doing) -> None:
    moves.leave_out(**do.common, codes=do.form.codes.data or [])


def _verify(do: Doing) -> None:
    moves.verify(**do.common, ring=do.ring, note=do.form.note.data or "")


def _condition(do: Doing) -> None:
    moves.note_condition(**do.common, **do.some, condition=ConditionState(do.form.condition.data))


def _stage(do: Doing, state: StageState) -> None:
    edition, said = stages_now(do.session, do.code)
    held = standing(said)
    stage = next_stage(edition, said) if state is not StageState.REOPENED else (held[-1] if held else None)
    if stage is None:
        raise Conflict(N_("This step is not possible as things stand now."))
    points = do.form.points.data or [] if state is StageState.DONE else []
    note = do.form.note.data or ""
    moves.settle_stage(**do.common, ring=do.ring, stage=stage, state=state, points=points, note=note)


_RUN: Mapping[str, Callable[[Doing], Any]] = {
    "authorise": _authorise,
    "pack": _pack,
    "leave-out": _leave_out,
    "give-out": lambda do: moves.give(**do.common, direction=Direction.OUT, lines=do.lines),
    "receive-out": lambda do: moves.receive(**do.common, direction=Direction.OUT, lines=do.lines),
    "verify": _verify,
    "give-back": lambda do: moves.give(**do.common, direction=Direction.BACK, lines=do.lines),
    "receive-back": lambda do: moves.receive(**do.common, direction=Direction.BACK, lines=do.lines),
    "transfer": lambda do: moves.transfer(**do.common, **do.some, taker=do.form.taker.data),
    "missing": lambda do: moves.lose(**do.common, **do.some, state=State.MISSING),
    "destroyed": lambda do: moves.lose(**do.common, **do.some, state=State.DESTROYED),
    "find": lambda do: moves.find(**do.common, **do.some),
    "condition": _condition,
    "stage": lambda do: _stage(do, StageState(do.form.state.data)),
    "reopen-stage": lambda do: _stage(do, StageState.REOPENED),
}


def carry_out(act: Act, do: Doing) -> None:
    """Do one step.  Raises: HeritageError with the reason against it."""
    _RUN[act.name](do)


def acts_now(session: Session, opened: Opened) -> list[Act]:
    """The steps that are legal as a job stands; what comes first on most days comes first."""
    return [*_moving(session, opened), *_conditions(opened), *_stages(session, opened)]


def stages_now(session: Session, code: str) -> tuple[str, list[Said]]:
    """The edition of a job's list of stages, and what was said of them so far."""
    job = queries.get_job(session, code)
    said = queries.stages_said(session, job.id or 0)
    return job.stages_version, [Said(Stage(one.stage), StageState(one.state)) for one in said]


def _conditions(opened: Opened) -> list[Act]:
    at_hand = [each for each, item in opened.items.items() if item.state in SEEN]
    return [_some("condition", ConditionForm, opened, at_hand)] if at_hand else []


def _stages(session: Session, opened: Opened) -> list[Act]:
    edition, said = stages_now(session, opened.job.code)
    stage, acts = next_stage(edition, said), []
    given_up = all(item.state is State.CANCELLED for item in opened.items.values())
    if stage is not None and not given_up:
        form = StageForm(prefix="stage")
        words = OBJECT_TABLES["stage_point"]
        form.points.choices = [SelectChoice(point, words[point]) for point in stages_of(edition)[stage]]
        acts.append(Act("stage", form, about=OBJECT_TABLES["stage"][stage.value]))
    held = standing(said)
    if held:
        about = OBJECT_TABLES["stage"][held[-1].value]
        acts.append(Act("reopen-stage", ReopenForm(prefix="reopen-stage"), about=about))
    return acts


def _moving(session: Session, opened: Opened) -> list[Act]:
    given = moves.open_handover(queries.confirmations_of(session, opened.id))
    unsettled = bool(queries.discrepancies_of(session, opened.id, unsettled=True))
    acts = _before(opened)
    if given is not None:
        return [*acts, _receiving(given)]
    if unsettled:
        return acts
    acts += _giving(opened, Direction.OUT, opened.in_state(State.PACKED))
    if opened.in_state(State.RECEIVED) and not opened.in_state(State.IN_TRANSIT):
        acts.append(Act("verify", VerifyForm(prefix="verify")))
    return acts + _giving(opened, Direction.BACK, opened.in_state(State.VERIFIED)) + _ends(opened)


def choice(opened: Opened, each: int) -> SelectChoice:
    """An object of a job as one chooses it."""
    artefact = opened.artefacts[each]
    named = (artefact.code, artefact.title or artefact.object_type)
    return SelectChoice(artefact.code, " ".join(isolate(part) for part in named if part))


def units_of(opened: Opened, ids: Sequence[int]) -> tuple[Unit, ...]:
    """What is counted one by one, by code, with how many objects the list says each holds."""
    inside = {each: opened.things[each] for each in ids}
    found = []
    for unit in opened.units(ids):
        low, high = count_within(unit, inside)
        artefact = opened.artefacts[unit.id]
        found.append(Unit(unit.code, artefact.title or artefact.object_type, low, high))
    return tuple(sorted(found, key=lambda unit: unit.code))


def _before(opened: Opened) -> list[Act]:
    if opened.job.authorised_at is None:
        waiting = bool(opened.in_state(State.PLANNED))
        acts = [Act("authorise", AuthoriseForm(prefix="authorise"), Action.AUTHORISE_MOVE)] if waiting else []
    else:
        acts = _packing(opened)
    leaving = opened.in_state(*sorted(BEFORE_DEPARTURE))
    return [*acts, _some("leave-out", SomeForm, opened, leaving)] if leaving else acts


def _packing(opened: Opened) -> list[Act]:
    loose = [each for each in opened.in_state(State.AUTHORISED, State.PACKED) if _is_loose(opened, each)]
    if not loose:
        return []
    form = PackForm(prefix="pack")
    form.codes.choices = [choice(opened, each) for each in loose]
    boxes = [each for each in opened.in_state(State.AUTHORISED, State.PACKED) if _is_box(opened, each)]
    form.box.choices = [
        SelectChoice("", _("a new box")),
        *(choice(opened, each) for each in boxes),
        SelectChoice(NO_BOX, _("no box: it travels by itself")),
    ]
    return [Act("pack", form)]


def _is_box(opened: Opened, each: int) -> bool:
    return opened.artefacts[each].kind is Kind.CONTAINER


def _is_loose(opened: Opened, each: int) -> bool:
    """Not in a box of the job; an empty box of the plan is packed by itself too."""
    if opened.things[each].parent in opened.items:
        return False
    return not _is_box(opened, each) or opened.items[each].state is State.AUTHORISED


def _receiving(given: Confirmation) -> Act:
    name = f"receive-{Direction(given.direction)}"
    return Act(name, StepForm(prefix=name), units=tuple(Unit(line["code"]) for line in given.lines))


def _giving(opened: Opened, direction: Direction, there: Sequence[int]) -> list[Act]:
    if not there or (direction is Direction.OUT and opened.in_state(State.PLANNED, State.AUTHORISED)):
        return []
    name = f"give-{direction}"
    return [Act(name, StepForm(prefix=name), units=units_of(opened, there))]


def _ends(opened: Opened) -> list[Act]:
    away = opened.in_state(State.IN_TRANSIT, State.RECEIVED, State.VERIFIED)
    offered = (
        ("transfer", TransferForm, opened.in_state(State.VERIFIED)),
        ("missing", SomeForm, away),
        ("destroyed", SomeForm, away),
        ("find", SomeForm, opened.in_state(State.MISSING)),
    )
    return [_some(name, form, opened, ids) for name, form, ids in offered if ids]


def _some(name: str, kind: type[SomeForm], opened: Opened, ids: Sequence[int]) -> Act:
    form = kind(prefix=name)
    form.codes.choices = [choice(opened, each) for each in ids]
    return Act(name, form)
