"""The page's memory: what is kept and when it goes."""

from heritage.web.cache import Memory


def test_memory_makes_an_answer_once() -> None:
    memory, made = Memory(2), []
    for _ in range(3):
        assert memory.get("a", lambda: made.append(1) or len(made)) == 1
    assert len(made) == 1


def test_memory_forgets_what_was_used_longest_ago() -> None:
    memory = Memory(2)
    memory.get("a", lambda: 1)
    memory.get("b", lambda: 1)
    memory.get("a", lambda: 2)
    memory.get("c", lambda: 1)
    assert memory.get("a", lambda: 3) == 1
    assert memory.get("b", lambda: 3) == 3
