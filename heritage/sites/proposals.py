"""Changes that need two persons: one proposes, another confirms; without accounts one person is all there is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlmodel import Session, col, select

from heritage.core.errors import Conflict, NotFound
from heritage.sites import service
from heritage.sites.domain import ConditionState
from heritage.sites.models import Proposal, ProposalKind, ProposalStatus, Site

REGISTER_KINDS = (ProposalKind.CONDITION, ProposalKind.DANGER, ProposalKind.DANGER_END)


@dataclass(frozen=True)
class Person:
    """Who acts: what the record says of them, and their account; None at a machine without accounts."""

    actor: str
    account_id: int | None = None


@dataclass(frozen=True)
class Open:
    """A proposal that waits, with its site."""

    proposal: Proposal
    site: Site


def propose(
    session: Session,
    site_id: int,
    kind: ProposalKind,
    fields: dict[str, Any],
    person: Person,
    now: datetime,
    *,
    subject_id: int | None = None,
) -> Proposal:
    """Write a proposal down; it changes nothing until another person confirms it.

    Args:    fields: JSON values, what the use case takes.  person: with an account.
    Raises:  Conflict when the same waits already.
    """
    assert person.account_id is not None
    same = select(Proposal).where(
        Proposal.site_id == site_id, Proposal.kind == kind, Proposal.status == ProposalStatus.OPEN
    )
    if any(p.fields == fields and p.subject_id == subject_id for p in session.exec(same)):
        raise Conflict(gettext("The same is proposed already and waits for a second person."))
    proposal = Proposal(
        site_id=site_id, kind=kind, subject_id=subject_id, fields=fields, proposed_by=person.actor,
        proposed_by_account=person.account_id, proposed_at=now,
    )  # fmt: skip
    session.add(proposal)
    session.flush()
    return proposal


def propose_change(
    session: Session, act: service.Act, site_id: int, kind: ProposalKind, fields: dict[str, Any], person: Person
) -> Proposal | None:
    """Propose a change of a site's condition or status; carried out at once where there are no accounts.

    Returns: the proposal, or None when the change is made.
    Raises:  whatever the change itself would raise: a proposal that could not be carried out is not taken.
    """
    if person.account_id is None:
        _carry_out(session, act, site_id, kind, fields)
        return None
    trial = session.begin_nested()
    try:
        _carry_out(session, act, site_id, kind, fields)
    finally:
        trial.rollback()
    return propose(session, site_id, kind, fields, person, act.now)


def _carry_out(session: Session, act: service.Act, site_id: int, kind: ProposalKind, fields: dict[str, Any]) -> None:
    if kind is ProposalKind.CONDITION:
        given = {**fields, "state": ConditionState(fields["state"])}
        service.record_condition(session, act, site_id, **given)
    elif kind is ProposalKind.DANGER:
        service.add_danger_period(session, act, site_id, **fields)
    else:
        service.close_danger_period(session, act, site_id, **fields)


def begin_settling(session: Session, proposal_id: int, kinds: Sequence[ProposalKind]) -> Proposal:
    """One open proposal of some kinds, held until the end of the transaction.

    Raises:  NotFound; Conflict when it is settled already.
    """
    query = select(Proposal).where(col(Proposal.id) == proposal_id, col(Proposal.kind).in_(kinds)).with_for_update()
    proposal = session.exec(query).first()
    if proposal is None:
        raise NotFound(gettext("There is no such proposal."))
    if proposal.status != ProposalStatus.OPEN:
        raise Conflict(gettext("This proposal is settled already."))
    return proposal


def end_settling(
    session: Session, proposal: Proposal, status: ProposalStatus, person: Person, now: datetime, reason: str = ""
) -> None:
    """Write down who settled a proposal and how.

    Raises:  Conflict when somebody would confirm what they proposed themselves.
    """
    same = proposal.proposed_by_account == person.account_id
    if same and status is ProposalStatus.CONFIRMED:
        raise Conflict(gettext("A second person confirms it, not the one who proposed it."))
    if same and status is ProposalStatus.DECLINED:
        status = ProposalStatus.WITHDRAWN
    proposal.status, proposal.settled_by, proposal.settled_by_account = status, person.actor, person.account_id
    proposal.settled_at, proposal.reason = now, reason
    session.add(proposal)
    session.flush()


def settle(
    session: Session, act: service.Act, proposal_id: int, *, confirmed: bool, person: Person, reason: str = ""
) -> Proposal:
    """Confirm a proposed change of condition or status, which carries it out, or decline it.

    Raises:  NotFound; Conflict; whatever the change itself raises by now.
    """
    proposal = begin_settling(session, proposal_id, REGISTER_KINDS)
    status = ProposalStatus.CONFIRMED if confirmed else ProposalStatus.DECLINED
    end_settling(session, proposal, status, person, act.now, reason)
    if confirmed:
        _carry_out(session, act, proposal.site_id, ProposalKind(proposal.kind), proposal.fields)
    return proposal


def list_open(
    session: Session, *, site_id: int | None = None, countries: Collection[str] | None = None,
    kinds: Sequence[ProposalKind] = tuple(ProposalKind), limit: int = 100,
) -> list[Open]:  # fmt: skip
    """Proposals that wait, oldest first.

    Args:    countries: only sites of these, None all.
    """
    query = (
        select(Proposal, Site)
        .join(Site, col(Site.id) == col(Proposal.site_id))
        .where(col(Proposal.status) == ProposalStatus.OPEN, col(Proposal.kind).in_(kinds))
        .order_by(col(Proposal.id))
        .limit(limit)
    )
    if site_id is not None:
        query = query.where(col(Proposal.site_id) == site_id)
    if countries is not None:
        query = query.where(col(Site.states_parties).op("&&")(sa.cast(sorted(countries), sa.ARRAY(sa.Text))))
    return [Open(proposal, site) for proposal, site in session.exec(query)]
