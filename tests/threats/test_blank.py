"""The form that devices keep for bad lines: the same for everybody, and gone with signing out."""

from flask.testing import FlaskClient

from tests.threats.conftest import SignIn

BLANK = "/threats/new/blank?lang=en"


def test_the_form_kept_on_a_device_tells_of_nobody(sign_in: SignIn) -> None:
    reporter, analyst = sign_in("field_reporter"), sign_in("analyst")
    page = reporter.get(BLANK)
    assert page.status_code == 200
    assert page.text == analyst.get(BLANK).text
    assert "csrf_token" not in page.text
    assert 'lang="ar" dir="rtl"' in reporter.get("/threats/new/blank?lang=ar").text


def test_it_is_not_there_where_strangers_file_nothing(sign_in: SignIn, app) -> None:
    sign_in("field_reporter")
    stranger = app.test_client()
    assert stranger.get(BLANK).status_code == 302
    assert stranger.get("/threats/worker.js").status_code == 302


def test_the_worker_is_a_script_under_the_strict_policy_that_is_asked_for_anew(client: FlaskClient) -> None:
    answer = client.get("/threats/worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_signing_out_clears_the_device(sign_in: SignIn) -> None:
    reporter = sign_in("field_reporter")
    assert reporter.post("/logout").headers["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in reporter.get("/").headers
