"""Opening files that people hand in."""

import gzip
import os
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.core import files
from heritage.core.errors import UnusableFile
from heritage.core.files import FileKind, Limits, guess_delimiter, open_source, unfit_text


def write(folder: Path, content: bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "spoken"),
    [
        (b"%PDF-1.7\n...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n....", "PNG picture"),
        (b"Rar!\x1a\x07\x00", "RAR"),
        (b"BZh91AY&SY", "bzip2"),
        (b"SQLite format 3\x00....", "GeoPackage"),
        (b"<!DOCTYPE html><html><body>403 Forbidden", "web page"),
        (bytes(range(256)) * 40, "binary file"),
        (b"", "is empty"),
        (b"\x1f\x8b\x08\x00truncated", "cut short"),
    ],
)
def test_what_is_no_data_is_refused_by_name(tmp_path: Path, content: bytes, spoken: str) -> None:
    with pytest.raises(UnusableFile, match=spoken):
        open_source(write(tmp_path, content))


@pytest.mark.parametrize("members", [{"word/document.xml": "x"}, {"a.csv": "1", "b.csv": "2"}, {"places.shp": "x"}, {}])
def test_archives_that_hold_no_single_data_file_are_refused(tmp_path: Path, members: dict[str, str]) -> None:
    path = tmp_path / "list.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    with pytest.raises(UnusableFile):
        open_source(path)


def test_archive_with_one_data_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "list.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inside.csv", "a,b\n1,2\n")
        archive.writestr("readme.md", "hello")
    assert list(open_source(path).csv_rows()) == [(1, ["a", "b"]), (2, ["1", "2"])]


def test_truncated_gzip_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(os.urandom(5000).hex().encode())
    with pytest.raises(UnusableFile, match="cut short"):
        open_source(write(tmp_path, packed[:-20], "list.csv.gz"))


def test_gzip_within_gzip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="packed twice"):
        open_source(write(tmp_path, gzip.compress(gzip.compress(b"a,b\n"))))


def test_gzip_is_told_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    source = open_source(write(tmp_path, gzip.compress(b"a,b\n1,2\n"), "list.csv"))
    assert (source.kind, source.size, list(source.lines())) == (FileKind.TEXT, 8, ["a,b\n", "1,2\n"])


def test_gzip_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="times its size"):
        open_source(write(tmp_path, gzip.compress(b"0" * (64 << 20))))


def test_workbook_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(64):
                sheet.write(b"0" * (1 << 20))
    with pytest.raises(UnusableFile, match="times its size"):
        open_source(path)


def test_workbook_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "liar.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook>" + " " * 5000 + "</workbook>")
    content = path.read_bytes().replace((5021).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    with pytest.raises(UnusableFile, match="damaged"):
        open_source(write(tmp_path, content, "liar.xlsx"))


def test_a_file_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="larger than 10 bytes"):
        open_source(write(tmp_path, b"a,b\n" * 10), Limits(raw_bytes=10))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("name\nمَدينة\n".encode(), "utf-8"),
        ("name\nمَدينة\n".encode("utf-8-sig"), "utf-8-sig"),
        ("name\nمَدينة\n".encode("utf-16"), "utf-16"),
        ("name,country,latitude\nPalmyra,SY,34.5\n".encode("utf-16-le"), "utf-16-le"),
        ("name,country,latitude\nPalmyra,SY,34.5\n".encode("utf-16-be"), "utf-16-be"),
        ("name\nCôte d’Ivoire\n".encode("cp1252"), "cp1252"),
    ],
)
def test_encoding_is_found(tmp_path: Path, content: bytes, encoding: str) -> None:
    source = open_source(write(tmp_path, content))
    assert source.encoding == encoding
    with source.text() as text:
        assert text.read() == content.decode(encoding)


def test_windows_1252_is_said(tmp_path: Path) -> None:
    source = open_source(write(tmp_path, "name\nCôte\n".encode("cp1252")))
    assert "Windows-1252" in source.notes[0]


def test_a_stray_byte_in_utf8_spoils_its_row_only(tmp_path: Path) -> None:
    rows = list(open_source(write(tmp_path, "a\nSana’a\nSan\xff\nمدينة\n".encode("latin-1", "replace"))).csv_rows())
    assert len(rows) == 4
    source = open_source(write(tmp_path, "a\nمدينة\n".encode() + b"bad\xff\n" + "Sana’a\n".encode()))
    reasons = [unfit_text(row[0]) for _, row in source.csv_rows()]
    assert reasons == [None, None, "holds bytes that are not text in the file's encoding", None]


def test_utf16_that_breaks_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="does not go on so"):
        open_source(write(tmp_path, "name\nPalmyra\n".encode("utf-16") + b"x"))


def test_text_that_is_no_encoding_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="neither UTF-8"):
        open_source(write(tmp_path, b"name\nna\x81me\x9d\xe4\n"))


def test_first_line_with_a_nul_is_told(tmp_path: Path) -> None:
    assert open_source(write(tmp_path, b"a,b\n1,2\n3,\x004\n" + b"5,6\n" * 20)).nul_line == 3


def test_endless_line_is_refused_and_never_held(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.write(b"name,lon,lat\n")
        for _ in range(200):
            file.write(b"x" * 1_000_000)
    tracemalloc.start()
    try:
        source = open_source(path)
        with pytest.raises(UnusableFile, match="line 2 is longer"):
            list(source.csv_rows())
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_a_quotation_mark_never_closed_is_named(tmp_path: Path) -> None:
    content = b'a,b\n1,2\n3,"4\n' + b"5,6\n" * 2_000_000
    with pytest.raises(UnusableFile, match="row 3 cannot be read"):
        list(open_source(write(tmp_path, content)).csv_rows())


def test_blank_rows_are_counted_and_left_out(tmp_path: Path) -> None:
    rows = list(open_source(write(tmp_path, b"a;b\r\n\r\n1;2\r\n;\r\n3;4")).csv_rows())
    assert rows == [(1, ["a", "b"]), (3, ["1", "2"]), (5, ["3", "4"])]


@pytest.mark.parametrize(
    ("header", "sign"), [("a,b,c", ","), ("a;b;c", ";"), ("a\tb", "\t"), ('"a;b;c",d', ","), ("a", ",")]
)
def test_delimiter_is_guessed_outside_quotes(header: str, sign: str) -> None:
    assert guess_delimiter(header) == sign


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, b"a,b\n" * 1000)
    real = files._open_regular

    def open_and_append(given: Path):  # type: ignore[no-untyped-def]
        handle = real(given)
        with given.open("ab") as file:
            file.write(b"1,2\n")
        os.utime(given, ns=(1, 1))
        return handle

    monkeypatch.setattr(files, "_open_regular", open_and_append)
    monkeypatch.setattr(files.os, "fstat", _first_then_real(os.fstat))
    with pytest.raises(UnusableFile, match="changed while it was read"):
        open_source(path)


def _first_then_real(real):  # type: ignore[no-untyped-def]
    """The state of the file as it was before somebody wrote to it, on the first question."""
    asked = []

    def fstat(descriptor: int) -> os.stat_result:
        now = real(descriptor)
        if asked:
            return now
        asked.append(True)
        return os.stat_result((*now[:6], now.st_size - 4, *now[7:]), {})

    return fstat


def test_a_file_replaced_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, b"a,b\n" * 1000)
    real = files._open_regular

    def open_and_replace(given: Path):  # type: ignore[no-untyped-def]
        handle = real(given)
        write(tmp_path, b"c,d\n" * 1000, "new").replace(given)
        return handle

    monkeypatch.setattr(files, "_open_regular", open_and_replace)
    with pytest.raises(UnusableFile, match="changed while it was read"):
        open_source(path)


def test_the_copy_does_not_change_with_the_file_and_goes_with_its_object(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n1,2\n")
    source = open_source(path)
    path.write_bytes(b"other")
    copy = source.content
    assert copy.read_bytes() == b"a,b\n1,2\n"
    assert copy.parent.stat().st_mode & 0o077 == 0
    del source
    assert not copy.exists()


@pytest.mark.parametrize("name", ["", "nowhere.csv"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnusableFile):
        open_source(tmp_path / name)


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnusableFile, match="is not a file"):
        open_source(tmp_path / "pipe")


@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"\xff\xfe", b"a,b\n"]))
def test_any_bytes_are_taken_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, start: bytes
) -> None:
    path = write(tmp_path_factory.getbasetemp(), start + content, "any")
    with suppress(UnusableFile):
        source = open_source(path)
        if source.kind is FileKind.TEXT:
            list(source.csv_rows())
