"""Use cases of who reviews: take an update into a threat, ask back, reject, change a threat, show it sooner.

Nothing here touches a site's condition: that changes by an assessor's record only.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlmodel import Session, col

from heritage.audit import chain
from heritage.core.dates import EDTFDate, parse_edtf
from heritage.core.errors import Conflict, InvalidInput, UnusableField
from heritage.core.rough_dates import read_rough
from heritage.sealing.keyring import KeyRing
from heritage.sites import proposals
from heritage.sites.models import ProposalKind, ProposalStatus, Site
from heritage.sites.proposals import Person
from heritage.sites.queries import parts_of
from heritage.threats import queries
from heritage.threats.domain import (
    OPEN_STATES,
    Severity,
    ThreatStatus,
    UpdateState,
    day_at,
    public_from,
    whole_hour,
)
from heritage.threats.factors import FACTORS, VERSION
from heritage.threats.models import StaffNotice, Threat, ThreatEvent, ThreatUpdate, UpdateStep
from heritage.threats.service import author_key

CONFIRMED_BY_OTHERS = 1
OWN_KINDS = (ProposalKind.RELEASE, ProposalKind.GRADE)


@dataclass(frozen=True)
class Decision:
    """How a threat stands by a reviewer's judgement; `threat_id` None opens one, `status` None leaves it as it is."""

    reason: str
    threat_id: int | None = None
    factor: str = ""
    status: ThreatStatus | None = ThreatStatus.ACTIVE
    severity: Severity = Severity.UNKNOWN
    part_refs: list[str] = field(default_factory=list)
    when: str = ""
    summary: str = ""
    reliability: str = "F"
    credibility: int = 6


@dataclass(frozen=True)
class Desk:
    """Who reviews, when, and how long what they take is held back."""

    person: Person
    now: datetime
    ring: KeyRing
    hold_hours: int

    def record(self, session: Session, action: str, subject: str, **detail: Any) -> None:
        """One entry in the record."""
        chain.append(
            session, at=self.now, actor=self.person.actor, action=action, subject=subject, detail=detail
        )  # fmt: skip


def accept(session: Session, update_id: int, decision: Decision, desk: Desk) -> Threat | None:
    """Take an update into a new threat or an existing one.

    Returns: the threat; None when "confirmed by independent sources" waits for a second reviewer first.
    Raises:  NotFound; Conflict for an own or a settled update; UnusableField.
    """
    update = _reviewed(session, update_id, desk)
    if decision.credibility == CONFIRMED_BY_OTHERS and desk.person.account_id is not None:
        _check(session, _site(session, update), decision, desk.now)
        fields = {**asdict(decision), "status": decision.status.value if decision.status else None}
        proposals.propose(
            session, update.site_id, ProposalKind.GRADE, fields, desk.person, desk.now, subject_id=update_id
        )
        desk.record(session, "update.grade-proposed", f"update:{update_id}")
        return None
    return _take(session, update, decision, desk)


def _take(session: Session, update: ThreatUpdate, decision: Decision, desk: Desk) -> Threat:
    new = decision.threat_id is None
    site = _site(session, update)
    threat = _threat_for(session, site, decision, update.factor, desk.now)
    public_at = public_from(update.received_at, desk.now, desk.hold_hours)
    _add_event(session, site, threat, decision, desk, public_at, update.id)
    update.threat_id = threat.id
    _turn(session, update, UpdateState.ACCEPTED if new else UpdateState.MERGED, "", desk)
    desk.record(session, "update.accepted", f"update:{update.id}", threat=threat.id, new=new, site=site.slug)
    return threat


def _threat_for(session: Session, site: Site, decision: Decision, factor: str, now: datetime) -> Threat:
    if decision.threat_id is not None:
        threat = queries.get_threat(session, decision.threat_id)
        if threat.site_id != site.id:
            raise UnusableField("threat_id", gettext("That threat is another site's."))
        return threat
    if decision.status is None:
        raise UnusableField("status", gettext("A new threat needs a status."))
    factor = decision.factor or factor
    if factor not in FACTORS:
        raise UnusableField("factor", gettext("Choose one of the list."))
    threat = Threat(site_id=site.id or 0, factor=factor, factor_list=VERSION, opened_at=now)
    session.add(threat)
    session.flush()
    return threat


def _check(session: Session, site: Site, decision: Decision, now: datetime) -> EDTFDate | None:
    """When it is so from.  Raises: UnusableField."""
    if not decision.reason.strip():
        raise UnusableField("reason", gettext("Say why."))
    unknown = set(decision.part_refs) - {part.ref for part in parts_of(session, site.id or 0)}
    if unknown:
        raise UnusableField("part_refs", gettext("This site has no such part."))
    if not decision.when.strip():
        return None
    when = _edtf(decision.when) or read_rough(decision.when, day_at(now, site.lon))
    if when is None:
        raise UnusableField(
            "when", gettext("This is not understood: write a day such as 2015-05-20, a month or a year.")
        )
    if when.earliest and when.earliest > day_at(now, site.lon):
        raise UnusableField("when", gettext("That day has not come yet."))
    return when


def _edtf(text: str) -> EDTFDate | None:
    try:
        return parse_edtf(text)
    except InvalidInput:
        return None


def _add_event(
    session: Session, site: Site, threat: Threat, decision: Decision, desk: Desk, public_at: datetime,
    update_id: int | None = None,
) -> ThreatEvent:  # fmt: skip
    when = _check(session, site, decision, desk.now)
    assert threat.id is not None
    status, severity = decision.status, decision.severity
    if status is None:
        before = queries.newest_event(session, threat.id)
        status, severity = ThreatStatus(before.status), Severity(before.severity)
    event = ThreatEvent(
        threat_id=threat.id,
        status=status,
        severity=severity,
        part_refs=sorted(decision.part_refs),
        when_edtf=when.text if when else "",
        when_from=when.earliest if when else None,
        when_to=when.latest if when else None,
        summary=decision.summary.strip(),
        reason=decision.reason.strip(),
        reliability=decision.reliability,
        credibility=decision.credibility,
        update_id=update_id,
        by=desk.person.actor,
        recorded_at=desk.now,
        public_at=public_at,
    )
    session.add(event)
    session.flush()
    return event


def ask_back(session: Session, update_id: int, question: str, desk: Desk) -> ThreatUpdate:
    """Ask whoever filed an update; they see the question under their code word.

    Raises:  NotFound; Conflict; UnusableField without a question.
    """
    update = _reviewed(session, update_id, desk)
    if not question.strip():
        raise UnusableField("said", gettext("Write the question."))
    _turn(session, update, UpdateState.ASKED_BACK, question, desk)
    desk.record(session, "update.asked-back", f"update:{update_id}")
    return update


def reject(session: Session, update_id: int, reason: str, desk: Desk) -> ThreatUpdate:
    """Do not take an update, and say why.

    Raises:  NotFound; Conflict; UnusableField without a reason.
    """
    update = _reviewed(session, update_id, desk)
    if not reason.strip():
        raise UnusableField("said", gettext("Say why."))
    _turn(session, update, UpdateState.REJECTED, reason, desk)
    desk.record(session, "update.rejected", f"update:{update_id}")
    return update


def _reviewed(session: Session, update_id: int, desk: Desk) -> ThreatUpdate:
    update = queries.get_update(session, update_id, lock=True)
    if update.state not in OPEN_STATES:
        raise Conflict(gettext("This update is settled already."))
    if is_own(session, update_id, desk):
        raise Conflict(gettext("Somebody else reviews what you filed yourself."))
    return update


def is_own(session: Session, update_id: int, desk: Desk) -> bool:
    """Whether the reviewer filed the update."""
    author = queries.author_of(session, update_id)
    account_id = desk.person.account_id
    return account_id is not None and author is not None and author.author_key == author_key(desk.ring, account_id)


def _site(session: Session, update: ThreatUpdate) -> Site:
    site = session.get(Site, update.site_id)
    assert site is not None
    return site


def _turn(session: Session, update: ThreatUpdate, state: UpdateState, said: str, desk: Desk) -> None:
    assert update.id is not None
    update.state = state
    session.add(update)
    # To the hour, as everything that tells when a reporter was about.
    session.add(
        UpdateStep(
            update_id=update.id, state=state, said=said.strip(), by=desk.person.actor, at=whole_hour(desk.now)
        )  # fmt: skip
    )
    session.flush()


def change_threat(session: Session, threat_id: int, decision: Decision, desk: Desk) -> ThreatEvent:
    """Record how a threat stands now, without an update behind it.

    Raises:  NotFound; UnusableField.
    """
    threat = queries.get_threat(session, threat_id)
    site = session.get(Site, threat.site_id)
    assert site is not None
    event = _add_event(session, site, threat, decision, desk, desk.now)
    # Somebody has looked at the threat again: what was withdrawn from under it waits no longer.
    withdrawn = col(ThreatUpdate.threat_id) == threat_id, col(ThreatUpdate.state) == UpdateState.WITHDRAWN
    session.execute(sa.update(ThreatUpdate).where(*withdrawn).values(threat_id=None))
    desk.record(session, "threat.changed", f"threat:{threat_id}", status=str(event.status), site=site.slug)
    return event


def ask_release(session: Session, threat_id: int, reason: str, desk: Desk) -> ThreatEvent | None:
    """Ask that what is held back be shown now; without accounts it is shown at once.

    Returns: the event that shows it, or None while it waits for a second person.
    Raises:  NotFound; Conflict when nothing is held back; UnusableField without a reason.
    """
    threat = queries.get_threat(session, threat_id)
    if queries.newest_event(session, threat_id).public_at <= desk.now:
        raise Conflict(gettext("Nothing of this threat is held back."))
    if not reason.strip():
        raise UnusableField("reason", gettext("Say why."))
    if desk.person.account_id is None:
        return _release(session, threat_id, reason, desk)
    fields = {"reason": reason.strip()}
    proposals.propose(
        session, threat.site_id, ProposalKind.RELEASE, fields, desk.person, desk.now, subject_id=threat_id
    )
    desk.record(session, "threat.release-proposed", f"threat:{threat_id}")
    return None


def _release(session: Session, threat_id: int, reason: str, desk: Desk) -> ThreatEvent:
    held = queries.newest_event(session, threat_id)
    copied = held.model_dump(exclude={"id", "by", "reason", "recorded_at", "public_at"})
    event = ThreatEvent(**copied, by=desk.person.actor, reason=reason, recorded_at=desk.now, public_at=desk.now)
    session.add(event)
    session.flush()
    desk.record(session, "threat.released", f"threat:{threat_id}")
    return event


def settle(session: Session, proposal_id: int, *, confirmed: bool, desk: Desk, reason: str = "") -> Threat | None:
    """Confirm or decline what another reviewer proposed: a grade of "confirmed", or showing a threat sooner.

    Returns: the threat that changed, or None.
    Raises:  NotFound; Conflict when it is one's own proposal or update, or settled.
    """
    proposal = proposals.begin_settling(session, proposal_id, OWN_KINDS)
    status = ProposalStatus.CONFIRMED if confirmed else ProposalStatus.DECLINED
    proposals.end_settling(session, proposal, status, desk.person, desk.now, reason)
    assert proposal.subject_id is not None
    if not confirmed:
        desk.record(session, f"{proposal.kind}.declined", f"proposal:{proposal_id}")
        return None
    if proposal.kind == ProposalKind.RELEASE:
        event = _release(session, proposal.subject_id, proposal.fields["reason"], desk)
        return queries.get_threat(session, event.threat_id)
    told = proposal.fields
    status_told = ThreatStatus(told["status"]) if told["status"] else None
    decision = Decision(**{**told, "status": status_told, "severity": Severity(told["severity"])})
    return _take(session, _reviewed(session, proposal.subject_id, desk), decision, desk)


def seen_notice(session: Session, notice_id: int, desk: Desk) -> None:
    """Say that staff has seen a notice; an unknown one is no error."""
    notice = session.get(StaffNotice, notice_id)
    if notice and notice.seen_at is None:
        notice.seen_by, notice.seen_at = desk.person.actor, desk.now
        session.add(notice)
        desk.record(session, "notice.seen", f"notice:{notice_id}")
