"""Which sites lie near places that are not stored: those of an article, a form, a draft."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from sqlmodel import Session

from heritage.policy.disclosure import may_show_distance
from heritage.proximity.domain import Places
from heritage.proximity.service import against_all_parts

_PARTS = """
select p.id, p.ref, p.site_id, s.register_ref, s.slug, s.name, s.disclosure from part p join site s on s.id = p.site_id
where p.id = any(:ids)"""


@dataclass(frozen=True, slots=True)
class NearSite:
    """A site near a place, by its nearest component part."""

    site_id: int
    id_no: str
    slug: str
    name: str
    part_ref: str
    distance_km: float
    low_km: float
    high_km: float


def sites_near(
    session: Session, spots: Sequence[tuple[float, float, float]], *, reach_km: float
) -> list[list[NearSite]]:
    """Find the sites near each of several points.

    Args:    spots: lon, lat in degrees and radius_km of each.  reach_km: geodesic, > 0, on the nominal distance.
    Returns: for each point its sites, each once with its nearest part, nearest first; sites whose exact place is not
             public are left out, for a distance would give it away.
    """
    near: list[dict[str, NearSite]] = [{} for _ in spots]
    if not spots:
        return []
    lon, lat, radius_km = (np.array(column, dtype=np.float64) for column in zip(*spots, strict=True))
    places = Places(np.arange(len(spots), dtype=np.int64), lon, lat, radius_km)
    found = [share for share in against_all_parts(session, places, reach_km) if len(share)]
    ids = sorted({int(part) for share in found for part in share.part_id})
    parts = {row.id: row for row in session.execute(sa.text(_PARTS), {"ids": ids}).all()}
    for share in found:
        for i in range(len(share)):
            part = parts[int(share.part_id[i])]
            if not may_show_distance(part.disclosure):
                continue
            numbers = (float(column[i]) for column in (share.distance_km, share.low_km, share.high_km))
            site = NearSite(part.site_id, part.register_ref, part.slug, part.name, part.ref, *numbers)
            held = near[int(share.place_id[i])].get(site.slug)
            if held is None or (site.distance_km, site.part_ref) < (held.distance_km, held.part_ref):
                near[int(share.place_id[i])][site.slug] = site
    return [sorted(sites.values(), key=lambda site: (site.distance_km, site.id_no)) for sites in near]
