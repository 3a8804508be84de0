"""Page: the record of who did what."""

from flask import Blueprint, current_app, render_template, request

from heritage.audit import chain
from heritage.core.errors import N_, UnusableField
from heritage.services import Services
from heritage.web.entries import action_text, detail_pairs

blueprint = Blueprint("audit", __name__)

SHOWN = 100


@blueprint.get("/audit")
def index() -> str:
    """Entries, newest first, a page at a time; of one subject where the address names it."""
    before = request.args.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 16):
        raise UnusableField("before", N_("The number of an entry is needed."))
    services: Services = current_app.extensions["heritage"]
    with services.database.session() as session:
        entries = chain.list_entries(
            session,
            subject=request.args.get("subject") or None,
            before=int(before) if before else None,
            limit=SHOWN + 1,
        )
    return render_template(
        "audit/list.html",
        entries=entries[:SHOWN],
        more=len(entries) > SHOWN,
        action_text=action_text,
        detail_pairs=detail_pairs,
    )
