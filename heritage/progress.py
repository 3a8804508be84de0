"""How far long work on the command line has come: on stderr, where that is a terminal or where it was asked for."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import click

_ASKED = "heritage.progress"
# Without a terminal a line is written for each so many percent, and not one a batch.
STEP_PERCENT = 10


def _keep(ctx: click.Context, _param: click.Parameter, value: bool | None) -> None:
    ctx.meta[_ASKED] = value


progress_option = click.option(
    "--progress/--no-progress", default=None, is_eager=True, expose_value=False, callback=_keep,
    help="Tell on stderr how far it is; by default only on a terminal.",
)  # fmt: skip


@contextmanager
def working(what: str, size: int | None = None) -> Iterator[Callable[[int], None]]:
    """Tell that something is being done, for how long, and, where its size is known, how far it is.

    Args:    what: such as "Deciding levels", shown as it is.  size: of the whole, in whatever is counted.
    Returns: a function that is told how much more is done; without a size it has nothing to do.
    """
    asked = _asked()
    if asked is False or (asked is None and not sys.stderr.isatty()):
        yield lambda count: None
    elif sys.stderr.isatty():
        with _bar(what, size) as advance:
            yield advance
    else:
        began = monotonic()
        click.echo(f"{what} …", err=True)
        yield _lines(what, size)
        click.echo(f"{what}: done, {monotonic() - began:.1f} s", err=True)


def _asked() -> bool | None:
    context = click.get_current_context(silent=True)
    found: bool | None = context.meta.get(_ASKED) if context else None
    return found


@contextmanager
def _bar(what: str, size: int | None) -> Iterator[Callable[[int], None]]:
    # Only here, so that a command without a terminal does not load it.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns: list[Any] = [TextColumn("{task.description}"), BarColumn()]
    columns += [TaskProgressColumn(), TimeElapsedColumn()] if size else [TimeElapsedColumn()]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=size)
        yield lambda count: bar.advance(task, count)


def _lines(what: str, size: int | None) -> Callable[[int], None]:
    done = told = 0

    def advance(count: int) -> None:
        nonlocal done, told
        done += count
        percent = min(100, done * 100 // size) if size else 0
        if percent >= told + STEP_PERCENT:
            told = percent
            click.echo(f"{what}: {percent} %", err=True)

    return advance
