"""Pages of the register: browsing, the dossier, and changes made by hand on the machine itself."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response
from wtforms import Field, SelectChoice, StringField

from heritage.audit.imports import ImportReport, list_runs
from heritage.core.errors import N_, HeritageError, InvalidInput, NotFound, UnusableField
from heritage.flags.forms import JudgementForm
from heritage.forms.fields import AreaField, CodesField
from heritage.forms.reasons import put_at_field
from heritage.maps.documents import sites_still
from heritage.policy.access import current_subject, may
from heritage.policy.table import Action
from heritage.proximity.service import match_pending
from heritage.sites import proposals, service
from heritage.sites.forms import (
    ConditionForm,
    DangerForm,
    EndForm,
    ImportForm,
    NewSiteForm,
    PartForm,
    SiteForm,
    WithdrawForm,
)
from heritage.sites.importing import KIND
from heritage.sites.models import Part, ProposalKind, Site
from heritage.sites.proposals import Person, list_open
from heritage.sites.queries import conditions_of, danger_periods, get_site, parts_of
from heritage.sites.readers import formats, open_register
from heritage.sites.readers.countries import lies_in
from heritage.web.browse import browse_page
from heritage.web.citing import cite_block, kept_page
from heritage.web.day import current_day, here, link
from heritage.web.dossier import SPANS, USUAL_SPAN, dossier_page, gather
from heritage.web.export import export_found
from heritage.web.i18n import country_name
from heritage.web.imports import counts, fingerprint, groups, keep_waiting, let_go, waiting_file, without
from heritage.web.names import site_name
from heritage.web.outlines import country_at, country_instead
from heritage.web.record import record
from heritage.web.sentences import isolate
from heritage.web.site_facts import register_name
from heritage.web.state import current_rules, open_session, services
from heritage.web.threats import proposal_details, proposal_text
from heritage.web.words import one_of
from heritage.web.working import Stage, onward, watched

blueprint = Blueprint("sites", __name__)
Page = str | Response | tuple[str, int]


@blueprint.get("/sites")
def browse() -> str:
    """Search, filters, order, pages; the address holds all of it."""
    with open_session() as session:
        day = current_day()
        still = sites_still(session, day)
        return render_template("sites/browse.html", day=day, still=still, **browse_page(session, day))


@blueprint.get("/sites/export.<form>")
def export(form: str) -> Response:
    """What browsing shows under the same filters, all pages of it, as a file."""
    with open_session() as session:
        return export_found(session, current_day(), form)


@blueprint.get("/sites/<slug>")
def dossier(slug: str) -> Page:
    """Everything known of one site on a day; an address it had before leads to the present one."""
    span = request.args.get("span", USUAL_SPAN)
    if span not in SPANS:
        raise InvalidInput(one_of("span", SPANS))
    with open_session() as session:
        site = get_site(session, slug)
        if site.slug != slug:
            return redirect(here(slug=site.slug), 301)
        if version := request.args.get("version"):
            return kept_page(session, site, version)
        known = gather(session, site, current_day(), span)
        return render_template(
            "sites/dossier.html",
            **dossier_page(session, known),
            citation=cite_block(session, known),
            judgement_form=_judgement_form() if may(Action.JUDGE) else None,
        )


def _judgement_form() -> JudgementForm:
    form = JudgementForm(formdata=None)
    if current_subject().signed_in:
        del form.by
    return form


def _act() -> service.Act:
    return service.Act(services().clock.now())


def _save(session: Session, form: FlaskForm, change: Callable[[], Any], slug: Callable[[], str]) -> bool:
    """Carry out a change; a reason against it is shown with the form, and nothing of it is kept."""
    try:
        with session.begin_nested():
            said = change()
            match_pending(session, current_rules().reach_km)
            record(session, str(request.endpoint), f"site:{slug()}")
    except HeritageError as error:
        put_at_field(form, error)
        return False
    # A change that only waits for another person says so itself.
    flash(said if isinstance(said, str) else gettext("Saved."), "done")
    return True


@blueprint.route("/sites/new", methods=["GET", "POST"])
def new() -> Page:
    """Add a site by hand."""
    form = NewSiteForm()
    if form.validate_on_submit():
        made: list[str] = []
        with open_session() as session:
            if _save(
                session,
                form,
                lambda: made.append(
                    service.create_site(session, _act(), **_placed(_fields(form), form.states_parties.data))
                ),
                lambda: made[0],
            ):
                return redirect(link("sites.dossier", slug=made[0]))
    return _answer(_form_page(form, gettext("Add a site"), after_position="inscribed_year"), form)


@blueprint.route("/sites/<slug>/edit", methods=["GET", "POST"])
def edit(slug: str) -> Page:
    """Change a site, and see what can be changed of its parts, condition and status."""
    with open_session() as session:
        site = get_site(session, slug)
        form = SiteForm(obj=site)
        if form.validate_on_submit() and _save(
            session,
            form,
            lambda: service.edit_site(session, _act(), _id(site), **_fields(form)),
            lambda: site.slug,
        ):
            return redirect(link("sites.edit", slug=site.slug))
        page = render_template(
            "sites/edit.html",
            site=site,
            called=site_name(session, site),
            form=form,
            parts=parts_of(session, _id(site)),
            conditions=conditions_of(session, _id(site)),
            periods=danger_periods(session, _id(site)),
            proposals=[
                (item.proposal, proposal_text(item.proposal), proposal_details(item.proposal))
                for item in list_open(session, site_id=_id(site), kinds=proposals.REGISTER_KINDS)
            ],
        )
    return _answer(page, form)


@blueprint.route("/sites/<slug>/parts/new", methods=["GET", "POST"])
def new_part(slug: str) -> Page:
    """Add a component part."""
    return _change(
        slug, gettext("Add a part"), PartForm(),
        lambda session, site, form: service.add_part(
            session, _act(), _id(site), **_placed_at(session, site, _fields(form))
        ),
    )  # fmt: skip


@blueprint.route("/sites/<slug>/parts/<int:part_id>", methods=["GET", "POST"])
def edit_part(slug: str, part_id: int) -> Page:
    """Change a component part."""
    with open_session() as session:
        part = _part(session, slug, part_id)
        form = PartForm(obj=part)
    # The number is what the part is known by elsewhere; another number would be another part.
    del form.ref

    def change(session: Session, site: Site, form: FlaskForm) -> None:
        fields = _fields(form)
        # A place that a register has outside its country stays as it is; a new one is not put there.
        if (fields["lon"], fields["lat"]) != (part.lon, part.lat):
            _placed_at(session, site, fields)
        service.edit_part(session, _act(), _id(site), part.ref, **fields)

    return _change(slug, gettext("Change part %(ref)s", ref=isolate(part.ref)), form, change)


@blueprint.route("/sites/<slug>/parts/<int:part_id>/withdraw", methods=["GET", "POST"])
def withdraw_part(slug: str, part_id: int) -> Page:
    """Say that a part is no longer one."""
    with open_session() as session:
        ref = _part(session, slug, part_id).ref

    def change(session: Session, site: Site, form: FlaskForm) -> None:
        service.withdraw_part(session, _act(), _id(site), ref, on=services().clock.now().date())

    lead = gettext("It stays readable, and what was found near it before stays; nothing new is matched to it.")
    return _change(slug, gettext("Withdraw part %(ref)s", ref=isolate(ref)), WithdrawForm(), change, lead)


@blueprint.route("/sites/<slug>/conditions/new", methods=["GET", "POST"])
def new_condition(slug: str) -> Page:
    """Record what an assessor saw."""
    form = ConditionForm()
    with open_session() as session:
        parts = [part for part in parts_of(session, _id(get_site(session, slug))) if not part.stands_for_site]
    whole = SelectChoice("", gettext("the site as a whole"))
    form.part_ref.choices = [whole, *(SelectChoice(part.ref, f"{part.ref} {part.name}".strip()) for part in parts)]

    def fields(form: FlaskForm) -> dict[str, Any]:
        given = _fields(form)
        return {**given, "part_ref": given["part_ref"] or None}

    return _propose(slug, gettext("Record an assessment"), form, ProposalKind.CONDITION, fields)


@blueprint.route("/sites/<slug>/danger/new", methods=["GET", "POST"])
def new_danger(slug: str) -> Page:
    """Record a stay on the List in Danger."""
    return _propose(slug, gettext("Add a period on the List in Danger"), DangerForm(), ProposalKind.DANGER, _fields)


@blueprint.route("/sites/<slug>/danger/close", methods=["GET", "POST"])
def close_danger(slug: str) -> Page:
    """Record that the open stay has ended."""
    title = gettext("Close the period on the List in Danger")
    return _propose(slug, title, EndForm(), ProposalKind.DANGER_END, _fields)


@blueprint.post("/sites/<slug>/proposals/<int:proposal_id>")
def settle(slug: str, proposal_id: int) -> Page:
    """Confirm what somebody else proposed, or decline it; declining one's own takes it back."""
    confirmed = request.form.get("do") == "confirm"
    with open_session() as session:
        site = get_site(session, slug)
        if proposal_id not in {item.proposal.id for item in list_open(session, site_id=_id(site))}:
            raise NotFound(gettext("There is no such proposal."))
        reason = request.form.get("reason", "").replace("\x00", "")[:500]
        settled = proposals.settle(
            session, _act(), proposal_id, confirmed=confirmed, person=_person(), reason=reason
        )  # fmt: skip
        match_pending(session, current_rules().reach_km)
        told = {"proposal": proposal_id, "kind": str(settled.kind), "status": str(settled.status)}
        record(session, "sites.settle", f"site:{site.slug}", **told)
    flash(gettext("Confirmed.") if confirmed else gettext("Declined."), "done")
    return redirect(link("sites.edit", slug=slug) if may(Action.EDIT_SITE, countries=site.states_parties)
                    else link("threats.review"))  # fmt: skip


@blueprint.route("/sites/imports", methods=["GET", "POST"])
def imports() -> Page:
    """Choose a register file; the imports so far, the newest of which can be undone."""
    form = ImportForm()
    automatic = SelectChoice("", gettext("recognise it"))
    form.format.choices = [automatic, *(SelectChoice(name, name) for name in formats())]
    if form.validate_on_submit():
        token = keep_waiting(form.file.data)
        chosen = {"format": form.format.data or None, "by_name": form.by_name.data or None}
        return onward(link("sites.comparison", token=token, **chosen))
    with open_session() as session:
        page = render_template(
            "sites/imports.html",
            form=form,
            runs=list_runs(session, kind=KIND),
            counts=counts,
            register_name=register_name,
        )
    return _answer(page, form)


@blueprint.route("/sites/imports/<token>", methods=["GET", "POST"])
def comparison(token: str) -> Page:
    """Every difference a file would bring, for a person to look through; confirmed, it is taken."""
    path = waiting_file(token)
    chosen = request.args.get("format") or None
    started_at = services().clock.now()
    with watched() as work, open_session() as session:
        work.stage(Stage.READING)
        opened = open_register(path, format=chosen, match_by_name=bool(request.args.get("by_name")))
        work.stage(Stage.COMPARING, opened.size)
        found = service.compare(session, opened, today=started_at.date(), tell=work.advance)
        seen = fingerprint(found)
        stale = request.method == "POST" and request.form.get("seen") != seen
        if request.method == "POST" and not stale:
            without(found, request.form.getlist("leave_out"))
            work.stage(Stage.TAKING, len(found.added) + len(found.updates) + len(found.vanished))
            now = services().clock.now()
            import_id, report = service.take(session, found, started_at=started_at, now=now, tell=work.advance)
            work.stage(Stage.MATCHING)
            match_pending(session, current_rules().reach_km)
            record(session, "sites.import", f"import:{import_id}", **_counted(report))
        else:
            return render_template(
                "sites/comparison.html",
                comparison=found,
                groups=groups(found),
                counts=counts(service.report_of(found, dry_run=True)),
                seen=seen,
                stale=stale,
            )
    let_go(token)
    told = ", ".join(f"{number} {words}" for words, number in counts(report))
    flash(gettext("Import %(number)s is taken: %(counts)s.", number=import_id, counts=told), "done")
    return redirect(url_for("sites.imports"))


@blueprint.post("/sites/imports/<int:import_id>/undo")
def undo_import(import_id: int) -> Page:
    """Take an import back."""
    with open_session() as session:
        report = service.undo(session, import_id, now=services().clock.now())
        match_pending(session, current_rules().reach_km)
        record(session, "sites.undo-import", f"import:{import_id}", **_counted(report))
    words = {"number": import_id, "changed": report.changed, "removed": report.withdrawn}
    flash(gettext("Import %(number)s is undone: %(changed)s put back, %(removed)s removed.", **words), "done")
    return redirect(url_for("sites.imports"))


def _counted(report: ImportReport) -> dict[str, int]:
    return {name: number for name, number in report.as_json().items() if type(number) is int and number}


def _change(
    slug: str, title: str, form: FlaskForm, change: Callable[[Session, Site, FlaskForm], str | None], lead: str = ""
) -> Page:
    """One form about one site: shown, or carried out and back to the edit page."""
    with open_session() as session:
        site = get_site(session, slug)
        if form.validate_on_submit() and _save(session, form, lambda: change(session, site, form), lambda: site.slug):
            return redirect(link("sites.edit", slug=site.slug))
        return _answer(_form_page(form, title, site, site_name(session, site), lead), form)


def _person() -> Person:
    return Person(current_subject().actor, current_subject().account_id)


def _propose(
    slug: str, title: str, form: FlaskForm, kind: ProposalKind, fields: Callable[[FlaskForm], dict[str, Any]]
) -> Page:
    """One form whose change needs two persons: proposed, or carried out where nobody has an account."""
    person = _person()
    lead = gettext("Another person has to confirm it before it counts.")
    if person.account_id is None:
        lead = gettext("There are no accounts here, so one person is enough; with accounts a second one confirms it.")

    def change(session: Session, site: Site, form: FlaskForm) -> str | None:
        if proposals.propose_change(session, _act(), _id(site), kind, fields(form), person):
            return str(gettext("It is proposed, and counts once a second person has confirmed it."))
        return None

    return _change(slug, title, form, change, lead)


def _form_page(
    form: FlaskForm, title: str, site: Site | None = None, name: str = "", lead: str = "", after_position: str = "name"
) -> str:
    back = link("sites.edit", slug=site.slug) if site else link("sites.browse")
    words = name or gettext("Sites")
    return render_template(
        "sites/form.html", form=form, title=title, lead=lead, back=back, back_words=words, after_position=after_position
    )


def _answer(page: str, form: FlaskForm) -> Page:
    return (page, 422) if form.errors else page


def _fields(form: FlaskForm) -> dict[str, Any]:
    values = {name: value for name, value in form.data.items() if name not in ("csrf_token", "submit")}
    # A text field that was not sent at all says nothing, as an empty one does.
    empty = {name: [] if isinstance(form[name], CodesField) else "" for name in values if _is_text(form[name])}
    return {name: empty.get(name) if value is None else value for name, value in values.items()}


def _is_text(field: Field) -> bool:
    return isinstance(field, StringField) and not isinstance(field, AreaField)


def _placed(fields: dict[str, Any], countries: Sequence[str]) -> dict[str, Any]:
    """The same fields.  Raises: UnusableField when the position lies in none of the countries."""
    _within_bounds(fields, countries)
    if fields["lon"] is not None and (instead := country_at((fields["lon"], fields["lat"]), countries)):
        raise _lies_in(instead)
    return fields


def _within_bounds(fields: dict[str, Any], countries: Sequence[str]) -> None:
    lon, lat = fields["lon"], fields["lat"]
    if lon is not None and lat is not None and lies_in(lon, lat, tuple(countries)) is False:
        raise UnusableField("lon", N_("This point lies outside the country of the site."))


def _lies_in(country: str) -> UnusableField:
    text = N_("This point lies in %(country)s, not in the country of the site.")
    return UnusableField("lon", text, country=country_name(country))


def _placed_at(session: Session, site: Site, fields: dict[str, Any]) -> dict[str, Any]:
    """The same fields.  Raises: UnusableField when the position lies in another country than the site."""
    _within_bounds(fields, site.states_parties)
    if fields["lon"] is not None and (instead := country_instead(session, site, (fields["lon"], fields["lat"]))):
        raise _lies_in(instead)
    return fields


def _id(site: Site) -> int:
    if site.id is None:
        abort(404)
    return site.id


def _part(session: Session, slug: str, part_id: int) -> Part:
    site_id = _id(get_site(session, slug))
    part = session.get(Part, part_id)
    if part is None or part.site_id != site_id:
        raise NotFound(gettext("This site has no such part."))
    return part
