"""Pages of kept objects: whose they are, what strangers see of them, and nothing typed is lost."""

import re
from io import BytesIO

import pytest
import sqlalchemy as sa
from sqlmodel import select

from heritage.artefacts.models import Artefact, CustodyEntry, Institution, Job, ObjectLookup, SealedPlace
from heritage.audit import chain
from heritage.sites import service as sites
from tests.accounts.conftest import *  # noqa: F403 - accounts to sign in with
from tests.artefacts.conftest import NOON

SECRET = ("Strong room under the old bank", "36.29125", "33.51342", "north door", "desert road", "2015-05-19")
OBJECT = {"kind": "object", "title": "Bust of a lady", "movability": "movable", "priority": "1",
          "value_class": "high", "red_list": "sculpture", "condition": "unknown", "reported_grade": ""}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock(moment) -> None:
    """Codes of apps hold at the test's noon."""


@pytest.fixture
def leila(meet):
    return meet("registrar", name="Leila", institutions=("Palmyra Museum",), codes=True).client


@pytest.fixture
def omar(meet):
    return meet("registrar", name="Omar", institutions=("palmyra museum",), codes=True).client


@pytest.fixture
def palmyra(services) -> str:
    with services.database.session() as session:
        act = sites.Act(NOON)
        return sites.create_site(session, act, name="Site of Palmyra", states_parties=["SY"], lon=38.27, lat=34.55)


def enter(client, **fields) -> str:
    answer = client.post("/artefacts/new", data=OBJECT | fields)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.location.rsplit("/", 1)[1]


def plan(client, *codes, **fields) -> str:
    names = ("place", "lon", "lat", "access", "route", "departs")
    form = {"codes": "\n".join(codes), "reason": "the front"} | dict(zip(names, SECRET, strict=True)) | fields
    answer = client.post("/artefacts/jobs/new", data=form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.location.rsplit("/", 1)[1]


def step(client, job, name, **fields):
    data = {f"{name}-{key}": value for key, value in fields.items() if key not in ("units",)}
    return client.post(f"/artefacts/jobs/{job}/steps/{name}", data=data | fields.get("units", {}))


def counted(code, count, seal="S1", present=True) -> dict:
    told = {"unit": code, f"count-{code}": str(count), f"seal-{code}": seal, f"sound-{code}": "yes"}
    return told | ({f"present-{code}": "yes"} if present else {})


def same(one, other) -> bool:
    strip = lambda answer: re.sub(rb"(csrf|nonce)[^>]*", b"", answer.get_data())  # noqa: E731
    headers = [{k: v for k, v in answer.headers if k not in ("Date", "Set-Cookie")} for answer in (one, other)]
    return strip(one) == strip(other) and headers[0] == headers[1] and one.status_code == other.status_code == 404


def test_a_stranger_sees_one_and_the_same_404(client, leila):
    code = enter(leila)
    job = plan(leila, code)
    for path in (
        "/artefacts/{}",
        "/artefacts/{}/edit",
        "/artefacts/jobs/{}",
        "/artefacts/jobs/{}/paper",
        "/artefacts/jobs/{}.json",
    ):
        known = client.get(path.format(job if "jobs" in path else code))
        assert same(known, client.get(path.format("ZZZZ-ZZZZ")))
        assert same(known, client.get(path.format("no-code-at-all")))
    assert client.get("/artefacts").location.startswith("/login")


@pytest.mark.parametrize(
    ("role", "more"),
    [
        ("subscriber", {}), ("analyst", {}), ("administrator", {}),
        ("registrar", {"institutions": ("Another Museum",)}), ("directorate", {"countries": ("IQ",)}),
    ],
)  # fmt: skip
def test_who_has_no_right_to_it_sees_what_is_not_there(meet, leila, palmyra, role, more):
    code = enter(leila, site=palmyra)
    job = plan(leila, code)
    other = meet(role, name="Somebody", codes=role not in ("subscriber",), **more).client
    other.get("/")  # what was still to be said from signing in
    for path in (f"/artefacts/{code}", f"/artefacts/jobs/{job}"):
        assert same(other.get(path), other.get(path[:-4] + "ZZZZ"))
    listed = other.get("/artefacts")
    assert listed.status_code == 403 or code not in listed.get_data(as_text=True)


def test_officer_and_the_countrys_directorate_see_the_object_and_its_owner_sees_that(meet, leila, palmyra, services):
    code = enter(leila, site=palmyra)
    for role, more in (("emergency_officer", {}), ("directorate", {"countries": ("SY",)})):
        other = meet(role, name=f"The {role}", codes=True, **more).client
        page = other.get(f"/artefacts/{code}")
        assert page.status_code == 200
        assert other.get(f"/artefacts/{code}/edit").status_code == 404
    assert "The emergencyofficer" in leila.get("/artefacts/look-ups").get_data(as_text=True).replace("_", "")
    with services.database.session() as session:
        assert len(session.exec(select(ObjectLookup)).all()) == 2


def test_look_ups_are_limited(leila, monkeypatch):
    from heritage.accounts.limits import Limit
    from heritage.web import objects

    monkeypatch.setattr(objects, "LOOKUPS", Limit("object look-up", 3, objects.LOOKUPS.window))
    answers = [leila.get("/artefacts/ZZZZ-ZZZZ").status_code for _ in range(5)]
    assert answers == [404, 404, 404, 429, 429]


def test_what_is_wrong_is_told_in_the_reader_s_language(leila):
    answer = leila.post("/artefacts/new?lang=fr", data=OBJECT | {"site": "nowhere"})
    assert "Il n’y a pas de site «\u00a0nowhere\u00a0» dans le registre." in answer.get_data(as_text=True)


def test_what_is_typed_is_kept_with_what_is_wrong_at_its_field(leila):
    answer = leila.post("/artefacts/new", data=OBJECT | {"title": "Two busts", "count_low": "2", "count_high": "1"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "runs backwards" in page
    assert 'value="Two busts"' in page
    answer = leila.post("/artefacts/new", data=OBJECT | {"site": "nowhere"})
    assert "There is no site “nowhere”" in answer.get_data(as_text=True)
    assert 'id="site-problem"' in answer.get_data(as_text=True)


def test_a_day_of_two_registrars_on_the_pages(leila, omar, services):
    busts = [enter(leila, title=f"Bust {number}") for number in range(3)]
    job = plan(leila, *busts)
    page = leila.get(f"/artefacts/jobs/{job}").get_data(as_text=True)
    assert not [word for word in SECRET if word in page]
    assert step(leila, job, "authorise", custodian="The director").status_code == 422
    assert step(omar, job, "authorise", custodian="The director").status_code == 302
    for number, bust in enumerate(busts):
        assert step(leila, job, "pack", codes=bust, box="" if number < 2 else "none", seal="S1").status_code == 302
    boxes = re.findall(r"by the list", leila.get(f"/artefacts/jobs/{job}").get_data(as_text=True))
    assert len(boxes) == 3
    with services.database.session() as session:
        first, second = session.exec(select(Artefact).where(Artefact.kind == "container")).all()
    wrong = counted(first.code, 9)
    answer = step(leila, job, "give-out", units=wrong)
    assert answer.status_code == 422
    assert f'name="count-{first.code}" value="9"' in answer.get_data(as_text=True)
    units = counted(first.code, 1) | counted(second.code, 1) | counted(busts[2], 1)
    units["unit"] = [first.code, second.code, busts[2]]
    assert step(leila, job, "give-out", units=units).status_code == 302
    assert step(leila, job, "receive-out", units=units).status_code == 422
    came = {key: value for key, value in units.items() if key != f"present-{second.code}"}
    assert step(omar, job, "receive-out", units=came).status_code == 302
    page = omar.get(f"/artefacts/jobs/{job}").get_data(as_text=True)
    assert "It did not come." in page
    assert "/steps/verify" not in page
    (number,) = set(re.findall(r"/differences/(\d+)", page))
    where = f"/artefacts/jobs/{job}/differences/{number}"
    said = {f"d{number}-outcome": "found", f"d{number}-reason": "it stood in the second lorry at the old bank"}
    leila.post(where, data=said)
    assert "second person" in leila.post(where, data={"agree": "yes"}, follow_redirects=True).get_data(as_text=True)
    omar.post(where, data={"agree": "yes"})
    assert step(omar, job, "verify", looked_at="y", note="all dry").status_code == 302
    page = omar.get(f"/artefacts/{busts[0]}").get_data(as_text=True)
    assert "verified" in page
    assert f"in transit, job {job}" in page
    assert step(omar, job, "give-back", units=units).status_code == 302
    assert step(leila, job, "receive-back", units=units).status_code == 302
    page = leila.get(f"/artefacts/jobs/{job}").get_data(as_text=True)
    assert "closed" in page
    with services.database.session() as session:
        assert chain.verify(session).ok
        everything = "".join(
            str(row) for table in ("move_step", "move_discrepancy", "audit_entry", "custody_entry", "move_step_note")
            for row in session.execute(sa.text(f"select to_jsonb(t)::text from {table} t"))
        )  # fmt: skip
        assert "old bank" not in everything
        assert "all dry" not in everything


def test_the_place_is_read_with_a_reason_and_a_second_person(leila, omar, services):
    with_whom = {"mover": "Yusuf Ibrahim", "contact": "0555 17", "returns": "2044-05", "reference": "rack 9",
                 "fitness": "dry", "security": "two keys", "home": "hall 4"}  # fmt: skip
    job = plan(leila, enter(leila), **with_whom)
    where = f"/sealed/place/{job}"
    assert "Sealed" in leila.get(where).get_data(as_text=True)
    assert leila.post(f"{where}/read").status_code == 403
    assert leila.post(f"{where}/ask", data={"reason": "the transport leaves tonight"}).status_code == 302
    page = omar.get("/sealed").get_data(as_text=True)
    (number,) = set(re.findall(r"/sealed/questions/(\d+)/decide", page))
    answer = omar.post(f"/sealed/questions/{number}/decide", data={"decision": "grant", "words": "agreed"})
    assert answer.status_code == 302
    page = leila.post(f"{where}/read").get_data(as_text=True)
    assert all(words in page for words in with_whom.values())
    assert "Strong room under the old bank" in page
    assert "33.51342, 36.29125" in page
    assert "desert road" in page


def test_another_institution_finds_no_sealed_place(meet, leila):
    job = plan(leila, enter(leila))
    other = meet("registrar", name="Elsewhere", institutions=("Another Museum",), codes=True).client
    assert other.get(f"/sealed/place/{job}").status_code == 404
    assert other.post(f"/sealed/place/{job}/ask", data={"reason": "I should like to know"}).status_code == 404


def test_every_public_page_is_the_same_whether_or_not_a_place_is_recorded(client, leila, palmyra, services):
    code = enter(leila, site=palmyra)
    plan(leila, code)
    paths = ("/", "/sites", f"/sites/{palmyra}", f"/artefacts/{code}", "/sites?q=strong+room", "/methodology")
    before = [client.get(path) for path in paths]
    with services.database.session() as session:
        session.execute(sa.text("update sealed_place set sealed = '\\x00'"))
    for path, one in zip(paths, before, strict=True):
        other = client.get(path)
        strip = lambda answer: re.sub(rb"(csrf|nonce)[^>]*", b"", answer.get_data())  # noqa: E731
        assert strip(one) == strip(other), path
        assert not [word for word in SECRET if word.encode() in one.get_data()]


def test_the_dossier_tells_groups_by_month_after_a_delay_and_counts_below_five_not(
    client, leila, omar, palmyra, services
):
    lot = enter(leila, kind="lot", title="Statues", count_low="200", count_high="999", site=palmyra)
    coin = enter(leila, title="Coin", red_list="tesserae_coins", site=palmyra)
    frieze = enter(leila, kind="element", title="Frieze", condition="slight", site=palmyra)
    job = plan(leila, lot, coin, happened_at="2015-03-01T08:00")
    when = {"happened_at": "2015-03-02T08:00"}
    step(omar, job, "authorise", custodian="D", **when)
    for code in (lot, coin):
        assert step(leila, job, "pack", codes=code, box="none", seal="", **when).status_code == 302
    units = counted(lot, 300, "") | counted(coin, 1, "") | {"unit": [lot, coin]}
    assert step(leila, job, "give-out", units=units, **when).status_code == 302
    page = client.get(f"/sites/{palmyra}").get_data(as_text=True)
    # Written today, so it is told when the delay after today is over.
    assert "reported moved" not in page
    later = client.get(f"/sites/{palmyra}?as_of=2015-06-30").get_data(as_text=True)
    assert "reported moved; place withheld" in later
    assert "200–999" in later
    assert "fewer than five" in later
    assert "March 2015" in later
    assert "2 March" not in later
    for hidden in (lot, coin, frieze, "Statues", "Frieze", "Coin<", job):
        assert hidden not in later
    seen = leila.get(f"/sites/{palmyra}").get_data(as_text=True)
    assert lot in seen


def test_what_a_published_report_says_is_told_with_who_says_it_and_the_grade(client, leila, palmyra):
    enter(leila, kind="lot", title="Statues", count_low="200", count_high="999", site=palmyra,
          reported_moved="[..2015-05-20]", reported_by="the antiquities chief", reported_grade="B3")  # fmt: skip
    page = client.get(f"/sites/{palmyra}").get_data(as_text=True)
    assert "reported moved; place withheld" in page
    assert "the antiquities chief" in page
    assert "(B3)" in page
    assert "reported moved" not in client.get(f"/sites/{palmyra}?as_of=2015-05-01").get_data(as_text=True)


CSV = """Inventory No,Object,Quantity,Movable,Priority,Site
A 1,Bust,1,yes,1,{site}
A 2,Coins,200-999,,9,
A 1,Twin,,,,
,,,,,
A 4,Relief,-3,no,2,{site}
A 5,Wall painting,1,no,,nowhere
A 6,=cmd(),1,no,,
"""


def test_a_list_is_looked_at_then_taken_and_a_second_time_changes_nothing(leila, palmyra, services):
    def send():
        file = (BytesIO(CSV.format(site=palmyra).encode()), "list.csv")
        sent = {"file": file, "institution": "palmyra-museum"}
        return leila.post("/artefacts/imports", data=sent, content_type="multipart/form-data")

    leila.get("/artefacts")
    looked = send().location
    page = leila.get(looked).get_data(as_text=True)
    for words in (
        "none of 1 (first) to 5 (last)",
        "cannot be told from row 2",
        "neither a number nor a range",
        "There is no site",
    ):
        assert words in page
    with services.database.session() as session:
        assert session.exec(select(Artefact)).all() == []
    selects = re.findall(r'<select id="column-(\w+)"(.*?)</select>', page)
    mapped = {name: found[1] for name, words in selects if (found := re.search(r'value="([^"]+)" selected', words))}
    form = {f"column-{name}": column for name, column in mapped.items()} | {"mapped": "yes", "take": "yes"}
    answer = leila.post(looked, data=form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    with services.database.session() as session:
        kept = {one.inventory_number: one for one in session.exec(select(Artefact))}
        assert set(kept) == {"A 1", "A 6"}
        assert kept["A 1"].priority == 1
    page = leila.get(send().location).get_data(as_text=True)
    assert "0 new" in page
    assert "2 unchanged" in page


def test_the_packing_list_and_labels_are_made(leila, palmyra):
    code, frieze = enter(leila, site=palmyra, packing_minutes="30"), enter(leila, kind="element", title="Frieze")
    page = leila.get("/artefacts/packing?people=1&hours=1&weight_kg=&volume_l=").get_data(as_text=True)
    assert page.index(code) < page.index(frieze)
    assert "Does not fit" in leila.get("/artefacts/packing?people=1&hours=0.2").get_data(as_text=True)
    assert leila.get("/artefacts/packing?hours=x").status_code == 422
    label = leila.get(f"/artefacts/labels?code={code}").get_data(as_text=True)
    assert "<svg" in label
    assert "Bust of a lady" not in label


def test_a_chain_is_corrected_by_a_new_entry_and_shows_its_gap(leila, services):
    code = enter(leila)
    entry = {"giver": "Palmyra Museum", "taker": "the school", "happened_at": "2015-05-01T10:00", "why": "lent",
             "condition": "unknown"}  # fmt: skip
    assert leila.post(f"/artefacts/{code}/custody", data=entry).status_code == 302
    late = entry | {"giver": "a dealer", "taker": "Palmyra Museum", "happened_at": "2015-05-10T10:00"}
    assert leila.post(f"/artefacts/{code}/custody", data=late).status_code == 302
    with services.database.session() as session:
        first = session.exec(select(CustodyEntry)).first().id
    assert (
        leila.post(f"/artefacts/{code}/custody?corrects={first}", data=entry | {"taker": "the depot"}).status_code
        == 302
    )
    page = leila.get(f"/artefacts/{code}").get_data(as_text=True)
    for words in ("Gap:", "corrected", "written later", "the school", "the depot"):
        assert words in page
    future = leila.post(f"/artefacts/{code}/custody", data=entry | {"happened_at": "2016-01-01T10:00"})
    assert "not happened yet" in future.get_data(as_text=True)


def test_a_lost_key_is_said_and_nothing_is_shown_wrong(leila, omar, services, settings):
    job = plan(leila, enter(leila))
    where = f"/sealed/place/{job}"
    leila.post(f"{where}/ask", data={"reason": "the transport leaves tonight"})
    (number,) = set(re.findall(r"/sealed/questions/(\d+)/decide", omar.get("/sealed").get_data(as_text=True)))
    omar.post(f"/sealed/questions/{number}/decide", data={"decision": "grant", "words": "agreed"})
    (settings.keys_folder() / "places.json").unlink()
    answer = leila.post(f"{where}/read")
    assert answer.status_code == 503
    assert "Strong room" not in answer.get_data(as_text=True)


def test_every_job_has_a_seal(leila, services):
    plan(leila, enter(leila), place="", lon="", lat="", access="", route="", departs="")
    with services.database.session() as session:
        assert len(session.exec(select(Job)).all()) == len(session.exec(select(SealedPlace)).all()) == 1
        assert session.exec(select(Institution)).one().code == "palmyra-museum"


def picture() -> bytes:
    from PIL import Image

    kept = BytesIO()
    Image.new("RGB", (40, 30), "red").save(kept, "JPEG")
    return kept.getvalue()


def test_photographs_are_seen_by_who_sees_the_object_and_by_nobody_else(leila, meet, services, client):
    from heritage.attachments import service as attachments
    from heritage.attachments.models import Attachment as Photograph

    code = enter(leila)
    sent = {"files": [(BytesIO(picture()), "bust at the bank.jpg")]}
    answer = leila.post(f"/artefacts/{code}/photographs", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    with services.database.session() as session:
        (photograph,) = session.exec(select(Photograph)).all()
    address = f"/attachments/{photograph.code}"
    assert leila.get(address).status_code == 200
    assert address in leila.get(f"/artefacts/{code}").get_data(as_text=True)
    for role, more in (("analyst", {}), ("registrar", {"institutions": ("Another Museum",)})):
        assert meet(role, name=f"Some {role}", codes=True, **more).client.get(address).status_code == 404
    assert client.get(address).status_code in (302, 404)
    with services.database.session() as session:
        other = attachments.receive(session, services, BytesIO(picture()), subject="threat_update:1").code
    page = meet("analyst", name="Other analyst", codes=True).client.get(f"/attachments/{other}")
    assert page.status_code == 200
    assert photograph.code[:8] not in page.get_data(as_text=True)
    wrong = {"files": [(BytesIO(b"<svg onload=alert(1)>"), "x.svg")]}
    answer = leila.post(f"/artefacts/{code}/photographs", data=wrong, content_type="multipart/form-data")
    assert answer.status_code == 422


def test_addresses_with_strange_signs_are_answered(leila):
    for path in ("/artefacts?site=%00", "/artefacts?q=%00%25_", "/artefacts?page=99999999999", "/artefacts?kind=%00",
                 "/artefacts/labels?code=%00", "/artefacts/packing?institution=%00", "/artefacts?state=x"):  # fmt: skip
        assert leila.get(path).status_code in (200, 400), path


def test_who_keeps_nothing_of_a_site_learns_not_that_others_do(meet, leila, client, palmyra):
    enter(leila, site=palmyra)
    nadia = meet("registrar", name="Nadia", institutions=("Another Museum",), codes=True).client
    enter(nadia, title="Vase")
    assert "What was moved" in leila.get(f"/sites/{palmyra}").text
    for other in (nadia, client):
        assert "What was moved" not in other.get(f"/sites/{palmyra}").text


def test_without_keys_every_page_that_needs_one_says_so_and_names_no_folder(leila, omar, settings):
    job = plan(leila, enter(leila))
    (settings.keys_folder() / "places.json").unlink()
    form = {"reason": "the front", "place": SECRET[0], "codes": enter(leila)}
    answers = [leila.post("/artefacts/jobs/new", data=form), leila.post(f"/artefacts/jobs/{job}/seal", data=form)]
    for answer in answers:
        assert answer.status_code == 503
        assert "its key is missing" in answer.text
        assert str(settings.var) not in answer.text
    shown = leila.get(f"/artefacts/jobs/{job}")
    assert shown.status_code == 200
    assert str(settings.var) not in shown.text


def test_the_forms_on_paper_are_a_sheet_each_and_tell_nothing_of_what_or_where(leila):
    code = enter(leila)
    page = leila.get(f"/artefacts/jobs/{plan(leila, code)}/paper").text
    assert page.count('class="sheet"') == 10
    assert page.count(code) == 5
    for words in ("Sheet 10 of 10", "Signature", "Receive back", "Agreed by a second person"):
        assert words in page
    for words in ("Bust of a lady", SECRET[0], SECRET[1]):
        assert words not in page


def test_a_part_of_a_lot_gets_a_code_of_its_own_and_the_lot_keeps_the_rest(leila, meet, client):
    lot = enter(leila, kind="lot", count_low="200", count_high="999", title="Statues", inventory_number="L 1")
    assert "Divide this lot" in leila.get(f"/artefacts/{lot}").text
    wrong = leila.post(f"/artefacts/{lot}/divide", data={"count_low": "999"})
    assert wrong.status_code == 422
    assert "leaves nothing" in wrong.text
    answer = leila.post(f"/artefacts/{lot}/divide", data={"count_low": "40"})
    part = answer.location.rsplit("/", 1)[1]
    assert "160–959" in leila.get(f"/artefacts/{lot}").text
    page = leila.get(f"/artefacts/{part}").text
    assert lot in page
    assert "L 1" not in page
    plan(leila, lot)
    assert "open job" in leila.post(f"/artefacts/{lot}/divide", data={"count_low": "1"}).text
    nadia = meet("registrar", name="Nadia", institutions=("Another Museum",), codes=True).client
    for other in (nadia, client):
        assert other.post(f"/artefacts/{lot}/divide", data={"count_low": "1"}).status_code == 404


def test_stages_and_conditions_are_settled_on_the_pages_and_notes_are_the_museum_s(leila, omar, meet, services):
    bust = enter(leila)
    job = plan(leila, bust, mover="Yusuf Ibrahim", contact="0555 17", returns="2016-05")
    page = leila.get(f"/artefacts/jobs/{job}").text
    assert "Settle the next stage: Decide" in page
    assert "UNESCO–ICCROM 2016" in page
    answer = step(leila, job, "stage", state="done", points=["threat", "mandate"], note="shells on the north wall")
    assert answer.status_code == 302
    page = leila.get(f"/artefacts/jobs/{job}").text
    assert "Settle the next stage: Permission" in page
    assert "shells on the north wall" in page
    officer = meet("emergency_officer", name="Officer", codes=True).client.get(f"/artefacts/jobs/{job}")
    assert officer.status_code == 200
    assert "shells on the north wall" not in officer.text
    assert "Officer" in leila.get("/artefacts/look-ups").text
    # Not authorised yet: the permission is not done, and what was ticked is still there.
    answer = step(leila, job, "stage", state="done", points=["signed"])
    assert answer.status_code == 422
    assert "not authorised yet" in answer.text
    seen = step(leila, job, "condition", codes=[bust], condition="slight", note="a chip")
    assert seen.status_code == 302
    page = leila.get(f"/artefacts/jobs/{job}").text
    assert "a chip" in page
    assert "before the move" in page
    # Mover, contact and planned return are under seal: no page of the job holds them.
    for shown in (page, leila.get(f"/artefacts/jobs/{job}/paper").text, leila.get(f"/artefacts/jobs/{job}.json").text):
        assert not [word for word in ("Yusuf", "0555 17", "2016-05") if word in shown]


def test_an_object_says_after_which_editions_it_is_described(leila):
    page = leila.get(f"/artefacts/{enter(leila)}").text
    assert "Object ID 1999" in page
    assert "ICOM Red List, Syria 2013" in page


def test_a_lot_is_joined_on_its_page_and_nobody_else_learns_which_codes_there_are(leila, meet, client):
    lot, other = (enter(leila, kind="lot", count_low="20", count_high="30", title="Coins") for _ in range(2))
    nadia = meet("registrar", name="Nadia", institutions=("Another Museum",), codes=True).client
    for stranger in (nadia, client):
        assert stranger.post(f"/artefacts/{lot}/join", data={"part": other}).status_code == 404
    theirs = enter(nadia, kind="lot", count_low="2", count_high="3", title="Coins")
    answers = [leila.post(f"/artefacts/{lot}/join", data={"part": code}) for code in (theirs, "K7QX-3M2P", "?")]
    assert {answer.status_code for answer in answers} == {422}
    assert all("There is no such lot here." in answer.text for answer in answers)
    assert leila.post(f"/artefacts/{lot}/join", data={"part": other.lower()}).status_code == 302
    page = leila.get(f"/artefacts/{lot}").text
    assert "40–60" in page
    assert other in page
    gone = leila.get(f"/artefacts/{other}").text
    assert "it is counted and moved there" in gone
    assert "Plan a move" not in gone
    assert other not in leila.get("/artefacts").text
