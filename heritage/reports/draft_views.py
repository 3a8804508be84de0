"""Pages of drafts: what the rules read out of a report's text, taken into the form of a claim one by one."""

from datetime import date

from flask import Blueprint, render_template
from sqlmodel import Session

from heritage.core.errors import NotFound
from heritage.policy.access import current_actor, may
from heritage.policy.table import Action
from heritage.proximity.nearby import NearSite, sites_near
from heritage.reports import queries
from heritage.reports.draft_json import SITES_WITHIN_KM, event_spots
from heritage.reports.drafting import draft, form_fields
from heritage.reports.forms import ClaimForm
from heritage.reports.models import Document
from heritage.reports.reading.drafts import DraftPlace, Reading
from heritage.web.state import open_session, services

blueprint = Blueprint("drafts", __name__)


@blueprint.get("/reports/<int:document_id>/drafts")
def index(document_id: int) -> str:
    """What was read out of a report: its places, and its statements with who says them."""
    with open_session() as session:
        document = _document(session, document_id)
        reading = _read(session, document)
        near = _near(session, reading)
        entered = {claim.version.quote for claim in queries.known_claims(session, document_id=document_id)}
        return render_template("reports/drafts.html", document=document, reading=reading, near=near, entered=entered)


@blueprint.get("/reports/<int:document_id>/drafts/<int:number>")
def show(document_id: int, number: int) -> str:
    """One draft in the form of a claim; a person corrects and enters it, as any other."""
    with open_session() as session:
        document = _document(session, document_id)
        reading = _read(session, document)
        if not 1 <= number <= len(reading.claims):
            raise NotFound(f"There is no draft {number} of report {document_id}.")
        claim = reading.claims[number - 1]
        place = next((each for each in reading.places if each.name == claim.place), None)
        near = _near(session, reading).get(claim.place, [])
        form = ClaimForm(formdata=None, **form_fields(claim, place, near[0].slug if near else ""))
        return render_template(
            "reports/draft.html", document=document, form=form, number=number, total=len(reading.claims)
        )


def _document(session: Session, document_id: int) -> Document:
    document = queries.get_document(session, document_id)
    if not (may(Action.SEE_CLAIMS) or document.by == current_actor()):
        raise NotFound(f"There is no report {document_id}.")
    return document


def _read(session: Session, document: Document) -> Reading:
    """The text as it is kept; weekdays count from its own date, or from the day it came in."""
    day: date = document.dated_to or document.recorded_at.date()
    text = document.text if document.text.startswith(document.title) else f"{document.title}\n\n{document.text}"
    return draft(session, text, var=services().settings.var, as_of=day)


def _near(session: Session, reading: Reading) -> dict[str, list[NearSite]]:
    found = sites_near(session, event_spots(reading), reach_km=SITES_WITHIN_KM)
    events: list[DraftPlace] = [place for place in reading.places if place.role == "event" and place.spot]
    return {place.name: sites for place, sites in zip(events, found, strict=True)}
