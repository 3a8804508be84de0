"""Addresses as strangers and slips of the hand write them: a clear answer, never a fault and never passed over."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from heritage.app import create_app
from heritage.services import Services


@pytest.mark.parametrize(
    "path", ["/", "/sites", "/alerts", "/alerts.atom", "/feeds", "/reports", "/methodology", "/subscriptions"]
)
def test_a_day_that_is_none_is_refused_on_every_page(client: FlaskClient, path: str) -> None:
    assert client.get(f"{path}?as_of=2015-5-20").status_code == 400
    assert client.get(f"{path}?as_of=2015-05-20&known_on=yesterday").status_code == 400
    assert client.get(f"{path}?as_of=2015-05-20").status_code == 200


@pytest.mark.parametrize("page", ["99999999999999999999", "0", "-1", "x"])
def test_a_page_beyond_all_numbers_is_refused(client: FlaskClient, page: str) -> None:
    assert client.get(f"/reports?page={page}").status_code == 400


def test_out_of_the_box_nobody_is_let_into_the_working_pages(services: Services) -> None:
    """The machine itself is a stranger too, unless its operator says otherwise."""
    shipped = replace(services, settings=services.settings.model_copy(update={"local_editing": False}))
    assert type(services.settings).model_fields["local_editing"].default is False
    client = create_app(shipped).test_client()
    for path in ("/review", "/jobs", "/audit", "/accounts", "/threats/new", "/sites/imports"):
        answer = client.get(path)
        assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/login"), path


@pytest.mark.parametrize("path", ["/sites", "/sites/no-such-site", "/artefacts/K7Q2-X", "/alerts"])
def test_a_slash_too_many_leads_to_the_page_whether_or_not_anything_is_there(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}/?as_of=2015-05-20")
    assert (answer.status_code, answer.location) == (308, f"{path}?as_of=2015-05-20")
    assert client.get("/nowhere/").status_code == 404
