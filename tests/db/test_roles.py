"""The working role may use the tables, and only add to those that are a record."""

import psycopg
import pytest

from heritage.db import roles
from heritage.db.engine import libpq_url


def allowed(database, table: str) -> set[str]:
    rights = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    with psycopg.connect(libpq_url(database.owner_url)) as connection:
        query = "select has_table_privilege(%s, %s, %s)"
        return {right for right in rights if connection.execute(query, [roles.APP_ROLE, table, right]).fetchone()[0]}


@pytest.mark.parametrize(
    ("table", "rights"),
    [
        ("import_run", {"SELECT", "INSERT", "UPDATE", "DELETE"}),
        ("procrastinate_jobs", {"SELECT", "INSERT", "UPDATE", "DELETE"}),
        ("flag_event", {"SELECT", "INSERT"}),
        ("alembic_version", {"SELECT"}),
    ],
)
def test_rights_of_the_working_role(database, table, rights):
    assert allowed(database, table) == rights


def test_every_append_only_table_is_withheld_once_it_exists(database):
    with psycopg.connect(libpq_url(database.owner_url)) as connection:
        connection.execute("create table if not exists audit_entry (seq bigint primary key)")
        for statement in roles.grant_statements(roles.APP_ROLE):
            connection.execute(statement)
    for table in roles.APPEND_ONLY:
        assert allowed(database, table) == {"SELECT", "INSERT"}, table


def test_one_role_for_both_keeps_every_right(database):
    with psycopg.connect(libpq_url(database.owner_url)) as connection:
        for statement in roles.grant_statements(roles.OWNER_ROLE):
            connection.execute(statement)
        connection.execute("update flag_event set score = 0")


def test_odd_role_name_is_quoted(database):
    with psycopg.connect(libpq_url(database.owner_url)) as connection:
        connection.execute("""create role "odd'; drop table site; --" """)
        for statement in roles.grant_statements("odd'; drop table site; --"):
            connection.execute(statement)
        assert connection.execute("select to_regclass('site') is not null").fetchone() == (True,)
        connection.rollback()
