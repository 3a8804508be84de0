"""Large tables: cut at record ends wherever they fall, in flat memory, whatever the encoding."""

from pathlib import Path

import pytest

from heritage.core.errors import UnusableFile
from heritage.core.files import open_source
from heritage.feeds.delimited import DelimitedReader


def _rows(path: Path, chunk_bytes: int) -> tuple[list[tuple[int, str, str]], list[int | None]]:
    reader = DelimitedReader(open_source(path), chunk_bytes=chunk_bytes)
    tables = list(reader.tables(["a", "b"], ["a", "b"], skip=1))
    rows = [row for table in tables for row in table.frame.select("row", "a", "b").iter_rows()]
    return rows, [refused.row for table in tables for refused in table.refusals]


@pytest.mark.parametrize("chunk_bytes", [7, 20, 64, 10_000])
def test_records_with_line_ends_inside_are_never_cut(tmp_path: Path, chunk_bytes: int) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f'{n},"two\nlines, ""{n}"""\n' for n in range(50)))
    rows, refused = _rows(path, chunk_bytes)
    assert rows == [(n + 2, str(n), f'two\nlines, "{n}"') for n in range(50)]
    assert refused == []


def test_file_without_a_last_line_end_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\r\n1,x\r\n2,y")
    assert _rows(path, 8)[0] == [(2, "1", "x"), (3, "2", "y")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,تدمر\n", encoding=encoding)
    assert _rows(path, 16)[0] == [(2, "1", "تدمر")]


def test_blank_lines_are_counted_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n\n1,x\n\n2,y\n")
    assert _rows(path, 1000)[0] == [(3, "1", "x"), (5, "2", "y")]


def test_byte_that_is_no_text_costs_its_row_only(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("a,b\n1,é é é é\n2,".encode() + b"\xff" + "\n3,é é é\n".encode())
    rows, refused = _rows(path, 1000)
    assert ([number for number, _, _ in rows], refused) == ([2, 4], [3])


def test_quotation_that_never_ends_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n1,"' + "x,\n" * 5000)
    with pytest.raises(UnusableFile, match="never closed"):
        _rows(path, 1000)


def test_endless_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1," + "x" * (5 << 20))
    with pytest.raises(UnusableFile, match="line 2"):
        _rows(path, 1000)


def test_a_header_with_bytes_that_are_no_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes("id,né\xc3\x80".encode() + b"\xc0\n1,2\n")
    assert DelimitedReader(open_source(path)).leading()[0][0] == "id"
