"""The summary written for one person: only sites they asked for, in their language, with the link that ends it."""

from collections import OrderedDict
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.alerts.domain import Summary, narrowed
from heritage.alerts.models import Post, Subscriber, SubscriberDigest
from heritage.alerts.render import render_summary
from heritage.alerts.service import summarise
from heritage.channels.base import Message
from heritage.flags.rules import Rules
from heritage.flags.service import load_rules
from heritage.policy.disclosure import may_show_distance
from heritage.services import Services
from heritage.sites.models import Site

# All readers of one slot get the same facts, worked out once in each worker; an older slot's are not asked for again.
SUMMARIES_KEPT = 8
_SUMMARIES: OrderedDict[tuple[str, ...], Summary] = OrderedDict()


def digest_message(session: Session, services: Services, post: Post, subscriber: Subscriber, stop: str) -> Message:
    """One person's summary as a message.

    Args:    stop: where the reader ends it.
    """
    digest = session.get(SubscriberDigest, post.digest_id)
    assert digest is not None
    summary = _summary(session, services, load_rules(services.settings.rules_file()), digest)
    if digest.sites:
        wanted = session.exec(select(Site).where(col(Site.id).in_(digest.sites))).all()
        # One whose place is not public is neither named nor counted as quiet.
        shown = [site for site in wanted if may_show_distance(str(site.disclosure))]
        countries = {code for site in wanted for code in site.states_parties}
        summary = narrowed(summary, {site.slug for site in shown}, countries)
    rendered = render_summary(
        summary,
        public_url=services.settings.public_url,
        language=subscriber.language,
        stop_url=stop,
        exercise=services.settings.exercise_clock is not None,
    )
    return Message(
        key=f"digest {digest.frequency} {digest.slot.isoformat()}",
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        stop_url=stop,
        kind="digest",
    )


def _summary(session: Session, services: Services, rules: Rules, digest: SubscriberDigest) -> Summary:
    since = min(digest.since, digest.as_of - timedelta(days=1))
    days = (digest.as_of.isoformat(), since.isoformat(), digest.slot.isoformat())
    # A site may be hidden, or a list taken back, between two letters of one slot.
    stamp = session.execute(sa.text("select (select max(id) from register_change), (select max(id) from import_run)"))
    key = (services.database.app_url, rules.version, *days, *map(str, stamp.one()))
    found = _SUMMARIES.get(key)
    if found is None:
        found = _SUMMARIES[key] = summarise(session, rules, as_of=digest.as_of, since=since)
        while len(_SUMMARIES) > SUMMARIES_KEPT:
            _SUMMARIES.popitem(last=False)
    return found
