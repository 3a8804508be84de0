"""Pages of those who review: the queue, one update, changes of a threat, what waits for a second person."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response

from heritage.core.errors import HeritageError, InvalidInput, NotFound
from heritage.forms.reasons import put_at_field
from heritage.policy.access import current_subject, may
from heritage.policy.table import Action
from heritage.sealing.keyring import open_keyring
from heritage.sites.models import Site
from heritage.sites.proposals import Person, list_open
from heritage.threats import queries, review
from heritage.threats.forms import ReasonForm, ReviewForm, StandingForm
from heritage.threats.models import Threat, ThreatUpdate
from heritage.web.day import link
from heritage.web.names import site_name
from heritage.web.state import open_session, services
from heritage.web.threats import (
    parts_to_choose,
    proposal_text,
    review_page,
    threat_words,
    update_facts,
)
from heritage.web.words import word

Page = str | Response | tuple[str, int]


def add_to(blueprint: Blueprint) -> None:
    """Put the pages among those of threats."""
    for rule, endpoint, view, methods in (
        ("/review", "review", review_queue, ["GET"]),
        ("/review/<int:update_id>", "review_update", review_update, ["GET", "POST"]),
        ("/review/proposals/<int:proposal_id>", "settle", settle, ["POST"]),
        ("/review/notices/<int:notice_id>/seen", "notice_seen", notice_seen, ["POST"]),
        ("/threats/<int:threat_id>/change", "change", change, ["GET", "POST"]),
        ("/threats/<int:threat_id>/release", "release", release, ["GET", "POST"]),
    ):
        blueprint.add_url_rule(rule, endpoint, view, methods=methods)


def _desk() -> review.Desk:
    settings, subject = services().settings, current_subject()
    person = Person(subject.actor, subject.account_id)
    return review.Desk(person, services().clock.now(), open_keyring(settings), settings.report_hold_hours)


def _threat_and_site(session: Session, threat_id: int) -> tuple[Threat, Site]:
    threat = queries.get_threat(session, threat_id)
    site = session.get(Site, threat.site_id)
    assert site is not None
    return threat, site


def _reviewable(site: Site) -> None:
    """Go on only for a site that the reviewer may speak of; its updates are not there for others."""
    if not may(Action.REVIEW_UPDATE, countries=site.states_parties):
        abort(404)


def review_queue() -> str:
    """What waits for a reviewer."""
    countries = None if _reaches_all() else sorted(current_subject().countries)
    with open_session() as session:
        page = review_page(session, countries, list_open(session, countries=countries))
        return render_template("threats/review.html", alone=not current_subject().signed_in, **page)


def _reaches_all() -> bool:
    return may(Action.REVIEW_UPDATE)


def review_update(update_id: int) -> Page:
    """One update: accept it, merge it, ask back, reject it."""
    form = ReviewForm()
    with open_session() as session:
        update = queries.get_update(session, update_id)
        site = session.get(Site, update.site_id)
        assert site is not None
        _reviewable(site)
        _offer(session, form, site, update)
        if request.method == "POST" and (said := _settle_update(session, form, update_id)):
            flash(said, "done")
            return redirect(link("threats.review"))
        if form.errors:
            session.rollback()
        page = _review_page(session, form, update, site)
        return (page, 422) if form.errors else page


def _offer(session: Session, form: ReviewForm, site: Site, update: ThreatUpdate) -> None:
    form.offer(parts_to_choose(session, site))
    standing = queries.threats_of(session, site.id or 0, _now_view())
    form.offer_threats([(s.threat.id or 0, _threat_name(s.threat, s.event.status)) for s in standing])
    if request.method == "GET":
        form.factor.data, form.when.data = update.factor, update.when_edtf
        form.reliability.data = update.own_reliability
        if "part_refs" in form and update.part_ref:
            form.part_refs.data = [update.part_ref]


def _now_view() -> queries.View:
    now = services().clock.now()
    return queries.View(now.date(), now.date(), now, staff=True)


def _threat_name(threat: Threat, status: str) -> str:
    words = threat_words(threat)
    return f"{words['factor']} · {word('threat_status', status)} · {threat.id}"


def _settle_update(session: Session, form: ReviewForm, update_id: int) -> str:
    """Carry out what the button says; what is wrong stands in the form."""
    # Who asks back or declines has no need to decide on a threat.
    only_said = request.form.get("do") in ("ask", "reject")
    if not (form.said.validate(form) if only_said else form.validate()):
        return ""
    try:
        with session.begin_nested():
            return _carried_out(session, form, update_id)
    except HeritageError as error:
        put_at_field(form, error)
        return ""


def _carried_out(session: Session, form: ReviewForm, update_id: int) -> str:
    wanted, desk = request.form.get("do", ""), _desk()
    if wanted == "accept":
        taken = review.accept(session, update_id, review.Decision(**form.decided()), desk)
        if taken is None:
            return str(gettext("A second reviewer has to confirm the grade first."))
        return str(gettext("It is taken into threat %(number)s.", number=taken.id))
    if wanted == "ask":
        review.ask_back(session, update_id, form.said.data or "", desk)
        return str(gettext("The question is asked."))
    if wanted == "reject":
        review.reject(session, update_id, form.said.data or "", desk)
        return str(gettext("It is not taken."))
    raise InvalidInput(gettext("Press one of the buttons."))


def _review_page(session: Session, form: ReviewForm, update: ThreatUpdate, site: Site) -> str:
    author = queries.author_of(session, update.id or 0)
    return render_template(
        "threats/review_update.html",
        form=form,
        own=review.is_own(session, update.id or 0, _desk()),
        pseudonym=author.pseudonym
        if author and may(Action.SEE_REPORTER_PSEUDONYM, countries=site.states_parties)
        else "",
        proposals=[
            (item.proposal, proposal_text(item.proposal))
            for item in list_open(session, site_id=site.id, kinds=review.OWN_KINDS)
            if item.proposal.subject_id == update.id
        ],
        **update_facts(session, update, site),
    )


def change(threat_id: int) -> Page:
    """Record how a threat stands now."""
    form = StandingForm()
    with open_session() as session:
        threat, site = _threat_and_site(session, threat_id)
        _reviewable(site)
        form.offer(parts_to_choose(session, site))
        if request.method == "GET":
            _prefill(form, queries.newest_event(session, threat_id))
        elif form.validate():
            try:
                with session.begin_nested():
                    review.change_threat(session, threat_id, review.Decision(**form.told()), _desk())
            except HeritageError as error:
                put_at_field(form, error)
            else:
                flash(gettext("Saved."), "done")
                return redirect(link("threats.show", threat_id=threat_id))
        title = gettext("How does it stand now: %(factor)s", factor=threat_words(threat)["factor"])
        page = _plain_form(form, title, threat_id, site_name(session, site))
    return (page, 422) if form.errors else page


def _prefill(form: StandingForm, event: Any) -> None:
    form.status.data, form.severity.data = str(event.status), str(event.severity)
    form.reliability.data, form.credibility.data = event.reliability, str(event.credibility)
    form.summary.data = event.summary
    if "part_refs" in form:
        form.part_refs.data = list(event.part_refs)


def _plain_form(form: FlaskForm, title: str, threat_id: int, back_words: str, lead: str = "") -> str:
    back = link("threats.show", threat_id=threat_id)
    return render_template("threats/form.html", form=form, title=title, lead=lead, back=back, back_words=back_words)


def release(threat_id: int) -> Page:
    """Ask that a threat be shown before its time."""
    form = ReasonForm()
    with open_session() as session:
        threat, site = _threat_and_site(session, threat_id)
        _reviewable(site)
        if form.validate_on_submit():
            try:
                shown = review.ask_release(session, threat_id, form.reason.data, _desk())
            except HeritageError as error:
                put_at_field(form, error)
            else:
                done, waits = gettext("It is shown now."), gettext("A second person has to confirm it.")
                flash(done if shown else waits, "done")
                return redirect(link("threats.show", threat_id=threat_id))
        lead = gettext(
            "What is reported is held back so that nobody can tell who was there. Showing it sooner needs two persons."
        )
        title = gettext("Show it sooner: %(factor)s", factor=threat_words(threat)["factor"])
        page = _plain_form(form, title, threat_id, site_name(session, site), lead)
    return (page, 422) if form.errors else page


def settle(proposal_id: int) -> Page:
    """Confirm or decline what another reviewer proposed."""
    with open_session() as session:
        item = next((i for i in list_open(session, kinds=review.OWN_KINDS) if i.proposal.id == proposal_id), None)
        if item is None:
            raise NotFound(gettext("There is no such proposal."))
        _reviewable(item.site)
        confirmed = request.form.get("do") == "confirm"
        review.settle(
            session, proposal_id, confirmed=confirmed, desk=_desk(), reason=request.form.get("reason", "")[:500]
        )
    flash(gettext("Confirmed.") if confirmed else gettext("Declined."), "done")
    return redirect(link("threats.review"))


def notice_seen(notice_id: int) -> Page:
    """Say that a notice was seen."""
    with open_session() as session:
        review.seen_notice(session, notice_id, _desk())
    return redirect(link("threats.review"))
