"""Before the departure: plan, authorise, pack, leave out. The caller owns the transaction."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlmodel import Session

from heritage.artefacts import queries
from heritage.artefacts.domain import Kind, State, check_moment, check_plan, check_put
from heritage.artefacts.models import Artefact, Institution, Job, JobItem
from heritage.artefacts.moves.facts import NOTHING_SEALED, SealedFacts, write_seal
from heritage.artefacts.moves.job import Opened, open_job, subject_of
from heritage.artefacts.moves.steps import add_step, advance, take_from_others
from heritage.artefacts.service import Hand, lock_institution, new_code
from heritage.core.errors import N_, Conflict, UnusableField
from heritage.sealing.keyring import KeyRing

MOST_PEOPLE = 10_000


def plan(
    session: Session,
    hand: Hand,
    ring: KeyRing,
    institution: Institution,
    *,
    codes: Collection[str],
    reason: str,
    method: str = "",
    people: int | None = None,
    facts: SealedFacts = NOTHING_SEALED,
    happened_at: datetime | None = None,
) -> Job:
    """Plan what moves together; what lies in a chosen container comes with it.

    Args:    codes: of objects, lots and containers.  people: who carry and drive.  happened_at: when it was planned, by
             default now; earlier where a paper form is entered afterwards.  facts: sealed at once; a job without
             any is sealed all the same, so that nothing tells whether there are some.
    Raises:  InvalidInput naming the field; Conflict naming what cannot move, and why.
    """
    assert institution.id is not None
    if not reason.strip():
        raise UnusableField("reason", N_("Say why it is moved."))
    if people is not None and not 1 <= people <= MOST_PEOPLE:
        raise UnusableField("people", N_("Between 1 and %(most)s."), most=f"{MOST_PEOPLE:,}")
    planned_at = happened_at or hand.now
    check_moment(planned_at, hand.now)
    lock_institution(session, institution.id)
    kept = queries.things(session, institution.id)
    known = {thing.code: thing.id for thing in kept.values()}
    unknown = sorted(set(codes) - set(known))
    if unknown:
        raise UnusableField("objects", N_("%(name)s keeps no %(unknown)s."), name=institution.name, unknown=unknown[0])
    moving = check_plan([known[code] for code in dict.fromkeys(codes)], kept)
    job = Job(
        code=new_code(), institution_id=institution.id, reason=reason.strip(), method=method.strip(), people=people,
        planned_by=hand.actor, planned_by_id=hand.account(), planned_at=hand.now,
    )  # fmt: skip
    session.add(job)
    session.flush()
    assert job.id is not None
    session.add_all(JobItem(job_id=job.id, artefact_id=each, state=State.PLANNED) for each in moving)
    step = add_step(session, hand, job, State.PLANNED, moving, planned_at)
    write_seal(session, ring, job, facts)
    hand.write(session, "job.plan", subject_of(job), step, objects=len(moving), institution=institution.code)
    return job


def authorise(
    session: Session, hand: Hand, code: str, *, custodian: str, valid_until: date | None, happened_at: datetime
) -> None:
    """Allow a planned job; by somebody who did not plan it.

    Args:    custodian: who signed for the objects.  valid_until: the permission's last day.
    Raises:  InvalidInput; Conflict for one's own plan, or a job that is past planning.
    """
    opened = open_job(session, code)
    if opened.job.planned_by_id == hand.account():
        raise Conflict(N_("Who planned it cannot allow it: a second person is needed."))
    if not custodian.strip():
        raise UnusableField("custodian", N_("Name who signed the permission."))
    if valid_until is not None and valid_until < happened_at.date():
        raise UnusableField("valid_until", N_("This day is over."))
    planned = opened.in_state(State.PLANNED)
    if not planned or opened.job.authorised_at is not None:
        raise Conflict(N_("Job %(code)s is not waiting to be authorised."), code=code)
    step = advance(session, hand, opened, planned, State.AUTHORISED, happened_at)
    job = opened.job
    job.custodian, job.valid_until = custodian.strip(), valid_until
    job.authorised_by, job.authorised_by_id, job.authorised_at = hand.actor, hand.account(), hand.now
    hand.write(session, "job.authorise", subject_of(job), step)


def pack(
    session: Session,
    hand: Hand,
    code: str,
    *,
    codes: Collection[str],
    box: str | None,
    seal: str,
    happened_at: datetime,
) -> str | None:
    """Put objects into a box of the job, or note them as packed by themselves.

    Args:    codes: what is packed.  box: its code, "" for a new box, None for no box.  seal: number of the box's seal,
             or of the object's own; a later one replaces it.
    Returns: the code of the box, None where there is none.
    Raises:  InvalidInput; Conflict with the reason.
    """
    opened = open_job(session, code)
    if opened.job.authorised_at is None:
        raise Conflict(N_("Job %(code)s is not authorised yet: nothing is packed before."), code=code)
    if opened.job.valid_until is not None and happened_at.date() > opened.job.valid_until:
        raise Conflict(
            N_("The permission of job %(code)s ended on %(valid_until)s."),
            code=code,
            valid_until=opened.job.valid_until,
        )
    ids = opened.ids_of(codes)
    if not ids:
        raise UnusableField("objects", N_("Choose at least one."))
    key = _box(session, hand, opened, box)
    if key is not None:
        _put_all(session, opened, ids, key)
    packed = opened.within([*ids, *([key] if key is not None else [])])
    fresh = [each for each in packed if opened.items[each].state is not State.PACKED]
    for each in [key] if key is not None else ids:
        opened.items[each].seal = seal.strip()
    step = advance(session, hand, opened, fresh, State.PACKED, happened_at) if fresh else None
    name = opened.artefacts[key].code if key is not None else None
    hand.write(session, "job.pack", subject_of(opened.job), *([step] if step else []), objects=len(ids), box=name)
    return name


def _box(session: Session, hand: Hand, opened: Opened, box: str | None) -> int | None:
    if box is None:
        return None
    if box:
        return opened.ids_of([box])[0]
    made = Artefact(
        code=new_code(), kind=Kind.CONTAINER, institution_id=opened.job.institution_id, title="Box",
        recorded_at=hand.now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    assert made.id is not None
    item = JobItem(job_id=opened.id, artefact_id=made.id, state=State.AUTHORISED)
    session.add(item)
    opened.items[made.id], opened.artefacts[made.id] = item, made
    opened.things[made.id] = queries.thing_of(made, State.AUTHORISED, opened.job.code)
    return made.id


def _put_all(session: Session, opened: Opened, ids: Sequence[int], box: int) -> None:
    parents = {each.id: each.parent for each in opened.things.values()}
    for each in ids:
        if parents[each] == box:
            continue
        check_put(opened.things[each], opened.things[box], parents)
        opened.artefacts[each].container_id = box
        parents[each] = box
        session.add(opened.artefacts[each])
    session.flush()
    opened.things.update(queries.things(session, opened.job.institution_id))


def leave_out(session: Session, hand: Hand, code: str, *, codes: Collection[str], happened_at: datetime) -> None:
    """Take objects off a job before it leaves; with all of them, the job is given up.

    Raises:  Conflict when one has left already.
    """
    opened = open_job(session, code)
    ids = opened.within(opened.ids_of(codes) or opened.in_state(State.PLANNED, State.AUTHORISED, State.PACKED))
    if not ids:
        raise Conflict(N_("Nothing of job %(code)s can be left out any more."), code=code)
    step = advance(session, hand, opened, ids, State.CANCELLED, happened_at)
    take_from_others(session, opened, ids)
    hand.write(session, "job.leave-out", subject_of(opened.job), step, objects=len(ids))
