"""`heritage sites …` as a script calls it: one document on stdout, reasons on stderr, exit codes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from heritage.services import Services
from heritage.sites import commands

HEADER = (
    "id_no,name_en,date_inscribed,longitude,latitude,area_hectares,category,iso_code,region_en,danger_list,danger\n"
)
PALMYRA = "23,Site of Palmyra,1980,38.26667,34.55417,1640,Cultural,sy,Arab States,Y 2013,1\n"
HATRA = "277,Hatra,1985,42.71833,35.58806,323,Cultural,iq,Arab States,Y 2015,1\n"


@pytest.fixture
def run(services: Services, monkeypatch: pytest.MonkeyPatch) -> Any:
    @contextmanager
    def opened() -> Iterator[Services]:
        yield services

    monkeypatch.setattr(commands, "open_services", opened)

    def call(*arguments: object) -> Any:
        result = CliRunner().invoke(commands.sites, [*map(str, arguments)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.stdout

    return call


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(HEADER + PALMYRA + HATRA)
    return path


COUNTS = ("read", "added", "changed", "unchanged", "vanished", "withdrawn", "refused")


def test_the_report_has_every_count(run: Any, csv: Path) -> None:
    report = run("import", csv, "--json")
    assert {name: report[name] for name in COUNTS} == {
        "read": 2, "added": 2, "changed": 0, "unchanged": 0, "vanished": 0, "withdrawn": 0, "refused": 0,
    }  # fmt: skip
    assert report["vanished_ids"] == report["withdrawn_ids"] == report["refusals"] == []
    assert report["dry_run"] is False
    assert run("import", csv, "--json")["unchanged"] == 2


def test_a_dry_run_names_differences_and_writes_nothing(run: Any, csv: Path) -> None:
    assert "Site of Palmyra · added" in run("import", csv, "--dry-run")
    assert run("import", csv, "--dry-run", "--json")["dry_run"] is True
    assert run("list", "--json") == {"count": 0, "sites": []}


def test_the_list_has_the_contracts_fields(run: Any, csv: Path) -> None:
    run("import", csv)
    document = run("list", "--json", "--as-of", "2015-05-20", "--in-danger")
    assert document["count"] == 1
    item = document["sites"][0]
    assert {key: item[key] for key in ("id_no", "slug", "name", "countries", "in_danger", "level", "in_force")} == {
        "id_no": "23", "slug": "site-of-palmyra", "name": "Site of Palmyra", "countries": ["SY"],
        "in_danger": "yes", "level": 0, "in_force": True,
    }  # fmt: skip
    assert run("list", "--json", "--country", "IQ")["sites"][0]["id_no"] == "277"
    assert run("list", "--json", "--query", "palmira")["count"] == 1
    assert "Hatra" in run("list")


def test_one_site_is_shown(run: Any, csv: Path) -> None:
    run("import", csv)
    document = run("show", "site-of-palmyra", "--json")
    assert (document["id_no"], document["in_danger"], document["parts"]) == ("23", "yes", 1)
    assert "Site of Palmyra" in run("show", "site-of-palmyra")


def test_an_import_is_listed_and_taken_back(run: Any, csv: Path) -> None:
    run("import", csv)
    number = run("imports", "--json")["imports"][0]["id"]
    assert run("undo", number, "--json")["withdrawn"] == 2
    assert run("list", "--json")["count"] == 0
    assert run("imports", "--json")["imports"][0]["status"] == "undone"
