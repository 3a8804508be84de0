"""The summary written for one person: only sites they asked for, in their language, with the link that ends it."""

import time
from dataclasses import replace
from datetime import timedelta
from threading import Lock

from sqlmodel import Session

from heritage.alerts.models import Post, Subscriber, SubscriberDigest
from heritage.alerts.render import render_summary
from heritage.alerts.service import as_message, summarise
from heritage.alerts.wording import Rendered
from heritage.channels.base import Message
from heritage.flags.service import load_rules
from heritage.services import Services

# Thousands of readers share a few summaries: each is worked out once in this time.
KEPT_S = 120.0
MOST_KEPT = 64
STOP_HERE = "https://stop.invalid/here"
_kept: dict[tuple[object, ...], tuple[float, Rendered]] = {}
_lock = Lock()


def digest_message(session: Session, services: Services, post: Post, subscriber: Subscriber, stop: str) -> Message:
    """One person's summary as a message.

    Args:    stop: where the reader ends it.
    """
    digest = session.get(SubscriberDigest, post.digest_id)
    assert digest is not None
    rendered = _rendered(session, services, digest, subscriber.language)
    message = as_message(rendered, f"digest {digest.frequency} {digest.slot.isoformat()}")
    return replace(
        message,
        text=message.text.replace(STOP_HERE, stop),
        html=message.html.replace(STOP_HERE, stop) if message.html else None,
        stop_url=stop,
        kind="digest",
    )


def _rendered(session: Session, services: Services, digest: SubscriberDigest, language: str) -> Rendered:
    settings = services.settings
    key = (services.database.app_url, digest.as_of, digest.since, tuple(digest.sites), language)
    now = time.monotonic()
    with _lock:
        found = _kept.get(key)
    if found is not None and found[0] > now:
        return found[1]
    since = min(digest.since, digest.as_of - timedelta(days=1))
    only = frozenset(digest.sites) if digest.sites else None
    summary = summarise(session, load_rules(settings.rules_file()), as_of=digest.as_of, since=since, only=only)
    rendered = render_summary(
        summary,
        public_url=settings.public_url,
        language=language,
        stop_url=STOP_HERE,
        exercise=settings.exercise_clock is not None,
    )
    with _lock:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = (now + KEPT_S, rendered)
    return rendered
