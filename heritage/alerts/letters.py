"""Letters beside the alerts themselves: asking to confirm, the link to one's own list, notices to officers."""

from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import Session

from heritage.alerts import thread_queries as threads
from heritage.alerts.addresses import open_address
from heritage.alerts.approving import officers
from heritage.alerts.facts import AlertFacts
from heritage.alerts.message import title
from heritage.alerts.models import Alert, AlertState, AlertThread, AlertWord, WordKind
from heritage.alerts.rules import AlertRules
from heritage.alerts.subscribing import get_subscriber
from heritage.alerts.tokens import TokenFor, make_token
from heritage.alerts.wording import Words, render
from heritage.channels.base import Message, PermanentFailure, Recipient, TemporaryFailure
from heritage.services import Services

LANGUAGE = "en"


def write_letter(services: Services, rules: AlertRules, *, subscriber_id: int, letter: str) -> str:
    """Send one person the letter that asks to confirm, or the link to their list; no transaction is open meanwhile.

    Args:    letter: "confirm" or "manage".
    Returns: "sent", "refused" or "gone"; a second try carries the same identity.
    Raises:  TemporaryFailure when it should be tried again later.
    """
    with services.database.session() as session:
        subscriber = get_subscriber(session, subscriber_id)
        address = open_address(services.settings, subscriber)
        asked_at, language = subscriber.asked_at or subscriber.created_at, subscriber.language
    if address is None:
        return "gone"
    now = services.clock.now()
    if letter == "confirm":
        until = asked_at + timedelta(days=rules.sign_up.confirm_days)
        key = f"subscription {subscriber_id} confirm {asked_at.isoformat()}"
        link = _link(services, "confirm", make_token(services.settings, TokenFor.CONFIRM, subscriber_id, until))
    else:
        until = now + timedelta(minutes=rules.sign_up.manage_minutes)
        key = f"subscription {subscriber_id} manage {now:%Y-%m-%dT%H}"
        link = _link(services, "manage", make_token(services.settings, TokenFor.MANAGE, subscriber_id, until))
    words = Words(language, services.settings.public_url)
    message = _message("subscription", words, key, {"letter": letter, "link": link, "until": until.date()})
    try:
        services.channels["email"].send(message, Recipient(address, language))
    except PermanentFailure:
        return "refused"
    return "sent"


def _link(services: Services, page: str, token: str) -> str:
    return f"{services.settings.public_url.rstrip('/')}/subscriptions/{page}/{token}"


def _message(folder: str, words: Words, key: str, values: Mapping[str, object]) -> Message:
    rendered = render(folder, words, values)
    return Message(key=key, subject=rendered.subject, text=rendered.text, html=rendered.html)


def tell_officers(services: Services, *, alert_id: int, about: str, number: int) -> dict[str, int]:
    """Tell every officer of a step that waits, or that nobody has acknowledged.

    Args:    about: "held", "overdue" or "unacknowledged".  number: which notice of the step this is.
    Returns: how many were told; none when it is settled meanwhile.
    Raises:  TemporaryFailure when somebody could not be reached; those who were get the same identity again.
    """
    with services.database.session() as session:
        alert = threads.get_alert(session, alert_id)
        if not _still(session, alert, about):
            return {"told": 0}
        thread = session.get(AlertThread, alert.thread_id)
        assert thread is not None
        addresses = [account.email for account in officers(session)]
        facts, public_id = AlertFacts.from_json(alert.facts), thread.public_id
    # Officers write their own record in English; their messages of the alert itself come in their language.
    words = Words(LANGUAGE, services.settings.public_url)
    link = f"{services.settings.public_url.rstrip('/')}/alerts/{public_id}"
    key = f"notice {public_id}.{facts.step} {about} {number}"
    message = _message("officers", words, key, {"about": about, "headline": title(facts, LANGUAGE), "link": link})
    failed, told = None, 0
    for address in addresses:
        try:
            services.channels["email"].send(message, Recipient(address, LANGUAGE))
            told += 1
        except PermanentFailure:
            continue
        except TemporaryFailure as failure:
            failed = failure
    if failed is not None:
        raise failed
    return {"told": told}


def _still(session: Session, alert: Alert, about: str) -> bool:
    if about != "unacknowledged":
        return alert.state == AlertState.HELD
    words: list[AlertWord] = threads.list_said(session, [alert.id or 0])
    return not any(word.kind == WordKind.ACKNOWLEDGE for word in words)
