"""The lock: one holds it, it goes with its connection, and losing it is noticed."""

import psycopg
import pytest

from heritage.db.engine import Database, libpq_url
from heritage.scheduling.leader import LeadershipLost, try_lead


def test_only_one_leads_until_it_lets_go(database: Database) -> None:
    url = libpq_url(database.app_url)
    first = try_lead(url)
    assert first is not None
    assert try_lead(url) is None
    with first:
        first.check()
    second = try_lead(url)
    assert second is not None
    with second:
        second.check()


def test_a_cut_connection_loses_the_lock_and_is_noticed(database: Database) -> None:
    url = libpq_url(database.app_url)
    leadership = try_lead(url)
    assert leadership is not None
    with psycopg.connect(libpq_url(database.owner_url), autocommit=True) as owner:
        owner.execute(
            "select pg_terminate_backend(pid, 30000) from pg_stat_activity"
            " where application_name like 'heritage-scheduler%' and datname = current_database()"
        )
    with leadership, pytest.raises(LeadershipLost):
        leadership.check()
