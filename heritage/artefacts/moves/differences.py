"""What two sides do not agree on: one says what it was, another agrees. The caller owns the transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from heritage.artefacts import queries
from heritage.artefacts.domain import SETTLED, Difference, Direction, Outcome, State, check_step
from heritage.artefacts.models import DIFFERENCE_REASON, Confirmation, CustodyEntry, Discrepancy, Step
from heritage.artefacts.moves.handover import arrive
from heritage.artefacts.moves.job import Opened, open_job, subject_of
from heritage.artefacts.moves.steps import advance, take_from_others
from heritage.artefacts.service import Hand
from heritage.core.errors import N_, Conflict, NotFound, UnusableField
from heritage.sealing.keyring import KeyRing


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
        raise UnusableField("reason", N_("Say how it is known."))
    if held.kind is Difference.ABSENT and outcome is Outcome.EXPLAINED:
        raise Conflict(N_("What did not come was found, is missing or is destroyed: there is nothing to explain."))
    concerned = opened.within(opened.ids_of(codes))
    if outcome in (Outcome.MISSING, Outcome.DESTROYED):
        within = opened.within([held.artefact_id])
        if set(concerned) - set(within):
            raise UnusableField(
                "objects", N_("Not all of them lie in %(code)s."), code=opened.artefacts[held.artefact_id].code
            )
        if not concerned and held.kind is not Difference.ABSENT:
            raise UnusableField("objects", N_("Say which of them."))
        concerned = concerned or within
        for each in concerned:
            check_step(opened.artefacts[each].code, State(opened.items[each].state), State(outcome.value))
    held.outcome, held.concerns = outcome, concerned
    held.reason = ring.seal(DIFFERENCE_REASON.purpose, DIFFERENCE_REASON.identity(held.id), reason.strip().encode())
    held.proposed_by, held.proposed_by_id, held.proposed_at = hand.actor, hand.account(), hand.now
    session.add(held)
    hand.write(session, "job.propose", subject_of(opened.job), difference=held.id, outcome=outcome)


def agree(session: Session, hand: Hand, code: str, discrepancy_id: int, *, happened_at: datetime) -> None:
    """The second of two people agrees, and what was proposed holds.

    Raises:  Conflict when nothing is proposed, or by the same person.
    """
    opened = open_job(session, code)
    held = _unsettled(session, opened, discrepancy_id)
    if held.outcome is None or held.proposed_by_id is None:
        raise Conflict(N_("Somebody says first what it was."))
    if held.proposed_by_id == hand.account():
        raise Conflict(N_("Who proposed it cannot agree to it: a second person is needed."))
    held.agreed_by, held.agreed_by_id, held.agreed_at = hand.actor, hand.account(), hand.now
    session.add(held)
    session.flush()
    rows: list[Step | Confirmation | CustodyEntry] = []
    if held.outcome in (Outcome.MISSING, Outcome.DESTROYED):
        take_from_others(session, opened, held.concerns)
        rows.append(advance(session, hand, opened, held.concerns, State(held.outcome.value), happened_at))
    open_units = {other.artefact_id for other, _ in queries.discrepancies_of(session, opened.id, unsettled=True)}
    if held.artefact_id not in open_units:
        rest = [each for each in opened.within([held.artefact_id]) if opened.items[each].state not in SETTLED]
        rows += arrive(session, hand, opened, Direction(held.direction), rest, happened_at)
    hand.write(session, "job.agree", subject_of(opened.job), *rows, difference=held.id, outcome=held.outcome)


def _unsettled(session: Session, opened: Opened, discrepancy_id: int) -> Discrepancy:
    query = select(Discrepancy).where(col(Discrepancy.id) == discrepancy_id, col(Discrepancy.job_id) == opened.id)
    held = session.exec(query.with_for_update()).first()
    if held is None:
        raise NotFound(N_("There is no such difference."))
    if held.agreed_at is not None:
        raise Conflict(N_("This difference is settled already."))
    return held
