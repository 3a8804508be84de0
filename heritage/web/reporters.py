"""Field reporters who enter claims: under a pseudonym, to the hour; only they themselves know which are theirs."""

import structlog
from flask import g
from sqlmodel import Session

from heritage.policy.access import current_subject
from heritage.policy.roles import Role
from heritage.reports.domain import Act
from heritage.sealing import vault
from heritage.sealing.errors import KeyMissing
from heritage.sealing.keyring import open_keyring
from heritage.threats.domain import whole_hour
from heritage.threats.service import A_REPORTER
from heritage.web.state import open_session, services

log = structlog.get_logger(__name__)

# Who is known to the others by name anyway does what they do under it.
_BY_NAME = frozenset({Role.ANALYST, Role.EMERGENCY_OFFICER, Role.DIRECTORATE, Role.REGISTRAR, Role.ADMINISTRATOR})


def is_protected() -> bool:
    """Whether who makes this request reports from the field and must not be found out by what they enter."""
    roles = current_subject().roles
    return Role.FIELD_REPORTER in roles and _BY_NAME.isdisjoint(roles)


def act_on_claims(session: Session) -> Act:
    """Who enters, and when: staff by name; a reporter by pseudonym, to the hour, and by no account."""
    subject, now = current_subject(), services().clock.now()
    if not is_protected():
        return Act(now, subject.actor, subject.account_id)
    return Act(whole_hour(now), _pseudonym(session, subject.account_id or 0), None)


def _pseudonym(session: Session, account_id: int) -> str:
    settings = services().settings
    today, days = services().clock.now().date(), settings.reporter_kept_days
    try:
        ring = open_keyring(settings)
        g.own_pseudonym = vault.keep_reporter(session, ring, today=today, days=days, account_id=account_id)
        return str(g.own_pseudonym)
    except KeyMissing:
        # What they say must come through; whose it is, is kept safely or not at all.
        log.warning("author_not_kept", reason="there is no key to keep it under")
        return A_REPORTER


def own_pseudonym() -> str:
    """Under which name the reporter who asks enters claims; "" for everybody else, and before the first claim."""
    if not is_protected():
        return ""
    if "own_pseudonym" not in g:
        try:
            with open_session() as session:
                account_id = current_subject().account_id
                found = vault.find_pseudonym(session, open_keyring(services().settings), account_id=account_id)
        except KeyMissing:
            found = None
        g.own_pseudonym = found or ""
    return str(g.own_pseudonym)
