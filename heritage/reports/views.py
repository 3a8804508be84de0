"""Pages of reports: documents, the claims entered from them, their review, and the sources behind them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from heritage.core.errors import N_, HeritageError, NotFound
from heritage.forms.reasons import put_at_field
from heritage.policy.access import current_actor, may
from heritage.policy.table import Action
from heritage.reports import queries, service
from heritage.reports.domain import ClaimState, LinkKind, Reliability, Verdict
from heritage.reports.forms import (
    ClaimForm,
    CorrectionForm,
    DocumentForm,
    LinkForm,
    ReviewForm,
    SourceForm,
    WithdrawalForm,
)
from heritage.reports.models import Document
from heritage.reports.texts import plain_text, sketch, text_hash
from heritage.web import claims as shown
from heritage.web.browse import LAST_PAGE, whole_number
from heritage.web.claim_forms import checked_site, defaults, of_version, suggestions
from heritage.web.day import Day, current_day, link
from heritage.web.names import local_names, site_name
from heritage.web.record import record
from heritage.web.reporters import act_on_claims, own_pseudonym
from heritage.web.state import open_session

blueprint = Blueprint("reports", __name__)
Page = str | Response | tuple[str, int]
PER_PAGE = 50


def _try(session: Session, form: FlaskForm, change: Callable[[], Any]) -> bool:
    """Carry out a change; a reason against it is shown with the form, and nothing of it is kept."""
    try:
        with session.begin_nested():
            change()
    except HeritageError as error:
        put_at_field(form, error)
        return False
    return True


def _answer(page: str, form: FlaskForm) -> Page:
    return (page, 422) if form.errors else page


# -- documents -----------------------------------------------------------------------------------------------------


@blueprint.get("/reports")
def index() -> str:
    """Documents with claims; those without any for who works on them."""
    number = whole_number("page", request.args.get("page", ""), 1, LAST_PAGE)
    query, public = request.args.get("q", "")[:200], not may(Action.SEE_CLAIMS)
    with open_session() as session:
        day = current_day()
        rows, total = queries.list_documents(
            session, query=query, public=public, known_on=day.known_on, limit=PER_PAGE, offset=(number - 1) * PER_PAGE
        )
        pages = max(1, -(-total // PER_PAGE))
        return render_template(
            "reports/list.html", day=day, rows=rows, total=total, query=query, page=number, pages=pages
        )


@blueprint.route("/reports/new", methods=["GET", "POST"])
def new() -> Page:
    """Take a text in; one that is held already leads to where it is."""
    form = DocumentForm()
    with open_session() as session:
        alike = _alike(session, form) if form.is_submitted() else None
        if form.validate_on_submit() and not (alike and form.reprint_of.data not in ("no", str(alike[0].id))):
            taken: list[service.Taken] = []
            chosen = int(form.reprint_of.data) if alike and form.reprint_of.data != "no" else None
            if _try(session, form, lambda: taken.append(_take(session, form, chosen))):
                return _to_taken(session, taken[0])
        elif alike and not form.errors:
            form.reprint_of.errors = [gettext("Please say whether it is the same.")]
        return _answer(render_template("reports/new.html", form=form, alike=alike), form)


def _to_taken(session: Session, taken: service.Taken) -> Response:
    if _may_open(session, queries.get_document(session, taken.document_id)):
        # Without the day that was looked at: what has just come in was not known then.
        return redirect(link("reports.show", document_id=taken.document_id, as_of=None, known_on=None))
    # Somebody else brought it first, and nothing of it is for everybody yet.
    return redirect(link("reports.index"))


def _alike(session: Session, form: DocumentForm) -> tuple[Document, float] | None:
    text = plain_text(form.text.data or "")
    if not text or queries.find_document_by_hash(session, text_hash(text)) is not None:
        return None
    alike = queries.find_alike(session, sketch(text))
    if alike is None or not _may_open(session, alike[0]):
        return None
    form.reprint_of.choices = [
        SelectChoice(str(alike[0].id), gettext("Yes, a reprint: it confirms nothing and is noted there")),
        SelectChoice("no", gettext("No, another report")),
    ]
    return alike


def _take(session: Session, form: DocumentForm, reprint_of: int | None) -> service.Taken:
    taken = service.add_document(session, act_on_claims(session), form.draft(), reprint_of=reprint_of)
    words = {
        service.Met.NEW: gettext("The report is kept. Now its claims."),
        service.Met.KNOWN: gettext("This text is here already; nothing was added but where else it stood."),
        service.Met.REPRINT: gettext("Noted as a reprint of this report; it confirms nothing."),
    }
    record(session, "reports.add", f"report:{taken.document_id}", met=taken.met)
    flash(words[taken.met], "done")
    return taken


@blueprint.get("/reports/<int:document_id>")
def show(document_id: int) -> str:
    """One document: where it stood, and its claims as far as the reader may see them."""
    with open_session() as session:
        document = _document(session, document_id)
        if not queries.was_known(document, current_day().known_on):
            raise NotFound(N_("There is no report %(number)s."), number=document_id)
        return _document_page(session, document, None)


@blueprint.post("/reports/<int:document_id>/claims")
def add_claim(document_id: int) -> Page:
    """Enter one claim, and be ready for the next."""
    form = ClaimForm()
    with open_session() as session:
        document = _document(session, document_id)
        form.document_text = document.text
        if form.validate_on_submit():
            site_id = checked_site(session, form)
            made: list[int] = []

            def enter() -> None:
                act = act_on_claims(session)
                made.extend(service.enter_claims(session, document_id, [form.draft(site_id)], act=act))
                record(session, "reports.enter-claim", f"claim:{made[0]}", report=document_id)

            if not form.errors and _try(session, form, enter):
                flash(gettext("Claim %(number)s is entered; it counts once it is reviewed.", number=made[0]), "done")
                return redirect(link("reports.show", document_id=document_id, _anchor="enter"))
        return _answer(_document_page(session, document, form), form)


def _document(session: Session, document_id: int) -> Document:
    """The document, where the reader may open it; else the same answer as for one that is not there."""
    document = queries.get_document(session, document_id)
    if not _may_open(session, document):
        raise NotFound(N_("There is no report %(number)s."), number=document_id)
    return document


def _may_open(session: Session, document: Document) -> bool:
    if may(Action.SEE_CLAIMS) or (may(Action.WORK_ON_CLAIMS) and _brought(document)):
        return True
    return bool(shown.visible_claims(session, document_id=document.id))


def _brought(document: Document) -> bool:
    """Whether the reader brought a text, under their name or as a reporter under a pseudonym."""
    return document.by in {current_actor(), own_pseudonym()} - {""}


def _document_page(session: Session, document: Document, form: ClaimForm | None) -> str:
    day = current_day()
    seen = shown.visible_claims(session, day=day, document_id=document.id)
    if form is None and may(Action.WORK_ON_CLAIMS):
        form = ClaimForm(formdata=None, **defaults(session, document.id or 0))
    links = queries.links_of(session, shown.ids_of(seen))
    return render_template(
        "reports/document.html",
        day=day,
        document=document,
        appearances=queries.appearances_of(session, document.id or 0),
        claims=[shown.shown(each, links) for each in seen],
        form=form,
        may_draft=bool(document.text)
        and may(Action.READ_OUT_CLAIMS)
        and (may(Action.SEE_CLAIMS) or _brought(document)),
        **suggestions(session, document.id or 0),
    )


# -- claims --------------------------------------------------------------------------------------------------------


def _by_name(group: tuple[tuple[str, int | None], Any]) -> tuple[str, int]:
    name, site_id = group[0]
    return name, site_id or 0


@blueprint.get("/reports/claims")
def queue() -> str:
    """Claims that wait for a review, by site; to who only enters them, their own with what became of each."""
    reviews = may(Action.READ_OUT_CLAIMS)
    with open_session() as session:
        states = [ClaimState.ENTERED] if reviews else list(ClaimState)
        waiting = [
            seen
            for seen in shown.visible_claims(session, states=states)
            if seen.row.version.state in states and seen.in_full
        ]
        sites = {seen.row.site.id: seen.row.site.name for seen in waiting if seen.row.site}
        names = sites | dict(local_names(session, [site_id for site_id in sites if site_id is not None]))
        groups: dict[tuple[str, int | None], list[dict[str, Any]]] = {}
        for seen in waiting:
            about = seen.row.site.id if seen.row.site else None
            groups.setdefault((names.get(about, ""), about), []).append(shown.shown(seen))
        return render_template(
            "reports/queue.html", groups=sorted(groups.items(), key=_by_name), total=len(waiting), own=not reviews
        )


@blueprint.get("/reports/claims/<int:claim_id>")
def claim(claim_id: int) -> str:
    """One claim: its chain, its versions, its links, and its review for who may."""
    with open_session() as session:
        return _claim_page(session, _seen(session, claim_id, current_day()), {})


@blueprint.route("/reports/claims/<int:claim_id>/correct", methods=["GET", "POST"])
def correct(claim_id: int) -> Page:
    """Say a claim anew; what stood stays readable."""
    with open_session() as session:
        row = _worked_on(session, claim_id)
        form = CorrectionForm(**({} if request.method == "POST" else of_version(session, row.version)))
        form.document_text = row.document.text
        if form.validate_on_submit():
            site_id = checked_site(session, form)

            def change() -> None:
                revision = service.correct_claim(
                    session, act_on_claims(session), claim_id, form.draft(site_id), reason=form.reason.data or ""
                )
                record(session, "reports.correct-claim", f"claim:{claim_id}", revision=revision)

            if not form.errors and _try(session, form, change):
                flash(gettext("The correction is entered; it counts once it is reviewed."), "done")
                return redirect(link("reports.claim", claim_id=claim_id))
        page = render_template(
            "reports/correct.html", form=form, claim_id=claim_id, **suggestions(session, row.document.id or 0)
        )
        return _answer(page, form)


@blueprint.post("/reports/claims/<int:claim_id>/review")
def review(claim_id: int) -> Page:
    """Pass a claim with a grade, or refuse it."""
    form = ReviewForm()

    def change(session: Session) -> None:
        settled = service.review_claim(
            session, act_on_claims(session), claim_id, Verdict(form.verdict.data),
            revision=int(form.revision.data) if (form.revision.data or "").isdigit() else None,
            reliability=Reliability(form.reliability.data) if form.reliability.data else None,
            credibility=int(form.credibility.data) if form.credibility.data else None,
            reason=form.reason.data or "",
        )  # fmt: skip
        record(session, "reports.review-claim", f"claim:{claim_id}", settled=settled)
        words = {
            service.Settled.REVIEWED: gettext("The claim is reviewed."),
            service.Settled.REJECTED: gettext("The claim is refused."),
            service.Settled.SECOND_NEEDED: gettext("“Confirmed” takes two persons: it waits for somebody else."),
        }
        flash(words[settled], "done")

    return _change_claim(claim_id, form, "review_form", change)


@blueprint.post("/reports/claims/<int:claim_id>/withdraw")
def withdraw(claim_id: int) -> Page:
    """Take a claim back."""
    form = WithdrawalForm()

    def change(session: Session) -> None:
        if not may(Action.REVIEW_CLAIMS) and not shown.is_own(queries.get_claim(session, claim_id)):
            abort(403)
        service.withdraw_claim(session, act_on_claims(session), claim_id, reason=form.reason.data or "")
        record(session, "reports.withdraw-claim", f"claim:{claim_id}")
        flash(gettext("The claim is withdrawn; it stays in the record."), "done")

    return _change_claim(claim_id, form, "withdrawal_form", change)


@blueprint.post("/reports/claims/<int:claim_id>/links")
def link_claim(claim_id: int) -> Page:
    """Say how a claim stands to another."""
    form = LinkForm()

    def change(session: Session) -> None:
        other_id, kind = form.other_id.data, LinkKind(form.kind.data)
        _seen(session, other_id)
        service.link_claims(session, act_on_claims(session), claim_id, other_id, kind, reason=form.reason.data or "")
        record(session, "reports.link-claims", f"claim:{claim_id}", other=other_id, kind=kind)
        if kind is LinkKind.SUPPORTS and service.shared_origins(session, claim_id, other_id):
            flash(gettext("Both go back to one origin: this is no confirmation."), "error")

    return _change_claim(claim_id, form, "link_form", change)


@blueprint.post("/reports/links/<int:link_id>/end")
def end_link(link_id: int) -> Response:
    """Take a link back; it stays in the record."""
    with open_session() as session:
        ended = service.unlink_claims(session, act_on_claims(session), link_id)
        record(session, "reports.end-link", f"claim:{ended.claim_id}", other=ended.other_id, kind=ended.kind)
    flash(gettext("The link is taken back."), "done")
    return redirect(link("reports.claim", claim_id=ended.claim_id))


def _seen(session: Session, claim_id: int, day: Day | None = None) -> shown.Seen:
    """A claim that the reader may see, also a withdrawn one; else the same answer as for one that is not there.

    On a past day only what had begun and was known by then; a claim of what is announced is there today.
    """
    is_past = day is not None and min(day.as_of, day.known_on) < day.today
    days: dict[str, Any] = {"as_of": day.as_of, "known_on": day.known_on} if day and is_past else {}
    rows = queries.known_claims(session, claim_ids=[claim_id], states=list(ClaimState), **days)
    if not rows:
        raise NotFound(N_("There is no claim %(number)s."), number=claim_id)
    row = rows[0]
    if shown.reads_in_full(row):
        return shown.Seen(row, in_full=True)
    public = queries.known_claims(session, reviewed=True, claim_ids=[claim_id], **days)
    if not public or not public[0].is_public:
        raise NotFound(N_("There is no claim %(number)s."), number=claim_id)
    return shown.as_everybody(session, public)[0]


def _worked_on(session: Session, claim_id: int) -> queries.ClaimRow:
    """A claim that the reader may correct."""
    row = queries.get_claim(session, claim_id)
    if not may(Action.ENTER_CLAIMS, countries=row.countries) or not shown.reads_in_full(row):
        raise NotFound(N_("There is no claim %(number)s."), number=claim_id)
    return row


def _change_claim(claim_id: int, form: FlaskForm, name: str, change: Callable[[Session], None]) -> Page:
    """One form about a claim: carried out and back to where it was sent from, or shown again with what is wrong."""
    with open_session() as session:
        seen = _seen(session, claim_id)
        if form.validate_on_submit() and _try(session, form, lambda: change(session)):
            document_id = seen.row.document.id
            if request.form.get("back") == "report":
                return redirect(link("reports.show", document_id=document_id, _anchor=f"claim-{claim_id}"))
            return redirect(link("reports.claim", claim_id=claim_id))
        return _answer(_claim_page(session, seen, {name: form}), form)


def _claim_page(session: Session, seen: shown.Seen, given: dict[str, FlaskForm]) -> str:
    row = seen.row
    versions = queries.versions_of(session, row.claim_id) if seen.in_full else []
    # A version that was corrected since is read, and not reviewed any more.
    is_newest = not versions or versions[0].revision == row.version.revision
    reviews = may(Action.REVIEW_CLAIMS) and seen.in_full and is_newest
    links = queries.links_of(session, [row.claim_id])
    rivals = _beside(session, row) if reviews else []
    forms = {
        "review_form": given.get("review_form") or ReviewForm(formdata=None, revision=str(row.version.revision)),
        "withdrawal_form": given.get("withdrawal_form") or WithdrawalForm(formdata=None),
        "link_form": given.get("link_form") or LinkForm(formdata=None),
    }
    if not seen.in_full:
        linked = {n for x in links for n in (x.claim_id, x.other_id)}
        readable = {each.row.claim_id for each in shown.visible_claims(session, claim_ids=linked)} if linked else set()
        links = [x for x in links if {x.claim_id, x.other_id} <= readable]
    site = row.site if row.site is None or seen.in_full or row.is_public else None
    return render_template(
        "reports/claim.html",
        claim=shown.shown(seen, links),
        row=row,
        site=site,
        site_name=site_name(session, site) if site else "",
        versions=[each for each in versions if each.revision <= row.version.revision],
        excerpt=shown.excerpt(row) if seen.in_full else None,
        records={s.source_id: queries.track_record(session, s.source_id) for s in row.sayers} if reviews else {},
        rivals=[shown.shown(each) for each in rivals],
        shared=shown.shared_voices([row, *(each.row for each in rivals)]) if reviews else [],
        reviews=reviews,
        corrects=may(Action.ENTER_CLAIMS, countries=row.countries) and seen.in_full,
        withdraws=seen.in_full and (reviews or shown.is_own(row)),
        **forms,
    )


def _beside(session: Session, row: queries.ClaimRow) -> list[shown.Seen]:
    """Claims that this one may support, contradict or repeat: of its site, else of its document."""
    where = {"site_id": row.version.site_id} if row.version.site_id else {"document_id": row.document.id}
    return [seen for seen in shown.visible_claims(session, **where, limit=200) if seen.row.claim_id != row.claim_id]


# -- sources -------------------------------------------------------------------------------------------------------


@blueprint.get("/sources")
def sources() -> str:
    """All sources with their grades, and which of them are one origin."""
    with open_session() as session:
        return render_template("reports/sources.html", sources=queries.list_sources(session))


@blueprint.route("/sources/new", methods=["GET", "POST"])
def new_source() -> Page:
    """Keep a source with a first judgement."""
    form = SourceForm()
    if form.validate_on_submit():
        with open_session() as session:
            made: list[int] = []

            def keep() -> None:
                made.append(service.add_source(session, act_on_claims(session), form.draft()))
                record(session, "reports.add-source", f"source:{made[0]}", reliability=form.reliability.data)

            if _try(session, form, keep):
                return redirect(link("reports.source", source_id=made[0]))
    return _answer(render_template("reports/source_new.html", form=form), form)


@blueprint.route("/sources/<int:source_id>", methods=["GET", "POST"])
def source(source_id: int) -> Page:
    """A source: how it was judged, how often it was borne out, who shares its origin; judge it anew."""
    with open_session() as session:
        held = queries.get_source(session, source_id)
        form = SourceForm(obj=held)
        del form.name
        if form.validate_on_submit():

            def judge() -> None:
                service.assess_source(session, act_on_claims(session), source_id, form.draft())
                record(session, "reports.grade-source", f"source:{source_id}", reliability=form.reliability.data)

            if _try(session, form, judge):
                flash(gettext("The judgement is kept; claims entered before keep their grade."), "done")
                return redirect(link("reports.source", source_id=source_id))
        page = render_template(
            "reports/source.html",
            source=held,
            form=form,
            assessments=queries.assessments_of(session, source_id),
            track=queries.track_record(session, source_id),
            same=[s for s in queries.list_sources(session) if s.origin == held.origin and s.source_id != source_id],
        )
        return _answer(page, form)
