"""What a stranger may hand in: refused in words or taken cleanly, never a traceback, never half of it."""

import gzip
import io
import json
import logging
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
import structlog

from heritage.cli import main
from heritage.db.engine import Database

pytestmark = pytest.mark.xdist_group("hostile_files")

SITES = "id_no,name_en,date_inscribed,danger_list,longitude,latitude,iso_code\n"
PALMYRA = "23,Palmyra,1980,Y 2013,38.27,34.55,sy\n"
EVENTS = "id,type_of_violence,where_prec,latitude,longitude,country,date_prec,date_start,date_end,best\n"
FIGHT = "1,1,1,34.5,38.2,Syria,1,2016-03-01,2016-03-01,3\n"
COUNTS = {"read", "added", "changed", "unchanged", "vanished", "withdrawn", "refused"}
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><query><row><id_number>&i;</id_number></row></query>"
)


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The one document on stdout."""
        return dict(json.loads(self.out))

    @property
    def refused(self) -> list[tuple[int, str | None]]:
        """Row and field of each refusal."""
        return [(each["row"], each["field"]) for each in self.report["refusals"]]


@pytest.fixture
def heritage(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Done]]:
    """The command line in this process, on a private database."""
    monkeypatch.setenv("HERITAGE_DATABASE_URL", database.app_url)
    monkeypatch.setenv("HERITAGE_DATABASE_OWNER_URL", database.owner_url)
    monkeypatch.setenv("HERITAGE_SECRET_KEY", "a test's key of no worth, long enough")
    monkeypatch.setenv("HERITAGE_VAR", str(tmp_path / "var"))
    root = logging.getLogger()
    before = root.handlers, root.level

    def call(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["heritage", *map(str, words)])
        try:
            main()
            code = 0
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        return Done(code, *capsys.readouterr())

    yield call
    root.handlers, root.level = before
    structlog.reset_defaults()


def rows_held(database: Database) -> dict[str, int]:
    tables = ("site", "part", "site_name", "danger_period", "event", "event_version", "place", "import_run", "refusal")
    with database.engine.connect() as connection:
        return {name: connection.scalar(sa.text(f"select count(*) from {name}")) or 0 for name in tables}


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (64 << 20))
    return packed.getvalue()


UNUSABLE = {
    "empty": b"",
    "blank": b"\n\n\n",
    "pdf": b"%PDF-1.7\n\x00\x01\x02",
    "png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "web page": b"<!DOCTYPE html><html>403</html>",
    "words": b"hello world\n" * 20,
    "nulls": b"\x00" * 10_000,
    "endless line": b'x,"' + b"y" * 5_000_000,
    "gzip cut short": gzip.compress((SITES + PALMYRA * 99).encode())[:-9],
    "bomb": bomb(),
    "billion laughs": BILLION_LAUGHS.encode(),
    "json cut short": b'[{"id_no": "1", "name_en": ',
    "json too deep": b"[" * 100_000,
    "old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
}


@pytest.mark.parametrize("name", UNUSABLE)
@pytest.mark.parametrize("command", [("sites", "import"), ("incidents", "import", "--feed", "ucdp")], ids=" ".join)
def test_an_unusable_file_is_refused_in_words_and_changes_nothing(
    heritage: Callable[..., Done], database: Database, tmp_path: Path, command: tuple[str, ...], name: str
) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(UNUSABLE[name])
    done = heritage(*command, path, "--json")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: ")
    assert set(rows_held(database).values()) == {0}


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "missing"])
def test_what_is_no_file_is_refused_and_never_waited_for(
    heritage: Callable[..., Done], tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "given"
    make = {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "loop": lambda: path.symlink_to(path)}
    make.get(kind, lambda: None)()
    for command in (("sites", "import"), ("incidents", "import", "--feed", "ucdp")):
        done = heritage(*command, path)
        assert (done.code, done.out) == (1, "")
        assert "given" in done.err


def test_good_rows_of_a_register_go_in_and_bad_ones_are_named(
    heritage: Callable[..., Done], database: Database, tmp_path: Path
) -> None:
    bad = (
        "24,Danger before,1980,Y 1979,38,34,sy",
        "25,Ends first,1980,P 2005-1990,38,34,sy",
        "26,Overlapping,1980,Y 2012 P 1990-2020,38,34,sy",
        "27,Misspelt,1980,Y 20I3,38,34,sy",
        "28,To come,1980,Y 3013,38,34,sy",
        "29,Year 0,0,,38,34,sy",
        "30,Too far north,1980,,38,95,sy",
        "31,Swapped,1980,,34.5,138.2,sy",
        "23,Twice,1980,,38,34,sy",
        "32,Holds\0a null,1980,,38,34,sy",
        f"33,{'x' * 100_000},1980,,38,34,sy",
        "x,No number,1980,,38,34,sy",
    )
    path = tmp_path / "list.csv"
    path.write_text(SITES + PALMYRA + "\n".join(bad) + "\n34,=1+1,1980,,0,0,sy\n")
    done = heritage("sites", "import", path, "--json")
    assert done.code == 0
    assert done.report.keys() >= COUNTS | {"vanished_ids", "withdrawn_ids", "refusals", "dry_run"}
    assert [done.report[name] for name in ("read", "added", "refused")] == [14, 2, 12]
    fields = ["danger_list"] * 5 + ["date_inscribed", "latitude", "latitude", "id_no", "name_en", "name_en", "id_no"]
    assert done.refused == list(enumerate(fields, start=3))
    assert all(each["reason"] for each in done.report["refusals"])
    again = heritage("sites", "import", path, "--json").report
    assert [again[name] for name in ("added", "changed", "unchanged")] == [0, 0, 2]


def test_good_events_go_in_and_bad_ones_are_named(heritage: Callable[..., Done], tmp_path: Path) -> None:
    bad = {
        "2,1,1,95,38.2,Syria,1,2016-03-01,2016-03-01,3": "latitude",
        "3,1,1,,,Syria,1,2016-03-01,2016-03-01,3": "latitude",
        "4,1,8,34.5,38.2,Syria,1,2016-03-01,2016-03-01,3": "where_prec",
        "5,1,1,34.5,38.2,Syria,1,0000-03-01,2016-03-01,3": "date_start",
        "6,1,1,34.5,38.2,Syria,1,2016-03-02,2016-03-01,3": "date_end",
        "7,1,1,34.5,38.2,Syria,1,2016-03-01,2016-03-01,many": "best",
        "8,1,1,34.5,38.2,Sy\0ria,1,2016-03-01,2016-03-01,3": "country",
        "1,1,1,34.5,38.2,Syria,1,2016-03-01,2016-03-01,99": "id",
        "9,1,1,34.5,38.2,Syria,1,2016-03-01": None,
        "10,1,1,34.5,38.2,Syria,1,2016-03-01,2016-03-01,3,more": None,
    }
    path = tmp_path / "GEDEvent_v25_1.csv"
    path.write_text(EVENTS + FIGHT + "\n".join(bad) + "\n")
    done = heritage("incidents", "import", path, "--feed", "ucdp", "--json")
    assert done.code == 0
    assert [done.report[name] for name in ("read", "added", "refused")] == [11, 1, 10]
    assert sorted(done.refused) == list(enumerate(bad.values(), start=3))
    again = heritage("incidents", "import", path, "--feed", "ucdp", "--json").report
    assert [again[name] for name in ("added", "changed", "unchanged", "withdrawn")] == [0, 0, 1, 0]


def test_one_id_in_two_feeds_is_two_events(heritage: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "v25_1.csv").write_text(EVENTS + FIGHT)
    own = {"event_id": "1", "occurred": "2016-03-01", "reported_on": "2016-03-02", "kind": "shelling"}
    own |= {"lon": 38.2, "lat": 34.5, "radius_km": 2, "location_precision": "near", "sources": [{"name": "A witness"}]}
    (tmp_path / "own.json").write_text(json.dumps([own]))
    heritage("incidents", "import", tmp_path / "v25_1.csv", "--feed", "ucdp")
    assert heritage("incidents", "import", tmp_path / "own.json", "--feed", "reports", "--json").report["added"] == 1
    assert heritage("incidents", "list", "--count", "--json").report == {"count": 2}


@pytest.mark.parametrize(
    "words",
    [
        ("flags", "--as-of", "0001-01-01"),
        ("flags", "--as-of", "yesterday"),
        ("digest", "--as-of", "9999-12-31"),
        ("sites", "list", "--as-of", "0000-00-00"),
        ("incidents", "list", "--limit", "99999999999999999999"),
        ("sites", "undo", "99999999999999999999"),
        ("flags", "--min-level", "9"),
        ("nothing",),
    ],
    ids=" ".join,
)
def test_wrong_usage_leaves_with_2(heritage: Callable[..., Done], words: tuple[str, ...]) -> None:
    done = heritage(*words)
    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err


def test_a_digest_for_nobody_is_refused(heritage: Callable[..., Done]) -> None:
    for address in ("", "nobody", "a@b.example\nBcc: c@d.example"):
        done = heritage("digest", "--to", address, "--json")
        assert (done.code, done.out) == (1, "")
