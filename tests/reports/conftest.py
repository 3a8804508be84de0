"""A document and claims of it, entered as people do, in the test's own transaction."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlmodel import Session

from heritage.reports import service
from heritage.reports.domain import Act, ClaimDraft, ClaimKind, DocumentDraft
from heritage.sites.models import Part, Site

NOW = datetime(2015, 5, 22, 9, tzinfo=UTC)
ANALYST = Act(NOW, "analyst (1)", 1)
OFFICER = Act(NOW, "officer (2)", 2)
TEXT = """A town changes hands

Fighters entered the town on Wednesday, the observatory said.

"We hold all of it", a fighter wrote.
"""


@pytest.fixture
def document_id(session: Session) -> int:
    """A report of 20 May 2015, its date read from a weekday."""
    draft = DocumentDraft("A town changes hands", TEXT, "The Paper", "en", "2015-05-20?", "Wednesday", True)
    return service.add_document(session, ANALYST, draft).document_id


@pytest.fixture
def site(session: Session) -> Site:
    """A public site with one part."""
    site = Site(
        register="whc", register_ref="23", slug="site-of-palmyra", name="Site of Palmyra",
        name_folded="site of palmyra", listed=Range(date(1980, 1, 1), None), search="", states_parties=["SY"],
    )  # fmt: skip
    session.add(site)
    session.flush()
    session.add(Part(site_id=site.id or 0, ref="23", lon=38.267, lat=34.554, extent_km=2.3, stands_for_site=True))
    session.flush()
    return site


Enter = Callable[..., int]


@pytest.fixture
def enter(session: Session, document_id: int) -> Enter:
    """Enter one claim."""

    def entered(statement: str = "fighters are in the town", **more: Any) -> int:
        draft = ClaimDraft(statement, **({"kind": ClaimKind.FIGHTING, "said_by": ("Observatory",)} | more))
        return service.enter_claims(session, more.pop("into", document_id), [draft], act=ANALYST)[0]

    return entered
