"""Random legal and illegal moves by the thousand: nothing in two places, nothing lost, what is illegal refused."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session, select

from heritage.artefacts import lots, moves, queries, service
from heritage.artefacts.counting import Line
from heritage.artefacts.domain import NEXT, Direction, Kind, Outcome, State, count_within
from heritage.artefacts.models import Artefact, CustodyEntry, Discrepancy, Job, JobItem, Step
from heritage.audit import chain
from heritage.core.errors import HeritageError
from heritage.db.engine import Database
from heritage.sealing.keyring import KeyRing
from tests.artefacts.conftest import make_hands

OBJECTS, BOXES = 5, 3
PLACES = st.integers(0, OBJECTS + BOXES)
SOME = st.sets(PLACES, max_size=4)
WRONG = {"absent": {"present": False}, "count": {"count": 0}, "seal": {"seal": "?"}, "sound": {"sound": False}}


class Moves(RuleBasedStateMachine):
    """Two people do whatever comes into their heads with a few objects, boxes and jobs."""

    database: Database
    ring: KeyRing
    counts: Counter[str]

    @initialize()
    def open(self) -> None:
        self.session = Session(self.database.engine, expire_on_commit=False)
        self.hands = make_hands(self.session)
        self.museum = service.add_institution(self.session, self.hands[0], "a-museum", "A Museum")
        kinds = [Kind.OBJECT] * (OBJECTS - 1) + [Kind.LOT] + [Kind.CONTAINER] * BOXES + [Kind.ELEMENT]
        sizes = {Kind.LOT: {"count_low": 3, "count_high": 9}}
        for kind in kinds:
            service.add_artefact(self.session, self.hands[0], self.museum, kind=kind, title="x", **sizes.get(kind, {}))
        # How many of each there truly are, which nobody wrote down; None once somebody wrote what cannot be.
        self.truly: dict[int, int | None] = {one.id: 5 if one.kind is Kind.LOT else 1 for one in self.kept()}

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.rollback()
            self.session.close()

    # What people see when they choose.

    def hand(self, who: bool):
        self.hands = tuple(replace(hand, now=hand.now + timedelta(seconds=1)) for hand in self.hands)
        return self.hands[who]

    def kept(self) -> list[Artefact]:
        return list(self.session.exec(select(Artefact).order_by(Artefact.id)))

    def codes(self, places) -> list[str]:
        kept = self.kept()
        return [kept[place % len(kept)].code for place in sorted(places)]

    def job(self, number: int) -> Job:
        jobs = self.session.exec(select(Job).order_by(Job.id)).all()
        return jobs[-1 - number % min(len(jobs), 3)]

    def has_jobs(self) -> bool:
        return self.session.exec(select(Job)).first() is not None

    def attempt(self, name: str, act) -> None:
        """Do it; a refusal must change nothing."""
        before = self.picture()
        try:
            with self.session.begin_nested():
                act()
            self.counts[f"{name} done"] += 1
        except HeritageError:
            self.session.expire_all()
            self.counts[f"{name} refused"] += 1
            assert self.picture() == before

    def picture(self):
        items = self.session.execute(sa.select(JobItem.job_id, JobItem.artefact_id, JobItem.state, JobItem.closed_at))
        lying = self.session.execute(
            sa.select(
                Artefact.id, Artefact.container_id, Artefact.count_low, Artefact.count_high, Artefact.joined_into_id
            )
        )
        steps = self.session.execute(sa.select(sa.func.count()).select_from(Step)).scalar()
        return sorted(map(tuple, items), key=str), sorted(map(tuple, lying), key=str), steps

    # What they do.

    @rule(places=SOME, who=st.booleans())
    def plan(self, places, who) -> None:
        hand = self.hand(who)
        self.attempt("plan", lambda: moves.plan(
            self.session, hand, self.ring, self.museum, codes=self.codes(places), reason="war"))  # fmt: skip

    @rule(place=PLACES, box=PLACES, who=st.booleans())
    def put_in(self, place, box, who) -> None:
        hand, kept = self.hand(who), self.kept()
        self.attempt("put in", lambda: service.put_in(
            self.session, hand, kept[place % len(kept)], kept[box % len(kept)]))  # fmt: skip

    @rule(place=PLACES)
    def take_out(self, place) -> None:
        hand, kept = self.hand(False), self.kept()
        self.attempt("take out", lambda: service.take_out(self.session, hand, kept[place % len(kept)]))

    @precondition(lambda self: self.has_jobs())
    @rule(number=st.integers(0, 2), who=st.booleans())
    def authorise(self, number, who) -> None:
        hand, job = self.hand(who), self.job(number)
        self.attempt("authorise", lambda: moves.authorise(
            self.session, hand, job.code, custodian="D", valid_until=None, happened_at=hand.now))  # fmt: skip

    @precondition(lambda self: self.has_jobs())
    @rule(number=st.integers(0, 2), all_of_it=st.booleans(), places=SOME, box=st.sampled_from([None, "", "first"]))
    def pack(self, number, all_of_it, places, box) -> None:
        hand, job = self.hand(False), self.job(number)
        items = queries.items_of(self.session, job.id)
        codes = [one.code for _, one in items if one.kind is not Kind.CONTAINER] if all_of_it else self.codes(places)
        boxes = [one.code for _, one in items if one.kind is Kind.CONTAINER]
        chosen = boxes[0] if box == "first" and boxes else ("" if box == "first" else box)
        self.attempt("pack", lambda: moves.pack(
            self.session, hand, job.code, codes=codes, box=chosen, seal="S1", happened_at=hand.now))  # fmt: skip

    @precondition(lambda self: self.has_jobs())
    @rule(number=st.integers(0, 2), places=SOME)
    def leave_out(self, number, places) -> None:
        hand, job = self.hand(False), self.job(number)
        self.attempt("leave out", lambda: moves.leave_out(
            self.session, hand, job.code, codes=self.codes(places), happened_at=hand.now))  # fmt: skip

    @precondition(lambda self: self.has_jobs())
    @rule(number=st.integers(0, 2), direction=st.sampled_from(Direction), who=st.booleans(),
          slip=st.sampled_from([0, 0, 0, 1, -7]))  # fmt: skip
    def give(self, number, direction, who, slip) -> None:
        hand, job = self.hand(who), self.job(number)
        lines = self.truth(job, direction, slip)
        self.attempt(f"give {direction}", lambda: moves.give(
            self.session, hand, job.code, direction, lines=lines, happened_at=hand.now))  # fmt: skip

    def truth(self, job: Job, direction: Direction, slip: int) -> list[Line]:
        opened = moves.open_job(self.session, job.code)
        state = State.PACKED if direction is Direction.OUT else State.VERIFIED
        there = opened.in_state(state)
        inside = {each: opened.things[each] for each in there}
        return [Line(unit.code, True, count_within(unit, inside)[0] + slip, "S1") for unit in opened.units(there)]

    @precondition(lambda self: self.has_jobs())
    @rule(number=st.integers(0, 2), direction=st.sampled_from(Direction), who=st.booleans(),
          trouble=st.sampled_from(["", "", "absent", "count", "seal", "sound"]))  # fmt: skip
    def receive(self, number, direction, who, trouble) -> None:
        hand, job = self.hand(who), self.job(number)
        given = moves.open_handover(queries.confirmations_of(self.session, job.id))
        lines = [Line(**line) for line in given.lines] if given else []
        if lines and trouble:
            lines[0] = replace(lines[0], **WRONG[trouble])
        self.attempt(f"receive {direction}", lambda: moves.receive(
            self.session, hand, job.code, direction, lines=lines, happened_at=hand.now))  # fmt: skip

    @precondition(lambda self: self.has_jobs())
    @rule(outcome=st.sampled_from(Outcome), who=st.booleans(), same=st.booleans(), whole=st.booleans())
    def settle(self, outcome, who, same, whole) -> None:
        waiting = self.session.exec(select(Discrepancy).where(Discrepancy.agreed_at.is_(None))).first()
        if waiting is None:
            return
        job = self.session.get(Job, waiting.job_id)
        unit = self.session.get(Artefact, waiting.artefact_id)
        codes = [unit.code] if whole else [one.code for one in queries.contents_of(self.session, unit.id, limit=1)]
        first, second = self.hand(who), self.hand(who if same else not who)
        self.two_settle(job, waiting.id, outcome, first, second, codes)

    @precondition(lambda self: self.has_jobs())
    @rule(number=st.integers(0, 2))
    def verify(self, number) -> None:
        hand, job = self.hand(True), self.job(number)
        self.attempt("verify", lambda: moves.verify(
            self.session, hand, job.code, happened_at=hand.now, ring=self.ring))  # fmt: skip

    @precondition(lambda self: self.has_jobs())
    @rule(number=st.integers(0, 2), places=SOME, what=st.sampled_from(["transfer", "missing", "destroyed", "find"]))
    def end(self, number, places, what) -> None:
        hand, job = self.hand(False), self.job(number)
        common = {"codes": self.codes(places), "happened_at": hand.now, "note": "seen"}

        self.attempt(what, lambda: self.ended(what, hand, job, common))

    def ended(self, what, hand, job, common) -> None:
        if what == "transfer":
            moves.transfer(self.session, hand, self.ring, job.code, taker="Another Museum", **common)
        elif what == "find":
            moves.find(self.session, hand, self.ring, job.code, **common)
        else:
            moves.lose(self.session, hand, self.ring, job.code, state=State(what), **common)

    @precondition(lambda self: self.has_jobs())
    @rule(chance=st.integers(0, 100), what=st.sampled_from(["find", "missing", "destroyed", "transfer"]))
    def some_of(self, chance, what) -> None:
        """Some of what can be found, lost or handed on is: never all, so that it parts from what it lies with."""
        states = {"find": [State.MISSING], "transfer": [State.VERIFIED]}.get(
            what, [State.IN_TRANSIT, State.RECEIVED, State.VERIFIED]
        )
        query = select(JobItem, Artefact).join(Artefact, Artefact.id == JobItem.artefact_id)
        there = self.session.exec(query.where(JobItem.state.in_(states)).order_by(JobItem.id)).all()
        if there:
            item, one = there[chance % len(there)]
            hand, job = self.hand(False), self.session.get(Job, item.job_id)
            common = {"codes": [one.code], "happened_at": hand.now, "note": "seen"}
            self.attempt(f"{what} some", lambda: self.ended(what, hand, job, common))

    some_more_of, some_again_of = some_of, some_of

    @rule(place=PLACES, giver=st.sampled_from("AB"), taker=st.sampled_from("ABC"), of_old=st.integers(-1, 3))
    def correct(self, place, giver, taker, of_old) -> None:
        """An entry of custody by hand, or one in place of another: what was written stays."""
        hand, kept = self.hand(False), self.kept()
        one = kept[place % len(kept)]
        held = queries.custody_of(self.session, one.id)
        old = held[of_old % len(held)].id if held and of_old >= 0 else None
        before = [entry.model_dump() for entry in held]
        self.attempt("correct" if old else "custody", lambda: service.record_custody(
            self.session, hand, one, giver=giver, taker=taker, happened_at=hand.now, why="as the book says",
            corrects=old))  # fmt: skip
        after = queries.custody_of(self.session, one.id)
        assert [entry.model_dump() for entry in after[: len(before)]] == before
        replaced = [entry.corrects_id for entry in after if entry.corrects_id is not None]
        assert len(replaced) == len(set(replaced))

    @rule(place=PLACES, low=st.integers(0, 4), more=st.integers(0, 3))
    def divide(self, place, low, more) -> None:
        """A part of a lot under its own code: the two together can be all that the lot could be, and no less."""
        hand, kept = self.hand(False), self.kept()
        lot = kept[place % len(kept)]
        was = lot.count_low, lot.count_high
        self.attempt("divide", lambda: lots.divide(self.session, hand, lot, count_low=low, count_high=low + more))
        part = next((one for one in self.kept() if one.id not in {each.id for each in kept}), None)
        if part is None:
            assert (lot.count_low, lot.count_high) == was
        else:
            assert part.container_id == lot.container_id
            assert lot.count_low + part.count_high >= was[0]
            assert lot.count_low + part.count_low <= max(was[0], part.count_low + 1)
            assert lot.count_high + part.count_low == was[1]
            there = self.truly[lot.id]
            fitting = [] if there is None else [n for n in range(low, low + more + 1) if 1 <= n < there]
            self.truly[part.id] = fitting[there % len(fitting)] if fitting else None
            self.truly[lot.id] = there - self.truly[part.id] if fitting else None

    @rule(place=PLACES, other=PLACES, back=st.booleans())
    def join(self, place, other, back) -> None:
        """A lot into a lot, as often as not a part into what it was divided from; nothing is counted twice or lost."""
        hand, kept = self.hand(False), self.kept()
        part, lot = kept[other % len(kept)], kept[place % len(kept)]
        divided = [one for one in kept if one.divided_from_id is not None and one.joined_into_id is None]
        if back and divided:
            part = divided[other % len(divided)]
            lot = next(one for one in kept if one.id == part.divided_from_id)
        before, entries = (lot.count_low, lot.count_high), len(queries.custody_of(self.session, part.id))
        undoes = (part.divided_from_id, part.divided_at_change, part.count_changes) == (lot.id, lot.count_changes, 0)
        self.attempt("join", lambda: lots.join(self.session, hand, lot, part))
        self.session.refresh(part)
        if part.joined_into_id == lot.id and part.joined_at == hand.now:
            whole = part.whole_low, part.whole_high
            both = before[0] + part.count_low, before[1] + part.count_high
            assert (lot.count_low, lot.count_high) == (whole if undoes else both)
            assert len(queries.custody_of(self.session, part.id)) == entries
            ours, theirs = self.truly[lot.id], self.truly[part.id]
            self.truly[lot.id] = None if ours is None or theirs is None else ours + theirs

    @rule(chance=st.integers(0, 100), low=st.integers(1, 3), more=st.integers(0, 1), rest=st.booleans())
    def divide_and_join(self, chance, low, more, rest) -> None:
        """As somebody does who divides a lot that lies free, and thinks better of it."""
        free = queries.things(self.session, self.museum.id)
        lots = [each for each, one in free.items() if one.kind is Kind.LOT and one.job is None]
        kept = [one.id for one in self.kept()]
        if not lots:
            return
        self.divide(kept.index(lots[chance % len(lots)]), low, more)
        now = [one.id for one in self.kept()]
        if len(now) > len(kept) and not rest:
            self.join(now.index(lots[chance % len(lots)]), now.index(max(set(now) - set(kept))), back=False)

    @precondition(lambda self: self.has_jobs())
    @rule(number=st.integers(0, 2), steps=st.integers(1, 4))
    def go_on(self, number, steps) -> None:
        """As people do on most days: the next step of a job, rightly done."""
        for _ in range(steps):
            self.next_step(self.job(number))

    # Most of what people do is right; under several names it is drawn more often.
    go_further, go_on_again = go_on, go_on

    def next_step(self, job: Job) -> None:
        opened, (leila, omar) = moves.open_job(self.session, job.code), (self.hand(False), self.hand(True))
        other = omar if job.planned_by_id == leila.account_id else leila
        given = moves.open_handover(queries.confirmations_of(self.session, job.id))
        done = {"session": self.session, "code": job.code}
        if opened.in_state(State.PLANNED):
            self.attempt("authorise", lambda: moves.authorise(
                **done, hand=other, custodian="D", valid_until=None, happened_at=other.now))  # fmt: skip
        elif loose := [opened.artefacts[each].code for each in opened.in_state(State.AUTHORISED)]:
            self.attempt("pack", lambda: moves.pack(
                **done, hand=leila, codes=loose, box=None, seal="S1", happened_at=leila.now))  # fmt: skip
        elif given is not None:
            taker = omar if given.by_id == leila.account_id else leila
            lines = [Line(**line) for line in given.lines]
            self.attempt(f"receive {given.direction}", lambda: moves.receive(
                **done, hand=taker, direction=given.direction, lines=lines, happened_at=taker.now))  # fmt: skip
        elif opened.in_state(State.RECEIVED):
            self.attempt("verify", lambda: moves.verify(**done, hand=omar, happened_at=omar.now, ring=self.ring))
        else:
            direction = Direction.OUT if opened.in_state(State.PACKED) else Direction.BACK
            self.attempt(
                f"give {direction}",
                lambda: moves.give(
                    **done, hand=leila, direction=direction, lines=self.truth(job, direction, 0), happened_at=leila.now
                ),
            )

    @precondition(lambda self: self.has_jobs())
    @rule(number=st.integers(0, 2), trouble=st.sampled_from(sorted(WRONG)), outcome=st.sampled_from(Outcome))
    def mishap(self, number, trouble, outcome) -> None:
        """A handover on which two people do not agree at first, and what they find it was."""
        job = self.job(number)
        for _ in range(4):
            if moves.open_handover(queries.confirmations_of(self.session, job.id)) is not None:
                break
            self.next_step(job)
        given = moves.open_handover(queries.confirmations_of(self.session, job.id))
        if given is None:
            return
        taker = self.hand(given.by_id == self.hands[0].account_id)
        lines = [Line(**line) for line in given.lines]
        lines[0] = replace(lines[0], **WRONG[trouble])
        self.attempt(f"receive {given.direction}", lambda: moves.receive(
            self.session, taker, job.code, given.direction, lines=lines, happened_at=taker.now))  # fmt: skip
        waiting = queries.discrepancies_of(self.session, job.id, unsettled=True)
        if waiting:
            held, unit = waiting[0]
            inside = [one.code for one in queries.contents_of(self.session, unit.id, limit=1)] or [unit.code]
            self.two_settle(job, held.id, outcome, self.hand(False), self.hand(True), inside)

    def two_settle(self, job, discrepancy_id, outcome, first, second, codes) -> None:
        def act() -> None:
            moves.propose(self.session, first, self.ring, job.code, discrepancy_id, outcome=outcome, reason="r",
                          codes=codes)  # fmt: skip
            moves.agree(self.session, second, job.code, discrepancy_id, happened_at=second.now)

        self.attempt(f"settle {outcome}", act)

    # What holds all the time.

    @invariant()
    def nothing_is_in_two_places_and_nothing_is_lost(self) -> None:
        if not hasattr(self, "session"):
            return
        kept = {one.id: one for one in self.kept()}
        assert len(kept) >= OBJECTS + BOXES + 1
        items = self.session.exec(select(JobItem)).all()
        open_items = {}
        for item in items:
            if item.closed_at is None:
                assert item.artefact_id not in open_items
                open_items[item.artefact_id] = item
        for one in kept.values():
            seen, box = {one.id}, one.container_id
            if box is not None and one.id in open_items:
                # Inside and outside are in the same job, equally far on their way.
                assert open_items[box].job_id == open_items[one.id].job_id
                assert whereabouts(open_items[one.id].state) == whereabouts(open_items[box].state)
            elif box is not None:
                assert box not in open_items
            while box is not None:
                assert box not in seen
                seen.add(box)
                box = kept[box].container_id
        assert not [one for one in kept.values() if one.kind is Kind.ELEMENT and one.id in open_items]

    @invariant()
    def counts_are_never_wrong(self) -> None:
        if not hasattr(self, "session"):
            return
        for one in self.kept():
            if (number := self.truly.get(one.id, 1)) is not None:
                assert one.count_low <= number <= one.count_high, (one.code, number)

    @invariant()
    def what_was_joined_is_nowhere_else(self) -> None:
        if not hasattr(self, "session"):
            return
        gone = {one.id for one in self.kept() if one.joined_into_id is not None}
        assert not [one for one in self.kept() if one.id in gone and one.container_id is not None]
        assert not gone & {item.artefact_id for item in self.session.exec(select(JobItem)) if item.closed_at is None}
        assert not gone & set(queries.things(self.session, self.museum.id))

    @invariant()
    def every_state_was_reached_by_legal_steps(self) -> None:
        if not hasattr(self, "session"):
            return
        reached: dict[tuple[int, int], State] = {}
        for step in self.session.exec(select(Step).order_by(Step.id)):
            for one in step.artefact_ids:
                before = reached.get((step.job_id, one))
                if before is not None:
                    assert State(step.state) in NEXT[State(before)], (before, step.state)
                else:
                    # A new box comes into an authorised job and is packed at once.
                    assert State(step.state) in (State.PLANNED, State.PACKED)
                reached[step.job_id, one] = State(step.state)
        for item in self.session.exec(select(JobItem)):
            assert State(item.state) is reached[item.job_id, item.artefact_id]


def whereabouts(state: State) -> str:
    """Where something in this state is; what lies in something else is where that is."""
    if state in (State.MISSING, State.DESTROYED):
        return state.value
    return "away" if state in (State.IN_TRANSIT, State.RECEIVED, State.VERIFIED) else "at home"


def run(database: Database, folder: Path, *, days: int, acts: int, derandomize: bool) -> Counter[str]:
    """So many random days of so many acts each; what was done and refused how often."""
    Moves.database, Moves.ring, Moves.counts = database, KeyRing(folder / "keys", makes_keys=True), Counter()
    run_state_machine_as_test(
        Moves,
        settings=settings(
            max_examples=days, stateful_step_count=acts, deadline=None, derandomize=derandomize, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    return Moves.counts


def told(counts: Counter[str]) -> str:
    """How many acts there were, and of each kind how many were done and refused."""
    done = {act for name in counts for act in [name.rpartition(" ")[0]]}
    lines = [f"  {act}: {counts[f'{act} done']} done, {counts[f'{act} refused']} refused" for act in sorted(done)]
    return f"\nrandom moves: {counts.total()} acts\n" + "\n".join(lines)


def test_random_moves(database: Database, tmp_path) -> None:
    counts = run(database, tmp_path, days=25, acts=60, derandomize=True)
    assert counts.total() > 800
    for reached in ("plan done", "put in done", "put in refused", "give out done", "receive back done"):
        assert counts[reached], counts


@pytest.mark.faults
def test_ten_thousand_random_moves(database: Database, tmp_path, capsys) -> None:
    """Other ones each time, long enough that acts are met both where they are legal and where they are not."""
    counts = run(database, tmp_path, days=180, acts=90, derandomize=False)
    with capsys.disabled():
        print(told(counts))
    assert counts.total() > 10_000, counts
    acts = ("plan", "put in", "take out", "authorise", "pack", "leave out", "give out", "receive out", "verify",
            "give back", "receive back")  # fmt: skip
    rest = (
        "divide",
        "join",
        "settle found",
        "settle missing",
        "settle destroyed",
        "find some",
        "missing some",
        "custody",
        "correct",
    )
    for act in (*acts, *rest):
        assert counts[f"{act} done"], (act, counts)
    for act in (*acts, "join", "transfer", "missing", "destroyed", "find"):
        assert counts[f"{act} refused"], (act, counts)


def test_the_record_vouches_for_every_row_of_a_random_day(database: Database, tmp_path) -> None:
    ring = KeyRing(tmp_path / "keys", makes_keys=True)
    with database.session() as session:
        leila, omar = make_hands(session)
        museum = service.add_institution(session, leila, "a-museum", "A Museum")
        codes = [service.add_artefact(session, leila, museum, kind="object", title="x").code for _ in range(3)]
        job = moves.plan(session, leila, ring, museum, codes=codes, reason="war").code
        moves.authorise(session, omar, job, custodian="D", valid_until=None, happened_at=omar.now)
        box = moves.pack(session, leila, job, codes=codes, box="", seal="S", happened_at=leila.now)
        moves.give(session, leila, job, Direction.OUT, lines=[Line(box, True, 3, "S")], happened_at=leila.now)
        moves.receive(session, omar, job, Direction.OUT, lines=[Line(box, True, 3, "S")], happened_at=omar.now)
    with database.session() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(CustodyEntry)).scalar() == 8
        assert chain.verify(session).ok
