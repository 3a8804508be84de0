"""The real files, as a user loads them: registers over the years, four years of Syria, two releases of Ukraine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
# One worker runs all of it: the tests of this module share what the first of them loaded.
pytestmark = pytest.mark.xdist_group("real_files")


@pytest.fixture(scope="module")
def register(new_user: Callable[[], Run], shared_data: Path) -> Run:
    """The World Heritage List of 2024 and the Syrian events of 2016-2019."""
    heritage = new_user()
    sites = heritage("sites", "import", shared_data / "unesco" / "whc-sites-2024.xlsx", "--json")
    assert (sites["read"], sites["added"], sites["refused"]) == (1223, 1223, 0)
    events = heritage(
        "incidents",
        "import",
        shared_data / "ged" / "ged-v19-syria.csv.gz",
        "--feed",
        "ucdp",
        "--release",
        "19.1",
        "--json",
    )
    assert (events["read"], events["added"], events["refused"]) == (16566, 16566, 0)
    return heritage


def test_the_same_files_again_change_nothing(register: Run, shared_data: Path) -> None:
    sites = register("sites", "import", shared_data / "unesco" / "whc-sites-2024.xlsx", "--json")
    assert (sites["added"], sites["changed"], sites["vanished"], sites["unchanged"]) == (0, 0, 0, 1223)
    events = register(
        "incidents",
        "import",
        shared_data / "ged" / "ged-v19-syria.csv.gz",
        "--feed",
        "ucdp",
        "--release",
        "19.1",
        "--json",
    )
    assert (events["added"], events["changed"], events["withdrawn"], events["unchanged"]) == (0, 0, 0, 16566)


@pytest.mark.parametrize("day", ["2016-03-27", "2016-12-11"])
def test_palmyra_is_at_warning_or_above_while_it_is_fought_over(register: Run, day: str) -> None:
    flags = {f["site"]["id_no"]: f for f in register("flags", "--as-of", day, "--json")["flags"]}
    assert flags["23"]["level"] >= 3
    assert flags["23"]["reasons"]
    assert all(reason["reported_on"] is None or reason["reported_on"] <= day for reason in flags["23"]["reasons"])


def test_incidents_near_a_site_are_found_and_counted(register: Run) -> None:
    near = register("incidents", "list", "--near", "site-of-palmyra", "--since", "2016-12-01", "--json")
    counted = register("incidents", "list", "--near", "site-of-palmyra", "--since", "2016-12-01", "--count", "--json")
    assert counted["count"] == near["count"] > 0
    assert "incidents" not in counted


def test_a_newer_release_withdraws_what_it_lacks_in_its_own_country_only(register: Run, shared_data: Path) -> None:
    before = register("incidents", "list", "--near", "site-of-palmyra", "--count", "--json")["count"]
    first = register(
        "incidents",
        "import",
        shared_data / "ged" / "ged-v19-ukraine-hdx.csv.gz",
        "--feed",
        "ucdp",
        "--release",
        "19.1",
        "--json",
    )
    second = register(
        "incidents", "import", shared_data / "ged" / "ged-v22-ukraine-hdx.csv.gz",
        "--feed", "ucdp", "--release", "22.1", "--complete", "--json",
    )  # fmt: skip
    assert first["added"] == 993
    assert (second["read"], second["withdrawn"]) == (2989, 86)
    assert register("incidents", "list", "--near", "site-of-palmyra", "--count", "--json")["count"] == before


def test_the_register_of_three_years_keeps_what_vanished(new_user: Callable[[], Run], shared_data: Path) -> None:
    folder = shared_data / "unesco"
    run = new_user()
    assert run("sites", "import", folder / "whc-sites-2019-utf8.csv.gz", "--json")["added"] == 1121
    newer = run("sites", "import", folder / "whc-sites-2024.xlsx", "--json")
    assert newer["vanished_ids"] == ["1150"]
    assert run("sites", "list", "--json")["count"] in (1223, 1224)
    dry = run("sites", "import", folder / "whc-2026-05-normalized.json.gz", "--dry-run", "--json")
    assert dry["dry_run"]
    assert dry["vanished_ids"] == ["790"]
    newest = run("sites", "import", folder / "whc-2026-05-normalized.json.gz", "--json")
    assert (newest["added"], newest["vanished_ids"]) == (26, ["790"])
    listed = run("sites", "list", "--in-danger", "--as-of", "2015-05-20", "--json")
    assert listed["count"] == 46
    refs = {site["id_no"] for site in listed["sites"]}
    assert {"1150", "711"} <= refs
    assert not refs & {"277", "385", "192"}


def test_the_four_inventories_hold_31924_places_and_twice_is_nothing_new(
    new_user: Callable[[], Run], shared_data: Path
) -> None:
    run = new_user()
    names = ("eamena_hps_all_1", "eamena-hps-2022-1", "eamena-hps-2022-MaREAstaff", "eamena-hps-2022-mk-algeria")
    files = [shared_data / "inventory" / f"{name}.geojson.gz" for name in names]
    reports = [run("sites", "import", file, "--json") for file in files]
    assert all(row["reason"] for report in reports for row in report["refusals"])
    assert run("sites", "list", "--json", "--limit", "1")["count"] == 31924
    again = [run("sites", "import", file, "--json") for file in files]
    assert [(report["added"], report["vanished"]) for report in again] == [(0, 0)] * 4
