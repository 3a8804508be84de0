"""Use cases of questions about an object: describe it, look whose it may be, answer. The caller owns the transaction.

Whoever asks gets the same answer whatever is kept: a dealer must not learn that a piece is not known here. The looking
is done by a job, so that not even the time tells.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from heritage.artefacts import inquiry_queries, queries
from heritage.artefacts.domain import OBJECT_ID, Kind
from heritage.artefacts.likeness import LIKE_BITS, REASON, Looks, looks_of, nearest
from heritage.artefacts.models import (
    INQUIRY_PHOTOGRAPH,
    Artefact,
    InquiryMatch,
    InquiryPhotograph,
    ObjectInquiry,
    ObjectLookup,
)
from heritage.artefacts.recognition import MOST_CANDIDATES, Likeness, find_alike
from heritage.artefacts.service import Hand, new_code
from heritage.attachments import service as attachments
from heritage.attachments.cleaning import NotDecoded, cleaned_copies
from heritage.core.errors import N_, Conflict, NotFound, UnusableField
from heritage.db.queue import enqueue
from heritage.sealing.keyring import KeyRing, open_keyring
from heritage.settings import Settings

MATCH_TASK = "artefacts.match_inquiry"
TELL_TASK = "alerts.tell_of_inquiry"
DESCRIBED = ("inventory_number", *OBJECT_ID)
LEAST_FIELDS = 2


def ask(
    session: Session, hand: Hand, described: Mapping[str, str], *, circumstances: str, contact: str,
    photographs: Sequence[bytes] = (), ring: KeyRing | None = None,
) -> ObjectInquiry:  # fmt: skip
    """Describe an object and ask whose it is; who keeps one like it is told by a job.

    Args:    described: fields of Object ID and `inventory_number`.  circumstances: where and how it was met.
             contact: how a keeper reaches who asks.  photographs: as they came, each of a kind that is taken; they are
             kept sealed with the ring, and one of them is description enough.
    Raises:  InvalidInput naming the field; never for what is or is not kept.
    """
    told = {name: text.strip() for name, text in described.items() if name in DESCRIBED and text.strip()}
    if not photographs and len(told) < LEAST_FIELDS and "inventory_number" not in told:
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
    session.flush()
    for each in photographs:
        assert ring is not None
        _keep_photograph(session, ring, made.id or 0, each)
    hand.write(
        session, "object.inquire", f"inquiry:{made.code}", fields=sorted(told), photographs=len(photographs)
    )  # fmt: skip
    enqueue(session, MATCH_TASK, inquiry_id=made.id)
    return made


def _keep_photograph(session: Session, ring: KeyRing, inquiry_id: int, data: bytes) -> None:
    """In a row of its own, whatever is kept: a file that is known here takes no less time than one that is not."""
    held = InquiryPhotograph(inquiry_id=inquiry_id, sealed=b"")
    session.add(held)
    session.flush()
    held.sealed = ring.seal(INQUIRY_PHOTOGRAPH.purpose, INQUIRY_PHOTOGRAPH.identity(held.id), data)
    session.add(held)


def clean_photographs(session: Session, settings: Settings, inquiry_id: int) -> list[Looks]:
    """Put the cleaned copy in the place of each photograph of a question, decoded apart; safe to repeat.

    Returns: how they look. A picture that cannot be decoded is let go.
    """
    ring, looks = open_keyring(settings), []
    for held in inquiry_queries.photographs_of(session, inquiry_id):
        data = photograph(ring, held)
        if not held.cleaned:
            try:
                data = cleaned_copies(data, most_pixels=settings.attachment_megapixels * 1_000_000).view
            except NotDecoded:
                session.delete(held)
                continue
            held.sealed = ring.seal(INQUIRY_PHOTOGRAPH.purpose, INQUIRY_PHOTOGRAPH.identity(held.id), data)
            held.cleaned = True
            session.add(held)
        looks.append(looks_of(data))
    return looks


def photograph(ring: KeyRing, held: InquiryPhotograph) -> bytes:
    """A photograph of a question, for those who were asked.  Raises: KeyMissing, SealBroken."""
    return ring.open(INQUIRY_PHOTOGRAPH.purpose, INQUIRY_PHOTOGRAPH.identity(held.id), held.sealed)


def match(session: Session, inquiry_id: int, settings: Settings | None = None) -> int:
    """Compare a description, and photographs, with everything that is kept; a second run finds no institution anew.

    Args:    settings: of the machine whose keys open the looks of photographs; without any, words alone are compared.

    Returns: how many institutions keep something like it; their registrars are told.
    """
    inquiry = session.get_one(ObjectInquiry, inquiry_id)
    told, found = inquiry_queries.institutions_asked(session, inquiry_id), 0
    sent = clean_photographs(session, settings, inquiry_id) if settings else []
    for institution in queries.list_institutions(session):
        assert institution.id is not None
        if institution.id in told:
            continue
        alike: list[Likeness] = []
        if inquiry.described:
            kept = ((one.code, _fields(one)) for one in queries.objects_of(session, institution.id))
            alike = find_alike(inquiry.described, kept)
        if sent and settings:
            alike = _with_pictures(alike, nearest(sent, _kept_looks(session, settings, institution.id)))
        if not alike:
            continue
        made = InquiryMatch(
            inquiry_id=inquiry_id, institution_id=institution.id,
            candidates=[{"code": one.code, "score": one.score, "reasons": list(one.reasons)} for one in alike],
        )  # fmt: skip
        # The institution sees it among those who looked for its objects.
        lookup = ObjectLookup(institution_id=institution.id, actor=inquiry.asked_by, account_id=inquiry.asked_by_id,
                              looked_at=inquiry.asked_at)  # fmt: skip
        session.add_all([made, lookup])
        session.flush()
        enqueue(session, TELL_TASK, match_id=made.id, about="inquiry")
        found += 1
    if settings and not told and not found:
        # Nobody is to look at them: a photograph of a dealer's shop is not kept for nothing.
        for held in inquiry_queries.photographs_of(session, inquiry_id):
            session.delete(held)
    return found


def _with_pictures(alike: Sequence[Likeness], bits: Mapping[str, int]) -> list[Likeness]:
    """What is like the words, the photographs or both, the most alike first."""
    found = {one.code: one for one in alike}
    for code, differing in bits.items():
        words = found.get(code)
        score = round(2.0 - differing / LIKE_BITS, 3)
        reasons = (REASON, *(words.reasons if words else ()))
        found[code] = Likeness(code, score + (words.score if words else 0.0), reasons)
    return sorted(found.values(), key=lambda one: (-one.score, one.code))[:MOST_CANDIDATES]


def _kept_looks(session: Session, settings: Settings, institution_id: int) -> Iterator[tuple[str, int]]:
    for code, content in inquiry_queries.photographs_kept(session, institution_id):
        looks = attachments.looks_of(settings, content)
        if looks is not None:
            yield code, looks


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
