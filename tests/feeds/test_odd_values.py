"""Values that no source should send: each costs at most its own row."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from heritage.core.files import open_source
from heritage.feeds.fetching import Answer
from heritage.feeds.registry import get_feed
from heritage.feeds.reliefweb import parse_reports
from heritage.feeds.rss import parse_items
from heritage.feeds.ucdp_api import _cell
from tests.feeds import live_rows as rows


@pytest.mark.parametrize("deleted", [None, 5, [None], [{"event_id_cnty": "\ud800"}]])
def test_an_odd_list_of_events_taken_back_does_not_touch_the_others(tmp_path: Path, deleted: Any) -> None:
    path = tmp_path / "acled.json"
    path.write_text(json.dumps({"data": [rows.acled(1)], "deleted": deleted}))
    (batch,) = get_feed("acled").parse(open_source(path), fetched_on=date(2026, 11, 23))
    assert batch.drafts.height == 1
    assert all(name.encode() for name in batch.withdrawn_ids)


@pytest.mark.parametrize("ttl", ["²", "9" * 5000, "-1", "soon"])
def test_a_time_to_live_that_is_no_number_is_none(ttl: str) -> None:
    document = rows.RSS.format(extra=f"<ttl>{ttl}</ttl>").encode()
    items, _, minutes = parse_items(Answer("http://paper.example/", document, "application/rss+xml", None))
    assert (len(items), minutes) == (2, None)


def test_texts_that_no_database_takes_are_cleaned_wherever_they_stand() -> None:
    fields = {"language": [{"code": "e\x00"}], "source": [{"name": "\ud800"}], "url": "https://a.example/\x00"}
    (item,), _, _ = parse_reports({"data": [{**rows.report(1, **fields), "id": "1\x00"}]})
    told = f"{item.item_id}{item.language}{item.source}{item.url}"
    assert "\x00" not in told
    assert told.encode()
    assert _cell("a\x00\ud800b").encode() == b"a ?b"
