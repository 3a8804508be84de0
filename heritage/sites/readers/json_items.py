"""JSON read piece by piece: the members of the outermost object and the items of its lists, never the whole file."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from heritage.core.errors import UnusableFile

CHUNK_CHARS = 1 << 20
LONGEST_ITEM = 16 << 20

_NUMBER_END = re.compile(r"[-+.eE0-9]*")
_BLANK = re.compile(r"[ \t\n\r\ufeff]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """One item of the list under `key` ("" for a bare list) at `number` from 1, or a whole member: number None."""

    key: str
    number: int | None
    value: Any


def read_pieces(text: TextIO, name: str) -> Iterator[Piece]:
    """Walk a JSON file.

    Args:    text: open at its start.  name: of the file, for messages.
    Returns: for a bare list its items; for an object every member, lists of the outermost level item by item.
    Raises:  UnusableFile when it is not JSON, ends too early, nests too deeply, or has an item over 16 M characters.
    """
    buffer = _Buffer(text, name)
    opening = buffer.next_sign("[{")
    yield from _items(buffer, "") if opening == "[" else _members(buffer)
    if buffer.peek():
        buffer.fail("something follows the end")


def _members(buffer: "_Buffer") -> Iterator[Piece]:
    if buffer.peek() == "}":
        buffer.next_sign("}")
        return
    while True:
        key = buffer.value()
        if not isinstance(key, str):
            buffer.fail("a member has no name")
        buffer.next_sign(":")
        if buffer.peek() == "[":
            buffer.next_sign("[")
            yield from _items(buffer, key)
        else:
            yield Piece(key, None, buffer.value())
        if buffer.next_sign(",}") == "}":
            return


def _items(buffer: "_Buffer", key: str) -> Iterator[Piece]:
    if buffer.peek() == "]":
        buffer.next_sign("]")
        return
    number = 0
    while True:
        number += 1
        yield Piece(key, number, buffer.value())
        if buffer.next_sign(",]") == "]":
            return


class _Buffer:
    """A window on the text; values are decoded from it, and it grows only as far as one value needs."""

    def __init__(self, text: TextIO, name: str) -> None:
        self.text, self.name = text, name
        self.held, self.at, self.dropped, self.ended = "", 0, 0, False
        self.decoder = json.JSONDecoder(strict=False)

    def fail(self, reason: str) -> None:
        raise UnusableFile(f"{self.name} is not proper JSON: {reason} at character {self.dropped + self.at + 1:,}.")

    def grow(self, chars: int = CHUNK_CHARS) -> bool:
        """Read on; what was used is let go.  Returns: False at the end of the file."""
        more = self.text.read(chars)
        self.ended = not more
        self.held, self.dropped, self.at = self.held[self.at :] + more, self.dropped + self.at, 0
        return not self.ended

    def peek(self) -> str:
        """The next sign that is no blank, "" at the end."""
        while True:
            self.at = _BLANK.match(self.held, self.at).end()  # type: ignore[union-attr]  # matches the empty text too
            if self.at < len(self.held):
                return self.held[self.at]
            if not self.grow():
                return ""

    def next_sign(self, allowed: str) -> str:
        sign = self.peek()
        if not sign or sign not in allowed:
            self.fail(f"“{sign}” where one of “{allowed}” should be" if sign else "the file ends too early")
        self.at += 1
        return sign

    def value(self) -> Any:
        self.peek()
        wanted = CHUNK_CHARS
        while True:
            try:
                value, end = self.decoder.raw_decode(self.held, self.at)
            except json.JSONDecodeError as error:
                self._check_hope(error)
            except RecursionError:
                self.fail("it nests too deeply")
            except ValueError:
                self.fail("a number is too long")
            else:
                # A number may go on beyond the window; anything else has its own end.
                if self.ended or not isinstance(value, (int, float)) or not _NUMBER_END.fullmatch(self.held, end):
                    self.at = end
                    return value
            if len(self.held) - self.at > LONGEST_ITEM:
                self.fail(f"one item is longer than {LONGEST_ITEM:,} characters")
            self.grow(min(wanted, LONGEST_ITEM + 1 - len(self.held) + self.at))
            wanted *= 2

    def _check_hope(self, error: json.JSONDecodeError) -> None:
        """Reading on helps only when the trouble is at the end of the window, or in a text that does not end in it."""
        near_end = error.pos > len(self.held) - 16 or error.msg.startswith(("Unterminated", "Invalid \\"))
        if self.ended or not near_end:
            self.at = max(self.at, error.pos)
            self.fail("the file ends too early" if self.ended and near_end else error.msg.lower())
