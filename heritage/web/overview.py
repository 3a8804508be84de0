"""The first page: which sites need attention on a day, on a map and in a list, and on which data that rests."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from heritage.core.errors import Conflict
from heritage.flags.queries import list_sites
from heritage.flags.service import SiteFlag
from heritage.incidents.queries import FeedSummary
from heritage.maps.documents import sites_still
from heritage.maps.domain import View, parse_view
from heritage.policy.disclosure import Disclosure, may_show_distance
from heritage.sites.models import Site
from heritage.sites.queries import public_points
from heritage.starter.load import is_empty, load_starter
from heritage.web.day import EARLIEST, Day, current_day
from heritage.web.i18n import country_name, day_text
from heritage.web.names import Called, called, local_names
from heritage.web.record import record
from heritage.web.sentences import headline, isolate, joined_some, since_text, what, where
from heritage.web.silence import feed_health, health_words
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
CHANGES_WITHIN = timedelta(days=7)
MOST_CHANGES = 8
SLIDER_DAYS = 42
SLIDER_AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Ranked:
    """One line of the ranked list."""

    slug: str
    called: Called
    level: int
    why: str
    point: tuple[float, float] | None


@dataclass(frozen=True)
class Change:
    """A site that stands at another level than some days before."""

    slug: str
    called: Called
    before: int
    level: int


@dataclass(frozen=True)
class Slider:
    """The days a reader may slide over, both ends included."""

    first: date
    last: date
    at: date

    @property
    def days(self) -> int:
        """How many steps lie between the ends."""
        return (self.last - self.first).days

    @property
    def step(self) -> int:
        """Where the day shown stands."""
        return (self.at - self.first).days


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
    window = parse_view(request.args["window"], "0") if request.args.get("window") else None
    with open_session() as session:
        total = watched(session, day)
        if not total and is_empty(session):
            return render_template("web/welcome.html")
        levels = levels_on(session, day)
        among = tuple(_inside(session, window, levels)) if window else None
        ranked = _ranking(session, day, among)
        changes = level_changes(session, day, levels)
        feeds = [feed_line(feed, day.as_of, day.known_on) for feed in feeds_known(session, day.known_on)]
        troubles = health_words(feed_health(session, day.known_on))
        honesty = feeds_in_a_line(feeds, troubles)
        still = sites_still(session, day, all_sites=True)
    return render_template(
        "web/overview.html",
        day=day,
        slider=slider_of(day),
        headline=headline(levels.values()),
        total=total,
        flagged=len(levels),
        window=window,
        inside=len(levels) if among is None else len(among),
        ranked=ranked,
        hidden=max(0, (len(levels) if among is None else len(among)) - len(ranked)),
        changes=changes[:MOST_CHANGES],
        changes_more=max(0, len(changes) - MOST_CHANGES),
        compared=day.as_of - CHANGES_WITHIN,
        feeds=feeds,
        honesty=honesty,
        stale=not feeds or bool(troubles) or any(feed.silence for feed in feeds),
        still=still,
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
    query = select(sa.func.count()).select_from(Site).where(col(Site.listed).contains(day.register_on))
    return remembered(session, day, "watched", lambda: int(session.scalar(query) or 0))


def slider_of(day: Day) -> Slider:
    """Six weeks that hold the day shown and do not move while it stays among them, with nothing after today."""
    end = min(max(day.default, day.today), day.default + SLIDER_AHEAD)
    length = timedelta(days=SLIDER_DAYS)
    if not end - length <= day.as_of <= end:
        end = min(max(day.default, day.today, day.as_of), day.as_of + length / 2)
    return Slider(max(EARLIEST, end - length), end, day.as_of)


def _inside(session: Session, window: View, levels: Mapping[int, int]) -> list[int]:
    """The sites with a level whose place may be shown and lies in a window."""
    points = public_points(session, list(levels))
    return sorted(site for site, point in points.items() if window.contains(*point))


def _ranking(session: Session, day: Day, among: tuple[int, ...] | None) -> list[Ranked]:
    flags = top_flags(session, day, RANKED, among)
    ids = [flag.site_id for flag in flags]
    local, points = local_names(session, ids), public_points(session, ids)
    return [_ranked(flag, called(flag.site_id, flag.name, local), points.get(flag.site_id)) for flag in flags]


def _ranked(flag: SiteFlag, called: Called, point: tuple[float, float] | None) -> Ranked:
    return Ranked(flag.slug, called, int(flag.level), why(flag, called.name), point)


def compared_with(day: Day) -> Day | None:
    """The day a week before, which changes are told against; None at the edge of the calendar."""
    if day.as_of - EARLIEST < CHANGES_WITHIN:
        return None
    then = day.as_of - CHANGES_WITHIN
    return replace(day, as_of=then, known_on=day.known_on if day.hindsight else min(day.known_on, then))


def level_changes(session: Session, day: Day, levels: Mapping[int, int]) -> list[Change]:
    """Sites at another level than a week before, as was known then; what rose highest first, then what fell.

    With hindsight both days are seen with the same knowledge.
    """
    earlier = compared_with(day)
    if earlier is None:
        return []
    before = levels_on(session, earlier)
    moved = [site for site in {*levels, *before} if levels.get(site, 0) != before.get(site, 0)]
    named, local = list_sites(session, moved), local_names(session, moved)
    found = [
        Change(row.slug, called(site, row.name, local), before.get(site, 0), levels.get(site, 0))
        for site, row in named.items()
    ]
    return sorted(found, key=lambda c: (c.level < c.before, -max(c.level, c.before), c.called.name))


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
    covers = joined_some([country_name(name) for name in feed.countries], COUNTRIES_NAMED)
    return FeedLine(
        feed_title(feed.feed),
        feed.release,
        feed.events,
        newest,
        covers,
        silent if silence else 0,
        silence,
    )


def feeds_in_a_line(feeds: list[FeedLine], troubles: list[str]) -> str:
    """How far the day's data can be trusted, in one line: what is silent or withheld is never read as peace."""
    if not feeds:
        return str(gettext("No feed had reported anything by this day. That is not known, not quiet."))
    newest = max((feed.newest_event_on for feed in feeds if feed.newest_event_on), default=None)
    said = [
        ngettext(
            "Rests on %(num)d feed; the newest reported day is %(day)s.",
            "Rests on %(num)d feeds; the newest reported day is %(day)s.",
            len(feeds),
            day=day_text(newest),
        )
    ]
    troubles = [
        gettext("%(feed)s: %(what)s", feed=isolate(f.name), what=f.silence) for f in feeds if f.silence
    ] + troubles
    if troubles:
        said.append(gettext("Not known, not quiet: %(troubles)s.", troubles="; ".join(troubles)))
    return " ".join(map(str, said))
