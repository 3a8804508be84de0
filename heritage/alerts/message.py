"""One step of a thread in words: Alert, Update, Cancel, correction or exercise, for one reader."""

from urllib.parse import quote

from heritage.alerts.facts import AlertFacts, MessageType, ReasonFacts, Reference, SiteFacts, StaleFeed
from heritage.alerts.wording import Rendered, Words, plain, render
from heritage.core.neutral import loaded_words
from heritage.core.terms import CREDIBILITIES, RELIABILITIES

__all__ = [
    "AlertFacts",
    "MessageType",
    "ReasonFacts",
    "Reference",
    "Rendered",
    "SiteFacts",
    "StaleFeed",
    "render_alert",
    "title",
]

# A message is read on a telephone, at night: what goes beyond these is counted and linked.
REASONS_SHOWN = 8
PARTS_SHOWN = 6
TITLE_NAME_CHARS = 70


def render_alert(
    facts: AlertFacts, language: str, *, public_url: str, stop_url: str | None = None, time_zone: str | None = None
) -> Rendered:
    """Write one step of a thread for one reader.

    Args:    language: "en", "fr" or "ar".  public_url: the address links begin with.  stop_url: where the reader ends
             the subscription.  time_zone: an IANA name; times are told there and in UTC.
    Returns: one line of subject that takes no side, text, and HTML that says the same.
    """
    words = AlertWords(language, public_url, facts, time_zone)
    return render("alert", words, {"f": facts, "stop_url": stop_url})


def title(facts: AlertFacts, language: str) -> str:
    """The subject of a step without the mark of an exercise, for documents that mark it in a field of their own."""
    return AlertWords(language, "", facts, None).headline()


class AlertWords(Words):
    """Sentences that text, HTML, CAP and Atom of one step share."""

    def __init__(self, language: str, base: str, facts: AlertFacts, time_zone: str | None) -> None:
        super().__init__(language, base)
        self.facts, self.time_zone = facts, time_zone

    def site(self) -> str:
        """The site's name as the body tells it."""
        return self.name(self.facts.site.name(self.language))

    def title_name(self) -> str:
        """The site's name as a title may hold it: short, and its number instead of a name that takes a side."""
        name = plain(self.facts.site.name(self.language))
        if loaded_words(name):
            return self._("site no. %(number)s") % {"number": plain(self.facts.site.id_no)}
        if len(name) > TITLE_NAME_CHARS:
            name = name[: TITLE_NAME_CHARS - 1].rsplit(" ", 1)[0] + "…"
        return self.name(name)

    def headline(self) -> str:
        """What happened to the level, and where; the level first, for a telephone shows forty letters."""
        facts, _ = self.facts, self._
        values = {
            "level": facts.level,
            "word": self.level(facts.level),
            "low": self.level(facts.level).lower(),
            "before": facts.from_level,
            "place": _("%(site)s (%(countries)s)")
            % {"site": self.title_name(), "countries": self.countries(facts.site.countries)},
        }
        if facts.msg_type is MessageType.CANCEL:
            if facts.correction:
                return _("Withdrawn: %(place)s, now level %(level)s, %(low)s") % values
            return _("Ended: %(place)s, now level %(level)s, %(low)s") % values
        if facts.correction:
            return _("Correction: level %(level)s, %(low)s, was %(before)s: %(place)s") % values
        if facts.msg_type is MessageType.ALERT:
            return _("%(word)s, level %(level)s: %(place)s") % values
        if facts.level == facts.from_level:
            return _("Update: still level %(level)s, %(low)s: %(place)s") % values
        return _("Update: now level %(level)s, %(low)s, was %(before)s: %(place)s") % values

    def subject(self) -> str:
        """The subject of the mail."""
        if self.facts.exercise:
            return self._("Exercise: %(headline)s") % {"headline": self.headline()}
        return self.headline()

    def kind_of_message(self) -> str:
        """Which step of a thread this is, in a word."""
        _ = self._
        if self.facts.correction:
            return _("Correction")
        kinds = {
            MessageType.ALERT: _("Alert"),
            MessageType.UPDATE: _("Update"),
            MessageType.CANCEL: _("End of the alert"),
        }
        return kinds[self.facts.msg_type]

    def change(self) -> str:
        """The level and what it was."""
        facts = self.facts
        values = {
            "level": facts.level,
            "word": self.level(facts.level).lower(),
            "before": facts.from_level,
            "before_word": self.level(facts.from_level).lower(),
        }
        if facts.level == facts.from_level:
            return self._("Level %(level)s of 4, %(word)s, as in the message before.") % values
        return self._("Level %(level)s of 4, %(word)s; before: %(before)s, %(before_word)s.") % values

    def sure(self) -> str:
        """Since when, and on how many independent origins it rests."""
        origins = {origin for reason in self.facts.reasons for origin in reason.origins}
        sentences = []
        if self.facts.since and self.facts.level:
            sentences.append(self._("At this level since %(day)s.") % {"day": self.day(self.facts.since)})
        if origins:
            text = self.ngettext(
                "The reports come from %(num)s independent origin.",
                "The reports come from %(num)s independent origins.",
                len(origins),
            )
            sentences.append(text % {"num": self.number(len(origins))})
        return " ".join(sentences)

    def correction(self) -> str:
        """What a correction is for."""
        if not self.facts.correction:
            return ""
        return self._(
            "An earlier message of this thread rested on reports that have since been withdrawn or changed. "
            "Please take what stands here in its place, and tell those to whom you passed it on."
        )

    def ended(self) -> str:
        """What the end of an alert does not mean."""
        if self.facts.msg_type is not MessageType.CANCEL:
            return ""
        return self._("The alert has ended. That is no word on safety: it says only that too little is reported.")

    def shown(self) -> tuple[ReasonFacts, ...]:
        """The reports a message lists, each once, with its nearest part."""
        return self._reports()[:REASONS_SHOWN]

    def listed(self) -> tuple[ReasonFacts, ...]:
        """Every report kept, each once: what a page has room for."""
        return self._reports()

    def _reports(self) -> tuple[ReasonFacts, ...]:
        first: dict[object, ReasonFacts] = {}
        for number, reason in enumerate(self.facts.reasons):
            first.setdefault(number if reason.incident_id is None else ("report", reason.incident_id), reason)
        return tuple(first.values())

    def reports_total(self) -> int:
        """How many reports count, listed or not."""
        return len(self._reports()) + self.facts.reports_more

    def further(self, reason: ReasonFacts) -> str:
        """The further parts that one report is near, in one sentence, nearest first; nothing when there are none."""
        near = [
            other
            for other in self.facts.reasons
            if other is not reason and other.incident_id is not None and other.incident_id == reason.incident_id
        ]
        parts = [self._part(other) for other in near[:PARTS_SHOWN] if other.distance_km is not None]
        if not parts:
            return ""
        if len(near) > PARTS_SHOWN:
            more = len(near) - PARTS_SHOWN
            parts.append(self.ngettext("%(num)s more part", "%(num)s more parts", more) % {"num": self.number(more)})
        # Names of parts hold commas of their own ("Jebel Zawiyé 2, Rouweiha").
        return self._("Also near: %(parts)s.") % {"parts": self._("; ").join(parts)}

    def part_name(self, reason: ReasonFacts) -> str:
        """What the nearest part is called; the one that stands for the whole site as the site is."""
        site = self.facts.site
        own = {site.names.get(code) for code in ("en", "")} - {None}
        return site.name(self.language) if reason.part_name in own else reason.part_name

    def _part(self, reason: ReasonFacts) -> str:
        values = {
            "km": self.km(reason.distance_km or 0.0),
            "part": self.name(reason.part_ref),
            "name": self.name(self.part_name(reason)),
        }
        if reason.part_name:
            return self._("%(name)s (%(part)s) at %(km)s km") % values
        return self._("part %(part)s at %(km)s km") % values

    def more(self) -> str:
        """How many reports it does not list; around a place that is not public that is not told."""
        if self.facts.withheld:
            return ""
        number = self.facts.reports_more + max(0, len(self._reports()) - REASONS_SHOWN)
        if not number:
            return ""
        return self.ngettext("and %(num)s more report", "and %(num)s more reports", number) % {
            "num": self.number(number)
        }

    def what(self, reason: ReasonFacts) -> str:
        """What is reported, where, when."""
        return self.happening(reason, self.facts.as_of)

    def far(self, reason: ReasonFacts) -> str:
        """How far, as sentences: the nearest part with its range, then the further ones."""
        distance = self.distance(reason)
        if not distance:
            return ""
        nearest = f"{distance[:1].upper()}{distance[1:]}."
        return " ".join(sentence for sentence in (nearest, self.further(reason)) if sentence)

    def who(self, reason: ReasonFacts) -> str:
        """Who says it, with the grade in words, and when."""
        values = {"names": self.said_by(reason), "grade": self.grade(reason.grade)}
        if self.facts.withheld:
            # A source's name may hold a town's.
            values["names"] = self._("sources not named here")
        if reason.reported_at is None:
            return self._("Said by %(names)s. Grade %(grade)s. When it was reported is not known.") % values
        reported = {"moment": self.moment(reason.reported_at, self.time_zone)}
        return self._("Said by %(names)s. Grade %(grade)s. Reported %(moment)s.") % {**values, **reported}

    def grade(self, grade: str) -> str:
        """A grade with its words."""
        reliability = RELIABILITIES.get(grade[:1])
        credibility = CREDIBILITIES.get(int(grade[1:])) if grade[1:].isdigit() else None
        if reliability is None or credibility is None:
            return plain(grade)
        return self._("%(grade)s (%(reliability)s; %(credibility)s)") % {
            "grade": grade,
            "reliability": self._(reliability),
            "credibility": self._(credibility),
        }

    def unknowns(self) -> list[str]:
        """What is not known: of the reports, of damage, of feeds that are silent."""
        found = [gap[:1].upper() + gap[1:] + "." for gap in self.gaps(self.facts.not_known)]
        if not self.facts.reasons:
            found.append(self._("Whether it is quiet there, or only unreported."))
        found.append(self._("Whether anything is damaged: a level speaks of reported fighting, never of damage."))
        return found + [self.stale(feed) for feed in self.facts.stale_feeds]

    def stale(self, feed: StaleFeed) -> str:
        """A feed whose silence says nothing."""
        if feed.newest_event_on is None:
            return self._("%(feed)s holds no event: its silence says nothing.") % {"feed": self.name(feed.feed)}
        values = {"feed": self.name(feed.feed), "day": self.day(feed.newest_event_on)}
        return self._("%(feed)s holds nothing newer than %(day)s: its silence since then says nothing.") % values

    def end(self) -> str:
        """What would end it."""
        falls = self.clears(self.facts.clears)
        if falls or not self.facts.level:
            return falls
        return self._("It falls when the reports grow old and nothing further is reported near it.")

    def decided(self) -> str:
        """When this was decided, in which thread."""
        values = {
            "moment": self.moment(self.facts.decided_at, self.time_zone),
            "thread": self.name(self.facts.thread),
            "step": self.number(self.facts.step),
            "rules": self.name(self.facts.rule_version),
        }
        if self.facts.rule_version:
            return self._("Decided %(moment)s; thread %(thread)s, message %(step)s; rules %(rules)s.") % values
        return self._("Decided %(moment)s; thread %(thread)s, message %(step)s.") % values

    def site_link(self) -> str:
        """The dossier as of the day judged, in the reader's language."""
        day = self.facts.as_of.isoformat()
        return f"{self.base}/sites/{quote(self.facts.site.slug)}?as_of={day}&lang={self.language}"

    def thread_link(self) -> str:
        """The page of the thread."""
        return f"{self.base}/alerts/{quote(self.facts.thread)}?lang={self.language}"

    def methodology_link(self) -> str:
        """How levels are decided."""
        return f"{self.base}/methodology?lang={self.language}"
