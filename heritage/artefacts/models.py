"""Tables: institutions, what they keep, jobs with their steps, handovers, differences, custody, and sealed places."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.artefacts.domain import (
    LARGEST_COUNT,
    Difference,
    Direction,
    Kind,
    Movability,
    Outcome,
    Phase,
    RedList,
    Side,
    State,
    ValueClass,
)
from heritage.artefacts.vocabularies import EVACUATION, OBJECT_ID, RED_LIST, SPECTRUM, Stage, StageState
from heritage.db.types import ARRAY, JSONB, str_enum
from heritage.sealing.envelope import Purpose
from heritage.sealing.registry import register
from heritage.sites.domain import ConditionState

OPEN_ITEM = "closed_at is null"


def _id() -> Any:
    return Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))


def _of(target: str, *, nullable: bool = False, index: bool = True, ondelete: str | None = None) -> Any:
    # Nothing of ours is deleted while something speaks of it: no cascades.
    column = sa.Column(sa.BigInteger, sa.ForeignKey(target, ondelete=ondelete), nullable=nullable, index=index)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def _text(default: str = "") -> Any:
    return Field(default=default, sa_type=sa.Text)


class Institution(SQLModel, table=True):
    """Who holds objects; accounts name theirs by `code` or `name`."""

    __tablename__ = "institution"
    __table_args__ = (
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("name_slug"),
        sa.CheckConstraint("code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="code"),
    )

    id: int | None = _id()
    code: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    name_slug: str = Field(sa_type=sa.Text)
    country: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime


class Artefact(SQLModel, table=True):
    """What is kept under one code. `container_id` is where it lies; who holds and who owns it are different things.

    `natural_key` tells a second import of the same row from a new object. `reported_*`: a published claim that it was
    moved, with who says so and the grade. `claim_id`: the claim it rests on; reports are beside
    this feature, so it is a number here, and the pages look up what it says now.
    """

    __tablename__ = "artefact"
    __table_args__ = (
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("institution_id", "natural_key"),
        sa.CheckConstraint(f"count_low >= 1 and count_high between count_low and {LARGEST_COUNT}", name="count"),
        sa.CheckConstraint("kind in ('lot', 'element') or count_high = 1", name="count_of_one"),
        sa.CheckConstraint("priority between 1 and 5", name="priority"),
        sa.CheckConstraint("packing_minutes > 0 and weight_kg > 0 and volume_l > 0", name="sizes"),
        sa.CheckConstraint("container_id <> id", name="container"),
        sa.CheckConstraint("kind <> 'element' or movability = 'immovable'", name="element_stays"),
        sa.CheckConstraint("reported_grade ~ '^([A-F][1-6])?$'", name="reported_grade"),
        sa.CheckConstraint("joined_into_id <> id and divided_from_id <> id", name="joined"),
        sa.CheckConstraint("(joined_into_id is null) = (joined_at is null)", name="joined_when"),
        sa.CheckConstraint(
            "(divided_from_id is null) = (whole_low is null) and (whole_low is null) = (whole_high is null)",
            name="whole",
        ),
        sa.Index("ix_artefact_institution_id_code", "institution_id", "code"),
    )

    id: int | None = _id()
    code: str = Field(sa_type=sa.Text)
    kind: Kind = Field(sa_type=str_enum(Kind))
    institution_id: int = _of("institution.id", index=False)
    site_id: int | None = _of("site.id", nullable=True, ondelete="SET NULL")
    part_id: int | None = _of("part.id", nullable=True, ondelete="SET NULL")
    container_id: int | None = _of("artefact.id", nullable=True)
    natural_key: str | None = Field(default=None, sa_type=sa.Text)
    inventory_number: str = _text()
    object_type: str = _text()
    title: str = _text()
    materials: str = _text()
    measurements: str = _text()
    inscriptions: str = _text()
    period: str = _text()
    maker: str = _text()
    subject: str = _text()
    features: str = _text()
    description: str = _text()
    related: str = _text()
    origin: str = _text()
    documented_on: date | None = None
    count_low: int = 1
    count_high: int = 1
    movability: Movability = Field(default=Movability.MOVABLE, sa_type=str_enum(Movability))
    priority: int = Field(default=3, sa_type=sa.SmallInteger)
    value_class: ValueClass = Field(default=ValueClass.UNKNOWN, sa_type=str_enum(ValueClass))
    red_list: RedList = Field(default=RedList.OTHER, sa_type=str_enum(RedList))
    packing_minutes: float | None = None
    weight_kg: float | None = None
    volume_l: float | None = None
    owner: str = _text()
    condition: ConditionState = Field(default=ConditionState.UNKNOWN, sa_type=str_enum(ConditionState))
    condition_note: str = _text()
    condition_on: date | None = None
    reported_moved: str = _text()
    reported_by: str = _text()
    reported_grade: str = _text()
    claim_id: int | None = _of("claim.id", nullable=True)
    object_id_version: str = _text(OBJECT_ID)
    red_list_version: str = _text(RED_LIST)
    divided_from_id: int | None = _of("artefact.id", nullable=True)
    whole_low: int | None = None
    whole_high: int | None = None
    joined_into_id: int | None = _of("artefact.id", nullable=True)
    joined_at: datetime | None = None
    recorded_at: datetime


class Job(SQLModel, table=True):
    """One evacuation or one return of it: what moves together, who asked and who allowed it.

    The destination, the route, the dates of transport, who carries it and how they are reached are in `sealed_place`
    only. `spectrum_version`, `stages_version`: the editions of the movement record and of the list of stages.
    """

    __tablename__ = "move_job"
    __table_args__ = (
        sa.UniqueConstraint("code"),
        sa.CheckConstraint("people between 1 and 10000", name="people"),
        sa.CheckConstraint("authorised_by_id <> planned_by_id", name="two_people"),
        sa.CheckConstraint("(authorised_at is null) = (authorised_by is null)", name="authorised"),
    )

    id: int | None = _id()
    code: str = Field(sa_type=sa.Text)
    institution_id: int = _of("institution.id")
    reason: str = Field(sa_type=sa.Text)
    method: str = _text()
    people: int | None = None
    planned_by: str = Field(sa_type=sa.Text)
    planned_by_id: int = _of("account.id", index=False)
    planned_at: datetime
    custodian: str = _text()
    valid_until: date | None = None
    authorised_by: str | None = Field(default=None, sa_type=sa.Text)
    authorised_by_id: int | None = _of("account.id", nullable=True, index=False)
    authorised_at: datetime | None = None
    closed_at: datetime | None = None
    spectrum_version: str = _text(SPECTRUM)
    stages_version: str = _text(EVACUATION)


class JobItem(SQLModel, table=True):
    """One object in one job, and how far it has come; of one object only one is open at a time."""

    __tablename__ = "move_item"
    __table_args__ = (
        sa.UniqueConstraint("job_id", "artefact_id"),
        sa.Index("ux_move_item_open", "artefact_id", unique=True, postgresql_where=sa.text(OPEN_ITEM)),
    )

    id: int | None = _id()
    job_id: int = _of("move_job.id", index=False)
    artefact_id: int = _of("artefact.id")
    state: State = Field(sa_type=str_enum(State))
    seal: str = _text()
    closed_at: datetime | None = None


class Step(SQLModel, table=True):
    """One step of some objects of a job, never changed: who, when it was so, and when it was written."""

    __tablename__ = "move_step"
    __table_args__ = (sa.Index("ix_move_step_artefact_ids", "artefact_ids", postgresql_using="gin"),)

    id: int | None = _id()
    job_id: int = _of("move_job.id")
    state: State = Field(sa_type=str_enum(State))
    artefact_ids: list[int] = Field(sa_type=ARRAY(sa.BigInteger))
    happened_at: datetime
    recorded_at: datetime
    by: str = Field(sa_type=sa.Text)
    by_id: int | None = _of("account.id", nullable=True, index=False)


class StepNote(SQLModel, table=True):
    """What somebody wrote to a step, sealed: people write places into such fields whatever they are told."""

    __tablename__ = "move_step_note"

    step_id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("move_step.id"), primary_key=True))
    sealed: bytes = Field(sa_type=sa.LargeBinary)


class StageEntry(SQLModel, table=True):
    """What somebody said of one stage of the evacuation, never changed; the last word on it holds."""

    __tablename__ = "move_stage"

    id: int | None = _id()
    job_id: int = _of("move_job.id")
    stage: Stage = Field(sa_type=str_enum(Stage))
    state: StageState = Field(sa_type=str_enum(StageState))
    points: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    happened_at: datetime
    recorded_at: datetime
    by: str = Field(sa_type=sa.Text)
    by_id: int | None = _of("account.id", nullable=True, index=False)


class StageNote(SQLModel, table=True):
    """What somebody wrote to a stage, sealed like a note to a step."""

    __tablename__ = "move_stage_note"

    stage_id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("move_stage.id"), primary_key=True))
    sealed: bytes = Field(sa_type=sa.LargeBinary)


class ConditionEntry(SQLModel, table=True):
    """How some objects of a job were found before or after the move, never changed; a later entry is a newer look."""

    __tablename__ = "move_condition"

    id: int | None = _id()
    job_id: int = _of("move_job.id")
    phase: Phase = Field(sa_type=str_enum(Phase))
    condition: ConditionState = Field(sa_type=str_enum(ConditionState))
    artefact_ids: list[int] = Field(sa_type=ARRAY(sa.BigInteger))
    happened_at: datetime
    recorded_at: datetime
    by: str = Field(sa_type=sa.Text)
    by_id: int | None = _of("account.id", nullable=True, index=False)


class ConditionNote(SQLModel, table=True):
    """What somebody wrote to a condition, sealed like a note to a step."""

    __tablename__ = "move_condition_note"

    condition_id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("move_condition.id"), primary_key=True))
    sealed: bytes = Field(sa_type=sa.LargeBinary)


class Confirmation(SQLModel, table=True):
    """What one side of a handover counted, never changed: unit by unit the count, the seal and the condition."""

    __tablename__ = "move_confirmation"

    id: int | None = _id()
    job_id: int = _of("move_job.id")
    direction: Direction = Field(sa_type=str_enum(Direction))
    side: Side = Field(sa_type=str_enum(Side))
    lines: list[Any] = Field(sa_type=JSONB)
    happened_at: datetime
    recorded_at: datetime
    by: str = Field(sa_type=sa.Text)
    by_id: int = _of("account.id", index=False)


class Discrepancy(SQLModel, table=True):
    """What the two sides of a handover do not agree on; it blocks closing until two people say what it was."""

    __tablename__ = "move_discrepancy"
    __table_args__ = (
        sa.CheckConstraint("agreed_by_id <> proposed_by_id", name="two_people"),
        sa.CheckConstraint("agreed_at is null or proposed_at is not null", name="order"),
        sa.Index("ix_move_discrepancy_open", "job_id", postgresql_where=sa.text("agreed_at is null")),
    )

    id: int | None = _id()
    job_id: int = _of("move_job.id")
    artefact_id: int = _of("artefact.id", index=False)
    direction: Direction = Field(sa_type=str_enum(Direction))
    kind: Difference = Field(sa_type=str_enum(Difference))
    given: str = _text()
    found: str = _text()
    opened_at: datetime
    outcome: Outcome | None = Field(default=None, sa_type=str_enum(Outcome))
    concerns: list[int] = Field(default_factory=list, sa_type=ARRAY(sa.BigInteger))
    proposed_by: str | None = Field(default=None, sa_type=sa.Text)
    proposed_by_id: int | None = _of("account.id", nullable=True, index=False)
    proposed_at: datetime | None = None
    reason: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    agreed_by: str | None = Field(default=None, sa_type=sa.Text)
    agreed_by_id: int | None = _of("account.id", nullable=True, index=False)
    agreed_at: datetime | None = None


class CustodyEntry(SQLModel, table=True):
    """Who gave and who took an object, never changed; a correction is a new entry that names the one it replaces."""

    __tablename__ = "custody_entry"
    __table_args__ = (
        sa.CheckConstraint("giver <> taker and giver <> '' and taker <> ''", name="sides"),
        sa.CheckConstraint("corrects_id <> id", name="corrects"),
        sa.Index("ix_custody_entry_artefact_id", "artefact_id", "happened_at"),
    )

    id: int | None = _id()
    artefact_id: int = _of("artefact.id", index=False)
    job_id: int | None = _of("move_job.id", nullable=True, index=False)
    giver: str = Field(sa_type=sa.Text)
    taker: str = Field(sa_type=sa.Text)
    why: str = Field(sa_type=sa.Text)
    condition: ConditionState = Field(default=ConditionState.UNKNOWN, sa_type=str_enum(ConditionState))
    authoriser: str = _text()
    happened_at: datetime
    recorded_at: datetime
    by: str = Field(sa_type=sa.Text)
    corrects_id: int | None = _of("custody_entry.id", nullable=True, index=False)


class SealedPlace(SQLModel, table=True):
    """Where a job goes, how and when, in one sealed value; every job has one, whether or not anything was written."""

    __tablename__ = "sealed_place"

    job_id: int = Field(sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("move_job.id"), primary_key=True))
    sealed: bytes = Field(sa_type=sa.LargeBinary)


class ObjectLookup(SQLModel, table=True):
    """Who looked for what among an institution's objects; the institution sees it."""

    __tablename__ = "object_lookup"
    __table_args__ = (sa.Index("ix_object_lookup_institution_id", "institution_id", "id"),)

    id: int | None = _id()
    institution_id: int = _of("institution.id", index=False)
    artefact_id: int | None = _of("artefact.id", nullable=True, index=False)
    actor: str = Field(sa_type=sa.Text)
    account_id: int | None = _of("account.id", nullable=True, index=False)
    looked_at: datetime


class ObjectInquiry(SQLModel, table=True):
    """Somebody describes an object and asks whose it is; nobody is told by the program whether it is kept here."""

    __tablename__ = "object_inquiry"
    __table_args__ = (sa.UniqueConstraint("code"),)

    id: int | None = _id()
    code: str = Field(sa_type=sa.Text)
    asked_by: str = Field(sa_type=sa.Text)
    asked_by_id: int = _of("account.id")
    asked_at: datetime
    described: dict[str, Any] = Field(sa_type=JSONB)
    circumstances: str = _text()
    contact: str = _text()


class InquiryMatch(SQLModel, table=True):
    """An institution some of whose objects are like what was described; its answer is the only thing the asker sees."""

    __tablename__ = "object_inquiry_match"
    __table_args__ = (
        sa.UniqueConstraint("inquiry_id", "institution_id"),
        sa.CheckConstraint("(answered_at is null) = (answered_by is null)", name="answered"),
    )

    id: int | None = _id()
    inquiry_id: int = _of("object_inquiry.id", index=False)
    institution_id: int = _of("institution.id")
    candidates: list[Any] = Field(sa_type=JSONB)
    answer: str | None = Field(default=None, sa_type=sa.Text)
    answered_by: str | None = Field(default=None, sa_type=sa.Text)
    answered_by_id: int | None = _of("account.id", nullable=True, index=False)
    answered_at: datetime | None = None


PLACE = register("sealed_place", "job_id", "sealed", Purpose.PLACES)
STEP_NOTE = register("move_step_note", "step_id", "sealed", Purpose.PLACES)
STAGE_NOTE = register("move_stage_note", "stage_id", "sealed", Purpose.PLACES)
CONDITION_NOTE = register("move_condition_note", "condition_id", "sealed", Purpose.PLACES)
DIFFERENCE_REASON = register("move_discrepancy", "id", "reason", Purpose.PLACES)
