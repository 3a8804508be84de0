"""Use cases of the inbox: an account marks its messages as read."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from heritage.channels.models import InboxMessage
from heritage.channels.queries import get_inbox_message


def mark_read(session: Session, account_id: int, message_id: int, now: datetime) -> None:
    """Mark one message as read; the first time counts.

    Raises: NotFound when it is not this account's.
    """
    message = get_inbox_message(session, account_id, message_id)
    message.read_at = message.read_at or now
    session.add(message)


def mark_all_read(session: Session, account_id: int, until_id: int, now: datetime) -> int:
    """Mark as read what the reader has seen the list of.

    Args:    until_id: the newest message of that list; what came later stays unread.
    Returns: how many were unread.
    """
    unread = (
        sa.update(InboxMessage)
        .where(
            col(InboxMessage.account_id) == account_id,
            col(InboxMessage.id) <= until_id,
            col(InboxMessage.read_at).is_(None),
        )
        .values(read_at=now)
    )
    return session.connection().execute(unread).rowcount
