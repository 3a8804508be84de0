"""The first page: which sites need attention on a day, on a map and in a list, and on which data that rests."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext, ngettext
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from heritage.core.errors import Conflict
from heritage.flags.service import SiteFlag
from heritage.incidents.queries import FeedSummary
from heritage.policy.disclosure import Disclosure, may_show_distance
from heritage.sites.models import Site
from heritage.starter.load import is_empty, load_starter
from heritage.web.day import Day, current_day
from heritage.web.i18n import country_name
from heritage.web.names import Called, called, local_names
from heritage.web.record import record
from heritage.web.sentences import headline, isolate, joined, since_text, what, where
from heritage.web.state import (
    current_rules,
    feed_title,
    feeds_known,
    levels_on,
    open_session,
    remembered,
    services,
    top_flags,
)

blueprint = Blueprint("overview", __name__)

RANKED = 25
STALE_AFTER_DAYS = 14
COUNTRIES_NAMED = 6


@dataclass(frozen=True)
class Ranked:
    """One line of the ranked list."""

    slug: str
    called: Called
    level: int
    why: str


@dataclass(frozen=True)
class FeedLine:
    """What one feed's data reach to, on the day shown."""

    name: str
    release: str | None
    events: int
    newest_event_on: date | None
    covers: str
    silent_days: int
    silence: str


@blueprint.get("/")
def index() -> str:
    """The day at a glance; an empty database is offered a way in."""
    day = current_day()
    with open_session() as session:
        total = watched(session, day)
        if not total and is_empty(session):
            return render_template("web/welcome.html")
        levels = levels_on(session, day)
        flags = top_flags(session, day, RANKED)
        local = local_names(session, [flag.site_id for flag in flags])
        ranked = [_ranked(flag, called(flag.site_id, flag.name, local)) for flag in flags]
        feeds = [feed_line(feed, day.as_of, day.known_on) for feed in feeds_known(session, day.known_on)]
    return render_template(
        "web/overview.html",
        day=day,
        headline=headline(levels.values()),
        total=total,
        ranked=ranked,
        hidden=max(0, len(levels) - len(ranked)),
        feeds=feeds,
    )


@blueprint.post("/starter")
def take_starter() -> Response:
    """Load the starter set into an empty database."""
    with open_session() as session:
        if not is_empty(session):
            raise Conflict(gettext("The register holds sites already; the starter set was left out."))
        load_starter(session, services().clock, reach_km=current_rules().reach_km)
        record(session, "starter.load", "sites")
    flash(gettext("The starter set is loaded. Its week is that of 21 May 2015."), "done")
    return redirect(url_for("overview.index", as_of="2015-05-21"))


def watched(session: Session, day: Day) -> int:
    """How many sites were in force on a day."""
    query = select(sa.func.count()).select_from(Site).where(col(Site.listed).contains(day.as_of))
    return remembered(session, day, "watched", lambda: int(session.scalar(query) or 0))


def _ranked(flag: SiteFlag, called: Called) -> Ranked:
    return Ranked(flag.slug, called, int(flag.level), why(flag, called.name))


def why(flag: SiteFlag, name: str) -> str:
    """The heaviest report in a sentence, and since when the level stands."""
    decision = flag.decision
    since = since_text(decision)
    lasting = gettext("At this level %(since)s.", since=since) if since else ""
    if not decision.reasons:
        return str(lasting)
    heaviest = decision.reasons[0]
    said = [what(heaviest, named=flag.disclosure != Disclosure.HIDDEN)]
    if may_show_distance(flag.disclosure):
        said.append(where(heaviest, _part(flag, name)))
    others = decision.reasons_total - 1
    if others:
        said.append(ngettext("%(num)d more report counts.", "%(num)d more reports count.", others))
    return " ".join([*said, lasting]).strip()


def _part(flag: SiteFlag, name: str) -> str:
    heaviest = flag.decision.reasons[0].report
    if heaviest.part_ref == flag.id_no:
        return name
    return str(gettext("part %(ref)s", ref=isolate(heaviest.part_ref)))


def feed_line(feed: FeedSummary, as_of: date, known_on: date) -> FeedLine:
    """A feed's reach, and whether it is silent on the day shown: silence is said, and never read as peace."""
    newest = min(feed.newest_event_on, known_on) if feed.newest_event_on else None
    silent = (as_of - newest).days if newest else 0
    silence = ""
    if silent > STALE_AFTER_DAYS:
        words = ngettext("silent for %(num)d day before this one", "silent for %(num)d days before this one", silent)
        silence = str(words)
    names = [country_name(name) for name in feed.countries]
    more = len(names) - COUNTRIES_NAMED
    covers = joined(names[:COUNTRIES_NAMED])
    if more > 0:
        covers = str(ngettext("%(names)s and %(num)d more", "%(names)s and %(num)d more", more, names=covers))
    return FeedLine(
        feed_title(feed.feed),
        feed.release,
        feed.events,
        newest,
        covers,
        silent if silence else 0,
        silence,
    )
