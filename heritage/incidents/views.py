"""The page of one reported incident."""

from flask import Blueprint, current_app, render_template

from heritage.web.day import current_day
from heritage.web.incident_page import incident_page

blueprint = Blueprint("incidents", __name__)


@blueprint.get("/incidents/<int:incident_id>")
def show(incident_id: int) -> str:
    """What is said of it, how sure, its versions, and which sites it is near."""
    with current_app.extensions["heritage"].database.session() as session:
        return render_template("incidents/incident.html", **incident_page(session, incident_id, current_day()))
