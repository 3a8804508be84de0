"""Files in pieces: they go on where they were cut off, arrive as they were sent, and are their sender's alone."""

import hashlib
import io
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from heritage.attachments import pieces
from heritage.services import Services
from heritage.threats import files
from tests.threats.conftest import File, SignIn, told

pytestmark = pytest.mark.usefixtures("register")


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.effect_noise((300, 300), 80).save(drawn, "JPEG", quality=90)
    return drawn.getvalue()


PICTURE = picture()
HASH = hashlib.sha256(PICTURE).hexdigest()
ADDRESS = f"/attachments/pieces/{HASH}"
HALF = len(PICTURE) // 2


def send(client: FlaskClient, begins_at: int, data: bytes, address: str = ADDRESS) -> int:
    answer = client.patch(address, data=data, headers={"Upload-Offset": str(begins_at)})
    assert answer.status_code == 204
    return int(answer.headers["Upload-Offset"])


def attachments(services: Services) -> list[str]:
    with services.database.session() as session:
        return list(session.execute(sa.text("select sha256 from attachment")).scalars())


def test_a_file_goes_on_where_it_was_cut_off_and_comes_with_the_report(
    sign_in: SignIn,
    file: File,
    services: Services,
) -> None:
    sami = sign_in("field_reporter")
    assert send(sami, 0, PICTURE[:HALF]) == HALF
    # The answer was lost: the same piece once more changes nothing and says where to go on.
    assert send(sami, 0, PICTURE[:HALF]) == HALF
    assert int(sami.get(ADDRESS).headers["Upload-Offset"]) == HALF
    assert send(sami, HALF, PICTURE[HALF:]) == len(PICTURE)
    code = file(sami, sent=HASH)
    assert attachments(services) == [HASH]
    assert int(sami.get(ADDRESS).headers["Upload-Offset"]) == 0
    # Sent again without an answer to the first try: one report, one attachment, no complaint about the file.
    send(sami, 0, PICTURE)
    assert file(sami, sent=HASH) == code
    assert attachments(services) == [HASH]
    assert int(sami.get(ADDRESS).headers["Upload-Offset"]) == 0
    # What was chosen since comes in too.
    more = picture()
    name = hashlib.sha256(more).hexdigest()
    send(sami, 0, more, f"/attachments/pieces/{name}")
    assert file(sami, sent=name) == code
    assert sorted(attachments(services)) == sorted([HASH, name])


def test_what_did_not_arrive_as_it_was_sent_is_not_taken(sign_in: SignIn, services: Services) -> None:
    sami = sign_in("field_reporter")
    send(sami, 0, PICTURE[:-1])
    answer = sami.post("/threats/new", data=told(sent=HASH))
    assert answer.status_code == 422
    assert "File 1 did not arrive whole" in answer.text
    assert "Soldiers dig a trench" in answer.text
    assert attachments(services) == []


def test_a_file_in_pieces_is_looked_at_like_any_other(sign_in: SignIn, services: Services) -> None:
    sami, data = sign_in("field_reporter"), b"MZ this is a program"
    name = hashlib.sha256(data).hexdigest()
    send(sami, 0, data, f"/attachments/pieces/{name}")
    answer = sami.post("/threats/new", data=told(sent=name))
    assert answer.status_code == 422
    assert "this file is something else" in answer.text
    assert attachments(services) == []


def test_pieces_are_their_sender_s_alone_and_no_stranger_s(sign_in: SignIn, client: FlaskClient) -> None:
    sami, lina = sign_in("field_reporter", name="Sami"), sign_in("field_reporter", name="Lina")
    send(sami, 0, PICTURE)
    assert int(lina.get(ADDRESS).headers["Upload-Offset"]) == 0
    assert lina.post("/threats/new", data=told(sent=HASH)).status_code == 422
    assert client.get(ADDRESS).status_code == 302
    assert sami.get("/attachments/pieces/..").status_code == 404


def test_pieces_are_bounded_and_forgotten(sign_in: SignIn, services: Services) -> None:
    sami = sign_in("field_reporter")
    assert sami.patch(ADDRESS, data=b"", headers={"Upload-Offset": "0"}).status_code == 400
    large = b"x" * (pieces.MOST_PIECE_BYTES + 1)
    assert sami.patch(ADDRESS, data=large, headers={"Upload-Offset": "0"}).status_code == 400
    send(sami, 0, PICTURE)
    today = services.clock.now().date()
    with services.database.session() as session:
        by = pieces.Carrier.of(services.settings, 1)
        told_of = {"begins_at": 0, "data": PICTURE, "today": today, "most": len(PICTURE) - 1}
        with pytest.raises(pieces.Conflict):
            pieces.add_piece(session, by, "0" * 64, **told_of)
        assert PICTURE[:64] not in session.execute(sa.text("select sealed from attachment_piece")).scalar_one()
        assert pieces.forget_pieces(session, services.clock.now()) == 0
        assert pieces.forget_pieces(session, services.clock.now() + pieces.KEPT + timedelta(days=1)) == 1


def test_a_picture_in_full_size_follows_its_report_once_and_only_from_who_filed_it(
    sign_in: SignIn, file: File, services: Services
) -> None:
    sami, leyla = sign_in("field_reporter"), sign_in("field_reporter", name="leyla")
    file(sami, client_id="a" * 32)
    later = {"client_id": "a" * 32, "sent": HASH}
    send(leyla, 0, PICTURE)
    assert leyla.post("/threats/originals", data=later).status_code == 404
    assert sami.post("/threats/originals", data=later).status_code == 400  # not whole here yet
    send(sami, 0, PICTURE)
    assert sami.post("/threats/originals", data=later | {"client_id": "b" * 32}).status_code == 404
    assert sami.post("/threats/originals", data=later).status_code == 204
    assert attachments(services) == [HASH]
    assert int(sami.get(ADDRESS).headers["Upload-Offset"]) == 0


def test_nothing_follows_a_report_that_was_taken_back(sign_in: SignIn, file: File, services: Services) -> None:
    sami = sign_in("field_reporter")
    code = file(sami, client_id="a" * 32)
    sami.post("/threats/follow", data={"code": code, "do": "withdraw"})
    send(sami, 0, PICTURE)
    assert sami.post("/threats/originals", data={"client_id": "a" * 32, "sent": HASH}).status_code == 404
    assert attachments(services) == []


def test_originals_are_limited_by_number_and_size_of_a_report_and_of_a_day(
    sign_in: SignIn, file: File, app: Flask, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    sami = sign_in("field_reporter")
    file(sami, client_id="a" * 32)
    file(sami, client_id="b" * 32)

    def follow(drawn: bytes, client_id: str, **limits: int) -> tuple[int, str]:
        name = hashlib.sha256(drawn).hexdigest()
        send(sami, 0, drawn, f"/attachments/pieces/{name}")
        settings = services.settings.model_copy(update=limits)
        monkeypatch.setitem(app.extensions, "heritage", replace(services, settings=settings))
        answer = sami.post("/threats/originals?lang=fr", data={"client_id": client_id, "sent": name})
        held = int(sami.get(f"/attachments/pieces/{name}").headers["Upload-Offset"])
        assert held == 0  # taken or not, no piece waits
        return answer.status_code, answer.text

    large = PICTURE + b"\0" * 300_000
    assert follow(large, "a" * 32) == (204, "")
    assert follow(large + b"1", "a" * 32) == (204, "")
    assert follow(large + b"2", "a" * 32) == (204, "")
    # Three of them are more than one megabyte.
    status, words = follow(PICTURE, "a" * 32, report_files_mb=1)
    assert (status, "1" in words) == (413, True)
    status, words = follow(PICTURE, "b" * 32, reporter_files_mb=1)
    assert (status, "1" in words) == (413, True)
    assert follow(PICTURE, "b" * 32, report_files_mb=1) == (204, "")
    monkeypatch.setattr(files, "MOST_OF_A_REPORT", 3)
    assert follow(PICTURE, "a" * 32)[0] == 413
    assert len(attachments(services)) == 4


def test_the_pieces_of_what_an_original_replaced_do_not_stay(sign_in: SignIn, file: File, services: Services) -> None:
    sami, copy = sign_in("field_reporter"), picture()
    past = hashlib.sha256(copy).hexdigest()
    send(sami, 0, copy, f"/attachments/pieces/{past}")
    send(sami, 0, PICTURE)
    file(sami, sent=HASH, past=past)
    with services.database.session() as session:
        assert session.execute(sa.text("select count(*) from attachment_piece")).scalar_one() == 0
    assert attachments(services) == [HASH]
