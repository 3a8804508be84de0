"""The page of the roster: who is on duty now, whose hours are which, entering and removing hours."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectChoice

from heritage.alerts import duty
from heritage.alerts.forms import DAYS, DutyForm
from heritage.alerts.wishes import read_hours
from heritage.core.errors import InvalidInput
from heritage.forms.reasons import put_at_field
from heritage.policy.access import current_subject
from heritage.web.record import record
from heritage.web.sentences import isolate
from heritage.web.state import open_session, services

blueprint = Blueprint("duty", __name__)


@blueprint.get("/duty")
def index() -> str:
    """Who is on duty, and the roster."""
    with open_session() as session:
        return _page(session, _form(session, blank=True))


def _form(session: Session, *, blank: bool = False) -> DutyForm:
    form = DutyForm(formdata=None) if blank else DutyForm()
    form.officer.choices = [SelectChoice(account.id, account.name) for account in duty.officers(session)]
    return form


def _page(session: Session, form: DutyForm) -> str:
    now: datetime = services().clock.now()
    lines = [
        {"duty": held, "name": account.name, "now": duty.hours_of(held).cover(now), "days": _days(held.weekdays)}
        for held, account in duty.list_duty(session)
    ]
    on_duty = duty.on_duty(session, now)
    names = [isolate(name) for name in duty.names(on_duty.officers)]
    return render_template("alerts/duty.html", lines=lines, names=names, by_roster=on_duty.by_roster, form=form)


def _days(weekdays: list[int]) -> list[str]:
    if len(weekdays) == len(DAYS):
        return [gettext("every day")]
    return [str(DAYS[day]) for day in weekdays]


@blueprint.post("/duty")
def add() -> AnyResponse | tuple[str, int]:
    """Enter hours."""
    with open_session() as session:
        form = _form(session)
        if not form.validate_on_submit():
            return _page(session, form), 422
        begins, ends = read_hours(form.hours.data)
        hours = duty.Hours(
            tuple(form.weekdays.data), begins, ends, form.time_zone.data, form.from_on.data, form.until_on.data
        )
        try:
            added = duty.add_duty(session, form.officer.data, hours, current_subject().actor, services().clock.now())
        except InvalidInput as error:
            put_at_field(form, error)
            return _page(session, form), 422
        record(session, "duty.add", f"duty:{added.id}", officer=added.account_id)
    flash(gettext("Saved."), "done")
    return redirect(url_for("duty.index"))


@blueprint.post("/duty/<int:duty_id>/remove")
def remove(duty_id: int) -> AnyResponse:
    """Take hours off the roster."""
    with open_session() as session:
        gone = duty.remove_duty(session, duty_id, services().clock.now())
        record(session, "duty.remove", f"duty:{gone.id}", officer=gone.account_id)
    flash(gettext("Removed."), "done")
    return redirect(url_for("duty.index"))
