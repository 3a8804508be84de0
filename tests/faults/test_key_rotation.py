"""New keys are put in use while somebody reads under a permission, and in the middle of it; nothing is ever closed."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from heritage.artefacts import moves, service
from heritage.artefacts.models import INQUIRY_PHOTOGRAPH, InquiryPhotograph, ObjectInquiry
from heritage.core.clock import SystemClock
from heritage.db.engine import Database
from heritage.db.models import metadata
from heritage.sealing.domain import SealedKind, Way
from heritage.sealing.keyring import KeyRing
from heritage.sealing.models import SealedAccess, SealedRead
from tests.artefacts.conftest import make_hands
from tests.faults import reading_program

pytestmark = pytest.mark.faults
PLACE = "Thurayyan kilnhouse"
# So many values that a rotation takes long enough to be killed in its midst.
VALUES = 1_200
MOMENTS_S = (0.0, 0.2, 0.5)


class Reader:
    """The program that reads, asked line by line."""

    def __init__(self, *words: str) -> None:
        self._run = subprocess.Popen(
            [sys.executable, reading_program.__file__, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.line() == "ready"

    def line(self) -> str:
        assert self._run.stdout is not None
        return self._run.stdout.readline().strip()

    def say(self, words: str) -> None:
        assert self._run.stdin is not None
        self._run.stdin.write(f"{words}\n")
        self._run.stdin.flush()

    def ask(self, words: str) -> str:
        self.say(words)
        return self.line()

    def stop(self) -> None:
        self.say("stop")
        assert self._run.wait(timeout=30) == 0
        for stream in (self._run.stdin, self._run.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[tuple[Reader, dict[str, str]]]:
    """A place under seal, a permission to read it for an hour, a program that reads, and the keys' environment."""
    metadata()
    keys, now = tmp_path / "keys", SystemClock().now()
    ring = KeyRing(keys, makes_keys=True)
    with database.session() as session:
        leila, omar = make_hands(session)
        museum = service.add_institution(session, leila, "a-museum", "A Museum")
        bust = service.add_artefact(session, leila, museum, kind="object", title="Bust")
        facts = moves.SealedFacts(name=PLACE)
        job = moves.plan(session, leila, ring, museum, codes=[bust.code], reason="the front", facts=facts)
        session.add(
            SealedAccess(
                kind=SealedKind.PLACE, key=job.code, institutions=["a-museum"], way=Way.TWO_PERSONS,
                asked_by_id=leila.account_id, asked_by=leila.actor, asked_at=now, reason="The return is planned.",
                granted=True, decided_by_id=omar.account_id, decided_by=omar.actor, decided_at=now,
                expires_at=now + timedelta(minutes=60),
            )
        )  # fmt: skip
        _fill(session, ring, leila)
        code, account = job.code, str(leila.account_id)
    environment = {"HERITAGE_DATABASE_URL": database.app_url, "HERITAGE_SECRET_KEY": "x" * 40, "PATH": os.defpath,
                   "HERITAGE_KEYS": str(keys), "HERITAGE_VAR": str(tmp_path / "var")}  # fmt: skip
    if "PYTHONPATH" in os.environ:
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    reader = Reader(database.app_url, str(tmp_path / "var"), str(keys), account, "a-museum", code)
    yield reader, environment
    reader.stop()


def _fill(session: Session, ring: KeyRing, hand: service.Hand) -> None:
    asked = ObjectInquiry(code="K7QX-3M2P", asked_by=hand.actor, asked_by_id=hand.account_id, asked_at=hand.now,
                          described={})  # fmt: skip
    session.add(asked)
    session.flush()
    rows = [InquiryPhotograph(inquiry_id=asked.id, sealed=b"") for _ in range(VALUES)]
    session.add_all(rows)
    session.flush()
    for one in rows:
        one.sealed = ring.seal(INQUIRY_PHOTOGRAPH.purpose, INQUIRY_PHOTOGRAPH.identity(one.id), b"a picture")


def keys(environment: dict[str, str], *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "heritage", "keys", *words, "--json"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def said(running: "subprocess.Popen[str]") -> dict[str, object]:
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    return dict(json.loads(out))


def test_a_permission_outlives_new_keys_before_during_and_in_the_middle_of_a_reading(world, database: Database) -> None:
    reader, environment = world
    assert reader.ask("read") == json.dumps(PLACE)
    # Approved and open: new keys come, the same running program reads on.
    assert said(keys(environment, "rotate"))["resealed"] == VALUES + 1
    assert reader.ask("read") == json.dumps(PLACE)
    # In the middle: the old bytes are in hand, the row is sealed anew meanwhile.
    assert reader.ask("hold") == "held"
    assert said(keys(environment, "rotate"))["resealed"] == VALUES + 1
    assert reader.ask("go on") == json.dumps(PLACE)
    # All through one: what is read and written while it runs.
    running, answers = keys(environment, "rotate"), []
    waiting = threading.Thread(target=running.wait)
    waiting.start()
    while waiting.is_alive():
        answers.append((reader.ask(f"write {PLACE} {len(answers)}"), reader.ask("read")))
    assert said(running)["unreadable"] == []
    assert answers
    assert answers == [('"written"', json.dumps(f"{PLACE} {number}")) for number in range(len(answers))]
    assert said(keys(environment, "check"))["ok"] is True
    with database.session() as session:
        read = session.scalar(sa.select(sa.func.count()).select_from(SealedRead))
    assert read == 3 + len(answers)


def test_a_rotation_that_is_killed_closes_nothing_and_the_next_one_ends_it(world) -> None:
    reader, environment = world
    ended = []
    for after_s in MOMENTS_S:
        running = keys(environment, "rotate")
        try:
            # From the moment it could write a key: starting takes a while.
            running.wait(timeout=0.6 + after_s)
        except subprocess.TimeoutExpired:
            running.kill()
        running.communicate()
        ended.append(running.returncode)
        assert reader.ask("read") == json.dumps(PLACE)
        assert reader.ask(f"write {PLACE}") == '"written"'
    assert -signal.SIGKILL in ended
    checked = said(keys(environment, "check"))
    assert (checked["ok"], checked["sealed"]) == (True, VALUES + 1)
    said(keys(environment, "rotate"))
    assert said(keys(environment, "check"))["older"] == 0
    assert reader.ask("read") == json.dumps(PLACE)
