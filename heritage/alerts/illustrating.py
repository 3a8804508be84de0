"""What a summary shows of its sites beside words: names, places as far as they are public, levels day by day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from sqlmodel import Session, col, select

from heritage.alerts.domain import Entry, Summary
from heritage.flags.domain import series_of_arrays
from heritage.flags.rules import Rules
from heritage.flags.service import load_window
from heritage.policy.disclosure import PublicPoint, public_point
from heritage.sites.models import Site
from heritage.sites.queries import names_in

HISTORY_DAYS = 30
SITES_DRAWN = 75
# Registers are written in English.
TRANSLATED = ("fr", "ar")


def illustrate(session: Session, rules: Rules, summary: Summary) -> Summary:
    """Add names, places and histories of the sites a summary names, the highest levels first.

    Returns: the summary; histories end on its day and tell each day with what was known by ``known_on``.
    """
    entries = sorted(summary.entries, key=lambda e: (-e.level, -e.before))
    entries = entries[:SITES_DRAWN]
    if not entries:
        return summary
    query = select(Site).where(col(Site.slug).in_([entry.site.slug for entry in entries]))
    sites = {site.slug: site for site in session.exec(query.limit(SITES_DRAWN))}
    return replace(
        summary,
        names=_names(session, sites),
        points=_points(sites),
        histories=_histories(session, rules, summary, entries, sites),
    )


def _names(session: Session, sites: dict[str, Site]) -> dict[str, dict[str, str]]:
    slugs = {site.id or 0: slug for slug, site in sites.items()}
    found: dict[str, dict[str, str]] = {}
    for language in TRANSLATED:
        for site_id, name in names_in(session, list(slugs), language).items():
            found.setdefault(slugs[site_id], {})[language] = name
    return found


def _points(sites: dict[str, Site]) -> dict[str, PublicPoint]:
    found = {slug: public_point(s.lon, s.lat, str(s.disclosure), s.grid_km) for slug, s in sites.items()}
    return {slug: point for slug, point in found.items() if point is not None}


def _histories(
    session: Session, rules: Rules, summary: Summary, entries: Sequence[Entry], sites: dict[str, Site]
) -> dict[str, tuple[int, ...]]:
    first_on = summary.as_of - timedelta(days=HISTORY_DAYS - 1)
    shown = {entry.site.slug for entry in entries}
    only = [site.id or 0 for slug, site in sites.items() if slug in shown]
    window = load_window(session, rules, first_on, summary.as_of, summary.known_on, only, in_force=False)
    position = {int(site_id): index for index, site_id in enumerate(window.site_ids)}
    histories: dict[str, tuple[int, ...]] = {}
    for entry in entries:
        site = sites.get(entry.site.slug)
        index = position.get(site.id or 0) if site else None
        if index is None:
            histories[entry.site.slug] = (0,) * HISTORY_DAYS
            continue
        rows, voices = window.of_sites(np.array([index]))
        series = series_of_arrays(rows, voices, rules, first_on, summary.as_of)
        histories[entry.site.slug] = tuple(int(level) for _, level, _ in series)
    return histories
