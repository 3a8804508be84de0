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


def test_a_country_that_is_no_code_is_wrong_usage(run: Any, csv: Path) -> None:
    run("import", csv)
    refused = CliRunner().invoke(commands.sites, ["list", "--country", "Syria"])
    assert refused.exit_code == 2
    assert "two letters" in refused.stderr
    assert run("list", "--country", "sy", "--json")["count"] == 1


def test_a_short_list_that_names_nearly_all_is_the_next_edition_and_one_country_of_it_an_excerpt(
    run: Any, tmp_path: Path
) -> None:
    rows = [f"{9000 + n},Site {n},1990,38.{n},34.5,10,Cultural,sy,Arab States,,0\n" for n in range(8)]

    def take(name: str, chosen: list[str]) -> Any:
        path = tmp_path / name
        path.write_text(HEADER + "".join(chosen))
        return run("import", path, "--json")

    assert take("first.csv", rows)["added"] == 8
    excerpt = take("excerpt.csv", rows[:3])
    assert (excerpt["vanished"], excerpt["unchanged"]) == (0, 3)
    assert any("5 sites that are held are not in it" in note for note in excerpt["notes"])
    second = take("second.csv", rows[1:])
    assert (second["vanished"], second["vanished_ids"]) == (1, ["9000"])
    gone = [site for site in run("list", "--json")["sites"] if not site["in_force"]]
    assert [site["id_no"] for site in gone] == ["9000"]
    assert take("third.csv", rows)["changed"] == 1
    assert all(site["in_force"] for site in run("list", "--json")["sites"])
