"""What is sealed shows nowhere: in no page's bytes, no message, no dump, no backup, no file and no log line."""

import base64
import gzip
import subprocess
from email import policy
from email.parser import BytesParser

import pytest
from sqlmodel import select

from heritage.artefacts import moves
from heritage.artefacts.models import SealedPlace
from heritage.commandline import configure_logging
from heritage.db import backup as archives
from heritage.db.folders import binaries
from heritage.policy.roles import Role
from heritage.sealing.keyring import open_keyring
from heritage.services import Services
from tests.acceptance.silence_world import CONTACT, DAY, FACTS, THREAD, World, build, letters, seen, sent, tell, twin
from tests.acceptance.silence_world import PALMYRA as SITE


@pytest.fixture
def world(services: Services, meet) -> World:
    """An evacuation under way; nothing that is sealed is said of any so far."""
    return build(services, meet)


def test_everything_that_leaves_is_the_same_whether_or_not_something_is_sealed(server, world: World):
    with twin(server, world) as other:
        tell(other)
        told = letters(world), letters(other)
        pages = seen(world), seen(other)
        answers = sent(world), sent(other)
    for before, after in (told, pages, answers):
        assert before.keys() == after.keys()
        assert [place for place in before if before[place] != after[place]] == []
    # The walk met what it is about: letters in each language, the museum's own pages, errors in forms, documents.
    mails, hooks = told[0]["email"], told[0]["webhook"]
    assert len(mails) >= 8
    assert len(hooks) >= 2
    pages_of_mail = [
        body.get_content()
        for mail in mails
        if (body := BytesParser(policy=policy.default).parsebytes(mail).get_body(("html",))) is not None
    ]
    assert all(any(f'lang="{language}"' in html for html in pages_of_mail) for language in ("en", "fr", "ar"))
    status = {place: found[0] for place, found in (pages[0] | answers[0]).items()}
    reached = [
        ("subscriber", "/inbox/1"), ("a stranger", f"/alerts/{THREAD}.1.cap.xml"),
        ("a stranger", "/alerts.atom?lang=ar"), ("analyst", f"/alerts/{THREAD}.1.cap.xml?scope=restricted"),
        ("a stranger", f"/alerts/{THREAD}"), ("a stranger", f"/sites/{SITE}?lang=fr"),
        ("registrar", f"/artefacts/jobs/{world.job}"), ("registrar", f"/artefacts/{world.codes[0]}/object-id.json"),
        ("a stranger", f"/sites/export.xlsx?as_of={DAY}&q=palmyra"), ("directorate", f"/sealed/place/{world.job}"),
    ]  # fmt: skip
    assert {place: status[place] for place in reached} == dict.fromkeys(reached, 200)
    assert sum(1 for one in status.values() if one == 422) >= 10
    assert sum(1 for one in status.values() if one == 200) > 300


def spellings() -> set[bytes]:
    """What is sealed, as it might stand somewhere: plain, rounded, in hex, in base64."""
    words = [word for text in (FACTS.name, FACTS.access, FACTS.route) for word in text.split() if len(word) > 4]
    words += [FACTS.name, CONTACT, CONTACT.split()[-1]]
    for degrees in (FACTS.lon, FACTS.lat):
        assert degrees is not None
        words += [f"{degrees:.{places}f}" for places in (2, 3, 4, 5)]
    plain = {form for word in words for form in (word.encode(), word.lower().encode(), word.upper().encode())}
    hexed = {value.hex().encode() for value in plain}
    # Base64 of the same words depends on where they begin; what is the same at each of the three places is searched.
    based = {
        base64.b64encode(bytes(shift) + value)[(shift * 8 + 5) // 6 : -4].rstrip(b"=")
        for value in plain
        for shift in range(3)
    }
    return {form for form in plain | hexed | {one for one in based if len(one) > 6} if form not in (b"", b"behind")}


def test_dump_backup_files_and_logs_hold_nothing_sealed(world: World, tmp_path, capfd):
    configure_logging("json", "debug")
    tell(world)
    seen(world, ("a stranger", Role.REGISTRAR.value, Role.ADMINISTRATOR.value))
    letters(world)
    database = world.services.database
    archives.backup(database, tmp_path / "backup")
    plain = subprocess.run(
        [str(binaries() / "pg_restore"), "-f", "-", str(tmp_path / "backup")], capture_output=True, check=True
    ).stdout
    assert b"sealed_place" in plain
    files = [path for path in world.services.settings.var.rglob("*") if path.is_file() and "keys" not in path.parts]
    logged = capfd.readouterr()
    searched = {"dump": plain, "dump, packed": gzip.compress(plain, 0), "log": (logged.out + logged.err).encode()}
    searched |= {str(path): path.read_bytes() for path in [*files, tmp_path / "backup"]}
    found = [(place, form) for place, data in searched.items() for form in spellings() if form in data]
    assert found == []
    # The search itself finds what it should.
    assert [form for form in spellings() if form in str(FACTS).encode()]
    ring = open_keyring(world.services.settings)
    with database.session() as session:
        assert moves.unseal_facts(ring, session.exec(select(SealedPlace)).one()) == FACTS
