"""Files of an update: how many and how much is taken with one report, and from one account in a day."""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

import sqlalchemy as sa
from sqlmodel import Session, col

from heritage.attachments import pieces
from heritage.attachments import service as attachments
from heritage.attachments.forms import MOST_FILES, WithSentFiles
from heritage.attachments.models import Attachment, Content
from heritage.core.errors import N_, NotFound, UnusableField
from heritage.sealing.errors import KeyMissing
from heritage.services import Services
from heritage.sites.models import Site
from heritage.threats.models import UpdateAuthor
from heritage.threats.service import Means, Sender, attached_to, author_key, get_own_by_client

# A small copy and its original of each.
MOST_OF_A_REPORT = 2 * MOST_FILES
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Held:
    """What is kept already: files and bytes."""

    files: int
    size_bytes: int


def keep_files(
    session: Session, services: Services, form: WithSentFiles, update_id: int, site: Site, *,
    account_id: int | None, means: Means,
) -> None:  # fmt: skip
    """Keep the files of an update; none of them twice, and no more than a report and an account may bring.

    Raises: UnusableField, before anything is written.
    """
    streams = [*(sent.stream for sent in form.files.data or []), *map(BytesIO, form.sent.contents)]
    sizes = [stream.seek(0, 2) for stream in streams]
    for stream in streams:
        stream.seek(0)
    if sizes:
        _check_room(session, services, update_id, account_id, Held(len(sizes), sum(sizes)), means)
    subject = attached_to(update_id)
    for stream in streams:
        attachments.receive(session, services, stream, subject=subject, countries=site.states_parties)
    _let_go(session, services, form, account_id)


def keep_late_files(
    session: Session, services: Services, form: WithSentFiles, sender: Sender, site: Site, means: Means
) -> None:
    """Keep what comes with a report that is sent again, its first answer lost; the report is never refused for it."""
    if sender.account_id is None:
        return
    try:
        update = get_own_by_client(session, sender.account_id, sender.client_id, means)
        keep_files(session, services, form, update.id or 0, site, account_id=sender.account_id, means=means)
    except (NotFound, UnusableField, KeyMissing):
        _let_go(session, services, form, sender.account_id)


def _let_go(session: Session, services: Services, form: WithSentFiles, account_id: int | None) -> None:
    done = [*(form.sent.data or []), *(form.past.data or [])]
    if done and account_id is not None:
        pieces.let_go(session, pieces.Carrier.of(services.settings, account_id), done)


def _check_room(
    session: Session, services: Services, update_id: int, account_id: int | None, more: Held, means: Means
) -> None:
    settings = services.settings
    author = _author(account_id, means)
    # Of two that come at once, the second counts the first.
    lock = sa.text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
    session.execute(lock, {"name": f"files of {author.hex() if author else update_id}"})
    held = _held(session, col(Attachment.subject) == attached_to(update_id))
    if held.files + more.files > MOST_OF_A_REPORT:
        raise UnusableField("files", N_("A report takes at most %(most)s files."), most=MOST_OF_A_REPORT)
    if held.size_bytes + more.size_bytes > settings.report_files_mb * attachments.MB:
        raise UnusableField(
            "files", N_("The files of a report may have at most %(most)s MB together."), most=settings.report_files_mb
        )
    if author is None:
        return
    of_author = sa.select(sa.literal(attached_to(0)[:-1]).concat(sa.cast(col(UpdateAuthor.update_id), sa.Text))).where(
        col(UpdateAuthor.author_key) == author
    )
    held = _held(session, col(Attachment.subject).in_(of_author), col(Attachment.received_at) > means.now - DAY)
    if held.size_bytes + more.size_bytes > settings.reporter_files_mb * attachments.MB:
        raise UnusableField(
            "files",
            N_("In one day your files may have at most %(most)s MB together; send the others tomorrow."),
            most=settings.reporter_files_mb,
        )


def _author(account_id: int | None, means: Means) -> bytes | None:
    try:
        return None if account_id is None else author_key(means.ring, account_id)
    except KeyMissing:
        return None


def _held(session: Session, *which: sa.ColumnElement[bool]) -> Held:
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(col(Content.size_bytes)), 0)).select_from(
        sa.join(Attachment, Content, col(Content.sha256) == col(Attachment.sha256))
    )
    files, size_bytes = session.execute(query.where(*which)).one()
    return Held(int(files), int(size_bytes))
