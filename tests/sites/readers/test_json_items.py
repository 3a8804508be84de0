"""JSON read piece by piece."""

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.core.errors import UnusableFile
from heritage.sites.readers import json_items
from heritage.sites.readers.json_items import Piece, read_pieces


def pieces(text: str) -> list[Piece]:
    return list(read_pieces(io.StringIO(text), "x.json"))


def test_items_of_a_bare_list() -> None:
    assert pieces(' [1, {"a": [2]} ,"x" ] ') == [Piece("", 1, 1), Piece("", 2, {"a": [2]}), Piece("", 3, "x")]


def test_members_come_whole_and_their_lists_item_by_item() -> None:
    assert pieces('\ufeff{"meta": {"n": 2}, "results": [5, 6], "none": []}') == [
        Piece("meta", None, {"n": 2}),
        Piece("results", 1, 5),
        Piece("results", 2, 6),
    ]


@pytest.mark.parametrize(
    "text", ["", "  ", "[", "[1", "[1,", "[1}", "[1] 2", "{1: 2}", '{"a"}', '{"a": }', "[1 2]", "[NaN_]", "x"]
)
def test_what_is_no_json_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(UnusableFile, match="is not proper JSON.*at character"):
        pieces(text)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a": ' * 100_000, '[{"a": ' + "[" * 100_000, "[" + "9" * 10_000 + "]"]
)
def test_what_would_exhaust_the_machine_is_refused(text: str) -> None:
    with pytest.raises(UnusableFile):
        pieces(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=8), st.integers(1, 9), st.booleans())
def test_reading_in_small_bites_gives_what_reading_at_once_gives(items: list[Any], bite: int, ascii: bool) -> None:
    text = json.dumps(items, ensure_ascii=ascii)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_items, "CHUNK_CHARS", bite)
        read = [piece.value for piece in read_pieces(_Bites(text, bite), "x.json")]
    assert read == json.loads(text)


class _Bites(io.StringIO):
    """A text that never hands out more than a bite."""

    def __init__(self, text: str, bite: int) -> None:
        super().__init__(text)
        self.bite = bite

    def read(self, size: int | None = -1) -> str:
        return super().read(self.bite)


def test_memory_does_not_grow_with_the_number_of_items() -> None:
    text = io.StringIO("[" + ",".join('{"name": "A place with a name"}' for _ in range(60_000)) + "]")
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_pieces(text, "x.json")) == 60_000
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_an_endless_item_is_refused_in_bounded_memory() -> None:
    class Endless(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            return super().read(size) or "a" * (1 << 20)

    tracemalloc.start()
    try:
        with pytest.raises(UnusableFile, match="longer than"):
            list(read_pieces(Endless('["'), "x.json"))
        assert tracemalloc.get_traced_memory()[1] < 96 << 20
    finally:
        tracemalloc.stop()
