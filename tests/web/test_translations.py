"""The French and the Arabic catalogue are whole, and the pages are read in them without English in between."""

import re
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from heritage.alerts import render, wording
from heritage.alerts.service import summarise
from heritage.flags.rules_file import load_rules
from heritage.services import Services
from heritage.starter.load import load_starter
from heritage.web.i18n import LANGUAGES, TRANSLATIONS

PROJECT = TRANSLATIONS.parents[1]
TRANSLATED = [language for language in LANGUAGES if language != "en"]
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]")
TAG = re.compile(r"</?\w[^>]*>")
LATE = "2015-05-20"


def _file(language: str, ending: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / f"messages.{ending}"


def _catalogue(language: str) -> Catalog:
    return read_po(BytesIO(_file(language, "po").read_bytes()), locale=language)


def _ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


@pytest.fixture(scope="module")
def texts() -> set[object]:
    """Every text of the program, freshly collected."""
    mapping, options = parse_mapping_cfg(StringIO((PROJECT / "babel.cfg").read_text(encoding="utf-8")))
    found: set[object] = set()
    for folder in ("heritage", "templates"):
        inside = [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in mapping if folder in pattern]
        for _, _, message, _, _ in extract_from_dir(PROJECT / folder, inside, options):
            found.add(message)
    assert len(found) > 600
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_program_is_translated(texts: set[object], language: str) -> None:
    messages = _messages(_catalogue(language))
    assert {message.id for message in messages} == texts
    assert [message.id for message in messages if message.fuzzy or not all(_strings(message))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_and_markup_of_a_translation_are_those_of_the_text(language: str) -> None:
    def wrong(message: Message) -> bool:
        text = _ids(message)[-1]
        return any(
            set(found.findall(text)) != set(found.findall(string))
            for string in _strings(message)
            for found in (PLACEHOLDER, TAG)
        )

    assert [message.id for message in _messages(_catalogue(language)) if wrong(message)] == []


@pytest.mark.parametrize(("language", "forms"), [("fr", 2), ("ar", 6)])
def test_each_number_has_its_own_form(language: str, forms: int) -> None:
    catalogue = _catalogue(language)
    assert catalogue.num_plurals == forms
    plural = [message for message in _messages(catalogue) if message.pluralizable]
    assert plural
    assert {len(_strings(message)) for message in plural} == {forms}


@pytest.mark.parametrize("language", TRANSLATED)
def test_compiled_catalogue_is_that_of_the_text_file(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, _catalogue(language))
    assert _file(language, "mo").read_bytes() == compiled.getvalue()


# Sentences and words of the templates, of the words for codes, and of the sentences put together in Python.
TELLTALES = (
    "Where attention is needed", "On which data this rests", "How levels are decided", "not an emergency service",
    "Fighting is", "At this level", "counts as", "independent", "every uncertainty", "Skip to", "Search", "Day before",
    "Critical", "Warning", "Advisory", "Watch", "Our alert level", "Official status", "Observed condition",
    "Not assessed", "World Heritage List", "List in Danger", "List of World Heritage", "In danger", "inscribed",
    "Cultural", "Mixed", "What is not known", "Over time", "reliable source", "usually", "probably", "possibly",
    "Syria", "Iraq", "State of Palestine", "May 2015", "Starter set", "written by hand", "release",
    "Reported", "Occurred",
    "Sites near", "withheld", "nothing is overwritten", "exact place", "near a known", "Deaths", "A level says",
    "Weight", "The levels", "No run yet", "No scheduler", "What this installation", "days before", "day before",
    "Nothing newer", "Risen", "Unchanged", "Eased", "Quiet", "RISEN", "said by", "graded", "Not known", "falls to",
    "north", "south", "silent for", "buffer zone", "part of the site", "Name, in any script", "Sorted by",
)  # fmt: skip


def _visible(html: str) -> str:
    """What a reader sees or hears; names and texts of others are theirs and keep their language."""
    html = re.sub(r"<(script|style|code|pre)\b.*?</\1>|<bdi.*?</bdi>|\u2068.*?\u2069", " ", html, flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|title|placeholder|data-failed|data-words)="([^"]*)"', html)
    return re.sub(r"<[^>]*>", " ", html) + " ".join(spoken)


def _english(text: str) -> list[str]:
    return [words for words in TELLTALES if words in text]


@pytest.fixture
def starter(services: Services) -> Services:
    rules = load_rules(services.settings.rules_file())
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=rules.reach_km)
    return services


def _pages(client: FlaskClient, language: str) -> dict[str, str]:
    ask = f"?as_of={LATE}&lang={language}"
    dossier = client.get(f"/sites/site-of-palmyra{ask}").text
    incident = re.search(r'"(/incidents/\d+)[?"]', dossier)
    assert incident
    addresses = ["/", "/sites", incident[1], "/methodology", "/jobs"]
    found = {address: client.get(f"{address}{ask}").text for address in addresses}
    return {"dossier": dossier, **found}


def test_telltales_are_words_of_the_english_pages(starter: Services, app: Flask) -> None:
    """Else the next test would hold for words that nobody writes any more."""
    shown = _visible(" ".join(_pages(app.test_client(), "en").values())) + _digest(starter, "en")
    missing = [words for words in TELLTALES if words not in shown]
    assert len(missing) < len(TELLTALES) / 5, missing


@pytest.mark.parametrize("language", TRANSLATED)
def test_pages_have_no_english_in_another_language(starter: Services, app: Flask, language: str) -> None:
    for address, page in _pages(app.test_client(), language).items():
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page, address
        assert (address, _english(_visible(page))) == (address, [])


def _digest(services: Services, language: str) -> str:
    rules = load_rules(services.settings.rules_file())
    with services.database.session() as session:
        summary = summarise(session, rules, as_of=date(2015, 5, 20), since=date(2015, 5, 19))
    written = render.render_summary(summary, public_url="https://heritage.example", language=language)
    return re.sub(r"https?://\S+", "", f"{written.subject}\n{written.text}\n{_visible(written.html)}")


@pytest.mark.parametrize("language", TRANSLATED)
def test_digest_has_no_english_in_another_language(
    starter: Services, app: Flask, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Names stand as their register and their sources write them: here they are left out.
    monkeypatch.setattr(wording, "plain", lambda value: "…" if value else "")
    assert _english(_digest(starter, language)) == []


def test_digest_fences_names_off_where_the_text_runs_left(starter: Services, app: Flask) -> None:
    written = _digest(starter, "ar")
    assert "\u2068Tadmur\u2069" in written
    # A site is called as the reader's language calls it, where the register knows how.
    assert "Site of Palmyra" not in written
    assert "\u2068" not in _digest(starter, "fr")


@pytest.mark.parametrize(("language", "name"), [("fr", "Site de Palmyre"), ("ar", "موقع تدمر")])
def test_site_has_its_name_in_the_language_of_the_page_and_its_own_beside_it(
    starter: Services, app: Flask, language: str, name: str
) -> None:
    client = app.test_client()
    pages = _pages(client, language)
    incident = next(page for address, page in pages.items() if address.startswith("/incidents/"))
    found = client.get(f"/sites?q=Palmyra&lang={language}").text
    shown = [f"<bdi>{name}</bdi>" in page and "<bdi>Site of Palmyra</bdi>" in page
             for page in (pages["/"], found, pages["dossier"], incident)]  # fmt: skip
    assert shown == [True] * 4
    assert f"<h1><bdi>{name}</bdi></h1>" in pages["dossier"]


@pytest.mark.parametrize(
    ("language", "name"), [("en", "State of Palestine"), ("fr", "État de Palestine"), ("ar", "دولة فلسطين")]
)
def test_country_is_called_as_unesco_words_it(starter: Services, app: Flask, language: str, name: str) -> None:
    page = app.test_client().get(f"/sites?country=PS&lang={language}").text
    assert page.count(name) > 1
