"""Every address and every role against the one table; an address that is not in it fails here."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heritage.accounts import service
from heritage.accounts.service import Bounds, By
from heritage.policy import access
from heritage.policy.access import Answer, answer
from heritage.policy.roles import AT_THE_MACHINE, HELD, SECOND_FACTOR, STRANGER, Role, Scope, Subject
from heritage.policy.table import NO_CHANGE, ROUTES, SCOPES, SILENT, TABLE, Action, Reach
from heritage.services import Services
from heritage.sites import service as sites

PASSWORD = "a long and plain sentence"
# What field reporters do beside filing: claims of their own, which count once others reviewed them, and large files.
REPORTING = {Action.WORK_ON_CLAIMS, Action.ENTER_CLAIMS, Action.SEND_PIECES}
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


def who(role: Role, **more) -> Subject:
    return Subject(frozenset({Role.PUBLIC, role}), "somebody", account_id=1, **({"strong": True} | more))


def test_every_address_is_in_the_table_and_the_table_names_no_other(app: Flask):
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(ROUTES)


def test_every_action_has_its_line():
    assert set(TABLE) == set(Action)


def test_the_roles_see_and_do_what_the_table_of_roles_says():
    """The columns of the table of roles, row by row."""
    own = {role for action in TABLE.values() for role, reach in action.items() if reach is Reach.OWN}
    assert own == {Role.DIRECTORATE, Role.REGISTRAR}

    def holders(action: Action) -> set[Role]:
        return set(TABLE[action]) & set(HELD)

    assert holders(Action.SEE_CLAIMS) == {Role.ANALYST, Role.EMERGENCY_OFFICER, Role.DIRECTORATE}
    assert holders(Action.SEE_MILITARY_POINTS) == {Role.ANALYST, Role.EMERGENCY_OFFICER, Role.DIRECTORATE}
    assert holders(Action.SEE_OBJECT_PLACE) == {Role.REGISTRAR}
    assert holders(Action.APPROVE_ALERT) == {Role.EMERGENCY_OFFICER}
    content = set(Action) - {
        Action.READ, Action.SIGN_IN, Action.OWN_ACCOUNT, Action.SET_UP_FACTOR, Action.SEE_JOBS, Action.SEE_JOB_ERRORS,
        Action.SEE_AUDIT, Action.MANAGE_ACCOUNTS, Action.MANAGE_FEEDS, Action.LOAD_STARTER,
        # The one way of an administrator to content, in everybody's sight, and the page where it is seen.
        Action.USE_SEALED, Action.BREAK_GLASS, Action.CLOSE_ALARM,
    }  # fmt: skip
    assert not [action for action in content if Role.ADMINISTRATOR in TABLE[action]]
    # Reporters file, and whoever has a code word follows it; of all the rest they only read what is public.
    filing = {Action.FILE_UPDATE, Action.FOLLOW_UPDATE, Action.SUBSCRIBE, Action.KEEP_VERSION}
    assert not [
        action
        for action in content - filing - REPORTING
        if {Role.PUBLIC, Role.PASSER_BY, Role.SUBSCRIBER, Role.FIELD_REPORTER} & set(TABLE[action])
    ]
    assert holders(Action.FILE_UPDATE) == set(HELD) - {Role.SUBSCRIBER, Role.ADMINISTRATOR}
    assert Role.PUBLIC not in TABLE[Action.FILE_UPDATE]


@pytest.mark.parametrize("role", sorted(SECOND_FACTOR))
def test_a_password_alone_does_not_do_for_roles_that_see_what_is_sealed(role):
    weak, strong = who(role, strong=False, countries=frozenset({"SY"})), who(role, countries=frozenset({"SY"}))
    granted = [action for action in Action if answer(action, strong, countries=["SY"]) is Answer.YES]
    assert len(granted) > 4
    for action in granted:
        open_to_password = Role.PUBLIC in TABLE[action] or action in (Action.OWN_ACCOUNT, Action.SET_UP_FACTOR)
        expected = Answer.YES if open_to_password else Answer.SECOND_FACTOR
        assert answer(action, weak, countries=["SY"]) is expected, action


def test_a_directorate_reaches_its_own_countries_only():
    directorate = who(Role.DIRECTORATE, countries=frozenset({"SY"}))
    assert answer(Action.EDIT_SITE, directorate, countries=["SY"]) is Answer.YES
    assert answer(Action.EDIT_SITE, directorate, countries=["LB", "SY"]) is Answer.YES
    assert answer(Action.EDIT_SITE, directorate, countries=["IQ"]) is Answer.NO
    assert answer(Action.EDIT_SITE, directorate) is Answer.NO


def test_what_comes_with_a_library_and_is_not_used_is_shut_to_everybody(client: FlaskClient):
    assert not TABLE[Action.NEVER]
    assert client.get("/tf-rescue").status_code == 404


def test_a_token_does_no_more_than_its_scopes_and_its_account():
    for action in Action:
        for role in HELD:
            program = who(role, scopes=frozenset(Scope), countries=frozenset({"SY"}))
            said = answer(action, program, countries=["SY"])
            assert (said is Answer.YES) <= (action in SCOPES and answer(action, who(role)) is Answer.YES)
    assert answer(Action.SEE_JOBS, who(Role.ANALYST, scopes=frozenset({"read"}))) is Answer.NO


# Addresses that tell of the world and only read it, so that each may be asked for by everybody in the walk.
FILLED = {
    "thread": "x", "step_number": "1", "name": "x", "subscription_id": "999999",
    "number": "1", "match_id": "999999", "photograph_id": "1", "duty_id": "999999",
    "slug": "site-of-palmyra", "part_id": "1", "judgement_id": "1", "incident_id": "1", "token": "x", "import_id": "1",
    "message_id": "999999", "step": "pack", "difference_id": "999999",
    "account_id": "999999", "invitation_id": "999999", "token_id": "999999", "secret": "x", "filename": "x",
    "document_id": "999999", "claim_id": "999999", "link_id": "999999", "source_id": "999999",
    "kind": "place", "key": "x", "form": "csv", "access_id": "999999", "alarm_id": "999999", "code": "x",
    "update_id": "1", "threat_id": "1", "proposal_id": "1", "notice_id": "1", "sha256": "0" * 64,
}  # fmt: skip


def addresses(app: Flask):
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: FILLED[found[1]], rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


@pytest.fixture
def palmyra(services: Services) -> None:
    with services.database.session() as session:
        act = sites.Act(services.clock.now())
        sites.create_site(session, act, name="Site of Palmyra", states_parties=["SY"], lon=38.27, lat=34.55)


@pytest.fixture
def as_role(app: Flask, services: Services, monkeypatch: pytest.MonkeyPatch):
    """A browser of somebody with a role who showed a second factor; Syria's, where the role is bound."""
    from flask_security.utils import hash_password

    def made(role: Role, countries: tuple[str, ...] = ("SY",)) -> FlaskClient:
        with app.app_context(), services.database.session() as session:
            by = By("a test", services.clock.now())
            secret = service.invite(session, by, f"{role}@museum.example", Bounds.of([role], countries, ["a museum"]))
            service.accept(session, secret, name=role, password_hash=hash_password(PASSWORD), now=services.clock.now())
        client = app.test_client()
        client.post("/login", data={"email": f"{role}@museum.example", "password": PASSWORD})
        with services.database.session() as session:
            session.connection().exec_driver_sql("update account_sign_in set strong = true")
        return client

    return made


def outcome(answered) -> Answer:
    if answered.status_code == 302 and answered.location.startswith("/login"):
        return Answer.SIGN_IN
    return Answer.NO if answered.status_code == 403 else Answer.YES


@pytest.mark.usefixtures("palmyra")
def test_every_address_for_a_stranger(app: Flask, services: Services):
    client = app.test_client()
    for endpoint, method, path in addresses(app):
        action = ROUTES[endpoint]
        answered = client.open(path, method=method, environ_base=ELSEWHERE)
        said = outcome(answered)
        if endpoint in SILENT:
            assert answered.status_code == 404, (method, path)
            continue
        open_to_all = Role.PUBLIC in TABLE[action] or action is Action.NEVER
        # What the pages of signing in do with a stranger is their own business.
        if action is not Action.SIGN_IN:
            assert said is (Answer.YES if open_to_all else Answer.SIGN_IN), (method, path)


@pytest.mark.usefixtures("palmyra")
@pytest.mark.parametrize("role", HELD)
def test_every_address_for_every_role(app: Flask, as_role, role: Role):
    client = as_role(role)
    ending = {"security.logout", "accounts.sign_out_everywhere"}
    for endpoint, method, path in addresses(app):
        action = ROUTES[endpoint]
        if endpoint in ending or action in (Action.SIGN_IN, Action.NEVER):
            continue
        answered = client.open(path, method=method)
        said = outcome(answered)
        if endpoint in SILENT:
            # What is not theirs is not there; the code asked for is nobody's, so it is so for all of them.
            assert answered.status_code == 404, (role, method, path)
            continue
        named = ("SY",) if "<slug>" in str(next(app.url_map.iter_rules(endpoint))) else ()
        subject = who(role, countries=frozenset({"SY"}))
        assert said is answer(action, subject, countries=named), (role, method, path)


@pytest.mark.usefixtures("palmyra")
def test_a_directorate_of_another_country_does_not_edit(as_role):
    client = as_role(Role.DIRECTORATE, countries=("IQ",))
    assert client.get("/sites/site-of-palmyra/edit").status_code == 403
    assert "/edit" not in client.get("/sites/site-of-palmyra").get_data(as_text=True)


@pytest.mark.usefixtures("palmyra")
def test_without_any_account_a_person_at_the_machine_edits_and_with_one_no_longer(app: Flask, as_role):
    at_the_machine = app.test_client()
    assert at_the_machine.get("/sites/site-of-palmyra/edit").status_code == 200
    assert at_the_machine.get("/sites/site-of-palmyra/edit", environ_base=ELSEWHERE).status_code == 302
    as_role(Role.SUBSCRIBER)
    assert at_the_machine.get("/sites/site-of-palmyra/edit").location.startswith("/login")
    # The language that was chosen is still that of the page one is led to.
    led = at_the_machine.get("/sites/site-of-palmyra/edit?lang=ar").location
    assert 'lang="ar"' in at_the_machine.get(led).text


@pytest.mark.usefixtures("palmyra")
def test_a_page_of_another_network_is_not_at_the_machine_whatever_it_claims(client: FlaskClient):
    forged = {"X-Forwarded-For": "127.0.0.1"}
    assert client.get("/jobs", environ_base=ELSEWHERE, headers=forged).status_code == 302
    assert client.get("/jobs", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 302


def test_strangers_may_only_read():
    allowed = {action for action in Action if answer(action, STRANGER) is Answer.YES}
    assert allowed == {Action.READ, Action.SIGN_IN, Action.FOLLOW_UPDATE, Action.SUBSCRIBE, Action.KEEP_VERSION}
    assert answer(Action.MANAGE_ACCOUNTS, AT_THE_MACHINE) is Answer.SIGN_IN


def test_a_replay_lets_nobody_change_the_world(app: Flask, services: Services):
    from datetime import date

    from heritage.app import create_app

    client = create_app(services, replay=date(2015, 5, 21)).test_client()
    assert client.get("/jobs").status_code == 200
    for endpoint, method, path in addresses(app):
        if ROUTES[endpoint] not in NO_CHANGE and ROUTES[endpoint] is not Action.NEVER:
            # Who may not come in anyway is told the same as on any other day.
            assert client.open(path, method=method).status_code in (302, 403, 404), path
    stranger = create_app(services, replay=date(2015, 5, 21)).test_client()
    for path, status in (("/review", 302), ("/threats/new", 302), ("/artefacts", 302), ("/artefacts/K7Q2-X", 404)):
        assert stranger.get(path, environ_base=ELSEWHERE).status_code == status, path
    with app.test_request_context():
        app.config["REPLAY"] = date(2015, 5, 21)
        assert not access.may(Action.EDIT_SITE, AT_THE_MACHINE)
