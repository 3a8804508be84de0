"""The methodology page, and people's judgements."""

from flask import Blueprint, current_app, flash, redirect, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from heritage.flags.forms import JudgementForm
from heritage.flags.queries import list_sites
from heritage.flags.service import end_judgement, load_rules, record_judgement
from heritage.services import Services
from heritage.sites.queries import get_site
from heritage.web.day import link

blueprint = Blueprint("flags", __name__)


def _services() -> Services:
    found: Services = current_app.extensions["heritage"]
    return found


@blueprint.get("/methodology")
def methodology() -> str:
    """What a level means and how it is decided, with the numbers in force."""
    return render_template("flags/methodology.html", rules=load_rules(_services().settings.rules_file()))


@blueprint.post("/sites/<slug>/judgements")
def judge(slug: str) -> Response:
    """Record what a person says of a site's level."""
    services, form = _services(), JudgementForm()
    with services.database.session() as session:
        site = get_site(session, slug)
        if form.validate_on_submit():
            record_judgement(session, services.clock, site_id=site.id or 0, **form.values())
            flash(gettext("Your judgement stands beside the rule's level."))
        else:
            for name, errors in form.errors.items():
                label = form[name].label.text if name else gettext("Not saved")
                flash(f"{label}: {' '.join(map(str, errors))}", "error")
    return redirect(link("sites.dossier", slug=slug))


@blueprint.post("/judgements/<int:judgement_id>/end")
def end(judgement_id: int) -> Response:
    """End a judgement; it stays in the record."""
    services = _services()
    with services.database.session() as session:
        judgement = end_judgement(session, services.clock, judgement_id)
        slug = list_sites(session, [judgement.site_id])[judgement.site_id].slug
    flash(gettext("The judgement is ended."))
    return redirect(link("sites.dossier", slug=slug))
