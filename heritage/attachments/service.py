"""Use cases of attachments: take a file, make its cleaned copies, hand out a form of it, forget it."""

import hashlib
import secrets
import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from heritage.attachments import store
from heritage.attachments.cleaning import NotDecoded, cleaned_copies
from heritage.attachments.domain import Fault, Media, examine
from heritage.attachments.models import FILE_KEY, LOOKS, Attachment, Content, ContentState
from heritage.attachments.queries import KEPT_SUBJECTS, get_content, only_kept
from heritage.attachments.store import FilePart
from heritage.core.errors import InvalidInput
from heritage.db.queue import enqueue
from heritage.sealing.domain import coarse_receipt
from heritage.sealing.keyring import open_keyring
from heritage.services import Services
from heritage.settings import Settings

MB = 1024 * 1024
CLEAN_TASK, REMOVE_TASK = "attachments.clean", "attachments.remove_files"
_SENTENCES = {
    Fault.EMPTY: "The file is empty.",
    Fault.TOO_LARGE: "The file is too large.",
    Fault.UNKNOWN: "Only JPEG, PNG and WebP pictures, PDF, MP4 and WebM are taken; this file is something else.",
    Fault.TWO_KINDS: "The file could be read as two kinds at once and is not taken.",
    Fault.DAMAGED: "The picture is damaged.",
    Fault.TOO_MANY_PIXELS: "The picture has too many pixels.",
}


class FileRefused(InvalidInput):
    """A file is not taken; ``fault`` says why, for pages in their own language."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(_SENTENCES[fault])
        self.fault = fault


def inspect(settings: Settings, stream: BinaryIO) -> tuple[bytes, Media]:
    """Read a file and say what it is.

    Returns: its bytes and kind; the stream stands where it stood.
    Raises:  FileRefused.
    """
    largest = settings.attachment_limit_mb * MB
    data = stream.read(largest + 1)
    stream.seek(0)
    found = examine(data, largest_bytes=largest, most_pixels=settings.attachment_megapixels * 1_000_000)
    if isinstance(found, Fault):
        raise FileRefused(found)
    return data, found


def receive(
    session: Session, services: Services, stream: BinaryIO, *, subject: str, countries: Sequence[str] = ()
) -> Attachment:
    """Take a file that came with something; the same file to the same thing twice is one attachment.

    Args:    stream: the file's bytes; its name is never asked for.  subject: as "threat_update:12".  countries: of
             what it came with, for rights bound to them.
    Returns: the attachment, flushed; a cleaned copy is made by a job.
    Raises:  FileRefused; KeyMissing; Unavailable when the disk does not take it.
    """
    data, media = inspect(services.settings, stream)
    sha256 = hashlib.sha256(data).hexdigest()
    now = services.clock.now()
    _keep_content(session, services, sha256, media, data)
    row = {
        "code": secrets.token_hex(16),
        "sha256": sha256,
        "subject": subject,
        "countries": list(countries),
        "received_at": coarse_receipt(now),
    }
    session.execute(insert(Attachment).values(**row).on_conflict_do_nothing(index_elements=["subject", "sha256"]))
    if not subject.startswith(KEPT_SUBJECTS):
        _tell_looks(session, services.settings, sha256)
    return session.exec(select(Attachment).where(Attachment.subject == subject, Attachment.sha256 == sha256)).one()


def _tell_looks(session: Session, settings: Settings, sha256: str) -> None:
    """What was only an object's photograph came with a report too: from now on it is recognised among reports."""
    content = get_content(session, sha256, lock=True)
    if content.looks is None and content.looks_sealed is not None:
        content.looks = looks_of(settings, content)
        session.add(content)


def _keep_content(session: Session, services: Services, sha256: str, media: Media, data: bytes) -> None:
    key = store.new_key()
    sealed = open_keyring(services.settings).seal(FILE_KEY.purpose, FILE_KEY.identity(sha256), key)
    state = ContentState.WAITING if media.pictured else ContentState.NO_VIEW
    row = {
        "sha256": sha256,
        "media": media,
        "size_bytes": len(data),
        "file_key": sealed,
        "state": state,
        "first_seen_on": services.clock.now().date(),
    }
    # Of two that bring the same content at once, one waits here for the other's row and then uses its key.
    _alone(session, sha256)
    kept = insert(Content).values(**row).on_conflict_do_nothing().returning(col(Content.sha256))
    if session.execute(kept).first() is None:
        return
    store.write(services.settings, sha256, FilePart.ORIGINAL, data, key=key)
    if media.pictured:
        enqueue(session, CLEAN_TASK, sha256=sha256)


def clean(services: Services, sha256: str) -> ContentState:
    """Make the cleaned copies of a picture; safe to repeat.

    Returns: READY, or NOT_DECODED when the picture is damaged or needs too much.
    """
    with services.database.session() as session:
        content = get_content(session, sha256)
        state, key = content.state, file_key(services.settings, content)
    if state is not ContentState.WAITING:
        return state
    original = b"".join(store.read(services.settings, sha256, FilePart.ORIGINAL, key=key))
    looks: int | None = None
    try:
        copies = cleaned_copies(original, most_pixels=services.settings.attachment_megapixels * 1_000_000)
        store.write(services.settings, sha256, FilePart.VIEW, copies.view, key=key)
        store.write(services.settings, sha256, FilePart.THUMB, copies.thumb, key=key)
        state, looks = ContentState.READY, copies.looks
    except NotDecoded:
        state = ContentState.NOT_DECODED
    with services.database.session() as session:
        content = get_content(session, sha256, lock=True)
        content.state = state
        if looks is not None:
            content.looks_sealed = _sealed_looks(services.settings, sha256, looks)
            content.looks = None if only_kept(session, sha256) else looks
        session.add(content)
    return state


def _sealed_looks(settings: Settings, sha256: str, looks: int) -> bytes:
    return open_keyring(settings).seal(LOOKS.purpose, LOOKS.identity(sha256), struct.pack(">q", looks))


def seal_looks(session: Session, settings: Settings, *, limit: int = 10_000) -> int:
    """Put under seal how photographs of kept objects look that were cleaned before looks were sealed; safe to repeat.

    Returns: how many.  Raises: KeyMissing, where there is one to be sealed.
    """
    query = select(Content).where(col(Content.looks).is_not(None), col(Content.looks_sealed).is_(None)).limit(limit)
    found = list(session.exec(query))
    for content in found:
        assert content.looks is not None
        content.looks_sealed = _sealed_looks(settings, content.sha256, content.looks)
        if only_kept(session, content.sha256):
            content.looks = None
        session.add(content)
    return len(found)


def looks_of(settings: Settings, content: Content) -> int | None:
    """How a picture looks, for who may see it; None where there is no picture.  Raises: KeyMissing, SealBroken."""
    if content.looks is not None or content.looks_sealed is None:
        return content.looks
    opened: int = struct.unpack(
        ">q", open_keyring(settings).open(LOOKS.purpose, LOOKS.identity(content.sha256), content.looks_sealed)
    )[0]
    return opened


def file_key(settings: Settings, content: Content) -> bytes:
    """The key of a content's files.  Raises: KeyMissing, SealBroken."""
    return open_keyring(settings).open(FILE_KEY.purpose, FILE_KEY.identity(content.sha256), content.file_key)


def read_part(settings: Settings, content: Content, part: FilePart) -> Iterator[bytes]:
    """A form of a file, opened piece by piece; an original only for who was let read it."""
    return store.read(settings, content.sha256, part, key=file_key(settings, content))


def forget(session: Session, subject: str) -> int:
    """Forget what came with something; a content that came with nothing else is destroyed with its key.

    Returns: how many attachments are gone; a job takes their files away.
    """
    which = sa.delete(Attachment).where(col(Attachment.subject) == subject).returning(col(Attachment.sha256))
    hashes = list(session.execute(which).scalars())
    for sha256 in hashes:
        if session.exec(select(Attachment.code).where(Attachment.sha256 == sha256).limit(1)).first() is None:
            session.execute(sa.delete(Content).where(col(Content.sha256) == sha256))
            enqueue(session, REMOVE_TASK, sha256=sha256)
    return len(hashes)


def remove_files(session: Session, settings: Settings, sha256: str) -> bool:
    """Take away the files of a content that is forgotten; safe to repeat.

    Returns: False when the content was received again meanwhile; its files then stay.
    """
    _alone(session, sha256)
    if session.get(Content, sha256) is not None:
        return False
    store.remove(settings, sha256)
    return True


def _alone(session: Session, sha256: str) -> None:
    """Nobody else writes or removes this content's files until the transaction ends."""
    lock = sa.text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
    session.execute(lock, {"name": f"attachment {sha256}"})
