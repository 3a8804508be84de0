"""Pages of kept objects: lists, one object with its chain of custody, imports, labels, the packing list."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlmodel import Session
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from heritage.artefacts import importing, queries, service
from heritage.artefacts.custody import chain_of
from heritage.artefacts.domain import Kind, Movability, State, plain_code
from heritage.artefacts.forms import (
    ArtefactForm,
    CapacityForm,
    ContainerForm,
    CustodyForm,
    DivideForm,
    JoinForm,
    ObjectImportForm,
    PhotographForm,
)
from heritage.artefacts.given import data, given, named_place
from heritage.artefacts.inquiries import DESCRIBED, is_described
from heritage.artefacts.labels import qr_of
from heritage.artefacts.models import Artefact, Institution
from heritage.artefacts.packing import Candidate, Capacity, packing_list
from heritage.artefacts.queries import Filter, Row
from heritage.artefacts.rows import FIELDS
from heritage.attachments import queries as attachment_queries
from heritage.attachments import service as attachments
from heritage.attachments.models import Attachment
from heritage.attachments.views import register_viewer
from heritage.core.errors import InvalidInput
from heritage.policy.table import Action
from heritage.sealing.domain import Sealed, SealedKind
from heritage.sites.models import Part
from heritage.web.day import current_day
from heritage.web.footing import Footing
from heritage.web.imports import counts, keep_waiting, let_go, waiting_file
from heritage.web.names import local_names
from heritage.web.objects import artefact_or_404, attempt, count_lookup, hand, may_here, own_institutions, tell_owner
from heritage.web.sentences import isolate
from heritage.web.state import levels_on, open_session, services
from heritage.web.working import Stage, onward, watched

blueprint = Blueprint("artefacts", __name__)
Page = str | Response | tuple[str, int]
SHOWN = 100
MOST_LABELS = 500


@blueprint.get("/artefacts")
def index() -> str:
    """What the reader's institutions keep, and their jobs."""
    words = request.args.get("q", "").strip()[:200]
    page = request.args.get("page", 1, type=int)
    if words:
        count_lookup()
    with open_session() as session:
        institutions = own_institutions(session)
        ids = [one.id or 0 for one in institutions]
        wanted = _filter(institutions, words)
        total = queries.count_artefacts(session, wanted)
        pages = max(1, -(-total // SHOWN))
        page = min(max(1, page), pages)
        rows = queries.list_artefacts(session, wanted, limit=SHOWN, offset=(page - 1) * SHOWN)
        if words:
            tell_owner(session, list(wanted.institutions or ()))
        return render_template(
            "artefacts/index.html", rows=rows, site_names=_names(session, rows),
            total=total, page=page, pages=pages, institutions=institutions,
            keeper=any(may_here(session, Action.KEEP_OBJECTS, one) for one in institutions), words=words,
            jobs=queries.list_jobs(session, ids, limit=20), kinds=list(Kind), states=list(State),
        )  # fmt: skip


def _names(session: Session, rows: Sequence[Row]) -> Mapping[int, str]:
    return local_names(session, [row.artefact.site_id for row in rows if row.artefact.site_id is not None])


def _filter(institutions: list[Institution], words: str) -> Filter:
    asked = {name: request.args.get(name, "").replace("\x00", "") for name in ("institution", "site", "kind", "state")}
    mine = [one.id or 0 for one in institutions if asked["institution"] in ("", one.code)]
    try:
        kind = Kind(asked["kind"]) if asked["kind"] else None
        state = State(asked["state"]) if asked["state"] else None
    except ValueError:
        raise InvalidInput(gettext("There is no such kind or state.")) from None
    return Filter(mine, asked["site"] or None, kind, words, state)


@blueprint.get("/artefacts/look-ups")
def lookups() -> str:
    """Who looked for one's own objects."""
    with open_session() as session:
        institutions = own_institutions(session)
        rows = queries.lookups_of(session, [one.id or 0 for one in institutions])
        names = {one.id: one.name for one in institutions}
    return render_template("artefacts/lookups.html", rows=rows, names=names)


@blueprint.route("/artefacts/new", methods=["GET", "POST"])
def new() -> Page:
    """Enter an object, lot, container or element that stays."""
    form = ArtefactForm(condition="unknown", site=request.args.get("site", ""))
    with open_session() as session:
        institution = _keeper_of(session, request.args.get("institution"))
        made: list[Artefact] = []
        if form.validate_on_submit() and attempt(
            session,
            form,
            lambda: made.append(service.add_artefact(session, hand(), institution, **given(session, form))),
        ):
            return redirect(url_for("artefacts.show", code=made[0].code))
        page = render_template(
            "artefacts/form.html", form=form, title=gettext("Add an object"), institution=institution
        )
    return (page, 422) if form.errors else page


@blueprint.get("/artefacts/<code>")
def show(code: str) -> Page:
    """One object: what it is, where it stands in a job, what lies in it, and its chain of custody."""
    count_lookup()
    with open_session() as session:
        artefact = artefact_or_404(session, code)
        tell_owner(session, [artefact.institution_id], artefact)
        return object_page(session, artefact, ContainerForm(formdata=None))


def object_page(
    session: Session, artefact: Artefact, form: ContainerForm, photographs: PhotographForm | None = None,
    dividing: DivideForm | None = None, joining: JoinForm | None = None,
) -> str:  # fmt: skip
    assert artefact.id is not None
    institution = session.get_one(Institution, artefact.institution_id)
    entries = {entry.id: entry for entry in queries.lineage_of(session, artefact)}
    chain = chain_of(map(service.as_custody, entries.values()))
    itself = Filter([artefact.institution_id], words=artefact.code, joined=True)
    (row,) = [
        one for one in queries.list_artefacts(session, itself)
        if one.artefact.id == artefact.id
    ]  # fmt: skip
    return render_template(
        "artefacts/show.html", artefact=artefact, row=row, site_names=_names(session, [row]),
        institution=institution, chain=chain, entries=entries,
        steps=queries.steps_with(session, artefact.id), contents=queries.contents_of(session, artefact.id),
        keeper=may_here(session, Action.KEEP_OBJECTS, institution), form=form, qr=qr_of(artefact.code),
        part=session.get(Part, artefact.part_id) if artefact.part_id else None,
        photographs=photographs or PhotographForm(formdata=None), dividing=dividing or DivideForm(formdata=None),
        joining=joining or JoinForm(formdata=None), parts=queries.joined_into(session, artefact.id),
        whole=session.get(Artefact, artefact.joined_into_id) if artefact.joined_into_id else None,
        lot=session.get(Artefact, artefact.divided_from_id) if artefact.divided_from_id else None,
        described=is_described(artefact),
        rests_on=Footing(session, [artefact], in_full=True).of(artefact),
    )  # fmt: skip


@blueprint.get("/artefacts/<code>/object-id")
def sheet(code: str) -> Page:
    """The Object ID sheet to print, for police and other museums: what it is, and nothing of where it is."""
    with open_session() as session:
        artefact, institution = _for_sheet(session, code)
        return render_template(
            "artefacts/object_id.html", artefact=artefact, institution=institution, fields=DESCRIBED,
            made_at=services().clock.now(), number=f"artefact:{artefact.code}",
        )  # fmt: skip


@blueprint.get("/artefacts/<code>/object-id.json")
def sheet_as_json(code: str) -> Page:
    """The same sheet for programs."""
    with open_session() as session:
        artefact, institution = _for_sheet(session, code)
        told = {name: getattr(artefact, name) for name in DESCRIBED}
        pictures = attachment_queries.list_of(session, [f"artefact:{artefact.code}"])
    documented = artefact.documented_on.isoformat() if artefact.documented_on else None
    document = {
        "standard": "Object ID", "code": artefact.code, "institution": institution.name, **told,
        "count_low": artefact.count_low, "count_high": artefact.count_high, "documented_on": documented,
        "photographs": [{"sha256": content.sha256} for _, content in pictures],
        "red_list": artefact.red_list.value,
        "vocabularies": {"object_id": artefact.object_id_version, "red_list": artefact.red_list_version},
    }  # fmt: skip
    answer = jsonify(document)
    answer.headers["Content-Disposition"] = f'attachment; filename="object-id-{artefact.code}.json"'
    return answer


def _for_sheet(session: Session, code: str) -> tuple[Artefact, Institution]:
    """An object and its institution for who may have its sheet; each taking stands in the record."""
    count_lookup()
    artefact = artefact_or_404(session, code)
    if not is_described(artefact):
        abort(404)
    institution = session.get_one(Institution, artefact.institution_id)
    tell_owner(session, [artefact.institution_id], artefact)
    hand().record(session, "artefact.object-id", f"artefact:{artefact.code}", institution=institution.code)
    return artefact, institution


@blueprint.route("/artefacts/<code>/edit", methods=["GET", "POST"])
def edit(code: str) -> Page:
    """Change what is said of an object."""
    with open_session() as session:
        artefact = artefact_or_404(session, code, Action.KEEP_OBJECTS)
        form = ArtefactForm(obj=artefact, **named_place(session, artefact))
        if form.validate_on_submit() and attempt(
            session, form, lambda: service.edit_artefact(session, hand(), artefact, **given(session, form))
        ):
            return redirect(url_for("artefacts.show", code=artefact.code))
        institution = session.get_one(Institution, artefact.institution_id)
        page = render_template(
            "artefacts/form.html", form=form, title=gettext("Change %(code)s", code=isolate(artefact.code)),
            artefact=artefact,
            institution=institution,
        )  # fmt: skip
    return (page, 422) if form.errors else page


@blueprint.post("/artefacts/<code>/container")
def place_in(code: str) -> Page:
    """Put an object into a container, or take it out."""
    form = ContainerForm()
    with open_session() as session:
        artefact = artefact_or_404(session, code, Action.KEEP_OBJECTS)

        def act() -> None:
            if not (form.box.data or "").strip():
                return service.take_out(session, hand(), artefact)
            plain = plain_code(form.box.data)
            box = queries.get_artefact(session, plain) if plain else None
            if box is None or box.institution_id != artefact.institution_id:
                raise InvalidInput(gettext("There is no such container here."))
            return service.put_in(session, hand(), artefact, box)

        if form.validate_on_submit() and attempt(session, form, act):
            return redirect(url_for("artefacts.show", code=artefact.code))
        return object_page(session, artefact, form), 422


@blueprint.route("/artefacts/<code>/custody", methods=["GET", "POST"])
def add_custody(code: str) -> Page:
    """Add an entry to the chain of custody, or one in place of another."""
    corrects = request.args.get("corrects", type=int)
    with open_session() as session:
        artefact = artefact_or_404(session, code, Action.KEEP_OBJECTS)
        assert artefact.id is not None
        old = {entry.id: entry for entry in queries.custody_of(session, artefact.id)}.get(corrects)
        if corrects is not None and old is None:
            abort(404)
        form = CustodyForm(obj=old) if old else CustodyForm(condition="unknown")
        if form.validate_on_submit() and attempt(
            session, form, lambda: service.record_custody(session, hand(), artefact, corrects=corrects, **data(form))
        ):
            return redirect(url_for("artefacts.show", code=artefact.code) + "#custody")
        title = gettext("Correct the chain of custody") if old else gettext("Add to the chain of custody")
        page = render_template("artefacts/custody.html", form=form, title=title, artefact=artefact, old=old)
    return (page, 422) if form.errors else page


@blueprint.route("/artefacts/imports", methods=["GET", "POST"])
def imports() -> Page:
    """Choose a list of objects; it is looked at first."""
    form = ObjectImportForm()
    with open_session() as session:
        keepers = _keepers(session)
        form.institution.choices = [SelectChoice(one.code, one.name) for one in keepers]
    if form.validate_on_submit():
        token = keep_waiting(form.file.data)
        return onward(url_for("artefacts.comparison", token=token, institution=form.institution.data))
    page = render_template("artefacts/imports.html", form=form)
    return (page, 422) if form.errors else page


@blueprint.route("/artefacts/imports/<token>", methods=["GET", "POST"])
def comparison(token: str) -> Page:
    """Which column says what, what the list would bring, and every row it cannot; confirmed, it is taken."""
    path, started_at = waiting_file(token), services().clock.now()
    with watched() as work, open_session() as session:
        work.stage(Stage.COMPARING)
        institution = _keeper_of(session, request.args.get("institution"))
        chosen = importing.check_mapping({name: request.values.get(f"column-{name}", "") for name in FIELDS})
        opened = importing.open_list(path, chosen if request.values.get("mapped") else None)
        found = importing.compare(session, institution, opened, tell=work.advance)
        if request.method == "POST" and request.form.get("take"):
            work.stage(Stage.TAKING)
            run_id, report = importing.take(session, hand(), institution, found, started_at=started_at)
        else:
            return render_template(
                "artefacts/comparison.html", found=found, counts=counts(found.report(dry_run=True)), token=token,
                institution=institution, columns=opened.rows.columns, fields=FIELDS,
            )  # fmt: skip
    let_go(token)
    told = ", ".join(f"{number} {words}" for words, number in counts(report))
    flash(gettext("Import %(number)s is taken: %(counts)s.", number=run_id, counts=told), "done")
    return redirect(url_for("artefacts.index", institution=institution.code))


@blueprint.post("/artefacts/<code>/photographs")
def photograph(code: str) -> Page:
    """Keep photographs of an object; others see cleaned copies."""
    form = PhotographForm()
    with open_session() as session:
        artefact = artefact_or_404(session, code, Action.KEEP_OBJECTS)

        def act() -> None:
            for sent in form.files.data:
                attachments.receive(session, services(), sent.stream, subject=f"artefact:{artefact.code}")
            subject = f"artefact:{artefact.code}"
            hand().record(session, "artefact.photograph", subject, files=len(form.files.data))

        valid = form.validate_on_submit()
        if valid and not form.files.data:
            form.files.errors = [gettext("Choose a file.")]
        elif valid and attempt(session, form, act):
            return onward(url_for("artefacts.show", code=artefact.code) + "#attachments")
        return object_page(session, artefact, ContainerForm(formdata=None), form), 422


def _may_see_photograph(session: Session, attachment: Attachment) -> bool:
    """Who sees the object in a list sees its photographs, and nobody else."""
    artefact = queries.find_artefact(session, attachment.subject.partition(":")[2])
    if artefact is None:
        return False
    return may_here(session, Action.SEE_OBJECT_LIST, session.get_one(Institution, artefact.institution_id), [artefact])


def _kept_by(session: Session, attachment: Attachment) -> Sealed | None:
    """Whose the original of a photograph is: the institution's that keeps the object, and nobody else's."""
    artefact = queries.find_artefact(session, attachment.subject.partition(":")[2])
    if artefact is None:
        return None
    institution = session.get_one(Institution, artefact.institution_id)
    countries = {*queries.countries_of(session, [artefact]), *([institution.country] if institution.country else [])}
    houses = queries.houses_of(institution)
    return Sealed(SealedKind.PHOTOGRAPH, attachment.code, houses, tuple(sorted(countries)))


register_viewer("artefact", _may_see_photograph, _kept_by)


@blueprint.get("/artefacts/labels")
def labels() -> str:
    """Labels to print: codes and nothing else."""
    codes = [code for text in request.args.getlist("code") if (code := plain_code(text))][:MOST_LABELS]
    with open_session() as session:
        shown = [artefact_or_404(session, code).code for code in dict.fromkeys(codes)]
    return render_template("artefacts/labels.html", labels=[(code, qr_of(code)) for code in shown])


@blueprint.get("/artefacts/packing")
def packing() -> Page:
    """What to carry first, within what there is."""
    form = CapacityForm(request.args if request.args.get("hours") is not None else None)
    with open_session() as session:
        institutions = own_institutions(session)
        chosen = [one for one in institutions if request.args.get("institution") in (None, "", one.code)]
        rows = queries.list_artefacts(session, Filter([one.id or 0 for one in chosen]), limit=100_000)
        levels = levels_on(session, current_day())
        stays = [row for row in rows if row.artefact.movability is Movability.IMMOVABLE]
        free = {
            row.artefact.code: row for row in rows
            if row.artefact.movability is not Movability.IMMOVABLE and row.job is None
            and row.artefact.kind is not Kind.CONTAINER
        }  # fmt: skip
        valid = form.validate() if request.args.get("hours") is not None else True
        found = packing_list(
            (_candidate(row.artefact, levels.get(row.artefact.site_id or 0, 0)) for row in free.values()),
            _capacity(form) if valid else Capacity(),
        )
    page = render_template(
        "artefacts/packing.html", form=form, found=found, rows=free, stays=stays, institutions=institutions
    )
    return page if valid else (page, 422)


def _candidate(one: Artefact, level: int) -> Candidate:
    return Candidate(one.code, level, one.priority, one.movability, one.packing_minutes, one.weight_kg, one.volume_l)


def _capacity(form: CapacityForm) -> Capacity:
    minutes = 60 * form.hours.data * (form.people.data or 1) if form.hours.data else None
    return Capacity(minutes, form.weight_kg.data, form.volume_l.data, bool(form.equipment.data))


def _keepers(session: Session) -> list[Institution]:
    keepers = own_institutions(session, Action.KEEP_OBJECTS)
    if not keepers:
        abort(403)
    return keepers


def _keeper_of(session: Session, code: str | None) -> Institution:
    keepers = _keepers(session)
    found = next((one for one in keepers if code in (None, "", one.code)), None)
    if found is None:
        abort(404)
    return found
