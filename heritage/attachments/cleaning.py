"""A program of its own that turns a picture into cleaned copies: pixels only, decoded apart under hard limits.

Run by ``cleaned_copies`` with the original on stdin; nothing of the original but its pixels comes out. It imports
nothing of the rest, so that a fault in a decoder is met by a process that holds no key and no connection.
"""

import io
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VIEW_PX, THUMB_PX = 2048, 480
MEMORY_BYTES, CPU_S, WALL_S = 2 << 30, 60, 90


@dataclass(frozen=True)
class Copies:
    """The cleaned copies as JPEG, and a 64-bit hash of how the picture looks, as a signed number."""

    view: bytes
    thumb: bytes
    looks: int


class NotDecoded(Exception):
    """The picture cannot be decoded within the limits."""


def cleaned_copies(original: bytes, *, most_pixels: int) -> Copies:
    """Decode a picture in a process apart and encode its pixels anew.

    Args:    original: JPEG, PNG or WebP.  most_pixels: more are not decoded.
    Raises:  NotDecoded when it is damaged or needs too much.
    """
    command = [sys.executable, "-I", str(Path(__file__).resolve()), str(most_pixels)]
    try:
        done = subprocess.run(command, input=original, capture_output=True, timeout=WALL_S, env={}, check=False)
    except subprocess.TimeoutExpired:
        raise NotDecoded("it took too long") from None
    if done.returncode or len(done.stdout) < 16:
        raise NotDecoded("it is damaged or too large")
    view_bytes, thumb_bytes, looks = struct.unpack(">IIq", done.stdout[:16])
    view = done.stdout[16 : 16 + view_bytes]
    thumb = done.stdout[16 + view_bytes : 16 + view_bytes + thumb_bytes]
    return Copies(view, thumb, looks)


def _main() -> None:
    import resource

    from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401 - loaded before the limits

    Image.init()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    most_pixels = int(sys.argv[1])
    Image.MAX_IMAGE_PIXELS = most_pixels
    with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=["JPEG", "PNG", "WEBP"]) as opened:
        if opened.width * opened.height > most_pixels:
            sys.exit(1)
        # A JPEG is decoded smaller at once, where it is much larger than what is shown.
        opened.draft("RGB", (VIEW_PX, VIEW_PX))
        pixels = _upright(opened)
    view, thumb = _encoded(pixels, VIEW_PX), _encoded(pixels, THUMB_PX)
    sys.stdout.buffer.write(struct.pack(">IIq", len(view), len(thumb), _looks(pixels)) + view + thumb)


def _upright(opened: Any) -> Any:
    """The first picture's pixels, turned as the camera was held, on white, and nothing else of the file."""
    from PIL import Image, ImageOps

    turned = ImageOps.exif_transpose(opened).convert("RGBA")
    turned.thumbnail((VIEW_PX, VIEW_PX))
    ground = Image.new("RGB", turned.size, "white")
    ground.paste(turned, mask=turned.getchannel("A"))
    return ground


def _encoded(pixels: Any, longest_px: int) -> bytes:
    shown = pixels.copy()
    shown.thumbnail((longest_px, longest_px))
    target = io.BytesIO()
    shown.save(target, "JPEG", quality=85, optimize=True)
    return target.getvalue()


def _looks(pixels: Any) -> int:
    """Whether each of 8 x 8 places is darker than its neighbour: stays the same under scaling and encoding."""
    grey = pixels.convert("L").resize((9, 8)).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (grey[row * 9 + column] < grey[row * 9 + column + 1])
    return bits - (1 << 64) if bits >> 63 else bits


if __name__ == "__main__":
    _main()
