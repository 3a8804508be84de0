"""Browsing the register: what the address asks for, the sites that meet it, and what it can be narrowed by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from math import ceil
from typing import Any

from flask import request
from flask_babel import gettext, ngettext
from sqlmodel import Session

from heritage.core.dates import Trilean
from heritage.core.errors import InvalidInput
from heritage.policy.disclosure import public_point
from heritage.sites.columns import find_endangered, find_named, load_columns, register_stamp
from heritage.sites.domain import Category
from heritage.sites.facets import Base, Columns, Counts, Narrowing, count_facets
from heritage.sites.queries import Found, Page, SiteRow, find_ids, site_rows
from heritage.web.cache import Memory, data_stamp
from heritage.web.day import Day, here, link
from heritage.web.i18n import country_name, number_text
from heritage.web.names import Called, called, local_names
from heritage.web.sentences import joined_some
from heritage.web.site_facts import register_name
from heritage.web.state import current_rules, levels_on, services
from heritage.web.words import one_of, word

PER_PAGE = 50
LAST_PAGE = 10_000
MOST_ON_MAP = 2_500
MOST_CHOSEN = 40  # of one facet
MOST_EXPORTED = 1_000_000  # what one sheet of a workbook holds, and more than any register
EXPORTS = {"csv": "CSV", "xlsx": "XLSX", "geojson": "GeoJSON", "kml": "KML"}
COUNTRIES_SHOWN = 8
COUNTRIES_NAMED = 4
_COLUMNS = Memory(2)
_COUNTS = Memory(128)
_FOUND = Memory(128)


@dataclass(frozen=True)
class Asked:
    """What the address asks for; empty fields ask for nothing."""

    q: str = ""
    country: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    register: tuple[str, ...] = ()
    danger: str = ""
    level: int = 0
    sort: str = ""
    page: int = 1

    @property
    def any(self) -> bool:
        """Whether anything is asked for but the order and the page."""
        return bool(self.q or self.chosen)

    @property
    def chosen(self) -> int:
        """How many choices narrow the result, a name not among them."""
        return len(self.country) + len(self.category) + len(self.register) + bool(self.danger) + bool(self.level)


@dataclass(frozen=True)
class Line:
    """One site of the list, as the template shows it; lon and lat are what may be shown."""

    slug: str
    called: Called
    places: str
    category: str
    inscribed: int | None
    danger: str
    in_force: bool
    level: int
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class Choice:
    """One value of a facet, with how many sites choosing it would leave; None where that is not counted."""

    value: str
    words: str
    count: int | None
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """What a result can be narrowed by; `one` of its choices, or several. The rest is shown when asked for."""

    name: str
    title: str
    one: bool
    choices: list[Choice]
    rest: list[Choice]


def read_asked() -> Asked:
    """Read the address.

    Raises: InvalidInput naming the field that cannot be used.
    """
    given = {name: request.args.get(name, "").strip() for name in ("q", "danger", "level", "sort", "page")}
    countries = tuple(code.upper() for code in _several("country"))
    if not all(len(code) == 2 and code.isascii() and code.isalpha() for code in countries):
        raise InvalidInput(gettext("%(name)s: two letters are needed, such as SY.", name="country"))
    categories = _several("category")
    if not set(categories) <= set(Category):
        raise InvalidInput(one_of("category", Category))
    if given["danger"] and given["danger"] not in ("yes", "no"):
        raise InvalidInput(one_of("danger", ("yes", "no")))
    if given["sort"] and given["sort"] not in _sort_codes():
        raise InvalidInput(one_of("sort", _sort_codes()))
    level = whole_number("level", given["level"], 0, 4)
    # An order by level only means something among the sites that have one.
    level = max(level, 1) if given["sort"] == "level" else level
    return Asked(
        q=given["q"].replace("\x00", "")[:200],
        country=countries,
        category=categories,
        register=_several("register"),
        danger=given["danger"],
        level=level,
        sort=given["sort"] or ("level" if level else ""),
        page=whole_number("page", given["page"], 1, LAST_PAGE),
    )


def _several(name: str) -> tuple[str, ...]:
    values = (value.replace("\x00", "").strip()[:40] for value in request.args.getlist(name))
    return tuple(dict.fromkeys(value for value in values if value))[:MOST_CHOSEN]


def whole_number(name: str, text: str, low: int, high: int) -> int:
    """A whole number of an address, the lowest where nothing stands there.  Raises: InvalidInput naming the field."""
    if not text:
        return low
    if not (text.isascii() and text.isdigit() and len(text) < 9 and low <= int(text) <= high):
        said = {"name": name, "low": low, "high": high}
        raise InvalidInput(gettext("%(name)s: a whole number from %(low)s to %(high)s is needed.", **said))
    return int(text)


def _sort_codes() -> tuple[str, ...]:
    return ("relevance", "name", "country", "-inscribed", "inscribed", "level")


def find(session: Session, asked: Asked, day: Day, *, limit: int, offset: int) -> Page:
    """The sites that meet what is asked, in its order."""
    found = find_asked(session, asked, day, limit=limit, offset=offset)
    rows = rows_of(session, found.ids, day)
    return Page(rows, found.total, found.corrected, found.ignored, found.sought)


def rows_of(session: Session, ids: Sequence[int], day: Day) -> list[SiteRow]:
    """What is said of some sites on a day.  Raises: NotFound when one of them is not held any more."""
    return site_rows(session, ids, day.register_on, day.record_on)


def find_asked(session: Session, asked: Asked, day: Day, *, limit: int, offset: int) -> Found:
    """The sites that meet what is asked by their ids, in its order; few bytes each, so that all may be asked for."""
    levels = levels_on(session, day)
    narrowed: dict[str, Any] = {
        "today": day.register_on,
        # A name is looked for everywhere: a site that has left its register is found too, and said to have left.
        "as_of": None if asked.q else day.register_on,
        "known_on": day.record_on,
        "query": asked.q,
        "countries": asked.country,
        "categories": asked.category,
        "registers": asked.register,
        "in_danger": {"yes": True, "no": False}.get(asked.danger),
    }
    if not asked.level:
        return find_ids(session, **narrowed, sort=asked.sort or None, limit=limit, offset=offset)
    ids = [site for site, level in levels.items() if level >= asked.level]
    if asked.sort != "level":
        return find_ids(session, **narrowed, ids=ids, sort=asked.sort, limit=limit, offset=offset)
    flagged = find_ids(session, **narrowed, ids=ids, sort="name", limit=len(ids) + 1)
    ranked = sorted(flagged.ids, key=lambda site: -levels.get(site, 0))
    return replace(flagged, ids=ranked[offset : offset + limit])


def found_page(session: Session, asked: Asked, day: Day) -> Page:
    """One page of the result, kept while the data do not change."""
    offset = (asked.page - 1) * PER_PAGE
    key = (services().database.app_url, asked, day, current_rules().version, data_stamp(session))
    return _FOUND.get(key, lambda: find(session, asked, day, limit=PER_PAGE, offset=offset))


def register_columns(session: Session) -> Columns:
    """The register's columns, read again when it changes."""
    key = (services().database.app_url, register_stamp(session))
    return _COLUMNS.get(key, lambda: load_columns(session))


def counts_of(session: Session, asked: Asked, day: Day) -> Counts:
    """What the result can be narrowed by, and all the sites in it whatever their number."""
    asked = replace(asked, sort="", page=1)
    stamp = (services().database.app_url, current_rules().version, data_stamp(session))

    def count() -> Counts:
        named = find_named(session, found_page(session, asked, day).sought) if asked.q else None
        endangered = find_endangered(session, day.register_on, day.record_on)
        base = Base(day.register_on, bool(asked.q), named, endangered, levels_on(session, day))
        in_danger = {"yes": True, "no": False}.get(asked.danger)
        wanted = Narrowing(asked.country, asked.category, asked.register, in_danger, asked.level)
        return count_facets(register_columns(session), base, wanted)

    return _COUNTS.get((*stamp, asked, day), count)


def browse_page(session: Session, day: Day) -> dict[str, Any]:
    """Everything the template shows."""
    asked = read_asked()
    page, counts = found_page(session, asked, day), counts_of(session, asked, day)
    levels = levels_on(session, day)
    local = local_names(session, [row.id for row in page.rows])
    found = {field.name: getattr(asked, field.name) or None for field in fields(asked) if field.name != "page"}
    return {
        "asked": asked,
        "rows": [_line(row, called(row.id, row.name, local), levels.get(row.id, 0)) for row in page.rows],
        "count_text": _count_text(page.total),
        "misspelt": list(page.corrected),
        "ignored": list(page.ignored),
        "page": asked.page,
        "pages": ceil(page.total / PER_PAGE),
        "facets": _facets(asked, counts),
        "sorts": _sorts(asked),
        "heads": _heads(asked),
        "map_source": link("maps.sites", **{**found, "sort": None}),
        "exports": [(name, link("sites.export", form=form, **found)) for form, name in EXPORTS.items()],
        "export_note": _export_note(page.total),
    }


def _line(row: SiteRow, called: Called, level: int) -> Line:
    point = public_point(row.lon, row.lat, row.disclosure, row.grid_km)
    return Line(
        slug=row.slug,
        called=called,
        places=joined_some([country_name(code) for code in row.countries], COUNTRIES_NAMED) or row.states_note,
        category=word("category", row.category) if row.category != Category.UNKNOWN else "",
        inscribed=row.inscribed_year,
        danger=word("in_danger", row.in_danger) if row.in_danger != Trilean.NO else "",
        in_force=row.in_force,
        level=level,
        lon=point.lon if point else None,
        lat=point.lat if point else None,
    )


def _facets(asked: Asked, counts: Counts) -> list[Facet]:
    dangers = [(code, word("in_danger", code), number) for code, number in counts.in_danger]
    levels = [(str(least), _least_words(least), number) for least, number in counts.levels]
    level = (str(asked.level),) if asked.level else ()
    categories = [(code, word("category", code), number) for code, number in counts.categories]
    registers = [(code, register_name(code), number) for code, number in counts.registers]
    countries = [(code, country_name(code), number) for code, number in counts.countries]
    facets = [
        _facet("danger", gettext("List in Danger"), dangers, (asked.danger,), one=True),
        _facet("level", gettext("Level"), levels, level, one=True),
        _facet("country", gettext("Country"), countries, asked.country),
        _facet("category", gettext("Category"), categories, asked.category),
        _facet("register", gettext("Register"), registers, asked.register),
    ]
    # A choice among one is none.
    return [facet for facet in facets if facet.one or len(facet.choices) > 1 or any(c.chosen for c in facet.choices)]


def _facet(
    name: str, title: str, values: Iterable[tuple[str, str, int]], chosen: tuple[str, ...], *, one: bool = False
) -> Facet:
    choices = [Choice(code, words, number, code in chosen) for code, words, number in values]
    held = {choice.value for choice in choices}
    # What was chosen stays in sight, so that it can be taken back, also when nothing is left of it.
    gone = [value for value in chosen if value and value not in held]
    choices += [Choice(value, _words_of(name, value), 0, True) for value in gone]
    if one:
        return Facet(name, title, True, [Choice("", gettext("Any"), None, not any(chosen)), *choices], [])
    shown = [c for n, c in enumerate(choices) if n < COUNTRIES_SHOWN or c.chosen]
    rest = [c for n, c in enumerate(choices) if n >= COUNTRIES_SHOWN and not c.chosen]
    return Facet(name, title, False, shown, sorted(rest, key=lambda choice: choice.words))


def _words_of(name: str, value: str) -> str:
    if name == "country":
        return country_name(value)
    return word(name, value) if name == "category" else value


def _least_words(level: int) -> str:
    words = word("level", level)
    return words if level == 4 else str(gettext("%(level)s or higher", level=words))


def _export_note(total: int) -> str:
    if total <= MOST_EXPORTED:
        return ""
    return str(gettext("The files hold the first %(count)s of them.", count=number_text(MOST_EXPORTED)))


def _count_text(total: int) -> str:
    return str(ngettext("%(count)s site", "%(count)s sites", total, count=number_text(total)))


def _sorts(asked: Asked) -> list[tuple[str, str]]:
    names = {
        "relevance": gettext("best match"),
        "name": gettext("name"),
        "country": gettext("country"),
        "-inscribed": gettext("newest inscription"),
        "inscribed": gettext("oldest inscription"),
        "level": gettext("level, highest first"),
    }
    # What the list is ordered by unless told otherwise comes first, and is not said in the address.
    usual = "level" if asked.level else "relevance" if asked.q else "name"
    names = {usual: names[usual], **names}
    return [(code, str(words)) for code, words in names.items() if code != "relevance" or asked.q]


def _heads(asked: Asked) -> dict[str, tuple[str, str]]:
    """For the columns that order the list: where their heads lead, and which way the list runs by them now."""
    order = asked.sort or ("relevance" if asked.q else "name")
    inscribed = "inscribed" if order == "-inscribed" else "-inscribed"
    running = {"inscribed": "ascending", "-inscribed": "descending"}
    return {
        "name": (here(sort="name", page=None), "ascending" if order == "name" else ""),
        "inscribed": (here(sort=inscribed, page=None), running.get(order, "")),
    }


def found_ids(session: Session, day: Day) -> Any:
    """All the sites the address asks for, ids ascending; None when it asks for nothing and all are meant."""
    asked = read_asked()
    return counts_of(session, asked, day).found if asked.any else None
