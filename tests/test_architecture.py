"""The house rules that no linter knows: where the clock, the environment and the network may be touched."""

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
