"""Pages of drafts: what the rules read out of a report's text, taken into the form of a claim one by one."""

from datetime import date

from flask import Blueprint, redirect, render_template
from sqlmodel import Session
from werkzeug.wrappers import Response

from heritage.core.errors import N_, HeritageError, NotFound
from heritage.feeds.fetching import Bounds, Fetcher
from heritage.forms.reasons import told
from heritage.policy.access import current_actor, current_subject, may
from heritage.policy.table import Action
from heritage.proximity.nearby import NearSite, sites_near
from heritage.reports import queries
from heritage.reports.domain import Act, DocumentDraft
from heritage.reports.draft_json import SITES_WITHIN_KM, event_spots
from heritage.reports.drafting import document_of_page, draft, form_fields
from heritage.reports.forms import AddressForm, ClaimForm
from heritage.reports.models import Document
from heritage.reports.reading.drafts import DraftPlace, Reading
from heritage.reports.service import add_document
from heritage.web.day import link
from heritage.web.names import local_names
from heritage.web.record import record
from heritage.web.state import open_session, services

blueprint = Blueprint("drafts", __name__)


# Nobody's address: only the operator's own feeds may lie in a private network, no page that a person names.
NOWHERE = "https://nowhere.invalid/"
PAGE_BOUNDS = Bounds(connect_s=5, read_s=10, total_s=25, most_bytes=16 << 20, attempts=1)


@blueprint.route("/reports/fetch", methods=["GET", "POST"])
def fetch() -> str | Response | tuple[str, int]:
    """Fetch an article from an address that a person names, keep it, and go on to its drafts."""
    form = AddressForm()
    if form.validate_on_submit():
        try:
            found = _fetched(str(form.address.data).strip())
            with open_session() as session:
                act = Act(services().clock.now(), current_actor(), current_subject().account_id)
                taken = add_document(session, act, found)
                record(session, "reports.add", f"report:{taken.document_id}", met=taken.met)
            return redirect(link("drafts.index", document_id=taken.document_id))
        except HeritageError as error:
            form.address.errors = [told(error)]
    page = render_template("reports/fetch.html", form=form)
    return (page, 422) if form.errors else page


def _fetched(address: str) -> DocumentDraft:
    # Private addresses are refused by the fetcher itself, on every redirect.
    with Fetcher(NOWHERE, PAGE_BOUNDS, services().clock, sleep=lambda _: None) as fetcher:
        answer = fetcher.get(address)
    return document_of_page(answer.content, answer.charset, address)


@blueprint.get("/reports/<int:document_id>/drafts")
def index(document_id: int) -> str:
    """What was read out of a report: its places, and its statements with who says them."""
    with open_session() as session:
        document = _document(session, document_id)
        reading = _read(session, document)
        near = _near(session, reading)
        entered = {claim.version.quote for claim in queries.known_claims(session, document_id=document_id)}
        names = local_names(session, [site.site_id for sites in near.values() for site in sites])
        return render_template(
            "reports/drafts.html", document=document, reading=reading, near=near, names=names, entered=entered
        )


@blueprint.get("/reports/<int:document_id>/drafts/<int:number>")
def show(document_id: int, number: int) -> str:
    """One draft in the form of a claim; a person corrects and enters it, as any other."""
    with open_session() as session:
        document = _document(session, document_id)
        reading = _read(session, document)
        if not 1 <= number <= len(reading.claims):
            raise NotFound(N_("There is no draft %(number)s of report %(report)s."), number=number, report=document_id)
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
        raise NotFound(N_("There is no report %(number)s."), number=document_id)
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
