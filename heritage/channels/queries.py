"""Reads of the inbox: an account's own messages and how many of them are unread."""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.channels.models import InboxMessage
from heritage.core.errors import N_, NotFound


def list_inbox(session: Session, account_id: int, *, limit: int, offset: int = 0) -> list[InboxMessage]:
    """An account's messages, newest first."""
    query = select(InboxMessage).where(InboxMessage.account_id == account_id)
    return list(session.exec(query.order_by(col(InboxMessage.id).desc()).limit(limit).offset(offset)))


def count_inbox(session: Session, account_id: int) -> int:
    """How many messages an account holds."""
    query = sa.select(sa.func.count()).select_from(InboxMessage).where(col(InboxMessage.account_id) == account_id)
    return int(session.scalar(query) or 0)


def count_unread(session: Session, account_id: int) -> int:
    """How many of them were not read yet."""
    query = sa.select(sa.func.count()).select_from(InboxMessage)
    unread = query.where(col(InboxMessage.account_id) == account_id, col(InboxMessage.read_at).is_(None))
    return int(session.scalar(unread) or 0)


def get_inbox_message(session: Session, account_id: int, message_id: int) -> InboxMessage:
    """One message of an account.

    Raises: NotFound, for another account's too.
    """
    found = session.get(InboxMessage, message_id)
    if found is None or found.account_id != account_id:
        raise NotFound(N_("There is no such message."))
    return found
