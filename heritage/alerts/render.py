"""The summary in words: subject, text and HTML, saying the same, in the reader's language."""

from urllib.parse import quote

from babel.numbers import format_percent

from heritage.alerts.domain import FeedLine, Summary
from heritage.alerts.facts import ReasonFacts
from heritage.alerts.wording import Rendered, Words, plain, render
from heritage.flags.explanation import Decision, Reason

# A digest is read on a telephone: what goes beyond these is counted and linked.
ENTRIES_SHOWN = 25
REASONS_SHOWN = 3


def render_summary(summary: Summary, *, public_url: str, language: str = "en") -> Rendered:
    """Write a summary.

    Args:    public_url: the address links begin with.  language: of words, days and numbers; English where words lack.
    Returns: one line of subject, text of at most about 76 columns, HTML with its styles inline and nothing loaded.
    """
    words = SummaryWords(language, public_url, summary)
    return render("digest", words, {"s": summary, "entries_shown": ENTRIES_SHOWN, "reasons_shown": REASONS_SHOWN})


class SummaryWords(Words):
    """Sentences that text and HTML of a summary share."""

    def __init__(self, language: str, base: str, summary: Summary) -> None:
        super().__init__(language, base)
        self.summary = summary

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
