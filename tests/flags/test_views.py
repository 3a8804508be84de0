"""The methodology page and people's judgements."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.dialects.postgresql import Range

from heritage.flags.models import JudgementKind
from heritage.flags.queries import list_judgements
from heritage.services import Services
from heritage.sites.models import Site


@pytest.fixture
def site_id(services: Services) -> int:
    with services.database.session() as session:
        site = Site(
            register="own", register_ref="1", slug="a-site", name="A site", name_folded="a site",
            listed=Range(None, None), search="",
        )  # fmt: skip
        session.add(site)
        session.flush()
        assert site.id is not None
        return site.id


def judgements(services: Services, site_id: int) -> list[tuple[JudgementKind, int | None, bool]]:
    with services.database.session() as session:
        return [(j.kind, j.level, j.ended_at is not None) for j in list_judgements(session, site_id)]


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_methodology_shows_the_numbers_in_force(client: FlaskClient, language: str) -> None:
    page = client.get(f"/methodology?lang={language}")
    assert page.status_code == 200
    assert "1+" in page.text


def test_a_judgement_is_recorded_and_leads_back_to_the_dossier(
    client: FlaskClient, services: Services, site_id: int
) -> None:
    said = {"kind": "raise", "level": "3", "reason": "troops in the museum", "by": "Curator"}
    answer = client.post("/sites/a-site/judgements", data=said)
    assert (answer.status_code, answer.location) == (302, "/sites/a-site")
    assert judgements(services, site_id) == [(JudgementKind.RAISE, 3, False)]
    with services.database.session() as session:
        number = list_judgements(session, site_id)[0].id
    assert client.post(f"/judgements/{number}/end").status_code == 302
    assert judgements(services, site_id) == [(JudgementKind.RAISE, 3, True)]


@pytest.mark.parametrize(
    "wrong",
    [{"level": ""}, {"reason": ""}, {"by": ""}, {"kind": "acknowledge"}, {"kind": "burn"}, {"level": "9"}],
)
def test_a_judgement_that_lacks_something_is_not_recorded(
    client: FlaskClient, services: Services, site_id: int, wrong: dict[str, str]
) -> None:
    said = {"kind": "raise", "level": "3", "reason": "why", "by": "me"} | wrong
    assert client.post("/sites/a-site/judgements", data=said).status_code == 302
    assert judgements(services, site_id) == []


def test_only_the_machine_itself_may_judge(client: FlaskClient, services: Services, site_id: int) -> None:
    said = {"kind": "acknowledge", "level": "", "reason": "seen", "by": "me"}
    far = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.post("/sites/a-site/judgements", data=said, environ_base=far).location == "/login"
    assert client.post("/judgements/1/end", environ_base=far).location == "/login"
    assert judgements(services, site_id) == []


def test_a_site_or_judgement_that_is_not_there_is_404(client: FlaskClient) -> None:
    said = {"kind": "acknowledge", "level": "", "reason": "seen", "by": "me"}
    assert client.post("/sites/nowhere/judgements", data=said).status_code == 404
    assert client.post("/judgements/99/end").status_code == 404
