"""Rows of the live sources in their true forms, made up here; a test changes what it is about."""

from typing import Any


def ged(number: int, **values: Any) -> dict[str, Any]:
    """A row of UCDP's API: the columns of the file, dates with a T."""
    row = {
        "id": number,
        "relid": f"SYR-2026-{number}",
        "year": 2026,
        "active_year": True,
        "code_status": "Clear",
        "type_of_violence": 1,
        "side_a": "Government of Syria",
        "side_b": "IS",
        "number_of_sources": 1,
        "source_article": '"SOHR,2026-01-11,Clashes near the town"',
        "source_office": "SOHR",
        "source_date": "2026-01-11",
        "source_headline": "Clashes near the town",
        "source_original": "SOHR",
        "where_prec": 1,
        "where_coordinates": "Tadmur town",
        "where_description": "",
        "adm_1": "Homs Governorate",
        "adm_2": None,
        "latitude": 34.56,
        "longitude": 38.28,
        "geom_wkt": "POINT (38.28 34.56)",
        "country": "Syria",
        "country_id": 652,
        "region": "Middle East",
        "event_clarity": 1,
        "date_prec": 1,
        "date_start": "2026-01-10T00:00:00",
        "date_end": "2026-01-10T00:00:00",
        "best": 3,
        "high": 4,
        "low": 2,
    }
    return {**row, **values}


def acled(number: int, **values: Any) -> dict[str, Any]:
    """A row of ACLED's API: all values are texts."""
    row = {
        "event_id_cnty": f"SYR{number}",
        "event_date": "2026-10-20",
        "year": "2026",
        "time_precision": "1",
        "disorder_type": "Political violence",
        "event_type": "Explosions/Remote violence",
        "sub_event_type": "Shelling/artillery/missile attack",
        "actor1": "Military Forces of Syria",
        "assoc_actor_1": "",
        "inter1": "State forces",
        "actor2": "Opposition Rebels (Syria)",
        "assoc_actor_2": "",
        "inter2": "Rebel group",
        "interaction": "State forces-Rebel group",
        "civilian_targeting": "",
        "iso": "760",
        "region": "Middle East",
        "country": "Syria",
        "admin1": "Homs",
        "admin2": "Tadmor",
        "admin3": "Tadmor",
        "location": "Tadmor",
        "latitude": "34.5624",
        "longitude": "38.2840",
        "geo_precision": "1",
        "source": "SOHR; Local Media",
        "source_scale": "Other-National",
        "notes": "Shells fell at the edge of the town.",
        "fatalities": "2",
        "tags": "",
        "timestamp": "1792600000",
    }
    return {**row, **{name: str(value) for name, value in values.items()}}


GDELT_COLUMNS = {
    "id": 0, "day": 1, "actor1": 6, "actor2": 16, "code": 26, "base": 27, "root": 28, "type": 51, "place": 52,
    "country": 53, "adm1": 54, "lat": 56, "lon": 57, "feature": 58, "added": 59, "url": 60,
}  # fmt: skip


def gdelt(number: int, **values: Any) -> str:
    """A line of GDELT's export: 61 columns."""
    row = {
        "id": number,
        "day": "20261122",
        "actor1": "MILITARY",
        "actor2": "REBEL",
        "code": "194",
        "base": "194",
        "root": "19",
        "type": "4",
        "place": "Tadmur, Hims, Syria",
        "country": "SY",
        "adm1": "SY11",
        "lat": "34.5624",
        "lon": "38.284",
        "feature": "-2548971",
        "added": "20261122113000",
        "url": f"https://news.example/{number}",
        **values,
    }
    cells = [""] * 61
    for name, value in row.items():
        cells[GDELT_COLUMNS[name]] = str(value)
    return "\t".join(cells)


def alert(identifier: str, **values: Any) -> str:
    """A CAP 1.2 alert."""
    said = {
        "sender": "civil.defence@example.org",
        "sent": "2026-11-21T10:00:00+02:00",
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
        "references": "",
        "category": "Security",
        "event": "Shelling",
        "certainty": "Observed",
        "area": "<areaDesc>Tadmur</areaDesc><circle>34.5624,38.284 4</circle>",
        **values,
    }
    references = f"<references>{said['references']}</references>" if said["references"] else ""
    return (
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{identifier}</identifier><sender>{said['sender']}</sender><sent>{said['sent']}</sent>"
        f"<status>{said['status']}</status><msgType>{said['msgType']}</msgType><scope>{said['scope']}</scope>{references}"
        f"<info><category>{said['category']}</category><event>{said['event']}</event><urgency>Immediate</urgency>"
        f"<severity>Severe</severity><certainty>{said['certainty']}</certainty>"
        f"<headline>{said['event']} reported</headline><area>{said['area']}</area></info></alert>"
    )


def named(alert_identifier: str, sent: str = "2026-11-21T10:00:00+02:00") -> str:
    """How another alert refers to one."""
    return f"civil.defence@example.org,{alert_identifier},{sent}"


RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:georss="http://www.georss.org/georss"><channel>
<title>A paper</title><link>https://paper.example/</link><description>News</description><language>en</language>{extra}
<item><title>Fire at a depot</title><link>https://paper.example/1</link><guid>paper-1</guid>
<pubDate>Sat, 21 Nov 2026 08:00:00 GMT</pubDate>
<description>&lt;p&gt;A fire &lt;script&gt;alert(1)&lt;/script&gt; broke out.&lt;/p&gt;</description>
<georss:point>34.5 38.2</georss:point></item>
<item><title>Talks</title><link>https://paper.example/2</link><guid>paper-2</guid>
<pubDate>Sat, 21 Nov 2026 09:00:00</pubDate><description>Talks go on.</description></item>
</channel></rss>"""


def report(number: int, changed: str = "2026-11-21T10:00:00+00:00", **fields: Any) -> dict[str, Any]:
    """A report of ReliefWeb's API."""
    return {
        "id": str(number),
        "score": 1,
        "href": f"https://api.reliefweb.int/v2/reports/{number}",
        "fields": {
            "title": f"Situation report {number}",
            "url": f"https://reliefweb.int/node/{number}",
            "date": {"original": "2026-11-20T00:00:00+00:00", "changed": changed, "created": changed},
            "country": [{"iso3": "syr", "name": "Syrian Arab Republic"}],
            "source": [{"name": "An office", "shortname": "Office"}],
            "language": [{"code": "en"}],
            "body": "Nothing of note.",
            **fields,
        },
    }
