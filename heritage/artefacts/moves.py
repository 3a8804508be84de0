"""Use cases of a job: plan, authorise, pack, hand over by two sides, settle differences, verify, return.

The caller owns the transaction; every step is a new row that the record vouches for.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from heritage.artefacts import queries
from heritage.artefacts.domain import (
    ENDED,
    SETTLED,
    Difference,
    Direction,
    Kind,
    Line,
    Mismatch,
    Outcome,
    Side,
    State,
    Thing,
    check_given,
    check_moment,
    check_plan,
    check_put,
    check_step,
    compare,
    count_within,
    units,
    with_contents,
)
from heritage.artefacts.models import (
    DIFFERENCE_REASON,
    PLACE,
    STEP_NOTE,
    Artefact,
    Confirmation,
    CustodyEntry,
    Discrepancy,
    Institution,
    Job,
    JobItem,
    SealedPlace,
    Step,
    StepNote,
)
from heritage.artefacts.service import Hand, lock_institution, new_code
from heritage.core.errors import Conflict, InvalidInput, NotFound
from heritage.sealing.keyring import KeyRing

MOST_PEOPLE = 10_000
LOST = (State.MISSING, State.DESTROYED)


@dataclass(frozen=True)
class SealedFacts:
    """Where a job goes, how and when; kept in one sealed value and nowhere else. Degrees WGS 84; dates as EDTF text."""

    name: str = ""
    lon: float | None = None
    lat: float | None = None
    access: str = ""
    route: str = ""
    departs: str = ""
    arrives: str = ""


@dataclass
class Opened:
    """A job with its items, locked for one use case; `things` are those of its institution."""

    job: Job
    institution: Institution
    items: dict[int, JobItem]
    artefacts: dict[int, Artefact]
    things: dict[int, Thing]

    @property
    def id(self) -> int:
        """The job's key."""
        assert self.job.id is not None
        return self.job.id

    def ids_of(self, codes: Collection[str]) -> list[int]:
        """The items of these codes.  Raises: InvalidInput for a code that is not in the job."""
        known = {artefact.code: key for key, artefact in self.artefacts.items()}
        unknown = sorted(set(codes) - set(known))
        if unknown:
            raise InvalidInput(f"objects: {unknown[0]} is not in this job.")
        return [known[code] for code in dict.fromkeys(codes)]

    def within(self, ids: Iterable[int]) -> list[int]:
        """These items and what of the job lies in them."""
        return [each for each in with_contents(ids, self.things) if each in self.items]

    def in_state(self, *states: State) -> list[int]:
        """The items that have come so far."""
        return [key for key, item in self.items.items() if item.state in states]

    def units(self, ids: Collection[int]) -> list[Thing]:
        """What of these is handed over one by one."""
        return units(self.things[each] for each in ids)


def open_job(session: Session, code: str) -> Opened:
    """Lock a job and read what belongs to it.  Raises: NotFound."""
    job = queries.get_job(session, code, lock=True)
    lock_institution(session, job.institution_id)
    assert job.id is not None
    for item, _ in queries.items_of(session, job.id):
        # What another transaction did while this one waited for the lock.
        session.refresh(item)
    return read_job(session, job)


def read_job(session: Session, job: Job) -> Opened:
    """What belongs to a job, for looking at it only."""
    assert job.id is not None
    institution = session.get_one(Institution, job.institution_id)
    rows = queries.items_of(session, job.id)
    return Opened(
        job,
        institution,
        {item.artefact_id: item for item, _ in rows},
        {item.artefact_id: artefact for item, artefact in rows},
        queries.things(session, job.institution_id),
    )


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
    facts: SealedFacts = SealedFacts(),
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
        raise InvalidInput("reason: say why it is moved.")
    if people is not None and not 1 <= people <= MOST_PEOPLE:
        raise InvalidInput(f"people: between 1 and {MOST_PEOPLE:,}.")
    planned_at = happened_at or hand.now
    check_moment(planned_at, hand.now)
    lock_institution(session, institution.id)
    kept = queries.things(session, institution.id)
    known = {thing.code: thing.id for thing in kept.values()}
    unknown = sorted(set(codes) - set(known))
    if unknown:
        raise InvalidInput(f"objects: {institution.name} keeps no {unknown[0]}.")
    moving = check_plan([known[code] for code in dict.fromkeys(codes)], kept)
    job = Job(
        code=new_code(), institution_id=institution.id, reason=reason.strip(), method=method.strip(), people=people,
        planned_by=hand.actor, planned_by_id=hand.account(), planned_at=hand.now,
    )  # fmt: skip
    session.add(job)
    session.flush()
    assert job.id is not None
    session.add_all(JobItem(job_id=job.id, artefact_id=each, state=State.PLANNED) for each in moving)
    step = _step(session, hand, job, State.PLANNED, moving, planned_at)
    _seal(session, ring, job, facts)
    hand.write(session, "job.plan", _subject(job), step, objects=len(moving), institution=institution.code)
    return job


def seal_facts(session: Session, hand: Hand, ring: KeyRing, code: str, facts: SealedFacts) -> None:
    """Write a job's sealed facts anew; the record says that somebody did and nothing else.

    Raises:  NotFound; Conflict when the job is closed; InvalidInput for coordinates that are none.
    """
    opened = open_job(session, code)
    if opened.job.closed_at is not None:
        raise Conflict(f"Job {code} is closed.")
    _seal(session, ring, opened.job, facts)
    hand.write(session, "job.seal", _subject(opened.job))


def unseal_facts(ring: KeyRing, place: SealedPlace) -> SealedFacts:
    """The sealed facts in clear; only for who was let read them.  Raises: KeyMissing, SealBroken."""
    return facts_of(ring.open(PLACE.purpose, PLACE.identity(place.job_id), place.sealed))


def facts_of(plain: bytes) -> SealedFacts:
    """The facts out of an opened value."""
    return SealedFacts(**json.loads(plain))


def _seal(session: Session, ring: KeyRing, job: Job, facts: SealedFacts) -> None:
    if (facts.lon is None) != (facts.lat is None):
        raise InvalidInput("lon: give both longitude and latitude, or neither.")
    if facts.lon is not None and facts.lat is not None and not (-180 <= facts.lon <= 180 and -90 <= facts.lat <= 90):
        raise InvalidInput("lon: longitude and latitude leave the globe.")
    plain = json.dumps(asdict(facts), ensure_ascii=False).encode()
    sealed = ring.seal(PLACE.purpose, PLACE.identity(job.id), plain)
    held = session.get(SealedPlace, job.id)
    if held is None:
        assert job.id is not None
        held = SealedPlace(job_id=job.id, sealed=sealed)
    held.sealed = sealed
    session.add(held)


def authorise(
    session: Session, hand: Hand, code: str, *, custodian: str, valid_until: date | None, happened_at: datetime
) -> None:
    """Allow a planned job; by somebody who did not plan it.

    Args:    custodian: who signed for the objects.  valid_until: the permission's last day.
    Raises:  InvalidInput; Conflict for one's own plan, or a job that is past planning.
    """
    opened = open_job(session, code)
    if opened.job.planned_by_id == hand.account():
        raise Conflict("Who planned it cannot allow it: a second person is needed.")
    if not custodian.strip():
        raise InvalidInput("custodian: name who signed the permission.")
    if valid_until is not None and valid_until < happened_at.date():
        raise InvalidInput("valid_until: this day is over.")
    planned = opened.in_state(State.PLANNED)
    if not planned or opened.job.authorised_at is not None:
        raise Conflict(f"Job {code} is not waiting to be authorised.")
    step = _advance(session, hand, opened, planned, State.AUTHORISED, happened_at)
    job = opened.job
    job.custodian, job.valid_until = custodian.strip(), valid_until
    job.authorised_by, job.authorised_by_id, job.authorised_at = hand.actor, hand.account(), hand.now
    hand.write(session, "job.authorise", _subject(job), step)


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
        raise Conflict(f"Job {code} is not authorised yet: nothing is packed before.")
    if opened.job.valid_until is not None and happened_at.date() > opened.job.valid_until:
        raise Conflict(f"The permission of job {code} ended on {opened.job.valid_until}.")
    ids = opened.ids_of(codes)
    if not ids:
        raise InvalidInput("objects: choose at least one.")
    key = _box(session, hand, opened, box)
    if key is not None:
        _put_all(session, opened, ids, key)
    packed = opened.within([*ids, *([key] if key is not None else [])])
    fresh = [each for each in packed if opened.items[each].state is not State.PACKED]
    for each in [key] if key is not None else ids:
        opened.items[each].seal = seal.strip()
    step = _advance(session, hand, opened, fresh, State.PACKED, happened_at) if fresh else None
    name = opened.artefacts[key].code if key is not None else None
    hand.write(session, "job.pack", _subject(opened.job), *([step] if step else []), objects=len(ids), box=name)
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
        raise Conflict(f"Nothing of job {code} can be left out any more.")
    step = _advance(session, hand, opened, ids, State.CANCELLED, happened_at)
    _take_from_others(session, opened, ids)
    hand.write(session, "job.leave-out", _subject(opened.job), step, objects=len(ids))


def _take_from_others(session: Session, opened: Opened, ids: Collection[int]) -> None:
    """What parts from the rest parts from its container too, and from what it holds."""
    parting = set(ids)
    for key, artefact in opened.artefacts.items():
        parent = artefact.container_id
        if parent is not None and parent in opened.items and (key in parting) != (parent in parting):
            artefact.container_id = None
            session.add(artefact)


def give(
    session: Session, hand: Hand, code: str, direction: Direction, *, lines: Sequence[Line], happened_at: datetime
) -> None:
    """The giver's side of a handover: what leaves, as counted.

    Args:    lines: out: every unit of the job; back: the units that return now.
    Raises:  InvalidInput; Conflict when something is not packed, the list and the count differ, a difference of before
             is not settled, or a handover is open already.
    """
    opened = open_job(session, code)
    _refuse_unsettled(session, opened)
    if open_handover(queries.confirmations_of(session, opened.id)) is not None:
        raise Conflict(f"A handover of job {code} is open: its other side comes first.")
    leaving = _leaving(opened, direction, lines)
    expected = {unit.code: count_within(unit, {each: opened.things[each] for each in leaving})
                for unit in opened.units(leaving)}  # fmt: skip
    check_given(lines, expected)
    kept_lines = [line for line in lines if line.code in expected]
    confirmation = _confirm(session, hand, opened, direction, Side.GIVER, kept_lines, happened_at, leaving)
    rows: list[Step | Confirmation | CustodyEntry] = [confirmation]
    if direction is Direction.OUT:
        rows.append(_advance(session, hand, opened, leaving, State.IN_TRANSIT, happened_at))
        rows += _hand_on(session, hand, opened, leaving, opened.institution.name, _on_the_way(opened), happened_at)
    hand.write(session, f"job.give-{direction}", _subject(opened.job), *rows, units=len(expected))


def _leaving(opened: Opened, direction: Direction, lines: Sequence[Line]) -> list[int]:
    if direction is Direction.OUT:
        unpacked = opened.in_state(State.PLANNED, State.AUTHORISED)
        if unpacked:
            first = opened.artefacts[unpacked[0]].code
            raise Conflict(f"{first} is not packed: pack it or leave it out first ({len(unpacked)} are not).")
        leaving = opened.in_state(State.PACKED)
        if not leaving:
            raise Conflict(f"Nothing of job {opened.job.code} is packed.")
        return leaving
    there = set(opened.in_state(State.VERIFIED))
    if not there:
        raise Conflict(f"Nothing of job {opened.job.code} can return: nothing of it was verified where it went.")
    named = opened.ids_of([line.code for line in lines if line.present])
    for each in named:
        check_step(opened.artefacts[each].code, State(opened.items[each].state), State.RETURNED)
        parent = opened.things[each].parent
        if parent in there and parent not in named:
            box = opened.artefacts[parent].code
            raise Conflict(f"{opened.artefacts[each].code} lies in {box}: return that, or take it out there first.")
    if not named:
        raise InvalidInput("objects: choose at least one.")
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
        raise Conflict(f"Nothing of job {code} is on the way: the giver confirms first.")
    if given.by_id == hand.account():
        raise Conflict("Who gave cannot receive: the other side is another person.")
    told = [Line(**line) for line in given.lines]
    extra = sorted({line.code for line in lines if line.present} - {line.code for line in told})
    if extra:
        raise InvalidInput(f"objects: {extra[0]} was not handed over in this job.")
    mismatches = compare(told, lines)
    handed = opened.within(opened.ids_of([line.code for line in told]))
    confirmation = _confirm(session, hand, opened, direction, Side.RECEIVER, lines, happened_at, handed)
    rows: list[Step | Confirmation | CustodyEntry] = [confirmation]
    for one in mismatches:
        session.add(_difference(opened, direction, one, hand.now))
    # Out, a box that came with a wrong seal has come; back, it is not put away before that is settled.
    held_back = {m.code for m in mismatches if direction is Direction.BACK or m.kind is Difference.ABSENT}
    came = opened.within(opened.ids_of([line.code for line in told if line.code not in held_back]))
    rows += _arrive(session, hand, opened, direction, came, happened_at)
    hand.write(session, f"job.receive-{direction}", _subject(opened.job), *rows, differences=len(mismatches))
    return mismatches


def _arrive(
    session: Session, hand: Hand, opened: Opened, direction: Direction, ids: Sequence[int], happened_at: datetime
) -> list[Step | Confirmation | CustodyEntry]:
    before = State.IN_TRANSIT if direction is Direction.OUT else State.VERIFIED
    coming = [each for each in ids if opened.items[each].state == before]
    if not coming:
        return []
    if direction is Direction.OUT:
        step = _advance(session, hand, opened, coming, State.RECEIVED, happened_at)
        taker = f"{hand.actor}, job {opened.job.code}"
        return [step, *_hand_on(session, hand, opened, coming, _on_the_way(opened), taker, happened_at)]
    step = _advance(session, hand, opened, coming, State.RETURNED, happened_at)
    return [step, *_hand_on(session, hand, opened, coming, None, opened.institution.name, happened_at)]


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


def propose(
    session: Session,
    hand: Hand,
    ring: KeyRing,
    code: str,
    discrepancy_id: int,
    *,
    outcome: Outcome,
    reason: str,
    codes: Collection[str] = (),
) -> None:
    """The first of two people says what a difference was; a new proposal takes the place of an older one.

    Args:    codes: which objects are missing or destroyed; none names the whole unit.  reason: kept sealed.
    Raises:  InvalidInput; Conflict when it is settled, or the outcome cannot be.
    """
    opened = open_job(session, code)
    held = _unsettled(session, opened, discrepancy_id)
    if not reason.strip():
        raise InvalidInput("reason: say how it is known.")
    if held.kind is Difference.ABSENT and outcome is Outcome.EXPLAINED:
        raise Conflict("What did not come was found, is missing or is destroyed: there is nothing to explain.")
    concerned = opened.within(opened.ids_of(codes))
    if outcome in (Outcome.MISSING, Outcome.DESTROYED):
        within = opened.within([held.artefact_id])
        if set(concerned) - set(within):
            raise InvalidInput(f"objects: not all of them lie in {opened.artefacts[held.artefact_id].code}.")
        if not concerned and held.kind is not Difference.ABSENT:
            raise InvalidInput("objects: say which of them.")
        concerned = concerned or within
        for each in concerned:
            check_step(opened.artefacts[each].code, State(opened.items[each].state), State(outcome.value))
    held.outcome, held.concerns = outcome, concerned
    held.reason = ring.seal(DIFFERENCE_REASON.purpose, DIFFERENCE_REASON.identity(held.id), reason.strip().encode())
    held.proposed_by, held.proposed_by_id, held.proposed_at = hand.actor, hand.account(), hand.now
    session.add(held)
    hand.write(session, "job.propose", _subject(opened.job), difference=held.id, outcome=outcome)


def agree(session: Session, hand: Hand, code: str, discrepancy_id: int, *, happened_at: datetime) -> None:
    """The second of two people agrees, and what was proposed holds.

    Raises:  Conflict when nothing is proposed, or by the same person.
    """
    opened = open_job(session, code)
    held = _unsettled(session, opened, discrepancy_id)
    if held.outcome is None or held.proposed_by_id is None:
        raise Conflict("Somebody says first what it was.")
    if held.proposed_by_id == hand.account():
        raise Conflict("Who proposed it cannot agree to it: a second person is needed.")
    held.agreed_by, held.agreed_by_id, held.agreed_at = hand.actor, hand.account(), hand.now
    session.add(held)
    session.flush()
    rows: list[Step | Confirmation | CustodyEntry] = []
    if held.outcome in (Outcome.MISSING, Outcome.DESTROYED):
        _take_from_others(session, opened, held.concerns)
        rows.append(_advance(session, hand, opened, held.concerns, State(held.outcome.value), happened_at))
    open_units = {other.artefact_id for other, _ in queries.discrepancies_of(session, opened.id, unsettled=True)}
    if held.artefact_id not in open_units:
        rest = [each for each in opened.within([held.artefact_id]) if opened.items[each].state not in SETTLED]
        rows += _arrive(session, hand, opened, Direction(held.direction), rest, happened_at)
    hand.write(session, "job.agree", _subject(opened.job), *rows, difference=held.id, outcome=held.outcome)


def verify(session: Session, hand: Hand, code: str, *, happened_at: datetime, ring: KeyRing, note: str = "") -> None:
    """Say that what came was looked at, piece by piece.

    Raises:  Conflict while a difference is open or something is still on the way.
    """
    opened = open_job(session, code)
    _refuse_unsettled(session, opened)
    there, away = opened.in_state(State.RECEIVED), opened.in_state(State.IN_TRANSIT)
    if away:
        raise Conflict(f"{opened.artefacts[away[0]].code} is still on the way.")
    if not there:
        raise Conflict(f"Nothing of job {code} waits to be verified.")
    step = _advance(session, hand, opened, there, State.VERIFIED, happened_at)
    _note(session, ring, step, note)
    hand.write(session, "job.verify", _subject(opened.job), step, objects=len(there))


def transfer(
    session: Session, hand: Hand, ring: KeyRing, code: str, *, codes: Collection[str], taker: str,
    happened_at: datetime, note: str = "",
) -> None:  # fmt: skip
    """Hand verified objects over to somebody else for good; whose property they are is another matter.

    Raises:  InvalidInput; Conflict with the reason.
    """
    opened = open_job(session, code)
    _refuse_unsettled(session, opened)
    if not taker.strip():
        raise InvalidInput("taker: name who takes them.")
    ids = opened.within(opened.ids_of(codes))
    _refuse_none(ids)
    step = _advance(session, hand, opened, ids, State.TRANSFERRED, happened_at)
    _take_from_others(session, opened, ids)
    entries = _hand_on(session, hand, opened, ids, None, taker.strip(), happened_at)
    _note(session, ring, step, note)
    hand.write(session, "job.transfer", _subject(opened.job), step, *entries, objects=len(ids))


def lose(
    session: Session, hand: Hand, ring: KeyRing, code: str, *, codes: Collection[str], state: State,
    happened_at: datetime, note: str,
) -> None:  # fmt: skip
    """Record that objects away from home are missing or destroyed.

    Raises:  InvalidInput without a reason; Conflict where the step is not legal or a difference about it is open.
    """
    if state not in LOST:
        raise InvalidInput("state: missing or destroyed.")
    if not note.strip():
        raise InvalidInput("note: say how it is known.")
    opened = open_job(session, code)
    _refuse_unsettled(session, opened)
    ids = opened.within(opened.ids_of(codes))
    _refuse_none(ids)
    step = _advance(session, hand, opened, ids, state, happened_at)
    _take_from_others(session, opened, ids)
    _note(session, ring, step, note)
    hand.write(session, f"job.{state}", _subject(opened.job), step, objects=len(ids))


def find(
    session: Session, hand: Hand, ring: KeyRing, code: str, *, codes: Collection[str], happened_at: datetime,
    note: str,
) -> None:  # fmt: skip
    """Record that something missing was found; it is verified again like anything received.

    Raises:  InvalidInput without a reason; Conflict when it is not missing.
    """
    if not note.strip():
        raise InvalidInput("note: say how it is known.")
    opened = open_job(session, code)
    ids = opened.ids_of(codes)
    _refuse_none(ids)
    for each in ids:
        if opened.items[each].state is not State.MISSING:
            raise Conflict(f"{opened.artefacts[each].code} is not missing.")
    opened.job.closed_at = None
    step = _advance(session, hand, opened, ids, State.RECEIVED, happened_at)
    taker = f"{hand.actor}, job {opened.job.code}"
    entries = _hand_on(session, hand, opened, ids, "not known", taker, happened_at)
    _note(session, ring, step, note)
    hand.write(session, "job.find", _subject(opened.job), step, *entries, objects=len(ids))


def _refuse_none(ids: Sequence[int]) -> None:
    if not ids:
        raise InvalidInput("objects: choose at least one.")


def _unsettled(session: Session, opened: Opened, discrepancy_id: int) -> Discrepancy:
    query = select(Discrepancy).where(col(Discrepancy.id) == discrepancy_id, col(Discrepancy.job_id) == opened.id)
    held = session.exec(query.with_for_update()).first()
    if held is None:
        raise NotFound("There is no such difference.")
    if held.agreed_at is not None:
        raise Conflict("This difference is settled already.")
    return held


def _refuse_unsettled(session: Session, opened: Opened) -> None:
    waiting = queries.discrepancies_of(session, opened.id, unsettled=True)
    if waiting:
        raise Conflict(
            f"A difference about {waiting[0][1].code} is open: two people settle it first ({len(waiting)} are open)."
        )


def _advance(
    session: Session, hand: Hand, opened: Opened, ids: Sequence[int], to: State, happened_at: datetime
) -> Step:
    for each in ids:
        check_step(opened.artefacts[each].code, State(opened.items[each].state), to)
    latest = queries.latest_fact(session, opened.id, ids)
    check_moment(happened_at, hand.now, not_before=latest)
    for each in ids:
        item = opened.items[each]
        item.state = to
        item.closed_at = hand.now if to in ENDED else None
        session.add(item)
    step = _step(session, hand, opened.job, to, ids, happened_at)
    if all(item.state in SETTLED for item in opened.items.values()):
        opened.job.closed_at = hand.now
    session.add(opened.job)
    session.flush()
    return step


def _step(session: Session, hand: Hand, job: Job, state: State, ids: Sequence[int], happened_at: datetime) -> Step:
    assert job.id is not None
    step = Step(
        job_id=job.id, state=state, artefact_ids=sorted(ids), happened_at=happened_at, recorded_at=hand.now,
        by=hand.actor, by_id=hand.account_id,
    )  # fmt: skip
    session.add(step)
    session.flush()
    return step


def _note(session: Session, ring: KeyRing, step: Step, note: str) -> None:
    if note.strip():
        assert step.id is not None
        sealed = ring.seal(STEP_NOTE.purpose, STEP_NOTE.identity(step.id), note.strip().encode())
        session.add(StepNote(step_id=step.id, sealed=sealed))


def _confirm(
    session: Session, hand: Hand, opened: Opened, direction: Direction, side: Side, lines: Sequence[Line],
    happened_at: datetime, ids: Sequence[int],
) -> Confirmation:  # fmt: skip
    check_moment(happened_at, hand.now, not_before=queries.latest_fact(session, opened.id, ids))
    made = Confirmation(
        job_id=opened.id, direction=direction, side=side, lines=[asdict(line) for line in lines],
        happened_at=happened_at, recorded_at=hand.now, by=hand.actor, by_id=hand.account(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _on_the_way(opened: Opened) -> str:
    return f"in transit, job {opened.job.code}"


def _hand_on(
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


def _subject(job: Job) -> str:
    return f"job:{job.code}"
