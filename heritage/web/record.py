"""What a page did, written into the record in the transaction of the change."""

from sqlmodel import Session

from heritage.audit import chain
from heritage.policy.access import current_actor
from heritage.threats.domain import whole_hour
from heritage.threats.service import A_REPORTER
from heritage.web.reporters import is_protected
from heritage.web.state import services


def record(session: Session, action: str, subject: str, **detail: object) -> None:
    """One entry; call it last in the transaction, for others wait until the commit.

    A reporter stands there without a name and to the hour: it can never be taken out again.
    """
    now, hidden = services().clock.now(), is_protected()
    at, actor = (whole_hour(now), A_REPORTER) if hidden else (now, current_actor())
    chain.append(session, at=at, actor=actor, action=action, subject=subject, detail=detail)
