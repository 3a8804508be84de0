"""The pages of attachments: cleaned copies for those who may, originals for two persons, nothing for all others."""

import io
import re

import pytest
from flask_wtf import FlaskForm
from PIL import Image
from werkzeug.datastructures import FileStorage, MultiDict

from heritage.attachments import service
from heritage.attachments.forms import WithAttachments
from heritage.policy.roles import Role

CAMERA = b"Canon EOS of Huda"


def picture() -> bytes:
    tags = Image.Exif()
    tags[0x010F] = CAMERA.decode()
    target = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(target, "JPEG", exif=tags)
    return target.getvalue()


@pytest.fixture
def code(services) -> str:
    with services.database.session() as session:
        kept = service.receive(session, services, io.BytesIO(picture()), subject="threat_update:1", countries=["SY"])
    service.clean(services, kept.sha256)
    return kept.code


def test_a_cleaned_copy_is_shown_in_a_sandbox(meet, code):
    analyst = meet(Role.ANALYST)
    assert code in analyst.client.get(f"/attachments/{code}").get_data(as_text=True)
    for name in ("view.jpg", "thumb.jpg"):
        answer = analyst.client.get(f"/attachments/{code}/{name}")
        assert answer.mimetype == "image/jpeg"
        assert CAMERA not in answer.data
        assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"] == f'inline; filename="{code[:8]}.jpg"'


def test_who_may_not_see_it_sees_nothing(meet, code):
    assert meet(Role.DIRECTORATE, "Sami").client.get(f"/attachments/{code}/view.jpg").status_code == 200
    elsewhere = meet(Role.DIRECTORATE, "Dara", country="IQ").client
    for path in (f"/attachments/{code}", f"/attachments/{code}/view.jpg", "/attachments/none"):
        assert elsewhere.get(path).status_code == 404
    for role in (Role.ADMINISTRATOR, Role.FIELD_REPORTER):
        assert meet(role).client.get(f"/attachments/{code}").status_code == 403
    # Registrars see photographs of their own objects there, so what is not theirs is not there.
    assert meet(Role.REGISTRAR).client.get(f"/attachments/{code}").status_code == 404


def test_two_persons_read_the_original_and_it_is_never_opened_in_the_browser(meet, code):
    first, second = meet(Role.ANALYST, "Rana"), meet(Role.ANALYST, "Samir")
    page = f"/sealed/original/{code}"
    assert first.client.post(f"{page}/read").status_code == 403
    first.client.post(f"{page}/ask", data={"reason": "Where was it taken?"})
    action = re.search(r'action="(/sealed/questions/\d+/decide)"', second.client.get("/sealed").get_data(as_text=True))
    assert action
    second.client.post(action[1], data={"decision": "grant"})
    answer = first.client.post(f"{page}/read")
    assert answer.data == picture()
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")


class Report(WithAttachments):
    """A form with files."""


def sent(app, *files: tuple[bytes, str]) -> FlaskForm:
    form = Report(MultiDict([("files", FileStorage(io.BytesIO(data), filename=name)) for data, name in files]))
    form.validate()
    return form


def test_a_file_is_told_by_its_place_and_never_by_its_name(app):
    with app.test_request_context():
        form = sent(app, (picture(), "ok.jpg"), (b"<svg/>", "../../etc/\u202egpj.exe"))
        (problem,) = form.files.errors
        assert problem.startswith("File 2: Only JPEG")
        assert "etc" not in problem


def test_a_name_with_a_path_or_a_turned_ending_is_never_used(app, services):
    names = ("../../../etc/passwd", "photo\u202egpj.exe", "a\x00b.jpg", "x" * 5000)
    with app.test_request_context():
        form = sent(app, *((picture(), name) for name in names))
        assert form.files.errors == []
        with services.database.session() as session:
            for file in form.files.data:
                service.receive(session, services, file.stream, subject="threat_update:9")
    stored = [str(path.relative_to(services.settings.var)) for path in services.settings.var.rglob("*")]
    assert not [path for path in stored if re.search("passwd|gpj|exe|xxx", path)]


def test_no_file_and_too_many(app):
    with app.test_request_context():
        assert sent(app).files.errors == []
        assert sent(app, (b"", "")).files.data == []
        assert sent(app, *[(picture(), "x.jpg")] * 11).files.errors == ["At most 10 files at once."]
