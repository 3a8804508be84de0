"""Reads: institutions, objects, jobs with their items, steps, handovers and differences, chains of custody."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from heritage.artefacts.domain import BEFORE_DEPARTURE, OBJECT_ID, Kind, State, Thing
from heritage.artefacts.models import (
    Artefact,
    ConditionEntry,
    Confirmation,
    CustodyEntry,
    Discrepancy,
    InquiryMatch,
    Institution,
    Job,
    JobItem,
    ObjectInquiry,
    ObjectLookup,
    StageEntry,
    Step,
)
from heritage.core.errors import N_, NotFound
from heritage.core.text import slug_of
from heritage.db.types import ARRAY
from heritage.policy.access import Answer, answer
from heritage.policy.roles import Subject
from heritage.policy.table import Action
from heritage.sites.models import Site


@dataclass(frozen=True)
class Row:
    """One line of a list of objects; `state` and `job` are of the open job it is in."""

    artefact: Artefact
    site: str | None
    site_name: str
    container: str | None
    state: State | None
    job: str | None


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to. `institutions` None: of all; an empty one: of none."""

    institutions: Collection[int] | None = None
    site: str | None = None
    kind: Kind | None = None
    words: str = ""
    state: State | None = None


def houses_of(institution: Institution) -> tuple[str, ...]:
    """What an account may call this institution."""
    return tuple(dict.fromkeys((institution.code, institution.name, institution.name_slug)))


def list_institutions(session: Session, *, limit: int = 500) -> list[Institution]:
    """Institutions by name."""
    return list(session.exec(select(Institution).order_by(col(Institution.name)).limit(limit)))


def find_institution(session: Session, name: str) -> Institution | None:
    """The institution of a code or name, or None."""
    slug = slug_of(name)
    if not slug:
        return None
    query = select(Institution).where(sa.or_(col(Institution.code) == slug, col(Institution.name_slug) == slug))
    return session.exec(query.order_by((col(Institution.code) == slug).desc())).first()


def institutions_for(session: Session, subject: Subject, action: Action) -> list[Institution]:
    """The institutions whose objects somebody may do something with."""
    return [
        each
        for each in list_institutions(session)
        if answer(action, subject, institutions=houses_of(each), countries=[each.country] if each.country else [])
        is Answer.YES
    ]


def find_artefact(session: Session, code: str) -> Artefact | None:
    """One object by its code, or None."""
    return session.exec(select(Artefact).where(Artefact.code == code)).first()


def get_artefact(session: Session, code: str) -> Artefact:
    """One object by its code.  Raises: NotFound."""
    found = find_artefact(session, code)
    if found is None:
        raise NotFound(N_("There is no object %(code)s."), code=code)
    return found


def find_job(session: Session, code: str) -> Job | None:
    """One job by its code, or None."""
    return session.exec(select(Job).where(Job.code == code)).first()


def get_job(session: Session, code: str, *, lock: bool = False) -> Job:
    """One job by its code.  Raises: NotFound."""
    query = select(Job).where(Job.code == code)
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound(N_("There is no job %(code)s."), code=code)
    return found


def list_artefacts(session: Session, wanted: Filter, *, limit: int = 100, offset: int = 0) -> list[Row]:
    """Objects by code, each with its site, container and open job."""
    box = aliased(Artefact)
    query = (
        sa.select(Artefact, col(Site.slug), col(Site.name), col(box.code), col(JobItem.state), col(Job.code))
        .outerjoin(Site, col(Site.id) == col(Artefact.site_id))
        .outerjoin(box, col(box.id) == col(Artefact.container_id))
        .outerjoin(JobItem, _open_item())
        .outerjoin(Job, col(Job.id) == col(JobItem.job_id))
        .where(*_conditions(wanted))
        .order_by(col(Artefact.code))
        .limit(limit)
        .offset(offset)
    )
    return [
        Row(artefact, slug, name or "", container, state, job)
        for artefact, slug, name, container, state, job in session.execute(query)
    ]


def count_artefacts(session: Session, wanted: Filter) -> int:
    """How many objects a list has."""
    query = (
        sa.select(sa.func.count())
        .select_from(Artefact)
        .outerjoin(Site, col(Site.id) == col(Artefact.site_id))
        .outerjoin(JobItem, _open_item())
        .where(*_conditions(wanted))
    )
    return int(session.scalar(query) or 0)


def _open_item() -> sa.ColumnElement[bool]:
    return sa.and_(col(JobItem.artefact_id) == col(Artefact.id), col(JobItem.closed_at).is_(None))


def _conditions(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.institutions is not None:
        found.append(col(Artefact.institution_id).in_(wanted.institutions))
    if wanted.site:
        found.append(col(Site.slug) == wanted.site)
    if wanted.kind:
        found.append(col(Artefact.kind) == wanted.kind)
    if wanted.state:
        found.append(col(JobItem.state) == wanted.state)
    for word in wanted.words.replace("\x00", "").split()[:8]:
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        columns = ("code", "inventory_number", *OBJECT_ID)
        found.append(sa.or_(*(col(getattr(Artefact, name)).ilike(pattern) for name in columns)))
    return found


def things(session: Session, institution_id: int, *, limit: int = 1_000_000) -> dict[int, Thing]:
    """All that an institution keeps, as planning sees it, by id."""
    # Columns, not objects: an object that was read before a lock would still say what it said then.
    columns = (Artefact.id, Artefact.code, Artefact.kind, Artefact.movability, Artefact.institution_id,
               Artefact.count_low, Artefact.count_high, Artefact.container_id)  # fmt: skip
    query = (
        sa.select(*map(col, columns), col(Job.code), col(JobItem.state))
        .select_from(Artefact)
        .outerjoin(JobItem, _open_item())
        .outerjoin(Job, col(Job.id) == col(JobItem.job_id))
        .where(col(Artefact.institution_id) == institution_id)
        .order_by(col(Artefact.id))
        .limit(limit)
    )
    return {row.id: Thing(*row) for row in session.execute(query)}


def thing_of(artefact: Artefact, state: State | None = None, job: str | None = None) -> Thing:
    """An object as planning sees it."""
    assert artefact.id is not None
    return Thing(
        artefact.id, artefact.code, Kind(artefact.kind), artefact.movability, artefact.institution_id,
        artefact.count_low, artefact.count_high, artefact.container_id, job, state,
    )  # fmt: skip


def list_jobs(session: Session, institutions: Collection[int], *, limit: int = 100) -> list[Job]:
    """Jobs of institutions, newest first."""
    query = select(Job).where(col(Job.institution_id).in_(institutions)).order_by(col(Job.id).desc()).limit(limit)
    return list(session.exec(query))


def items_of(
    session: Session, job_id: int, *, fresh: bool = False, limit: int = 100_000
) -> list[tuple[JobItem, Artefact]]:
    """The objects of a job and how far each has come, by code; `fresh` reads anew what the session holds already."""
    query = (
        sa.select(JobItem, Artefact)
        .join(Artefact, col(Artefact.id) == col(JobItem.artefact_id))
        .where(col(JobItem.job_id) == job_id)
        .order_by(col(Artefact.code))
        .limit(limit)
        .execution_options(populate_existing=fresh)
    )
    return [(item, artefact) for item, artefact in session.execute(query)]


def steps_of(session: Session, job_id: int, *, limit: int = 10_000) -> list[Step]:
    """The steps of a job in the order they were written."""
    return list(session.exec(select(Step).where(Step.job_id == job_id).order_by(col(Step.id)).limit(limit)))


def steps_with(session: Session, artefact_id: int, *, limit: int = 1_000) -> list[tuple[Step, str]]:
    """The steps of one object in all its jobs, by time of fact, with the job's code."""
    query = (
        sa.select(Step, col(Job.code))
        .join(Job, col(Job.id) == col(Step.job_id))
        .where(col(Step.artefact_ids).contains([artefact_id]))
        .order_by(col(Step.happened_at), col(Step.id))
        .limit(limit)
    )
    return [(step, code) for step, code in session.execute(query)]


def stages_said(session: Session, job_id: int, *, limit: int = 1_000) -> list[StageEntry]:
    """What was said of a job's stages, in the order written."""
    query = select(StageEntry).where(StageEntry.job_id == job_id).order_by(col(StageEntry.id))
    return list(session.exec(query.limit(limit)))


def conditions_of(session: Session, job_id: int, *, limit: int = 10_000) -> list[ConditionEntry]:
    """How objects of a job were found before and after, in the order of the facts."""
    query = select(ConditionEntry).where(ConditionEntry.job_id == job_id)
    return list(session.exec(query.order_by(col(ConditionEntry.happened_at), col(ConditionEntry.id)).limit(limit)))


def confirmations_of(session: Session, job_id: int, *, limit: int = 100) -> list[Confirmation]:
    """What the sides of a job's handovers confirmed, in the order written."""
    query = select(Confirmation).where(Confirmation.job_id == job_id).order_by(col(Confirmation.id)).limit(limit)
    return list(session.exec(query))


def discrepancies_of(
    session: Session, job_id: int, *, unsettled: bool = False, limit: int = 1_000
) -> list[tuple[Discrepancy, Artefact]]:
    """The differences of a job, oldest first, each with its unit."""
    query = (
        sa.select(Discrepancy, Artefact)
        .join(Artefact, col(Artefact.id) == col(Discrepancy.artefact_id))
        .where(col(Discrepancy.job_id) == job_id)
        .order_by(col(Discrepancy.id))
        .limit(limit)
    )
    if unsettled:
        query = query.where(col(Discrepancy.agreed_at).is_(None))
    return [(discrepancy, artefact) for discrepancy, artefact in session.execute(query)]


def custody_of(session: Session, artefact_id: int, *, limit: int = 1_000) -> list[CustodyEntry]:
    """An object's entries of custody in the order written, corrected ones among them."""
    query = select(CustodyEntry).where(CustodyEntry.artefact_id == artefact_id).order_by(col(CustodyEntry.id))
    return list(session.exec(query.limit(limit)))


def lookups_of(session: Session, institutions: Collection[int], *, limit: int = 200) -> list[tuple[ObjectLookup, str]]:
    """Who looked for objects of these institutions, newest first, with the code looked at; empty for a search."""
    query = (
        sa.select(ObjectLookup, col(Artefact.code))
        .outerjoin(Artefact, col(Artefact.id) == col(ObjectLookup.artefact_id))
        .where(col(ObjectLookup.institution_id).in_(institutions))
        .order_by(col(ObjectLookup.id).desc())
        .limit(limit)
    )
    return [(lookup, code or "") for lookup, code in session.execute(query)]


def contents_of(session: Session, container_id: int, *, limit: int = 10_000) -> list[Artefact]:
    """What lies in a container, one level deep, by code."""
    query = select(Artefact).where(Artefact.container_id == container_id).order_by(col(Artefact.code)).limit(limit)
    return list(session.exec(query))


def objects_of(session: Session, institution_id: int) -> Iterator[Artefact]:
    """All that an institution keeps but its boxes, a thousand at a time."""
    query = select(Artefact).where(
        Artefact.institution_id == institution_id, col(Artefact.kind) != Kind.CONTAINER
    )  # fmt: skip
    return session.exec(query.order_by(col(Artefact.id)).execution_options(yield_per=1_000)).__iter__()


def institutions_asked(session: Session, inquiry_id: int) -> set[int]:
    """The institutions that were told of a question."""
    return set(session.exec(select(InquiryMatch.institution_id).where(InquiryMatch.inquiry_id == inquiry_id)))


def get_match(session: Session, match_id: int) -> InquiryMatch:
    """What an institution was asked.  Raises: NotFound."""
    found = session.get(InquiryMatch, match_id)
    if found is None:
        raise NotFound(N_("There is no such question."))
    return found


def questions_to(
    session: Session, institutions: Collection[int], *, limit: int = 100
) -> list[tuple[InquiryMatch, ObjectInquiry]]:
    """What institutions were asked, newest first."""
    query = (
        sa.select(InquiryMatch, ObjectInquiry)
        .join(ObjectInquiry, col(ObjectInquiry.id) == col(InquiryMatch.inquiry_id))
        .where(col(InquiryMatch.institution_id).in_(institutions))
        .order_by(col(InquiryMatch.id).desc())
        .limit(limit)
    )
    return [(match, inquiry) for match, inquiry in session.execute(query)]


def questions_by(
    session: Session, account_id: int, *, limit: int = 100
) -> list[tuple[ObjectInquiry, list[tuple[InquiryMatch, str]]]]:
    """What somebody asked, newest first, with the answers that were given and by which institution: nothing else."""
    asked = list(
        session.exec(
            select(ObjectInquiry)
            .where(ObjectInquiry.asked_by_id == account_id)
            .order_by(col(ObjectInquiry.id).desc())
            .limit(limit)
        )
    )
    rows = session.execute(
        sa.select(InquiryMatch, col(Institution.name))
        .join(Institution, col(Institution.id) == col(InquiryMatch.institution_id))
        .where(col(InquiryMatch.inquiry_id).in_([one.id for one in asked]), col(InquiryMatch.answered_at).is_not(None))
        .order_by(col(InquiryMatch.answered_at))
    )
    answers: dict[int, list[tuple[InquiryMatch, str]]] = {}
    for match, name in rows:
        answers.setdefault(match.inquiry_id, []).append((match, name))
    return [(one, answers.get(one.id or 0, [])) for one in asked]


def countries_of(session: Session, artefacts: Sequence[Artefact]) -> list[str]:
    """The states of the sites that objects come from."""
    ids = {one.site_id for one in artefacts if one.site_id is not None}
    if not ids:
        return []
    rows = session.exec(select(Site.states_parties).where(col(Site.id).in_(ids)))
    return sorted({code for codes in rows for code in codes})


def latest_fact(session: Session, job_id: int, artefact_ids: Collection[int]) -> datetime | None:
    """When the newest step of any of these objects in a job was, by time of fact; None before the first."""
    query = sa.select(sa.func.max(col(Step.happened_at))).where(
        col(Step.job_id) == job_id, sa.cast(Step.artefact_ids, ARRAY(sa.BigInteger)).overlap(list(artefact_ids))
    )
    return session.scalar(query)


def unpacked(items: Sequence[tuple[JobItem, Artefact]]) -> list[Artefact]:
    """What of a job is still to be packed."""
    waiting = BEFORE_DEPARTURE - {State.PACKED}
    return [artefact for item, artefact in items if item.state in waiting]
