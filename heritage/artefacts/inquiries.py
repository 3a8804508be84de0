"""Use cases of questions about an object: describe it, look whose it may be, answer. The caller owns the transaction.

Whoever asks gets the same answer whatever is kept: a dealer must not learn that a piece is not known here. The looking
is done by a job, so that not even the time tells.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from heritage.artefacts import queries
from heritage.artefacts.domain import OBJECT_ID, Kind
from heritage.artefacts.models import Artefact, InquiryMatch, ObjectInquiry
from heritage.artefacts.recognition import find_alike
from heritage.artefacts.service import Hand, new_code
from heritage.core.errors import N_, Conflict, NotFound, UnusableField
from heritage.db.queue import enqueue

MATCH_TASK = "artefacts.match_inquiry"
TELL_TASK = "alerts.tell_of_inquiry"
DESCRIBED = ("inventory_number", *OBJECT_ID)
LEAST_FIELDS = 2


def ask(
    session: Session, hand: Hand, described: Mapping[str, str], *, circumstances: str, contact: str
) -> ObjectInquiry:
    """Describe an object and ask whose it is; who keeps one like it is told by a job.

    Args:    described: fields of Object ID and `inventory_number`.  circumstances: where and how it was met.
             contact: how a keeper reaches who asks.
    Raises:  InvalidInput naming the field; never for what is or is not kept.
    """
    told = {name: text.strip() for name, text in described.items() if name in DESCRIBED and text.strip()}
    if len(told) < LEAST_FIELDS and "inventory_number" not in told:
        raise UnusableField(
            "object_type", N_("Describe it by two fields at least; a type alone fits hundreds of objects.")
        )
    if not contact.strip():
        raise UnusableField("contact", N_("Say how its keeper reaches you."))
    made = ObjectInquiry(
        code=new_code(), asked_by=hand.actor, asked_by_id=hand.account(), asked_at=hand.now, described=told,
        circumstances=circumstances.strip(), contact=contact.strip(),
    )  # fmt: skip
    session.add(made)
    hand.write(session, "object.inquire", f"inquiry:{made.code}", fields=sorted(told))
    enqueue(session, MATCH_TASK, inquiry_id=made.id)
    return made


def match(session: Session, inquiry_id: int) -> int:
    """Compare a description with everything that is kept; a second run finds no institution anew.

    Returns: how many institutions keep something like it; their registrars are told.
    """
    inquiry = session.get_one(ObjectInquiry, inquiry_id)
    told, found = queries.institutions_asked(session, inquiry_id), 0
    for institution in queries.list_institutions(session):
        assert institution.id is not None
        if institution.id in told:
            continue
        kept = ((one.code, _fields(one)) for one in queries.objects_of(session, institution.id))
        alike = find_alike(inquiry.described, kept)
        if not alike:
            continue
        made = InquiryMatch(
            inquiry_id=inquiry_id, institution_id=institution.id,
            candidates=[{"code": one.code, "score": one.score, "reasons": list(one.reasons)} for one in alike],
        )  # fmt: skip
        session.add(made)
        session.flush()
        enqueue(session, TELL_TASK, match_id=made.id, about="inquiry")
        found += 1
    return found


def answer(session: Session, hand: Hand, match_id: int, words: str) -> None:
    """Answer who asked; once, and only what is written here reaches them.

    Raises:  NotFound; InvalidInput for an empty answer; Conflict when it was answered.
    """
    held = session.get(InquiryMatch, match_id, with_for_update=True)
    if held is None:
        raise NotFound(N_("There is no such question."))
    if held.answered_at is not None:
        raise Conflict(N_("This question is answered already."))
    if not words.strip():
        raise UnusableField("answer", N_("Write an answer; no answer tells nothing, and may be right too."))
    held.answer, held.answered_at = words.strip(), hand.now
    held.answered_by, held.answered_by_id = hand.actor, hand.account()
    session.add(held)
    inquiry = session.get_one(ObjectInquiry, held.inquiry_id)
    hand.write(session, "object.answer", f"inquiry:{inquiry.code}")
    enqueue(session, TELL_TASK, match_id=held.id, about="answer")


def _fields(one: Artefact) -> dict[str, Any]:
    return {name: getattr(one, name) for name in DESCRIBED}


def is_described(one: Artefact) -> bool:
    """Whether an object has a sheet: boxes have none."""
    return one.kind is not Kind.CONTAINER
