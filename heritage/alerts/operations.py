"""Letters about the running of the program: plain, marked apart from what is said of sites, never about a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from babel.dates import format_timedelta

from heritage.alerts.wording import Rendered, Words, plain, render


class Trouble(StrEnum):
    """What may be wrong, the gravest first."""

    CHAIN_BROKEN = "chain_broken"
    DISK_FULL = "disk_full"
    CLOCK_DRIFT = "clock_drift"
    MAIL_FAILING = "mail_failing"
    QUEUE_GROWING = "queue_growing"
    FEED_QUARANTINED = "feed_quarantined"
    FEED_CREDENTIALS = "feed_credentials"
    FEED_FAILING = "feed_failing"
    FEED_STALE = "feed_stale"
    FEED_GAP = "feed_gap"
    OTHER = "other"


# Found by looking: nobody knows how long it had been so.
NOTICED = frozenset({Trouble.CHAIN_BROKEN, Trouble.DISK_FULL, Trouble.CLOCK_DRIFT})


@dataclass(frozen=True)
class Alarm:
    """One thing that is wrong.

    since: since when, or for what leaves no trace of its beginning (``NOTICED``) when it was found.
    name: of the feed, job or machine it is about.  count: how many wait or fail, which entry, how many bytes are free.
    differs: how far a clock is off.  detail: for a technician; it holds no address of anybody and nothing sealed.
    """

    trouble: Trouble
    since: datetime
    name: str = ""
    count: int | None = None
    differs: timedelta = timedelta(0)
    detail: str = ""


def render_operations(
    alarms: Sequence[Alarm], language: str = "en", *, public_url: str, time_zone: str | None = None
) -> Rendered:
    """Write to whoever keeps the program running.

    Args:    alarms: at least one, in any order.  public_url: the address links begin with.
    Returns: a letter with the gravest first; its subject is marked as no alert.
    """
    order = list(Trouble)
    ranked = sorted(alarms, key=lambda alarm: (order.index(alarm.trouble), alarm.since))
    words = OperationsWords(language, public_url, time_zone)
    return render("operations", words, {"alarms": ranked})


class OperationsWords(Words):
    """Sentences about what is wrong."""

    def __init__(self, language: str, base: str, time_zone: str | None) -> None:
        super().__init__(language, base)
        self.time_zone = time_zone

    def trouble(self, alarm: Alarm) -> str:
        """One alarm in a sentence."""
        _, count = self._, alarm.count or 0
        values = {
            "name": self.name(alarm.name),
            "num": self.number(count),
            "entry": count,
            "free": self.number(count / 1e9, 1),
            "time": format_timedelta(alarm.differs, threshold=1.5, locale=self.locale),
        }
        sentences = {
            Trouble.CHAIN_BROKEN: _("The record of who did what does not hold together from entry %(entry)s on."),
            Trouble.DISK_FULL: _("The disk of %(name)s is nearly full: %(free)s GB are free."),
            Trouble.CLOCK_DRIFT: _("The clocks of %(name)s and of the database differ by %(time)s."),
            Trouble.MAIL_FAILING: self.ngettext(
                "%(num)s message could not be delivered.", "%(num)s messages could not be delivered.", count
            ),
            Trouble.QUEUE_GROWING: self.ngettext(
                "%(num)s job waits, longer than it should.", "%(num)s jobs wait, longer than they should.", count
            ),
            Trouble.FEED_QUARANTINED: _("What %(name)s sent last is out of the ordinary: it was put aside."),
            Trouble.FEED_CREDENTIALS: _("%(name)s does not accept the key it is asked with."),
            Trouble.FEED_FAILING: _("%(name)s cannot be reached or read."),
            Trouble.FEED_STALE: _("%(name)s has been silent for too long. Its silence is not peace."),
            Trouble.FEED_GAP: _("Something that %(name)s published may be missing here."),
            Trouble.OTHER: _("%(name)s needs somebody to look at it."),
        }
        return sentences[alarm.trouble] % values

    def since(self, alarm: Alarm) -> str:
        """Since when, or when it was found."""
        words = self._("Found on %(moment)s.") if alarm.trouble in NOTICED else self._("Since %(moment)s.")
        return words % {"moment": self.moment(alarm.since, self.time_zone)}

    def detail(self, alarm: Alarm) -> str:
        """What a technician may want to know."""
        return plain(alarm.detail)[:500]

    def pages(self) -> list[tuple[str, str]]:
        """Where to look."""
        query = f"?lang={self.language}"
        return [
            (self._("Feeds"), f"{self.base}/feeds{query}"),
            (self._("Jobs"), f"{self.base}/jobs{query}"),
        ]
