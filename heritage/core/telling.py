"""How long work tells whoever waits for it how much more is done."""

from collections.abc import Callable

Tell = Callable[[int], None]


def untold(_count: int) -> None:
    """Where nobody asked, nothing is told."""
