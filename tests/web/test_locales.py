"""Every page as its language writes it: numbers, days and distances its own way, names fenced off and in its own."""

import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
import sqlalchemy as sa
from babel import Locale
from babel.messages.pofile import read_po
from babel.support import Translations

from heritage.web.i18n import TRANSLATIONS
from tests.world import World, in_language, pages

pytestmark = pytest.mark.xdist_group("every_page")  # which shares the filled program

ENGLISH_MONTHS = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
ISO_DAY = re.compile(r"\b\d{4}-\d{2}(-\d{2})?\b")
EDTF = re.compile(r"\d{4}(-\d{2})*[~?%]|\.\.\d{4}|\d{4}(-\d{2})*/\d{4}")
# 12,345 and 3.5 are English; French has narrow spaces and a comma.
ENGLISH_NUMBER = re.compile(r"(?<![\d.,])\d{2,3}(,\d{3})+(?![\d,])|(?<![\d.])\d+\.\d+(?![\d.])")
# Arabic pages write digits as their readers' papers and maps of the war do, all alike.
EASTERN_DIGIT = re.compile("[٠-٩]")
LATIN_UNIT = re.compile(r"\d\s?(km|ha|kB|MB|GB)\b")
ISOLATED = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")
VOID = {"input", "br", "img", "meta", "link", "hr", "path", "circle", "rect", "line", "col", "wbr", "source", "use"}
# What is written by a machine or for one stands as it is.
AS_IS = {"script", "style", "code", "pre", "textarea", "option"}
NAMES = {"fr": "Site de Palmyre", "ar": "موقع تدمر"}


class Words(HTMLParser):
    """What stands on a page as its own text; what is fenced off, an example or another language's is left out."""

    def __init__(self, fenced: bool) -> None:
        super().__init__()
        self.fenced = fenced
        self.pieces: list[str] = []
        self.open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Whatever is in an element of its own direction or language is not the page's own text."""
        if tag in VOID:
            return
        given = dict(attrs)
        apart = tag == "bdi" or (tag != "html" and ("dir" in given or "lang" in given))
        example = "hint" in (given.get("class") or "").split()
        self.open.append(tag in AS_IS or example or (apart and not self.fenced))

    def handle_endtag(self, tag: str) -> None:
        """The end of an element."""
        if tag not in VOID and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Text."""
        if not any(self.open):
            self.pieces.append(data)


def words_of(html: str, *, fenced: bool = False) -> list[str]:
    """The texts of a page; with what is fenced off or without."""
    found = Words(fenced)
    found.feed(html.partition("<body")[2])
    kept = found.pieces if fenced else [ISOLATED.sub(" ", piece) for piece in found.pieces]
    return [text for piece in kept if (text := " ".join(piece.split()))]


@pytest.fixture(scope="module", params=["fr", "ar"])
def translated(request: pytest.FixtureRequest, filled: World) -> tuple[str, dict[str, str]]:
    """A language, and every page in it."""
    language = request.param
    return language, {page.name: filled.get(page.who, in_language(page.path, language)) for page in pages(filled)}


def test_days_are_written_as_the_language_writes_them(translated: tuple[str, dict[str, str]]) -> None:
    found = [
        (name, text)
        for name, html in translated[1].items()
        # Which says how a day is written in an address.
        if name != "wrong-day"
        for text in words_of(html)
        if ENGLISH_MONTHS.search(text) or ISO_DAY.search(text) or EDTF.search(text)
    ]
    assert found == []


def test_numbers_and_units_are_written_as_the_language_writes_them(translated: tuple[str, dict[str, str]]) -> None:
    language, seen = translated
    wrong = ENGLISH_NUMBER if language == "fr" else re.compile(f"{EASTERN_DIGIT.pattern}|{LATIN_UNIT.pattern}")
    found = [(name, text) for name, html in seen.items() for text in words_of(html) if wrong.search(text)]
    assert found == []


def test_a_site_has_its_name_in_the_language_on_every_page(translated: tuple[str, dict[str, str]]) -> None:
    language, seen = translated
    own = re.compile(r"\bSite of Palmyra\b")
    whole = {name: " ".join(words_of(html, fenced=True)) for name, html in seen.items()}
    assert [name for name, text in whole.items() if own.search(text) and NAMES[language] not in text] == []
    assert sum(NAMES[language] in text for text in whole.values()) > 20


def test_what_people_and_sources_wrote_is_fenced_off(filled: World) -> None:
    stored = _stored(filled)
    # Where the page runs against them one sees it; the templates are the same in every language.
    found = [
        (page.name, text, word)
        for page in pages(filled)
        for text in words_of(filled.get(page.who, in_language(page.path, "ar")))
        for word in re.findall(r"[A-Z0-9]{4}-[A-Z0-9]{4}|[A-Za-z][A-Za-z .'’-]+[A-Za-z]", text)
        if word in stored
    ]
    assert found == []


class Anything(dict[str, object]):
    """A value for every placeholder; what is written as a whole number is one."""

    def __missing__(self, key: str) -> object:
        return 7


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_count_has_the_form_its_language_has_for_it(language: str) -> None:
    """CLDR tells which numbers share a form; the catalogue has to agree, whatever rule of gettext it carries."""
    rule = Locale(language).plural_form
    catalogue = Translations.load(str(TRANSLATIONS), [language])
    source = read_po(BytesIO((TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").read_bytes()), locale=language)
    found = []
    for message in source:
        if not message.pluralizable:
            continue
        said: dict[str, set[str]] = {}
        for count in (0, 1, 2, 3, 10, 11, 26, 99, 100, 102, 103, 111, 1000):
            text = catalogue.ungettext(*message.id, count) % Anything(num=count)
            if count > 2 and "%(num)" in message.id[1] and str(count) not in text:
                found.append((message.id[0], count, text))
            said.setdefault(rule(count), set()).add(text.replace(str(count), "#"))
        found += [(message.id[0], form, texts) for form, texts in said.items() if len(texts) > 1]
    assert found == []


def _stored(world: World) -> set[str]:
    """Texts of people and sources: more than a word, or a name."""
    found: set[str] = set()
    with world.services.database.session() as session:
        tables = session.execute(sa.text("select tablename from pg_tables where schemaname = 'public'")).scalars()
        for table in tables.all():
            rows = session.execute(sa.text(f'select e.value from "{table}" t, jsonb_each_text(to_jsonb(t)) e'))
            found |= {str(value) for value in rows.scalars() if value}
    return {value for value in found if re.search("[A-Z ]", value) and len(value) > 3}
