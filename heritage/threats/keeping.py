"""What is not kept for ever: whose an update was, exact points, what was not taken, drafts."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.threats.domain import UpdateState, whole_hour
from heritage.threats.models import ThreatUpdate, UpdateAuthor, UpdateDraft, UpdateStep
from heritage.threats.service import erase

DRAFT_DAYS = 30
BATCH = 5_000
# What was never looked at is thrown away with what was refused.
_NOT_TAKEN = (UpdateState.QUARANTINED, UpdateState.REJECTED, UpdateState.ASKED_BACK)


def forget(session: Session, now: datetime, days: int) -> dict[str, int]:
    """Erase what has been kept long enough; safe to run any number of times.

    Args:    days: how long an author, an exact point and an update that was not taken are kept, from its receipt.
    Returns: how many authors, points, updates and drafts were forgotten.
    """
    before = now - timedelta(days=days)
    old = select(ThreatUpdate).where(
        col(ThreatUpdate.state).in_(_NOT_TAKEN),
        col(ThreatUpdate.received_at) < before,
        col(ThreatUpdate.erased_at).is_(None),
    )
    updates = list(session.exec(old.limit(BATCH)))
    for update in updates:
        _forget_update(session, update, now)
    points = sa.update(ThreatUpdate).where(
        col(ThreatUpdate.sealed_point).is_not(None), col(ThreatUpdate.received_at) < before
    )
    return {
        "updates": len(updates),
        "authors": _rows(session, sa.delete(UpdateAuthor).where(col(UpdateAuthor.kept_until) < now.date())),
        "points": _rows(session, points.values(sealed_point=None)),
        "drafts": _rows(
            session,
            sa.delete(UpdateDraft).where(col(UpdateDraft.saved_on) < now.date() - timedelta(days=DRAFT_DAYS)),
        ),
    }


def _forget_update(session: Session, update: ThreatUpdate, now: datetime) -> None:
    erase(session, update, now)
    if update.state != UpdateState.REJECTED:
        update.state = UpdateState.REJECTED
        assert update.id is not None
        session.add(
            UpdateStep(update_id=update.id, state=UpdateState.REJECTED, by="retention", at=whole_hour(now))
        )  # fmt: skip
    session.flush()


def _rows(session: Session, statement: sa.Delete | sa.Update) -> int:
    return int(session.connection().execute(statement).rowcount)
