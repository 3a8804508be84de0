"""Whether somebody may do something: a look-up in the table, for a route, a page's button, a command or a job."""

from collections.abc import Collection
from enum import StrEnum
from ipaddress import ip_address

from flask import current_app, g, request

from heritage.core.text import slug_of
from heritage.policy.roles import SECOND_FACTOR, STRANGER, Role, Subject
from heritage.policy.table import NO_CHANGE, SCOPES, TABLE, Action, Reach


class Answer(StrEnum):
    """What the table says, and what would help."""

    YES = "yes"
    NO = "no"
    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"  # show it, or set one up


def answer(
    action: Action, subject: Subject, *, countries: Collection[str] = (), institutions: Collection[str] = ()
) -> Answer:
    """Look an action up.

    Args:    subject: who asks.  countries, institutions: ISO codes, and slugs of those who hold it, of what it is
             about; a right bound to one's own reaches only what lies in one of the subject's countries, a registrar's
             only what belongs to one of the subject's institutions, so nothing where none is named.
    Returns: the answer.
    """
    if subject.scopes is not None and SCOPES.get(action) not in subject.scopes:
        return Answer.NO
    granted = TABLE.get(action, {})
    granting = [role for role in subject.roles if _reaches(granted.get(role), role, subject, countries, institutions)]
    if not granting:
        return Answer.NO if subject.signed_in else Answer.SIGN_IN
    if action is Action.SET_UP_FACTOR:
        # Else a stolen password would be enough to put one's own second factor in the place of the person's.
        return Answer.SECOND_FACTOR if subject.has_factor and not subject.strong else Answer.YES
    # One's own account stays in reach of the password: how else would a second factor be set up.
    if action is Action.OWN_ACCOUNT or subject.strong or not SECOND_FACTOR.issuperset(granting):
        return Answer.YES
    return Answer.SECOND_FACTOR


def _reaches(
    reach: Reach | None, role: Role, subject: Subject, countries: Collection[str], institutions: Collection[str]
) -> bool:
    if reach is not Reach.OWN:
        return reach is Reach.ALL
    if role is Role.REGISTRAR:
        # However an account spells its institution, it is the same one.
        return not {slug_of(name) for name in subject.institutions}.isdisjoint(institutions)
    return not subject.countries.isdisjoint(countries)


def may(
    action: Action,
    subject: Subject | None = None,
    *,
    countries: Collection[str] = (),
    institutions: Collection[str] = (),
) -> bool:
    """Whether somebody, by default who makes this request, may do something here and now."""
    if action not in NO_CHANGE and current_app.config.get("REPLAY") is not None:
        return False
    who = current_subject() if subject is None else subject
    return answer(action, who, countries=countries, institutions=institutions) is Answer.YES


def current_subject() -> Subject:
    """Who makes this request; found out once."""
    if "subject" not in g:
        find = current_app.extensions.get("subject_of_request")
        g.subject = find() if find else STRANGER
    found: Subject = g.subject
    return found


def current_actor() -> str:
    """What the record says of who makes this request."""
    return current_subject().actor


def from_this_machine(proxy_hops: int) -> bool:
    """Whether a request was made on the machine itself, by nobody's word but the connection's."""
    # A forwarded request came from elsewhere, whoever claims otherwise: loopback is then only the proxy's own address.
    if proxy_hops == 0 and ("X-Forwarded-For" in request.headers or "Forwarded" in request.headers):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def is_public(action: Action) -> bool:
    """Whether everybody may, so that nobody need be asked who they are."""
    return Role.PUBLIC in TABLE.get(action, {})
