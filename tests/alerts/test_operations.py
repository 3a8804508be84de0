"""Letters about the running of the program: marked apart, the gravest first, every trouble in every language."""

import re
from datetime import UTC, datetime

import pytest

from heritage.alerts.operations import Alarm, Trouble, render_operations

NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_trouble_has_its_sentence(language: str) -> None:
    alarms = [Alarm(trouble, NOON, name="ACLED", count=3, detail="HTTP 500") for trouble in Trouble]
    letter = render_operations(alarms, language, public_url="https://heritage.example")
    told = re.findall(r"<strong>(.*?)</strong>", re.sub(r' style="[^"]*"', "", letter.html))
    assert len(set(told)) == len(Trouble)
    assert letter.text.count("HTTP 500") == len(Trouble)
    assert "%(" not in letter.subject + letter.text + letter.html


def test_it_is_marked_as_no_alert_and_the_gravest_comes_first() -> None:
    alarms = [Alarm(Trouble.FEED_STALE, NOON, name="ACLED"), Alarm(Trouble.CHAIN_BROKEN, NOON, count=42)]
    letter = render_operations(alarms, public_url="https://heritage.example")
    assert letter.subject == "Operations, no alert: 2 things are wrong"
    assert letter.text.startswith("This is about the running of the program. It is no alert")
    assert letter.text.index("from entry 42 on") < letter.text.index("ACLED has been silent for too long")


def test_a_detail_cannot_write_markup_or_lines() -> None:
    nasty = Alarm(Trouble.OTHER, NOON, name="<b>x</b>", detail="<script>x</script>\r\n\r\nFROM: y")
    letter = render_operations([nasty], public_url="https://heritage.example")
    assert "<script" not in letter.html
    assert "<b>x" not in letter.html
    assert "\nFROM" not in letter.text
