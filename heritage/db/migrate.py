"""Migrations: to head, down, and whether the database is there; Alembic without an ini file.

Whether a database is there is asked by every command, so Alembic is loaded only by what migrates.
"""

from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from heritage.db import roles
from heritage.settings import data_dir

# Two programs that start together must not both migrate; the number is arbitrary and used for nothing else.
MIGRATION_LOCK = 7_236_401


def head() -> str:
    """The newest revision the program knows, as ``head_file`` has it."""
    return head_file().read_text(encoding="ascii").strip()


def head_file() -> Path:
    """The file that names the newest revision, so that parallel migrations conflict in git and not in production."""
    return data_dir("migrations") / "HEAD"


def current(connection: sa.Connection) -> str | None:
    """The revision a database is at, or None when it is empty."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(sa.text("select version_num from alembic_version")).scalar_one_or_none()
    return revision


def is_at_head(engine: sa.Engine) -> bool:
    """Whether the database's tables are those of this version."""
    with engine.connect() as connection:
        return current(connection) == head()


def upgrade(owner_url: str, *, app_role: str | None, revision: str = "head") -> None:
    """Migrate up and grant the working role what it may do, in one transaction under a lock.

    Args:    owner_url: address with the owner's rights.  app_role: the role the program works as; None skips grants.
    Raises:  sqlalchemy.exc.DBAPIError when a migration fails; the database is then as it was.
    """
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        if revision == "head" and current(connection) == head():
            return
        _run(connection, "upgrade", revision)
        if app_role:
            roles.grant(connection, app_role)


def downgrade(owner_url: str, revision: str) -> None:
    """Migrate down to ``revision`` ("base" empties the database), in one transaction."""
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        _run(connection, "downgrade", revision)


def _run(connection: sa.Connection, step: Literal["upgrade", "downgrade"], revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(data_dir("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    {"upgrade": command.upgrade, "downgrade": command.downgrade}[step](config, revision)
