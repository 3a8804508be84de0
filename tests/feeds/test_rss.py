"""News documents as they come: places in every encoding, documents that break off, texts that no database takes."""

import pytest

from heritage.feeds.fetching import Answer, NotNow
from heritage.feeds.items import Item
from heritage.feeds.rss import parse_items

FRAME = (
    '<rss version="2.0" xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml"'
    ' xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"><channel><title>A paper</title>{}</channel></rss>'
)
GML = '<georss:where><gml:Point srsName="{}"><gml:pos>{}</gml:pos></gml:Point></georss:where>'


def read(inside: str, cut: int = 0) -> list[Item]:
    text = FRAME.format(f"<item><title>One</title>{inside}</item><item><title>Two</title><guid>2</guid></item>")
    content = text.encode()
    answer = Answer("http://paper.example/rss", content[: len(content) - cut], "application/rss+xml", None)
    items, _, _ = parse_items(answer)
    return items


@pytest.mark.parametrize(
    "place",
    [
        "<georss:point>34.5 38.2</georss:point>",
        "<geo:lat>34.5</geo:lat><geo:long>38.2</geo:long>",
        "<georss:where><gml:Point><gml:pos>34.5 38.2</gml:pos></gml:Point></georss:where>",
        GML.format("http://www.opengis.net/def/crs/EPSG/0/4326", "34.5 38.2"),
        GML.format("urn:ogc:def:crs:EPSG::4326", "34.5 38.2"),
        GML.format("urn:ogc:def:crs:OGC:1.3:CRS84", "38.2 34.5"),
    ],
)
def test_a_place_is_read_in_every_encoding(place: str) -> None:
    (one, _) = read(place)
    assert (one.lon, one.lat) == (38.2, 34.5)


@pytest.mark.parametrize("system", ["EPSG:32637", "http://www.opengis.net/def/crs/EPSG/0/3857", "of our own"])
def test_numbers_that_are_no_degrees_are_no_place(system: str) -> None:
    (one, _) = read(GML.format(system, "38.2 34.5"))
    assert (one.lon, one.lat) == (None, None)


@pytest.mark.parametrize("cut", [8, 20, 60])
def test_a_document_that_breaks_off_is_not_taken_for_all_of_it(cut: int) -> None:
    assert len(read("")) == 2
    with pytest.raises(NotNow):
        read("", cut)


def test_texts_that_no_database_takes_are_cleaned() -> None:
    (one, _) = read("<guid>a&#xD800;\x00b</guid><link>http://[no/</link>")
    assert (one.item_id.encode(), one.url) == ("a\ufffd b".encode(), None)
