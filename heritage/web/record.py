"""What a page did, written into the record in the transaction of the change."""

from sqlmodel import Session

from heritage.audit import chain
from heritage.policy.access import current_actor
from heritage.web.state import services


def record(session: Session, action: str, subject: str, **detail: object) -> None:
    """One entry; call it last in the transaction, for others wait until the commit."""
    chain.append(
        session, at=services().clock.now(), actor=current_actor(), action=action, subject=subject, detail=detail
    )
