"""Use cases of who files: send an update, answer a question, withdraw. The caller owns the transaction.

Nothing here writes who somebody is beside what they filed, nor the minute in which they did.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from flask_babel import gettext
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from heritage.attachments import service as attachments
from heritage.audit import chain
from heritage.core.dates import EDTFDate
from heritage.core.errors import Conflict, NotFound, UnusableField
from heritage.core.geodesy import distance_m
from heritage.core.rough_dates import read_rough
from heritage.sealing import vault
from heritage.sealing.errors import KeyMissing
from heritage.sealing.keyring import KeyRing, Purpose
from heritage.sites.models import Site
from heritage.sites.queries import parts_of
from heritage.sites.readers.countries import lies_in
from heritage.threats import queries
from heritage.threats.domain import (
    MOST_RADIUS_KM,
    OPEN_STATES,
    HowKnown,
    ReportChannel,
    Trend,
    UpdateState,
    WhereKind,
    count_alike,
    day_at,
    fingerprint,
    keyed,
    plain_code,
    receipt_code,
    rounded_point,
    spam_verdict,
    whole_hour,
)
from heritage.threats.factors import FACTORS, VERSION
from heritage.threats.models import SEALED_POINT, ThreatUpdate, UpdateAuthor, UpdateDraft, UpdateStep

log = structlog.get_logger(__name__)

A_REPORTER = "a reporter"
ALIKE_DAYS = timedelta(days=7)


@dataclass(frozen=True)
class Filing:
    """What somebody says, as the form read it; lon, lat in degrees, radius_km > 0."""

    factor: str
    seen: str
    trend: Trend = Trend.UNKNOWN
    when: str = ""
    where: WhereKind = WhereKind.SITE
    part_ref: str = ""
    near: str = ""
    lon: float | None = None
    lat: float | None = None
    radius_km: float | None = None
    source: str = ""
    how_known: HowKnown = HowKnown.OTHER
    reliability: str = "F"
    credibility: int = 6


@dataclass(frozen=True)
class Sender:
    """Whose device sends, under which id of its own, and how long the form was open."""

    client_id: str
    account_id: int | None = None
    stranger: bool = False
    seconds: float | None = None


@dataclass(frozen=True)
class Means:
    """What filing needs of the installation."""

    secret: str
    ring: KeyRing
    now: datetime
    retention_days: int
    reporter_days: int


@dataclass(frozen=True)
class Receipt:
    """What the sender is told: the code word, and whether the update had come before."""

    code: str
    repeated: bool
    when: EDTFDate | None = None
    update_id: int | None = None


def file_update(session: Session, site: Site, filing: Filing, sender: Sender, means: Means) -> Receipt:
    """Take an update in, once.

    Args:    sender: what strangers send waits apart from the rest.
    Returns: the receipt; the same one whenever the same client id comes again, and nothing is changed then.
    Raises:  UnusableField naming the field and the reason.
    """
    code = receipt_code(means.secret, sender.client_id)
    client_key = keyed(means.secret, "client", sender.client_id)
    if queries.find_by_client(session, client_key):
        return Receipt(code, True)
    when = understood(filing.when, site, means.now)
    values = _values(session, site, filing, sender, means, when)
    values |= {"client_key": client_key, "code_key": keyed(means.secret, "code", plain_code(code))}
    # Of two sends at the same moment one writes; the other finds its own words there already.
    statement = insert(ThreatUpdate).values(**values).on_conflict_do_nothing(index_elements=["client_key"])
    update_id = session.execute(statement.returning(col(ThreatUpdate.id))).scalar_one_or_none()
    if update_id is None:
        return Receipt(code, True)
    _seal_point(session, update_id, filing, means)
    if sender.account_id is not None:
        _keep_author(session, update_id, sender.account_id, means)
        session.execute(sa.delete(UpdateDraft).where(col(UpdateDraft.client_key) == client_key.hex()))
    state = UpdateState(values["state"])
    _step(session, update_id, state, means.now)
    _record(session, means.now, "update.filed", site, update_id, channel=values["channel"])
    return Receipt(code, False, when, update_id)


def came_before(session: Session, client_id: str, secret: str) -> bool:
    """Whether a device has sent this update before."""
    return queries.find_by_client(session, keyed(secret, "client", client_id)) is not None


def understood(raw: str, site: Site, now: datetime) -> EDTFDate | None:
    """When something was, as far as the words tell.

    Raises:  UnusableField for a time that is still to come.
    """
    today = day_at(now, site.lon)
    when = read_rough(raw, today)
    if when and when.earliest and when.earliest > today:
        raise UnusableField("when", gettext("That day has not come yet."))
    return when


def _values(
    session: Session, site: Site, filing: Filing, sender: Sender, means: Means, when: EDTFDate | None
) -> dict[str, Any]:
    if filing.factor not in FACTORS:
        raise UnusableField("factor", gettext("Choose one of the list."))
    text_print = fingerprint(filing.seen)
    copies = count_alike(text_print, queries.text_prints(session, means.now - ALIKE_DAYS))
    far_km = _check_place(session, site, filing)
    verdict = spam_verdict(
        f"{filing.seen}\n{filing.source}\n{filing.near}", copies=copies, seconds=sender.seconds, far_km=far_km
    )
    return {
        "site_id": site.id,
        "factor": filing.factor,
        "factor_list": VERSION,
        "trend": filing.trend.value,
        "seen": filing.seen,
        "when_raw": filing.when,
        "when_edtf": when.text if when else "",
        "when_from": when.earliest if when else None,
        "when_to": when.latest if when else None,
        "said_on": day_at(means.now, site.lon),
        **_place(filing),
        "source": filing.source,
        "how_known": filing.how_known.value,
        "own_reliability": filing.reliability,
        "own_credibility": filing.credibility,
        "channel": (ReportChannel.PUBLIC if sender.stranger else ReportChannel.ACCOUNT).value,
        "state": (UpdateState.QUARANTINED if sender.stranger else UpdateState.RECEIVED).value,
        "text_print": text_print,
        "spam_score": verdict.score,
        "spam_reasons": list(verdict.reasons),
        "received_at": whole_hour(means.now),
    }


def _check_place(session: Session, site: Site, filing: Filing) -> float | None:
    """How far the point given lies from the site, None without one.  Raises: UnusableField."""
    if filing.where is WhereKind.PART and filing.part_ref not in {p.ref for p in parts_of(session, site.id or 0)}:
        raise UnusableField("part_ref", gettext("This site has no such part."))
    if filing.lon is None or filing.lat is None:
        return None
    if not 0 < (filing.radius_km or 1) <= MOST_RADIUS_KM:
        raise UnusableField("radius_km", gettext("A radius above 0 and up to 100 km is needed."))
    if lies_in(filing.lon, filing.lat, tuple(site.states_parties)) is False:
        raise UnusableField("lon", gettext("This point lies outside the country of the site."))
    if site.lon is None or site.lat is None:
        return None
    return float(distance_m(filing.lon, filing.lat, site.lon, site.lat)) / 1000


def _place(filing: Filing) -> dict[str, Any]:
    """Where, as it is kept outside the seal."""
    place: dict[str, Any] = {"where_kind": filing.where.value, "part_ref": "", "near": filing.near}
    place |= {"lon": None, "lat": None, "radius_km": filing.radius_km}
    if filing.where is WhereKind.PART:
        place["part_ref"] = filing.part_ref
    if filing.lon is not None and filing.lat is not None:
        lon, lat, radius_km = rounded_point(filing.lon, filing.lat, filing.radius_km or 1.0)
        place |= {"lon": lon, "lat": lat, "radius_km": radius_km}
    return place


def _seal_point(session: Session, update_id: int, filing: Filing, means: Means) -> None:
    if filing.lon is None or filing.lat is None:
        return
    plain = f"{filing.lon!r} {filing.lat!r} {filing.radius_km!r}".encode()
    try:
        sealed = means.ring.seal(SEALED_POINT.purpose, SEALED_POINT.identity(update_id), plain)
    except KeyMissing:
        # The rounded point is enough to work with; an exact one is kept sealed or not at all.
        log.warning("exact_point_not_kept", reason="there is no key to seal it with")
        return
    session.execute(sa.update(ThreatUpdate).where(col(ThreatUpdate.id) == update_id).values(sealed_point=sealed))


def author_key(ring: KeyRing, account_id: int) -> bytes:
    """What stands for an account beside what it filed; without the key ring nobody can try accounts until one fits.

    Raises:  KeyMissing.
    """
    return ring.mark(Purpose.REPORTERS, f"threats author\n{account_id}")


def _keep_author(session: Session, update_id: int, account_id: int, means: Means) -> None:
    today = means.now.date()
    try:
        key = author_key(means.ring, account_id)
        pseudonym = vault.keep_reporter(
            session, means.ring, today=today, days=means.reporter_days, account_id=account_id
        )  # fmt: skip
    except KeyMissing:
        # The report must come through; whose it is, is kept safely or not at all. The code word still leads to it.
        log.warning("author_not_kept", reason="there is no key to keep it under")
        return
    kept_until = today + timedelta(days=means.retention_days)
    session.add(UpdateAuthor(update_id=update_id, author_key=key, pseudonym=pseudonym, kept_until=kept_until))
    session.flush()


def _step(session: Session, update_id: int, state: UpdateState, now: datetime) -> None:
    session.add(UpdateStep(update_id=update_id, state=state, by=A_REPORTER, at=whole_hour(now)))
    session.flush()


def _record(session: Session, now: datetime, action: str, site: Site, update_id: int, **detail: object) -> None:
    """In the record without a name and to the hour: it can never be taken out again."""
    chain.append(
        session,
        at=whole_hour(now),
        actor=A_REPORTER,
        action=action,
        subject=f"update:{update_id}",
        detail={"site": site.slug, **detail},
    )


def get_own(session: Session, account_id: int, update_id: int, ring: KeyRing) -> ThreatUpdate:
    """An update of the account's own.  Raises: NotFound, also for one of somebody else's."""
    author = queries.author_of(session, update_id)
    if author is None or author.author_key != author_key(ring, account_id):
        raise NotFound(gettext("There is no such update of yours."))
    return queries.get_update(session, update_id, lock=True)


def get_own_by_client(session: Session, account_id: int, client_id: str, means: Means) -> ThreatUpdate:
    """An update of the account's own by its device's id.  Raises: NotFound, also when it was taken back."""
    update = queries.find_by_client(session, keyed(means.secret, "client", client_id))
    if update is None or update.state == UpdateState.WITHDRAWN:
        raise NotFound(gettext("There is no such update of yours."))
    return get_own(session, account_id, update.id or 0, means.ring)


def get_by_code(session: Session, code: str, secret: str) -> ThreatUpdate:
    """The update of a code word.  Raises: NotFound."""
    update = queries.find_by_code(session, keyed(secret, "code", plain_code(code)), lock=True)
    if update is None:
        raise NotFound(gettext("No update has this code word."))
    return update


def answer(session: Session, update: ThreatUpdate, text: str, now: datetime) -> None:
    """Add to an update what a reviewer asked, or what came to mind later.

    Raises:  Conflict when it is settled already.
    """
    if update.state not in OPEN_STATES:
        raise Conflict(gettext("This update is settled already."))
    # Beside the first words, so that a withdrawal takes it away with them.
    update.seen = f"{update.seen}\n\n↳ {text}"
    stranger = update.channel == ReportChannel.PUBLIC
    update.state = UpdateState.QUARANTINED if stranger else UpdateState.RECEIVED
    session.add(update)
    _changed(session, update, "update.answered", now)


def withdraw(session: Session, update: ThreatUpdate, now: datetime) -> None:
    """Take an update back: its words and its place are erased; that there was one stays.

    Raises:  Conflict when it is withdrawn already.
    """
    if update.state == UpdateState.WITHDRAWN:
        raise Conflict(gettext("This update is withdrawn already."))
    update.state = UpdateState.WITHDRAWN
    erase(session, update, now)
    _changed(session, update, "update.withdrawn", now)


def erase(session: Session, update: ThreatUpdate, now: datetime) -> None:
    """Take the words and the place out of an update, and whose it was."""
    update.seen = update.when_raw = update.near = update.source = update.part_ref = ""
    update.lon = update.lat = update.radius_km = update.sealed_point = None
    update.where_kind, update.text_print, update.erased_at = WhereKind.SITE, 0, whole_hour(now)
    session.add(update)
    session.execute(sa.delete(UpdateAuthor).where(col(UpdateAuthor.update_id) == update.id))
    attachments.forget(session, attached_to(update.id))


def attached_to(update_id: int | None) -> str:
    """What files that come with an update are kept under."""
    return f"update:{update_id}"


def _changed(session: Session, update: ThreatUpdate, action: str, now: datetime) -> None:
    site = session.get(Site, update.site_id)
    assert update.id is not None
    assert site is not None
    _step(session, update.id, UpdateState(update.state), now)
    _record(session, now, action, site, update.id)
