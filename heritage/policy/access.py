"""Who may change things: without accounts, only a person at the machine itself, where the setting allows it."""

from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Any, ParamSpec, TypeVar

from flask import abort, current_app, request

P = ParamSpec("P")
R = TypeVar("R")


def may_edit() -> bool:
    """Whether this request may change the register: ``local_editing`` is on and it comes from the machine itself."""
    settings = current_app.extensions["heritage"].settings
    # A replay is a look at the past: it writes nothing.
    return (
        settings.local_editing and current_app.config.get("REPLAY") is None and _from_this_machine(settings.proxy_hops)
    )


def _from_this_machine(proxy_hops: int) -> bool:
    # A forwarded request came from elsewhere, whoever claims otherwise: loopback is then only the proxy's own address.
    if proxy_hops == 0 and ("X-Forwarded-For" in request.headers or "Forwarded" in request.headers):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def require_local_editing() -> None:
    """Answer 403 unless this request may change things."""
    if not may_edit():
        abort(403)


def local_editing(view: Callable[P, R]) -> Callable[P, R]:
    """Decorate a view that changes things."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        require_local_editing()
        return view(*args, **kwargs)

    return guarded
