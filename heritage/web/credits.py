"""Whom the reports on a page are owed to: each live source's own credit, when and for what it was asked."""

from datetime import date

from flask_babel import gettext

from heritage.feeds.queries import last_reached
from heritage.feeds.registry import Configured, list_live
from heritage.web.i18n import day_text
from heritage.web.state import open_session, services


def map_sources(*, in_full: bool = False) -> str:
    """What a map is drawn from: land and names, and the live sources that were reached, in one line.

    Args:    in_full: with day and filters, where there is room for them; the credit in full stands among the sources
             of a dossier.
    """
    owed = [_asked(feed.name.upper(), feed, on) if in_full else feed.name.upper() for feed, on in _reached()]
    return " · ".join([str(gettext("Natural Earth · GeoNames")), *owed])


def credit(feed: Configured, on: date) -> str:
    """One source's credit with the day of access and the filters, as some sources' terms ask for."""
    return _asked(feed.live.attribution, feed, on)


def _asked(credit: str, feed: Configured, on: date) -> str:
    asked_for = "".join(f"; {name}: {value}" for name, value in sorted(feed.live.filters.items()))
    said = gettext("%(credit)s, accessed %(day)s", credit=credit, day=day_text(on))
    return f"{said}{asked_for}"


def _reached() -> list[tuple[Configured, date]]:
    """Live sources of events that were ever reached; one that was switched off since is still drawn."""
    with open_session() as session:
        reached = last_reached(session)
    live = list_live(services().settings.feeds_file()) if reached else []
    return [
        (each, reached[each.name]) for each in live if each.adapter and each.live.attribution and each.name in reached
    ]
