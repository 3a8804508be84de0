"""The house rules that no linter knows: where the clock, the environment and the network may be touched."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(path for path in (ROOT / "heritage").rglob("*.py") if "static" not in path.parts)


def _modules_with(pattern: str) -> set[str]:
    found = re.compile(pattern, re.MULTILINE)
    return {str(path.relative_to(ROOT / "heritage")) for path in MODULES if found.search(path.read_text())}


def test_only_the_clock_asks_the_time() -> None:
    assert _modules_with(r"datetime\.now\(|date\.today\(|utcnow\(|time\.time\(") == {"core/clock.py"}


def test_only_the_settings_read_the_environment() -> None:
    assert _modules_with(r"os\.environ|os\.getenv") <= {"settings.py", "db/launch.py", "db/embedded.py", "db/backup.py"}


def test_models_keep_annotations_that_sqlmodel_can_read() -> None:
    models = [path for path in MODULES if path.name == "models.py"]
    assert models
    assert [path for path in models if "from __future__ import annotations" in path.read_text()] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert re.match(r'(#!.*\n)?"""\S', path.read_text())


def test_the_newest_migration_is_the_one_named() -> None:
    revisions = sorted(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    assert (ROOT / "migrations" / "HEAD").read_text().strip() == revisions[-1]
    assert len(set(revisions)) == len(revisions)


def test_locked_files_name_no_registry() -> None:
    for name in (
        "requirements.lock",
        "requirements-dev.lock",
        "package-lock.json",
        "benchmarks/lighthouse/package-lock.json",
    ):
        assert "://" not in re.sub(r'"url": "https?://[^"]*"', "", (ROOT / name).read_text()), name


# Files, keys and rules are read at a terminal or told row by row; commands speak English.
SPOKEN_AT_A_TERMINAL = re.compile(
    r"(commands|rules|rules_file|exercise|importing|rows|drafting|gazetteer|keyring|envelope|store|danger|merging|loading)\.py|"
    r"readers/|alerts/service\.py"
)
WITH_PAGES = (
    "accounts", "alerts", "artefacts", "attachments", "flags", "incidents", "maps", "reports", "sealing", "sites",
    "threats",
)  # fmt: skip


def test_what_an_error_says_on_a_page_is_marked_to_be_translated() -> None:
    said = {"Conflict", "NotFound", "InvalidInput", "AlreadyRecorded", "UnusableField"}
    bare = []
    for path in MODULES:
        name = str(path.relative_to(ROOT / "heritage"))
        if name.split("/")[0] not in WITH_PAGES or SPOKEN_AT_A_TERMINAL.search(name):
            continue
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in said:
                texts = [arg for arg in call.args if isinstance(arg, ast.Constant | ast.JoinedStr)]
                text = texts[1:] if call.func.id == "UnusableField" else texts
                bare += [f"{name}:{call.lineno}" for _ in text]
    assert bare == []
