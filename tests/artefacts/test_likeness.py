"""Photographs of an object for sale: compared for who keeps it, told to nobody else."""

import io
import random

import pytest
import sqlalchemy as sa
from PIL import Image, ImageDraw, ImageOps
from sqlmodel import col, select

from heritage.artefacts import inquiries
from heritage.artefacts.likeness import LIKE_BITS, looks_of, nearest
from heritage.artefacts.models import InquiryMatch, InquiryPhotograph, ObjectInquiry
from heritage.attachments import service as attachments
from heritage.attachments.models import Content
from tests.accounts.conftest import *  # noqa: F403 - accounts to sign in with
from tests.artefacts.test_inquiries import UNKNOWN, police  # noqa: F401 - fixtures
from tests.artefacts.test_views import _clock, enter, leila, palmyra, same  # noqa: F401 - fixtures

CONTACT = {"contact": "+33 1 55 55 01 77"}


def scene(number: int) -> Image.Image:
    """A picture with features of its own: shapes in greys, another for each number."""
    chance, picture = random.Random(number), Image.new("RGB", (640, 480), "grey")
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y, size = chance.randrange(600), chance.randrange(440), chance.randrange(40, 240)
        shade = chance.randrange(256)
        draw.ellipse((x - size, y - size, x + size, y + size), fill=(shade, shade, shade))
    return picture


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=quality)
    return kept.getvalue()


def kept_looks(number: int) -> int:
    return looks_of(jpeg(scene(number))).variants[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.resize((200, 150)),
        lambda one: one.crop((16, 12, 624, 468)),
        ImageOps.mirror,
        lambda one: one.point(lambda shade: min(255, int(shade * 1.2) + 10)),
    ],
    ids=["smaller", "cut", "mirrored", "brighter"],
)
def test_a_photograph_cut_scaled_or_mirrored_is_like_itself(change):
    sent = looks_of(jpeg(change(scene(3)), quality=60))
    assert nearest([sent], iter([("OURS", kept_looks(3))])).keys() == {"OURS"}


def test_other_photographs_are_not_like_it():
    sent = [looks_of(jpeg(scene(3)))]
    others = [(str(number), kept_looks(number)) for number in range(100, 300)]
    assert len(nearest(sent, iter(others))) <= 1


def test_an_empty_picture_is_like_nothing():
    blank = looks_of(jpeg(Image.new("RGB", (400, 300), "white")))
    assert blank.variants == ()
    assert nearest([blank], iter([("WHITE", 0), ("OURS", kept_looks(3))])) == {}
    assert nearest([looks_of(jpeg(scene(3)))], iter([("WHITE", 0)])) == {}


def test_the_nearest_of_an_object_s_photographs_counts():
    sent, exact = looks_of(jpeg(scene(3))), kept_looks(3)
    near = exact ^ 0b1111
    assert nearest([sent], iter([("A", near), ("A", exact), ("B", near)])) == {"A": 0, "B": 4}
    assert LIKE_BITS >= 4


@pytest.fixture
def bust(leila, services) -> str:  # noqa: F811 - a fixture
    """A bust with a photograph that was cleaned."""
    code = enter(leila, title="Bust")
    photographed(leila, services, code, jpeg(scene(3)))
    return code


def photographed(client, services, code: str, data: bytes) -> None:
    sent = {"files": (io.BytesIO(data), "bust.jpg")}
    assert client.post(f"/artefacts/{code}/photographs", data=sent).status_code == 302
    with services.database.session() as session:
        waiting = session.exec(select(Content.sha256).where(col(Content.state) == "waiting")).all()
    for sha256 in waiting:
        attachments.clean(services, sha256)


def ask(client, data: bytes, **fields):
    return client.post("/artefacts/inquiries/new", data=CONTACT | fields | {"files": (io.BytesIO(data), "shop.jpg")})


def match_all(services) -> int:
    with services.database.session() as session:
        ids = session.exec(select(ObjectInquiry.id)).all()
        return sum(inquiries.match(session, each, services.settings) for each in ids)


def shown(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrf" not in line and "nonce" not in line]


def test_the_keeper_sees_the_photograph_and_the_candidate_and_nobody_else_does(
    bust, leila, police, meet, services  # noqa: F811 - fixtures
):  # fmt: skip
    shop = jpeg(scene(3).crop((16, 12, 624, 468)).resize((400, 300)), quality=70)
    assert ask(police, shop).status_code == 302
    assert match_all(services) == 1
    page = leila.get("/artefacts/inquiries").text
    assert bust in page
    assert "these agree: Photograph" in page
    with services.database.session() as session:
        match, held = session.exec(select(InquiryMatch)).one(), session.exec(select(InquiryPhotograph)).one()
        where = f"/artefacts/inquiries/{match.id}/photographs/{held.id}.jpg"
    assert where in page
    picture = leila.get(where)
    assert picture.mimetype == "image/jpeg"
    assert picture.headers["Cache-Control"] == "private, no-store"
    other = meet("registrar", name="Elsewhere", institutions=("Another Museum",), codes=True).client
    for stranger in (police, other):
        stranger.get("/")
        assert same(stranger.get(where), stranger.get("/artefacts/inquiries/99/photographs/99.jpg"))
    assert "Liaison" in leila.get("/artefacts/look-ups").text


def test_found_and_not_found_look_the_same_to_who_sent_it_and_nothing_is_kept_for_nothing(
    bust, police, services  # noqa: F811 - fixtures
):  # fmt: skip
    # The very file that is kept, one like it, and one that nobody keeps.
    sent = [jpeg(scene(3)), jpeg(scene(3), 70), jpeg(scene(77))]
    answers = [ask(police, data) for data in sent]
    assert [(one.status_code, one.location) for one in answers] == [(302, "/artefacts/inquiries")] * 3
    with services.database.session() as session:
        rows = session.exec(select(InquiryPhotograph)).all()
        # A row of its own for each, whatever is kept, and of the size of the file alone.
        assert [len(row.sealed) // 512 for row in rows] == [(len(data) + 41) // 512 + 1 for data in sent]
        assert session.scalar(sa.select(sa.func.count()).select_from(Content)) == 1
    before = shown(police.get("/artefacts/inquiries").text)
    assert match_all(services) == 2
    after = shown(police.get("/artefacts/inquiries").text)
    assert [line for line in after if line not in before] == []
    with services.database.session() as session:
        assert len(session.exec(select(InquiryPhotograph)).all()) == 2


def test_how_a_kept_photograph_looks_stands_under_seal_only(bust, services):
    with services.database.session() as session:
        (content,) = session.exec(select(Content)).all()
        assert content.state == "ready"
        assert content.looks is None
        assert attachments.looks_of(services.settings, content) in looks_of(jpeg(scene(3))).variants
        dump = session.execute(sa.text("select to_jsonb(c)::text from attachment_content c")).scalar_one()
    assert str(attachments.looks_of(services.settings, content)) not in dump


def test_looks_that_were_kept_in_clear_before_are_sealed_and_found_again(bust, services):
    with services.database.session() as session:
        (content,) = session.exec(select(Content)).all()
        content.looks, content.looks_sealed = attachments.looks_of(services.settings, content), None
        before = content.looks
    with services.database.session() as session:
        assert [attachments.seal_looks(session, services.settings) for _ in range(2)] == [1, 0]
    with services.database.session() as session:
        (content,) = session.exec(select(Content)).all()
        assert (content.looks, attachments.looks_of(services.settings, content)) == (None, before)


def test_a_photograph_that_came_with_a_report_too_is_recognised_among_reports(bust, services):
    with services.database.session() as session:
        attachments.receive(session, services, io.BytesIO(jpeg(scene(3))), subject="threat_update:1")
        (content,) = session.exec(select(Content)).all()
        assert content.looks is not None


def test_too_many_other_and_damaged_files_are_refused_or_let_go(police, services):  # noqa: F811 - a fixture
    many = {"files": [(io.BytesIO(jpeg(scene(each))), "a.jpg") for each in range(4)]}
    answer = police.post("/artefacts/inquiries/new", data=CONTACT | many)
    assert answer.status_code == 422
    assert "At most 3 photographs." in answer.text
    pdf = ask(police, b"%PDF-1.7 nothing")
    assert pdf.status_code == 422
    broken = jpeg(scene(3))[:3000]
    assert ask(police, broken, **UNKNOWN).status_code == 302
    assert match_all(services) == 0
    with services.database.session() as session:
        assert session.exec(select(InquiryPhotograph)).all() == []
