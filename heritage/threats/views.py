"""Pages of threats: filing an update, following it, reading a threat."""

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any
from uuid import uuid4

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlmodel import Session
from werkzeug.wrappers import Response

from heritage.attachments import pieces
from heritage.core.errors import N_, Conflict, NotFound, UnusableField
from heritage.forms.reasons import put_at_field, told
from heritage.policy.access import current_subject, may
from heritage.policy.roles import Role
from heritage.policy.table import Action
from heritage.sealing.errors import KeyMissing
from heritage.sealing.keyring import open_keyring
from heritage.sites.models import Site
from heritage.sites.queries import find_site
from heritage.threats import drafts, floods, queries, review_views, service
from heritage.threats.domain import keyed
from heritage.threats.files import keep_files, keep_late_files
from heritage.threats.forms import AnswerForm, CodeForm, OriginalForm, UpdateForm
from heritage.threats.models import Threat, ThreatUpdate
from heritage.threats.service import Means, Sender
from heritage.web.assets import DIST, built_name
from heritage.web.day import current_day
from heritage.web.i18n import country_name
from heritage.web.names import site_name
from heritage.web.outlines import country_instead
from heritage.web.state import open_session, services
from heritage.web.threats import (
    find_sites,
    parts_to_choose,
    threat_page,
    update_facts,
)

blueprint = Blueprint("threats", __name__)
Page = str | Response | tuple[str, int]

OLDEST_FORM_S = 24 * 3600
SOONEST_S = 2
DRAFTED = ("site", "factor", "what", "trend", "when", "where", "part_ref", "near", "lat", "lon", "radius_km", "source",
           "how_known", "credibility", "reliability", "client_id")  # fmt: skip


def _is_stranger() -> bool:
    subject = current_subject()
    return not subject.signed_in and Role.MACHINE not in subject.roles


def _means() -> Means:
    settings = services().settings
    return Means(
        settings.secret(),
        open_keyring(settings),
        services().clock.now(),
        settings.report_retention_days,
        settings.reporter_kept_days,
    )


def _refuse_in_replay() -> None:
    if current_app.config.get("REPLAY") is not None:
        abort(403)


# --- filing


@blueprint.route("/threats/new", methods=["GET", "POST"])
def new() -> Page:
    """File an update."""
    if request.method == "POST" and _is_stranger():
        return _for_strangers(_file)
    return _file()


def _for_strangers(file: Callable[[], Page]) -> Page:
    """Let strangers have half of the threads and their budget, so that nobody else waits behind them."""
    gate = current_app.extensions.setdefault(
        "public_reports_gate", BoundedSemaphore(max(1, services().settings.web_threads // 2))
    )
    if not gate.acquire(blocking=False):
        return _full()
    try:
        room = _room() if request.form.get("do", "send") == "send" else floods.Room.YES
        return file() if room is floods.Room.YES else _full(429 if room is floods.Room.NETWORK_FULL else 503)
    finally:
        gate.release()


def _room() -> floods.Room:
    settings = services().settings
    budget = floods.Budget(settings.public_reports_per_hour, settings.public_reports_per_network)
    # Committed whatever becomes of the report, so that a refused try counts too.
    with open_session() as session:
        return floods.take_room(
            session, request.remote_addr, budget, secret=settings.secret(), now=services().clock.now()
        )


def _full(status: int = 503) -> Page:
    # Light on purpose: while there are too many, each costs next to nothing.
    return render_template("threats/full.html"), status


def _file() -> Page:
    form = UpdateForm()
    with open_session() as session:
        site = _chosen_site(session, form)
        form.offer(parts_to_choose(session, site) if site else [])
        if request.method == "GET":
            _restore(session, form)
            return _form_page(session, form, site)
        if request.form.get("do") == "find":
            return _form_page(session, form, site, find_sites(session, form.site_query.data or ""))
        if request.form.get("do") == "keep":
            return _keep(session, form, site)
        received = _send(session, form, site)
        if received is not None:
            return received
        session.rollback()
        found = find_sites(session, form.site_query.data or "") if site is None else []
        return _form_page(session, form, site, found), 422


def _chosen_site(session: Session, form: UpdateForm) -> Site | None:
    slug = (form.site.data or request.args.get("site") or "").strip()[:200]
    site = find_site(session, slug) if slug and "\x00" not in slug else None
    if (
        site is None
        and form.site_query.data
        and (found := find_sites(session, form.site_query.data))
        and (len(found) == 1)
    ):
        # What was typed can only mean one.
        site = find_site(session, found[0].slug)
    form.site.data = site.slug if site else ""
    return site


def _restore(session: Session, form: UpdateForm) -> None:
    account_id = current_subject().account_id
    wanted = request.args.get("draft", "")
    if account_id is None or not wanted:
        return
    draft = drafts.find_draft(session, account_id, wanted, _means())
    if draft is None:
        return
    for name, value in draft.items():
        if name in form and name not in ("site", "lat", "lon", "radius_km"):
            form[name].data = value
        elif name in ("lat", "lon", "radius_km") and value:
            form[name].process_formdata([value])


def _form_page(session: Session, form: UpdateForm, site: Site | None, found: list[Any] | None = None) -> str:
    if not form.client_id.data or len(form.client_id.data) > 64:
        form.client_id.data = uuid4().hex
    if _is_stranger():
        form.form_token.data = _tokens().dumps(form.client_id.data)
    asked = form.site_query.data or ""
    return render_template(
        "threats/new.html",
        form=form,
        site=site,
        site_name=site_name(session, site) if site else "",
        found=found,
        nothing_found=bool(asked) and found is not None and not found,
        stranger=_is_stranger(),
        signed_in=current_subject().signed_in,
        owner=_owner(),
        hold_hours=services().settings.report_hold_hours,
    )


def _owner() -> str:
    """By what a device knows whose unsent words it holds, so that it shows them to nobody else; empty for strangers."""
    account_id = current_subject().account_id
    return "" if account_id is None else keyed(services().settings.secret(), "device", str(account_id)).hex()[:16]


def _tokens() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(services().settings.secret(), salt="public report")


def _send(session: Session, form: UpdateForm, site: Site | None) -> Page | None:
    """Take the update in; None when something is wrong, which then stands at its field."""
    form.repeated = service.came_before(session, form.client_id.data or "", services().settings.secret())
    valid = form.validate()
    seconds = _check_token(form) if _is_stranger() else None
    if site is None:
        form.site_query.errors = [*form.site_query.errors, gettext("Choose the site: write its name and press “Find”.")]
    elif _foreign(site):
        form.site_query.errors = [
            *form.site_query.errors,
            gettext("This site lies outside the countries you speak for."),
        ]
    else:
        _check_country(session, form, site)
    if not valid or site is None or form.errors:
        return None
    sender = Sender(form.client_id.data or uuid4().hex, current_subject().account_id, _is_stranger(), seconds)
    try:
        receipt = service.file_update(session, site, form.filing(), sender, _means())
        if receipt.update_id is not None:
            keep_files(session, services(), form, receipt.update_id, site, account_id=sender.account_id, means=_means())
        else:
            keep_late_files(session, services(), form, sender, site, _means())
    except UnusableField as error:
        put_at_field(form, error)
        return None
    page = render_template(
        "threats/received.html", receipt=receipt, site=site, site_name=site_name(session, site),
        when_raw=form.when.data, signed_in=current_subject().signed_in, owner=_owner(),
    )  # fmt: skip
    return _unkept(page, 200 if receipt.repeated else 201)


def _check_country(session: Session, form: UpdateForm, site: Site) -> None:
    """Say at the field that a point surely lies in another country than the site."""
    lon, lat = form.lon.data, form.lat.data
    if lon is None or lat is None or form.lon.errors or form.lat.errors:
        return
    if instead := country_instead(session, site, (lon, lat)):
        country = country_name(instead)
        words = gettext("This point lies in %(country)s, not in the country of the site.", country=country)
        form.lon.errors = [*form.lon.errors, words]


def _foreign(site: Site) -> bool:
    """Whether somebody who speaks for some countries only files for another's site."""
    roles = current_subject().roles
    others = {Role.FIELD_REPORTER, Role.ANALYST, Role.EMERGENCY_OFFICER, Role.REGISTRAR, Role.PASSER_BY}
    bound = Role.DIRECTORATE in roles and not roles & others
    return bound and not may(Action.REVIEW_UPDATE, countries=site.states_parties)


def _check_token(form: UpdateForm) -> float | None:
    """How long a stranger had the form open; a form that was not ours, or not open at all, is to be sent once more."""
    try:
        client_id, made_at = _tokens().loads(
            form.form_token.data or "", max_age=OLDEST_FORM_S, return_timestamp=True
        )  # fmt: skip
        seconds = (services().clock.now() - made_at).total_seconds()
    except BadSignature:
        client_id, seconds = "", 0.0
    if not client_id or client_id != form.client_id.data:
        form.client_id.data = ""
        form.form_errors.append(gettext("The form was open for too long. Nothing is lost: send it once more."))
        return None
    if abs(seconds) < SOONEST_S:
        form.form_errors.append(gettext("That was very fast. Nothing is lost: send it once more."))
    return float(abs(seconds))


def _unkept(page: str, status: int = 200) -> Response:
    """A page that no cache and no history should hold."""
    response = Response(page, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def _keep(session: Session, form: UpdateForm, site: Site | None) -> Page:
    account_id = current_subject().account_id
    if account_id is None:
        return _form_page(session, form, site)
    client_id = form.client_id.data if form.client_id.data and len(form.client_id.data) <= 64 else uuid4().hex
    fields = {name: (request.form.get(name) or "")[:10_000] for name in DRAFTED} | {"client_id": client_id}
    fields["site"] = site.slug if site else ""
    try:
        drafts.keep_draft(session, account_id, client_id, fields, _means())
    except KeyMissing:
        form.form_errors.append(gettext("Drafts cannot be kept at the moment. Nothing is lost: send it, or try later."))
        return _form_page(session, form, site), 503
    flash(gettext("Your draft is kept. You find it under “Your reports”."), "done")
    return redirect(url_for("threats.new", site=fields["site"] or None, draft=client_id))


@blueprint.get("/threats/sites.json")
def suggest() -> Response:
    """Sites that are called like what is typed."""
    with open_session() as session:
        found = find_sites(session, request.args.get("q", "").replace("\x00", "")[:200])
    return jsonify([{"slug": site.slug, "name": site.name, "about": site.about} for site in found])


@blueprint.get("/threats/new/blank")
def blank() -> str:
    """The empty form that devices keep for when there is no network: the same for everybody, so it tells of nobody."""
    form = UpdateForm(formdata=None, meta={"csrf": False})
    form.offer([])
    return render_template("threats/blank.html", form=form, site=None)


@blueprint.get("/threats/worker.js")
def worker() -> Response:
    """The script that shows the empty form where there is no network; it answers for the form and for no other page."""
    response = send_from_directory(DIST, built_name("worker.mjs"), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.post("/threats/originals")
def originals() -> Response:
    """A picture in full size, of which a copy came with one's own report before."""
    account_id = current_subject().account_id
    form = OriginalForm()
    if account_id is None or not form.validate_on_submit() or not form.sent.contents:
        abort(400)
    world, means = services(), _means()
    with open_session() as session:
        update = service.get_own_by_client(session, account_id, form.client_id.data or "", means)
        site = session.get(Site, update.site_id)
        assert site is not None
        assert update.id is not None
        try:
            keep_files(session, world, form, update.id, site, account_id=account_id, means=means)
        except UnusableField as error:
            # What is not taken does not wait here either.
            pieces.let_go(session, pieces.Carrier.of(world.settings, account_id), form.sent.data)
            return Response(told(error), 413, mimetype="text/plain")
    return Response(status=204)


# --- following


@blueprint.route("/threats/follow", methods=["GET", "POST"])
def follow() -> Page:
    """Look at an update by its code word, add to it, take it back."""
    form = CodeForm()
    if request.method == "GET" or not form.validate():
        page = render_template("threats/follow.html", form=form)
        return (page, 422) if form.errors else page
    with open_session() as session:
        try:
            update = service.get_by_code(session, form.code.data, services().settings.secret())
            _act_on(session, update)
        except NotFound as error:
            form.code.errors = [*form.code.errors, told(error)]
            return render_template("threats/follow.html", form=form), 404
        except Conflict as error:
            flash(told(error), "error")
        return _own_page(session, update, code=form.code.data)


def _act_on(session: Session, update: ThreatUpdate) -> None:
    """Answer or withdraw, where a button asks for it."""
    wanted = request.form.get("do", "")
    if wanted not in ("answer", "withdraw"):
        return
    if not may(Action.FOLLOW_UPDATE):
        abort(403)
    now = services().clock.now()
    if wanted == "withdraw":
        service.withdraw(session, update, now)
        flash(gettext("It is withdrawn, and its words and place are erased."), "done")
        return
    text = (request.form.get("text") or "").replace("\x00", "").strip()[:5_000]
    if text:
        service.answer(session, update, text, now)
        flash(gettext("It is added."), "done")


def _own_page(session: Session, update: ThreatUpdate, *, code: str = "") -> Response:
    site = session.get(Site, update.site_id)
    assert site is not None
    facts = update_facts(session, update, site, own=True)
    return _unkept(
        render_template("threats/own.html", code=code, answer_form=AnswerForm(formdata=None), **facts)
    )  # fmt: skip


@blueprint.get("/threats/mine")
def mine() -> str:
    """What one has filed oneself, and one's drafts."""
    account_id = current_subject().account_id
    assert account_id is not None
    means = _means()
    key = service.author_key(means.ring, account_id)
    with open_session() as session:
        items = [update_facts(session, item.update, item.site) for item in queries.own_updates(session, key)]
        lines = [_draft_line(session, fields) for fields in drafts.drafts_of(session, account_id, means)]
    return render_template("threats/mine.html", items=items, drafts=lines)


def _draft_line(session: Session, fields: dict[str, str]) -> dict[str, str]:
    site = find_site(session, fields.get("site") or "")
    name = site_name(session, site) if site else ""
    return {
        "client_id": fields["client_id"],
        "site": fields.get("site", ""),
        "name": name,
        "what": fields["what"][:120],
    }


@blueprint.route("/threats/mine/<int:update_id>", methods=["GET", "POST"])
def own(update_id: int) -> Page:
    """One of one's own updates."""
    account_id = current_subject().account_id
    assert account_id is not None
    with open_session() as session:
        update = service.get_own(session, account_id, update_id, open_keyring(services().settings))
        if request.method == "POST":
            try:
                _act_on(session, update)
            except Conflict as error:
                flash(told(error), "error")
        return _own_page(session, update)


@blueprint.post("/threats/drafts/discard")
def discard() -> Page:
    """Throw a draft away."""
    _refuse_in_replay()
    account_id = current_subject().account_id
    assert account_id is not None
    with open_session() as session:
        drafts.discard_draft(session, account_id, request.form.get("draft", "")[:64], _means())
    flash(gettext("The draft is gone."), "done")
    return redirect(url_for("threats.mine"))


# --- reading


def _threat_and_site(session: Session, threat_id: int) -> tuple[Threat, Site]:
    threat = queries.get_threat(session, threat_id)
    site = session.get(Site, threat.site_id)
    assert site is not None
    return threat, site


@blueprint.get("/threats/<int:threat_id>")
def show(threat_id: int) -> str:
    """One threat: how it stands on the day, and how that came about."""
    with open_session() as session:
        threat, site = _threat_and_site(session, threat_id)
        page = threat_page(session, threat, site, current_day())
        if page is None:
            raise NotFound(N_("There is no such threat."))
        return render_template("threats/show.html", **page)


review_views.add_to(blueprint)
