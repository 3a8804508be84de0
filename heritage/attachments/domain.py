"""What a file is by its own bytes: its kind, the size of its picture, and what hides in it."""

import struct
from collections.abc import Iterator
from enum import StrEnum

HEAD_BYTES = 1024
ZIP_TAIL_BYTES = 66_000  # a ZIP ends with its directory's end and a comment of at most 65,535 bytes
# At most so many of 64 bits differ between pictures that look the same.
ALIKE_BITS = 6


class Media(StrEnum):
    """Kinds of files that are taken."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"
    MP4 = "mp4"
    WEBM = "webm"

    @property
    def pictured(self) -> bool:
        """Whether a cleaned copy can be made and shown."""
        return self in (Media.JPEG, Media.PNG, Media.WEBP)


class Fault(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNKNOWN = "unknown"
    TWO_KINDS = "two_kinds"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"


# Words that make a browser or a script engine read a file as a page of theirs; no picture needs them.
_MARKUP = (b"<script", b"<html", b"<svg", b"<iframe", b"<body", b"<!doctype", b"<?php", b"<object", b"<embed")


def sniff(data: bytes) -> Media | None:
    """The kind of a file by its first bytes; its name and what the sender says of it count for nothing."""
    if data.startswith(b"\xff\xd8\xff"):
        return Media.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Media.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Media.WEBP
    if data.startswith(b"%PDF-"):
        return Media.PDF
    if data[4:8] == b"ftyp":
        return Media.MP4
    return Media.WEBM if data.startswith(b"\x1a\x45\xdf\xa3") else None


def is_two_kinds(data: bytes, media: Media) -> bool:
    """Whether a file would be read as something else too: an archive, a document, a page.

    Args:    data: the whole file.  media: what it begins as.
    """
    if b"PK\x05\x06" in data[-ZIP_TAIL_BYTES:]:
        return True
    if media is not Media.PDF and b"%PDF-" in data[:HEAD_BYTES]:
        return True
    searched = (data if media.pictured else data[:HEAD_BYTES]).lower()
    return any(word in searched for word in _MARKUP)


def picture_size(data: bytes, media: Media) -> tuple[int, int] | None:
    """Width and height as a picture says of itself, without decoding it; None when it does not say.

    Args:    data: the whole file.  media: a pictured kind.
    Source:  PNG 5.11.2 (IHDR), RFC 9649 (WebP), ITU-T T.81 B.2.2 (frame header).
    """
    if media is Media.PNG:
        return struct.unpack(">II", data[16:24]) if data[12:16] == b"IHDR" and len(data) >= 24 else None
    if media is Media.WEBP:
        return _webp_size(data)
    return _jpeg_size(data) if media is Media.JPEG else None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    for marker, body in _jpeg_segments(data):
        # Start of frame, of every coding; C4, C8 and CC are tables.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and len(body) >= 5:
            return int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
    return None


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each segment up to the picture itself."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (0xD9, 0xDA) or length < 2:
            return
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length


def examine(data: bytes, *, largest_bytes: int, most_pixels: int) -> Media | Fault:
    """What a file is, or why it is not taken.

    Args:    data: the whole file, or its first ``largest_bytes + 1`` bytes.
    """
    if not data:
        return Fault.EMPTY
    if len(data) > largest_bytes:
        return Fault.TOO_LARGE
    media = sniff(data)
    if media is None:
        return Fault.UNKNOWN
    if is_two_kinds(data, media):
        return Fault.TWO_KINDS
    if not media.pictured:
        return media
    size = picture_size(data, media)
    if size is None or min(size) < 1:
        return Fault.DAMAGED
    return Fault.TOO_MANY_PIXELS if size[0] * size[1] > most_pixels else media
