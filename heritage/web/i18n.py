"""Language of a page: which one is asked for, and days, numbers, distances and countries written its way."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale, gettext
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from heritage.core import countries
from heritage.core.days import day_in_words
from heritage.core.text import without_overrides

LEFT_TO_RIGHT, POP, WORD_JOINER, NO_BREAK = "\u2066", "\u2069", "\u2060", "\u00a0"
# What is written the same in every language: a date, a number, a name of a field, the number of a decision.
_CODE = re.compile(r"\d+ [A-Z]{2,}\b(?: \d[\w.]*)?|(?:(?<![\w)])-)?[\[A-Za-z0-9][\w\[\]./:?%+~-]*", re.ASCII)
# A space before a French mark, or behind what opens a quotation.
_APART = re.compile(r"(?<=«) (?=\S)| (?=»)| (?=[:;?!](?:[\s)\]…]|$))")
_WHOLE = re.compile(r"(?=.*[0-9_]).*[-/:\[_?]", re.ASCII)
LANGUAGES = ("en", "fr", "ar")
LANGUAGE_NAMES = {"en": "English", "fr": "Français", "ar": "العربية"}
TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"


def choose_language() -> str:
    """The language of the request: `?lang=`, else the browser's wish, else English."""
    if not has_request_context():
        return LANGUAGES[0]
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    # By the first part of each wish: who wants ar-SY before en is not served in English.
    wanted = (wish.split("-")[0].lower() for wish, quality in request.accept_languages if quality > 0)
    return next((language for language in wanted if language in LANGUAGES), LANGUAGES[0])


class _Typeset(Domain):  # type: ignore[misc]  # flask-babel has no types
    """Texts for pages: in French a mark stays on the line of the word before it."""

    def get_translations(self) -> Any:
        """The texts of the present language, set once when they are first read."""
        found = super().get_translations()
        if str(get_locale()) == "fr" and not hasattr(found, "typeset"):
            found._catalog = {key: held_together(text) for key, text in found._catalog.items()}  # noqa: SLF001  # gettext offers no other way to them all
            found.typeset = True
        return found


def held_together(text: str) -> str:
    """French words with the marks that stand apart from them: no line begins with one, or ends with what opens it."""
    return _APART.sub("\u00a0", text)


def init_app(app: Flask) -> None:
    """Install Flask-Babel and the filters templates write days and numbers with."""
    babel = Babel(app, locale_selector=choose_language, default_translation_directories=str(TRANSLATIONS))
    babel.domain_instance = _Typeset()
    app.jinja_env.filters.update(
        day=day_text, day_short=day_short, moment=moment_text, number=number_text, km=km_text, country=country_name,
        language=language_name, span=span_text, km_range=km_range_text,
        km_rough=km_rough_text, tick=tick_text, duration=duration_text, codes=with_codes,
    )  # fmt: skip
    # Texts come from anywhere; each is shown without what would turn the text around it.
    app.jinja_env.globals.update(count_range=count_range)
    # With the context, and without optimising: what stands for certain in a template would otherwise be worked out
    # once, in the language of its first reader.
    app.jinja_env.finalize = _finalize
    app.jinja_env.optimized = False
    app.context_processor(_page_language)


@pass_context
def _finalize(_context: Context, value: object) -> object:
    return without_overrides(value)


def _page_language() -> dict[str, object]:
    locale = get_locale() or Locale("en")
    return {"language": locale.language, "direction": locale.text_direction, "LANGUAGE_NAMES": LANGUAGE_NAMES}


def page_language() -> str:
    """The language of the page at hand, one of LANGUAGES."""
    return str(_locale().language)


def _locale() -> Locale:
    return get_locale() or Locale("en")


def day_text(day: date | None) -> str:
    """A day in words: 21 May 2015. Nothing for None."""
    return day_in_words(day, "d MMMM y", _locale()) if day else ""


def day_short(day: date | None) -> str:
    """A day in little room: 21 May 2015 with the month cut short."""
    return day_in_words(day, "d MMM y", _locale()) if day else ""


def moment_text(moment: datetime | None) -> str:
    """A moment to the minute, always UTC and said so."""
    if moment is None:
        return ""
    # Many sources give a day only, which is kept as its first moment: no hour is shown that nobody said.
    if moment.time() == time.min:
        return day_text(moment.date())
    utc = moment.astimezone(UTC)
    written = gettext("%(day)s, %(time)s", day=day_in_words(utc.date(), "d MMM y", _locale()), time=f"{utc:%H:%M}")
    return f"{written} UTC"


def span_text(first: date | None, last: date | None) -> str:
    """A range of days; one day when both are the same, a month or a year when it is exactly that."""
    if first is None or last is None:
        return day_text(first or last)
    if first == last:
        return day_text(first)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return str(first.year)
    if first.day == 1 and (last + timedelta(days=1)).day == 1 and (first.year, first.month) == (last.year, last.month):
        return str(format_date(first, "MMMM y", locale=_locale()))
    same_month = (first.year, first.month) == (last.year, last.month)
    start = day_in_words(first, "d" if same_month else "d MMM y", _locale())
    return f"{start}–{day_in_words(last, 'd MMM y', _locale())}"


def duration_text(length: timedelta) -> str:
    """A length of time in one unit: 15 minutes, 3 days."""
    return str(format_timedelta(length, threshold=1.5, locale=_locale()))


def tick_text(day: date, is_year: bool) -> str:
    """The label of a time line's tick: a month, or a year where one begins."""
    return str(day.year) if is_year else str(format_date(day, "LLL", locale=_locale()))


def number_text(value: float | None, digits: int = 0) -> str:
    """A number with the language's own marks. Nothing for None."""
    if value is None:
        return ""
    return str(
        format_decimal(round(value, digits), format="#,##0" + ("." + "0" * digits if digits else ""), locale=_locale())
    )


def count_range(low: int, high: int) -> str:
    """How many, or between how many, with the language's own marks."""
    return number_text(low) if low == high else f"{number_text(low)}–{number_text(high)}"


def km_text(value: float | None) -> str:
    """A distance: two decimals below ten kilometres, one below a hundred, none beyond."""
    if value is None:
        return ""
    if round(value, 2) == 0:
        return str(gettext("%(number)s km", number="0"))
    return str(gettext("%(number)s km", number=number_text(value, 2 if value < 10 else 1 if value < 100 else 0)))


def km_range_text(low: float | None, high: float | None) -> str:
    """A range of distances, to a tenth below a hundred kilometres."""
    if low is None or high is None:
        return ""
    ends = [number_text(value, 0 if value >= 100 or round(value, 1) == int(value) else 1) for value in (low, high)]
    if _locale().text_direction == "rtl":
        # Low stands left of high in every script, as on a ruler; without the marks a line that runs left would swap
        # them, and broken after the dash it would part them. The unit follows in the direction of the line.
        figures = f"{LEFT_TO_RIGHT}{ends[0]}–{WORD_JOINER}{ends[1]}{POP}"
        return str(gettext("%(number)s km", number=figures))
    # A line ends neither after the dash nor before the unit.
    figures = str(gettext("%(low)s–%(high)s km", low=ends[0], high=ends[1]))
    return figures.replace("–", f"–{WORD_JOINER}").replace(" ", NO_BREAK)


def km_rough_text(value: float | None) -> str:
    """A radius or another rough distance: a tenth below ten kilometres, without noughts behind."""
    if value is None:
        return ""
    digits = 0 if value >= 10 or round(value, 1) == int(value) else 1
    return str(gettext("%(number)s km", number=number_text(value, digits)))


def with_codes(text: object) -> Markup:
    """A sentence whose codes stay whole and run from left to right, such as 2015-05-20? or 37 COM 7B.57."""
    rtl = _locale().text_direction == "rtl"

    def kept(found: re.Match[str]) -> str:
        code = found[0].rstrip(".:")
        rest = found[0][len(code) :]
        if _WHOLE.match(code) and " " not in code:
            return f'<bdi class="nowrap" dir="ltr">{code}</bdi>{rest}'
        return f'<bdi dir="ltr">{code}</bdi>{rest}' if rtl and " " in code else found[0]

    # What is escaped holds "&#39;" and the like, whose figures are no code.
    parts = re.split(r"(&[#\w]+;)", str(escape(text)))
    return Markup("".join(part if part.startswith("&") else _CODE.sub(kept, part) for part in parts))  # noqa: S704  # escaped


def country_name(code: str) -> str:
    """A country's name in the page's language; the code itself when it is no known one."""
    return countries.country_name(code, _locale())


def language_name(code: str | None) -> str:
    """A language's name in the page's language."""
    if not code:
        return ""
    try:
        return Locale.parse(code, sep="-").get_language_name(_locale()) or code
    except (ValueError, UnknownLocaleError):
        return code
