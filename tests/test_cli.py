"""The program as a script starts it: streams that are shut or full, arguments that are none."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from heritage import cli
from heritage.commandline import DAY


def start(arguments: str, folder: Path, redirect: str) -> subprocess.CompletedProcess[str]:
    # Without buffers of its own Python would never have anything left to write at the end.
    dropped = ("HERITAGE_", "PYTHONUNBUFFERED")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    (folder / "places.csv").write_text("site_id,event_id,lon,lat\na,x,38,34\n")
    match = f"match --sites places.csv --events places.csv --radius-km 1 {arguments}"
    return subprocess.run(
        ["bash", "-c", f"{sys.executable} -m heritage {match} {redirect}"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_output_that_finds_no_room_is_a_reason_and_no_traceback(tmp_path: Path) -> None:
    done = start("--json", tmp_path, "> /dev/full")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Not everything could be written: No space left")
    assert "Traceback" not in done.stderr


def test_a_program_without_stderr_does_its_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = start("--count", tmp_path, "2>&-")
    assert (done.returncode, done.stdout) == (0, "1\n")
    monkeypatch.setattr(sys, "argv", ["heritage", "--version"])
    monkeypatch.setattr(sys, "stderr", None)
    with suppress(SystemExit):
        cli.main()
    with sys.stderr as dropped:
        assert not dropped.isatty()  # which setting up the log asks


@pytest.mark.parametrize("text", ["20150520", "2015-W21-3", "2015-5-20", "2015", "", "0000-01-01", "2015-05-20T00:00"])
def test_a_day_is_written_in_one_way(text: str) -> None:
    @click.command()
    @click.option("--on", type=DAY)
    def told(on: object) -> None:
        click.echo(on)

    assert CliRunner().invoke(told, ["--on", text]).exit_code == 2
    assert CliRunner().invoke(told, ["--on", "2015-05-20"]).output == "2015-05-20\n"
