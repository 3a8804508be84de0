"""Reads: documents, sources and claims as known on a day, how claims are linked, and what is to become an incident."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from heritage.core.clock import end_of_day
from heritage.core.errors import N_, NotFound
from heritage.core.text import fold
from heritage.policy.disclosure import Disclosure
from heritage.reports.domain import USABLE_RADIUS_KM, ClaimKind, ClaimState, LinkKind, Speaker
from heritage.reports.models import (
    Claim,
    ClaimLink,
    ClaimVersion,
    Document,
    DocumentAppearance,
    ReportSource,
    SourceAssessment,
)
from heritage.reports.texts import ALIKE, likeness
from heritage.sites.models import Site

MOST_CLAIMS = 2_000
MOST_WORDS = 8


@dataclass(frozen=True)
class ClaimRow:
    """A claim as it stood on a day, with where it comes from and who is behind it."""

    version: ClaimVersion
    document: Document
    sayers: tuple[Speaker, ...]
    relays: tuple[Speaker, ...]
    entered_by_account: int | None
    entered_by: str
    site: Site | None

    @property
    def claim_id(self) -> int:
        """Its number."""
        return self.version.claim_id

    @property
    def origins(self) -> tuple[str, ...]:
        """The independence keys of those who say it; the document's own where it gives no source."""
        return tuple(dict.fromkeys(s.origin for s in self.sayers)) or (own_voice(self.document),)

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries it is about: those of its site, else of its place."""
        if self.site is not None and self.site.states_parties:
            return tuple(self.site.states_parties)
        return (self.version.country,) if self.version.country else ()

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it: reviewed, not sensitive, and of no place that is not public."""
        shown = self.site is None or self.site.disclosure == Disclosure.PUBLIC
        return self.version.state is ClaimState.REVIEWED and not self.version.is_sensitive and shown


def own_voice(document: Document) -> str:
    """The origin of what a document says without a source: its publisher, else the text itself."""
    return fold(document.publisher) or f"document {document.id}"


def known_claims(
    session: Session,
    *,
    known_on: date | None = None,
    as_of: date | None = None,
    reviewed: bool = False,
    site_id: int | None = None,
    document_id: int | None = None,
    claim_ids: Collection[int] | None = None,
    states: Collection[ClaimState] | None = None,
    limit: int = MOST_CLAIMS,
) -> list[ClaimRow]:
    """Claims, each in the newest version that was known at the end of a day.

    Args:    known_on: None for everything known now.  as_of: only what is said to have begun by that day.
             reviewed: what everybody reads: the newest version a reviewer passed, none where it was taken back.
             states: only those that stand so; by default what was withdrawn is left out.
    Returns: in the order in which they were entered.
    """
    newest = _newest(known_on, reviewed, site_id, document_id, claim_ids)
    version, first = aliased(ClaimVersion, newest), aliased(ClaimVersion)
    query = (
        sa.select(version, Document, col(Claim.account_id), col(first.by), Site)
        .join(Claim, col(Claim.id) == version.claim_id)
        .join(Document, col(Document.id) == Claim.document_id)
        .join(first, sa.and_(col(first.claim_id) == version.claim_id, col(first.revision) == 1))
        .outerjoin(Site, col(Site.id) == version.site_id)
    )
    if site_id is not None:
        query = query.where(col(version.site_id) == site_id)
    if as_of is not None:
        began = sa.func.coalesce(version.occurred_from, Document.dated_from)
        query = query.where(sa.or_(began.is_(None), began <= as_of))
    wanted = [ClaimState.REVIEWED] if reviewed else (states or [s for s in ClaimState if s is not ClaimState.WITHDRAWN])
    query = query.where(col(version.state).in_(list(wanted)))
    rows = session.execute(query.order_by(col(version.claim_id)).limit(limit)).all()
    people = _speakers(session, [number for row in rows for number in (*row[0].said_by, *row[0].relayed_by)], known_on)
    return [_row(row, people) for row in rows]


def _newest(
    known_on: date | None,
    reviewed: bool,
    site_id: int | None,
    document_id: int | None,
    claim_ids: Collection[int] | None,
) -> Any:
    query: Any = sa.select(ClaimVersion).ext(distinct_on(col(ClaimVersion.claim_id)))
    if known_on is not None:
        query = query.where(ClaimVersion.known_at <= end_of_day(known_on))
    if reviewed:
        query = query.where(ClaimVersion.state != ClaimState.ENTERED)
    number = col(ClaimVersion.claim_id)
    if site_id is not None:
        # A correction may have taken the claim to another site: its number is looked for in every version.
        query = query.where(number.in_(sa.select(ClaimVersion.claim_id).where(ClaimVersion.site_id == site_id)))  # type: ignore[call-overload]
    if document_id is not None:
        query = query.where(number.in_(sa.select(Claim.id).where(Claim.document_id == document_id)))  # type: ignore[call-overload]
    if claim_ids is not None:
        query = query.where(number.in_(list(claim_ids)))
    return query.order_by(number, col(ClaimVersion.revision).desc()).subquery()


def _row(row: Any, people: Mapping[int, Speaker]) -> ClaimRow:
    version = row[0]
    return ClaimRow(
        version,
        row[1],
        tuple(people[number] for number in version.said_by if number in people),
        tuple(people[number] for number in version.relayed_by if number in people),
        row[2],
        row[3],
        row[4],
    )


def get_claim(session: Session, claim_id: int) -> ClaimRow:
    """One claim in its newest version, whatever its state.  Raises: NotFound."""
    rows = known_claims(session, claim_ids=[claim_id], states=list(ClaimState))
    if not rows:
        raise NotFound(N_("There is no claim %(number)s."), number=claim_id)
    return rows[0]


def versions_of(session: Session, claim_id: int, *, limit: int = 200) -> list[ClaimVersion]:
    """Every version of a claim, the newest first."""
    query = select(ClaimVersion).where(ClaimVersion.claim_id == claim_id)
    return list(session.exec(query.order_by(col(ClaimVersion.revision).desc()).limit(limit)))


def withheld_spans(session: Session, document_ids: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """Where, in each document, the quotations of claims stand that are not for everybody: sensitive ones, and moves."""
    newest = _newest(None, False, None, None, None)
    query = (
        sa.select(col(Claim.document_id), newest.c.quote_start, newest.c.quote_end)
        .join_from(newest, Claim, col(Claim.id) == newest.c.claim_id)
        .where(
            col(Claim.document_id).in_(list(document_ids)),
            newest.c.quote_start.is_not(None),
            sa.or_(newest.c.is_sensitive, newest.c.kind == ClaimKind.MOVE),
        )
    )
    spans: dict[int, list[tuple[int, int]]] = {}
    for document_id, start, end in session.execute(query):
        spans.setdefault(document_id, []).append((start, end))
    return spans


def links_of(session: Session, claim_ids: Collection[int], *, limit: int = 1_000) -> list[ClaimLink]:
    """The links that stand between these claims and any others.

    A link is a judgement about texts and no news of the world: it holds for every day on which both claims were known.
    """
    if not claim_ids:
        return []
    ends = sa.or_(col(ClaimLink.claim_id).in_(list(claim_ids)), col(ClaimLink.other_id).in_(list(claim_ids)))
    query = select(ClaimLink).where(ends, col(ClaimLink.ended_at).is_(None)).order_by(col(ClaimLink.id)).limit(limit)
    return list(session.exec(query))


# -- sources -------------------------------------------------------------------------------------------------------


def _assessments(session: Session, ids: Collection[int], known_on: date | None) -> dict[int, SourceAssessment]:
    """The judgement of each source that counted on a day; the first there is where none had been made by then."""
    query = select(SourceAssessment).where(col(SourceAssessment.source_id).in_(list(ids)))
    moment = end_of_day(known_on) if known_on else None
    counted: dict[int, SourceAssessment] = {}
    for found in session.exec(query.order_by(col(SourceAssessment.id))):
        if found.source_id not in counted or moment is None or found.recorded_at <= moment:
            counted[found.source_id] = found
    return counted


def _speakers(session: Session, ids: Collection[int], known_on: date | None) -> dict[int, Speaker]:
    if not ids:
        return {}
    judged = _assessments(session, set(ids), known_on)
    sources = session.exec(select(ReportSource).where(col(ReportSource.id).in_(set(ids))))
    return {source.id or 0: _speaker(source, judged[source.id or 0]) for source in sources}


def _speaker(source: ReportSource, judged: SourceAssessment) -> Speaker:
    return Speaker(
        source.id or 0, source.name, source.kind, judged.party, judged.reliability, judged.origin, source.is_protected
    )


def list_sources(session: Session, *, limit: int = 2_000) -> list[Speaker]:
    """All sources as they stand now, by name."""
    query = select(ReportSource).order_by(ReportSource.name_folded).limit(limit)
    sources = list(session.exec(query))
    judged = _assessments(session, [source.id or 0 for source in sources], None)
    return [_speaker(source, judged[source.id or 0]) for source in sources]


def get_source(session: Session, source_id: int) -> Speaker:
    """One source as it stands now.  Raises: NotFound."""
    found = _speakers(session, [source_id], None)
    if source_id not in found:
        raise NotFound(N_("There is no source %(number)s."), number=source_id)
    return found[source_id]


def assessments_of(session: Session, source_id: int, *, limit: int = 200) -> list[SourceAssessment]:
    """How a source was judged, the newest first."""
    query = select(SourceAssessment).where(SourceAssessment.source_id == source_id)
    return list(session.exec(query.order_by(col(SourceAssessment.id).desc()).limit(limit)))


def track_record(session: Session, source_id: int) -> dict[int, int]:
    """How many claims that it said were reviewed at each credibility, 1 to 6: how often it was borne out."""
    newest = _newest(None, True, None, None, None)
    query = (
        sa.select(newest.c.credibility, sa.func.count())
        .where(newest.c.state == ClaimState.REVIEWED, sa.literal(source_id) == sa.any_(newest.c.said_by))
        .group_by(newest.c.credibility)
    )
    return {int(grade): int(count) for grade, count in session.execute(query)}


# -- documents -----------------------------------------------------------------------------------------------------


def get_document(session: Session, document_id: int) -> Document:
    """One document.  Raises: NotFound."""
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound(N_("There is no report %(number)s."), number=document_id)
    return document


def find_document_by_hash(session: Session, text_hash: bytes) -> Document | None:
    """The document with this text."""
    return session.exec(select(Document).where(Document.text_hash == text_hash)).first()


def find_alike(session: Session, sketched: Sequence[int], *, limit: int = 50) -> tuple[Document, float] | None:
    """The document most like a text, with how like it is; None where none is a reprint of it by its looks."""
    if not sketched:
        return None
    ours = sa.cast(list(sketched), sa.ARRAY(sa.BigInteger))
    query = select(Document).where(col(Document.sketch).op("&&")(ours)).limit(limit)
    alike = [(document, likeness(sketched, document.sketch)) for document in session.exec(query)]
    best = max(alike, key=lambda pair: pair[1], default=None)
    return best if best and best[1] >= ALIKE else None


def appearances_of(session: Session, document_id: int, *, limit: int = 200) -> list[DocumentAppearance]:
    """Where else the same text stood."""
    query = select(DocumentAppearance).where(DocumentAppearance.document_id == document_id)
    return list(session.exec(query.order_by(col(DocumentAppearance.id)).limit(limit)))


def was_known(document: Document, known_on: date) -> bool:
    """Whether a document had appeared, or was held here, by the end of a day; as `list_documents` asks it."""
    appeared = document.dated_to is not None and document.dated_to <= known_on
    return appeared or document.recorded_at <= end_of_day(known_on)


def list_documents(
    session: Session,
    *,
    query: str = "",
    public: bool = False,
    known_on: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[tuple[Document, int]], int]:
    """Documents, the newest first, each with its number of claims.

    Args:    query: words of title, publisher, text or claims; for the public of titles and of what it may read only.
             public: only documents with a claim that everybody may read, and only such claims are counted.
    Returns: (one page of them, how many there are).
    """
    newest = _newest(known_on, public, None, None, None)
    claims = sa.select(Claim.document_id, newest.c.words).join_from(newest, Claim, col(Claim.id) == newest.c.claim_id)  # type: ignore[call-overload]
    if public:
        claims = claims.outerjoin(Site, col(Site.id) == newest.c.site_id).where(
            newest.c.state == ClaimState.REVIEWED,
            newest.c.is_sensitive.is_(False),
            newest.c.kind != ClaimKind.MOVE if query.strip() else sa.true(),
            sa.or_(newest.c.site_id.is_(None), col(Site.disclosure) == Disclosure.PUBLIC),
        )
    else:
        claims = claims.where(newest.c.state != ClaimState.WITHDRAWN)
    shown = claims.subquery()
    counted = sa.select(shown.c.document_id, sa.func.count().label("claims")).group_by(shown.c.document_id).subquery()
    number = sa.func.coalesce(counted.c.claims, 0)
    listed = sa.select(Document, number).outerjoin(counted, counted.c.document_id == Document.id)
    if known_on is not None:
        listed = listed.where(
            sa.or_(col(Document.dated_to) <= known_on, col(Document.recorded_at) <= end_of_day(known_on))
        )
    if public:
        listed = listed.where(number > 0)
    if query.strip():
        listed = listed.where(_meets(query, public, shown))
    total = session.execute(sa.select(sa.func.count()).select_from(listed.subquery())).scalar_one()
    order = (col(Document.dated_to).desc().nulls_last(), col(Document.id).desc())
    rows = session.execute(listed.order_by(*order).limit(limit).offset(offset)).all()
    return [(row[0], int(row[1])) for row in rows], int(total)


def _meets(query: str, public: bool, claims: Any) -> sa.ColumnElement[bool]:
    words = list(dict.fromkeys(fold(query).split()))[:MOST_WORDS]
    if not words:
        return sa.false()
    sought = sa.func.to_tsquery("simple", " & ".join(f"{word}:*" for word in words))
    in_claims = sa.select(claims.c.document_id).where(sa.func.to_tsvector("simple", claims.c.words).op("@@")(sought))
    named = sa.func.to_tsquery("simple", " & ".join(f"{word}:*A" for word in words))
    return sa.or_(col(Document.search).op("@@")(named if public else sought), col(Document.id).in_(in_claims))


# -- what is asked for elsewhere -------------------------------------------------------------------------------------


def list_fights(session: Session, *, limit: int = 100_000) -> list[ClaimRow]:
    """Reviewed claims of fighting that may become incidents.

    Their place is known to 25 km and their day to the day; what is sensitive is none, for an incident is public.
    """
    rows = known_claims(session, reviewed=True, limit=limit)
    return [
        row
        for row in rows
        if row.version.kind is ClaimKind.FIGHTING
        and not row.version.is_sensitive
        and row.version.lon is not None
        and row.version.radius_km is not None
        and row.version.radius_km <= USABLE_RADIUS_KM
        and row.version.occurred_from is not None
        and row.version.occurred_from == row.version.occurred_to
    ]


def same_events(session: Session, *, limit: int = 100_000) -> list[tuple[int, int]]:
    """Pairs of claims that a person called the same event."""
    query = select(ClaimLink.claim_id, ClaimLink.other_id).where(
        ClaimLink.kind == LinkKind.SAME_EVENT, col(ClaimLink.ended_at).is_(None)
    )
    return [(one, other) for one, other in session.exec(query.limit(limit)).all()]


def points_of(session: Session, site_id: int | None, *, limit: int = 100) -> list[str]:
    """The points in dispute that are named already, of one site or of all."""
    query = sa.select(ClaimVersion.point).where(ClaimVersion.point != "").distinct()  # type: ignore[call-overload]
    if site_id is not None:
        query = query.where(ClaimVersion.site_id == site_id)
    return [str(point) for point in session.execute(query.order_by(ClaimVersion.point).limit(limit)).scalars()]
