"""Whole columns of the database as arrays: one value sent in binary, and no row made on the way."""

from typing import Any

import numpy as np
import numpy.typing as npt


def read_array(sent: bytes | None, kind: str) -> npt.NDArray[Any]:
    """Read what `array_send(array_agg(...))` gives.

    Args:    sent: PostgreSQL's binary form of a one-dimensional array without nulls: a head, then each value after
             its length; None when nothing was aggregated.  kind: numpy's word for the value in network byte order,
             such as `>i8`.
    Returns: n values in this machine's own byte order.
    """
    record = np.dtype([("length", ">i4"), ("value", kind)])
    head = 20
    values = np.frombuffer(sent or b"", dtype=record, offset=head if sent else 0)["value"]
    return values.astype(np.dtype(kind).newbyteorder("="))
