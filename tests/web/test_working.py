"""Long work on a page notes how far it is under the page's own token, and a file goes out as it is made."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from heritage.services import Services
from heritage.starter.load import load_starter
from heritage.web import export, working
from heritage.web.working import Ended, Stage, Work

TOKEN = "0123456789abcdef" * 2
DAY = "as_of=2015-05-21"
LIST = """id_no,name_en,states_name_en,iso_code,category,date_inscribed,danger,longitude,latitude
9001,A made-up citadel,Syrian Arab Republic,sy,Cultural,1999,0,36.5,35.5
9002,A made-up bridge,Syrian Arab Republic,sy,Cultural,2001,0,37.5,35.5
"""


@pytest.fixture
def starter(services: Services) -> Services:
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
    return services


def _said(client: FlaskClient, token: str = TOKEN) -> dict[str, Any]:
    answer = client.get(f"/working/{token}?lang=en")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


NOTHING = {"words": "", "done": 0, "of": None, "ended": ""}


def test_nothing_is_known_of_work_that_nobody_named(client: FlaskClient) -> None:
    assert _said(client) == NOTHING
    for odd in ("..", "x" * 32, "A" * 32, TOKEN[:-1]):
        assert client.get(f"/working/{odd}").get_json() in (NOTHING, None)


def test_a_file_is_followed_row_by_row_to_its_end(
    starter: Services, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH", 3)
    monkeypatch.setattr(working, "EVERY_S", 0)
    answer = client.get(f"/sites/export.csv?country=SY&{DAY}&watch={TOKEN}", buffered=False)
    pieces = iter(answer.response)
    assert next(pieces).startswith(b"register,id_no")  # type: ignore[arg-type]  # bytes, as every writer gives
    total = _said(client)["of"]
    assert total > 3
    next(pieces)
    next(pieces)
    begun = _said(client)
    assert (begun["done"], begun["ended"]) == (3, "")
    assert begun["words"] == f"Writing the file: row 3 of {total}"
    list(pieces)
    assert (_said(client)["done"], _said(client)["ended"]) == (total, "done")


@pytest.mark.parametrize("form", ["csv", "xlsx", "geojson", "kml"])
def test_a_file_is_the_same_in_whatever_pieces_it_is_made(
    starter: Services, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    def contents() -> bytes:
        body = client.get(f"/sites/export.{form}?{DAY}").data
        return b"".join(_members(body)) if form == "xlsx" else body

    whole = contents()
    monkeypatch.setattr(export, "BATCH", 7)
    assert contents() == whole


def _members(body: bytes) -> list[bytes]:
    from zipfile import ZipFile

    with ZipFile(io.BytesIO(body)) as book:
        return [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]


def test_a_file_that_breaks_off_is_noted_as_failed_and_is_never_whole(
    starter: Services, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def breaks(*args: Any) -> Any:
        made.append(1)
        if len(made) > 1:
            raise RuntimeError("on purpose")
        return export_rows(*args)

    export_rows = export.rows_of
    monkeypatch.setattr(export, "BATCH", 3)
    monkeypatch.setattr(export, "rows_of", breaks)
    answer = client.get(f"/sites/export.csv?country=SY&{DAY}&watch={TOKEN}", buffered=False)
    with pytest.raises(RuntimeError, match="on purpose"):
        list(answer.response)
    assert _said(client)["ended"] == "failed"


def test_a_reader_who_goes_away_ends_the_work(starter: Services, client: FlaskClient) -> None:
    answer = client.get(f"/sites/export.csv?{DAY}&watch={TOKEN}", buffered=False)
    next(iter(answer.response))
    answer.close()
    assert _said(client)["ended"] == "failed"


def test_what_is_refused_before_it_begins_is_noted_too(client: FlaskClient) -> None:
    assert client.get(f"/sites/export.csv?level=9&watch={TOKEN}").status_code == 400
    assert _said(client)["ended"] == "failed"


def test_without_a_token_or_with_a_strange_one_nothing_is_kept(starter: Services, client: FlaskClient) -> None:
    for query in ("", "&watch=", "&watch=../../secret_key", f"&watch={TOKEN}0"):
        assert client.get(f"/sites/export.csv?country=SY{query}").status_code == 200
    folder = starter.settings.var / working.FOLDER
    assert not folder.exists() or list(folder.iterdir()) == []


def test_only_so_many_notes_are_kept(starter: Services, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "MOST_KEPT", 3)
    for number in range(6):
        client.get(f"/sites/export.csv?country=SY&watch={number:032x}")
    assert len(list((starter.settings.var / working.FOLDER).iterdir())) <= 4


def test_the_brief_as_pdf_says_what_is_done_for_it(starter: Services, client: FlaskClient) -> None:
    assert client.get(f"/sites/site-of-palmyra/brief.pdf?{DAY}&watch={TOKEN}").status_code == 200
    assert _said(client) == {"words": "Setting the pages", "done": 0, "of": None, "ended": "done"}


def test_a_note_is_written_a_few_times_a_second_and_at_each_turn(tmp_path: Path) -> None:
    now = [0.0]
    note = tmp_path / "note.json"
    work = Work(note, clock=lambda: now[0])
    work.stage(Stage.COMPARING, 1000)
    work.advance(10)
    assert '"done": 0' in note.read_text()
    now[0] = 1.0
    work.advance(10)
    assert '"done": 20' in note.read_text()
    work.advance(5)
    work.end(Ended.DONE)
    assert '"done": 25' in note.read_text()
    assert '"ended": "done"' in note.read_text()


def test_a_note_that_cannot_be_written_does_not_stop_the_work(tmp_path: Path) -> None:
    work = Work(tmp_path / "nowhere" / "note.json")
    work.stage(Stage.READING)
    assert list(work.counted([1, 2])) == [1, 2]
    work.end(Ended.DONE)


def _send(client: FlaskClient, accept: str) -> Any:
    file = (io.BytesIO(LIST.encode()), "list.csv")
    return client.post("/sites/imports", data={"file": file, "format": ""}, headers={"Accept": accept})


def test_a_register_is_followed_from_reading_to_the_last_row_written(client: FlaskClient) -> None:
    assert _send(client, "text/html").status_code == 302
    address = _send(client, "application/json, text/html;q=0.9").get_json()["go"]
    page = client.get(f"{address}?watch={TOKEN}")
    assert page.status_code == 200
    assert _said(client) == {
        "words": "Comparing it with what is held: row 2 of 2", "done": 2, "of": 2, "ended": "done"
    }  # fmt: skip
    seen = page.text.partition('name="seen" value="')[2].partition('"')[0]
    other = TOKEN[::-1]
    assert client.post(f"{address}?watch={other}", data={"seen": seen}).status_code == 302
    assert _said(client, other) == {"words": "Matching reports and sites", "done": 0, "of": None, "ended": "done"}


def test_a_file_that_cannot_be_read_is_noted_as_failed(client: FlaskClient) -> None:
    answer = client.post(
        "/sites/imports",
        data={"file": (io.BytesIO(b"nothing of use"), "list.csv"), "format": ""},
        headers={"Accept": "application/json"},
    )
    address = answer.get_json()["go"]
    assert client.get(f"{address}?watch={TOKEN}").status_code >= 400
    assert _said(client)["ended"] == "failed"
