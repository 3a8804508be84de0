"""Opening a file that somebody hands in: what it is, whole and unchanged, within limits, in which encoding."""

import codecs
import csv
import gzip
import hashlib
import os
import re
import shutil
import stat
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, BinaryIO, TextIO

from heritage.core.errors import UnusableFile

BLOCK_BYTES = 1 << 20
HEAD_BYTES = 8192
FIELD_CHARS = 4 << 20


class FileKind(StrEnum):
    """What a file is once it is unpacked, told by its first bytes and never by its name."""

    TEXT = "text"
    XLSX = "xlsx"
    XLS = "xls"
    PARQUET = "parquet"


@dataclass(frozen=True)
class Limits:
    """How much of a file is read before it is refused.

    `ratio` is unpacked to packed size and counts only beyond `ratio_after_bytes`: small files may repeat themselves.
    `web_pages`: a page of HTML is a text too, and no download that was refused.
    """

    raw_bytes: int = 2 << 30
    content_bytes: int = 4 << 30
    spreadsheet_bytes: int = 256 << 20
    ratio: int = 200
    ratio_after_bytes: int = 32 << 20
    line_bytes: int = 4 << 20
    web_pages: bool = False


USUAL_LIMITS = Limits()


class Folder:
    """A private folder that is deleted with this object, or at the latest with the program."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="heritage-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True)
class SourceFile:
    """A private, unpacked copy of a file, which lives as long as this object.

    `name` as given; `sha256` of the bytes as given; `size` unpacked; `content` the copy's path.
    `encoding` and `errors` are for `open`; None for files that are not text. `notes` is for people.
    `nul_line`, `long_line`: the first line with a NUL byte, and the first over the limit, counted from 1.
    """

    name: str
    sha256: str
    size: int
    kind: FileKind
    content: Path
    encoding: str | None = None
    errors: str = "strict"
    notes: tuple[str, ...] = ()
    nul_line: int | None = None
    long_line: int | None = None
    line_bytes: int = Limits.line_bytes
    folder: Folder | None = field(default=None, repr=False, compare=False)

    def binary(self) -> BinaryIO:
        """The unpacked bytes."""
        return self.content.open("rb")

    def text(self) -> TextIO:
        """The text, its line ends as they are.

        Raises: UnusableFile when the file is not text.
        """
        if self.encoding is None:
            raise UnusableFile(f"{self.name} is not a text file but {_SPOKEN[self.kind]}.")
        return self.content.open(encoding=self.encoding, errors=self.errors, newline="")

    def lines(self) -> Iterator[str]:
        """The lines with their ends, none longer than the limit.

        Raises: UnusableFile naming the line that is too long.
        """
        if self.long_line is not None:
            raise UnusableFile(f"{self.name}: line {self.long_line} is longer than {self.line_bytes:,} bytes.")
        with self.text() as text:
            yield from text

    def csv_rows(self, delimiter: str | None = None) -> Iterator[tuple[int, list[str]]]:
        """The rows of a CSV or TSV file with the number a spreadsheet shows; blank rows are counted and left out.

        Args:    delimiter: by default the one that the first line holds most of.
        Raises:  UnusableFile naming the row where reading cannot go on.
        """
        lines = self.lines()
        first = next(lines, "")
        lines = _chain(first, lines)
        reader = csv.reader(lines, delimiter=delimiter or guess_delimiter(first))
        number = 0
        try:
            for number, row in enumerate(reader, start=1):
                if any(row):
                    yield number, row
        except csv.Error as error:
            raise UnusableFile(
                f"{self.name}: row {number + 1} cannot be read ({error}); a quotation mark is probably never closed."
            ) from error


# The csv module's own limit is smaller than a boundary written as text; it is one number for the whole process.
csv.field_size_limit(FIELD_CHARS)

_SPOKEN = {
    FileKind.TEXT: "a text file",
    FileKind.XLSX: "an Excel workbook (XLSX)",
    FileKind.XLS: "an old Excel workbook (XLS)",
    FileKind.PARQUET: "a Parquet file",
}

_OTHER_KINDS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"RIFF", "a sound, film or WebP file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"BZh", "packed with bzip2; unpack it first or use gzip"),
    (b"\xfd7zXZ", "packed with xz; unpack it first or use gzip"),
    (b"\x28\xb5\x2f\xfd", "packed with Zstandard; unpack it first or use gzip"),
    (b"\x1f\x8b", "packed twice; unpack it once and give that"),
    (b"SQLite format 3\x00", "an SQLite database or GeoPackage; export it to GeoJSON or CSV"),
    (b"\x00\x00\x27\x0a", "a Shapefile; export it to GeoJSON"),
    (b"RDX", "an R data file; export it to CSV"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"{\\rtf", "a text document (RTF)"),
)

_ZIP_KINDS = (
    ("word/", "a Word document"),
    ("ppt/", "a PowerPoint presentation"),
    ("content.xml", "an OpenDocument file; save it as XLSX or CSV"),
    ("doc.kml", "a KMZ file; export it to GeoJSON"),
)

_DATA_ENDINGS = (".csv", ".tsv", ".txt", ".json", ".geojson", ".xml")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def open_source(path: Path | str, limits: Limits = USUAL_LIMITS) -> SourceFile:
    """Take a private copy of a file, unpack it, and tell what it is.

    Args:    path: plain, gzip, or a ZIP archive with one data file in it.  limits: what is too much.
    Returns: the copy; it is deleted with the returned object.
    Raises:  UnusableFile, in plain words, for what cannot be read, is not data, is cut short, too large,
             a decompression bomb, or changed while it was copied.
    """
    path = Path(path)
    try:
        folder = Folder()
        raw = folder.path / "raw"
        sha256 = _copy_unchanged(path, raw, limits)
        content = _unpack(path.name, raw, limits)
        return _describe(path.name, sha256, content, folder, limits)
    except OSError as error:
        raise UnusableFile(f"{path.name} cannot be read: {error.strerror or error}.") from error


def guess_delimiter(header: str) -> str:
    """The column separator of a text table: of comma, semicolon, tab and bar the one its first line holds most of."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(",;\t|", key=bare.count)


def unfit_text(text: str) -> str | None:
    """Why a text taken from a file cannot be stored, or None: a NUL, or bytes that are not text in its encoding."""
    if "\x00" in text:
        return "holds a NUL byte"
    if not text.isascii() and _SURROGATE.search(text):
        return "holds bytes that are not text in the file's encoding"
    return None


_SURROGATE = re.compile("[\ud800-\udfff]")


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _copy_unchanged(path: Path, copy: Path, limits: Limits) -> str:
    """Copy and hash in one pass; a file that another program writes meanwhile is half a file."""
    with _open_regular(path) as source, copy.open("wb") as target:
        before = os.fstat(source.fileno())
        digest, size = hashlib.sha256(), 0
        # One thread hashes a block while the next is copied; one at a time, so that they stay in order.
        with ThreadPoolExecutor(1) as hasher:
            hashed = hasher.submit(digest.update, b"")
            while block := source.read(BLOCK_BYTES):
                size += len(block)
                if size > limits.raw_bytes:
                    raise UnusableFile(f"{path.name} is larger than {limits.raw_bytes:,} bytes.")
                hashed.result()
                hashed = hasher.submit(digest.update, block)
                target.write(block)
        after = {_state(os.fstat(source.fileno())), _state(path.stat())}
        if after != {_state(before)} or size != before.st_size:
            raise UnusableFile(f"{path.name} changed while it was read; nothing was taken. Try again later.")
    if not size:
        raise UnusableFile(f"{path.name} is empty.")
    return digest.hexdigest()


def _open_regular(path: Path) -> BinaryIO:
    # Opening a pipe would wait for a writer for ever, so the kind is asked before.
    if not stat.S_ISREG(path.stat().st_mode):
        raise UnusableFile(f"{path.name or path} is not a file.")
    return path.open("rb")


def _state(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _unpack(name: str, raw: Path, limits: Limits) -> Path:
    head = _head(raw)
    if head.startswith(b"\x1f\x8b"):
        return _unpack_stream(name, raw, lambda: gzip.open(raw, "rb"), limits)  # noqa: SIM115 - closed by _unpack_stream
    if head.startswith(b"PK\x03\x04") and (member := _only_data_member(name, raw)):
        return _unpack_stream(name, raw, lambda: zipfile.ZipFile(raw).open(member), limits)
    return raw


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _unpack_stream(name: str, raw: Path, opener: Callable[[], IO[bytes] | gzip.GzipFile], limits: Limits) -> Path:
    content, packed = raw.with_name("content"), raw.stat().st_size
    try:
        with opener() as source, content.open("wb") as target:
            size = 0
            while block := source.read(BLOCK_BYTES):
                size += len(block)
                _check_size(name, size, packed, limits.content_bytes, limits)
                target.write(block)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise UnusableFile(f"{name} is cut short or damaged and cannot be unpacked ({error}).") from error
    raw.unlink()
    if not size:
        raise UnusableFile(f"{name} holds nothing.")
    return content


def _check_size(name: str, size: int, packed: int, most: int, limits: Limits) -> None:
    if size > most:
        raise UnusableFile(f"{name} unpacks to more than {most:,} bytes.")
    if size > limits.ratio_after_bytes and size > packed * limits.ratio:
        raise UnusableFile(f"{name} unpacks to more than {limits.ratio} times its size, which no real data do.")


def _only_data_member(name: str, raw: Path) -> str | None:
    """The one data file of an archive, as conflict data sets are published; None for an Excel workbook."""
    members = [info for info in _members(name, raw) if not info.is_dir() and not info.filename.startswith("__MACOSX/")]
    names = [info.filename for info in members]
    if any(info.flag_bits & 1 for info in members):
        raise UnusableFile(f"{name} is protected by a password.")
    if "xl/workbook.xml" in names:
        return None
    if any(each.lower().endswith(".shp") for each in names):
        raise UnusableFile(f"{name} is a zipped Shapefile; export it to GeoJSON.")
    for start, spoken in _ZIP_KINDS:
        if any(each.startswith(start) for each in names):
            raise UnusableFile(f"{name} is {spoken}.")
    data = [each for each in names if each.lower().endswith(_DATA_ENDINGS)]
    if len(data) != 1:
        raise UnusableFile(f"{name} is a ZIP archive with {len(data)} data files in it; unpack it and give one.")
    return data[0]


def _members(name: str, raw: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(raw) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnusableFile(f"{name} is a damaged ZIP archive or workbook ({error}).") from error


def _describe(name: str, sha256: str, content: Path, folder: Folder, limits: Limits) -> SourceFile:
    head, size = _head(content), content.stat().st_size
    kind = _kind(name, head, content, limits)
    if kind is FileKind.XLSX:
        _check_workbook(name, content, limits)
    if kind is not FileKind.TEXT:
        return SourceFile(name, sha256, size, kind, content, folder=folder)
    # Both look at every byte and need nothing of each other unless the text is a wide one.
    with ThreadPoolExecutor(1) as other:
        scanning = other.submit(_scan_lines, content, limits.line_bytes, wide=_wide_encoding(head) is not None)
        encoding, errors, notes = _encoding(name, content, head)
        nul_line, long_line = scanning.result()
    text = (encoding, errors, notes, nul_line, long_line, limits.line_bytes)
    return SourceFile(name, sha256, size, kind, content, *text, folder)


def _kind(name: str, head: bytes, content: Path, limits: Limits) -> FileKind:
    if head.startswith(b"PK\x03\x04"):
        if "xl/workbook.xml" in (info.filename for info in _members(name, content)):
            return FileKind.XLSX
        raise UnusableFile(f"{name} is a ZIP archive inside another; unpack it once and give that.")
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return FileKind.XLS
    if head.startswith(b"PAR1"):
        return FileKind.PARQUET
    for magic, spoken in _OTHER_KINDS:
        if head.startswith(magic):
            raise UnusableFile(f"{name} is {spoken}.")
    if not _wide_encoding(head) and len(_CONTROL.findall(head)) * 20 > len(head):
        raise UnusableFile(f"{name} is a binary file of a kind that is not known here.")
    if not limits.web_pages and re.match(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b", head, re.IGNORECASE):
        raise UnusableFile(f"{name} is a web page, not data; the download was probably refused.")
    return FileKind.TEXT


def _check_workbook(name: str, content: Path, limits: Limits) -> None:
    """Unpack every member to nowhere: the sizes a workbook declares may be lies, its checksums then fail."""
    packed, size = content.stat().st_size, 0
    try:
        with zipfile.ZipFile(content) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:
                    while block := member.read(BLOCK_BYTES):
                        size += len(block)
                        _check_size(name, size, packed, limits.spreadsheet_bytes, limits)
    except (EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise UnusableFile(f"{name} is a damaged or protected workbook ({error}).") from error


def _wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32, by its mark or by every other byte being NUL, as in Latin text without a mark."""
    for bom, encoding in _BOMS[1:]:
        if head.startswith(bom):
            return encoding
    half = len(head) // 2
    if half >= 8 and head[1::2].count(0) > 0.4 * half and head[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if half >= 8 and head[::2].count(0) > 0.4 * half and head[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _encoding(name: str, content: Path, head: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Encoding, error handler, notes. A stray byte in UTF-8 costs its row; a file without UTF-8 is Windows-1252."""
    if wide := _wide_encoding(head):
        if _first_undecodable(content, wide) is not None:
            raise UnusableFile(f"{name} starts as {wide.upper()} text but does not go on so.")
        return wide, "strict", (f"Read as {wide.upper()}.",)
    encoding = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    broken_at = _first_undecodable(content, "utf-8")
    if broken_at is None:
        return encoding, "strict", ()
    if encoding == "utf-8-sig" or _holds_utf8(content):
        return encoding, "surrogateescape", (f"Read as UTF-8, but byte {broken_at:,} or one soon after it is not.",)
    if _first_undecodable(content, "cp1252") is not None:
        raise UnusableFile(f"{name} is neither UTF-8, UTF-16 nor Windows-1252 text; save it as UTF-8.")
    return "cp1252", "strict", ("Not UTF-8: read as Windows-1252, so look at the accents.",)


def _first_undecodable(content: Path, encoding: str) -> int | None:
    """The offset of the block in which decoding fails, to a block's accuracy; None when all of it is text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    at, pending = 0, False
    with content.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            # ASCII needs no decoding where nothing is left over: most of most files.
            if pending or encoding != "utf-8" or not block.isascii():
                try:
                    decoder.decode(block)
                except UnicodeDecodeError as error:
                    return at + error.start
                pending = bool(decoder.getstate()[0])
            at += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return at
    return None


_UTF8_SEQUENCE = re.compile(rb"[\xc3-\xdf][\x80-\xbf](?![\x80-\xbf])|[\xe0-\xef][\x80-\xbf]{2}")


def _holds_utf8(content: Path) -> bool:
    """Whether sequences typical of UTF-8 outnumber the other non-ASCII bytes."""
    good = other = 0
    with content.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            if not block.isascii():
                inside = sum(map(len, _UTF8_SEQUENCE.findall(block)))
                good += inside
                other += sum(byte > 127 for byte in block) - inside
    return good > other


def _scan_lines(content: Path, line_bytes: int, *, wide: bool) -> tuple[int | None, int | None]:
    """The first line with a NUL and the first line over the limit, without holding a line in memory."""
    nul_line = long_line = None
    number, run = 1, 0
    with content.open("rb") as file:
        while block := file.read(min(BLOCK_BYTES, line_bytes)):
            if not wide and nul_line is None and (at := block.find(b"\0")) >= 0:
                nul_line = number + block.count(b"\n", 0, at)
            first = block.find(b"\n")
            run += len(block) if first < 0 else first
            if run > line_bytes and long_line is None:
                long_line = number
            if first >= 0:
                number += block.count(b"\n")
                run = len(block) - block.rfind(b"\n") - 1
    return nul_line, long_line
