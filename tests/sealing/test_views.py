"""The pages of what is sealed, as two persons of a museum and an administrator use them."""

import re

import pytest

from heritage.policy.roles import Role

CAVE = "the cave above the spring"
REASON = {"reason": "The convoy leaves at noon."}
PAGE = "/sealed/place/k3f9"


def text(answer) -> str:
    return answer.get_data(as_text=True)


def question_of(person) -> str:
    found = re.search(r'action="(/sealed/questions/\d+/decide)"', text(person.client.get("/sealed")))
    assert found
    return found[1]


@pytest.mark.usefixtures("place")
def test_two_persons_of_the_museum_read_a_place(meet):
    leila, omar = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar")
    assert leila.client.post(f"{PAGE}/read").status_code == 403
    assert leila.client.post(f"{PAGE}/ask", data=REASON).location == PAGE
    assert "waiting for a second person" in text(leila.client.get(PAGE))
    assert "/decide" not in text(leila.client.get("/sealed"))
    assert omar.client.post(question_of(omar), data={"decision": "grant"}).status_code == 302
    assert CAVE not in text(leila.client.get(PAGE))
    shown = leila.client.post(f"{PAGE}/read")
    assert CAVE in text(shown)
    assert shown.headers["Cache-Control"] == "no-store"
    assert "read 1 time," in text(omar.client.get("/sealed"))


@pytest.mark.usefixtures("place")
def test_what_is_wrong_with_a_form_stands_at_it_and_nothing_typed_is_lost(meet):
    leila, omar = meet(Role.REGISTRAR, "Leila"), meet(Role.REGISTRAR, "Omar")
    answer = leila.client.post(f"{PAGE}/ask", data={"reason": "why not"})
    assert answer.status_code == 422
    assert "why not" in text(answer)
    leila.client.post(f"{PAGE}/ask", data=REASON)
    answer = omar.client.post(question_of(omar), data={"decision": "refuse", "words": ""})
    assert answer.status_code == 422
    assert "Say why it is refused." in text(answer)


@pytest.mark.usefixtures("place")
def test_who_has_no_right_to_it_sees_the_same_page_as_for_nothing(meet):
    for person in (meet(Role.ANALYST), meet(Role.REGISTRAR, "Nadia", institution="Another Museum")):
        pages = [person.client.get(path) for path in (PAGE, "/sealed/place/nothing", "/sealed/palace/k3f9")]
        assert {page.status_code for page in pages} == {404}
        bodies = {text(page).replace(page.request.path, "") for page in pages}
        assert len(bodies) == 1


@pytest.mark.usefixtures("place")
def test_broken_glass_is_on_every_page_of_everybody_concerned(meet):
    administrator, omar = meet(Role.ADMINISTRATOR), meet(Role.REGISTRAR, "Omar")
    nadia = meet(Role.REGISTRAR, "Nadia", institution="Another Museum")
    assert administrator.client.post(f"{PAGE}/break-glass", data=REASON).location == PAGE
    assert CAVE in text(administrator.client.post(f"{PAGE}/read"))
    said = "opened without a second person"
    assert said in text(omar.client.get("/sites"))
    assert said not in text(nadia.client.get("/sites"))
    page = text(administrator.client.get("/sealed"))
    action = re.search(r'action="(/sealed/questions/\d+/justify)"', page)
    assert action
    assert administrator.client.post(action[1], data={"reason": "no"}).status_code == 422
    administrator.client.post(action[1], data={"reason": "The building was burning."})
    assert said not in text(omar.client.get("/sites"))
    assert "The building was burning." in text(omar.client.get("/sealed"))


@pytest.mark.usefixtures("place")
def test_a_lost_key_is_a_sentence_and_no_broken_page(meet, services):
    administrator = meet(Role.ADMINISTRATOR)
    administrator.client.post(f"{PAGE}/break-glass", data=REASON)
    (services.settings.keys_folder() / "places.json").unlink()
    answer = administrator.client.post(f"{PAGE}/read")
    assert answer.status_code == 503
    assert "its key is missing" in text(answer)
    assert str(services.settings.var) not in text(answer)


def test_strangers_are_asked_to_sign_in(client):
    assert client.get("/sealed", environ_base={"REMOTE_ADDR": "203.0.113.9"}).location.startswith("/login")
