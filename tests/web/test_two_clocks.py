"""Every page and file with danger, condition, claims, threats or levels answers for a past day as it was known."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient

from heritage.services import Services
from heritage.sites import service as sites
from heritage.sites.domain import ConditionState
from heritage.sites.models import Condition
from heritage.sites.queries import get_site
from heritage.sites.service import Act
from tests.world import NO_PAGES, OFFICER, PAGES, PALMYRA, World

DAY = "2015-05-21"
DOSSIER = f"/sites/{PALMYRA}"


@dataclass(frozen=True)
class Fact:
    """Something entered: its mark, the last day before it was true, and the last on which it was not known."""

    name: str
    mark: str
    before: str
    unknown: str

    def told_by(self, mark: str) -> "Fact":
        """The same fact where other words or a number tell of it."""
        return Fact(self.name, mark, self.before, self.unknown)


CLAIM = Fact("claim", r"Fighters are in the town", "2015-05-19", "2015-05-18")
DOCUMENT = Fact("document", r"Fighters enter a town", "2015-05-18", "2015-05-18")
THREAT = Fact("threat", r"Trenches are reported", "2015-05-19", "2015-05-20")
JUDGEMENT = Fact("judgement", r"A call from the valley", "2015-05-20", "2015-05-20")
# Fighting began near it on the 17th; a feed's reports of that day were known some days later.
LEVEL = Fact("level", r"Change of control: ⁨Tadmur⁩", "2015-05-01", "2015-05-10")
DANGER = Fact("danger", r"On the List of World Heritage in Danger since", "2013-06-01", "2013-06-01")
THREAD = Fact("thread", rf"/alerts/{PALMYRA}-1", "2015-05-20", "2015-05-20")

ADDRESSES = (
    ("overview.index", "stranger", "/", LEVEL),
    ("sites.browse", "stranger", "/sites?q=palmyra&level=3", LEVEL.told_by(rf'href="{DOSSIER}\?')),
    ("sites.browse", "stranger", "/sites?q=palmyra&danger=yes", DANGER.told_by(rf'href="{DOSSIER}\?')),
    ("sites.dossier", OFFICER, DOSSIER, CLAIM), ("sites.dossier", "stranger", DOSSIER, CLAIM),
    ("sites.dossier", OFFICER, DOSSIER, THREAT), ("sites.dossier", OFFICER, DOSSIER, JUDGEMENT),
    ("sites.dossier", "stranger", DOSSIER, LEVEL), ("sites.dossier", "stranger", DOSSIER, DANGER),
    ("dossier.brief", OFFICER, f"{DOSSIER}/brief", CLAIM), ("dossier.brief", OFFICER, f"{DOSSIER}/brief", LEVEL),
    ("dossier.brief", OFFICER, f"{DOSSIER}/brief", DANGER),
    ("reports.index", "stranger", "/reports", DOCUMENT),
    ("reports.show", OFFICER, "/reports/{document_id}", DOCUMENT),
    ("reports.show", OFFICER, "/reports/{document_id}", CLAIM),
    ("reports.show", "stranger", "/reports/{document_id}", CLAIM),
    ("reports.claim", OFFICER, "/reports/claims/1", CLAIM),
    ("reports.claim", "stranger", "/reports/claims/1", CLAIM),
    ("threats.show", "analyst", "/threats/1", THREAT),
    ("sites.export", "stranger", "/sites/export.csv?q=palmyra", LEVEL.told_by(r"whc,23,.*,yes,4,")),
    ("sites.export", "stranger", "/sites/export.csv?q=palmyra", DANGER.told_by(r"whc,23,.*,yes,yes,")),
    ("sites.export", "stranger", "/sites/export.geojson?q=palmyra", LEVEL.told_by(r'"level": 4')),
    ("sites.export", "stranger", "/sites/export.geojson?q=palmyra", DANGER.told_by(r'"in_danger": "yes"')),
    ("maps.sites", "stranger", "/maps/sites.geojson", LEVEL.told_by(r'"level": 4, "name": "Site of Palmyra"')),
    ("maps.sites", "stranger", "/maps/sites.geojson",
     DANGER.told_by(rf'"danger": true, "href": "{DOSSIER}\?')),
    ("maps.site", "stranger", f"/maps{DOSSIER}.geojson", LEVEL.told_by(r"Tadmur")),
    ("alerts.index", OFFICER, "/alerts", THREAD), ("alerts.show", OFFICER, "/alerts/{thread}", THREAD),
)  # fmt: skip
# Pages of the work of today (queues, forms, registers of sources, people, objects and machines) without a past day,
# and pages of the days' rules; what a message said when it was sent stays as it was.
OF_TODAY = re.compile(
    r"\.(new\w*|edit\w*|queue|correct|review\w*|change\w*|release|withdraw_part|close_danger|imports|comparison|own|mine"
    r"|follow|fetch|sources?|methodology|blank|worker|suggest)$|^(security|accounts|artefacts|moves|inquiries|sealing"
    r"|attachments|inbox|jobs|audit|feeds|subscriptions|design|drafts|health|static|duty|working"
    r"|maps\.(basemap|land|towns))"
)
# With tests of their own: tests/incidents, tests/alerts (what had been sent by then), tests/dossier (PDF and citation).
ELSEWHERE = {"incidents.show", "maps.incident", "alerts.atom", "alerts.cap", "dossier.brief_as_pdf", "dossier.citation"}


def shown(world: World, who: str, path: str, **days: str) -> str:
    """What an address answers, without the frame that says which day is asked for."""
    address = path.format(**world.found)
    asked = "&".join(f"{name}={day}" for name, day in days.items())
    answer = world.clients[who].get(f"{address}{'&' if '?' in address else '?'}{asked}")
    assert answer.status_code in (200, 404)
    return answer.get_data(as_text=True) if answer.status_code == 200 else ""


@pytest.mark.parametrize(
    ("who", "path", "fact"), [row[1:] for row in ADDRESSES], ids=lambda value: getattr(value, "name", None)
)
def test_nothing_is_shown_before_it_was_true_or_known(filled: World, who: str, path: str, fact: Fact) -> None:
    assert re.search(fact.mark, shown(filled, who, path, as_of=DAY)), "the test looks for something that is not there"
    assert not re.search(fact.mark, shown(filled, who, path, as_of=fact.before))
    assert not re.search(fact.mark, shown(filled, who, path, as_of=DAY, known_on=fact.unknown))
    assert re.search(fact.mark, shown(filled, who, path, as_of=DAY, known_on=DAY))


def test_every_page_of_the_world_is_asked_for_a_past_day() -> None:
    there = {page.endpoint for page in PAGES if page.endpoint} | NO_PAGES
    asked = {row[0] for row in ADDRESSES} | ELSEWHERE
    assert {name for name in there - asked if not OF_TODAY.search(name)} == set()


def test_a_condition_is_shown_from_the_day_it_was_seen_and_by_the_record_s_clock(
    services: Services, client: FlaskClient
) -> None:
    with services.database.session() as session:
        act = Act(services.clock.now())
        sites.create_site(session, act, name="Hatra", states_parties=["IQ"], lon=42.72, lat=35.59)
        session.add(
            Condition(
                site_id=get_site(session, "hatra").id or 0, observed_edtf="2015-05-19", observed_from=date(2015, 5, 19),
                observed_to=date(2015, 5, 19), state=ConditionState.SEVERE, assessor="A mission", method="satellite",
                known_on=date(2015, 5, 20), recorded_at=datetime(2015, 5, 20, 9, tzinfo=UTC),
            )
        )  # fmt: skip

    def tells(**days: str) -> bool:
        answer = client.get("/sites/hatra", query_string=days)
        assert answer.status_code == 200
        return "A mission" in answer.text

    assert tells(as_of="2015-05-20")
    assert not tells(as_of="2015-05-18")
    assert not tells(as_of="2015-05-20", known_on="2015-05-19")
    assert tells(as_of="2015-05-20", known_on="2015-05-20")
