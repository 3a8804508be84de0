"""Engine and session: one ``Database`` object, embedded or external, that the rest of the program is handed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from heritage.core.errors import Unavailable
from heritage.db import migrate as migrations
from heritage.settings import Settings

if TYPE_CHECKING:
    from heritage.db.embedded import EmbeddedServer

OLDEST_SERVER = 150000  # PostgreSQL 15, as libpq counts


@dataclass(frozen=True)
class Database:
    """A reachable, migrated database.

    ``engine`` connects as the role the program works as; ``owner_url`` is used by migrations and backups only.
    """

    engine: sa.Engine
    app_url: str
    owner_url: str
    server: "EmbeddedServer | None" = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        maker = sessionmaker(self.engine, class_=Session, expire_on_commit=False)
        with maker() as session:
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def raw(self) -> Iterator[psycopg.Connection]:
        """A psycopg connection of its own, outside the pool, for COPY and advisory locks; the caller commits."""
        with psycopg.connect(libpq_url(self.app_url)) as connection:
            yield connection


def libpq_url(url: str) -> str:
    """The same address in the form libpq's tools read (no SQLAlchemy driver name)."""
    return re.sub(r"^postgresql\+\w+://", "postgresql://", url)


def sqlalchemy_url(url: str) -> str:
    """The same address with the driver named, whatever form a user gave it in."""
    return re.sub(r"^(postgres|postgresql)(\+\w+)?://", "postgresql+psycopg://", url)


def make_engine(url: str) -> sa.Engine:
    """An engine with a pool that notices a restarted server and sessions that speak UTC.

    Args:    url: any PostgreSQL address.  Returns: the engine; nothing is connected yet.
    """
    return sa.create_engine(
        sqlalchemy_url(url),
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        # An error says which statement failed, never with what: addresses and names do not belong into a log.
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC", "application_name": "heritage"},
    )


@contextmanager
def open_database(settings: Settings, *, schema: Literal["check", "upgrade", "ignore"] = "check") -> Iterator[Database]:
    """Attach to the database the settings name, starting the embedded server when they name none.

    Args:    settings: as loaded.  schema: "check" refuses a database whose migrations are not at head (the embedded one
             is migrated instead), "upgrade" migrates, "ignore" does neither.
    Returns: a context with the Database; leaving it closes every connection and lets go of the embedded server.
    Raises:  Unavailable when the server cannot be reached, is older than PostgreSQL 15 or its schema is not at head.
    """
    if settings.embedded:
        from heritage.db.embedded import EmbeddedServer

        # The embedded database belongs to this program alone, so it always follows the program's version.
        step = "upgrade" if schema == "check" else schema
        with (
            EmbeddedServer(settings.var) as server,
            _opened(server.app_url, server.owner_url, step, server) as database,
        ):
            yield database
    else:
        assert settings.database_url is not None
        url = sqlalchemy_url(settings.database_url.get_secret_value())
        owner = settings.database_owner_url
        with _opened(url, sqlalchemy_url(owner.get_secret_value()) if owner else url, schema, None) as database:
            yield database


@contextmanager
def _opened(app_url: str, owner_url: str, schema: str, server: "EmbeddedServer | None") -> Iterator[Database]:
    engine = make_engine(app_url)
    if server:
        server.keep_alive(engine)
    try:
        _check_server(owner_url)
        if schema == "upgrade":
            migrations.upgrade(owner_url, app_role=sa.make_url(app_url).username)
        elif schema == "check" and not migrations.is_at_head(engine):
            raise Unavailable("The database's tables are not those of this version: run `heritage db upgrade` first.")
        yield Database(engine, app_url, owner_url, server)
    finally:
        engine.dispose()


def _check_server(url: str) -> None:
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        # libpq's own words name host and port, never the password.
        raise Unavailable(f"The database cannot be reached: {str(error).strip()}") from None
    if version < OLDEST_SERVER:
        raise Unavailable(f"PostgreSQL {version // 10000} is too old: 15 or newer is needed.")
