"""Reads: attachments of something, and where the same picture was seen before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BIT
from sqlmodel import Session, col, select

from heritage.attachments.domain import ALIKE_BITS
from heritage.attachments.models import Attachment, Content
from heritage.core.errors import N_, NotFound

# Photographs of kept objects: how they look stands in the database under seal only, so that nobody who has a picture
# of a piece and a stolen copy of the database learns that it is kept.
KEPT_SUBJECTS = ("artefact:",)


@dataclass(frozen=True)
class Seen:
    """The same picture elsewhere: whether byte for byte or only alike, and the day its content was first received."""

    attachment: Attachment
    same_bytes: bool
    first_seen_on: date


def find_attachment(session: Session, code: str) -> tuple[Attachment, Content] | None:
    """An attachment and its content by code, or None."""
    query = select(Attachment, Content).join(Content, col(Content.sha256) == col(Attachment.sha256))
    return session.exec(query.where(Attachment.code == code)).first()


def get_content(session: Session, sha256: str, *, lock: bool = False) -> Content:
    """A content.  Raises: NotFound."""
    content = session.get(Content, sha256, with_for_update=lock or None)
    if content is None:
        raise NotFound(N_("There is no such attachment."))
    return content


def list_of(session: Session, subjects: Sequence[str], *, limit: int = 200) -> list[tuple[Attachment, Content]]:
    """Attachments of some things, in the order of their codes, which is none."""
    query = (
        select(Attachment, Content)
        .join(Content, col(Content.sha256) == col(Attachment.sha256))
        .where(col(Attachment.subject).in_(subjects))
        .order_by(col(Attachment.subject), col(Attachment.code))
        .limit(limit)
    )
    return list(session.exec(query))


def only_kept(session: Session, sha256: str) -> bool:
    """Whether a content came with kept objects only, and with one at least."""
    query = select(Attachment.subject).where(Attachment.sha256 == sha256)
    subjects = session.exec(query.limit(10_000)).all()
    return bool(subjects) and all(subject.startswith(KEPT_SUBJECTS) for subject in subjects)


def seen_before(
    session: Session, attachment: Attachment, content: Content, looks: int | None = None, *, limit: int = 20
) -> list[Seen]:
    """Other attachments with the same bytes or a picture that looks the same: oldest first, same bytes first.

    Args:    looks: how the picture looks, where that stands under seal.
    """
    same = col(Content.sha256) == content.sha256
    looks = content.looks if looks is None else looks
    if looks is not None:
        differing = sa.cast(col(Content.looks).op("#")(looks), BIT(64))
        same = sa.or_(same, sa.func.bit_count(differing) <= ALIKE_BITS)
    query = (
        select(Attachment, Content)
        .join(Content, col(Content.sha256) == col(Attachment.sha256))
        .where(same, Attachment.code != attachment.code)
        .order_by(col(Content.first_seen_on), col(Content.sha256) != content.sha256, col(Attachment.code))
        .limit(limit)
    )
    return [
        Seen(other, other_content.sha256 == content.sha256, other_content.first_seen_on)
        for other, other_content in session.exec(query)
    ]
