"""Codes from an app, recovery codes, and roles for which a password does not do."""

import re
from datetime import timedelta

import pytest

pytestmark = pytest.mark.usefixtures("moment")


def test_an_administrator_without_second_factor_is_led_to_set_one_up(meet):
    person = meet("administrator")
    assert person.client.get("/accounts").location == "/account"
    person.set_up_codes()
    assert person.client.get("/accounts").status_code == 200


def test_signing_in_asks_for_the_code(meet, moment):
    person = meet("administrator", codes=True)
    person.client.post("/logout")
    assert person.send_password().location.startswith("/tf-validate")
    assert person.client.get("/accounts").status_code == 302
    moment.shift(timedelta(seconds=31))
    assert person.send_code().location == "/"
    assert person.client.get("/accounts").status_code == 200


def test_a_used_code_is_refused(meet, moment):
    person = meet("administrator", codes=True)
    used = person.code()
    person.client.post("/logout")
    person.send_password()
    assert person.send_code(used).location is None
    assert person.client.get("/account").status_code == 302
    moment.shift(timedelta(seconds=31))
    fresh = person.code()
    assert person.send_code(fresh).location == "/"
    person.client.post("/logout")
    person.send_password()
    assert person.send_code(fresh).location is None


def test_a_code_of_an_earlier_step_is_refused_after_a_later_one(meet, moment):
    person = meet("administrator", codes=True)
    moment.shift(timedelta(seconds=31))
    earlier = person.code()
    moment.shift(timedelta(seconds=30))
    person.client.post("/logout")
    person.send_password()
    assert person.send_code().location == "/"
    person.client.post("/logout")
    person.send_password()
    assert person.send_code(earlier).location is None


def test_a_recovery_code_gets_in_once(meet):
    person = meet("administrator", codes=True)
    page = person.client.post("/mf-recovery-codes", data={"generate_new_codes": "1"}).get_data(as_text=True)
    codes = re.findall(r"<code>([0-9a-f-]{14})</code>", page)
    assert len(codes) == 8
    for expected in ("/", None):
        person.client.post("/logout")
        person.send_password()
        assert person.client.post("/mf-recovery", data={"code": codes[0]}).location == expected
    assert person.client.get("/account").status_code == 302


def test_recovery_codes_are_not_kept_in_clear(meet, services):
    import sqlalchemy as sa

    person = meet("administrator", codes=True)
    page = person.client.post("/mf-recovery-codes", data={"generate_new_codes": "1"}).get_data(as_text=True)
    codes = re.findall(r"<code>([0-9a-f-]{14})</code>", page)
    with services.database.session() as session:
        kept = session.scalar(sa.text("select array_to_string(mf_recovery_codes, ' ') || tf_totp_secret from account"))
    assert kept
    assert not any(code in kept for code in codes)
    assert person.totp.base32_key not in kept


def test_a_password_alone_does_not_replace_a_passkey(meet, services):
    """An account whose only second factor is a passkey that stands alone: a stolen password gets at nothing."""
    from heritage.accounts.models import Passkey
    from heritage.accounts.queries import find_by_address

    person = meet("administrator", signed_in=False)
    with services.database.session() as session:
        account = find_by_address(session, person.address)
        account.webauthn.append(
            Passkey(
                credential_id=b"1", public_key=b"2", device_type="x", name="key", usage="first",
                lastuse_datetime=services.clock.now(),
            )
        )  # fmt: skip
    for path in ("/tf-setup", "/wan-register", "/mf-recovery-codes", "/change", "/accounts", "/jobs"):
        assert person.send_password().location == "/"
        answer = person.client.get(path)
        assert answer.status_code == 302, path
        assert answer.location.startswith("/login"), path
    person.send_password()
    answer = person.client.post("/tf-setup", data={"setup": "authenticator"})
    assert answer.location == "/login?next=/tf-setup"


def test_too_many_codes_are_refused(meet, moment):
    person = meet("administrator", codes=True)
    person.client.post("/logout")
    person.send_password()
    answers = [person.send_code("000000").status_code for _ in range(9)]
    assert answers[-1] == 429
    moment.shift(timedelta(seconds=31))
    assert person.send_code().status_code == 429


def test_a_reset_of_second_factors_signs_out_and_lets_set_up_anew(meet):
    boss, person = meet("administrator", codes=True), meet("analyst", codes=True)
    page = boss.client.get("/accounts").get_data(as_text=True)
    account_id = re.search(r"/accounts/(\d+)/reset-mfa[^>]*>(?:(?!</form>).)*analyst", page, re.S)[1]
    boss.client.post(f"/accounts/{account_id}/reset-mfa")
    assert person.client.get("/account").status_code == 302
    assert person.send_password().location == "/"
    person.set_up_codes()
    assert person.client.get("/jobs").status_code == 200
