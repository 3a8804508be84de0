"""A job opened for one use case: its items, their objects, and what its institution keeps."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlmodel import Session

from heritage.artefacts import queries
from heritage.artefacts.domain import State, Thing, units, with_contents
from heritage.artefacts.models import Artefact, Institution, Job, JobItem
from heritage.artefacts.service import lock_institution
from heritage.core.errors import N_, UnusableField


@dataclass
class Opened:
    """A job with its items, locked for one use case; `things` are those of its institution."""

    job: Job
    institution: Institution
    items: dict[int, JobItem]
    artefacts: dict[int, Artefact]
    things: dict[int, Thing]

    @property
    def id(self) -> int:
        """The job's key."""
        assert self.job.id is not None
        return self.job.id

    def ids_of(self, codes: Collection[str]) -> list[int]:
        """The items of these codes.  Raises: InvalidInput for a code that is not in the job."""
        known = {artefact.code: key for key, artefact in self.artefacts.items()}
        unknown = sorted(set(codes) - set(known))
        if unknown:
            raise UnusableField("objects", N_("%(unknown)s is not in this job."), unknown=unknown[0])
        return [known[code] for code in dict.fromkeys(codes)]

    def within(self, ids: Iterable[int]) -> list[int]:
        """These items and what of the job lies in them."""
        return [each for each in with_contents(ids, self.things) if each in self.items]

    def in_state(self, *states: State) -> list[int]:
        """The items that have come so far."""
        return [key for key, item in self.items.items() if item.state in states]

    def units(self, ids: Collection[int]) -> list[Thing]:
        """What of these is handed over one by one."""
        return units(self.things[each] for each in ids)


def open_job(session: Session, code: str) -> Opened:
    """Lock a job and read what belongs to it.  Raises: NotFound."""
    job = queries.get_job(session, code, lock=True)
    lock_institution(session, job.institution_id)
    assert job.id is not None
    for item, _ in queries.items_of(session, job.id):
        # What another transaction did while this one waited for the lock.
        session.refresh(item)
    return read_job(session, job)


def read_job(session: Session, job: Job) -> Opened:
    """What belongs to a job, for looking at it only."""
    assert job.id is not None
    institution = session.get_one(Institution, job.institution_id)
    rows = queries.items_of(session, job.id)
    return Opened(
        job,
        institution,
        {item.artefact_id: item for item, _ in rows},
        {item.artefact_id: artefact for item, artefact in rows},
        queries.things(session, job.institution_id),
    )


def subject_of(job: Job) -> str:
    """A job as the record names it."""
    return f"job:{job.code}"
