"""The vault: a stable pseudonym, an identity that is nowhere in clear, forgotten in time or when asked."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from heritage.policy.roles import Role
from heritage.sealing import vault
from heritage.sealing.domain import coarse_receipt, kept_until
from heritage.sealing.keyring import Purpose, open_keyring
from heritage.sealing.models import REPORTER_IDENTITY, Reporter

TODAY = date(2015, 5, 21)


@pytest.fixture
def ring(settings):
    return open_keyring(settings)


def keep(session, ring, **who) -> str:
    return vault.keep_reporter(session, ring, today=TODAY, days=180, **who)


def test_the_same_person_has_the_same_pseudonym_and_it_tells_nothing(session, ring):
    first = keep(session, ring, account_id=12)
    assert keep(session, ring, account_id=12) == first == vault.find_pseudonym(session, ring, account_id=12)
    assert keep(session, ring, account_id=13) != first
    assert keep(session, ring, contact="12") != first
    assert vault.find_pseudonym(session, ring, account_id=14) is None


def test_the_identity_is_sealed_to_its_row(session, ring):
    pseudonym = keep(session, ring, contact="+963 11 555 0100")
    row = session.get(Reporter, pseudonym)
    plain = ring.open(Purpose.REPORTERS, REPORTER_IDENTITY.identity(pseudonym), row.identity)
    assert vault.read_identity(plain) == (None, "+963 11 555 0100")
    stored = str(session.execute(sa.text("select * from sealed_reporter")).all())
    assert "555" not in stored


def test_another_ring_finds_nobody(session, ring, tmp_path):
    from heritage.sealing.keyring import KeyRing

    keep(session, ring, account_id=12)
    other = KeyRing(tmp_path / "other", makes_keys=True)
    assert vault.find_pseudonym(session, other, account_id=12) is None


def test_a_new_key_changes_no_pseudonym(session, ring):
    before = keep(session, ring, account_id=12)
    ring.add(Purpose.REPORTERS, datetime(2015, 5, 21, tzinfo=UTC))
    assert keep(session, ring, account_id=12) == before


def test_who_withdraws_leads_to_nobody_and_may_begin_anew(session, ring):
    before = keep(session, ring, account_id=12)
    assert vault.withdraw_reporter(session, ring, account_id=12) == before
    assert vault.withdraw_reporter(session, ring, account_id=12) is None
    session.expire_all()
    assert session.get(Reporter, before).identity is None
    assert keep(session, ring, account_id=12) != before


def test_identities_are_forgotten_when_their_time_is_over(session, ring):
    pseudonym = keep(session, ring, account_id=12)
    until = session.get(Reporter, pseudonym).kept_until
    assert vault.forget_expired(session, until - timedelta(days=1)) == 0
    assert vault.forget_expired(session, until) == 1
    assert vault.forget_expired(session, until) == 0
    assert vault.find_pseudonym(session, ring, account_id=12) is None


def test_a_later_report_keeps_longer_and_an_earlier_one_does_not_shorten(session, ring):
    vault.keep_reporter(session, ring, today=TODAY + timedelta(days=90), days=180, account_id=12)
    pseudonym = keep(session, ring, account_id=12)
    session.expire_all()
    assert session.get(Reporter, pseudonym).kept_until == kept_until(TODAY + timedelta(days=90), 180)


@given(st.dates(date(1900, 1, 1), date(2190, 1, 1)), st.integers(1, 3650))
def test_the_end_is_the_first_of_a_month_and_never_too_early(today, days):
    until = kept_until(today, days)
    assert until.day == 1
    assert timedelta(days=days) < until - today <= timedelta(days=days + 31)


@pytest.mark.parametrize(("minute", "hour"), [(0, 13), (1, 13), (59, 13)])
def test_a_receipt_is_told_to_the_hour_after_it(minute, hour):
    assert coarse_receipt(datetime(2015, 5, 21, 12, minute, 7, tzinfo=UTC)) == datetime(2015, 5, 21, hour, tzinfo=UTC)


def test_only_the_reporter_sees_the_own_pseudonym_and_may_withdraw(meet, services):
    reporter, officer = meet(Role.FIELD_REPORTER), meet(Role.EMERGENCY_OFFICER)
    with services.database.session() as session:
        pseudonym = keep(session, open_keyring(services.settings), account_id=reporter.subject.account_id)
    assert pseudonym in reporter.client.get("/sealed").get_data(as_text=True)
    assert pseudonym not in officer.client.get("/sealed").get_data(as_text=True)
    reporter.client.post("/sealed/withdraw")
    assert pseudonym not in reporter.client.get("/sealed").get_data(as_text=True)


def test_two_officers_read_an_identity_and_the_reporter_sees_that_they_did(meet, services):
    reporter = meet(Role.FIELD_REPORTER, "Huda")
    first, second = meet(Role.EMERGENCY_OFFICER, "Samir"), meet(Role.EMERGENCY_OFFICER, "Rana")
    with services.database.session() as session:
        pseudonym = keep(session, open_keyring(services.settings), account_id=reporter.subject.account_id)
    page = f"/sealed/reporter/{pseudonym}"
    first.client.post(f"{page}/ask", data={"reason": "Her village is being shelled."})
    second.client.post("/sealed/questions/1/decide", data={"decision": "grant"})
    assert "huda@museum.example" in first.client.post(f"{page}/read").get_data(as_text=True)
    assert "Samir" in reporter.client.get("/sealed").get_data(as_text=True)
    assert meet(Role.ANALYST).client.get(page).status_code == 404
