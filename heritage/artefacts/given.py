"""What somebody wrote in a form of an object, as the use cases take it, and the other way round."""

from typing import Any

from flask_wtf import FlaskForm
from sqlmodel import Session

from heritage.artefacts import service
from heritage.artefacts.forms import ArtefactForm
from heritage.artefacts.models import Artefact
from heritage.core.errors import N_, UnusableField
from heritage.sites.models import Part, Site
from heritage.web.claims import visible_claims

_EMPTY = frozenset(
    {"count_low", "count_high", "packing_minutes", "weight_kg", "volume_l", "documented_on", "condition_on",
     "happened_at", "valid_until", "people"}
)  # fmt: skip


def named_place(session: Session, artefact: Artefact) -> dict[str, str]:
    """Site, part and claim of an object as a form names them."""
    site = session.get(Site, artefact.site_id) if artefact.site_id else None
    part = session.get(Part, artefact.part_id) if artefact.part_id else None
    claim = str(artefact.claim_id) if artefact.claim_id else ""
    return {"site": site.slug if site else "", "part": part.ref if part else "", "claim": claim}


def _claim_id(session: Session, named: str) -> int | None:
    """The claim of a number, if the reader may read it: no number tells whether a claim nobody reviewed is there."""
    if not named:
        return None
    number = int(named) if named.isascii() and named.isdigit() and len(named) < 18 else 0
    if not visible_claims(session, claim_ids=[number]):
        raise UnusableField("claim", N_("There is no claim “%(named)s” that you may read."), named=named[:30])
    return number


def data(form: FlaskForm) -> dict[str, Any]:
    """A form's values by field: no words are empty words, no number is None."""
    return {name: "" if value is None and name not in _EMPTY else value for name, value in form.data.items()
            if name not in ("csrf_token", "submit")}  # fmt: skip


def given(session: Session, form: ArtefactForm) -> dict[str, Any]:
    """An object's fields, its site, part and claim found.  Raises: InvalidInput naming the field."""
    values = data(form)
    values["claim_id"] = _claim_id(session, values.pop("claim").strip())
    site, part = values.pop("site").strip(), values.pop("part").strip()
    values["site_id"] = service.site_id_of(session, site) if site else None
    values["part_id"] = service.part_id_of(session, values["site_id"], part) if part else None
    return values
