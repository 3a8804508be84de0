"""An evacuation done on the pages leaves no trace of where it went: in no dump, backup, log, file, letter or cookie."""

import base64
import gzip
import json
import logging
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
import structlog
from sqlmodel import select

from heritage.artefacts import moves
from heritage.artefacts.models import SealedPlace
from heritage.artefacts.moves import SealedFacts
from heritage.commandline import configure_logging
from heritage.db import backup as archives
from heritage.db import migrate
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import Database, libpq_url, make_engine
from heritage.db.folders import binaries
from heritage.policy.roles import Role
from heritage.sealing.keyring import open_keyring
from heritage.services import Services
from tests.acceptance.silence_world import CONTACT, World, build, letters, seen, tell
from tests.acceptance.silence_world import FACTS as BEFORE
from tests.acceptance.traces import find_traces, unpacked

# Words that stand nowhere else: in no name of the starter's register, no factor, no page.
FACTS = SealedFacts(
    name="Thurayyan kilnhouse سردابنور",
    # Beyond sixty: the seconds of a time in some log are no trace of it.
    lon=97.81946,
    lat=73.47281,
    access="key by Umm Waddaha",
    route="via Wadi Hbeishan ford",
    departs="2031-02-17",
    arrives="2031-02-19",
    returns="2033-11-03",
    mover="Zaynabuddin Q",
    contact="Halbunian 0944 5550 177",
    reference="rack Umayrahn 93K",
    fitness="dry, Sabkhatine",
    security="gate Sabburiyehn",
    home="Tadmuriyann 41",
)
NOTE = "2 lie in a Ghoutaine pumphouse"
WRONG = "Deiratiyan sawpit"
# In a statement that failed; what a table holds of it for a while is no log.
FAILED = "Nuqaybatan quarryface"
FORM = {"place": FACTS.name} | {name: str(value) for name, value in asdict(FACTS).items() if name != "name"}


@pytest.fixture
def server_home(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server of this test's own, with every file it writes."""
    with EmbeddedServer(tmp_path / "server", durable=False) as running:
        yield running


@pytest.fixture
def database(server_home: EmbeddedServer) -> Iterator[Database]:
    """A database there."""
    migrate.upgrade(server_home.owner_url, app_role="heritage_app")
    engine = make_engine(server_home.app_url)
    yield Database(engine, server_home.app_url, server_home.owner_url, None)
    engine.dispose()


@pytest.fixture
def world(services: Services, meet) -> World:
    """Palmyra in May 2015, six busts on their way, and a second registrar."""
    made = build(services, meet)
    omar = meet(Role.REGISTRAR, "Omar", institution="Palmyra Museum")
    leila = meet(Role.REGISTRAR, "Leila", institution="Palmyra Museum")
    tell(made)
    evacuate(made, leila.client, omar.client)
    cookies = {name: "; ".join(f"{one.key}={one.value}" for one in who.client._cookies.values())
               for name, who in (("omar", omar), ("leila", leila))}  # fmt: skip
    made.cookies.update(cookies)
    return made


def evacuate(world: World, leila, omar) -> None:
    """Write the place, at first with slips; pack, hand over with a difference, settle it, read the place by two."""
    job, place = f"/artefacts/jobs/{world.job}", f"/sealed/place/{world.job}"
    slip = leila.post(f"{job}/seal", data=FORM | {"lat": "95"})
    assert (slip.status_code, slip.headers.get("Cache-Control")) == (422, "no-store")
    slip = leila.post("/artefacts/jobs/new", data=FORM | {"codes": world.codes[0], "reason": ""})
    assert (slip.status_code, slip.headers.get("Cache-Control")) == (422, "no-store")
    assert leila.post(f"{job}/seal", data=FORM).status_code == 302
    assert omar.post(f"{job}/steps/authorise", data={"authorise-custodian": "The director"}).status_code == 302
    pack = {"pack-codes": world.codes, "pack-box": "none", "pack-seal": "S1"}
    assert leila.post(f"{job}/steps/pack", data=pack).status_code == 302
    seen_of_each = {"present": "yes", "count": "1", "sound": "yes"}
    counted = {"unit": world.codes} | {
        f"{what}-{code}": seen_of_each[what] for code in world.codes for what in seen_of_each
    }
    stage = {"stage-state": "left_out", "stage-note": NOTE}
    assert leila.post(f"{job}/steps/stage", data=stage).status_code == 302
    looked = {"condition-codes": [world.codes[1]], "condition-condition": "slight", "condition-note": NOTE}
    assert leila.post(f"{job}/steps/condition", data=looked).status_code == 302
    assert leila.post(f"{job}/steps/give-out", data=counted).status_code == 302
    counted[f"present-{world.codes[0]}"] = ""
    assert omar.post(f"{job}/steps/receive-out", data=counted).status_code == 302
    said = {"d1-outcome": "missing", "d1-reason": NOTE}
    assert leila.post(f"{job}/differences/1", data=said | {"d1-outcome": "nothing"}).status_code == 302
    assert leila.post(f"{job}/differences/1", data=said).status_code == 302
    assert omar.post(f"{job}/differences/1", data={"agree": "yes"}).status_code == 302
    assert omar.post(f"{job}/steps/verify", data={"verify-looked_at": "y", "verify-note": NOTE}).status_code == 302
    found = {"find-codes": [world.codes[0]], "find-note": f"{NOTE} {WRONG}"}
    assert leila.post(f"{job}/steps/find", data=found).status_code == 302
    assert leila.post(f"{place}/ask", data={"reason": "The return is planned."}).status_code == 302
    assert omar.post("/sealed/questions/1/decide", data={"decision": "grant"}).status_code == 302
    read = leila.post(f"{place}/read")
    assert FACTS.route in read.text
    assert read.headers["Cache-Control"] == "no-store"


def fail(services: Services) -> None:
    """Statements that fail with the words in them, on the server's log and on the program's."""
    log = structlog.get_logger()
    tries = [
        ("insert into audit_entry (seq, actor) values (:words, :words)", {"words": FAILED}),
        ("select cast(:words as bigint), pg_sleep(0)", {"words": FAILED}),
        ("insert into institution (code, name, name_slug, created_at) values ('palmyra-museum', :words, :words, now())",
         {"words": FAILED}),
        ("update institution set name_slug = null, name = :words", {"words": FAILED}),
    ]  # fmt: skip
    for statement, values in tries:
        try:
            with services.database.session() as session:
                session.execute(sa.text(statement), values)
        except sa.exc.DBAPIError as error:
            log.error("page_failed", exc_info=error)
            logging.getLogger("somebody").error("failed: %s", error, exc_info=error)
        else:
            raise AssertionError(statement)


def _joined(parts: Iterable[object]) -> bytes:
    return b"\n".join(part if isinstance(part, bytes) else repr(part).encode() for part in parts)


def dumps(database: Database, folder: Path) -> dict[str, bytes]:
    """The database as `heritage db backup`, as pg_dump's text and as rows, and the backup read again."""
    archives.backup(database, folder / "backup")
    owner = libpq_url(database.owner_url)
    kinds = {"text": ["-Fp"], "rows": ["-Fp", "--column-inserts"], "tar": ["-Ft"]}
    found = {name: subprocess.run([str(binaries() / "pg_dump"), *how, owner], capture_output=True, check=True).stdout
             for name, how in kinds.items()}  # fmt: skip
    again = subprocess.run(
        [str(binaries() / "pg_restore"), "-f", "-", str(folder / "backup")], capture_output=True, check=True
    )
    assert b"sealed_place" in again.stdout
    return found | {"backup": (folder / "backup").read_bytes(), "backup, read": again.stdout,
                    "packed": gzip.compress(found["text"], 0)}  # fmt: skip


def test_an_evacuation_leaves_no_trace_of_where_it_went(
    services: Services, server_home: EmbeddedServer, tmp_path, capfd, monkeypatch, request
):
    configure_logging("json", "debug")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    world: World = request.getfixturevalue("world")
    pages = {name: _joined(seen(world, (name,)).values()) for name in ("a stranger", "leila")}
    searched_by_leila = pages.pop("leila")
    sent = letters(world)
    fail(services)
    searched = dumps(services.database, tmp_path)
    searched |= {"pages": pages["a stranger"], "letters": _joined(part for parts in sent.values() for part in parts)}
    searched["cookies"] = b"\n".join(unpacked(cookie.split("=", 1)[1]) for cookie in world.cookies.values() if cookie)
    with services.database.session() as session:
        jobs = session.execute(sa.text("select to_jsonb(j)::text from procrastinate_jobs j")).scalars().all()
        record = session.execute(sa.text("select to_jsonb(e)::text from audit_entry e")).scalars().all()
    assert any("tell_of_reading" in job for job in jobs)
    searched |= {"queue": "\n".join(jobs).encode(), "record": "\n".join(record).encode()}
    # Every file: the server's tables, its log of what it wrote, its own log; what the program keeps; temporary ones.
    owner = sa.create_engine(services.database.owner_url, poolclass=sa.NullPool)
    with owner.connect() as connection:
        connection.execute(sa.text("checkpoint"))
    files = [path for path in tmp_path.rglob("*") if path.is_file() and "keys" not in path.parts]
    assert any("pg_wal" in path.parts for path in files)
    assert any(path.name == "log" and path.stat().st_size for path in files)
    searched |= {str(path): path.read_bytes() for path in files}
    logged = capfd.readouterr()
    assert "page_failed" in logged.err
    searched["log"] = (logged.out + logged.err).encode()
    for name in searched:
        if name == "log" or name.endswith("postgres/log"):
            assert find_traces(FACTS, searched[name], FAILED) == []
    found = {place: traces for place, data in searched.items()
             if (traces := find_traces(FACTS, data, NOTE, WRONG, CONTACT))}  # fmt: skip
    # Who may see the job reads what was written to its steps; where it went is not there.
    assert find_traces(FACTS, searched_by_leila) == []
    # What was sealed first, and replaced.
    words = SealedFacts("Qanawat", BEFORE.lon, BEFORE.lat, "shutter", "Salamiyah")
    earlier = ("text", "record", "queue", "log", "letters")
    found |= {f"{place}, earlier": traces for place in earlier if (traces := find_traces(words, searched[place]))}
    assert found == {}, found
    ring = open_keyring(services.settings)
    with services.database.session() as session:
        assert FACTS in [moves.unseal_facts(ring, place) for place in session.exec(select(SealedPlace))]


@pytest.mark.parametrize(
    "written",
    [
        b"at the KILNHOUSE", "سردابنور".encode("utf-16-le"), "سردابنور".encode().hex().encode(),
        quote("سردابنور").encode(),
        json.dumps("سردابنور").encode(), b"[97.8, 73.5]", b"73.47,97.82", b"(97.819 73.472)",
        b'"lat": 73.4728, "lon": 97.8195', "73°28'22\"N 97°49'10\"E".encode(), b"x97819460y", b"the 2031-02-17",
        base64.b64encode(b'{"a":"Thurayyan"}'), b"Wadi+Hbeishan",
    ],
)  # fmt: skip
def test_the_search_finds_what_is_there(written):
    assert find_traces(FACTS, b"before " + written + b" after")


def test_the_search_finds_nothing_where_nothing_is():
    assert find_traces(FACTS, b"Palmyra 38.26, 34.55 and 97.9, 73.1; house; 2031-02-18; 73.4, 40.0, 97.8") == []
