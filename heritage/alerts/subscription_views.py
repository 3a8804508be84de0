"""Pages of subscriptions: asking, confirming, one's own list, and the one click that stops everything."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from heritage.accounts.queries import get_account
from heritage.alerts import subscribing
from heritage.alerts.addresses import open_webhook
from heritage.alerts.forms import (
    FREQUENCIES,
    LEVELS,
    ORDERS,
    ListForm,
    MannerForm,
    OwnMannerForm,
    OwnWishForm,
    SignUpForm,
    WebhookForm,
    WishForm,
    without_webhook,
)
from heritage.alerts.models import Frequency, Subscriber, Subscription
from heritage.alerts.subscribing import Manner, Wanted
from heritage.alerts.subscription_queries import find_site, site_names
from heritage.alerts.tokens import TokenFor, read_token
from heritage.alerts.views import current_alert_rules
from heritage.alerts.wishes import read_area, read_hours
from heritage.channels.webhook import url_of
from heritage.core.areas import bounds
from heritage.core.errors import N_, InvalidInput, NotFound, UnusableField
from heritage.forms.reasons import put_at_field, told
from heritage.policy.access import current_subject
from heritage.web.i18n import country_name, number_text, page_language
from heritage.web.names import local_names
from heritage.web.state import open_session, services

blueprint = Blueprint("subscriptions", __name__)
Page = str | AnyResponse | tuple[str, int]


@blueprint.record_once
def _exempt(state: BlueprintSetupState) -> None:
    """What a signed address alone allows needs no cookie and no second token: mail programs post there (RFC 8058)."""
    for view in ("stop", "confirm"):
        state.app.extensions["csrf"].exempt(f"{__name__}.{view}")


@blueprint.get("/subscriptions")
def index() -> str:
    """Ask for alerts; who is signed in sees their own."""
    form = _form(formdata=None)
    if request.args.get("site"):
        form.sites.data = request.args["site"][:200]
    form.language.data = page_language()
    return _index_page(form)


def _signed_in() -> bool:
    subject = current_subject()
    return subject.account_id is not None and subject.scopes is None


def _form(**given: Any) -> WishForm:
    return _possible(OwnWishForm(**given)) if _signed_in() else SignUpForm(**given)


def _possible(form: FlaskForm) -> FlaskForm:
    """A form of somebody signed in: a webhook is offered to those who have one."""
    with open_session() as session:
        subscriber = _own(session)
        if subscriber is None or subscriber.webhook is None:
            without_webhook(form)
    return form


def _index_page(form: WishForm, list_form: ListForm | None = None, **shown: Any) -> str:
    given: dict[str, Any] = {"own": [], "manner": None, "webhook": None, "webhook_form": None} | shown
    if _signed_in():
        with open_session() as session:
            subscriber = _own(session)
            given["manner"] = given["manner"] or _own_manner_form(subscriber)
            given["webhook_form"] = given["webhook_form"] or WebhookForm(formdata=None, prefix="webhook-")
            if subscriber is not None:
                given["own"] = _lines(session, subscriber)
                given["webhook"] = _webhook_host(subscriber)
                form.channels.data = form.channels.data or _order(subscriber)
            if given["webhook"] is None:
                without_webhook(given["manner"])
    return render_template(
        "subscriptions/index.html",
        form=form,
        list_form=list_form or ListForm(formdata=None, prefix="list-"),
        **given,
    )


def _own_manner_form(subscriber: Subscriber | None) -> MannerForm:
    if subscriber is not None:
        return _manner_form(subscriber, OwnMannerForm)
    form = OwnMannerForm(formdata=None)
    form.language.data = page_language()
    return form


def _webhook_host(subscriber: Subscriber) -> str | None:
    """Where one's messages are posted to, as far as a page shows it: the rest may hold a key."""
    target = open_webhook(services().settings, subscriber)
    return urlsplit(url_of(target)).hostname if target else None


@blueprint.post("/subscriptions")
def request_one() -> Page:
    """Ask for one; the answer is the same whether the address is known or not."""
    form = _form()
    if not form.validate_on_submit():
        return _index_page(form), 422
    try:
        with open_session() as session:
            wanted, manner = _wanted(session, form), _manner(form)
            if _signed_in():
                _add_own(session, wanted, manner)
            else:
                subscribing.request(session, services(), current_alert_rules(), form.email.data, wanted, manner)
    except InvalidInput as error:
        put_at_field(form, error)
        return _index_page(form), 422
    if _signed_in():
        flash(gettext("Saved."), "done")
        return redirect(url_for("subscriptions.index"))
    return redirect(url_for("subscriptions.asked"))


@blueprint.get("/subscriptions/asked")
def asked() -> str:
    """What happens next."""
    sentences = [
        gettext("If this address can be written to, a letter asks there whether the alerts are wanted."),
        gettext("Nothing is sent before somebody confirms."),
        gettext("An address gets one such letter; asking again sends no second one while it holds."),
    ]
    return render_template("subscriptions/said.html", title=gettext("Look into your mail"), sentences=sentences)


@blueprint.post("/subscriptions/list")
def ask_for_list() -> Page:
    """Mail the link to one's own list; the answer is the same whether there is one or not."""
    form = ListForm(prefix="list-")
    if not form.validate_on_submit():
        plain = _form(formdata=None)
        return _index_page(plain, form), 422
    with open_session() as session:
        subscribing.ask_for_list(session, services(), current_alert_rules(), form.email.data)
    sentences = [gettext("If this address has alerts, a link to its list is on its way. It works for an hour.")]
    return render_template("subscriptions/said.html", title=gettext("Look into your mail"), sentences=sentences)


@blueprint.route("/subscriptions/confirm/<token>", methods=["GET", "POST"])
def confirm(token: str) -> Page:
    """Say that the alerts are wanted. Opening the page does nothing: mail programs open links too."""
    number = _read(TokenFor.CONFIRM, token)
    if number is None:
        return _ended()
    try:
        with open_session() as session:
            subscriber = subscribing.get_subscriber(session, number)
            if request.method == "POST":
                subscribing.confirm(session, services(), number)
            if subscriber.address is None:
                return _ended()
            lines = _lines(session, subscriber, pending=True)
    except NotFound:
        return _ended()
    return render_template("subscriptions/confirm.html", lines=lines, done=request.method == "POST")


@blueprint.route("/subscriptions/stop/<token>", methods=["GET", "POST"])
def stop(token: str) -> Page:
    """Stop everything. Looking does nothing; one request, without a cookie or a form, does it."""
    number = _read(TokenFor.STOP, token)
    if number is None:
        return _ended()
    try:
        with open_session() as session:
            subscriber = subscribing.get_subscriber(session, number)
            if request.method == "POST":
                subscribing.stop(session, services(), number)
            done = subscriber.stopped_at is not None
    except NotFound:
        return _ended()
    return render_template("subscriptions/stop.html", done=done)


@blueprint.get("/subscriptions/manage/<token>")
def manage(token: str) -> Page:
    """One's own list, by the link that was mailed."""
    number = _read(TokenFor.MANAGE, token)
    if number is None:
        return _ended()
    with open_session() as session:
        subscriber = subscribing.get_subscriber(session, number)
        return _manage_page(session, subscriber, token, _manner_form(subscriber, MannerForm))


def _manage_page(session: Session, subscriber: Subscriber, token: str, form: FlaskForm) -> str:
    return render_template("subscriptions/manage.html", lines=_lines(session, subscriber), form=form, token=token)


@blueprint.post("/subscriptions/manage/<token>")
def change(token: str) -> Page:
    """Change how messages come, by the link that was mailed."""
    number = _read(TokenFor.MANAGE, token)
    if number is None:
        return _ended()
    form = MannerForm()
    with open_session() as session:
        subscriber = subscribing.get_subscriber(session, number)
        if not form.validate_on_submit():
            return _manage_page(session, subscriber, token, form), 422
        manner = _manner(form, channels=tuple(subscriber.channels))
        subscribing.change_manner(session, services(), number, manner)
    flash(gettext("Saved."), "done")
    return redirect(url_for("subscriptions.manage", token=token))


@blueprint.post("/subscriptions/manage/<token>/end/<int:subscription_id>")
def end(token: str, subscription_id: int) -> Page:
    """End one, by the link that was mailed."""
    number = _read(TokenFor.MANAGE, token)
    if number is None:
        return _ended()
    with open_session() as session:
        subscribing.stop(session, services(), number, subscription_id=subscription_id)
    flash(gettext("It has ended."), "done")
    return redirect(url_for("subscriptions.manage", token=token))


@blueprint.post("/subscriptions/own")
def change_own() -> Page:
    """Change how one's own messages come."""
    form = _possible(OwnMannerForm())
    if not form.validate_on_submit():
        return _index_page(_form(formdata=None), manner=form), 422
    with open_session() as session:
        account = get_account(session, current_subject().account_id or 0)
        subscribing.settle_own(session, services(), account.email, account.id or 0, _manner(form))
    flash(gettext("Saved."), "done")
    return redirect(url_for("subscriptions.index"))


@blueprint.post("/subscriptions/webhook")
def make_webhook() -> Page:
    """Have one's messages posted to a program of one's own; the secret is shown on this answer and never again."""
    form = WebhookForm(prefix="webhook-")
    if not form.validate_on_submit():
        return _index_page(_form(formdata=None), webhook_form=form), 422
    try:
        with open_session() as session:
            account = get_account(session, current_subject().account_id or 0)
            subscriber = _own(session) or subscribing.settle_own(
                session, services(), account.email, account.id or 0, Manner(language=page_language())
            )
            secret = subscribing.make_webhook(session, services(), subscriber, form.url.data.strip())
            subscribing.told(session, services(), current_subject().actor, "subscription.webhook", subscriber)
    except InvalidInput as error:
        form.url.errors = [*form.url.errors, told(error)]
        return _index_page(_form(formdata=None), webhook_form=form), 422
    answer = make_response(_index_page(_form(formdata=None), secret=secret))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/subscriptions/webhook/remove")
def remove_webhook() -> Page:
    """Post there no more."""
    with open_session() as session:
        subscriber = _own(session)
        if subscriber is None:
            raise NotFound(N_("There is no webhook."))
        subscribing.remove_webhook(session, subscriber)
        subscribing.told(session, services(), current_subject().actor, "subscription.webhook_end", subscriber)
    flash(gettext("Removed."), "done")
    return redirect(url_for("subscriptions.index"))


@blueprint.post("/subscriptions/own/end/<int:subscription_id>")
def end_own(subscription_id: int) -> Page:
    """End one of one's own."""
    with open_session() as session:
        subscriber = _own(session)
        if subscriber is None or subscriber.id is None:
            raise NotFound(N_("There is no such subscription."))
        subscribing.stop(session, services(), subscriber.id, subscription_id=subscription_id)
    flash(gettext("It has ended."), "done")
    return redirect(url_for("subscriptions.index"))


def _read(purpose: TokenFor, token: str) -> int | None:
    return read_token(services().settings, purpose, token, services().clock.now())


def _ended() -> tuple[str, int]:
    sentences = [
        gettext("It was cut, has been used for something else, or is too old."),
        gettext("Ask for a new one on the page of alerts; nothing was changed."),
    ]
    page = render_template("subscriptions/said.html", title=gettext("This link does not hold"), sentences=sentences)
    return page, 404


def _own(session: Session) -> Subscriber | None:
    account = get_account(session, current_subject().account_id or 0)
    return subscribing.find_subscriber(session, services(), account.email)


def _add_own(session: Session, wanted: Wanted, manner: Manner) -> None:
    account = get_account(session, current_subject().account_id or 0)
    added = subscribing.add_confirmed(
        session, services(), account.email, wanted, manner, account_id=current_subject().account_id
    )
    subscriber = subscribing.get_subscriber(session, added.subscriber_id)
    actor = current_subject().actor
    subscribing.told(session, services(), actor, "subscription.add", subscriber, subscription=added.id)


def _wanted(session: Session, form: WishForm) -> Wanted:
    names = [line.strip() for line in (form.sites.data or "").splitlines() if line.strip()]
    return Wanted(
        site_ids=tuple(_site(session, name) for name in names),
        countries=tuple(form.countries.data or ()),
        area=read_area(form.area.data) if form.area.data else None,
        in_danger=bool(form.in_danger.data),
        min_level=int(form.min_level.data),
        frequency=Frequency(form.frequency.data),
    )


def _site(session: Session, name: str) -> int:
    found = find_site(session, name)
    if found is None:
        raise UnusableField("sites", N_("No site is called “%(name)s”."), name=name[:100])
    return found


def _manner(form: FlaskForm, channels: Sequence[str] = ()) -> Manner:
    chosen = tuple((getattr(form, "channels", None) and form.channels.data or "email").split())
    return Manner(
        language=form.language.data,
        time_zone=form.time_zone.data,
        quiet=read_hours(form.quiet.data) if form.quiet.data else None,
        channels=tuple(channels) or chosen,
    )


def _manner_form(subscriber: Subscriber, kind: type[MannerForm]) -> MannerForm:
    quiet = ""
    if subscriber.quiet_from is not None and subscriber.quiet_to is not None:
        quiet = f"{subscriber.quiet_from:%H:%M}-{subscriber.quiet_to:%H:%M}"
    values = {"language": subscriber.language, "time_zone": subscriber.time_zone, "quiet": quiet}
    return kind(formdata=None, data=values | {"channels": _order(subscriber)})


def _order(subscriber: Subscriber) -> str:
    order = " ".join(subscriber.channels)
    return order if order in ORDERS else " ".join(subscriber.channels[:2]) if len(subscriber.channels) > 1 else "email"


def _lines(session: Session, subscriber: Subscriber, *, pending: bool = False) -> list[dict[str, Any]]:
    """A person's subscriptions as a page tells them."""
    assert subscriber.id is not None
    held = subscribing.list_of(session, subscriber.id, pending=pending)
    about = {site for subscription in held for site in subscription.site_ids}
    names = site_names(session, about) | dict(local_names(session, list(about)))
    return [{"subscription": subscription, "about": _about(subscription, names)} for subscription in held]


def _area_words(area: Mapping[str, Any]) -> str:
    """Where a drawn area lies, by its edges: so that its owner sees how it was understood."""
    west, south, east, north = bounds(area)
    edges = {"west": _meridian(west), "east": _meridian(east), "south": _parallel(south), "north": _parallel(north)}
    if west > east:
        return str(
            gettext("an area across the 180th meridian, %(west)s to %(east)s and %(south)s to %(north)s", **edges)
        )
    return str(gettext("an area from %(west)s to %(east)s and %(south)s to %(north)s", **edges))


def _meridian(lon: float) -> str:
    degrees = number_text(abs(lon), 0 if round(lon, 1) == int(lon) else 1)
    return str(gettext("%(degrees)s° W", degrees=degrees) if lon < 0 else gettext("%(degrees)s° E", degrees=degrees))


def _parallel(lat: float) -> str:
    degrees = number_text(abs(lat), 0 if round(lat, 1) == int(lat) else 1)
    return str(gettext("%(degrees)s° S", degrees=degrees) if lat < 0 else gettext("%(degrees)s° N", degrees=degrees))


def _about(subscription: Subscription, names: dict[int, str]) -> dict[str, Any]:
    return {
        "sites": [names[site] for site in subscription.site_ids if site in names],
        "countries": [country_name(code) for code in subscription.countries],
        "area": _area_words(subscription.area) if subscription.area else "",
        "level": LEVELS[subscription.min_level],
        "frequency": FREQUENCIES[Frequency(subscription.frequency)],
    }
