"""What a file is by its bytes, and what is refused before anything decodes it."""

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from heritage.attachments.domain import Fault, Media, examine, picture_size

LIMITS = {"largest_bytes": 2_000_000, "most_pixels": 4_000_000}


def picture(kind: str, size: tuple[int, int] = (90, 60), **more) -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(target, kind, **more)
    return target.getvalue()


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr("index.html", "x")
    return target.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is as large as one likes, in a hundred bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (picture("JPEG"), Media.JPEG),
        (picture("PNG"), Media.PNG),
        (picture("WEBP"), Media.WEBP),
        (picture("WEBP", lossless=True), Media.WEBP),
        (b"%PDF-1.7\n...", Media.PDF),
        (b"\x00\x00\x00\x20ftypisom....", Media.MP4),
        (b"\x1a\x45\xdf\xa3....webm", Media.WEBM),
    ],
)
def test_the_kind_is_read_from_the_bytes(data: bytes, media: Media):
    assert examine(data, **LIMITS) is media


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a" + bytes(50),
        b"MZ" + bytes(100),
        archive(),
        b"=cmd|' /C calc'!A0",
        b"x",
    ],
)
def test_anything_else_is_refused(data: bytes):
    assert examine(data, **LIMITS) is Fault.UNKNOWN


@pytest.mark.parametrize(
    "data",
    [
        picture("JPEG") + archive(),
        picture("PNG") + b"<ScRiPt>alert(1)</script>",
        picture("JPEG")[:2] + b"\xff\xfe\x00\x14%PDF-1.4 1 0 obj<" + picture("JPEG")[2:],
        picture("WEBP") + b"<?php system($_GET[0]); ?>",
        picture("JPEG", comment=b"<svg onload=alert(1)>"),
        b"%PDF-1.7\n<html><script>",
        b"%PDF-1.7\n" + archive(),
    ],
)
def test_a_file_of_two_kinds_is_refused(data: bytes):
    assert examine(data, **LIMITS) is Fault.TWO_KINDS


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded():
    assert examine(png_of(2000, 2000), **LIMITS) is Media.PNG
    assert examine(png_of(2001, 2000), **LIMITS) is Fault.TOO_MANY_PIXELS
    assert examine(png_of(2**31 - 1, 2**31 - 1), **LIMITS) is Fault.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    "data", [png_of(0, 5), b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBPVP8 "]
)
def test_a_picture_without_a_size_is_damaged(data: bytes):
    assert examine(data, **LIMITS) is Fault.DAMAGED


def test_empty_and_too_large():
    assert examine(b"", **LIMITS) is Fault.EMPTY
    assert examine(picture("PNG"), largest_bytes=10, most_pixels=10**6) is Fault.TOO_LARGE


@given(
    st.sampled_from(
        [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("WEBP", {"lossless": True})]
    ),
    st.integers(1, 300),
    st.integers(1, 300),
)
def test_the_size_is_that_of_the_picture(kind, width: int, height: int):
    name, more = kind
    data = picture(name, (width, height), **more)
    assert picture_size(data, Media(name.lower())) == (width, height)


@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF....WEBPVP8X"]))
def test_no_bytes_bring_it_down(data: bytes, head: bytes):
    examine(head + data, **LIMITS)
