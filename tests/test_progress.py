"""Long work tells how far it is on stderr: on a terminal, or where it was asked to; never on stdout."""

import io
import sys

import click
import pytest
from click.testing import CliRunner

from heritage.cli import cli
from heritage.progress import progress_option, working


@click.command()
@progress_option
def long_one() -> None:
    """Counts to four, and prints what it found."""
    with working("Counting", 4) as advance:
        for _ in range(4):
            advance(1)
    click.echo('{"found": 4}')


class Terminal(io.StringIO):
    """A stderr that a person looks at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_nothing_is_told_where_nobody_looks() -> None:
    done = CliRunner().invoke(long_one, [])
    assert (done.stdout, done.stderr) == ('{"found": 4}\n', "")


def test_asked_for_it_is_told_in_lines_and_stdout_stays_as_it_was() -> None:
    done = CliRunner().invoke(long_one, ["--progress"])
    assert done.stdout == '{"found": 4}\n'
    assert done.stderr.splitlines()[:3] == ["Counting …", "Counting: 25 %", "Counting: 50 %"]
    assert done.stderr.splitlines()[-1].startswith("Counting: done, ")


def test_a_terminal_sees_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    with working("Counting", 4) as advance:
        advance(2)
    assert "Counting" in terminal.getvalue()


def test_a_failure_is_not_called_done() -> None:
    @click.command()
    @progress_option
    def failing() -> None:
        with working("Counting"):
            raise click.ClickException("no")

    assert "done" not in CliRunner().invoke(failing, ["--progress"]).stderr


@pytest.mark.parametrize(
    "words",
    [
        "sites import", "incidents import", "artefacts import", "match", "evaluate", "flags", "feeds run", "db backup",
        "db restore", "starter load", "audit verify",
    ],
)  # fmt: skip
def test_every_long_command_can_be_asked_how_far_it_is(words: str) -> None:
    assert "--progress" in CliRunner().invoke(cli, [*words.split(), "--help"]).output
