"""Invitations, the link of the first administrator, tokens, and how often things may be tried."""

import re
from datetime import timedelta

import pytest

from heritage.accounts import service
from heritage.accounts.limits import Limit, count_attempt, network_of
from heritage.accounts.queries import any_account, find_by_address
from heritage.accounts.service import Bounds, By
from heritage.core.errors import AlreadyRecorded, Conflict, InvalidInput, NotFound

FORM = {"name": "Leila", "password": "a long and plain sentence", "again": "a long and plain sentence"}


@pytest.fixture
def by(services):
    return By("a test", services.clock.now())


@pytest.fixture
def opened(services):
    with services.database.session() as session:
        yield session


def test_a_link_makes_one_account_whose_address_is_confirmed(client, services, by):
    with services.database.session() as session:
        secret = service.invite(session, by, "Leila@Museum.example", Bounds.of(["analyst"]))
    for _ in range(2):
        assert client.get(f"/accounts/accept/{secret}").status_code == 200
    assert client.post(f"/accounts/accept/{secret}", data=FORM).location == "/login"
    assert client.post(f"/accounts/accept/{secret}", data=FORM).status_code == 404
    with services.database.session() as session:
        account = find_by_address(session, "leila@museum.example")
        assert account.confirmed_at
        assert [role.name for role in account.roles] == ["analyst"]


def test_the_address_of_an_invitation_cannot_be_changed(client, services, by):
    with services.database.session() as session:
        secret = service.invite(session, by, "leila@museum.example", Bounds.of(["analyst"]))
    client.post(f"/accounts/accept/{secret}", data=FORM | {"email": "other@museum.example"})
    with services.database.session() as session:
        assert find_by_address(session, "other@museum.example") is None
        assert find_by_address(session, "leila@museum.example")


@pytest.mark.parametrize("wrong", [{"password": "short"}, {"again": "something else altogether"}, {"name": ""}])
def test_what_is_wrong_is_said_and_the_link_stays(client, services, by, wrong):
    with services.database.session() as session:
        secret = service.invite(session, by, "leila@museum.example", Bounds.of(["analyst"]))
    assert client.post(f"/accounts/accept/{secret}", data=FORM | wrong).status_code == 422
    assert client.post(f"/accounts/accept/{secret}", data=FORM).status_code == 302


def test_an_old_link_is_refused(opened, by):
    secret = service.invite(opened, by, "leila@museum.example", Bounds.of(["analyst"]))
    late = by.now + timedelta(days=7, seconds=1)
    with pytest.raises(NotFound):
        service.accept(opened, secret, name="Leila", password_hash="x", now=late)


def test_a_second_invitation_replaces_the_first(opened, by):
    first = service.invite(opened, by, "leila@museum.example", Bounds.of(["administrator"]))
    service.invite(opened, by, "leila@museum.example", Bounds.of(["subscriber"]))
    with pytest.raises(NotFound):
        service.accept(opened, first, name="Leila", password_hash="x", now=by.now)


def test_the_first_link_makes_an_administrator_once(opened, by):
    old, secret = service.first_link(opened, by), service.first_link(opened, by)
    with pytest.raises(NotFound):
        service.accept(opened, old, name="Leila", password_hash="x", now=by.now, email="leila@museum.example")
    account = service.accept(opened, secret, name="L", password_hash="x", now=by.now, email="leila@museum.example")
    assert [role.name for role in account.roles] == ["administrator"]
    assert account.confirmed_at is None
    assert service.first_link(opened, by) is None


def test_the_first_link_is_of_no_use_once_there_is_an_account(opened, by):
    secret = service.first_link(opened, by)
    other = service.invite(opened, by, "leila@museum.example", Bounds.of(["subscriber"]))
    service.accept(opened, other, name="Leila", password_hash="x", now=by.now)
    assert any_account(opened)
    with pytest.raises(Conflict):
        service.accept(opened, secret, name="Eve", password_hash="x", now=by.now, email="eve@museum.example")


def test_the_first_link_holds_for_a_day(opened, by):
    secret = service.first_link(opened, by)
    late = by.now + timedelta(hours=24, seconds=1)
    with pytest.raises(NotFound):
        service.accept(opened, secret, name="L", password_hash="x", now=late, email="leila@museum.example")


@pytest.mark.parametrize(
    "given",
    [
        ([],),
        (["emperor"],),
        (["public"],),
        (["machine"],),
        (["directorate"],),
        (["registrar"],),
        (["directorate"], ["SYR"]),
    ],
)
def test_impossible_roles_are_refused(given):
    with pytest.raises(InvalidInput):
        Bounds.of(*given)


def test_an_address_has_one_account(opened, by, meet):
    meet("subscriber", signed_in=False)
    with pytest.raises(AlreadyRecorded):
        service.invite(opened, by, "SUBSCRIBER@museum.example", Bounds.of(["analyst"]))


def test_the_last_administrator_stays(opened, by, meet):
    meet("administrator", signed_in=False)
    account_id = find_by_address(opened, "administrator@museum.example").id
    with pytest.raises(Conflict):
        service.disable(opened, by, account_id)
    with pytest.raises(Conflict):
        service.change_roles(opened, by, account_id, Bounds.of(["analyst"]))


def test_an_administrator_invites_by_mail(meet, services, moment, client):
    boss = meet("administrator", codes=True)
    form = {"email": "leila@museum.example", "roles": ["directorate"], "countries": "sy"}
    assert boss.client.post("/accounts/invitations", data=form).location == "/accounts"
    mail = next((services.settings.var / "mail").glob("invitation*")).read_text()
    path = re.search(r"/accounts/accept/[\w-]+", mail.replace("=\n", ""))[0]
    assert client.post(path, data=FORM).location == "/login"
    page = boss.client.get("/accounts").get_data(as_text=True)
    assert "Leila" in page
    assert "Syria" in page


def test_no_mail_about_accounts_without_a_wish_for_it(meet, services):
    person = meet("subscriber", signed_in=False)
    person.client.post("/reset", data={"email": "nobody@museum.example"})
    assert not (services.settings.var / "mail").exists()
    person.client.post("/reset", data={"email": person.address})
    assert len(list((services.settings.var / "mail").iterdir())) == 1


def test_a_link_of_recovery_sets_a_password_once_and_signs_nobody_in(meet, services, app):
    person, other = meet("subscriber"), app.test_client()
    other.post("/reset", data={"email": person.address})
    mail = next((services.settings.var / "mail").iterdir()).read_text()
    path = re.search(r"/reset/[\w.-]+", mail.replace("=\n", ""))[0]
    new = {"password": "another long and plain sentence", "password_confirm": "another long and plain sentence"}
    assert other.post(path, data=new).status_code == 302
    assert other.get("/account").status_code == 302
    assert person.client.get("/account").status_code == 302
    assert person.send_password("another long and plain sentence").location == "/"
    third = {"password": "a third long and plain sentence", "password_confirm": "a third long and plain sentence"}
    other.post(path, data=third)
    person.client.post("/logout")
    assert person.send_password("a third long and plain sentence").location is None


def test_a_token_reads_what_its_scopes_name_until_it_ends(meet, moment, app):
    person = meet("analyst", codes=True)
    page = person.client.post("/account/tokens", data={"name": "a script", "scopes": ["jobs"], "days": "1"})
    token = re.search(r"heritage_[\w-]+", page.get_data(as_text=True))[0]
    shown = {"Authorization": f"Bearer {token}"}
    program = app.test_client()
    assert program.get("/jobs", headers=shown).status_code == 200
    assert program.get("/account", headers=shown).status_code == 403
    assert program.get("/audit", headers=shown).status_code == 403
    assert program.get("/jobs", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert program.get("/jobs").status_code == 302
    token_id = re.search(r"/account/tokens/(\d+)/end", person.client.get("/account").get_data(as_text=True))[1]
    person.client.post(f"/account/tokens/{token_id}/end")
    assert program.get("/jobs", headers=shown).status_code == 401


def test_a_token_of_somebody_else_cannot_be_ended(meet, opened, by, moment):
    one, other = meet("analyst", codes=True), meet("subscriber")
    one.client.post("/account/tokens", data={"name": "a script", "scopes": ["jobs"], "days": "1"})
    token_id = re.search(r"/account/tokens/(\d+)/end", one.client.get("/account").get_data(as_text=True))[1]
    assert other.client.post(f"/account/tokens/{token_id}/end").status_code == 404


def test_too_many_passwords_are_refused_and_another_network_still_gets_in(meet):
    person = meet("subscriber", signed_in=False)
    for _ in range(10):
        assert person.send_password("a wrong but long password").status_code == 200
    assert person.send_password().status_code == 429
    form = {"email": person.address, "password": "a long and plain sentence"}
    assert person.client.post("/login", data=form, environ_base={"REMOTE_ADDR": "203.0.113.9"}).location == "/"


def test_other_ways_to_write_an_address_and_cookies_left_over_do_not_count_anew(meet):
    person = meet("subscriber", signed_in=False)
    for number in range(10):
        with person.client.session_transaction() as cookie:
            cookie["_user_id"] = cookie["tf_user_id"] = f"left over {number}"
        form = {"email": f"  {person.address.upper()} ", "password": "a wrong but long password"}
        assert person.client.post("/login", data=form).status_code == 200
    several = {"email": [person.address, "another@museum.example"], "password": "a wrong but long password"}
    assert person.client.post("/login", json=several).status_code == 429
    assert person.send_password().status_code == 429


def test_codes_count_by_the_account_whatever_the_form_says(meet, moment):
    person = meet("analyst", codes=True)
    person.client.post("/logout")
    person.send_password()
    answers = [
        person.client.post("/tf-validate", data={"code": "000000", "email": f"{number}@museum.example"}).status_code
        for number in range(9)
    ]
    assert answers[-1] == 429


def test_attempts_count_together_between_processes_and_start_anew(database, by):
    limit = Limit("a test", 2, timedelta(minutes=15))
    counts = []
    for minutes in (0, 1, 2, 15):
        with database.session() as one_process:
            now = by.now + timedelta(minutes=minutes)
            counts.append(count_attempt(one_process, limit, "key", secret="s", now=now))
    assert counts == [1, 2, 3, 1]


def test_counted_attempts_keep_no_address(database, by):
    with database.session() as session:
        count_attempt(session, Limit("a test", 2, timedelta(minutes=15)), "203.0.113.9", secret="s", now=by.now)
        kept = session.connection().exec_driver_sql("select account_attempts::text from account_attempts").scalar()
    assert "203" not in kept


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2::9", "2001:0db8:0001:0002"),
        (None, "unknown"),
        ("x", "unknown"),
    ],
)
def test_a_sender_of_ipv6_is_known_by_its_network(address, network):
    assert network_of(address) == network
