"""Files that come with an update: kept with it, shown cleaned to reviewers, gone when it is withdrawn."""

import io
import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image
from sqlmodel import select

from heritage.attachments import service as attachments
from heritage.attachments.models import Attachment, Content
from heritage.services import Services

from .conftest import told

pytestmark = pytest.mark.usefixtures("register")

CAMERA = "Canon EOS of Huda"


def picture() -> bytes:
    tags = Image.Exif()
    tags[0x010F] = CAMERA
    target = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(target, "JPEG", exif=tags)
    return target.getvalue()


def send(client: FlaskClient, *files: tuple[bytes, str], **more: str):
    sent = told(**more) | {"files": [(io.BytesIO(data), name) for data, name in files]}
    return client.post("/threats/new", data=sent, content_type="multipart/form-data")


def kept(services: Services) -> list[Attachment]:
    with services.database.session() as session:
        return list(session.exec(select(Attachment)))


def test_files_come_with_the_update_once_and_without_their_names(services, client):
    for _time in range(2):
        assert send(client, (picture(), "huda-telephone.jpg"), (b"%PDF-1.7\n", "../../plan.pdf")).status_code in (
            200,
            201,
        )
    found = kept(services)
    assert {(one.subject, tuple(one.countries)) for one in found} == {("update:1", ("SY",))}
    assert len(found) == 2
    with services.database.session() as session:
        stored = str(session.execute(sa.text("select * from attachment, attachment_content")).all())
    assert "huda" not in stored
    assert "plan" not in stored


def test_a_file_that_is_not_taken_is_said_at_its_field_and_nothing_is_filed(services, client):
    answer = send(client, (b"<svg onload=alert(1)>", "x.jpg"))
    assert answer.status_code == 422
    assert "File 1: Only JPEG" in answer.text
    assert "Soldiers dig a trench" in answer.text
    assert kept(services) == []


def test_a_reviewer_sees_the_cleaned_copy_and_others_nothing(services, client, sign_in):
    send(client, (picture(), "x.jpg"))
    (one,) = kept(services)
    attachments.clean(services, one.sha256)
    page = sign_in("analyst").get("/review/1").text
    thumb = re.search(r'src="(/attachments/[0-9a-f]+/thumb\.jpg)"', page)
    assert thumb
    assert CAMERA.encode() not in sign_in("emergency_officer").get(thumb[1]).data
    assert client.get(thumb[1], environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 302


def test_a_withdrawn_update_takes_its_files_with_it(services, client):
    code = re.search(r"[a-z]+-[a-z]+-[a-z]+-\d{6}", send(client, (picture(), "x.jpg")).text)
    assert code
    client.post("/threats/follow", data={"code": code[0], "do": "withdraw"})
    assert kept(services) == []
    with services.database.session() as session:
        assert session.exec(select(Content)).first() is None
        waiting = session.execute(
            sa.text("select args from procrastinate_jobs where task_name = 'attachments.remove_files'")
        )
        assert len(waiting.all()) == 1
