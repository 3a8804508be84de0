"""Use cases of drafts: what is typed and not yet sent, sealed. The caller owns the transaction."""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from heritage.sealing.errors import SealError
from heritage.sealing.keyring import KeyRing
from heritage.threats.domain import keyed
from heritage.threats.models import SEALED_DRAFT, UpdateDraft
from heritage.threats.service import Means, author_key

log = structlog.get_logger(__name__)


def keep_draft(session: Session, account_id: int, client_id: str, fields: Mapping[str, str], means: Means) -> None:
    """Keep what is typed so far for the account, in place of what was kept under the same client id.

    Raises:  KeyMissing when there is no key to seal it with: a draft is kept sealed or not at all.
    """
    client_key = _key(client_id, means)
    plain = json.dumps(dict(fields), ensure_ascii=False).encode()
    values = {
        "author_key": author_key(means.ring, account_id),
        "sealed_fields": means.ring.seal(SEALED_DRAFT.purpose, SEALED_DRAFT.identity(client_key), plain),
        "saved_on": means.now.date(),
    }
    kept = (
        insert(UpdateDraft)
        .values(client_key=client_key, **values)
        .on_conflict_do_update(
            index_elements=["client_key"],
            set_=values,
            # Somebody else's draft is never written over, whatever id was sent.
            where=col(UpdateDraft.author_key) == values["author_key"],
        )
    )
    session.execute(kept)


def find_draft(session: Session, account_id: int, client_id: str, means: Means) -> dict[str, Any] | None:
    """What an account has typed under that client id, by field, or None.  Raises: KeyMissing; SealBroken."""
    draft = _own(session, account_id, client_id, means)
    return _opened(draft, means.ring) if draft else None


def drafts_of(session: Session, account_id: int, means: Means, *, limit: int = 20) -> list[dict[str, Any]]:
    """What an account has typed and not sent, newest first; one that does not open is left out."""
    query = select(UpdateDraft).where(col(UpdateDraft.author_key) == author_key(means.ring, account_id))
    found = []
    for draft in session.exec(query.order_by(col(UpdateDraft.saved_on).desc()).limit(limit)):
        try:
            found.append(_opened(draft, means.ring))
        except SealError as error:
            log.error("draft_closed", error=str(error))
    return found


def discard_draft(session: Session, account_id: int, client_id: str, means: Means) -> None:
    """Throw an own draft away; what is not one's own stays."""
    draft = _own(session, account_id, client_id, means)
    if draft:
        session.delete(draft)


def _key(client_id: str, means: Means) -> str:
    return keyed(means.secret, "client", client_id).hex()


def _own(session: Session, account_id: int, client_id: str, means: Means) -> UpdateDraft | None:
    draft = session.get(UpdateDraft, _key(client_id, means))
    return draft if draft and draft.author_key == author_key(means.ring, account_id) else None


def _opened(draft: UpdateDraft, ring: KeyRing) -> dict[str, Any]:
    plain = ring.open(SEALED_DRAFT.purpose, SEALED_DRAFT.identity(draft.client_key), draft.sealed_fields)
    fields: dict[str, Any] = json.loads(plain)
    return fields
