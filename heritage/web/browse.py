"""Browsing the register: what the address asks for, the sites that meet it, and the same for the map."""

from dataclasses import dataclass, fields
from math import ceil
from typing import Any

from flask import request
from flask_babel import gettext, ngettext
from sqlmodel import Session

from heritage.core.dates import Trilean
from heritage.core.errors import InvalidInput
from heritage.sites.domain import Category
from heritage.sites.queries import Facets, Page, SiteRow, facets, list_sites
from heritage.web.cache import Memory, data_stamp
from heritage.web.day import Day, link
from heritage.web.i18n import country_name, number_text
from heritage.web.names import Called, called, local_names
from heritage.web.sentences import joined
from heritage.web.state import levels_on, services
from heritage.web.words import one_of, word

PER_PAGE = 50
LAST_PAGE = 10_000
MOST_FLAGGED = 5_000
MOST_ON_MAP = 2_500
MOST_EXPORTED = 20_000
EXPORTS = {"csv": "CSV", "xlsx": "XLSX", "geojson": "GeoJSON", "kml": "KML"}
_FACETS = Memory(8)
_FOUND = Memory(128)


@dataclass(frozen=True)
class Asked:
    """What the address asks for; empty fields ask for nothing."""

    q: str = ""
    country: str = ""
    category: str = ""
    danger: str = ""
    level: int = 0
    sort: str = ""
    page: int = 1

    @property
    def any(self) -> bool:
        """Whether anything is asked for but the order and the page."""
        return bool(self.q or self.country or self.category or self.danger or self.level)


@dataclass(frozen=True)
class Line:
    """One site of the list, as the template shows it."""

    slug: str
    called: Called
    about: str
    in_force: bool
    level: int


def read_asked() -> Asked:
    """Read the address.

    Raises: InvalidInput naming the field that cannot be used.
    """
    given = {name: request.args.get(name, "").strip() for name in (field.name for field in fields(Asked))}
    country, category, danger = given["country"].upper(), given["category"], given["danger"]
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise InvalidInput(gettext("%(name)s: two letters are needed, such as SY.", name="country"))
    if category and category not in set(Category):
        raise InvalidInput(one_of("category", Category))
    if danger and danger not in ("yes", "no"):
        raise InvalidInput(one_of("danger", ("yes", "no")))
    if given["sort"] and given["sort"] not in _sort_codes():
        raise InvalidInput(one_of("sort", _sort_codes()))
    level = whole_number("level", given["level"], 0, 4)
    # An order by level only means something among the sites that have one.
    level = max(level, 1) if given["sort"] == "level" else level
    sort = given["sort"] or ("level" if level else "")
    query = given["q"].replace("\x00", "")[:200]
    return Asked(query, country, category, danger, level, sort, whole_number("page", given["page"], 1, LAST_PAGE))


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
    levels = levels_on(session, day)
    narrowed: dict[str, Any] = {
        "today": day.as_of,
        # A name is looked for everywhere: a site that has left its register is found too, and said to have left.
        "as_of": None if asked.q else day.as_of,
        "query": asked.q,
        "countries": [asked.country] if asked.country else [],
        "category": asked.category or None,
        "in_danger": {"yes": True, "no": False}.get(asked.danger),
    }
    if not asked.level:
        return list_sites(session, **narrowed, sort=asked.sort or None, limit=limit, offset=offset)
    ids = [site for site, level in levels.items() if level >= asked.level]
    if asked.sort != "level":
        return list_sites(session, **narrowed, ids=ids, sort=asked.sort, limit=limit, offset=offset)
    flagged = list_sites(session, **narrowed, ids=ids, sort="name", limit=MOST_FLAGGED)
    ranked = sorted(flagged.rows, key=lambda row: -levels.get(row.id, 0))
    return Page(ranked[offset : offset + limit], flagged.total, flagged.corrected, flagged.ignored)


def browse_page(session: Session, day: Day) -> dict[str, Any]:
    """Everything the template shows."""
    asked = read_asked()
    offset = (asked.page - 1) * PER_PAGE
    key = (services().database.app_url, asked, day.as_of, day.known_on, data_stamp(session))
    page = _FOUND.get(key, lambda: find(session, asked, day, limit=PER_PAGE, offset=offset))
    levels = levels_on(session, day)
    local = local_names(session, [row.id for row in page.rows])
    found = {field.name: getattr(asked, field.name) or None for field in fields(asked) if field.name != "page"}
    return {
        "asked": asked,
        "rows": [_line(row, called(row.id, row.name, local), levels.get(row.id, 0)) for row in page.rows],
        "count_text": _count_text(page.total),
        "map_note": _map_note(asked, page.total),
        "misspelt": list(page.corrected),
        "ignored": list(page.ignored),
        "page": asked.page,
        "pages": ceil(page.total / PER_PAGE),
        "countries": _countries(session),
        "sorts": _sorts(asked),
        "map_source": link("maps.sites", **{**found, "sort": None}),
        "exports": [(name, link("sites.export", form=form, **found)) for form, name in EXPORTS.items()],
        "export_note": _export_note(page.total),
    }


def _line(row: SiteRow, called: Called, level: int) -> Line:
    places = joined([country_name(code) for code in row.countries]) or row.states_note
    about = [places] if places else []
    if row.category != Category.UNKNOWN:
        about.append(word("category", row.category))
    if row.inscribed_year:
        about.append(gettext("inscribed %(year)s", year=row.inscribed_year))
    if row.in_danger != Trilean.NO:
        about.append(word("in_danger", row.in_danger))
    return Line(row.slug, called, " · ".join(about), row.in_force, level)


def _map_note(asked: Asked, total: int) -> str:
    if not asked.any or total <= MOST_ON_MAP:
        return ""
    return str(gettext("The map shows the first %(count)s of them.", count=number_text(MOST_ON_MAP)))


def _export_note(total: int) -> str:
    if total <= MOST_EXPORTED:
        return ""
    return str(gettext("The files hold the first %(count)s of them.", count=number_text(MOST_EXPORTED)))


def _count_text(total: int) -> str:
    return str(ngettext("%(count)s site", "%(count)s sites", total, count=number_text(total)))


def _countries(session: Session) -> list[tuple[str, str]]:
    key = (services().database.app_url, data_stamp(session))
    found: Facets = _FACETS.get(key, lambda: facets(session))
    return sorted(((code, country_name(code)) for code, _ in found.countries), key=lambda pair: pair[1])


def _sorts(asked: Asked) -> list[tuple[str, str]]:
    names = {
        "relevance": gettext("best match"),
        "name": gettext("name"),
        "country": gettext("country"),
        "-inscribed": gettext("newest inscription"),
        "inscribed": gettext("oldest inscription"),
        "level": gettext("level, highest first"),
    }
    return [(code, str(words)) for code, words in names.items() if code != "relevance" or asked.q]


def browse_ids(session: Session, day: Day, limit: int) -> list[int] | None:
    """The sites the address asks for, at most `limit`; None when it asks for nothing and all are meant."""
    asked = read_asked()
    if not asked.any:
        return None
    return [row.id for row in find(session, asked, day, limit=limit, offset=0).rows]
