"""Work in threads, results in order."""

import threading
from collections.abc import Iterator

import pytest

from heritage.core.pipeline import in_order


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(in_order(lambda number: number * number, range(50), threads=4)) == [n * n for n in range(50)]


def test_several_items_are_in_work_at_a_time() -> None:
    meeting = threading.Barrier(2, timeout=10)

    def meet(number: int) -> int:
        meeting.wait()
        return number

    assert list(in_order(meet, range(4), threads=2)) == [0, 1, 2, 3]


def test_items_are_not_read_far_ahead() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    results = in_order(lambda number: number, items(), threads=3)
    assert next(results) == 0
    assert len(read) <= 4
    results.close()


def test_an_error_comes_out_where_it_happened() -> None:
    def fail(number: int) -> int:
        if number == 2:
            raise ValueError("two")
        return number

    results = in_order(fail, range(5), threads=2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)
