"""Letters beside the alerts themselves: asking to confirm, the link to one's own list, notices to officers."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlmodel import Session

from heritage.accounts.models import Account
from heritage.alerts import thread_queries as threads
from heritage.alerts.addresses import open_address
from heritage.alerts.duty import officers, on_duty
from heritage.alerts.facts import AlertFacts
from heritage.alerts.handing import is_acknowledged, review_due
from heritage.alerts.mailing import post_letter
from heritage.alerts.message import title
from heritage.alerts.models import Alert, AlertState, AlertThread, Handover
from heritage.alerts.rules import AlertRules
from heritage.alerts.subscribing import find_subscriber, get_subscriber, letter_failed
from heritage.alerts.tokens import TokenFor, make_token
from heritage.alerts.wording import Words, render
from heritage.channels.base import Message, PermanentFailure, Recipient, TemporaryFailure
from heritage.services import Services

# Of those who chose none.
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
        post_letter(services, letter, message, Recipient(address, language))
    except PermanentFailure as failure:
        with services.database.session() as session:
            found = get_subscriber(session, subscriber_id, lock=True)
            letter_failed(found, rules.delivery, now, gone=failure.bounced)
        return "refused"
    return "sent"


def _link(services: Services, page: str, token: str) -> str:
    return f"{services.settings.public_url.rstrip('/')}/subscriptions/{page}/{token}"


def _message(folder: str, words: Words, key: str, values: Mapping[str, object]) -> Message:
    rendered = render(folder, words, values)
    return Message(key=key, subject=rendered.subject, text=rendered.text, html=rendered.html)


def tell_officers(
    services: Services,
    *,
    about: str,
    alert_id: int | None = None,
    number: int = 0,
    everyone: bool = False,
    handover_id: int | None = None,
) -> dict[str, int]:
    """Tell whoever is on duty of a step that waits, that nobody has acknowledged, or that is to be looked at again.

    Args:    about: "held", "overdue", "unacknowledged" or "review" (of a note handed over).  number: which notice of
             the step this is.  everyone: every officer, whoever is on duty.
    Returns: how many were told; none when it is settled meanwhile.
    Raises:  TemporaryFailure when somebody could not be reached; those who were get the same identity again.
    """
    with services.database.session() as session:
        found = _subject(session, about, alert_id, handover_id)
        if found is None:
            return {"told": 0}
        alert, thread, note = found
        told = officers(session) if everyone else on_duty(session, services.clock.now()).officers
        readers = [reader_of(session, services, account) for account in told]
        facts, public_id = AlertFacts.from_json(alert.facts), thread.public_id
    key = f"notice {public_id}.{facts.step} {about} {handover_id or number}"
    letters = {}
    for language in {reader.language for reader in readers}:
        words = Words(language, services.settings.public_url)
        link = f"{words.base}/alerts/{public_id}?lang={language}"
        values = {"about": about, "headline": title(facts, language), "link": link, "note": note}
        letters[language] = _message("officers", words, key, values)
    return {"told": send_each(services, "officers", readers, letters)}


def send_each(services: Services, kind: str, readers: Sequence[Recipient], letters: Mapping[str, Message]) -> int:
    """Mail each reader the letter in their language.

    Returns: how many were told; a reader whose address is none is passed over.
    Raises:  TemporaryFailure, once all were tried, when somebody could not be reached.
    """
    failed, told = None, 0
    for reader in readers:
        try:
            post_letter(services, kind, letters[reader.language], reader)
            told += 1
        except PermanentFailure:
            continue
        except TemporaryFailure as failure:
            failed = failure
    if failed is not None:
        raise failed
    return told


def reader_of(session: Session, services: Services, account: Account) -> Recipient:
    """An account as a reader of letters: in the language of its own alerts, English before one was chosen."""
    subscriber = find_subscriber(session, services, account.email)
    return Recipient(account.email, subscriber.language if subscriber else LANGUAGE)


def _subject(
    session: Session, about: str, alert_id: int | None, handover_id: int | None
) -> tuple[Alert, AlertThread, Handover | None] | None:
    if about == "review":
        due = review_due(session, handover_id or 0)
        return (due[2], due[1], due[0]) if due else None
    alert = threads.get_alert(session, alert_id or 0)
    thread = session.get(AlertThread, alert.thread_id)
    assert thread is not None
    return (alert, thread, None) if _still(session, alert, about) else None


def _still(session: Session, alert: Alert, about: str) -> bool:
    if about != "unacknowledged":
        return alert.state == AlertState.HELD
    return not is_acknowledged(session, alert)
