"""What a job keeps under seal: where it goes, how and when; written anew and opened, never shown here."""

import json
from dataclasses import asdict, dataclass

from sqlmodel import Session

from heritage.artefacts.models import PLACE, Job, SealedPlace
from heritage.artefacts.moves.job import open_job, subject_of
from heritage.artefacts.service import Hand
from heritage.core.errors import N_, Conflict, UnusableField
from heritage.sealing.keyring import KeyRing


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


NOTHING_SEALED = SealedFacts()


def seal_facts(session: Session, hand: Hand, ring: KeyRing, code: str, facts: SealedFacts) -> None:
    """Write a job's sealed facts anew; the record says that somebody did and nothing else.

    Raises:  NotFound; Conflict when the job is closed; InvalidInput for coordinates that are none.
    """
    opened = open_job(session, code)
    if opened.job.closed_at is not None:
        raise Conflict(N_("Job %(code)s is closed."), code=code)
    write_seal(session, ring, opened.job, facts)
    hand.write(session, "job.seal", subject_of(opened.job))


def unseal_facts(ring: KeyRing, place: SealedPlace) -> SealedFacts:
    """The sealed facts in clear; only for who was let read them.  Raises: KeyMissing, SealBroken."""
    return facts_of(ring.open(PLACE.purpose, PLACE.identity(place.job_id), place.sealed))


def facts_of(plain: bytes) -> SealedFacts:
    """The facts out of an opened value."""
    return SealedFacts(**json.loads(plain))


def write_seal(session: Session, ring: KeyRing, job: Job, facts: SealedFacts) -> None:
    """Seal a job's facts in place of those it has.  Raises: InvalidInput for coordinates that are none."""
    if (facts.lon is None) != (facts.lat is None):
        raise UnusableField("lon", N_("Give both longitude and latitude, or neither."))
    if facts.lon is not None and facts.lat is not None and not (-180 <= facts.lon <= 180 and -90 <= facts.lat <= 90):
        raise UnusableField("lon", N_("Longitude and latitude leave the globe."))
    plain = json.dumps(asdict(facts), ensure_ascii=False).encode()
    sealed = ring.seal(PLACE.purpose, PLACE.identity(job.id), plain)
    held = session.get(SealedPlace, job.id)
    if held is None:
        assert job.id is not None
        held = SealedPlace(job_id=job.id, sealed=sealed)
    held.sealed = sealed
    session.add(held)
