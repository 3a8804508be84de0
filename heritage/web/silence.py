"""What the quiet rests on: in words, how far each feed's silence can be trusted on a day."""

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext, ngettext
from sqlmodel import Session

from heritage.feeds.health import Health
from heritage.feeds.queries import FeedHealth, list_health
from heritage.feeds.registry import list_live
from heritage.web.i18n import day_text
from heritage.web.sentences import isolate
from heritage.web.state import feed_title, feeds_known, services
from heritage.web.words import word


def feed_health(session: Session, known_on: date) -> dict[str, FeedHealth]:
    """Every live feed as it stood at the end of a day, by name."""
    newest = {feed.feed: feed.newest_event_on for feed in feeds_known(session, known_on) if feed.newest_event_on}
    known = list_live(services().settings.feeds_file())
    found = list_health(session, known, newest, services().clock.now(), known_on=known_on)
    return {each.feed.name: each for each in found}


def silence_words(each: FeedHealth | None) -> list[str]:
    """Sentences about one feed's silence; none for a feed that is no live one."""
    if each is None:
        return []
    found = []
    lag = each.verdict.lag_days
    if lag is not None:
        found.append(ngettext("The newest is %(num)d day old.", "The newest is %(num)d days old.", lag))
    if each.state.embargo and each.state.known_until:
        found.append(gettext("The source withholds what is newer than %(day)s.", day=day_text(each.state.known_until)))
    if each.health in (Health.FAILING, Health.STALE, Health.QUARANTINED) and each.state.last_good_at:
        found.append(gettext("Last reached on %(day)s.", day=day_text(each.state.last_good_at.date())))
    if each.verdict.not_known_since is not None:
        found.append(gettext("Not known since %(day)s.", day=day_text(each.verdict.not_known_since)))
    elif lag is None:
        found.append(gettext("Nothing received so far. That is not known, not quiet."))
    return [str(words) for words in found]


def health_words(found: Mapping[str, FeedHealth]) -> list[str]:
    """The feeds whose silence cannot be trusted, a few words each; those switched off are not asked."""
    told = (Health.FAILING, Health.STALE, Health.QUARANTINED, Health.EMBARGOED, Health.GAP)
    return [
        str(
            gettext("%(feed)s: %(what)s", feed=isolate(feed_title(name)), what=word("feed_health", each.health).lower())
        )
        for name, each in found.items()
        if each.health in told
    ]
