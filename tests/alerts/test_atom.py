"""The Atom feed against RFC 4287, read as a feed reader reads it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from heritage.alerts.atom import NAMESPACE, atom_feed
from heritage.alerts.facts import AlertFacts, MessageType

URL = "https://heritage.example/"
NOW = datetime(2015, 5, 22, tzinfo=UTC)
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def text(parent: Element, tag: str) -> str:
    (element,) = parent.findall(name(tag))
    return element.text or ""


def check(document: bytes) -> Element:
    """Hold a feed against what RFC 4287 asks for."""
    feed: Element = fromstring(document)
    assert feed.tag == name("feed")
    for parent in (feed, *feed.findall(name("entry"))):
        assert re.match("https?://|urn:uuid:", text(parent, "id"))
        assert text(parent, "title")
        assert STAMP.fullmatch(text(parent, "updated"))
        links = [(link.get("rel"), link.get("type")) for link in parent.findall(name("link"))]
        assert len(links) == len(set(links))
        assert ("alternate", "text/html") in links
        assert all((link.get("href") or "").startswith("https://") for link in parent.findall(name("link")))
    assert [link.get("rel") for link in feed.findall(name("link"))].count("self") == 1
    assert feed.findall(f"{name('author')}/{name('name')}")
    entries = feed.findall(name("entry"))
    identities = [text(entry, "id") for entry in entries]
    assert len(identities) == len(set(identities))
    assert all(text(feed, "updated") >= text(entry, "updated") for entry in entries)
    return feed


@pytest.fixture
def steps(facts: AlertFacts) -> list[AlertFacts]:
    second = replace(facts, step=2, msg_type=MessageType.UPDATE, decided_at=facts.decided_at + timedelta(hours=6))
    return [second, facts]


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_feed_keeps_the_rules_in_every_language(steps: list[AlertFacts], language: str) -> None:
    feed = check(atom_feed(steps, public_url=URL, updated=NOW, language=language))
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    assert len(feed.findall(name("entry"))) == 2


def test_an_entry_tells_what_the_mail_tells(steps: list[AlertFacts]) -> None:
    entry = check(atom_feed(steps, public_url=URL, updated=NOW)).findall(name("entry"))[1]
    assert text(entry, "title") == "Critical, level 4: Site of Palmyra (Syria)"
    assert "Tadmur" in text(entry, "content")
    assert entry.find(name("content")).get("type") == "html"  # type: ignore[union-attr]  # it is there
    links = {link.get("rel"): link.get("href") for link in entry.findall(name("link"))}
    assert links["related"] == "https://heritage.example/alerts/k7Qm2x.1.cap.xml"
    assert links["alternate"] == "https://heritage.example/alerts/k7Qm2x?lang=en"


def test_an_id_stays_when_the_program_moves(steps: list[AlertFacts]) -> None:
    def identities(url: str) -> list[str]:
        feed = check(atom_feed(steps, public_url=url, updated=NOW))
        return [text(entry, "id") for entry in feed.findall(name("entry"))]

    assert identities("https://one.example") == identities("https://two.example")


def test_a_feed_without_entries_is_a_feed() -> None:
    assert text(check(atom_feed([], public_url=URL, updated=NOW)), "updated") == "2015-05-22T00:00:00Z"


def test_a_withheld_site_gives_no_distance_part_or_place(facts: AlertFacts) -> None:
    document = atom_feed([replace(facts, withheld=True)], public_url=URL, updated=NOW).decode()
    assert not re.search(r"Tadmur|1\.84|7\.2|23-001|part of Palmyra", document)


def test_text_from_files_cannot_break_the_document(facts: AlertFacts) -> None:
    nasty = replace(facts, site=replace(facts.site, names={"en": "A & <script>x</script>\x00\x0b]]>"}))
    feed = check(atom_feed([nasty], public_url=URL, updated=NOW))
    assert "<script" not in text(feed.findall(name("entry"))[0], "content")
