"""What is no article is refused in words; what is one is taken, within bounds of time and memory."""

from datetime import date
from pathlib import Path

import pytest

from heritage.core.errors import UnusableFile
from heritage.reports.draft_json import as_json, event_spots
from heritage.reports.drafting import read_text_file
from heritage.reports.gazetteer import GeoNames, open_world
from heritage.reports.reading.drafts import Reading, read_article
from heritage.reports.reading.lookup import Register
from tests.reports.reading.hostile import HOSTILE, hostile_text

LEAD = "Shells hit the town of Kafranbel in Syria on Monday, residents said. Rebels and troops clashed for hours."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"   \n\n  ", "no text"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "picture"),
        (b"%PDF-1.7 something", "PDF"),
        (b"The town was shelled on Monday, residents said.\x00\x00\x01", "binary"),
        (b"a" * (17 << 20), "larger"),
    ],
)
def test_what_is_no_article_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "article.txt"
    file.write_bytes(content)
    with pytest.raises(UnusableFile, match=reason):
        read_text_file(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_common_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "article.txt"
    file.write_bytes("Des combats ont éclaté à Gao, a déclaré l’armée malienne mardi soir.".encode(encoding))
    assert "éclaté à Gao" in read_text_file(file)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_read_to_its_end(gazetteer: GeoNames, name: str) -> None:
    """It would not come to it if time grew with the square of the length; the benchmark `reading` says how long."""
    reading = _read(f"{hostile_text(name, 60_000)}\n\n{LEAD}", gazetteer)
    text = reading.article.text
    assert all(" ".join(text[claim.start : claim.end].split()) == claim.quote for claim in reading.claims)


def _read(text: str, gazetteer: GeoNames) -> Reading:
    return read_article(text, world=open_world(), gazetteer=gazetteer, register=Register({}, {}))


def test_a_page_is_read_without_its_menus_and_scripts(gazetteer: GeoNames) -> None:
    page = (
        "<!doctype html><html><head><title>x</title><script>var a='Aleppo was shelled';</script></head><body>"
        "<nav><a href='/'>War in Yemen</a></nav><article><h1>Town shelled</h1><p>" + LEAD + "</p>"
        "<p>Nothing else was known &amp; nobody was hurt.</p></article>"
        "<aside><p>Homs was bombed.</p></aside></body></html>"
    )
    reading = _read(page, gazetteer)
    assert reading.article.title == "Town shelled"
    assert [place.name for place in reading.places if place.role == "event"] == ["Kafranbel"]
    assert "Homs" not in reading.article.text
    assert "& nobody" in reading.article.text


def test_marks_of_direction_do_not_hide_a_name(gazetteer: GeoNames) -> None:
    reading = _read(LEAD.replace("Kafranbel", "\u202bKafr\u200canbel\u202c"), gazetteer)
    assert [place.name for place in reading.places if place.role == "event"] == ["Kafranbel"]


def test_a_page_in_a_file_is_an_article(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><html><body><h1>Shells hit Hama</h1><p>Shells hit Hama on Monday.</p></body></html>"
    )
    assert "Shells hit Hama on Monday" in read_text_file(page)


@pytest.mark.parametrize(
    ("above", "as_of", "told"),
    [
        ("20 May 2015", None, ("2015-05-20", False)),
        ("A paper", date(2015, 5, 21), ("2015-05-18?", True)),
        ("A paper", None, (None, False)),
    ],
)
def test_a_date_is_told_as_inferred_only_where_it_is(
    gazetteer: GeoNames, above: str, as_of: date | None, told: tuple[str | None, bool]
) -> None:
    text = f"Shells hit a town\n{above}\n{LEAD}"
    reading = read_article(text, world=open_world(), gazetteer=gazetteer, register=Register({}, {}), as_of=as_of)
    document = as_json(reading, [()] * len(event_spots(reading)))["document"]
    assert (document["date"], document["date_inferred"]) == told
