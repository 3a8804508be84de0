"""Two transactions about one object at one moment: the second sees what the first did, and one of them is refused."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from sqlmodel import Session, select

from heritage.artefacts import moves, queries, service
from heritage.artefacts.counting import Line
from heritage.artefacts.domain import Direction, Outcome, State
from heritage.artefacts.models import Artefact, CustodyEntry, JobItem, Step
from heritage.audit import chain
from heritage.core.errors import HeritageError
from heritage.db.engine import Database
from heritage.sealing.keyring import KeyRing
from tests.artefacts.conftest import make_hands

Act = Callable[[Session], object]


class House:
    """A museum on a real server, its two registrars, and what both do at once."""

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self.database, self.ring = database, ring
        with database.session() as session:
            self.leila, self.omar = make_hands(session)
            self.museum = service.add_institution(session, self.leila, "a-museum", "A Museum")
            self.museum_id = self.museum.id

    def keep(self, kind: str = "object", **fields: object) -> str:
        with self.database.session() as session:
            made = service.add_artefact(session, self.leila, self.museum, kind=kind, title="x", **fields)
            return made.code

    def do(self, act: Act) -> object:
        with self.database.session() as session:
            return act(session)

    def both(self, *acts: Act) -> list[str]:
        """Start all acts together, each in a transaction of its own; what became of each."""
        start, ends = Barrier(len(acts)), [""] * len(acts)

        def run(number: int, act: Act) -> None:
            try:
                with self.database.session() as session:
                    session.connection()
                    start.wait(timeout=20)
                    act(session)
                ends[number] = "done"
            except HeritageError as error:
                ends[number] = str(error)

        threads = [Thread(target=run, args=one) for one in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        return ends

    def plan(self, *codes: str) -> Act:
        return lambda session: moves.plan(session, self.leila, self.ring, self.museum, codes=codes, reason="war")

    def planned(self, *codes: str) -> str:
        return self.do(lambda session: self.plan(*codes)(session).code)

    def authorise(self, job: str) -> Act:
        return lambda session: moves.authorise(
            session, self.omar, job, custodian="D", valid_until=None, happened_at=self.omar.now
        )

    def pack(self, job: str, *codes: str, box: str | None = None) -> Act:
        return lambda session: moves.pack(
            session, self.leila, job, codes=codes, box=box, seal="S", happened_at=self.leila.now
        )

    def give(self, job: str, direction: Direction, *lines: Line) -> Act:
        return lambda session: moves.give(session, self.leila, job, direction, lines=lines, happened_at=self.leila.now)

    def receive(self, job: str, direction: Direction, *lines: Line) -> Act:
        return lambda session: moves.receive(session, self.omar, job, direction, lines=lines, happened_at=self.omar.now)

    def verified(self, code: str) -> str:
        job, line = self.planned(code), Line(code, True, 1, "S")
        out = Direction.OUT
        for act in (self.authorise(job), self.pack(job, code), self.give(job, out, line), self.receive(job, out, line)):
            self.do(act)
        self.do(lambda session: moves.verify(session, self.omar, job, happened_at=self.omar.now, ring=self.ring))
        return job


@pytest.fixture
def house(database: Database, ring: KeyRing) -> House:
    return House(database, ring)


def once(ends: list[str], *, of: int = 2) -> str:
    """Exactly one was done; the reason against the others."""
    assert len(ends) == of
    assert ends.count("done") == 1, ends
    return next(end for end in ends if end != "done")


def test_one_object_is_planned_once(house):
    code = house.keep()
    assert "nothing is in two places" in once(house.both(*[house.plan(code)] * 4), of=4)
    assert house.do(lambda session: len(session.exec(select(JobItem)).all())) == 1


def test_two_boxes_do_not_come_to_lie_in_each_other(house):
    one, other = house.keep("container"), house.keep("container")

    def put(what: str, into: str) -> Act:
        return lambda session: service.put_in(
            session, house.leila, queries.get_artefact(session, what), queries.get_artefact(session, into)
        )

    assert "which lies in it" in once(house.both(put(one, other), put(other, one)))


def test_what_is_planned_is_not_put_into_a_box_that_stays(house):
    code, box = house.keep(), house.keep("container")

    def put(session: Session) -> None:
        service.put_in(session, house.leila, queries.get_artefact(session, code), queries.get_artefact(session, box))

    once(house.both(house.plan(code), put))

    def apart(session: Session) -> bool:
        held = queries.get_artefact(session, code)
        return held.container_id is None or not session.exec(select(JobItem)).all()

    assert house.do(apart)


@pytest.mark.parametrize("what", ["authorise", "give", "receive", "agree"])
def test_a_step_is_taken_once(house, what):
    code = house.keep()
    job, line, out = house.planned(code), Line(code, True, 1, "S"), Direction.OUT
    steps = [("authorise", house.authorise(job)), ("pack", house.pack(job, code)),
             ("give", house.give(job, out, line)), ("receive", house.receive(job, out, Line(code, False)))]  # fmt: skip
    for name, act in steps:
        if name == what:
            once(house.both(act, act, act), of=3)
            break
        house.do(act)
    else:
        house.do(lambda session: moves.propose(
            session, house.leila, house.ring, job, 1, outcome=Outcome.MISSING, reason="gone"))  # fmt: skip
        agree = lambda session: moves.agree(session, house.omar, job, 1, happened_at=house.omar.now)  # noqa: E731
        once(house.both(agree, agree))
    with house.database.session() as session:
        assert chain.verify(session).ok
        states = [step.state for step in session.exec(select(Step).order_by(Step.id))]
        assert len(states) == len(set(states))
        holders = [(entry.giver, entry.taker) for entry in session.exec(select(CustodyEntry))]
        assert len(holders) == len(set(holders))


def test_what_is_handed_on_does_not_come_back(house):
    code = house.keep()
    job, back, line = house.verified(code), Direction.BACK, Line(code, True, 1, "S")
    house.do(house.give(job, back, line))
    common = {"codes": [code], "happened_at": house.leila.now, "note": "seen"}
    ends = house.both(
        house.receive(job, back, line),
        lambda session: moves.transfer(session, house.leila, house.ring, job, taker="Another Museum", **common),
        lambda session: moves.lose(session, house.leila, house.ring, job, state=State.DESTROYED, **common),
    )
    with house.database.session() as session:
        (item,) = session.exec(select(JobItem)).all()
        last = session.exec(select(Step).order_by(Step.id.desc())).first()
        assert item.state is last.state
        assert item.state in (State.RETURNED, State.TRANSFERRED, State.DESTROYED)
        held = session.exec(select(Step).where(Step.state.in_(["returned", "transferred", "destroyed"]))).all()
        assert len(held) == 1, ends
        assert session.exec(select(Artefact)).one().code == code
