"""Use cases: take documents in, enter, review and link claims, grade sources. The caller owns the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from heritage.core.dates import EDTFDate, parse_edtf
from heritage.core.errors import N_, AlreadyRecorded, Conflict, InvalidInput, NotFound, UnusableField
from heritage.core.known import known_first, known_later, start_of_day
from heritage.core.text import fold
from heritage.db.queue import enqueue
from heritage.feeds.registry import feed_settings
from heritage.reports import queries
from heritage.reports.domain import (
    Act,
    ClaimDraft,
    ClaimKind,
    ClaimState,
    DocumentDraft,
    LinkKind,
    Reliability,
    SourceDraft,
    Verdict,
)
from heritage.reports.models import (
    Claim,
    ClaimLink,
    ClaimVersion,
    Document,
    DocumentAppearance,
    ReportSource,
    SourceAssessment,
)
from heritage.reports.texts import coloured_words, find_quote, paragraph_of, plain_text, sketch, text_hash
from heritage.sites.queries import parts_of

# What changed here may make or unmake an incident: the task stands further right, so it is named and not imported.
TAKE_CLAIMS = "incidents.take_claims"
MOST_TEXT = 1_000_000  # characters
MOST_SEARCHED = 20_000  # different words of a text that a search finds it by
FIRST_GRADE = "named in a claim; nobody has assessed it yet"


class Met(StrEnum):
    """What a document was met with."""

    NEW = "new"
    KNOWN = "known"  # the very same text is kept already
    REPRINT = "reprint"  # a person said so


@dataclass(frozen=True)
class Taken:
    """The document that now holds a text, and how it was met."""

    document_id: int
    met: Met


class Settled(StrEnum):
    """What a review led to."""

    REVIEWED = "reviewed"
    REJECTED = "rejected"
    SECOND_NEEDED = "second_needed"  # "confirmed" takes two persons


# -- documents -----------------------------------------------------------------------------------------------------


def add_document(session: Session, act: Act, draft: DocumentDraft, *, reprint_of: int | None = None) -> Taken:
    """Take a text in, once: the same words in another layout are the same document, seen in another place.

    Args:    reprint_of: the document that a person recognised it as, though some of its words differ.
    Raises:  InvalidInput for a date that cannot be read or lies ahead; NotFound for an unknown reprint_of.
    """
    dated = _dated(draft.dated, act)
    text = plain_text(draft.text)
    if len(text) > MOST_TEXT:
        raise UnusableField("text", N_("A text of more than %(most)s characters is no article."), most=f"{MOST_TEXT:,}")
    digest = text_hash(text or f"{draft.title}\n{draft.publisher}\n{draft.dated}")
    _alone(session, digest)
    held = queries.find_document_by_hash(session, digest)
    if held is not None or reprint_of is not None:
        document = held or queries.get_document(session, reprint_of or 0)
        _appear(session, act, document, draft, dated)
        return Taken(document.id or 0, Met.KNOWN if held else Met.REPRINT)
    document = Document(
        title=plain_text(draft.title), publisher=plain_text(draft.publisher), language=draft.language,
        address=draft.address, dated_edtf=dated.text if dated else "", dated_raw=plain_text(draft.dated_raw),
        is_date_inferred=draft.is_date_inferred, dated_from=dated.earliest if dated else None,
        dated_to=dated.latest if dated else None, text=text, text_hash=digest, sketch=sketch(text),
        search=_search(draft, text), recorded_at=act.now, by=act.actor,
    )  # fmt: skip
    session.add(document)
    session.flush()
    return Taken(document.id or 0, Met.NEW)


def _alone(session: Session, what: bytes) -> None:
    """Let nobody else keep the same thing until this transaction has ended: sent twice at once, it is kept once."""
    number = int.from_bytes(what[:4], "big", signed=True)
    session.connection().exec_driver_sql("select pg_advisory_xact_lock(7236411, %s)", (number,))


def _dated(text: str, act: Act) -> EDTFDate | None:
    if not text.strip():
        return None
    dated = parse_edtf(text)
    if dated.earliest is None or dated.latest is None:
        raise UnusableField("dated", N_("A text was written at some time: give a date with a beginning and an end."))
    if dated.earliest > act.now.date():
        raise UnusableField("dated", N_("That day has not come yet."))
    return dated


def _search(draft: DocumentDraft, text: str) -> str:
    named = dict.fromkeys(fold(f"{draft.title} {draft.publisher}").split(), "A")
    words = list(dict.fromkeys(fold(text).split()))[:MOST_SEARCHED]
    # Words are lower-case letters and digits only, so the literal needs no quoting.
    return " ".join(f"{word[:60]}:1{weight}" for word, weight in {**dict.fromkeys(words, "C"), **named}.items())


def _appear(session: Session, act: Act, document: Document, draft: DocumentDraft, dated: EDTFDate | None) -> None:
    title, publisher, edtf = plain_text(draft.title), plain_text(draft.publisher), dated.text if dated else ""
    if (fold(title), fold(publisher)) == (fold(document.title), fold(document.publisher)):
        return
    held = select(DocumentAppearance).where(
        DocumentAppearance.document_id == document.id,
        DocumentAppearance.publisher == publisher,
        DocumentAppearance.title == title,
        DocumentAppearance.dated_edtf == edtf,
    )
    if session.exec(held).first() is None:
        session.add(
            DocumentAppearance(
                document_id=document.id or 0, title=title, publisher=publisher, address=draft.address, dated_edtf=edtf,
                recorded_at=act.now, by=act.actor,
            )
        )  # fmt: skip
        session.flush()


# -- sources -------------------------------------------------------------------------------------------------------


def add_source(session: Session, act: Act, draft: SourceDraft) -> int:
    """Keep a source with its first assessment.

    Returns: its number.  Raises: InvalidInput without a name; AlreadyRecorded when one is called so.
    """
    name = plain_text(draft.name)
    if not fold(name):
        raise InvalidInput(N_("A source needs a name, or words for who it is."))
    _alone(session, text_hash(name))
    if _find_source(session, name) is not None:
        raise AlreadyRecorded(N_("There is a source called %(name)s already."), name=name)
    source = ReportSource(
        name=name, name_folded=fold(name), kind=draft.kind, is_protected=draft.is_protected, recorded_at=act.now
    )
    session.add(source)
    session.flush()
    assess_source(session, act, source.id or 0, replace(draft, reason=draft.reason or FIRST_GRADE))
    return source.id or 0


def assess_source(session: Session, act: Act, source_id: int, draft: SourceDraft) -> None:
    """Judge a source anew; claims keep the grade they were given, later ones begin with this one.

    Raises:  InvalidInput without a reason; NotFound.
    """
    source = session.get(ReportSource, source_id)
    if source is None:
        raise NotFound(N_("There is no source %(number)s."), number=source_id)
    if not draft.reason.strip():
        raise UnusableField("reason", N_("A reason is needed."))
    source.kind, source.is_protected = draft.kind, draft.is_protected
    session.add(
        SourceAssessment(
            source_id=source_id, recorded_at=act.now, by=act.actor, reliability=draft.reliability, party=draft.party,
            origin=origin_key(draft.origin or fold(source.name)), reason=plain_text(draft.reason),
        )
    )  # fmt: skip
    session.flush()
    # Who shares an origin decides how many voices an incident has.
    _announce(session)


def origin_key(text: str) -> str:
    """An independence key as it is kept: as typed, but one side or observatory of several names under one."""
    known = {**feed_settings("ucdp").same_origin, **feed_settings("reports").same_origin}
    return known.get(fold(text)) or " ".join(text.casefold().split())


def _find_source(session: Session, name: str) -> ReportSource | None:
    return session.exec(select(ReportSource).where(ReportSource.name_folded == fold(name))).first()


def _source_ids(session: Session, act: Act, names: Sequence[str]) -> list[int]:
    """The numbers of sources by name; one not met before is kept, ungraded, so that typing need not stop."""
    found: dict[int, None] = {}
    for name in names:
        if fold(name):
            _alone(session, text_hash(name))
            held = _find_source(session, name)
            found[held.id or 0 if held else add_source(session, act, SourceDraft(name))] = None
    return list(found)


# -- claims --------------------------------------------------------------------------------------------------------


def enter_claims(session: Session, document_id: int, drafts: Sequence[ClaimDraft], *, act: Act) -> list[int]:
    """Enter claims of one document; none counts or is seen by others before a review.

    Args:    drafts: from a person's form or a reader of texts; sources not met before are kept, graded F.
    Returns: the claims' numbers, in order; a claim that the document has already, word for word, keeps its number.
    Raises:  NotFound; InvalidInput naming the field and the reason, and then nothing must be committed.
    """
    document = queries.get_document(session, document_id)
    _alone(session, document.text_hash)
    held = [(row.claim_id, _content_of(row.version)) for row in queries.known_claims(session, document_id=document_id)]
    entered = []
    for draft in drafts:
        content = _content(session, act, document, draft)
        if (same := next((number for number, said in held if said == content), None)) is not None:
            entered.append(same)
            continue
        claim = Claim(document_id=document_id, recorded_at=act.now, account_id=act.account_id)
        session.add(claim)
        session.flush()
        known_at = _first_known(document, content, act)
        _write(session, act, claim.id or 0, 1, ClaimState.ENTERED, known_at, "", content)
        entered.append(claim.id or 0)
        held.append((claim.id or 0, content))
    return entered


def correct_claim(session: Session, act: Act, claim_id: int, draft: ClaimDraft, *, reason: str) -> int:
    """Say a claim anew; what stood before stays readable, and stands until a reviewer passes this.

    Returns: the number of the version.  Raises: NotFound; InvalidInput; Conflict when it was withdrawn.
    """
    row = _live(session, claim_id)
    content = _content(session, act, row.document, draft)
    if content == _content_of(row.version):
        raise AlreadyRecorded(N_("It says that already; nothing was changed."))
    known_at = _next_known(session, row, content, act)
    return _next(session, act, row, ClaimState.ENTERED, known_at, reason, content)


def review_claim(
    session: Session,
    act: Act,
    claim_id: int,
    verdict: Verdict,
    *,
    revision: int | None = None,
    reliability: Reliability | None = None,
    credibility: int | None = None,
    reason: str = "",
) -> Settled:
    """Pass a claim, with the grade the reviewer gives it, or refuse it.

    A correction that is refused leaves what stood before it. "Confirmed" (1) takes two persons: the first who gives it
    only proposes; where nobody has an account, one at the machine does for both.
    Args:    revision: the version the reviewer saw; None for whichever is newest.
    Raises:  NotFound; Conflict when it was withdrawn or has changed since; InvalidInput when refused without a reason.
    """
    row = _live(session, claim_id)
    if revision is not None and revision != row.version.revision:
        raise Conflict(N_("The claim has changed since it was opened; look at it again."))
    if verdict is Verdict.REJECT:
        return _refuse(session, act, row, reason)
    content = _content_of(row.version)
    content["reliability"] = reliability or row.version.reliability
    content["credibility"] = credibility or row.version.credibility
    alone = content["credibility"] == 1 and _needs_second(session, act, row)
    state = ClaimState.ENTERED if alone else ClaimState.REVIEWED
    unchanged = (state, content) == (row.version.state, _content_of(row.version))
    # Where a reporter gave the 1, who repeats it is the first of the two.
    if unchanged and alone and row.version.account_id == act.account_id:
        raise Conflict(N_("“Confirmed” takes two persons: somebody else has to pass it."))
    if unchanged and not alone:
        raise AlreadyRecorded(N_("It is reviewed so already; nothing was changed."))
    _next(session, act, row, state, _next_known(session, row, content, act), reason, content)
    return Settled.SECOND_NEEDED if alone else Settled.REVIEWED


def _needs_second(session: Session, act: Act, row: queries.ClaimRow) -> bool:
    """Whether nobody but the reviewer has said so far that this version is confirmed."""
    if act.account_id is None:
        return False
    others = [
        version
        for version in queries.versions_of(session, row.claim_id)
        if version.credibility == 1 and _content_of(version) == _content_of(row.version)
    ]
    # Who entered it without an account of staff reported it and is no reviewer.
    return not any(version.account_id not in (None, act.account_id) for version in others)


def _refuse(session: Session, act: Act, row: queries.ClaimRow, reason: str) -> Settled:
    if not reason.strip():
        raise UnusableField("reason", N_("A reason is needed."))
    stood = next((v for v in queries.versions_of(session, row.claim_id) if v.state is not ClaimState.ENTERED), None)
    now = act.now
    if row.version.state is ClaimState.ENTERED and stood is not None and stood.state is ClaimState.REVIEWED:
        _next(session, act, row, ClaimState.REVIEWED, max(now, row.version.known_at), reason, _content_of(stood))
    else:
        content = _content_of(row.version)
        _next(session, act, row, ClaimState.REJECTED, _next_known(session, row, content, act), reason, content)
    return Settled.REJECTED


def withdraw_claim(session: Session, act: Act, claim_id: int, *, reason: str) -> None:
    """Take a claim back, for everybody and at once; it stays readable in the record.

    Raises:  NotFound; InvalidInput without a reason; Conflict when it was withdrawn before.
    """
    if not reason.strip():
        raise UnusableField("reason", N_("A reason is needed."))
    row = _live(session, claim_id)
    known_at = known_later(row.version.known_at, None, None, act.now)
    _next(session, act, row, ClaimState.WITHDRAWN, known_at, reason, _content_of(row.version))


def link_claims(session: Session, act: Act, claim_id: int, other_id: int, kind: LinkKind, *, reason: str = "") -> int:
    """Say how two claims stand to each other; nobody but a person merges what may be one event.

    Returns: the link's number.  Raises: NotFound; InvalidInput for a claim and itself; AlreadyRecorded.
    """
    if claim_id == other_id:
        raise InvalidInput(N_("A claim is not linked with itself."))
    low, high = sorted((_live(session, claim_id).claim_id, _live(session, other_id).claim_id))
    for link in queries.links_of(session, [low]):
        if (link.claim_id, link.other_id, link.kind) == (low, high, kind):
            raise AlreadyRecorded(N_("The two are linked so already."))
    link = ClaimLink(
        claim_id=low, other_id=high, kind=kind, reason=plain_text(reason), recorded_at=act.now, by=act.actor
    )
    session.add(link)
    session.flush()
    _announce(session)
    return link.id or 0


def unlink_claims(session: Session, act: Act, link_id: int) -> ClaimLink:
    """Take a link back.  Raises: NotFound."""
    link = session.get(ClaimLink, link_id)
    if link is None or link.ended_at is not None:
        raise NotFound(N_("There is no link %(number)s."), number=link_id)
    link.ended_at = max(act.now, link.recorded_at)
    session.flush()
    _announce(session)
    return link


def shared_origins(session: Session, claim_id: int, other_id: int) -> list[str]:
    """The origins that two claims both rest on: where there is one, they do not confirm each other."""
    rows = {row.claim_id: row for row in queries.known_claims(session, claim_ids=[claim_id, other_id])}
    if len(rows) < 2:
        return []
    return [origin for origin in rows[claim_id].origins if origin in rows[other_id].origins]


# -- writing versions ----------------------------------------------------------------------------------------------

# What a version says, apart from its state and times.
_CONTENT = (
    "statement", "kind", "point", "said_by", "relayed_by", "quote", "quote_start", "quote_end", "paragraph",
    "certainty", "reliability", "credibility", "occurred_edtf", "occurred_raw", "occurred_from", "occurred_to",
    "site_id", "part_ref", "place_name", "country", "lon", "lat", "radius_km", "incident_kind", "actor", "extent",
    "transition", "is_sensitive", "words",
)  # fmt: skip


def _content_of(version: ClaimVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in _CONTENT}


def _content(session: Session, act: Act, document: Document, draft: ClaimDraft) -> dict[str, Any]:
    """What a draft says, in the columns of a version, checked by the rules of the field."""
    texts = {
        name: plain_text(getattr(draft, name))
        for name in ("statement", "point", "quote", "certainty", "occurred_raw", "part_ref", "place_name", "actor")
    }
    if not texts["statement"]:
        raise UnusableField("statement", N_("A claim says something."))
    for name in ("statement", "point", "certainty", "actor"):
        if coloured := coloured_words(texts[name]):
            raise UnusableField(
                name, N_("“%(word)s” is a party's own word: put it between quotation marks."), word=coloured[0]
            )
    if not 1 <= draft.credibility <= 6:
        raise UnusableField("credibility", N_("A number from 1 to 6 is needed."))
    said_by = _source_ids(session, act, draft.said_by)
    relayed_by = [number for number in _source_ids(session, act, draft.relayed_by) if number not in said_by]
    return {
        **texts,
        "kind": draft.kind,
        "said_by": said_by,
        "relayed_by": relayed_by,
        **_quoted(document, texts["quote"], draft.quote_span),
        "reliability": draft.reliability or _reliability(session, said_by),
        "credibility": draft.credibility,
        **_occurred(draft, act),
        **_placed(session, draft),
        "country": draft.country.strip().upper(),
        "incident_kind": draft.incident_kind,
        "extent": draft.extent,
        "transition": draft.transition,
        "is_sensitive": draft.is_sensitive,
        "words": fold(" ".join([texts["statement"], texts["point"], texts["actor"], texts["place_name"]])),
    }


def _reliability(session: Session, said_by: Sequence[int]) -> Reliability:
    return queries.get_source(session, said_by[0]).reliability if said_by else Reliability.F


def _quoted(document: Document, quote: str, span: tuple[int, int] | None) -> dict[str, Any]:
    if not quote:
        return {"quote": "", "quote_start": None, "quote_end": None, "paragraph": None}
    if span is None or document.text[span[0] : span[1]] != quote:
        span = find_quote(document.text, quote) if document.text else None
    if span is None:
        if document.text:
            raise UnusableField("quote", N_("These words do not stand in the text."))
        return {"quote": quote, "quote_start": None, "quote_end": None, "paragraph": None}
    start, end = span
    paragraph = paragraph_of(document.text, start)
    return {"quote": document.text[start:end], "quote_start": start, "quote_end": end, "paragraph": paragraph}


def _occurred(draft: ClaimDraft, act: Act) -> dict[str, Any]:
    if not draft.occurred.strip():
        return {"occurred_edtf": "", "occurred_from": None, "occurred_to": None}
    when = parse_edtf(draft.occurred)
    if when.earliest is not None and when.earliest > act.now.date():
        raise UnusableField("occurred", N_("That day has not come yet."))
    return {"occurred_edtf": when.text, "occurred_from": when.earliest, "occurred_to": when.latest}


def _placed(session: Session, draft: ClaimDraft) -> dict[str, Any]:
    if draft.part_ref and draft.part_ref not in {p.ref for p in parts_of(session, draft.site_id or 0)}:
        raise UnusableField("part_ref", N_("This site has no such part."))
    site = {"site_id": draft.site_id}
    if draft.kind is ClaimKind.MOVE:
        # Where objects went is sealed, or not kept at all; a claim must not become the way round.
        return {**site, "place_name": "", "lon": None, "lat": None, "radius_km": None}
    if (draft.lon is None) != (draft.lat is None):
        raise UnusableField("lon", N_("Give both longitude and latitude, or neither."))
    if draft.lon is not None and draft.radius_km is None:
        raise UnusableField("radius_km", N_("Say how well the place is known."))
    return {**site, "lon": draft.lon, "lat": draft.lat, "radius_km": draft.radius_km if draft.lon is not None else None}


def _first_known(document: Document, content: dict[str, Any], act: Act) -> Any:
    reported_at = start_of_day(document.dated_to) if document.dated_to else None
    if reported_at is not None and reported_at > act.now:
        reported_at = None
    return known_first(content["occurred_from"], reported_at, None, act.now)


def _next_known(session: Session, row: queries.ClaimRow, content: dict[str, Any], act: Act) -> Any:
    """Until somebody passed it, a claim is as old as its document; what comes after that is news of its own."""
    passed = any(v.state is not ClaimState.ENTERED for v in queries.versions_of(session, row.claim_id))
    if not passed:
        return _first_known(row.document, content, act)
    return known_later(row.version.known_at, None, None, act.now)


def _live(session: Session, claim_id: int) -> queries.ClaimRow:
    # The claim's own row cannot be changed, so nobody else may write a next version before this one is committed.
    session.connection().exec_driver_sql("select pg_advisory_xact_lock(7236410, %s)", (claim_id % 2**31,))
    row = queries.get_claim(session, claim_id)
    if row.version.state is ClaimState.WITHDRAWN:
        raise Conflict(N_("This claim was withdrawn."))
    return row


def _next(
    session: Session, act: Act, row: queries.ClaimRow, state: ClaimState, known_at: Any, reason: str, content: Any
) -> int:
    revision = row.version.revision + 1
    _write(session, act, row.claim_id, revision, state, known_at, reason, content)
    _announce(session)
    return revision


def _write(
    session: Session,
    act: Act,
    claim_id: int,
    revision: int,
    state: ClaimState,
    known_at: Any,
    reason: str,
    content: dict[str, Any],
) -> None:
    session.add(
        ClaimVersion(
            claim_id=claim_id, revision=revision, state=state, recorded_at=act.now, known_at=known_at, by=act.actor,
            account_id=act.account_id, reason=plain_text(reason), **content,
        )
    )  # fmt: skip
    session.flush()


def _announce(session: Session) -> None:
    enqueue(session, TAKE_CLAIMS, queueing_lock=TAKE_CLAIMS)


def last_of_document(session: Session, document_id: int) -> ClaimVersion | None:
    """The claim entered last, whose fields the next one begins with."""
    query = (
        select(ClaimVersion)
        .join(Claim, col(Claim.id) == ClaimVersion.claim_id)
        .where(Claim.document_id == document_id)
        .order_by(col(ClaimVersion.claim_id).desc(), col(ClaimVersion.revision).desc())
    )
    return session.exec(query.limit(1)).first()
