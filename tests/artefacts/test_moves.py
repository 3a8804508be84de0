"""A job from plan to return: two people, two sides, and every refusal with its reason."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.artefacts import moves, queries, service
from heritage.artefacts.counting import Line
from heritage.artefacts.domain import Difference, Direction, Outcome, Phase, State
from heritage.artefacts.models import Artefact, ConditionNote, CustodyEntry, Job, JobItem, SealedPlace
from heritage.artefacts.vocabularies import Stage, StageState
from heritage.audit import chain
from heritage.core.errors import Conflict, InvalidInput
from heritage.sites.domain import ConditionState
from tests.artefacts.conftest import NOON, later

OUT, BACK = Direction.OUT, Direction.BACK
FACTS = moves.SealedFacts("The bank's strong room", 36.29125, 33.51342, "north door", "old road", "2015-05-19")


class Day:
    """What two people do with one job, each act a minute after the one before."""

    def __init__(self, session: Session, ring, leila, omar, museum) -> None:
        self.session, self.ring, self.leila, self.omar, self.museum = session, ring, leila, omar, museum
        self.minute, self.code = 0, ""

    def _next(self, hand):
        self.minute += 1
        return later(hand, self.minute)

    def plan(self, *things: Artefact, facts=FACTS) -> Job:
        job = moves.plan(
            self.session, self._next(self.leila), self.ring, self.museum, codes=[one.code for one in things],
            reason="the front comes near", facts=facts,
        )  # fmt: skip
        self.code = job.code
        return job

    def authorise(self, hand=None) -> None:
        hand = self._next(hand or self.omar)
        moves.authorise(self.session, hand, self.code, custodian="The director", valid_until=None, happened_at=hand.now)

    def pack(self, *things: Artefact, box: str | None = "", seal: str = "A1") -> str | None:
        hand = self._next(self.leila)
        codes = [one.code for one in things]
        return moves.pack(self.session, hand, self.code, codes=codes, box=box, seal=seal, happened_at=hand.now)

    def give(self, *lines: Line, direction: Direction = OUT, hand=None) -> None:
        hand = self._next(hand or (self.leila if direction is OUT else self.omar))
        moves.give(self.session, hand, self.code, direction, lines=lines, happened_at=hand.now)

    def receive(self, *lines: Line, direction: Direction = OUT, hand=None):
        hand = self._next(hand or (self.omar if direction is OUT else self.leila))
        return moves.receive(self.session, hand, self.code, direction, lines=lines, happened_at=hand.now)

    def verify(self) -> None:
        hand = self._next(self.omar)
        moves.verify(self.session, hand, self.code, happened_at=hand.now, ring=self.ring, note="all dry")

    def settle(self, outcome: Outcome, *codes: str, index: int = 0) -> None:
        waiting = queries.discrepancies_of(self.session, self._id, unsettled=True)
        number = waiting[index][0].id
        moves.propose(
            self.session, self._next(self.leila), self.ring, self.code, number, outcome=outcome, reason="phoned",
            codes=codes,
        )  # fmt: skip
        hand = self._next(self.omar)
        moves.agree(self.session, hand, self.code, number, happened_at=hand.now)

    @property
    def _id(self) -> int:
        return queries.get_job(self.session, self.code).id

    def state(self, thing: Artefact) -> State:
        query = select(JobItem).where(JobItem.job_id == self._id, JobItem.artefact_id == thing.id)
        return self.session.exec(query).one().state


@pytest.fixture
def day(session, ring, hands, museum) -> Day:
    return Day(session, ring, *hands, museum)


@pytest.fixture
def away(day, keep):
    """A job of two boxed busts that were verified where they went: the day, the busts, the box."""
    busts = [keep(), keep()]
    day.plan(*busts)
    day.authorise()
    box = day.pack(*busts)
    day.give(Line(box, True, 2, "A1"))
    day.receive(Line(box, True, 2, "a 1"))
    day.verify()
    return day, busts, box


def test_from_plan_to_return(away, session):
    day, busts, box = away
    assert {day.state(bust) for bust in busts} == {State.VERIFIED}
    day.give(Line(box, True, 2, "B7"), direction=BACK)
    assert day.receive(Line(box, True, 2, "B7"), direction=BACK) == []
    assert {day.state(bust) for bust in busts} == {State.RETURNED}
    assert queries.get_job(session, day.code).closed_at is not None
    taken = [entry.taker for entry in queries.custody_of(session, busts[0].id)]
    assert taken[0] == f"in transit, job {day.code}"
    assert taken[-1] == "Palmyra Museum"


def test_who_planned_cannot_allow(day, keep):
    day.plan(keep())
    with pytest.raises(Conflict, match="second person"):
        day.authorise(day.leila)


def test_nothing_is_packed_before_it_is_allowed_and_nothing_leaves_unpacked(day, keep):
    bust, vase = keep(), keep(title="Vase")
    day.plan(bust, vase)
    with pytest.raises(Conflict, match="not authorised"):
        day.pack(bust)
    day.authorise()
    box = day.pack(bust)
    with pytest.raises(Conflict, match=f"{vase.code} is not packed"):
        day.give(Line(box, True, 1, "A1"))


def test_nothing_is_in_two_jobs(day, keep, session, ring, museum):
    bust = keep()
    first = day.plan(bust)
    with pytest.raises(Conflict, match=f"in job {first.code} already"):
        day.plan(bust)


def test_the_database_holds_it_too(day, keep, session):
    bust = keep()
    job = day.plan(bust)
    other = Job(code="BBBB-BBBB", institution_id=job.institution_id, reason="x", planned_by="x",
                planned_by_id=job.planned_by_id, planned_at=NOON)  # fmt: skip
    session.add(other)
    session.flush()
    session.add(JobItem(job_id=other.id, artefact_id=bust.id, state=State.PLANNED))
    with pytest.raises(sa.exc.IntegrityError, match="ux_move_item_open"):
        session.flush()


def test_an_object_does_not_move_while_its_container_stays(day, keep, session, hands):
    box, bust = keep("container", title="Crate"), keep()
    service.put_in(session, hands[0], bust, box)
    with pytest.raises(Conflict, match=f"lies in {box.code}"):
        day.plan(bust)
    day.plan(box)
    assert day.state(bust) is State.PLANNED


def test_containers_do_not_lie_in_themselves(session, keep, hands):
    outer, inner = keep("container", title="Crate"), keep("container", title="Case")
    service.put_in(session, hands[0], inner, outer)
    for thing, box in ((outer, inner), (outer, outer)):
        with pytest.raises(Conflict, match="cannot lie in"):
            service.put_in(session, hands[0], thing, box)


def test_what_cannot_be_moved_is_refused(day, keep):
    frieze = keep("element", title="Frieze")
    with pytest.raises(Conflict, match="it stays"):
        day.plan(frieze)


def test_a_return_before_the_departure_is_refused(day, keep):
    bust = keep()
    day.plan(bust)
    day.authorise()
    day.pack(bust, box=None)
    with pytest.raises(Conflict, match="can return"):
        day.give(Line(bust.code, True, 1), direction=BACK)


def test_facts_lie_in_the_past_and_in_order(day, keep, session, hands):
    day.plan(keep())
    leila, omar = hands
    words = {"custodian": "The director", "valid_until": None}
    for happened_at, said in ((NOON + timedelta(days=2), "not happened yet"), (NOON, "The step before")):
        with pytest.raises(InvalidInput, match=said):
            moves.authorise(session, later(omar, 9), day.code, happened_at=happened_at, **words)


def test_the_giver_counts_what_the_list_says(day, keep):
    lot = keep("lot", title="Coins", count_low=200, count_high=999)
    day.plan(lot)
    day.authorise()
    box = day.pack(lot)
    for count in (0, 199, 1000):
        with pytest.raises(Conflict, match="200–999 by the list"):
            day.give(Line(box, True, count, "A1"))
    with pytest.raises(InvalidInput, match="a count lies between"):
        day.give(Line(box, True, -1, "A1"))
    day.give(Line(box, True, 640, "A1"))
    (difference,) = day.receive(Line(box, True, 639, "A1"))
    assert (difference.kind, difference.given, difference.found) == (Difference.COUNT, "640", "639")


def test_the_giver_does_not_receive(day, keep):
    bust = keep()
    day.plan(bust)
    day.authorise()
    day.pack(bust, box=None, seal="")
    day.give(Line(bust.code, True, 1))
    with pytest.raises(Conflict, match="another person"):
        day.receive(Line(bust.code, True, 1), hand=day.leila)


@pytest.mark.parametrize(
    ("came", "kind"),
    [
        (Line("", False), Difference.ABSENT),
        (Line("", True, 1, "A1"), Difference.COUNT),
        (Line("", True, 2, "X9"), Difference.SEAL),
        (Line("", True, 2, "A1", sound=False), Difference.CONDITION),
    ],
)
def test_a_difference_stops_the_job_until_two_people_settle_it(day, keep, session, came, kind):
    busts = [keep(), keep()]
    day.plan(*busts)
    day.authorise()
    box = day.pack(*busts)
    day.give(Line(box, True, 2, "A1"))
    (difference,) = day.receive(Line(box, came.present, came.count, came.seal, came.sound))
    assert difference.kind is kind
    with pytest.raises(Conflict, match="two people settle it"):
        day.verify()
    number = queries.discrepancies_of(session, day._id)[0][0].id
    outcome = Outcome.FOUND if kind is Difference.ABSENT else Outcome.EXPLAINED
    moves.propose(session, day._next(day.omar), day.ring, day.code, number, outcome=outcome, reason="looked again")
    with pytest.raises(Conflict, match="second person"):
        moves.agree(session, day._next(day.omar), day.code, number, happened_at=day._next(day.omar).now)
    moves.agree(session, hand := day._next(day.leila), day.code, number, happened_at=hand.now)
    day.verify()
    assert {day.state(bust) for bust in busts} == {State.VERIFIED}


def test_one_of_a_box_is_missing_and_the_rest_goes_on(day, keep, session):
    busts = [keep(), keep()]
    day.plan(*busts)
    day.authorise()
    box = day.pack(*busts)
    day.give(Line(box, True, 2, "A1"))
    day.receive(Line(box, True, 1, "A1"))
    with pytest.raises(InvalidInput, match="Say which"):
        day.settle(Outcome.MISSING)
    day.settle(Outcome.MISSING, busts[0].code)
    day.verify()
    assert [day.state(bust) for bust in busts] == [State.MISSING, State.VERIFIED]
    session.refresh(busts[0])
    assert busts[0].container_id is None
    with pytest.raises(Conflict, match="already"):
        day.plan(busts[0])


def test_what_was_missing_is_found_and_verified(day, keep, session):
    bust = keep()
    day.plan(bust)
    day.authorise()
    day.pack(bust, box=None, seal="")
    day.give(Line(bust.code, True, 1))
    day.receive(Line(bust.code, False))
    day.settle(Outcome.MISSING)
    assert queries.get_job(session, day.code).closed_at is not None
    hand = day._next(day.omar)
    moves.find(session, hand, day.ring, day.code, codes=[bust.code], happened_at=hand.now, note="in the other lorry")
    day.verify()
    assert day.state(bust) is State.VERIFIED


def test_what_is_found_of_a_missing_box_lies_in_it_no_more(away, session):
    day, busts, box = away
    hand = day._next(day.omar)
    moves.lose(session, hand, day.ring, day.code, codes=[box], state=State.MISSING, happened_at=hand.now, note="looted")
    hand = day._next(day.omar)
    moves.find(session, hand, day.ring, day.code, codes=[busts[0].code], happened_at=hand.now, note="on a market")
    session.flush()
    session.refresh(busts[0])
    assert busts[0].container_id is None
    day.verify()
    day.give(Line(busts[0].code, True, 1), direction=BACK)
    day.receive(Line(busts[0].code, True, 1), direction=BACK)
    assert [day.state(bust) for bust in busts] == [State.RETURNED, State.MISSING]


def test_a_box_found_empty_holds_nothing(away, session):
    day, busts, box = away
    for act, more in ((moves.lose, {"state": State.MISSING}), (moves.find, {})):
        hand = day._next(day.omar)
        act(session, hand, day.ring, day.code, codes=[box], happened_at=hand.now, note="the lock is broken", **more)
    day.verify()
    day.give(Line(box, True, 0, "B7"), direction=BACK)
    day.receive(Line(box, True, 0, "B7"), direction=BACK)
    assert {day.state(bust) for bust in busts} == {State.MISSING}
    for bust in busts:
        session.refresh(bust)
        assert bust.container_id is None


def test_a_second_account_of_one_person_is_no_second_person(day, keep, session, hands):
    bust = keep()
    day.plan(bust)
    session.execute(
        sa.text("update account set email = 'leila+2@museum.example' where id = :id"), {"id": hands[1].account_id}
    )
    with pytest.raises(Conflict, match="a second person"):
        day.authorise()


def test_a_box_that_did_not_come_back_stays_away(away, session):
    day, busts, box = away
    day.give(Line(box, True, 2, "B7"), direction=BACK)
    day.receive(Line(box, False), direction=BACK)
    assert {day.state(bust) for bust in busts} == {State.VERIFIED}
    day.settle(Outcome.FOUND)
    assert {day.state(bust) for bust in busts} == {State.RETURNED}


def test_what_is_left_out_is_free_again_and_its_box_lets_go_of_it(day, keep, session):
    busts = [keep(), keep()]
    day.plan(*busts)
    day.authorise()
    day.pack(*busts)
    hand = day._next(day.leila)
    moves.leave_out(session, hand, day.code, codes=[busts[0].code], happened_at=hand.now)
    session.refresh(busts[0])
    assert busts[0].container_id is None
    day.plan(busts[0])


def test_a_permission_ends(day, keep, session, hands):
    bust = keep()
    day.plan(bust)
    omar = later(hands[1], 5)
    moves.authorise(session, omar, day.code, custodian="D", valid_until=NOON.date(), happened_at=omar.now)
    late = later(hands[0], 60 * 24)
    with pytest.raises(Conflict, match="ended on 2015-05-21"):
        moves.pack(session, late, day.code, codes=[bust.code], box=None, seal="", happened_at=late.now)


def test_what_is_sealed_stands_nowhere_in_clear_and_every_job_has_a_seal(day, keep, session, ring):
    with_place = day.plan(keep())
    without = day.plan(keep(), facts=moves.SealedFacts())
    seals = {one.job_id: one for one in session.exec(select(SealedPlace))}
    assert len(seals[with_place.id].sealed) == len(seals[without.id].sealed)
    assert moves.unseal_facts(ring, seals[with_place.id]) == FACTS
    for table in ("move_job", "move_item", "move_step", "audit_entry", "sealed_place"):
        for (row,) in session.execute(sa.text(f"select to_jsonb(t)::text from {table} t")):
            for word in ("strong room", "36.29", "33.51", "north door", "old road"):
                assert word not in row
                assert word.encode().hex() not in row


def test_custody_is_written_for_every_object_and_never_twice_the_same_holder(away, session):
    day, busts, _ = away
    for bust in busts:
        entries = session.exec(select(CustodyEntry).where(col(CustodyEntry.artefact_id) == bust.id)).all()
        assert [entry.giver for entry in entries] == ["Palmyra Museum", f"in transit, job {day.code}"]


def test_condition_before_and_after_stand_with_the_move_and_the_object_has_the_newer(away, session, ring):
    day, busts, box = away
    hand = day._next(day.omar)
    found = moves.note_condition(session, hand, ring, day.code, codes=[box], condition=ConditionState.MODERATE,
                                 note="wet straw", happened_at=hand.now)  # fmt: skip
    assert found.phase is Phase.AFTER
    assert {one.id for one in busts} < set(found.artefact_ids)
    assert {one.condition for one in busts} == {ConditionState.MODERATE}
    assert b"wet straw" not in session.get(ConditionNote, found.id).sealed


def test_nobody_looks_at_what_is_on_its_way_or_at_two_ends_at_once(day, keep, session, ring):
    bust, other = keep(), keep()
    day.plan(bust, other)
    day.authorise()
    day.pack(bust, other, box=None)
    hand = day._next(day.leila)
    note = {"condition": ConditionState.SLIGHT, "happened_at": hand.now}
    assert moves.note_condition(session, hand, ring, day.code, codes=[bust.code], **note).phase is Phase.BEFORE
    day.give(Line(bust.code, True, 1, "A1"), Line(other.code, True, 1, "A1"))
    hand = day._next(day.leila)
    with pytest.raises(Conflict, match="not at hand"):
        moves.note_condition(session, hand, ring, day.code, codes=[bust.code], **note | {"happened_at": hand.now})


def test_a_stage_is_an_entry_that_the_record_vouches_for(day, keep, session, ring):
    day.plan(keep())
    for state, points, note in ((StageState.DONE, ["threat"], ""), (StageState.REOPENED, [], "a rumour")):
        hand = day._next(day.leila)
        moves.settle_stage(session, hand, ring, day.code, stage=Stage.DECIDE, state=state, points=points, note=note,
                           happened_at=hand.now)  # fmt: skip
    assert [one.state for one in queries.stages_said(session, day._id)] == ["done", "reopened"]
    with pytest.raises(InvalidInput, match="reason"):
        moves.settle_stage(session, hand, ring, day.code, stage=Stage.DECIDE, state=StageState.LEFT_OUT,
                           happened_at=hand.now)  # fmt: skip
    session.flush()
    assert chain.verify(session).rows == ()
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        session.execute(sa.text("update move_stage set by = 'nobody'"))


@pytest.mark.parametrize(
    ("field", "days"),
    [("arrives", {"departs": "2015-05-20", "arrives": "2015-05-19"}),
     ("returns", {"departs": "2015-05-20", "returns": "2015-04"}),
     ("returns", {"arrives": "2016", "returns": "2015"})],
)  # fmt: skip
def test_a_planned_return_before_its_departure_is_refused_and_not_repeated(day, keep, field, days):
    with pytest.raises(InvalidInput) as refused:
        day.plan(keep(), facts=moves.SealedFacts(**days))
    assert refused.value.field == field
    assert "2015" not in str(refused.value)
