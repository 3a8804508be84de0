"""Page: the ledger of jobs."""

from flask import Blueprint, current_app, render_template, request

from heritage.alerts.vitals import take_vitals
from heritage.core.errors import InvalidInput
from heritage.policy.access import may
from heritage.policy.table import Action
from heritage.scheduling import queries
from heritage.scheduling.models import RunState
from heritage.services import Services
from heritage.web.words import one_of

blueprint = Blueprint("jobs", __name__)

SHOWN = 100


@blueprint.get("/jobs")
def index() -> str:
    """What ran, what waits, what failed, and whether anybody ticks and works."""
    status = request.args.get("status") or None
    if status is not None and status not in set(RunState):
        raise InvalidInput(one_of("status", RunState))
    services: Services = current_app.extensions["heritage"]
    settings, now = services.settings, services.clock.now()
    replay = current_app.config.get("REPLAY")
    with services.database.session() as session:
        return render_template(
            "jobs/list.html",
            runs=queries.list_runs(session, status=status, limit=SHOWN),
            counts=queries.count_by_status(session),
            scheduler=queries.scheduler_present(session),
            workers=queries.workers_present(session),
            status=status,
            shown=SHOWN,
            now=now,
            replay=replay,
            vitals=take_vitals(session, settings.var, now),
            # What went wrong may tell of the machine, so not everybody who sees the ledger reads it.
            may_see_errors=may(Action.SEE_JOB_ERRORS),
        )
