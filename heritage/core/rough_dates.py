"""Times as people say them: "yesterday evening", "vers 2013", "قبل يومين" as EDTF, or nothing when not understood."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta

from heritage.core import rough_words as words
from heritage.core.dates import EDTFDate, parse_edtf
from heritage.core.errors import InvalidInput

MOST_CHARS = 200
# A day and month without a year is the last such day; when that is long ago the year is doubted.
_SURELY_THIS_YEAR = timedelta(days=183)
_FEW_DAYS = (7, 2)
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_LETTERS = str.maketrans("أإآىةؤئ’ʼ،–—", "ااايهوي'',--")


def read_rough(raw: str, today: date) -> EDTFDate | None:
    """Understand a time as a person wrote it.

    Args:    raw: English, French or Arabic words, a written date, or EDTF.  today: the day on which it was said, where
             it was said: what "yesterday" counts from.
    Returns: the date with `raw` as given; None when it is not understood, so that the words are kept and asked about.
             What was inferred (a weekday, a far year) is marked uncertain, what was said to be rough approximate.
    """
    if not raw.strip() or len(raw) > MOST_CHARS:
        return None
    text = _plain(raw)
    if re.match(r"[\d\[{.]", text) and (exact := _edtf(raw.strip().translate(_DIGITS))):
        return exact
    try:
        found = _read(text, today)
        return replace(parse_edtf(found), raw=raw) if found else None
    except (InvalidInput, ValueError, OverflowError):
        return None


def _edtf(text: str) -> EDTFDate | None:
    try:
        return parse_edtf(text)
    except InvalidInput:
        return None


def _plain(text: str) -> str:
    """Lower case, without accents, marks and letter variants; blanks single."""
    text = text.translate(_DIGITS).translate(_LETTERS).lower()
    bare = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c) and c != "\u0640")
    kept = (c for c in bare if unicodedata.category(c) != "Cf")
    return " ".join("".join(kept).replace(",", " ").split())


def _any(choices: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(choices, key=len, reverse=True)) + ")"


_EDGE, _END = r"(?<![\w'])", r"(?![\w'])"


def _word(choices: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f"{_EDGE}{_any(choices)}{_END}")


_ABOUT, _PERHAPS = _word(words.ABOUT), _word(words.PERHAPS)
_CLOCK = r"\d{1,2}(?::\d{2}|\s*h(?:eures?)?\s*(?:\d{2})?|\s*(?:am|pm|a\.m\.|p\.m\.|o'clock))(?:\s*(?:am|pm))?"
_HOUR = re.compile(
    f"{_EDGE}(?:(?:{_any(words.ABOUT)}|at|a|in the|in|the|this|towards|before|after|le|la|de|du|dans|"
    "في|الساعه|عند|قبل|بعد)\\s+)*"
    f"(?:{_any(words.HOURS)}|{_CLOCK}|الساعه\\s+\\d{{1,2}}|(?<=at\\s)\\d{{1,2}}){_END}"
)
_OPENERS = _word(("between", "from", "entre", "du", "depuis le", "de", "بين", "من"))
_JOINERS = re.compile(
    r"\s(?:and|to|until|till|et|au|a|jusqu'au|jusqu'a|و|الي|حتي|-)\s+|\s+و(?=\d|\w)|(?<=\s\d\d)-(?=\d\d?\s)|(?<=\s\d)-(?=\d\d?\s)"
)
_SINCE = re.compile(r"^(?:since|from|starting|ever since|depuis|a partir du|a partir de|منذ|ابتداء من)\s+(?P<rest>.+)$")
_BEFORE = re.compile(r"^(?:before|until|till|up to|by|avant|jusqu'au|jusqu'a|jusqu'en|قبل|حتي)\s+(?P<rest>.+)$")
_OR = re.compile(r"\s(?:or|ou|او)\s")
_NUMBER = rf"(?P<number>\d{{1,3}}|{_any(words.NUMBERS)}|{_any(words.FEW)})"
_UNIT = "(?P<unit>" + _any(unit for units in words.UNITS.values() for unit in units) + ")"
_AGO = re.compile(
    rf"^(?:(?:il y a|قبل|منذ)\s+(?:{_NUMBER}\s+)?{_UNIT}|"
    rf"{_NUMBER.replace('number', 'n2')}\s+{_UNIT.replace('unit', 'u2')}\s+ago)$"
)
_RELATIVE = re.compile(
    rf"^(?:(?P<before>{_any(words.LAST + words.THIS + words.NEXT)})\s+(?P<what>[\w'-]+(?:\s\w+)?)"
    rf"|(?:la\s+|le\s+|l'|ال)?(?P<what2>[\w'-]+)\s+(?P<after>{_any(words.LAST + words.THIS + words.NEXT)}))$"
)
_NUMERIC = re.compile(r"^(\d{1,4})\s*[/.\-]\s*(\d{1,2})(?:\s*[/.\-]\s*(\d{2,4}))?$")
_MONTH_BY_WORD = {word: number for number, group in enumerate(words.MONTHS, 1) for word in group}
_DAY_BY_WORD = {word: number for number, group in enumerate(words.WEEKDAYS) for word in group}
_SEASON_BY_WORD = {word: number for number, group in words.SEASONS.items() for word in group}
_FILLER = _word(words.FILLERS)
_MONTH = rf"(?P<month>{_any(_MONTH_BY_WORD)})\.?"
_WRITTEN = (
    re.compile(rf"^(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?\s+{_MONTH}(?:\s+(?P<year>\d{{4}}))?$"),
    re.compile(rf"^{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+(?P<year>\d{{4}}))?$"),
    re.compile(rf"^{_MONTH}(?:\s+(?P<year>\d{{4}}))?$"),
)
_THIRD = re.compile(
    "^(?:" + "|".join(f"(?P<t{n}>{_any(group)})" for n, group in words.THIRDS.items()) + r")[\s-]+(?P<rest>.+)$"
)


def _read(text: str, today: date) -> str | None:
    """The EDTF text of a plain one: doubts and hours are taken off first, then ranges, then the single expression."""
    perhaps = bool(_PERHAPS.search(text)) or text.endswith("?")
    text = " ".join(_PERHAPS.sub(" ", text).rstrip("?").split())
    if whole := _whole_word(text, today):
        return _marked(whole, False, perhaps)
    without_hours = " ".join(_HOUR.sub(" ", text).split())
    # "at noon", "ce matin a 8h30": the hour of today.
    text = "today" if without_hours != text and without_hours in ("", *words.THIS) else without_hours
    about = bool(_ABOUT.search(text))
    text = " ".join(_ABOUT.sub(" ", text).split())
    found = _range(text, today) or _expression(text, today)
    return _marked(found, about, perhaps) if found else None


def _marked(found: str, about: bool, perhaps: bool) -> str:
    if not (about or perhaps) or found[0] in "[{":
        return found

    def one(end: str) -> str:
        if end in ("", ".."):
            return end
        held = {"?": (False, True), "~": (True, False), "%": (True, True)}.get(end[-1], (False, False))
        rough, doubted = about or held[0], perhaps or held[1]
        return end.rstrip("?~%") + ("%" if rough and doubted else "~" if rough else "?")

    return "/".join(one(end) for end in found.split("/"))


def _range(text: str, today: date) -> str | None:
    if _AGO.match(text):
        return None
    for pattern, build in ((_SINCE, "{}/.."), (_BEFORE, "../{}")):
        if (match := pattern.match(text)) and not _JOINERS.search(match["rest"]):
            inner = _expression(match["rest"], today)
            end = _end_of(inner, first="{}/" in build) if inner else None
            return build.format(end) if end else None
    if sides := _sides(text, _OR):
        ends = [_expression(side, today) for side in sides]
        return "[" + ",".join(_bare(end) for end in ends if end) + "]" if all(ends) else None
    opened = _OPENERS.match(text)
    sides = _sides(text[opened.end() :] if opened else text, _JOINERS)
    if not sides:
        return None
    left, right = (_without_fillers(side) if re.match(r"le |la ", side) else side for side in sides)
    begin, end = _expression(_completed(left, right), today), _expression(right, today)
    return f"{_end_of(begin, first=True)}/{_end_of(end, first=False)}" if begin and end else None


def _sides(text: str, pattern: re.Pattern[str]) -> tuple[str, str] | None:
    parts = [part.strip() for part in pattern.split(f" {text} ") if part.strip()]
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _completed(left: str, right: str) -> str:
    """ "20" of "20 to 22 May 2015" borrows month and year, "20 May" of "20 May to 3 June 2015" the year."""
    if re.fullmatch(r"\d{1,2}", left):
        return re.sub(r"\d{1,2}", left, right, count=1)
    year = re.search(r"\d{4}$", right)
    return f"{left} {year[0]}" if year and not re.search(r"\d{4}", left) and re.search(r"\d", left) else left


def _bare(text: str) -> str:
    return text.rstrip("?~%")


def _end_of(text: str, *, first: bool) -> str:
    return text.split("/")[0 if first else -1]


def _expression(text: str, today: date) -> str | None:
    readers: tuple[Callable[[str, date], str | None], ...] = (
        _whole_word, _ago, _relative, _third, _numeric, _written, _weekday, _season, _year,
    )  # fmt: skip
    for candidate in dict.fromkeys((text, _without_fillers(text))):
        for reader in readers:
            if found := reader(candidate, today):
                return found
    return None


def _without_fillers(text: str) -> str:
    return " ".join(_FILLER.sub(" ", text).split())


def _whole_word(text: str, today: date) -> str | None:
    for days, group in words.DAYS.items():
        if text in group:
            return (today + timedelta(days=days)).isoformat()
    return None


def _unit(word: str) -> str:
    return next(unit for unit, group in words.UNITS.items() if word in group)


def _ago(text: str, today: date) -> str | None:
    match = _AGO.match(text)
    if not match:
        return None
    unit_word = match["unit"] or match["u2"]
    said = match["number"] or match["n2"] or ("2" if unit_word in words.DUAL else "1")
    unit = _unit(unit_word)
    plural_alone = match["number"] is None and match["n2"] is None and unit_word in ("ايام", "اسابيع", "اشهر", "سنوات")
    if said in words.FEW or plural_alone:
        if unit != "day":
            return None
        return "/".join(f"{(today - timedelta(days=days)).isoformat()}~" for days in _FEW_DAYS)
    number = int(said) if said.isdigit() else words.NUMBERS[said]
    return _before(today, number, unit)


def _before(today: date, number: int, unit: str) -> str:
    if unit in ("hour", "day"):
        return (today - timedelta(days=number if unit == "day" else 0)).isoformat()
    if unit == "week":
        return f"{(today - timedelta(weeks=number)).isoformat()}~"
    if unit == "month":
        year, month = divmod(today.year * 12 + today.month - 1 - number, 12)
        return f"{year:04}-{month + 1:02}~"
    return f"{today.year - number:04}~"


def _relative(text: str, today: date) -> str | None:
    match = _RELATIVE.match(text)
    if not match:
        return None
    which, what = match["before"] or match["after"], match["what"] or match["what2"]
    step = -1 if which in words.LAST else 1 if which in words.NEXT else 0
    what = what.removeprefix("l'")
    for unit, group in words.UNITS.items():
        if what in group or what.removeprefix("ال") in group:
            return _period(today, unit, step)
    if what in ("weekend", "week-end"):
        saturday = today - timedelta(days=(today.weekday() - 5) % 7) + timedelta(weeks=max(step, 0))
        return f"{saturday.isoformat()}/{(saturday + timedelta(days=1)).isoformat()}"
    return _named(what, today, step)


def _named(what: str, today: date, step: int) -> str | None:
    """A weekday, month or season with "last", "this" or "next"."""
    if what in _DAY_BY_WORD:
        day = _last_weekday(today - timedelta(days=1 if step < 0 else 0), _DAY_BY_WORD[what])
        return f"{(day + timedelta(weeks=1 if step > 0 else 0)).isoformat()}?"
    if what in _MONTH_BY_WORD:
        number = _MONTH_BY_WORD[what]
        past = number < today.month or (step == 0 and number == today.month)
        return f"{today.year if past else today.year - 1:04}-{number:02}" if step <= 0 else None
    if what in _SEASON_BY_WORD and step <= 0:
        return _season(what, today)
    return None


def _period(today: date, unit: str, step: int) -> str | None:
    if unit == "day":
        return (today + timedelta(days=step)).isoformat()
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        sunday = monday + timedelta(days=6)
        return f"{monday.isoformat()}~/{(min(sunday, today) if step <= 0 else sunday).isoformat()}~"
    if unit == "month":
        year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
        return f"{year:04}-{month + 1:02}"
    return f"{today.year + step:04}" if unit == "year" else None


def _third(text: str, today: date) -> str | None:
    match = _THIRD.match(text)
    if not match:
        return None
    third = next(n for n in words.THIRDS if match[f"t{n}"])
    inner = _expression(match["rest"], today)
    whole = parse_edtf(inner) if inner else None
    if whole is None or whole.earliest is None or whole.latest is None or whole.earliest == whole.latest:
        return None
    days = (whole.latest - whole.earliest).days + 1
    first = whole.earliest + timedelta(days=days * third // 3)
    last = whole.earliest + timedelta(days=days * (third + 1) // 3 - 1)
    return f"{first.isoformat()}~/{last.isoformat()}~"


def _numeric(text: str, today: date) -> str | None:
    match = _NUMERIC.match(text)
    if not match:
        return None
    first, second, third = match.groups()
    if len(first) == 4:
        return date(int(first), int(second), int(third)).isoformat() if third else f"{int(first):04}-{int(second):02}"
    if len(first) == 3 or (third and len(third) == 3):
        return None
    day, month = int(first), int(second)
    swapped = month > 12
    if swapped:
        day, month = month, day
    if third is None:
        return _recent(today, month, day)
    year = int(third) if len(third) == 4 else _short_year(int(third), today)
    # Of 3/4/2015 nobody but the writer knows which is the month.
    doubted = "/" in text and day <= 12 and day != month
    return date(year, month, day).isoformat() + ("?" if doubted else "")


def _short_year(number: int, today: date) -> int:
    century = today.year - today.year % 100
    return century + number if century + number <= today.year + 1 else century - 100 + number


def _recent(today: date, month: int, day: int) -> str:
    year = today.year
    while date(year, month, min(day, 28)) > today or (month == 2 and day == 29 and year % 4):
        year -= 1
    found = date(year, month, day)
    if found > today:
        found = date(year - 1, month, day)
    return found.isoformat() + ("" if today - found <= _SURELY_THIS_YEAR else "?")


def _written(text: str, today: date) -> str | None:
    for pattern in _WRITTEN:
        if not (match := pattern.match(text)):
            continue
        found = match.groupdict()
        month, year = _MONTH_BY_WORD[found["month"]], found.get("year")
        if found.get("day"):
            day = int(found["day"])
            return date(int(year), month, day).isoformat() if year else _recent(today, month, day)
        if year is None:
            return f"{today.year if month <= today.month else today.year - 1:04}-{month:02}"
        return f"{year}-{month:02}"
    return None


def _weekday(text: str, today: date) -> str | None:
    first, _, rest = text.partition(" ")
    if first not in _DAY_BY_WORD:
        return None
    if rest:  # "Wednesday 20 May": the date says more
        return _expression(rest, today)
    return f"{_last_weekday(today, _DAY_BY_WORD[first]).isoformat()}?"


def _last_weekday(day: date, weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - weekday) % 7)


def _season(text: str, today: date) -> str | None:
    name, _, rest = text.partition(" ")
    if name not in _SEASON_BY_WORD or (rest and not re.fullmatch(r"\d{4}", rest)):
        return None
    number = _SEASON_BY_WORD[name]
    if rest:
        return f"{rest}-{number}"
    begun = parse_edtf(f"{today.year}-{number}").earliest
    return f"{today.year if begun and begun <= today else today.year - 1:04}-{number}"


def _year(text: str, today: date) -> str | None:
    return text if re.fullmatch(r"(?:1[89]|20|21)\d{2}", text) else None
