"""The summary written for one person: only sites they asked for, in their language, with the link that ends it."""

from datetime import timedelta

from sqlmodel import Session

from heritage.alerts.models import Post, Subscriber, SubscriberDigest
from heritage.alerts.render import render_summary
from heritage.alerts.service import summarise
from heritage.channels.base import Message
from heritage.flags.service import load_rules
from heritage.services import Services


def digest_message(session: Session, services: Services, post: Post, subscriber: Subscriber, stop: str) -> Message:
    """One person's summary as a message.

    Args:    stop: where the reader ends it.
    """
    digest = session.get(SubscriberDigest, post.digest_id)
    assert digest is not None
    rules = load_rules(services.settings.rules_file())
    since = min(digest.since, digest.as_of - timedelta(days=1))
    summary = summarise(session, rules, as_of=digest.as_of, since=since)
    rendered = render_summary(summary, public_url=services.settings.public_url, language=subscriber.language)
    return Message(
        key=f"digest {digest.frequency} {digest.slot.isoformat()}",
        subject=rendered.subject,
        text=f"{rendered.text}\n{stop}\n",
        html=rendered.html,
        stop_url=stop,
        kind="digest",
    )
