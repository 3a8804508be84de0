"""Pages of a job: planning it, each step of it, the two sides of a handover, differences, paper, and its seal."""

import structlog
from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlmodel import Session
from werkzeug.wrappers import Response

from heritage.artefacts import moves, queries
from heritage.artefacts.acts import Act, Doing, acts_now, carry_out, choice, units_of
from heritage.artefacts.counting import Line
from heritage.artefacts.domain import SETTLED, Outcome, plain_code
from heritage.artefacts.forms import PlanForm, ProposeForm, SealForm
from heritage.artefacts.models import (
    CONDITION_NOTE,
    DIFFERENCE_REASON,
    PLACE,
    STAGE_NOTE,
    STEP_NOTE,
    ConditionNote,
    Discrepancy,
    Institution,
    Job,
    SealedPlace,
    StageNote,
    StepNote,
)
from heritage.artefacts.telling import job_document, last_seen, stages_shown
from heritage.policy.table import Action
from heritage.sealing.domain import Sealed, SealedKind
from heritage.sealing.errors import SealError
from heritage.sealing.keyring import KeyRing, open_keyring
from heritage.sealing.registry import SealedColumn
from heritage.sealing.sources import Found, Source, register_source
from heritage.sealing.words import told_of_seal
from heritage.web.objects import attempt, count_lookup, hand, job_or_404, may_here, own_institutions, tell_owner
from heritage.web.state import open_session, services

blueprint = Blueprint("moves", __name__)
log = structlog.get_logger(__name__)
Page = str | Response | tuple[str, int]
SEALED_WORDS = ("access", "route", "departs", "arrives", "returns", "mover", "contact", "reference", "fitness",
                "security", "home")  # fmt: skip
NOT_A_COUNT = -1
MOST_UNITS = 10_000


@blueprint.after_request
def _keep_nowhere(response: Response) -> Response:
    """A form that came back with what was typed, and notes under seal, stay out of the browser's store."""
    response.headers["Cache-Control"] = "no-store"
    return response


def ring() -> KeyRing:
    """The keys of this installation."""
    return open_keyring(services().settings)


@blueprint.route("/artefacts/jobs/new", methods=["GET", "POST"])
def new() -> Page:
    """Plan what moves together."""
    form = PlanForm() if request.method == "POST" else PlanForm(codes=request.args.getlist("code"))
    with open_session() as session:
        keepers = own_institutions(session, Action.KEEP_OBJECTS)
        institution = next((one for one in keepers if request.args.get("institution") in (None, "", one.code)), None)
        if institution is None:
            abort(403)
        made: list[Job] = []
        if form.validate_on_submit() and attempt(
            session, form, lambda: made.append(_plan(session, _house_of(session, keepers, form, institution), form))
        ):
            return redirect(url_for("moves.show", code=made[0].code))
        page = render_template("artefacts/plan.html", form=form, institution=institution)
    return (page, 422) if form.errors else page


def _house_of(session: Session, keepers: list[Institution], form: PlanForm, default: Institution) -> Institution:
    """Whose objects were chosen, for who keeps those of several institutions."""
    mine = {one.id: one for one in keepers}
    for code in form.codes.data:
        held = queries.find_artefact(session, code)
        if held is not None and held.institution_id in mine:
            return mine[held.institution_id]
    return default


def _plan(session: Session, institution: Institution, form: PlanForm) -> Job:
    return moves.plan(
        session,
        hand(),
        ring(),
        institution,
        codes=form.codes.data,
        reason=form.reason.data,
        method=form.method.data or "",
        people=form.people.data,
        facts=_facts(form),
        happened_at=form.happened_at.data,
    )


def _facts(form: SealForm) -> moves.SealedFacts:
    words = {name: form[name].data or "" for name in SEALED_WORDS}
    return moves.SealedFacts(name=form.place.data or "", lon=form.lon.data, lat=form.lat.data, **words)


@blueprint.get("/artefacts/jobs/<code>")
def show(code: str) -> Page:
    """A job: how far it has come, what comes next, who did what."""
    count_lookup()
    with open_session() as session:
        return _job_page(session, job_or_404(session, code))


def _job_page(session: Session, job: Job, failed: Act | None = None) -> str:
    opened = moves.read_job(session, job)
    artefacts = list(opened.artefacts.values())
    # What somebody wrote to a step may name the place whatever they were told: it is for the museum's own people.
    keeper = may_here(session, Action.KEEP_OBJECTS, opened.institution)
    conditions = queries.conditions_of(session, opened.id)
    acts = [failed if failed is not None and act.name == failed.name else act for act in acts_now(session, opened)]
    return render_template(
        "artefacts/job.html",
        job=job,
        institution=opened.institution,
        items=queries.items_of(session, opened.id),
        steps=[
            (step, _sealed_note(session, StepNote, STEP_NOTE, step.id, keeper))
            for step in queries.steps_of(session, opened.id)
        ],
        confirmations=queries.confirmations_of(session, opened.id),
        stages=stages_shown(session, job, lambda each: _sealed_note(session, StageNote, STAGE_NOTE, each, keeper)),
        seen=last_seen(conditions),
        conditions=[(one, _sealed_note(session, ConditionNote, CONDITION_NOTE, one.id, keeper)) for one in conditions],
        differences=[
            (
                one,
                unit,
                _unsealed(DIFFERENCE_REASON, one.id, one.reason if keeper else None),
                _propose_form(opened, one),
            )
            for one, unit in queries.discrepancies_of(session, opened.id)
        ],
        acts=[act for act in acts if may_here(session, act.action, opened.institution, artefacts)],
        failed=failed,
        typed=request.form if failed is not None else {},
        keeper=keeper,
        reader=any(
            may_here(session, action, opened.institution, artefacts)
            for action in (Action.ASK_PLACE, Action.APPROVE_PLACE)
        ),
        me=hand().account_id,
    )


def _sealed_note(
    session: Session, table: type[StepNote | StageNote | ConditionNote], column: SealedColumn, key: int | None,
    keeper: bool,
) -> str:  # fmt: skip
    held = session.get(table, key) if keeper else None
    sealed: bytes | None = getattr(held, "sealed", None)
    return _unsealed(column, key, sealed)


@blueprint.get("/artefacts/jobs/<code>.json")
def as_json(code: str) -> Page:
    """A job for programs: what moves, how far it has come, its stages and conditions; nothing that is under seal."""
    count_lookup()
    with open_session() as session:
        job = job_or_404(session, code)
        keeper = may_here(session, Action.KEEP_OBJECTS, session.get_one(Institution, job.institution_id))
        document = job_document(session, job, people=keeper)
        tell_owner(session, [job.institution_id])
        hand().record(session, "job.document", f"job:{job.code}")
    answer = jsonify(document)
    answer.headers["Content-Disposition"] = f'attachment; filename="move-{job.code}.json"'
    return answer


def _unsealed(column: SealedColumn, row: object, sealed: bytes | None) -> str:
    """What people of the institution wrote; a lost key leaves a sentence in place of the words."""
    if sealed is None:
        return ""
    try:
        return ring().open(column.purpose, column.identity(row), sealed).decode()
    except SealError as error:
        # The error's own words name a key and a folder, which is for the machine's operator.
        log.error("sealed_value_closed", column=f"{column.table}.{column.column}", error=str(error))
        return told_of_seal(error)


def _propose_form(opened: moves.Opened, one: Discrepancy) -> ProposeForm:
    form = ProposeForm(prefix=f"d{one.id}")
    form.codes.choices = [choice(opened, each) for each in opened.within([one.artefact_id])]
    return form


def _lines() -> list[Line]:
    """What a side wrote of each unit: `unit` names them, `count-CODE` and so on say what was seen."""
    return [
        Line(
            code,
            request.form.get(f"present-{code}") == "yes",
            _count(request.form.get(f"count-{code}", "").strip()),
            request.form.get(f"seal-{code}", "")[:100].replace("\x00", "").strip(),
            request.form.get(f"sound-{code}") == "yes",
        )
        for code in request.form.getlist("unit")[:MOST_UNITS]
    ]


def _count(text: str) -> int:
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else NOT_A_COUNT


@blueprint.post("/artefacts/jobs/<code>/steps/<step>")
def step(code: str, step: str) -> Page:
    """Carry out one step that is legal now."""
    with open_session() as session:
        job = job_or_404(session, code)
        opened = moves.open_job(session, job.code)
        act = next((one for one in acts_now(session, opened) if one.name == step), None)
        if act is None:
            flash(gettext("This step is not possible as things stand now."), "error")
            return redirect(url_for("moves.show", code=job.code))
        if not may_here(session, act.action, opened.institution, list(opened.artefacts.values())):
            abort(404)
        if act.form.validate_on_submit():
            at = act.form.happened_at.data or services().clock.now()
            doing = Doing(session, hand(), ring(), job.code, act.form, at, _lines())
            if attempt(session, act.form, lambda: carry_out(act, doing)):
                return redirect(url_for("moves.show", code=job.code))
            session.expire_all()
        return _job_page(session, job, failed=act), 422


@blueprint.post("/artefacts/jobs/<code>/differences/<int:difference_id>")
def settle(code: str, difference_id: int) -> Page:
    """Say what a difference was, or agree to what somebody else said."""
    with open_session() as session:
        job = job_or_404(session, code, Action.KEEP_OBJECTS)
        opened = moves.open_job(session, job.code)
        form = ProposeForm(prefix=f"d{difference_id}")
        form.codes.choices = [choice(opened, each) for each in opened.items]
        if not (_agree(session, job, form, difference_id) if request.form.get("agree") else
                _propose(session, job, form, difference_id)):  # fmt: skip
            said = [*form.form_errors, *(error for field in form for error in field.errors)]
            flash(" ".join(map(str, said)) or gettext("Nothing was changed."), "error")
    return redirect(url_for("moves.show", code=job.code) + "#differences")


def _agree(session: Session, job: Job, form: ProposeForm, difference_id: int) -> bool:
    now = services().clock.now()
    return attempt(session, form, lambda: moves.agree(session, hand(), job.code, difference_id, happened_at=now))


def _propose(session: Session, job: Job, form: ProposeForm, difference_id: int) -> bool:
    if not form.validate_on_submit():
        return False
    said = {"outcome": Outcome(form.outcome.data), "reason": form.reason.data, "codes": form.codes.data or []}
    return attempt(session, form, lambda: moves.propose(session, hand(), ring(), job.code, difference_id, **said))


@blueprint.route("/artefacts/jobs/<code>/seal", methods=["GET", "POST"])
def seal(code: str) -> Page:
    """Write the sealed facts anew; what is there is not shown."""
    form = SealForm()
    with open_session() as session:
        job = job_or_404(session, code, Action.KEEP_OBJECTS)
        if form.validate_on_submit() and attempt(
            session, form, lambda: moves.seal_facts(session, hand(), ring(), job.code, _facts(form))
        ):
            return redirect(url_for("moves.show", code=job.code))
        page = render_template("artefacts/seal.html", form=form, job=job)
    return (page, 422) if form.errors else page


@blueprint.get("/artefacts/jobs/<code>/paper")
def paper(code: str) -> Page:
    """The forms of a job to print: the same fields and codes, for when power and network are out."""
    with open_session() as session:
        job = job_or_404(session, code)
        opened = moves.read_job(session, job)
        return render_template(
            "artefacts/paper.html",
            job=job,
            institution=opened.institution,
            items=queries.items_of(session, opened.id),
            boxes={artefact.id: artefact.code for artefact in opened.artefacts.values()},
            stages=stages_shown(session, job),
            units=units_of(opened, [each for each, item in opened.items.items() if item.state not in SETTLED]),
        )


def _find_place(session: Session, key: str) -> Found | None:
    """A job's sealed facts for the pages that let two people read them."""
    plain = plain_code(key)
    job = queries.find_job(session, plain) if plain else None
    if job is None or job.id is None:
        return None
    institution = session.get_one(Institution, job.institution_id)
    artefacts = [artefact for _, artefact in queries.items_of(session, job.id)]
    countries = {*queries.countries_of(session, artefacts), *([institution.country] if institution.country else [])}
    what = Sealed(SealedKind.PLACE, job.code, queries.houses_of(institution), tuple(sorted(countries)))
    held = session.get(SealedPlace, job.id)
    return Found(what, url_for("moves.show", code=job.code), job.id, held.sealed if held else None)


def _present_place(session: Session, plain: bytes) -> list[tuple[str, str]]:
    facts = moves.facts_of(plain)
    point = f"{facts.lat:.5f}, {facts.lon:.5f}" if facts.lat is not None and facts.lon is not None else ""
    told = [
        (gettext("Destination"), facts.name),
        (gettext("Latitude, longitude"), point),
        (gettext("Access"), facts.access),
        (gettext("Route"), facts.route),
        (gettext("Departure"), facts.departs),
        (gettext("Arrival"), facts.arrives),
        (gettext("Planned return"), facts.returns),
        (gettext("Mover"), facts.mover),
        (gettext("Contact"), facts.contact),
        (gettext("Number or name of the location"), facts.reference),
        (gettext("Fitness of the location"), facts.fitness),
        (gettext("Security note"), facts.security),
        (gettext("Normal location"), facts.home),
    ]
    return [(label, words) for label, words in told if words]


register_source(SealedKind.PLACE, Source(find=_find_place, column=PLACE, present=_present_place))
