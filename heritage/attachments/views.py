"""Pages of attachments: the cleaned copy, what is known of it, and the original for who was let read it."""

import re
from collections.abc import Callable

from flask import Blueprint, Response, abort, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from heritage.attachments import queries, service
from heritage.attachments.models import Attachment, Content, ContentState
from heritage.attachments.pieces import MOST_PIECE_BYTES, Carrier, add_piece, received_bytes
from heritage.attachments.store import FilePart
from heritage.policy.access import current_subject, may
from heritage.policy.table import Action
from heritage.sealing import access
from heritage.sealing.domain import RIGHTS, Sealed, SealedKind
from heritage.sealing.errors import SealError
from heritage.sealing.sources import Found, Source, register_source
from heritage.services import Services
from heritage.web.state import open_session, services

blueprint = Blueprint("attachments", __name__)

# Even a file that a browser took for a page could do nothing there: no script, no form, no origin.
SANDBOX = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}

# How many of the largest files one person may have on the way at once.
UNDER_WAY = 3

Viewer = Callable[[Session, Attachment], bool]
Owned = Callable[[Session, Attachment], Sealed | None]
_VIEWERS: dict[str, Viewer] = {}
_OWNED: dict[str, Owned] = {}


def register_viewer(kind: str, may_see: Viewer, owned: Owned) -> None:
    """Say who may see what came with a kind of thing, the word before the colon of its subject, and whose it is."""
    _VIEWERS[kind], _OWNED[kind] = may_see, owned


@blueprint.app_template_global()
def attachments_of(*subjects: str) -> list[tuple[Attachment, Content]]:
    """What came with something, as far as the reader may see it: for other features' pages."""
    with open_session() as session:
        return [found for found in queries.list_of(session, subjects) if _may_see(session, found[0])]


def _kind(attachment: Attachment) -> str:
    return attachment.subject.partition(":")[0]


def _may_see(session: Session, attachment: Attachment) -> bool:
    viewer = _VIEWERS.get(_kind(attachment))
    return viewer(session, attachment) if viewer else may(Action.SEE_ATTACHMENT, countries=attachment.countries)


def _found(session: Session, code: str) -> tuple[Attachment, Content]:
    """The attachment, for those who may see it; for all others it is as if it were not there."""
    found = queries.find_attachment(session, code)
    if found is None or not _may_see(session, found[0]):
        abort(404)
    return found


@blueprint.get("/attachments/<code>")
def show(code: str) -> str:
    """What is known of an attachment, with its cleaned copy."""
    with open_session() as session:
        attachment, content = _found(session, code)
        # That a picture is one of a kept object is told to nobody who does not see the object.
        seen = [
            other
            for other in queries.seen_before(session, attachment, content, _looks(content))
            if _kind(other.attachment) not in _VIEWERS or _may_see(session, other.attachment)
        ]
        what = _sealed(session, attachment)
        original = what if what is not None and _may_open(what) else None
        return render_template(
            "attachments/show.html", attachment=attachment, content=content, seen=seen, original=original
        )


def _looks(content: Content) -> int | None:
    try:
        return service.looks_of(services().settings, content)
    except SealError:
        # The page is there without its key too; what looks alike is then told of same bytes only.
        return None


@blueprint.get("/attachments/<code>/view.jpg")
def view(code: str) -> Response:
    """The cleaned copy."""
    return _copy(code, FilePart.VIEW)


@blueprint.get("/attachments/<code>/thumb.jpg")
def thumb(code: str) -> Response:
    """The small one."""
    return _copy(code, FilePart.THUMB)


@blueprint.route("/attachments/pieces/<sha256>", methods=["GET", "PATCH"])
def pieces(sha256: str) -> Response:
    """How much of one's own file is here; with a body, its next piece. Both say where the next one begins."""
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        abort(404)
    settings, now = services().settings, services().clock.now()
    by = Carrier.of(settings, current_subject().account_id)
    with open_session() as session:
        if request.method == "GET":
            offset = received_bytes(session, by, sha256)
        else:
            begins_at = request.headers.get("Upload-Offset", default=-1, type=int)
            data = request.stream.read(MOST_PIECE_BYTES + 1)
            most = UNDER_WAY * settings.attachment_limit_mb * service.MB
            offset = add_piece(
                session, by, sha256, begins_at=begins_at, data=data, today=now.date(), most=most
            )  # fmt: skip
    return Response(status=204, headers={"Upload-Offset": str(offset), "Cache-Control": "no-store"})


def _copy(code: str, part: FilePart) -> Response:
    with open_session() as session:
        _attachment, content = _found(session, code)
    if content.state is not ContentState.READY:
        abort(404)
    body = b"".join(service.read_part(services().settings, content, part))
    disposition = f'inline; filename="{code[:8]}.jpg"'
    return Response(body, mimetype="image/jpeg", headers={**SANDBOX, "Content-Disposition": disposition})


def _sealed(session: Session, attachment: Attachment) -> Sealed | None:
    """The original behind an attachment, and whose it is."""
    owned = _OWNED.get(_kind(attachment))
    if owned is not None:
        return owned(session, attachment)
    return Sealed(SealedKind.ORIGINAL, attachment.code, countries=tuple(attachment.countries))


def _may_open(what: Sealed) -> bool:
    rights, who = RIGHTS[what.kind], current_subject()
    return any(access.may(action, who, what) for action in (rights.ask, rights.approve, rights.glass))


def _finder(kind: SealedKind) -> Callable[[Session, str], Found | None]:
    def find(session: Session, code: str) -> Found | None:
        found = queries.find_attachment(session, code)
        what = _sealed(session, found[0]) if found is not None else None
        if found is None or what is None or what.kind is not kind:
            return None
        return Found(what, url_for("attachments.show", code=code), found[1].sha256, None)

    return find


def _send_original(world: Services, code: str) -> AnyResponse:
    """The original as it came, to be kept and not to be opened in the browser."""
    with world.database.session() as session:
        found = queries.find_attachment(session, code)
    if found is None:
        abort(404)
    content = found[1]
    body = b"".join(service.read_part(world.settings, content, FilePart.ORIGINAL))
    disposition = f'attachment; filename="{code[:8]}.{content.media.value}"'
    headers = {**SANDBOX, "Content-Disposition": disposition}
    return Response(body, mimetype="application/octet-stream", headers=headers)


for _each in (SealedKind.ORIGINAL, SealedKind.PHOTOGRAPH):
    register_source(_each, Source(find=_finder(_each), send=_send_original))
