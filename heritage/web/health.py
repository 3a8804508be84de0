"""Whether the process is up (/healthz) and able to serve (/readyz), and its numbers (/metrics)."""

import structlog
from flask import Blueprint, Response, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from heritage.db import migrate
from heritage.services import Services
from heritage.web.metrics import exposition

blueprint = Blueprint("health", __name__)
log = structlog.get_logger(__name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """The database is reached and its migrations are at head; else 503 with the reason."""
    services: Services = current_app.extensions["heritage"]
    try:
        with services.database.session() as session:
            session.execute(text("select 1"))
        at_head = migrate.is_at_head(services.database.engine)
    except SQLAlchemyError as error:
        log.warning("not_ready", error=str(error).splitlines()[0])
        return Response("database not reached\n", status=503, mimetype="text/plain")
    if not at_head:
        return Response("migrations not at head: run `heritage db upgrade`\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Numbers for Prometheus; the table of who may do what says to whom."""
    services: Services = current_app.extensions["heritage"]
    with services.database.session() as session:
        numbers = exposition(session, services)
    return Response(numbers, content_type="text/plain; version=0.0.4; charset=utf-8")
