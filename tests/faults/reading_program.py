"""A program that reads a sealed place under a permission and writes it anew, while others change the keys."""

import json
import sys
from pathlib import Path

from sqlmodel import select

from heritage.artefacts.models import PLACE, Job, SealedPlace
from heritage.artefacts.moves import SealedFacts, facts_of, write_seal
from heritage.core.clock import SystemClock
from heritage.db.engine import Database, make_engine
from heritage.db.models import metadata
from heritage.policy.roles import Role, Subject
from heritage.sealing import access
from heritage.sealing.domain import Sealed, SealedKind
from heritage.sealing.keyring import open_keyring
from heritage.services import Services
from heritage.settings import Settings


def main(url: str, var: str, keys: str, account: str, house: str, job_code: str) -> None:
    """Answer each line with one: read, write, hold (a reading that is begun and waits), go on (and ended), or stop."""
    metadata()
    database = Database(make_engine(url), url, url, None)
    settings = Settings(
        var=Path(var), keys=Path(keys), database_url=url, secret_key="a test's key of no worth, long enough",
        sealed_reads_per_hour=10_000,
    )  # type: ignore[arg-type]  # fmt: skip
    world = Services(SystemClock(), settings, database)
    who = Subject(frozenset({Role.REGISTRAR}), "leila", int(account), institutions=frozenset({house}), strong=True)
    what, ring = Sealed(SealedKind.PLACE, job_code, (house,)), open_keyring(settings)
    print("ready", flush=True)
    for line in sys.stdin:
        asked = line.strip()
        if asked == "stop":
            return
        with database.session() as session:
            job = session.exec(select(Job).where(Job.code == job_code)).one()
            if asked.startswith("write "):
                write_seal(session, ring, job, SealedFacts(name=asked[6:]))
                told = "written"
            else:
                held = session.get_one(SealedPlace, job.id)
                if asked == "hold":
                    print("held", flush=True)
                    assert sys.stdin.readline().strip() == "go on"
                plain = access.open_sealed(session, world, who, what, PLACE, job.id, held.sealed)
                told = facts_of(plain).name
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
