"""`heritage users` as somebody at the machine uses it."""

import json
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from heritage.accounts import commands
from heritage.serving_commands import _welcome


@pytest.fixture
def run(services, monkeypatch):
    @contextmanager
    def opened():
        yield services

    monkeypatch.setattr(commands, "open_services", opened)

    def runs(*words: str):
        return CliRunner().invoke(commands.users, words, catch_exceptions=False)

    return runs


FORM = {"name": "Leila", "password": "a long and plain sentence", "again": "a long and plain sentence"}


def test_the_link_makes_an_administrator(run, client):
    link = json.loads(run("create-admin", "leila@museum.example", "--json").stdout)["link"]
    assert client.post(link.replace("http://127.0.0.1:8000", ""), data=FORM).location == "/login"
    users = json.loads(run("list", "--json").stdout)["users"]
    assert [(user["name"], user["roles"], user["active"]) for user in users] == [("Leila", ["administrator"], True)]


def test_a_person_is_invited_and_disabled(run, client, meet):
    meet("administrator", signed_in=False)
    answer = run("invite", "leila@museum.example", "--role", "directorate", "--country", "sy")
    path = answer.stdout.strip().rpartition("http://127.0.0.1:8000")[2]
    client.post(path, data=FORM)
    assert run("disable", "leila@museum.example").stdout == "The account is disabled.\n"
    assert "Leila  leila@museum.example  directorate  disabled" in run("list").stdout


def test_lost_second_factors_are_reset(run, meet, moment):
    person = meet("analyst", codes=True)
    run("reset-mfa", person.address)
    users = json.loads(run("list", "--json").stdout)["users"]
    assert users[0]["second_factor"] is False


def test_an_embedded_database_without_accounts_greets_with_a_link(services, client, capsys, meet):
    _welcome(services, "http://127.0.0.1:8000/")
    first = capsys.readouterr().out.splitlines()
    assert first[0] == "Heritage is running at http://127.0.0.1:8000/"
    path = first[1].rpartition("http://127.0.0.1:8000")[2]
    assert client.post(path, data=FORM | {"email": "leila@museum.example"}).location == "/login"
    _welcome(services, "http://127.0.0.1:8000/")
    assert capsys.readouterr().out.splitlines() == first[:1]
