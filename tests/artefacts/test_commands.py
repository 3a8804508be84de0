"""`heritage artefacts …`: codes and never places, one document on stdout."""

import json
from contextlib import nullcontext

import pytest
from click.testing import CliRunner

from heritage.artefacts import commands, service
from heritage.artefacts.service import Hand
from heritage.core.errors import InvalidInput, NotFound
from heritage.sites import service as sites
from tests.artefacts.conftest import NOON


@pytest.fixture
def run(services, monkeypatch):
    monkeypatch.setattr(commands, "open_services", lambda **_: nullcontext(services))

    def call(*arguments, code=0):
        result = CliRunner().invoke(commands.artefacts, [*map(str, arguments)], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.stdout

    return call


def test_the_list_holds_codes_kinds_and_sites_and_nothing_else(run, services):
    run("institutions", "add", "palmyra-museum", "Palmyra Museum", "--country", "sy")
    hand = Hand("a test", NOON)
    with services.database.session() as session:
        act = sites.Act(NOON)
        slug = sites.create_site(session, act, name="Site of Palmyra", states_parties=["SY"], lon=38.27, lat=34.55)
        (museum,) = commands_institutions(session)
        site_id = service.site_id_of(session, slug)
        bust = service.add_artefact(session, hand, museum, kind="object", title="Bust of a lady", site_id=site_id)
        service.add_artefact(session, hand, museum, kind="lot", title="Statues", count_low=200, count_high=999)
    document = run("list", "--site", slug, "--json")
    assert document == {"count": 1, "artefacts": [{"code": bust.code, "kind": "object", "site": slug}]}
    everything = run("list", "--json")
    assert everything["count"] == 2
    assert {one["kind"]: one["site"] for one in everything["artefacts"]} == {"object": slug, "lot": None}
    assert run("institutions", "list", "--json")["institutions"] == [
        {"code": "palmyra-museum", "name": "Palmyra Museum", "country": "SY"}
    ]
    assert "2 kept" in run("list")


def commands_institutions(session):
    from heritage.artefacts.queries import list_institutions

    return list_institutions(session)


def test_nothing_kept_is_an_empty_list(run):
    assert run("list", "--json") == {"count": 0, "artefacts": []}


def test_what_is_not_there_is_refused(run):
    with pytest.raises(NotFound):
        run("list", "--site", "nowhere", "--json")
    with pytest.raises(NotFound):
        run("list", "--institution", "nowhere", "--json")
    with pytest.raises(InvalidInput, match="write it as"):
        run("institutions", "add", "Palmyra Museum", "Palmyra Museum")


LIST = "Titre;Numéro;Quantité;Matière\nBuste;A1;1;calcaire\nMonnaies;A2;200–999;argent\nX;;-4;\n"


def test_a_list_goes_in_once_and_what_was_entered_by_hand_is_met_by_its_number(run, services, tmp_path):
    run("institutions", "add", "a-museum", "A Museum")
    with services.database.session() as session:
        (museum,) = commands_institutions(session)
        service.add_artefact(session, Hand("a test", NOON), museum, kind="object", title="Bust", inventory_number="A1")
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    dry = run("import", path, "--institution", "a-museum", "--dry-run", "--json")
    assert (dry["read"], dry["added"], dry["changed"], dry["refused"], dry["dry_run"]) == (3, 1, 1, 1, True)
    assert run("list", "--json")["count"] == 1
    assert dry["refusals"][0] | {"reason": ""} == {"row": 4, "field": "count", "reason": ""}
    taken = run("import", path, "--institution", "a-museum", "--json")
    assert (taken["added"], taken["changed"], taken["refused"]) == (1, 1, 1)
    again = run("import", path, "--institution", "a-museum", "--json")
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 2)
    mapping = tmp_path / "m.toml"
    mapping.write_text('title = "Titre"\ninventory_number = "Numéro"\n')
    told = run("import", path, "--institution", "a-museum", "--mapping", mapping, "--json")
    assert (told["added"], told["unchanged"]) == (1, 2)


def test_a_file_or_mapping_that_cannot_be_used_changes_nothing(run, tmp_path):
    run("institutions", "add", "a-museum", "A Museum")
    path = tmp_path / "list.csv"
    path.write_text("a;b\n1;2\n")
    with pytest.raises(InvalidInput, match="no column that says what an object is"):
        run("import", path, "--institution", "a-museum")
    mapping = tmp_path / "m.toml"
    for words, said in (('bogus = "a"', "is no field"), ('title = "c"', "no column"), ("title = ", "not TOML")):
        mapping.write_text(words)
        with pytest.raises(InvalidInput, match=said):
            run("import", path, "--institution", "a-museum", "--mapping", mapping)
    with pytest.raises(NotFound, match="institutions add"):
        run("import", path, "--institution", "nowhere")
    assert run("list", "--json")["count"] == 0
