"""Who stands behind a pseudonym: sealed, apart from what was reported, found again by a keyed hash, forgotten in time.

Nothing here says when somebody reported or was last seen, and nothing of a network is ever kept.
"""

import json
import secrets
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from heritage.sealing.domain import kept_until
from heritage.sealing.keyring import KeyRing, Purpose
from heritage.sealing.models import REPORTER_IDENTITY, Reporter

# Without signs that look alike, so that one can be told over the phone.
ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
SIGNS = 8


def keep_reporter(
    session: Session,
    ring: KeyRing,
    *,
    today: date,
    days: int,
    account_id: int | None = None,
    contact: str | None = None,
) -> str:
    """The pseudonym of somebody who reports; the same person gets the same one for as long as they are kept.

    Args:    today: of the report.  days: the setting ``reporter_kept_days``.  account_id or contact: who it is.
    Returns: a random pseudonym, to be stored with the report in the place of any identity.
    Raises:  ValueError when neither or both are given; KeyMissing.
    """
    identity = _identity(account_id, contact)
    mark = ring.mark(Purpose.REPORTERS, identity)
    until = kept_until(today, days)
    for _attempt in range(3):
        known = _pseudonym(session, mark)
        if known is not None:
            _keep_longer(session, known, until)
            return known
        pseudonym = "reporter-" + "".join(secrets.choice(ALPHABET) for _ in range(SIGNS))
        sealed = ring.seal(Purpose.REPORTERS, REPORTER_IDENTITY.identity(pseudonym), identity.encode())
        row = {"pseudonym": pseudonym, "mark": mark, "identity": sealed, "kept_until": until}
        # Twice at once, or a pseudonym that is taken: the row that is there wins, and is looked for again.
        session.execute(insert(Reporter).values(**row).on_conflict_do_nothing())
    raise RuntimeError("no pseudonym was free")


def find_pseudonym(
    session: Session, ring: KeyRing, *, account_id: int | None = None, contact: str | None = None
) -> str | None:
    """Somebody's own pseudonym, or None: for the list of one's own reports."""
    return _pseudonym(session, ring.mark(Purpose.REPORTERS, _identity(account_id, contact)))


def withdraw_reporter(
    session: Session, ring: KeyRing, *, account_id: int | None = None, contact: str | None = None
) -> str | None:
    """Forget who stands behind somebody's pseudonym; what was reported stays, and leads to nobody.

    Returns: the pseudonym that leads nowhere now, or None where there was none.
    """
    pseudonym = find_pseudonym(session, ring, account_id=account_id, contact=contact)
    if pseudonym is not None:
        _forget(session, Reporter.pseudonym == pseudonym)
    return pseudonym


def forget_expired(session: Session, today: date) -> int:
    """Forget everybody whose time is over; how many there were."""
    return _forget(session, col(Reporter.kept_until) <= today)


def read_identity(plain: bytes) -> tuple[int | None, str | None]:
    """Account number and contact out of an opened identity; one of them is None."""
    document = json.loads(plain)
    return document.get("account"), document.get("contact")


def _identity(account_id: int | None, contact: str | None) -> str:
    if (account_id is None) == (contact is None):
        raise ValueError("either an account or a contact")
    known = {"account": account_id} if account_id is not None else {"contact": (contact or "").strip()}
    return json.dumps(known, ensure_ascii=False)


def _pseudonym(session: Session, mark: bytes) -> str | None:
    return session.exec(select(Reporter.pseudonym).where(Reporter.mark == mark)).first()


def _keep_longer(session: Session, pseudonym: str, until: date) -> None:
    later = sa.update(Reporter).where(col(Reporter.pseudonym) == pseudonym, col(Reporter.kept_until) < until)
    session.execute(later.values(kept_until=until))


def _forget(session: Session, which: "sa.ColumnElement[bool] | bool") -> int:
    known = sa.update(Reporter).where(which, col(Reporter.mark).is_not(None))  # type: ignore[arg-type]  # a column's comparison
    gone = session.execute(known.values(mark=None, identity=None).returning(col(Reporter.pseudonym)))
    return len(gone.all())
