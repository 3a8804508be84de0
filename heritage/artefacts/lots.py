"""Use cases of lots: taking a part out, and putting one back. The caller owns the transaction."""

from sqlmodel import Session

from heritage.artefacts import queries
from heritage.artefacts.custody import chain_of
from heritage.artefacts.domain import Kind, check_count, rest_of
from heritage.artefacts.joining import Side, check_join
from heritage.artefacts.models import Artefact
from heritage.artefacts.service import (
    FREE_FIELDS,
    Hand,
    as_custody,
    checked,
    lock_institution,
    new_code,
    open_job_of,
    refuse_joined,
)
from heritage.core.errors import N_, Conflict
from heritage.core.text import fold


def divide(session: Session, hand: Hand, lot: Artefact, *, count_low: int, count_high: int) -> Artefact:
    """Take a part out of a lot, under a code of its own; it lies where the lot lies.

    Args:    count_low, count_high: how many the part has; exactly one is an object.
    Returns: the part. The lot says what can be left of it.
    Raises:  UnusableField for a part that cannot be; Conflict for what is no lot, or is in an open job.
    """
    lock_institution(session, lot.institution_id)
    session.refresh(lot)
    refuse_joined(lot)
    if lot.kind is not Kind.LOT:
        raise Conflict(N_("%(code)s is no lot: there is nothing to divide."), code=lot.code)
    if open_job_of(session, lot):
        raise Conflict(N_("%(code)s is in an open job: divide it before, or after its end."), code=lot.code)
    rest = rest_of(lot.count_low, lot.count_high, count_low, count_high)
    fields = {name: getattr(lot, name) for name in FREE_FIELDS} | {
        "kind": Kind.OBJECT if count_high == 1 else Kind.LOT, "count_low": count_low, "count_high": count_high,
        # One number is one row of a list: the lot keeps it.
        "inventory_number": "", "related": f"{lot.code}\n{lot.related}".strip(),
    }  # fmt: skip
    if not (fields["title"] or fields["object_type"] or fields["description"]):
        fields["title"] = lot.inventory_number
    part = Artefact(
        code=new_code(), institution_id=lot.institution_id, container_id=lot.container_id, recorded_at=hand.now,
        divided_from_id=lot.id, whole_low=lot.count_low, whole_high=lot.count_high,
        divided_at_change=lot.count_changes + 1, **checked(fields),
    )  # fmt: skip
    lot.count_low, lot.count_high = rest
    lot.count_changes += 1
    session.add_all([lot, part])
    hand.write(session, "artefact.divide", f"artefact:{lot.code}", part=part.code, counts=[count_low, count_high])
    return part


def join(session: Session, hand: Hand, lot: Artefact, part: Artefact) -> None:
    """Put a lot, or what was divided from one, into a lot: from then on it is counted there, under the lot's code.

    The part stays readable with its own chain; dividing again undoes it, under a new code. Joined as it was divided,
    the lot is what it was before; else it is as many as both can be.

    Raises:  Conflict naming what differs, so that the two cannot be one; UnusableField for a sum no lot can have.
    """
    lock_institution(session, lot.institution_id)
    for one in (lot, part):
        session.refresh(one)
        refuse_joined(one)
        if open_job_of(session, one):
            raise Conflict(N_("%(code)s is in an open job: join it before, or after its end."), code=one.code)
    check_join(_side(session, lot), _side(session, part))
    as_divided = (
        part.divided_from_id == lot.id and part.divided_at_change == lot.count_changes and part.count_changes == 0
    )
    if as_divided:
        assert part.whole_low is not None
        assert part.whole_high is not None
        lot.count_low, lot.count_high, lot.count_changes = part.whole_low, part.whole_high, lot.count_changes - 1
    else:
        both = lot.count_low + part.count_low, lot.count_high + part.count_high
        check_count(*both)
        lot.count_low, lot.count_high, lot.count_changes = *both, lot.count_changes + 1
    part.joined_into_id, part.joined_at, part.container_id = lot.id, hand.now, None
    session.add_all([lot, part])
    counts = [part.count_low, part.count_high]
    hand.write(session, "artefact.join", f"artefact:{lot.code}", part=part.code, counts=counts)


def _side(session: Session, one: Artefact) -> Side:
    """One side of a joining."""
    assert one.id is not None
    chain = chain_of(map(as_custody, queries.lineage_of(session, one)))
    reported = (one.reported_moved, one.reported_by, one.reported_grade, one.claim_id)
    return Side(
        one.id, one.code, Kind(one.kind), one.divided_from_id is not None, one.institution_id, one.container_id,
        (one.site_id, one.part_id, fold(one.origin)), chain.holder, fold(one.owner), one.movability, reported,
        queries.has_left(session, one),
    )  # fmt: skip
