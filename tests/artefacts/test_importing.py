"""Lists as people and their enemies send them: what cannot be is refused by row, field and reason; the rest goes in."""

import io
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlmodel import select

from heritage.artefacts import importing, service
from heritage.artefacts.models import Artefact
from heritage.core.errors import UnusableFile

HEAD = "Inventory No,Object,Quantity,Kind,Category,Box,Weight\n"


@pytest.fixture
def look(session, museum, tmp_path: Path):
    """Look at a list, given as text, bytes or a workbook's rows."""

    def looked(content, encoding: str = "utf-8"):
        path = tmp_path / "list.csv"
        if isinstance(content, list):
            book = Workbook()
            for row in content:
                book.active.append(row)
            kept = io.BytesIO()
            book.save(kept)
            content = kept.getvalue()
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return importing.compare(session, museum, importing.open_list(path))

    return looked


@pytest.fixture
def take(session, museum, hands, look):
    def taken(content, **more):
        found = look(content, **more)
        _, report = importing.take(session, hands[0], museum, found, started_at=hands[0].now)
        return report

    return taken


def kept(session) -> dict[str, Artefact]:
    return {one.inventory_number: one for one in session.exec(select(Artefact))}


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("X,Coins,1000000000,lot,,,", "count", "More than 1,000,000"),
        ("X,Coins,99999999999999999999,lot,,,", "count", "neither a number nor a range"),
        ("X,Coins,-3,lot,,,", "count", "neither a number nor a range"),
        ("X,Coins,0,lot,,,", "count", "At least one"),
        ("X,Coins,9-2,lot,,,", "count", "runs backwards"),
        ("X,Coins,7,object,,,", "count", "several are a lot"),
        ("X,Coins,1,treasure,,,", "kind", "is none of object"),
        ("X,Coins,1,object,loot,,", "red_list", "is none of writing"),
        ("X,Coins,1,object,,,heavy", "weight_kg", "is not a number"),
        ("X,Coins,1,object,,,NaN", "weight_kg", "must be above 0"),
        ("X,Coins,1,object,,nowhere,", "container", "there is no container"),
        ("X,Coins,1,object,,X,", "container", "is no container"),
        (",,1,object,,,", "title", "Say what it is"),
        ("X,Coins", None, "has 2 fields where the header names 7"),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_the_good_row_goes_in(look, row, field, reason):
    found = look(HEAD + row + "\nGood,Bust,1,object,sculpture,,12\n")
    (refusal,) = found.refusals
    assert (refusal.row, refusal.field) == (2, field)
    assert reason in refusal.reason
    report = found.report(dry_run=True).as_json()
    assert (report["read"], report["added"], report["refused"]) == (2, 1, 1)
    assert report["dry_run"] is True


def test_formulas_stay_text_and_are_never_run(take, session):
    evil = '=HYPERLINK("http://evil.example","x")'
    report = take([["Inventory No", "Object", "Notes"], ["A1", "@SUM(A1)", "plain"], ["+2", "-cmd|' /C calc'!A0", "x"]])
    assert (report.added, report.refused) == (2, 0)
    assert kept(session)["+2"].object_type == "-cmd|' /C calc'!A0"
    take(HEAD + f'A9,"{evil.replace(chr(34), chr(34) * 2)}",1,object,,,\n')
    assert kept(session)["A9"].object_type == evil


def test_one_object_in_two_rows_is_one_and_unseen_marks_make_no_second(take, session):
    report = take(HEAD + "A 1,Bust,1,object,,,\nA\u200f 1,Bust,1,object,,,\n\u202eA 1\u202c,Bust,1,object,,,\n,Bust,1,object,,,\n,Bust,1,object,,,\n")  # fmt: skip  # noqa: E501
    assert report.added == 2
    assert sorted(one.row for one in report.refusals) == [3, 4, 6]
    assert all("cannot be told from row" in one.reason for one in report.refusals)
    again = take(HEAD + "A\u200e 1,Bust,1,object,,,\n")
    assert (again.added, again.unchanged) == (0, 1)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig", "utf-16-le"])
def test_other_encodings_are_read(take, session, encoding):
    text = "N° d'inventaire;Objet;Matériaux\nA 1;Tête voilée;Calcaire œuvré\n"
    if encoding == "utf-16-le":
        text = "\ufeff" + text
    assert take(text, encoding=encoding).added == 1
    assert kept(session)["A 1"].materials == "Calcaire œuvré"


def test_boxes_hold_what_the_list_says_and_a_second_time_changes_nothing(take, session):
    text = HEAD + "B1,Crate,,container,,,\nB2,Box,,container,,B1,\nA1,Bust,1,object,,B2,\nA2,Relief,1,object,,,\n"
    assert take(text).added == 4
    now = kept(session)
    assert now["A1"].container_id == now["B2"].id
    assert now["B2"].container_id == now["B1"].id
    assert now["A2"].container_id is None
    report = take(text)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 4)
    moved = take(HEAD + f"A2,Relief,1,object,,{now['B1'].code},\n")
    assert (moved.changed, moved.refused) == (1, 0)
    assert kept(session)["A2"].container_id == now["B1"].id


def test_circles_and_what_lies_in_them_are_refused(take, session):
    text = (
        HEAD + "B1,Box,,container,,B2,\nB2,Box,,container,,B3,\nB3,Box,,container,,B1,\nA1,Bust,1,object,,B1,\n"
        "B4,Box,,container,,B4,\nA2,Bust of a man,1,object,,,\n"
    )  # fmt: skip
    report = take(text)
    assert report.added == 1
    assert sorted(one.row for one in report.refusals) == [2, 3, 4, 5, 6]
    assert {one.field for one in report.refusals} == {"container"}
    assert set(kept(session)) == {"A2"}


def test_a_circle_with_boxes_that_are_kept_is_refused_too(take, session, hands):
    take(HEAD + "B1,Box,,container,,,\nB2,Box,,container,,B1,\n")
    report = take(HEAD + "B1,Box,,container,,B2,\n")
    assert report.refused == 1
    now = kept(session)
    assert now["B1"].container_id is None
    service.take_out(session, hands[0], now["B2"])
    assert take(HEAD + "B1,Box,,container,,B2,\n").changed == 1


def test_what_cannot_be_moved_lies_in_no_box_and_a_lot_in_no_object(look):
    found = look("Inventory No,Object,Kind,Box\nE1,Frieze,element,B1\nB1,Box,container,\nA1,Bust,object,A2\nA2,Head,object,\n")  # fmt: skip  # noqa: E501
    assert sorted((one.row, one.field) for one in found.refusals) == [(2, "container"), (4, "container")]


def test_a_file_that_is_no_list_changes_nothing(look, session):
    for content in (b"", b"\x89PNG\r\n\x1a\n" + bytes(40), b"Place,Colour\nhere,red\n", b"PK\x03\x04 broken"):
        with pytest.raises(UnusableFile):
            look(content)
    assert kept(session) == {}
