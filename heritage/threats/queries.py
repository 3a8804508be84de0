"""Reads: threats as they stood on a day, their history, updates waiting and one's own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.core.errors import N_, NotFound
from heritage.sites.models import Site
from heritage.threats.domain import UpdateState
from heritage.threats.models import (
    StaffNotice,
    Threat,
    ThreatEvent,
    ThreatUpdate,
    UpdateAuthor,
    UpdateStep,
)


@dataclass(frozen=True, slots=True)
class View:
    """Which day is asked about, by what was known when, and by whom: staff knows from the record on, others later."""

    as_of: date
    known_on: date
    now: datetime
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a threat stood: the event that tells it."""

    threat: Threat
    event: ThreatEvent


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update in the queue, with the site it is about."""

    update: ThreatUpdate
    site: Site


def _known(view: View) -> list[sa.ColumnElement[bool]]:
    moment = col(ThreatEvent.recorded_at) if view.staff else col(ThreatEvent.public_at)
    return [sa.cast(moment, sa.Date) <= view.known_on, moment <= view.now]


def _begins() -> Any:
    # What has no time held at the latest when it was recorded. LEAST skips what is null; it also covers a site where
    # a day has begun that has not yet come in UTC.
    return sa.func.least(col(ThreatEvent.when_from), sa.cast(col(ThreatEvent.recorded_at), sa.Date))


def threats_of(session: Session, site_id: int, view: View, *, limit: int = 100) -> list[Standing]:
    """How each threat to a site stood, the newest change first.

    A threat's state on a day is that of its last event that had begun by then, as far as it was known.
    """
    ranked = (
        sa.select(
            col(ThreatEvent.id).label("id"),
            sa.func.row_number()
            .over(partition_by=col(ThreatEvent.threat_id), order_by=(_begins().desc(), col(ThreatEvent.id).desc()))
            .label("place"),
        )
        .join(Threat, col(Threat.id) == col(ThreatEvent.threat_id))
        .where(col(Threat.site_id) == site_id, _begins() <= view.as_of, *_known(view))
        .subquery()
    )
    query = (
        select(Threat, ThreatEvent)
        .join(ThreatEvent, col(ThreatEvent.threat_id) == col(Threat.id))
        .join(ranked, ranked.c.id == col(ThreatEvent.id))
        .where(ranked.c.place == 1)
        .order_by(_begins().desc(), col(ThreatEvent.id).desc())
        .limit(limit)
    )
    return [Standing(threat, event) for threat, event in session.exec(query)]


def history_of(session: Session, threat_id: int, view: View, *, limit: int = 200) -> list[ThreatEvent]:
    """What was recorded of a threat and known by then, the newest record first."""
    query = select(ThreatEvent).where(col(ThreatEvent.threat_id) == threat_id, *_known(view))
    return list(session.exec(query.order_by(col(ThreatEvent.id).desc()).limit(limit)))


def get_threat(session: Session, threat_id: int) -> Threat:
    """One threat.  Raises: NotFound."""
    threat = session.get(Threat, threat_id)
    if threat is None:
        raise NotFound(N_("There is no such threat."))
    return threat


def newest_event(session: Session, threat_id: int) -> ThreatEvent:
    """The last record of a threat, whoever may see it."""
    query = select(ThreatEvent).where(col(ThreatEvent.threat_id) == threat_id).order_by(col(ThreatEvent.id).desc())
    found = session.exec(query.limit(1)).first()
    if found is None:
        raise NotFound(N_("There is no such threat."))
    return found


def get_update(session: Session, update_id: int, *, lock: bool = False) -> ThreatUpdate:
    """One update.  Raises: NotFound."""
    query = select(ThreatUpdate).where(col(ThreatUpdate.id) == update_id)
    update = session.exec(query.with_for_update() if lock else query).first()
    if update is None:
        raise NotFound(N_("There is no such update."))
    return update


def find_by_client(session: Session, client_key: bytes) -> ThreatUpdate | None:
    """The update a device has sent before under the same id, or None."""
    return session.exec(select(ThreatUpdate).where(col(ThreatUpdate.client_key) == client_key)).first()


def find_by_code(session: Session, code_key: bytes, *, lock: bool = False) -> ThreatUpdate | None:
    """The update of a code word, or None."""
    query = select(ThreatUpdate).where(col(ThreatUpdate.code_key) == code_key)
    return session.exec(query.with_for_update() if lock else query).first()


def author_of(session: Session, update_id: int) -> UpdateAuthor | None:
    """Whose an update is, while that is kept."""
    return session.get(UpdateAuthor, update_id)


def own_updates(session: Session, author_key: bytes, *, limit: int = 100) -> list[Waiting]:
    """What an account has filed, newest first, while it is kept whose it is."""
    query = (
        select(ThreatUpdate, Site)
        .join(UpdateAuthor, col(UpdateAuthor.update_id) == col(ThreatUpdate.id))
        .join(Site, col(Site.id) == col(ThreatUpdate.site_id))
        .where(col(UpdateAuthor.author_key) == author_key)
        .order_by(col(ThreatUpdate.id).desc())
        .limit(limit)
    )
    return [Waiting(update, site) for update, site in session.exec(query)]


def steps_of(session: Session, update_id: int, *, limit: int = 100) -> list[UpdateStep]:
    """What became of an update, oldest first."""
    query = select(UpdateStep).where(col(UpdateStep.update_id) == update_id)
    return list(session.exec(query.order_by(col(UpdateStep.id)).limit(limit)))


def _within(countries: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    if countries is None:
        return []
    return [col(Site.states_parties).op("&&")(sa.cast(sorted(countries), sa.ARRAY(sa.Text)))]


def queue(
    session: Session, states: Sequence[UpdateState], *, countries: Collection[str] | None = None, limit: int = 50
) -> list[Waiting]:
    """Updates in some states: the least suspect first, then the oldest.

    Args:    countries: only sites of these, None all.
    """
    query = (
        select(ThreatUpdate, Site)
        .join(Site, col(Site.id) == col(ThreatUpdate.site_id))
        .where(col(ThreatUpdate.state).in_(states), *_within(countries))
        .order_by(col(ThreatUpdate.spam_score), col(ThreatUpdate.id))
        .limit(limit)
    )
    return [Waiting(update, site) for update, site in session.exec(query)]


def count_queue(session: Session, states: Sequence[UpdateState], *, countries: Collection[str] | None = None) -> int:
    """How many updates are in some states."""
    query = (
        sa.select(sa.func.count())
        .select_from(ThreatUpdate)
        .join(Site, col(Site.id) == col(ThreatUpdate.site_id))
        .where(col(ThreatUpdate.state).in_(states), *_within(countries))
    )
    return int(session.execute(query).scalar_one())


def withdrawn_after_taking(
    session: Session, *, countries: Collection[str] | None = None, limit: int = 50
) -> list[tuple[ThreatUpdate, Site]]:
    """Updates that were taken into a threat and then withdrawn: somebody must look at the threat again."""
    query = (
        select(ThreatUpdate, Site)
        .join(Site, col(Site.id) == col(ThreatUpdate.site_id))
        .where(
            col(ThreatUpdate.state) == UpdateState.WITHDRAWN,
            col(ThreatUpdate.threat_id).is_not(None),
            *_within(countries),
        )
        .limit(limit)
    )
    return [(update, site) for update, site in session.exec(query)]


def text_prints(session: Session, since: datetime, *, limit: int = 500) -> list[int]:
    """Fingerprints of what was filed lately, newest first."""
    query = select(ThreatUpdate.text_print).where(col(ThreatUpdate.received_at) >= since)
    return list(session.exec(query.order_by(col(ThreatUpdate.id).desc()).limit(limit)))


def open_notices(session: Session, *, limit: int = 10) -> list[StaffNotice]:
    """What staff has not yet said it has seen."""
    query = select(StaffNotice).where(col(StaffNotice.seen_at).is_(None))
    return list(session.exec(query.order_by(col(StaffNotice.id).desc()).limit(limit)))
