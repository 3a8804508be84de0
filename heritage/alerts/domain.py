"""The day's summary: what rose, what still burns, what eased, what is quiet and on which data that rests. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from heritage.flags.explanation import Decision, Reason
from heritage.flags.rules import Level
from heritage.policy.disclosure import PublicPoint

# A feed whose newest event is older says nothing of today; weekly feeds are still fresh within this.
STALE_AFTER_DAYS = 14


class Change(StrEnum):
    """What became of a site's level between the two days."""

    ROSE = "rose"
    BURNING = "burning"
    EASED = "eased"


@dataclass(frozen=True)
class SiteLevel:
    """A site with the decision of one day. countries: ISO 3166 two-letter codes. public: its place may be shown."""

    id_no: str
    slug: str
    name: str
    countries: tuple[str, ...]
    public: bool
    decision: Decision


@dataclass(frozen=True)
class Entry:
    """A site that is or was flagged, with its level on the earlier day."""

    site: SiteLevel
    before: int

    @property
    def level(self) -> int:
        """The level on the day of the summary."""
        return int(self.site.decision.level)

    @property
    def change(self) -> Change:
        """How the two levels compare."""
        if self.level > self.before:
            return Change.ROSE
        return Change.EASED if self.level < self.before else Change.BURNING

    def news(self, since: date) -> tuple[Reason, ...]:
        """The reports that became known after a day."""
        reasons = self.site.decision.reasons
        return tuple(r for r in reasons if r.report.known_at is not None and r.report.known_at.date() > since)


@dataclass(frozen=True)
class Withheld:
    """How many sites whose places are not public are at one level in one country; names and distances stay out."""

    country: str
    level: int
    change: Change
    sites: int


@dataclass(frozen=True)
class FeedLine:
    """One feed and what it covers, as known on the day. countries: as the feed names them."""

    feed: str
    release: str | None
    events: int
    first_event_on: date | None
    newest_event_on: date | None
    countries: tuple[str, ...]
    # The first day of which the source's silence says nothing: it withholds what is recent, or was not reached.
    not_known_since: date | None = None

    def age_days(self, as_of: date) -> int | None:
        """Days between the newest event held and a day; None when there is none."""
        return None if self.newest_event_on is None else max(0, (as_of - self.newest_event_on).days)

    def is_stale(self, as_of: date) -> bool:
        """Whether the feed's silence on a day says nothing."""
        age = self.age_days(as_of)
        withheld = self.not_known_since is not None and self.not_known_since <= as_of
        return withheld or age is None or age > STALE_AFTER_DAYS


@dataclass(frozen=True)
class Quiet:
    """The sites of one country without a level. newest_event_on: of any event held there; None when none is held."""

    country: str
    sites: int
    newest_event_on: date | None

    def is_known(self, as_of: date) -> bool:
        """Whether the silence means something: an event was reported there not long before."""
        return self.newest_event_on is not None and as_of - self.newest_event_on <= timedelta(days=STALE_AFTER_DAYS)


@dataclass(frozen=True)
class Summary:
    """Everything a digest says, in the order it says it. rose, burning, eased: highest level first.

    names: by language, where there is another than the register's; points: what may be shown of the sites' places;
    histories: levels day by day, oldest first, the last of this day; all by slug, and only of sites named here.
    """

    as_of: date
    since: date
    known_on: date
    rule_version: str
    rose: tuple[Entry, ...]
    burning: tuple[Entry, ...]
    eased: tuple[Entry, ...]
    withheld: tuple[Withheld, ...]
    sites: int
    quiet: tuple[Quiet, ...]
    feeds: tuple[FeedLine, ...]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    points: Mapping[str, PublicPoint] = field(default_factory=dict)
    histories: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every site it names, whatever became of its level."""
        return (*self.rose, *self.burning, *self.eased)

    @property
    def quiet_sites(self) -> int:
        """How many sites in force have no level."""
        flagged = [*self.rose, *self.burning, *(e for e in self.eased if e.level)]
        return self.sites - len(flagged) - sum(line.sites for line in self.withheld if line.level)

    @property
    def known_quiet(self) -> tuple[Quiet, ...]:
        """Countries whose silence means something."""
        return tuple(line for line in self.quiet if line.is_known(self.as_of))

    @property
    def outdated_quiet(self) -> tuple[Quiet, ...]:
        """Countries for which events are held, the newest too old to say anything of the day."""
        return tuple(line for line in self.quiet if line.newest_event_on and not line.is_known(self.as_of))

    @property
    def unknown_quiet(self) -> tuple[Quiet, ...]:
        """Countries for which no event is held at all."""
        return tuple(line for line in self.quiet if line.newest_event_on is None)


def compare(
    now: Iterable[SiteLevel],
    then: Iterable[SiteLevel],
    *,
    as_of: date,
    since: date,
    known_on: date,
    rule_version: str,
    sites_by_country: Mapping[str, int],
    sites: int,
    newest_by_country: Mapping[str, date],
    feeds: Sequence[FeedLine],
) -> Summary:
    """Put two days side by side.

    Args:    now, then: sites with their decisions; sites left out of one have no level there.  sites_by_country: sites
             in force, by code, one of several countries in each of them.  sites: in force altogether.
             newest_by_country: the newest day of an event held in a country, by code.
    Returns: the summary; sites whose place is not public only as counts.
    """
    # By slug: a register's own number is unique within that register only.
    before = {site.slug: site for site in then}
    today = {site.slug: site for site in now}
    entries = [Entry(site, _level(before.get(slug))) for slug, site in today.items()]
    entries += [Entry(_without_level(site), _level(site)) for slug, site in before.items() if slug not in today]
    entries = sorted((e for e in entries if e.level or e.before), key=_order)
    shown = [entry for entry in entries if entry.site.public]
    return Summary(
        as_of=as_of,
        since=since,
        known_on=known_on,
        rule_version=rule_version,
        rose=tuple(e for e in shown if e.change is Change.ROSE),
        burning=tuple(e for e in shown if e.change is Change.BURNING),
        eased=tuple(e for e in shown if e.change is Change.EASED),
        withheld=_withheld([entry for entry in entries if not entry.site.public]),
        sites=sites,
        quiet=_quiet(entries, sites_by_country, newest_by_country),
        feeds=tuple(feeds),
    )


def _level(site: SiteLevel | None) -> int:
    return int(site.decision.level) if site else 0


def _without_level(site: SiteLevel) -> SiteLevel:
    """The site on the later day, of which nothing is known but that it has no level."""
    bare = replace(site.decision, level=Level.NONE, since=None, score=0.0, reasons=(), reasons_total=0, clears=())
    return replace(site, decision=bare)


def _order(entry: Entry) -> tuple[int, int, float, str]:
    return (-entry.level, -entry.before, -entry.site.decision.score, entry.site.name)


def _withheld(entries: Sequence[Entry]) -> tuple[Withheld, ...]:
    counts = Counter(
        (entry.site.countries[0] if entry.site.countries else "", entry.level, entry.change) for entry in entries
    )
    return tuple(
        Withheld(country, level, change, number)
        for (country, level, change), number in sorted(counts.items(), key=lambda item: (-item[0][1], item[0]))
    )


def _quiet(
    entries: Sequence[Entry], sites_by_country: Mapping[str, int], newest_by_country: Mapping[str, date]
) -> tuple[Quiet, ...]:
    flagged = Counter(country for entry in entries if entry.level for country in entry.site.countries)
    lines = (
        Quiet(country, number - flagged[country], newest_by_country.get(country))
        for country, number in sorted(sites_by_country.items())
    )
    return tuple(line for line in lines if line.sites > 0)
