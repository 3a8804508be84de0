"""Message bodies as reviewed, in three languages; a changed word shows in the diff of tests/data/messages.

To take a change over, delete the file and run these tests: it is written anew, and the run fails once.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from heritage.alerts.facts import AlertFacts, MessageType, ReasonFacts
from heritage.alerts.message import render_alert, title
from heritage.alerts.models import Handover
from heritage.alerts.operations import Alarm, Trouble, render_operations
from heritage.alerts.render import render_summary
from heritage.alerts.wording import Rendered, Words, render
from heritage.core.neutral import loaded_words

FOLDER = Path(__file__).resolve().parents[1] / "data" / "messages"
URL = "https://heritage.example"
STOP = "https://heritage.example/subscriptions/stop/token"
Write = Callable[[AlertFacts, Any, str], Rendered]


def alert(**changed: Any) -> Write:
    def write(facts: AlertFacts, made: Any, language: str) -> Rendered:
        step = replace(facts, **changed)
        return render_alert(step, language, public_url=URL, stop_url=STOP, time_zone="Asia/Damascus")

    return write


def correction(facts: AlertFacts, made: Any, language: str) -> Rendered:
    wrong: ReasonFacts = replace(facts.reasons[0], incident_id=9, place_name="Elsewhere")
    return alert(step=2, msg_type="Update", correction=True, level=2, from_level=4, withdrawn=(wrong,))(
        facts, made, language
    )


def parts(facts: AlertFacts, made: Any, language: str) -> Rendered:
    """Two events near a site of many parts, the first near nine of them."""
    bara = {"part_ref": "1348-004", "part_name": "Al Bara", "distance_km": 6.23, "low_km": 1.2, "high_km": 11.3}
    first, second = (replace(reason, **bara, place_name="Kafr Nabl") for reason in facts.reasons)
    names = ("Serjilla", "Rouweiha", "Jerade", "Deir Sunbel", "Shinsharah", "", "Wadi Martaoun", "Ruweiha")
    near = [
        replace(first, part_ref=f"1348-{5 + n:03d}", part_name=name, distance_km=7.1 + 1.3 * n)
        for n, name in enumerate(names)
    ]
    other = replace(second, part_ref="1348-005", part_name="Serjilla", distance_km=11.0)
    return alert(level=2, reasons=(first, second, *near, other), reasons_total=11)(facts, made, language)


def notice(facts: AlertFacts, made: Any, language: str) -> Rendered:
    note = Handover(
        thread_id=1, actor="Day", said_at=facts.decided_at, open_points="Ask the museum again.", called="Duty desk"
    )
    headline = title(facts, language)
    values = {"about": "review", "headline": headline, "link": f"{URL}/alerts/{facts.thread}", "note": note}
    return render("officers", Words(language, URL), values)


def digest(facts: AlertFacts, made: Any, language: str) -> Rendered:
    now = [made.site("Site of Palmyra", 4, made.tadmur), made.site("Ancient Villages", 2, made.kafranbel)]
    now.append(made.site("A secret place", 3, made.tadmur, public=False))
    then = [made.site("Ancient Villages", 2, made.kafranbel), made.site("Bosra", 1)]
    summary = made.summary(now, then, since=made.day - timedelta(days=3))
    summary = replace(
        summary,
        names={"site-of-palmyra": {"fr": "Site de Palmyre", "ar": "موقع تدمر"}},
        histories={"site-of-palmyra": (0,) * 28 + (4, 4), "ancient-villages": (0, 1, 2, 1, 2, 2)},
    )
    return render_summary(summary, public_url=URL, language=language, stop_url=STOP)


def operations(facts: AlertFacts, made: Any, language: str) -> Rendered:
    since = datetime(2015, 5, 21, 6, 30, tzinfo=UTC)
    alarms = [
        Alarm(Trouble.FEED_STALE, since, name="ACLED", detail="newest event 2015-05-02"),
        Alarm(Trouble.MAIL_FAILING, since, count=12),
        Alarm(Trouble.CHAIN_BROKEN, since, count=42),
        Alarm(Trouble.CLOCK_DRIFT, since, name="worker-2", differs=timedelta(minutes=12)),
        Alarm(Trouble.DISK_FULL, since, name="worker-2", count=900_000_000),
    ]
    return render_operations(alarms, language, public_url=URL, time_zone="Europe/Paris")


MESSAGES: dict[str, Write] = {
    "alert": alert(),
    "exercise": alert(exercise=True),
    "update": alert(step=2, msg_type=MessageType.UPDATE, level=3, from_level=4),
    "correction": correction,
    "end": alert(step=3, msg_type=MessageType.CANCEL, level=0, from_level=2, reasons=(), reasons_total=0, clears=()),
    "withheld": alert(withheld=True),
    "parts": parts,
    "notice": notice,
    "digest": digest,
    "operations": operations,
}


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_reads_as_reviewed(name: str, language: str, facts: AlertFacts, made: Any) -> None:
    rendered = MESSAGES[name](facts, made, language)
    written = f"{rendered.subject}\n\n{rendered.text}"
    path = FOLDER / f"{name}.{language}.txt"
    if not path.exists():
        path.write_text(written, encoding="utf-8")
        pytest.fail(f"{path.name} was written anew: review it")
    assert written == path.read_text(encoding="utf-8")
    assert loaded_words(rendered.subject) == ()


def test_no_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{name}.{language}.txt" for name in MESSAGES for language in ("en", "fr", "ar")
    }
