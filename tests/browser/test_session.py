"""After a session of the Committee: a new list is compared row by row, taken, and taken back, in a real browser."""

import csv
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser
HELD = """select s.register_ref, s.name, s.category, s.inscribed_year, s.lon, s.lat, s.states_parties,
    coalesce((select string_agg(d.raw, ' ' order by d.id desc) from danger_period d where d.site_id = s.id), '')
    from site s where s.register = 'whc' and s.register_ref ~ '^[0-9]+$' and upper_inf(s.listed)
    order by s.register_ref::int"""
HEAD = ["id_no", "name_en", "category", "iso_code", "date_inscribed", "longitude", "latitude", "danger", "danger_list"]


def held(staffed: Any) -> dict[str, list[str]]:
    """The list as it is held, in the layout of the Centre's own exports."""
    with staffed.services.database.session() as session:
        rows = session.execute(sa.text(HELD)).all()
    return {
        row[0]: [
            row[0], row[1], row[2].title(), ",".join(code.lower() for code in row[6]), str(row[3] or ""),
            str(row[4]), str(row[5]), "1" if row[7].startswith("Y") else "0", row[7],
        ]
        for row in rows
    }  # fmt: skip


def as_file(rows: dict[str, list[str]]) -> dict[str, Any]:
    """A file to choose."""
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows.values()])
    return {"name": "whc-2026.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def check(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def group(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=re.compile(f"^{title}"))


def compare(page: Page, address: str, rows: dict[str, list[str]]) -> None:
    page.goto(address + "/sites/imports")
    page.get_by_label("File", exact=True).set_input_files(as_file(rows))
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="What this file would change").wait_for()


def listed(page: Page, address: str, slug: str) -> Locator:
    """The periods of a site in danger, as its dossier tells them."""
    page.goto(f"{address}/sites/{slug}")
    return page.get_by_role("region", name="Official status over time")


def test_a_new_list_is_looked_through_taken_and_taken_back(sign_in: Any, staffed: Any) -> None:
    rows = held(staffed)
    name = HEAD.index("name_en")
    rows["23"][HEAD.index("danger")], rows["23"][HEAD.index("danger_list")] = "0", "P 2013-2026"
    rows["208"][name] = "Cultural Landscape of Bamiyan"
    rows["9"][HEAD.index("danger_list")] = "Y 2026 P 1996-2017"
    rows["9"][HEAD.index("danger")] = "1"
    rows["119"][HEAD.index("longitude")] = "-3.05"
    # Two periods that are both open are no period; a point that is not there is none at 0, 0.
    rows["76"][HEAD.index("danger_list")] = "Y 2010 Y 1993"
    rows["196"][HEAD.index("longitude")] = rows["196"][HEAD.index("latitude")] = ""
    del rows["1156" if "1156" in rows else "8"]

    omar = sign_in("Omar", "/sites")
    omar.get_by_role("link", name="Import a register").click()
    check(omar)
    compare(omar, staffed.address, rows)
    check(omar)
    new = group(omar, "Listed in danger")
    expect(new.get_by_role("row")).to_have_count(2)
    expect(new).to_contain_text("Simien National Park")
    expect(group(omar, "Removed from danger")).to_contain_text("Site of Palmyra")
    expect(group(omar, "Renamed")).to_contain_text("Cultural Landscape of Bamiyan")
    # What has no point in this list keeps the one it has.
    expect(group(omar, "Moved").get_by_role("row")).to_have_count(2)
    expect(group(omar, "Moved")).to_contain_text("Timbuktu")
    expect(group(omar, "No longer in the list")).to_contain_text("Ichkeul National Park")
    expect(group(omar, "Rows that cannot be taken")).to_contain_text("two danger periods are open at once")
    before = listed(sign_in("Nadia"), staffed.address, "site-of-palmyra")
    expect(before).to_contain_text("this day")

    # A row that is missing from somebody's mirror takes nobody off the list: it is left out.
    group(omar, "No longer in the list").get_by_label("Leave out 8", exact=True).check()
    group(omar, "Renamed").get_by_label("Leave out 208", exact=True).check()
    omar.get_by_role("button", name="Take it").click()
    expect(omar.get_by_role("status").filter(has_text=re.compile("Import [0-9]+ is taken"))).to_be_visible()
    check(omar)
    expect(listed(omar, staffed.address, "site-of-palmyra")).to_contain_text(re.compile("27 June 2013.*29 July 2026"))
    expect(listed(omar, staffed.address, "simien-national-park")).to_contain_text(re.compile("29 July 2026.*48 COM"))
    check(omar)
    # What was left out is a difference still; nothing else is.
    compare(omar, staffed.address, rows)
    expect(group(omar, "No longer in the list")).to_contain_text("Ichkeul National Park")
    expect(group(omar, "Renamed").get_by_role("row")).to_have_count(2)
    for settled in ("Listed in danger", "Removed from danger", "Moved"):
        expect(group(omar, settled)).to_have_count(0)
    omar.goto(staffed.address + "/sites/imports")
    omar.get_by_role("button", name=re.compile("^Undo")).first.click()
    expect(omar.get_by_role("status").filter(has_text="put back")).to_be_visible()
    expect(omar.get_by_role("row").filter(has_text="whc-2026.csv")).to_contain_text("undone")
    check(omar)
    expect(listed(omar, staffed.address, "site-of-palmyra")).to_contain_text(re.compile("27 June 2013.*this day"))
