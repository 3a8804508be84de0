"""Fixtures that all tests share: test data, a migrated database, the application."""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from flask_security import core as security
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlmodel import Session

from heritage.core.clock import FixedClock
from heritage.db import migrate
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import Database, make_engine
from heritage.policy.roles import Role, Subject
from heritage.services import Services
from heritage.settings import Settings

if TYPE_CHECKING:
    from tests.world import World

SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
PASSWORD = "a long and plain sentence"
# Part of the name of every database: the workers of a run share one server.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "master")
NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command that a test calls writes its log to that test's stderr, which is closed when the next one logs."""
    root, configured, before = logging.getLogger(), structlog.is_configured(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    if configured:
        structlog.configure(**before)
    else:
        structlog.reset_defaults()


class _Compiled(BytecodeCache):
    """Templates as Jinja compiled them: every test has an application of its own, and all have the same templates."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.held:
            bucket.bytecode_from_string(self.held[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.held[bucket.key] = bucket.bytecode_to_string()


# A password is made costly to guess on purpose; a test that signs in seldom asks about that.
security._default_config["PASSWORD_HASH_PASSLIB_OPTIONS"] = {  # no public way reaches every application of a test
    "argon2__rounds": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1,
}  # fmt: skip
Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Compiled()}


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files; a run that must have them fails without."""
    if not SHARED_DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"The test data are missing at {SHARED_DATA}")
        pytest.skip("the real files are not beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[EmbeddedServer]:
    """One embedded PostgreSQL for the whole run, shared by the workers; each takes databases of its own."""
    root = tmp_path_factory.getbasetemp()
    folder = (root if worker_id == "master" else root.parent) / "server"
    with EmbeddedServer(folder, durable=False) as running:
        yield running


def _administer(server: EmbeddedServer, *statements: str) -> None:
    with psycopg.connect(server.conninfo("heritage_owner", "postgres"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]  # names are ours


def _named(url: str, name: str) -> str:
    from sqlalchemy import make_url

    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """A migrated, empty database that is cloned and never used itself; made once for all workers of a run."""
    root = tmp_path_factory.getbasetemp()
    made = (root if worker_id == "master" else root.parent) / "template_made"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _administer(server, "create database template_made")
            migrate.upgrade(_named(server.owner_url, "template_made"), app_role="heritage_app")
            made.touch()
    return "template_made"


_numbers = iter(range(1_000_000))


@contextmanager
def _clone(server: EmbeddedServer, template: str) -> Iterator[Database]:
    name = f"{template}_{WORKER}_{next(_numbers)}"
    _administer(server, f"create database {name} template {template} strategy file_copy")
    app_url, owner_url = _named(server.app_url, name), _named(server.owner_url, name)
    engine = make_engine(app_url)
    try:
        yield Database(engine, app_url, owner_url, None)
    finally:
        engine.dispose()
        _administer(server, f"drop database {name} with (force)")


@pytest.fixture
def database(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A private, empty, migrated database for tests that commit or use several connections."""
    with _clone(server, template) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def _worker_database(server: EmbeddedServer, template: str) -> Iterator[Database]:
    with _clone(server, template) as fresh:
        yield fresh


@pytest.fixture
def session(_worker_database: Database) -> Iterator[Session]:
    """A session in a transaction that is rolled back after the test."""
    with Session(_worker_database.engine, expire_on_commit=False) as open_session:
        yield open_session
        open_session.rollback()


@pytest.fixture(scope="session")
def with_gazetteer(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[Path], Path]:
    """Give a program's folder the gazetteer's file, which is sorted once for all workers of a run."""
    root = tmp_path_factory.getbasetemp()
    shared = (root if worker_id == "master" else root.parent) / "with_gazetteer"
    shared.mkdir(mode=0o700, exist_ok=True)

    def given(var: Path) -> Path:
        from heritage.reports.gazetteer import open_gazetteer

        with (shared / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            open_gazetteer(shared / "var")
        var.mkdir(mode=0o700, exist_ok=True)
        (var / "gazetteer").symlink_to(shared / "var" / "gazetteer")
        return var

    return given


@pytest.fixture(scope="session")
def filled(
    server: EmbeddedServer,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
    with_gazetteer: Callable[[Path], Path],
) -> Iterator["World"]:
    """A program with people of every role and something to see on every page; to be looked at, not changed."""
    from tests.world import filled_services, make_world

    var = with_gazetteer(tmp_path_factory.mktemp("filled") / "var")
    settings = Settings(
        var=var, secret_key="a test's key of no worth, long enough", trusted_hosts=["localhost", "127.0.0.1"]
    )
    with _clone(server, template) as fresh:
        yield make_world(filled_services(fresh, settings))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a test: everything private to it."""
    return Settings(
        var=tmp_path / "var",
        secret_key="a test's key of no worth, long enough",
        trusted_hosts=["localhost", "127.0.0.1"],
        local_editing=True,
    )


@pytest.fixture
def clock() -> FixedClock:
    """Noon on 21 May 2015."""
    return FixedClock(NOON)


@pytest.fixture
def services(database: Database, settings: Settings, clock: FixedClock) -> Services:
    """Services on a private database, with mail written to the test's folder."""
    from heritage.channels.registry import open_channels

    channels = open_channels(settings, clock, database)
    return Services(clock=clock, settings=settings, database=database, channels=channels)


@pytest.fixture
def app(services: Services) -> Flask:
    """The application on a private database."""
    from heritage.app import create_app

    application = create_app(services)
    application.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return application


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of that application."""
    return app.test_client()


@dataclass(frozen=True)
class Person:
    """Somebody with an account: as the table knows them, and a browser that showed a second factor."""

    subject: Subject
    client: FlaskClient


Meet = Callable[..., Person]


@pytest.fixture
def meet(app: Flask, services: Services) -> Meet:
    """Make an account with a role and sign it in with a second factor."""
    from flask_security.utils import hash_password

    from heritage.accounts import service
    from heritage.accounts.queries import find_by_address
    from heritage.accounts.service import Bounds, By

    def met(role: Role, name: str = "", *, institution: str = "National Museum", country: str = "SY") -> Person:
        name, now = name or role.value, services.clock.now()
        address = f"{name.lower().replace(' ', '.')}@museum.example"
        houses = [institution] if role is Role.REGISTRAR else []
        countries = [country] if role is Role.DIRECTORATE else []
        with app.app_context(), services.database.session() as session:
            secret = service.invite(session, By("a test", now), address, Bounds.of([role], countries, houses))
            service.accept(session, secret, name=name, password_hash=hash_password(PASSWORD), now=now)
            account = find_by_address(session, address)
            assert account
            account_id = account.id
        client = app.test_client()
        client.post("/login", data={"email": address, "password": PASSWORD})
        with services.database.session() as session:
            session.connection().exec_driver_sql("update account_sign_in set strong = true")
        subject = Subject(
            frozenset({Role.PUBLIC, role}),
            f"{name} (account {account_id})",
            account_id=account_id,
            name=name,
            countries=frozenset(countries),
            institutions=frozenset(houses),
            strong=True,
        )
        return Person(subject, client)

    return met
