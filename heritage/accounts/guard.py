"""Which pages may be sent how often: sign-in, codes, recovery, invitations."""

from collections.abc import Mapping
from datetime import timedelta

import structlog
from flask import abort, current_app, request, session

from heritage.accounts.domain import plain_address
from heritage.accounts.limits import Limit, count_attempt, network_of
from heritage.accounts.service import By
from heritage.services import Services

log = structlog.get_logger(__name__)
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)

# By one network, by one network for one account, and by everybody for one account: a crowd behind one address still
# gets in, and a stranger who tries another's account locks out himself first.
_SIGN_IN = (
    ("network", Limit("sign-in from a network", 60, QUARTER)),
    ("both", Limit("sign-in to an account from a network", 10, QUARTER)),
    ("account", Limit("sign-in to an account", 100, QUARTER)),
)
_PASSKEY = (("network", Limit("passkey from a network", 60, QUARTER)),)
_CODE = (
    ("account", Limit("second factor", 8, QUARTER)),
    ("network", Limit("second factor from a network", 60, QUARTER)),
)
_RECOVERY = (("account", Limit("recovery", 5, HOUR)), ("network", Limit("recovery from a network", 30, HOUR)))
_ASKING = (("network", Limit("asking for alerts from a network", 60, HOUR)),)
_LINK = (("network", Limit("link", 30, HOUR)),)

LIMITS: Mapping[str, tuple[tuple[str, Limit], ...]] = {
    "security.login": _SIGN_IN,
    "security.verify": _SIGN_IN,
    # No account is named there before the passkey has spoken.
    "security.wan_signin": _PASSKEY,
    "security.wan_signin_response": _PASSKEY,
    "security.two_factor_token_validation": _CODE,
    "security.mf_recovery": _CODE,
    "security.forgot_password": _RECOVERY,
    "security.reset_password": _LINK,
    "accounts.accept": _LINK,
    # What they lead to has budgets of its own for each address; this keeps one sender from filling the database.
    "subscriptions.request_one": _ASKING,
    "subscriptions.ask_for_list": _ASKING,
    # Each keeps some kilobytes for good.
    "dossier.keep": (("network", Limit("version kept by a network", 30, HOUR)),),
    # A code word has 38 bits: nobody finds one at this pace.
    "threats.follow": (("network", Limit("code word", 60, HOUR)),),
}

_BY_FORM = {"security.login", "security.forgot_password"}


def refuse_too_many() -> None:
    """Count what is sent to such a page; 429 once it is too much."""
    limits = LIMITS.get(request.endpoint or "")
    if not limits or request.method != "POST":
        return
    services: Services = current_app.extensions["heritage"]
    keys, now, secret = _keys(), services.clock.now(), services.settings.secret()
    # Committed whatever becomes of the request, so that a refused try counts too.
    with services.database.session() as own:
        over = [
            (limit, count)
            for kind, limit in limits
            if (count := count_attempt(own, limit, keys[kind], secret=secret, now=now)) > limit.most
        ]
        for limit, count in over:
            # Once a window, so that the record cannot be filled from outside.
            if count == limit.most + 1:
                By("a stranger", now).record(own, "attempts.refused", "accounts", kind=limit.kind, tries=count)
    if over:
        log.warning("too_many_attempts", kind=over[0][0].kind)
        abort(429)


def _keys() -> dict[str, str]:
    network = network_of(request.remote_addr)
    # Within a sign-in the account is the one of its first step, and what the form says beside it counts for nothing;
    # before it, only the form counts, and nothing of a cookie that may be left over from an account of one's own.
    account = _named() if request.endpoint in _BY_FORM else session.get("tf_user_id") or session.get("_user_id") or ""
    return {"network": network, "account": account, "both": f"{network} {account}"}


def _named() -> str:
    sent = request.get_json(silent=True) if request.is_json else request.form
    named = sent.get("email") if isinstance(sent, Mapping) else None
    # The library reads the first of several.
    named = named[0] if isinstance(named, list) and named else named
    return plain_address(str(named or "")) or str(named or "")
