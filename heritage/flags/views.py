"""The methodology page, and people's judgements."""

from flask import Blueprint, current_app, flash, redirect, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from heritage.flags.forms import JudgementForm
from heritage.flags.queries import list_sites
from heritage.flags.service import end_judgement, load_rules, record_judgement
from heritage.policy.access import current_subject
from heritage.services import Services
from heritage.sites.queries import get_site
from heritage.web.day import link
from heritage.web.record import record

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
    services, form, subject = _services(), JudgementForm(), current_subject()
    # Who is signed in judges under that name and no other.
    if subject.signed_in:
        del form.by
    with services.database.session() as session:
        site = get_site(session, slug)
        if form.validate_on_submit():
            given = form.values() | ({"by": subject.actor} if subject.signed_in else {})
            record_judgement(session, services.clock, site_id=site.id or 0, **given)
            record(session, "judgement.new", f"site:{slug}", kind=given["kind"], level=given["level"])
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
        record(session, "judgement.end", f"site:{slug}", judgement=judgement_id)
    flash(gettext("The judgement is ended."))
    return redirect(link("sites.dossier", slug=slug))
