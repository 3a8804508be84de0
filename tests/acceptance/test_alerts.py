"""The case of 21 May 2015 as a drill, through the command line: who is told what, once, and nobody today."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("alerts")
MAY = "2015-05-21T12:00:00Z"


class User:
    """Somebody at a command line, with a folder of their own and, for a drill, a clock of its own."""

    def __init__(self, var: Path, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HERITAGE_")}
        self.var, self.environment = var, kept | {"HERITAGE_VAR": str(var)} | environment

    def __call__(self, *words: str, code: int = 0) -> Any:
        import json

        command = [sys.executable, "-m", "heritage", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == code, f"{words} left with {done.returncode}: {done.stderr[-3000:]}"
        return json.loads(done.stdout) if "--json" in words and code == 0 else done

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A worker at its work."""
        running = subprocess.Popen([sys.executable, "-m", "heritage", "worker"], env=self.environment)
        try:
            yield
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)

    def mail(self) -> list[Any]:
        """Every letter that left, parsed."""
        letters = sorted((self.var / "mail").glob("*.eml"))
        return [BytesParser(policy=policy.default).parsebytes(path.read_bytes()) for path in letters]


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come to hold"
        time.sleep(0.2)


@pytest.fixture
def drill(tmp_path: Path) -> User:
    """The starter set and two readers, at noon of that day."""
    user = User(tmp_path / "drill", HERITAGE_EXERCISE_CLOCK=MAY)
    user("starter", "load", "--json")
    user("subscriptions", "add", "one@example.org", "--confirmed", "--json")
    user(
        "subscriptions",
        "add",
        "two@example.org",
        "--country",
        "SY",
        "--site",
        "site-of-palmyra",
        "--confirmed",
        "--json",
    )
    return user


def tell(drill: User) -> list[Any]:
    """What the rehearsal said twice beforehand; then the day was evaluated and its letters have left."""
    said = [drill("alerts", "dry-run", *words, "--json") for words in (["--as-of", "2015-05-21"], [])]
    assert drill("evaluate", "--json")["changed"] == 2
    with drill.worker():
        eventually(lambda: len(drill.mail()) == 4)
    return said


EXPECTED = {("23", 4, 1, "Alert"), ("1348", 2, 1, "Alert")}


def threads(document: dict[str, Any]) -> set[tuple[Any, ...]]:
    return {(t["site"], t["level"], t["step"], t["msg_type"]) for t in document["threads"]}


def test_a_drill_says_beforehand_what_then_happens_once_and_never_again(drill: User, tmp_path: Path) -> None:
    """One story: to begin it anew for each of its sentences would cost a minute each."""
    told = tell(drill)
    the_rehearsal_said_what_then_happened(drill, told)
    the_advisory_names_both_events_and_the_parts(drill)
    again_says_nothing(drill)
    its_database_is_refused_for_real_and_the_other_way_round(drill, tmp_path)


def the_rehearsal_said_what_then_happened(drill: User, told: list[Any]) -> None:
    for said in told:
        assert (said["messages"], said["recipients"], threads(said)) == (4, 2, EXPECTED)
    by_reader = {
        to: sorted(m["Subject"] for m in drill.mail() if m["To"] == to) for to in ("one@example.org", "two@example.org")
    }
    assert by_reader["one@example.org"] == by_reader["two@example.org"]
    ancient, palmyra = by_reader["one@example.org"]
    assert "Exercise" in palmyra
    assert "level 4" in palmyra
    assert "Palmyra" in palmyra
    assert "level 2" in ancient
    assert "Ancient Villages" in ancient


def the_advisory_names_both_events_and_the_parts(drill: User) -> None:
    (text,) = {
        m.get_body(("plain",)).get_content()
        for m in drill.mail()
        if "Ancient" in m["Subject"] and m["To"] == "one@example.org"
    }
    for said in ("Kafranbel", "Tawameh", "1348-004", "1348-005", "1348-007"):
        assert said in text
    assert "drill" in text.lower()


def again_says_nothing(drill: User) -> None:
    assert drill("evaluate", "--json")["changed"] == 0
    drill("jobs", "run", "evaluate")
    with drill.worker():
        eventually(lambda: drill("jobs", "list", "--status", "deferred", "--json")["counts"]["deferred"] == 0)
        time.sleep(2)
    assert len(drill.mail()) == 4
    assert drill("alerts", "dry-run", "--json") == {"messages": 0, "recipients": 0, "threads": []}
    listed = drill("alerts", "list", "--json")
    assert {(t["site"], t["level"]) for t in listed["threads"]} == {("23", 4), ("1348", 2)}
    shown = drill("alerts", "show", listed["threads"][0]["thread"], "--json")
    assert {line["status"] for line in shown["ledger"]} == {"sent"}
    assert "example.org" not in str(shown)


def its_database_is_refused_for_real_and_the_other_way_round(drill: User, tmp_path: Path) -> None:
    for words in (["evaluate"], ["alerts", "list"], ["subscriptions", "list"]):
        refused = User(drill.var)(*words, code=1)
        assert "exercise" in refused.stderr
    live = User(tmp_path / "live")
    live("evaluate")
    assert "used for real" in User(live.var, HERITAGE_EXERCISE_CLOCK=MAY)("evaluate", code=1).stderr
    assert "time zone" in User(tmp_path / "no", HERITAGE_EXERCISE_CLOCK="2015-05-21")("flags", code=1).stderr


def test_today_nobody_is_mailed_of_2015(tmp_path: Path) -> None:
    live = User(tmp_path / "var")
    live("starter", "load", "--json")
    live("subscriptions", "add", "one@example.org", "--confirmed")
    rehearsed = live("alerts", "dry-run", "--as-of", "2015-05-21", "--json")
    assert threads(rehearsed) == EXPECTED
    assert live("alerts", "dry-run", "--json")["messages"] == 0
    live("evaluate")
    live("jobs", "run", "consider_alerts")
    assert live("alerts", "list", "--json")["count"] == 0
    with live.worker():
        eventually(lambda: live("jobs", "list", "--json")["counts"]["deferred"] == 0)
    assert live.mail() == []


def test_wrong_words_are_refused_with_a_reason(tmp_path: Path) -> None:
    user = User(tmp_path / "var", HERITAGE_EXERCISE_CLOCK=MAY)
    for words, code in (
        (["subscriptions", "add", "nobody", "--confirmed"], 1),
        (["subscriptions", "add", "a@example.org", "--site", "atlantis", "--confirmed"], 1),
        (["subscriptions", "add", "a@example.org", "--country", "Syria", "--confirmed"], 1),
        (["subscriptions", "add", "a@example.org", "--min-level", "9"], 2),
        (["subscriptions", "stop", "unknown@example.org"], 1),
        (["alerts", "show", "atlantis-1"], 1),
        (["alerts", "approve", "site-of-palmyra-1"], 1),
        (["alerts", "dry-run", "--as-of", "yesterday"], 2),
    ):
        done = user(*words, code=code)
        assert done.stderr
        assert "Traceback" not in done.stderr
        assert "example.org" not in done.stderr
