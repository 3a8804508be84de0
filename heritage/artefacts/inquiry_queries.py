"""Reads: questions about objects, what came with them, and whom they were put to."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.artefacts.models import Artefact, InquiryMatch, InquiryPhotograph, Institution, ObjectInquiry
from heritage.attachments.models import Attachment, Content
from heritage.core.errors import N_, NotFound


def photographs_kept(session: Session, institution_id: int, *, limit: int = 1_000_000) -> list[tuple[str, Content]]:
    """Every photograph of what an institution keeps, with the object's code."""
    query = (
        sa.select(col(Artefact.code), Content)
        .join(Attachment, col(Attachment.subject) == sa.literal("artefact:") + col(Artefact.code))
        .join(Content, col(Content.sha256) == col(Attachment.sha256))
        .where(col(Artefact.institution_id) == institution_id, col(Artefact.joined_into_id).is_(None))
        .order_by(col(Artefact.id), col(Attachment.code))
        .limit(limit)
    )
    return [(code, content) for code, content in session.execute(query)]


def photographs_of(session: Session, inquiry_id: int, *, limit: int = 10) -> list[InquiryPhotograph]:
    """The photographs that came with a question, in the order they came."""
    query = select(InquiryPhotograph).where(InquiryPhotograph.inquiry_id == inquiry_id)
    return list(session.exec(query.order_by(col(InquiryPhotograph.id)).limit(limit)))


def photographs_asked(session: Session, inquiry_ids: Collection[int]) -> dict[int, list[int]]:
    """The keys of the photographs of some questions."""
    query = sa.select(col(InquiryPhotograph.inquiry_id), col(InquiryPhotograph.id)).where(
        col(InquiryPhotograph.inquiry_id).in_(inquiry_ids), col(InquiryPhotograph.cleaned)
    )
    found: dict[int, list[int]] = {}
    for inquiry_id, each in session.execute(query.order_by(col(InquiryPhotograph.id))):
        found.setdefault(inquiry_id, []).append(each)
    return found


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
