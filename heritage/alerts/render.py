"""The summary in words: subject, text and HTML, saying the same, in the reader's language."""

import math
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

import css_inline
from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from heritage.alerts.domain import FeedLine, Summary
from heritage.core.countries import country_name
from heritage.flags.explanation import Decision, NotKnown
from heritage.flags.reports import Report
from heritage.settings import data_dir

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
# A digest is read on a telephone: what goes beyond these is counted and linked.
ENTRIES_SHOWN = 25
REASONS_SHOWN = 3
WIDTH = 76
FIRST_STRONG, POP = "\u2068", "\u2069"
# Control characters and marks that turn the direction of writing have no place in names that come from files.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True)
class Rendered:
    """A summary ready to be sent."""

    subject: str
    text: str
    html: str


def render_summary(summary: Summary, *, public_url: str, language: str = "en") -> Rendered:
    """Write a summary.

    Args:    public_url: the address links begin with.  language: of words, days and numbers; English where words lack.
    Returns: one line of subject, text of at most about 76 columns, HTML with its styles inline and nothing loaded.
    """
    words = _Words(language, public_url.rstrip("/"), summary)
    environment = _environment(words)
    values = {"s": summary, "entries_shown": ENTRIES_SHOWN, "reasons_shown": REASONS_SHOWN, "words": words}
    subject, text, html = (
        environment.get_template(f"digest/{name}").render(values) for name in ("subject.txt", "body.txt", "body.html")
    )
    return Rendered(
        subject=" ".join(subject.split()),
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        html=css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True).inline(html),
    )


def _environment(words: "_Words") -> Environment:
    environment = Environment(
        loader=FileSystemLoader(data_dir("templates") / "email"),
        autoescape=select_autoescape(["html"]),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = words.translations
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    environment.filters.update(
        day=words.day, number=words.number, km=words.km, country=words.country, wrap=wrap, plain=words.name
    )
    return environment


def plain(value: object) -> str:
    """A name from a file as it may stand in a message: one line, no unseen marks."""
    return " ".join(_UNSEEN.sub(" ", str(value)).split())


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """One paragraph of text in lines of bounded width; addresses are never broken."""
    return textwrap.fill(
        " ".join(str(text).split()),
        WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


class _Words:
    """The words of one language, and the sentences that text and HTML share."""

    def __init__(self, language: str, base: str, summary: Summary) -> None:
        self.locale = Locale.parse(language, sep="-")
        self.language = language
        self.direction = self.locale.text_direction
        self.translations: NullTranslations = Translations.load(str(TRANSLATIONS), [language])
        self._ = self.translations.ugettext
        self.ngettext = self.translations.ungettext
        self.base = base
        self.summary = summary

    def name(self, value: object) -> str:
        """A name from a file; in a language that runs left, fenced off, for most names run right."""
        text = plain(value)
        return f"{FIRST_STRONG}{text}{POP}" if text and self.direction == "rtl" else text

    def joined(self, texts: Iterable[str]) -> str:
        """A list within a sentence."""
        return self._(", ").join(texts)

    def report(self, report: Report) -> str:
        """One report: what, how far, and who says it."""
        values = {
            "happening": self.happening(report),
            "distance": self.distance(report),
            "sources": self.sources(report),
        }
        return self._("%(happening)s. %(distance)s; %(sources)s.") % values

    def day(self, value: date | None) -> str:
        return format_date(value, "d MMMM y", locale=self.locale) if value else self._("unknown day")

    def number(self, value: float, digits: int = 0) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(round(value, digits), format=pattern, locale=self.locale))

    def tenths(self, value: int) -> str:
        return str(format_decimal(value / 10, format="#,##0.#", locale=self.locale))

    def km(self, value: float) -> str:
        return self.number(value, 2 if value < 10 else 1 if value < 100 else 0)

    def country(self, code: str) -> str:
        return country_name(code, self.locale) if code else self._("country not recorded")

    def countries(self, codes: tuple[str, ...]) -> str:
        return self.joined(self.country(code) for code in codes) or self._("country not recorded")

    def level(self, level: int) -> str:
        _ = self._
        return (_("None"), _("Watch"), _("Advisory"), _("Warning"), _("Critical"))[level]

    def kind(self, kind: str) -> str:
        _ = self._
        names = {
            "fighting": _("Fighting"),
            "non_state_fighting": _("Fighting between armed groups"),
            "violence_against_civilians": _("Violence against civilians"),
            "air_strike": _("Air strike"),
            "shelling": _("Shelling"),
            "explosion": _("Explosion"),
            "control_change": _("Change of control"),
            "looting": _("Looting"),
            "deliberate_destruction": _("Deliberate destruction"),
        }
        return names.get(kind, _("Incident of another kind"))

    def age(self, day: date) -> str:
        days = (self.summary.as_of - day).days
        if days <= 0:
            return self._("the same day")
        return self.ngettext("%(num)s day before", "%(num)s days before", days) % {"num": self.number(days)}

    def happening(self, report: Report) -> str:
        """What, where, when, and how old that is."""
        where = self.name(report.place_name) or self._("a place without a name")
        when = self.day(report.occurred_from)
        if report.occurred_to != report.occurred_from:
            when = self._("between %(first)s and %(last)s") % {"first": when, "last": self.day(report.occurred_to)}
        values = {"kind": self.kind(report.kind), "where": where, "when": when, "age": self.age(report.occurred_to)}
        return self._("%(kind)s, %(where)s, %(when)s (%(age)s)") % values

    def distance(self, report: Report) -> str:
        """How far, and how far it may be."""
        values = {
            "km": self.km(report.distance_km),
            # Outwards, so that rounding never narrows what is not known.
            "low": self.tenths(math.floor(report.low_km * 10)),
            "high": self.tenths(math.ceil(report.high_km * 10)),
            "part": self.name(report.part_ref),
        }
        return self._("%(km)s km from part %(part)s, possibly %(low)s to %(high)s km") % values

    def sources(self, report: Report) -> str:
        """Who says it, how that is graded, and when it was reported."""
        names = [self.name(name) for name in report.sources[:4]]
        if len(report.sources) > 4:
            names.append(self._("%(num)s more") % {"num": self.number(len(report.sources) - 4)})
        said = self.joined(names) or self._("source not named")
        values = {"names": said, "grade": f"{report.reliability}{report.credibility}"}
        if report.reported_at is None:
            return self._("said by %(names)s; graded %(grade)s; day of the report not known") % values
        reported = {"day": self.day(report.reported_at.date())}
        return self._("said by %(names)s; graded %(grade)s; reported %(day)s") % {**values, **reported}

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

    def clears(self, decision: Decision) -> str:
        """What happens if nothing further is reported."""
        steps = [
            self._("to %(level)s on %(day)s") % {"level": self.level(int(step.level)).lower(), "day": self.day(step.on)}
            for step in decision.clears
        ]
        if not steps:
            return ""
        together = format_list(steps, locale=self.locale)
        return self._("If nothing further is reported near it, it falls %(steps)s.") % {"steps": together}

    def not_known(self, decision: Decision) -> str:
        """What nobody has said."""
        _ = self._
        names = {
            NotKnown.CAUSE: _("who or what caused it"),
            NotKnown.DAY: _("the exact day"),
            NotKnown.PLACE: _("the exact place"),
            NotKnown.EXTENT: _("the extent of the site's part"),
            NotKnown.SECOND_ORIGIN: _("whether anybody else confirms it"),
        }
        found = [names[item] for item in decision.not_known if item in names]
        return _("Not known: %(things)s.") % {"things": _("; ").join(found)} if found else ""

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
        if not feed.is_stale(self.summary.as_of):
            return covers
        age = {"days": self.number(feed.age_days(self.summary.as_of) or 0)}
        return covers + " " + self._("Nothing newer for %(days)s days: its silence since then says nothing.") % age

    def site_link(self, slug: str) -> str:
        return f"{self.base}/sites/{quote(slug)}?as_of={self.summary.as_of.isoformat()}"

    def day_link(self) -> str:
        return f"{self.base}/?as_of={self.summary.as_of.isoformat()}"

    def methodology_link(self) -> str:
        return f"{self.base}/methodology"
