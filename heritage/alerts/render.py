"""The summary in words: subject, text and HTML, saying the same, in the reader's language."""

from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from urllib.parse import quote

from babel.numbers import format_percent

from heritage.alerts.domain import Change, Entry, FeedLine, Summary
from heritage.alerts.facts import ReasonFacts
from heritage.alerts.pictures import Dot, data_url, draw_history, draw_map
from heritage.alerts.wording import Rendered, Words, plain, render
from heritage.flags.explanation import Decision, Reason

# A digest is read on a telephone: what goes beyond these is counted and linked.
ENTRIES_SHOWN = 25
REASONS_SHOWN = 3
TOLD_FIRST = 3
RUNS_TOLD = 4


def render_summary(
    summary: Summary, *, public_url: str, language: str = "en", stop_url: str | None = None, exercise: bool = False
) -> Rendered:
    """Write a summary.

    Args:    public_url: the address links begin with.  language: of words, days and numbers; English where words lack.
             stop_url: where the reader ends the subscription.  exercise: it is marked as a drill.
    Returns: one line of subject, text of at most about 76 columns, HTML with its styles inline and nothing loaded; its
             pictures are inside it, and what they show is said in words too.
    """
    words = SummaryWords(language, public_url, summary)
    values = {"s": summary, "entries_shown": ENTRIES_SHOWN, "reasons_shown": REASONS_SHOWN}
    return render("digest", words, {**values, "stop_url": stop_url, "exercise": exercise})


class SummaryWords(Words):
    """Sentences that text and HTML of a summary share."""

    def __init__(self, language: str, base: str, summary: Summary) -> None:
        super().__init__(language, base)
        self.summary = summary

    def called(self, entry: Entry) -> str:
        """The site's name in the reader's language, where there is one."""
        return self.name(self.summary.names.get(entry.site.slug, {}).get(self.language, entry.site.name))

    def lead(self) -> str:
        """The day in a few sentences: how many sites stand where, and what changed most."""
        summary = self.summary
        counts = Counter(entry.level for entry in summary.entries if entry.level)
        total = counts.total()
        if total:
            text = self.ngettext(
                "%(num)s site has a level: %(levels)s.", "%(num)s sites have a level: %(levels)s.", total
            )
            sentences = [text % {"num": self.number(total), "levels": self.counted(counts)}]
        else:
            sentences = [self._("No site whose place is public has a level.")]
        sentences += [self.moved(entry) for entry in (*summary.rose[:TOLD_FIRST], *summary.eased[:TOLD_FIRST])]
        if summary.burning:
            kept = self.ngettext("%(num)s keeps its level.", "%(num)s keep their level.", len(summary.burning))
            sentences.append(kept % {"num": self.number(len(summary.burning))})
        return " ".join(sentences)

    def counted(self, counts: Mapping[int, int]) -> str:
        """How many at each level, the highest first."""
        return self.joined(
            self._("%(num)s at %(level)s") % {"num": self.number(counts[level]), "level": self.level(level).lower()}
            for level in sorted(counts, reverse=True)
            if counts[level]
        )

    def moved(self, entry: Entry) -> str:
        """One site's change in a sentence."""
        values = {
            "site": self.called(entry),
            "countries": self.countries(entry.site.countries),
            "before": self.level(entry.before).lower(),
            "now": self.level(entry.level).lower(),
        }
        if entry.change is Change.ROSE:
            return self._("%(site)s (%(countries)s) rose from %(before)s to %(now)s.") % values
        return self._("%(site)s (%(countries)s) eased from %(before)s to %(now)s.") % values

    def by_country(self) -> list[str]:
        """A line for each country that has a site named here; a site of several countries counts in each."""
        found: dict[str, list[Entry]] = {}
        for entry in self.summary.entries:
            for code in entry.site.countries or ("",):
                found.setdefault(code, []).append(entry)
        return [self._country(code, found[code]) for code in sorted(found, key=lambda code: _urgency(found[code]))]

    def _country(self, code: str, entries: list[Entry]) -> str:
        levels = Counter(entry.level for entry in entries if entry.level)
        changes = Counter(entry.change for entry in entries)
        told = (
            (Change.ROSE, self._("%(num)s risen")),
            (Change.BURNING, self._("%(num)s unchanged")),
            (Change.EASED, self._("%(num)s eased")),
        )
        values = {
            "country": self.country(code),
            "levels": self.counted(levels) or self._("no level"),
            "changes": self.joined(text % {"num": self.number(changes[c])} for c, text in told if changes[c]),
        }
        return self._("%(country)s: %(levels)s; %(changes)s.") % values

    def as_before(self, entry: Entry) -> str:
        """That a level is the same as it was, and when that was."""
        values = {"level": entry.level, "word": self.level(entry.level).lower(), "day": self.day(self.summary.since)}
        if (self.summary.as_of - self.summary.since).days == 1:
            return self._("Level %(level)s, %(word)s, as the day before.") % values
        return self._("Level %(level)s, %(word)s, as on %(day)s.") % values

    def history(self, entry: Entry) -> str:
        """The picture of the last days in words."""
        levels = self.summary.histories.get(entry.site.slug, ())
        if not levels:
            return ""
        runs = [(level, len(list(days))) for level, days in groupby(levels)]
        told = [
            self.ngettext("%(level)s for %(num)s day", "%(level)s for %(num)s days", length)
            % {"level": self.level(level).lower(), "num": self.number(length)}
            for level, length in runs[-RUNS_TOLD:]
        ]
        if len(runs) > RUNS_TOLD:
            told.insert(0, self._("changing at first"))
        values = {"days": self.number(len(levels)), "runs": self._(", then ").join(told)}
        return self._("The last %(days)s days: %(runs)s.") % values

    def history_picture(self, entry: Entry) -> str:
        """The same as bars; nothing when it is not known."""
        levels = self.summary.histories.get(entry.site.slug, ())
        return data_url(draw_history(levels)) if levels else ""

    def map_picture(self) -> str:
        """Where the sites are; nothing when no place may be shown."""
        dots = [
            Dot(self.summary.points[e.site.slug].lon, self.summary.points[e.site.slug].lat, e.level)
            for e in self.summary.entries
            if e.site.slug in self.summary.points
        ]
        return data_url(draw_map(dots)) if dots else ""

    def map_words(self) -> str:
        """What the map shows, for those who do not see it."""
        shown = [entry for entry in self.summary.entries if entry.site.slug in self.summary.points]
        names = [f"{self.called(e)} ({self.level(e.level).lower()})" for e in shown[:10]]
        if len(shown) > 10:
            names.append(self._("%(num)s more") % {"num": self.number(len(shown) - 10)})
        return self._("Map of the sites named here: %(names)s") % {"names": self.joined(names)}

    def reason(self, reason: Reason) -> str:
        """One report, with its age on the day of the summary."""
        return self.report(ReasonFacts.of(reason), self.summary.as_of)

    def standing(self, decision: Decision) -> str:
        """Since when, how sure, from how many."""
        values = {
            "day": self.day(decision.since),
            "sure": format_percent(decision.confidence, locale=self.locale),
            "origins": self.ngettext("%(num)s independent origin", "%(num)s independent origins", decision.origins)
            % {"num": self.number(decision.origins)},
        }
        if decision.since_at_least:
            return self._("At this level since %(day)s or longer; confidence %(sure)s, %(origins)s.") % values
        return self._("At this level since %(day)s; confidence %(sure)s, %(origins)s.") % values

    def news(self, number: int) -> str:
        """Whether anything came to what was known the day before."""
        if number == 0:
            return self._("No report that counts became known since.")
        values = {"num": self.number(number)}
        told = self.ngettext(
            "%(num)s report that counts became known since.", "%(num)s reports that count became known since.", number
        )
        return told % values

    def not_known(self, decision: Decision) -> str:
        """What nobody has said."""
        found = self.gaps(decision.not_known)
        return self._("Not known: %(things)s.") % {"things": self._("; ").join(found)} if found else ""

    def feed(self, feed: FeedLine) -> str:
        """What one feed covers, and whether its silence means anything."""
        values = {
            "feed": self.name(f"{feed.feed} {feed.release or ''}"),
            "events": self.ngettext("%(num)s event", "%(num)s events", feed.events) % {"num": self.number(feed.events)},
            "first": self.day(feed.first_event_on),
            "newest": self.day(feed.newest_event_on),
            "countries": self.joined(self.country(plain(name)) for name in feed.countries[:12])
            or self._("no country named"),
        }
        if len(feed.countries) > 12:
            values["countries"] += self._(" and %(num)s more") % {"num": self.number(len(feed.countries) - 12)}
        covers = self._("%(feed)s: %(events)s from %(first)s to %(newest)s; %(countries)s.") % values
        if feed.not_known_since is not None:
            covers += " " + self._("Not known since %(day)s.") % {"day": self.day(feed.not_known_since)}
        if not feed.is_stale(self.summary.as_of) or not feed.age_days(self.summary.as_of):
            return covers
        age = {"days": self.number(feed.age_days(self.summary.as_of) or 0)}
        return covers + " " + self._("Nothing newer for %(days)s days: its silence since then says nothing.") % age

    def site_link(self, slug: str) -> str:
        return f"{self.base}/sites/{quote(slug)}?as_of={self.summary.as_of.isoformat()}"

    def day_link(self) -> str:
        return f"{self.base}/?as_of={self.summary.as_of.isoformat()}"

    def methodology_link(self) -> str:
        return f"{self.base}/methodology"


def _urgency(entries: list[Entry]) -> tuple[int, int, str]:
    """Countries with the highest level first."""
    return (-max(entry.level for entry in entries), -len(entries), entries[0].site.name)
