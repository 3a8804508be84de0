"""What a live feed hands on is looked at before it is believed."""

from datetime import date

import polars as pl

from heritage.feeds.base import DRAFT, Batch
from heritage.feeds.guarding import without_days_to_come

TODAY = date(2026, 3, 1)


def _batch(*days: date) -> Batch:
    rows = [{"row": n, "event_id": f"e{n}", "occurred_from": day, "occurred_to": day} for n, day in enumerate(days, 1)]
    drafts = pl.DataFrame(rows, schema_overrides={"occurred_from": pl.Date, "occurred_to": pl.Date})
    return Batch(drafts.with_columns(pl.lit(None).cast(DRAFT["country"]).alias("country")), read=len(rows))


def test_an_event_of_a_day_to_come_is_refused_with_its_row_and_its_id() -> None:
    kept = without_days_to_come(_batch(date(2026, 2, 28), date(2031, 1, 1)), TODAY)
    assert kept.drafts["event_id"].to_list() == ["e1"]
    assert [(each.row, each.field) for each in kept.refusals] == [(2, "date")]
    assert "2031-01-01" in kept.refusals[0].reason
    assert list(kept.refused_ids) == ["e2"]


def test_tomorrow_may_have_begun_where_it_happened() -> None:
    batch = _batch(date(2026, 3, 2))
    assert without_days_to_come(batch, TODAY) is batch
