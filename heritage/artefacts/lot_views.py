"""Pages of lots: taking a part out of one, and putting one back into another."""

from flask import Blueprint, redirect, url_for

from heritage.artefacts import lots, queries
from heritage.artefacts.domain import plain_code
from heritage.artefacts.forms import ContainerForm, DivideForm, JoinForm
from heritage.artefacts.models import Artefact
from heritage.artefacts.views import Page, object_page
from heritage.core.errors import N_, UnusableField
from heritage.policy.table import Action
from heritage.web.objects import artefact_or_404, attempt, hand
from heritage.web.state import open_session

blueprint = Blueprint("lots", __name__)


@blueprint.post("/artefacts/<code>/divide")
def divide(code: str) -> Page:
    """Take a part out of a lot."""
    form = DivideForm()
    with open_session() as session:
        lot = artefact_or_404(session, code, Action.KEEP_OBJECTS)
        made: list[Artefact] = []

        def act() -> None:
            low, high = form.count_low.data, form.count_high.data or form.count_low.data
            made.append(lots.divide(session, hand(), lot, count_low=low, count_high=high))

        if form.validate_on_submit() and attempt(session, form, act):
            return redirect(url_for("artefacts.show", code=made[0].code))
        return object_page(session, lot, ContainerForm(formdata=None), dividing=form), 422


@blueprint.post("/artefacts/<code>/join")
def join(code: str) -> Page:
    """Put another lot into this one; from then on it is counted here."""
    form = JoinForm()
    with open_session() as session:
        lot = artefact_or_404(session, code, Action.KEEP_OBJECTS)

        def act() -> None:
            plain = plain_code(form.part.data or "")
            part = queries.find_artefact(session, plain) if plain else None
            # One answer for what is not there and what is not theirs.
            if part is None or part.institution_id != lot.institution_id:
                raise UnusableField("part", N_("There is no such lot here."))
            lots.join(session, hand(), lot, part)

        if form.validate_on_submit() and attempt(session, form, act):
            return redirect(url_for("artefacts.show", code=lot.code))
        return object_page(session, lot, ContainerForm(formdata=None), joining=form), 422
