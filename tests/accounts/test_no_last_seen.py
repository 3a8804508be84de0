"""Nobody is told when somebody else was last here."""

import re

from flask.testing import FlaskClient

from heritage.services import Services
from tests.accounts.conftest import Meet


def _bare(client: FlaskClient, path: str) -> str:
    """A page without what is new in every answer."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"', "", answer.text)


def test_no_page_and_no_list_tells_when_a_reporter_was_here(meet: Meet, services: Services) -> None:
    keeper = meet("administrator", codes=True)
    sami = meet("field_reporter", signed_in=False)
    pages = ["/accounts", "/accounts/2/roles", "/audit"]
    _bare(keeper.client, "/accounts")  # what is still to be said of setting the codes up
    before = [_bare(keeper.client, page) for page in pages]
    sami.send_password()
    assert sami.client.get("/account").status_code == 200
    with services.database.session() as session:
        held = session.connection().exec_driver_sql("select used_at from account_sign_in where account_id = 2").scalar()
    assert held is not None
    sami.client.post("/logout")
    for page, text in zip(pages, before, strict=True):
        assert _bare(keeper.client, page) == text, page
