"""Table: which component part is how far from which place."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Proximity(SQLModel, table=True):
    """One pair within reach. `distance_km` is to the part's boundary where one is known, else to its point.

    `low_km` and `high_km` bound the true distance, given the place's uncertainty and the part's extent.
    `bearing_deg` points from the part to the place.
    No foreign keys: checking each of millions of copied rows costs more than the matching. Matching is the only writer,
    and a trigger takes the pairs of deleted places and parts away (migration 0004).
    """

    __tablename__ = "proximity"
    __table_args__ = (
        sa.CheckConstraint("0 <= low_km and low_km <= distance_km and distance_km <= high_km", name="bounds"),
        sa.CheckConstraint("0 <= bearing_deg and bearing_deg < 360", name="bearing"),
    )

    place_id: int = Field(sa_column=sa.Column(sa.BigInteger, primary_key=True, autoincrement=False))
    part_id: int = Field(sa_column=sa.Column(sa.BigInteger, primary_key=True, autoincrement=False, index=True))
    distance_km: float
    low_km: float
    high_km: float
    bearing_deg: float
    in_buffer_zone: bool = False
