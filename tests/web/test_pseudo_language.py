"""Every page in a language that only has marks: what a reader sees outside them was never given to translation."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask

from heritage.alerts import wording
from heritage.app import create_app
from heritage.core.countries import country_name
from heritage.web import i18n
from heritage.web.i18n import LANGUAGE_NAMES, TRANSLATIONS
from tests.world import World, in_language, pages

pytestmark = pytest.mark.xdist_group("every_page")  # which shares the filled program

OPEN, CLOSE = "⟦", "⟧"
# The marks stand in the place of French, so that days, numbers and countries are written its way.
LANGUAGE = "fr"
SPOKEN = {"aria-label", "title", "placeholder", "alt", "label", "data-failed", "data-words", "data-confirm"}
# Their text is code, a file's own, or what people and sources wrote: names stand in <bdi>, whose words are theirs.
SKIPPED = {"script", "style", "code", "pre", "bdi", "textarea"}
ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")
# What the program keeps a word of its own for: `severe`, `on_site`. Shown as it is, it was not put into words.
CODE = re.compile(r"[a-z_]+")
OBJECT_CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")
LETTERS = re.compile(r"[^\W\d_]{2,}")
# Names, abbreviations and units of measure that every language of the program writes alike.
ALIKE = {
    "heritage", "utc", "km", "csv", "xlsx", "geojson", "kml", "json", "atom", "cap", "starter", "jpeg", "bibtex", "csl",
    # Formats of registers, and the columns of the file that is compared.
    "eamena", "whc", "parts", "normalised", "nw", "syria", "disturbances", "title", "number",
}  # fmt: skip


@pytest.fixture(scope="module")
def marked(filled: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The filled program with every text of its catalogue in marks."""
    folder = tmp_path_factory.mktemp("marks")
    target = folder / LANGUAGE / "LC_MESSAGES"
    target.mkdir(parents=True)
    source = TRANSLATIONS / LANGUAGE / "LC_MESSAGES" / "messages.po"
    with (target / "messages.mo").open("wb") as file:
        write_mo(file, _in_marks(read_po(BytesIO(source.read_bytes()), locale=LANGUAGE)))
    with pytest.MonkeyPatch.context() as patch:
        for module in (i18n, wording):
            patch.setattr(module, "TRANSLATIONS", Path(folder))
        # What other tests read of the real catalogue is kept, and what is read here must not be.
        _forget()
        app = create_app(filled.services)
        app.config.update(TESTING=True)
        yield app
    _forget()


def _forget() -> None:
    wording._catalogue.cache_clear()
    wording._environment.cache_clear()


def _in_marks(catalogue: Catalog) -> Catalog:
    for message in catalogue:
        if message.id and message.pluralizable:
            one, many = message.id
            message.string = (f"{OPEN}{one}{CLOSE}", *[f"{OPEN}{many}{CLOSE}"] * (catalogue.num_plurals - 1))
        elif message.id:
            message.string = f"{OPEN}{message.id}{CLOSE}"
    return catalogue


class Visible(HTMLParser):
    """What a reader sees or hears of a page, piece by piece, in its order."""

    VOID = frozenset({"input", "br", "img", "meta", "link", "hr", "path", "circle", "rect", "line", "col", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.spoken: list[str] = []
        self.skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Attributes that are read out, and the words of buttons."""
        given = dict(attrs)
        self.spoken += [value for name, value in attrs if name in SPOKEN and value]
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.spoken.append(given.get("value") or "")
        if tag == "meta" and given.get("name") == "description":
            self.spoken.append(given.get("content") or "")
        if tag not in self.VOID and (self.skipping or tag in SKIPPED or "lang" in given and tag != "html"):
            self.skipping += 1

    def handle_endtag(self, tag: str) -> None:
        """The end of what is skipped."""
        if self.skipping and tag not in self.VOID:
            self.skipping -= 1

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self.skipping:
            self.pieces.append(data)


def outside(pieces: list[str]) -> list[str]:
    """The parts of texts that stand in no marks, which may reach over several pieces."""
    found, depth = [], 0
    for piece in pieces:
        kept, isolated = "", 1
        while isolated:
            piece, isolated = ISOLATED.subn(" ", piece)
        for sign in piece:
            depth += (sign == OPEN) - (sign == CLOSE)
            kept += sign if not depth and sign != CLOSE else "\n"
        found += [part.strip() for part in kept.splitlines() if LETTERS.search(part)]
    return found


@pytest.fixture(scope="module")
def data(filled: World) -> set[str]:
    """Every text that is stored: what people wrote, names and codes."""
    found: set[str] = set()
    with filled.services.database.session() as session:
        tables = session.execute(sa.text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
        for table in tables:
            rows = session.execute(sa.text(f'select e.value from "{table}" t, jsonb_each_text(to_jsonb(t)) e'))
            found |= {str(value) for value in rows.scalars() if value}
    return {value for value in found if not CODE.fullmatch(value)}


def known_words() -> set[str]:
    """Words of days, countries and languages, which come from CLDR in the reader's language."""
    locale = Locale.parse(LANGUAGE)
    with_own = [country_name(code, locale) for code in ("PS", "SY")]
    names = [*with_own, *locale.territories.values(), *locale.languages.values(), *LANGUAGE_NAMES.values()]
    for width in ("wide", "abbreviated"):
        names += locale.months["format"][width].values()
        names += locale.months["stand-alone"][width].values()
    names += ["er"]  # of the first day of a month
    names += ["jour jours heure heures minute minutes seconde secondes mois an ans semaine semaines"]
    return {word.casefold() for name in names for word in LETTERS.findall(name)}


def untranslated(text: str, data: set[str], words: set[str]) -> bool:
    """Whether a text is neither stored nor made of names that every language shares."""

    def known(part: str) -> bool:
        plain = part.strip(' “”«»"….,·:;()')
        if plain in data or all(word.casefold() in words | ALIKE for word in LETTERS.findall(plain)):
            return True
        # A part of what somebody wrote.
        return len(plain) > 12 and any(plain in value for value in data)

    pieces = OBJECT_CODE.sub(" ", text).split(" · ")
    return not all(known(one) or all(map(known, re.split(r"[,;:·()/–]| - |(?<=\w) (?=\d)", one))) for one in pieces)


def test_every_text_of_every_page_was_given_to_translation(filled: World, marked: Flask, data: set[str]) -> None:
    words, wrong = known_words(), set()
    for page in pages(filled):
        client = marked.test_client()
        if cookie := filled.clients[page.who].get_cookie("session"):
            client.set_cookie("session", cookie.value)
        far = {"REMOTE_ADDR": "203.0.113.9"} if page.who == "stranger" else {}
        answer = client.get(in_language(page.path, LANGUAGE), environ_base=far)
        assert answer.status_code == page.status, page.name
        visible = Visible()
        visible.feed(answer.get_data(as_text=True))
        pieces = visible.pieces + [words for spoken in visible.spoken for words in _words_of(spoken)]
        wrong |= {(page.name, text) for text in outside(pieces) if untranslated(text, data, words)}
    assert sorted(wrong) == []


def _words_of(spoken: str) -> list[str]:
    return [str(value) for value in json.loads(spoken).values()] if spoken.startswith("{") else [spoken]


def test_marks_are_looked_for_where_a_reader_sees_or_hears_them() -> None:
    page = '<p title="Hidden">⟦Seen⟧ Bare <bdi>Palmyra</bdi> <b>⟦over</b> pieces⟧</p><input type="submit" value="Go">'
    visible = Visible()
    visible.feed(page)
    assert outside(visible.pieces) == ["Bare"]
    assert outside(visible.spoken) == ["Hidden", "Go"]
