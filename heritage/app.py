"""Where the parts meet: builds the Flask application from the services it is handed."""

from datetime import date, timedelta

from flask import Flask
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from heritage.accounts import security as accounts_security
from heritage.accounts import views as accounts_views
from heritage.alerts import duty_views, subscription_views
from heritage.alerts import views as alerts_views
from heritage.artefacts import inquiry_views, lot_views
from heritage.artefacts import job_views as moves_views
from heritage.artefacts import views as artefacts_views
from heritage.attachments import views as attachments_views
from heritage.audit import views as audit_views
from heritage.channels import views as inbox_views
from heritage.dossier import views as dossier_views
from heritage.feeds import views as feeds_views
from heritage.flags import views as flags_views
from heritage.incidents import views as incidents_views
from heritage.maps import views as maps_views
from heritage.reports import draft_views
from heritage.reports import views as reports_views
from heritage.scheduling import views as scheduling_views
from heritage.sealing import views as sealing_views
from heritage.services import Services
from heritage.settings import Settings, data_dir
from heritage.sites import views as sites_views
from heritage.threats import views as threats_views
from heritage.web import design, errors, gate, health, i18n, overview, page, security, working

BLUEPRINTS = (
    overview.blueprint,
    sites_views.blueprint,
    dossier_views.blueprint,
    incidents_views.blueprint,
    reports_views.blueprint,
    draft_views.blueprint,
    flags_views.blueprint,
    alerts_views.blueprint,
    subscription_views.blueprint,
    duty_views.blueprint,
    feeds_views.blueprint,
    threats_views.blueprint,
    maps_views.blueprint,
    scheduling_views.blueprint,
    accounts_views.blueprint,
    artefacts_views.blueprint,
    moves_views.blueprint,
    inquiry_views.blueprint,
    lot_views.blueprint,
    audit_views.blueprint,
    sealing_views.blueprint,
    attachments_views.blueprint,
    inbox_views.blueprint,
    design.blueprint,
    health.blueprint,
    working.blueprint,
)


def create_app(services: Services, *, replay: date | None = None) -> Flask:
    """Build the application.

    Args:    services: clock, settings, database and channels.  replay: the pages' default day; nothing is written then.
    Returns: the application; ``app.extensions["heritage"]`` holds the services.
    """
    app = Flask("heritage", template_folder=str(data_dir("templates")), static_folder="static")
    app.config.update(_configuration(services.settings))
    app.config["REPLAY"] = replay
    app.extensions["heritage"] = services
    gate.init_app(app)
    CSRFProtect(app)
    Compress(app)
    i18n.init_app(app)
    accounts_security.init_app(app)
    page.init_app(app)
    security.init_app(app)
    errors.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if services.settings.proxy_hops:
        hops = services.settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's own idiom
    return app


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret(),
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SECURE": settings.public_url.startswith("https://"),
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "MAX_CONTENT_LENGTH": settings.upload_limit_mb * 1024 * 1024,
        "TRUSTED_HOSTS": security.trusted_hosts(settings),
        "WTF_CSRF_TIME_LIMIT": None,
        "COMPRESS_MIMETYPES": [
            "text/html",
            "text/css",
            "text/javascript",
            "application/json",
            "application/geo+json",
            "image/svg+xml",
        ],
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "TEMPLATES_AUTO_RELOAD": False,
    }
