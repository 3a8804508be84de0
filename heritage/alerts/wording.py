"""The words of messages in a reader's language, and the one way text and HTML are made of them; no web page needed."""

import math
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import css_inline
from babel import Locale
from babel.dates import get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from heritage.alerts.facts import ReasonFacts
from heritage.core import terms
from heritage.core.countries import country_name
from heritage.core.days import day_in_words
from heritage.core.neutral import loaded_words
from heritage.core.text import without_overrides
from heritage.flags.explanation import NotKnown, Step
from heritage.settings import data_dir

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
SOURCES_NAMED = 4
WIDTH = 76
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
FIRST_STRONG, POP = "\u2068", "\u2069"
# Control characters and marks that turn the direction of writing have no place in names that come from files.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


@dataclass(frozen=True)
class Rendered:
    """A message ready to be sent: one line of subject, text of about 76 columns, HTML that loads nothing."""

    subject: str
    text: str
    html: str


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


class Words:
    """The words of one language: days, numbers, distances, levels, and sentences about reports."""

    def __init__(self, language: str, base: str) -> None:
        self.locale = Locale.parse(language, sep="-")
        self.language = language
        self.direction = self.locale.text_direction
        self.translations = _catalogue(language)
        self._ = self.translations.ugettext
        self.ngettext = self.translations.ungettext
        self.base = base.rstrip("/")

    def name(self, value: object) -> str:
        """A name from a file; in a language that runs left, fenced off, for most names run right.

        One that takes sides stands as a quotation: it is its source's word and not ours.
        """
        text = plain(value)
        if loaded_words(text):
            text = self._("“%(words)s”") % {"words": text}
        return f"{FIRST_STRONG}{text}{POP}" if text and self.direction == "rtl" else text

    def label(self, text: str) -> str:
        """Words with the colon that leads on from them."""
        return self._("%(words)s:") % {"words": text}

    def joined(self, texts: Iterable[str]) -> str:
        """A list within a sentence."""
        return self._(", ").join(texts)

    def together(self, texts: Iterable[str]) -> str:
        """A list that ends with "and"."""
        return str(format_list(list(texts), locale=self.locale))

    def day(self, value: date | None) -> str:
        return day_in_words(value, "d MMMM y", self.locale) if value else self._("unknown day")

    def number(self, value: float, digits: int = 0) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(round(value, digits), format=pattern, locale=self.locale))

    def tenths(self, value: int) -> str:
        return str(format_decimal(value / 10, format="#,##0.#", locale=self.locale))

    def km(self, value: float) -> str:
        if round(value, 2) == 0:
            return "0"
        return self.number(value, 2 if value < 10 else 1 if value < 100 else 0)

    def country(self, code: str) -> str:
        return country_name(code, self.locale) if code else self._("country not recorded")

    def countries(self, codes: Iterable[str]) -> str:
        return self.joined(self.country(code) for code in codes) or self._("country not recorded")

    def level(self, level: int) -> str:
        return self._(terms.LEVELS[level])

    def kind(self, kind: str) -> str:
        return self._(terms.EVENT_KINDS.get(kind, terms.EVENT_KINDS["other"]))

    def moment(self, moment: datetime, zone: str | None) -> str:
        """A moment where the reader is, and in UTC; a day alone where no hour was given."""
        utc = moment.astimezone(UTC)
        # Many sources give a day only, which is kept as its first moment: no hour is told that nobody said.
        if utc.time() == time.min:
            return self.day(utc.date())
        there = _zone(zone)
        if there is None:
            return self._("%(moment)s UTC") % {"moment": self._minute(utc)}
        local = utc.astimezone(there)
        values = {
            "moment": self._minute(local),
            "city": get_timezone_location(there, locale=self.locale, return_city=True),
            "utc": self._minute(utc) if local.date() != utc.date() else f"{utc:%H:%M}",
        }
        return self._("%(moment)s, time of %(city)s (%(utc)s UTC)") % values

    def _minute(self, moment: datetime) -> str:
        values = {"day": self.day(moment.date()), "time": f"{moment:%H:%M}"}
        return self._("%(day)s, %(time)s") % values

    def age(self, day: date, as_of: date) -> str:
        """How old news of a day is on another."""
        days = (as_of - day).days
        if days <= 0:
            return self._("the same day")
        return self.ngettext("%(num)s day before", "%(num)s days before", days) % {"num": self.number(days)}

    def report(self, reason: ReasonFacts, as_of: date) -> str:
        """One report: what, how far, and who says it."""
        values = {
            "happening": self.happening(reason, as_of),
            "distance": self.distance(reason),
            "sources": self.sources(reason),
        }
        if not values["distance"]:
            return self._("%(happening)s; %(sources)s.") % values
        return self._("%(happening)s. %(distance)s; %(sources)s.") % values

    def happening(self, reason: ReasonFacts, as_of: date) -> str:
        """What, where, when, and how old that is."""
        when = self.day(reason.occurred_from)
        if reason.occurred_to != reason.occurred_from:
            when = self._("between %(first)s and %(last)s") % {"first": when, "last": self.day(reason.occurred_to)}
        values = {"kind": self.kind(reason.kind), "when": when, "age": self.age(reason.occurred_to, as_of)}
        if reason.distance_km is None:
            return self._("%(kind)s, %(when)s (%(age)s)") % values
        values["where"] = self.name(reason.place_name) or self._("a place without a name")
        return self._("%(kind)s, %(where)s, %(when)s (%(age)s)") % values

    def part_name(self, reason: ReasonFacts) -> str:
        """What the nearest part is called."""
        return reason.part_name

    def distance(self, reason: ReasonFacts) -> str:
        """How far, and how far it may be; nothing where it may not be told."""
        if reason.distance_km is None or reason.low_km is None or reason.high_km is None:
            return ""
        values = {
            "km": self.km(reason.distance_km),
            # Outwards, so that rounding never narrows what is not known.
            "low": self.tenths(math.floor(reason.low_km * 10)),
            "high": self.tenths(math.ceil(reason.high_km * 10)),
            "part": self.name(reason.part_ref),
            "name": self.name(self.part_name(reason)),
        }
        if reason.part_name:
            return self._("%(km)s km from part %(part)s, %(name)s, possibly %(low)s to %(high)s km") % values
        return self._("%(km)s km from part %(part)s, possibly %(low)s to %(high)s km") % values

    def sources(self, reason: ReasonFacts) -> str:
        """Who says it, how that is graded, and when it was reported."""
        values = {"names": self.said_by(reason), "grade": plain(reason.grade)}
        if reason.reported_at is None:
            return self._("said by %(names)s; graded %(grade)s; day of the report not known") % values
        reported = {"day": self.day(reason.reported_at.date())}
        return self._("said by %(names)s; graded %(grade)s; reported %(day)s") % {**values, **reported}

    def said_by(self, reason: ReasonFacts) -> str:
        """The names of those who say it."""
        names = [self.name(name) for name in reason.sources[:SOURCES_NAMED]]
        if len(reason.sources) > SOURCES_NAMED:
            names.append(self._("%(num)s more") % {"num": self.number(len(reason.sources) - SOURCES_NAMED)})
        # Names hold commas of their own ("…, relayed by …").
        return self.together(names) or self._("source not named")

    def clears(self, steps: Iterable[Step]) -> str:
        """What happens if nothing further is reported; nothing when no fall is in sight."""
        falls = [
            self._("to %(level)s on %(day)s") % {"level": self.level(int(step.level)).lower(), "day": self.day(step.on)}
            for step in steps
        ]
        if not falls:
            return ""
        return self._("If nothing further is reported near it, it falls %(steps)s.") % {"steps": self.together(falls)}

    def gaps(self, not_known: Iterable[NotKnown]) -> list[str]:
        """What nobody has said, thing by thing."""
        _ = self._
        names = {
            NotKnown.CAUSE: _("who or what caused it"),
            NotKnown.DAY: _("the exact day"),
            NotKnown.PLACE: _("the exact place"),
            NotKnown.EXTENT: _("the extent of the site's part"),
            NotKnown.SECOND_ORIGIN: _("whether anybody else confirms it"),
        }
        return [names[item] for item in not_known if item in names]


def _zone(name: str | None) -> ZoneInfo | None:
    """A time zone; None for UTC and for what is none: a wrong name must not keep an alert from its reader."""
    try:
        return ZoneInfo(name) if name and name not in ("UTC", "Etc/UTC") else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def render(folder: str, words: Words, values: Mapping[str, object]) -> Rendered:
    """Fill the three templates of one kind of message.

    Args:    folder: below templates/email.  values: what the templates name, beside ``words``.
    """
    environment = _environment(words.language)
    everything = {**values, "words": words}
    subject, text, html = (
        environment.get_template(f"{folder}/{name}").render(everything)
        for name in ("subject.txt", "body.txt", "body.html")
    )
    return Rendered(
        subject=" ".join(subject.split()),
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        html=_INLINER.inline(html),
    )


@cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(str(TRANSLATIONS), [language])


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(data_dir("templates") / "email"),
        autoescape=select_autoescape(["html"]),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        finalize=without_overrides,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = Words(language, "")
    environment.install_gettext_translations(words.translations, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    environment.filters.update(
        day=words.day, number=words.number, km=words.km, country=words.country, wrap=wrap, plain=words.name
    )
    return environment
