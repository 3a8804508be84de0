"""The page of one reported incident, and a person's word on which reports are one happening."""

from flask import Blueprint, current_app, flash, redirect, render_template
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from heritage.core.errors import NotFound
from heritage.incidents.forms import SamenessForm
from heritage.incidents.merging import candidates, current_incident, list_words, say
from heritage.incidents.models import Verdict
from heritage.maps.documents import incident_map, still_of
from heritage.maps.still import LANDSCAPE
from heritage.policy.access import current_actor, may
from heritage.policy.table import Action
from heritage.web.day import current_day, link
from heritage.web.incident_page import as_candidate, incident_page
from heritage.web.record import record

blueprint = Blueprint("incidents", __name__)


@blueprint.get("/incidents/<int:incident_id>")
def show(incident_id: int) -> str | Response:
    """What is said of it, how sure, its versions, and which sites it is near."""
    with current_app.extensions["heritage"].database.session() as session:
        current = current_incident(session, incident_id)
        if current is not None and current != incident_id:
            return redirect(link("incidents.show", incident_id=current))
        page = incident_page(session, incident_id, current_day())
        still = still_of(incident_map(session, incident_id, current_day()), LANDSCAPE)
        joining = {}
        if may(Action.JOIN_EVENTS):
            members = [event["event_pk"] for event in page["events"]]
            joining = {
                "form": SamenessForm(formdata=None),
                "candidates": [as_candidate(told, score) for told, score in candidates(session, incident_id)],
                "words": list_words(session, members),
            }
        return render_template("incidents/incident.html", **page, still=still, joining=joining)


@blueprint.post("/incidents/<int:incident_id>/join")
def join(incident_id: int) -> Response:
    """Say that two reports are one happening, or two."""
    services, form = current_app.extensions["heritage"], SamenessForm()
    with services.database.session() as session:
        if not form.validate_on_submit():
            for name, errors in form.errors.items():
                label = form[name].label.text if name else gettext("Not saved")
                flash(f"{label}: {' '.join(map(str, errors))}", "error")
            return redirect(link("incidents.show", incident_id=incident_id))
        one, other, verdict = form.event.data, form.other.data, Verdict(form.verdict.data)
        try:
            merged = say(
                session, services.clock, one=one, other=other, verdict=verdict,
                reason=form.reason.data or "", by=current_actor(),
            )  # fmt: skip
        except NotFound as missing:
            flash(str(missing), "error")
            return redirect(link("incidents.show", incident_id=incident_id))
        record(session, f"incident.{verdict}", f"incident:{incident_id}", one=one, other=other)
        current = current_incident(session, one) or incident_id
    number = ngettext("%(num)s report changed its happening.", "%(num)s reports changed their happening.", merged.moved)
    flash(gettext("Your word stands above the rule's.") + " " + number)
    return redirect(link("incidents.show", incident_id=current))
