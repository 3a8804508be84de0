"""What a job keeps under seal: where it goes, how and when; written anew and opened, never shown here."""

import json
from dataclasses import asdict, dataclass
from datetime import date

from sqlmodel import Session

from heritage.artefacts.models import PLACE, Job, SealedPlace
from heritage.artefacts.moves.job import open_job, subject_of
from heritage.artefacts.service import Hand
from heritage.core.dates import parse_edtf
from heritage.core.errors import N_, Conflict, InvalidInput, UnusableField
from heritage.sealing.keyring import KeyRing


@dataclass(frozen=True)
class SealedFacts:
    """Where a job goes, how, when and with whom; in one sealed value and nowhere else.

    Degrees WGS 84; dates as EDTF text. After Spectrum's location and movement: `reference` is the location's own name
    or number, `fitness` how fit it is, `security` who holds the key, `home` where the objects belong; `mover` and
    `contact` are people.
    """

    name: str = ""
    lon: float | None = None
    lat: float | None = None
    access: str = ""
    route: str = ""
    departs: str = ""
    arrives: str = ""
    returns: str = ""
    mover: str = ""
    contact: str = ""
    reference: str = ""
    fitness: str = ""
    security: str = ""
    home: str = ""


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


def _check_days(facts: SealedFacts) -> None:
    """Departure, arrival and return in their order, where they are days at all; no error repeats one."""
    departs, arrives, returns = (_span(text) for text in (facts.departs, facts.arrives, facts.returns))
    if _before(arrives, departs):
        raise UnusableField("arrives", N_("The arrival is before the departure."))
    if _before(returns, departs) or _before(returns, arrives):
        raise UnusableField("returns", N_("The return is before the departure or the arrival."))


def _span(text: str) -> tuple[date | None, date | None]:
    try:
        when = parse_edtf(text.strip())
    except InvalidInput:
        # Words, such as "after the harvest": nothing to compare.
        return None, None
    return when.earliest, when.latest


def _before(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    """Whether all of one lies before all of the other."""
    return one[1] is not None and other[0] is not None and one[1] < other[0]


def write_seal(session: Session, ring: KeyRing, job: Job, facts: SealedFacts) -> None:
    """Seal a job's facts in place of those it has.  Raises: InvalidInput for coordinates that are none."""
    if (facts.lon is None) != (facts.lat is None):
        raise UnusableField("lon", N_("Give both longitude and latitude, or neither."))
    if facts.lon is not None and facts.lat is not None and not (-180 <= facts.lon <= 180 and -90 <= facts.lat <= 90):
        raise UnusableField("lon", N_("Longitude and latitude leave the globe."))
    _check_days(facts)
    plain = json.dumps(asdict(facts), ensure_ascii=False).encode()
    sealed = ring.seal(PLACE.purpose, PLACE.identity(job.id), plain)
    held = session.get(SealedPlace, job.id)
    if held is None:
        assert job.id is not None
        held = SealedPlace(job_id=job.id, sealed=sealed)
    held.sealed = sealed
    session.add(held)
