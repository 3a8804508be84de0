"""The time line's geometry: what stands where."""

from datetime import date, timedelta

from heritage.web.charts import Scale, danger_bands, level_runs, report_bars

YEAR = Scale(date(2015, 1, 1), date(2015, 12, 31), width=365.0)


def test_scale_puts_first_day_left_and_keeps_later_days_inside() -> None:
    assert YEAR.at(date(2015, 1, 1)) == 0
    assert YEAR.at(date(2015, 1, 11)) == 10
    assert YEAR.at(date(2020, 1, 1)) == 365


def test_span_of_one_day_is_one_day_wide() -> None:
    assert YEAR.span(date(2015, 12, 31), date(2015, 12, 31)) == (364, 1)


def test_level_runs_fill_the_scale_without_gaps() -> None:
    series = [(YEAR.first + timedelta(days=n), 4 if 100 <= n < 110 else 0, 0.0) for n in range(365)]
    runs = level_runs(YEAR, series)
    assert [(run.level, run.width) for run in runs] == [(0, 100), (4, 10), (0, 255)]
    assert sum(run.width for run in runs) == 365


def test_higher_level_is_taller() -> None:
    runs = level_runs(YEAR, [(YEAR.first + timedelta(days=n), n, 0.0) for n in range(5)])
    heights = [run.height for run in runs]
    assert heights == sorted(heights)
    assert len(set(heights)) == 5


def test_report_bars_count_each_day_once_and_leave_out_days_beyond() -> None:
    days = [date(2015, 5, 20)] * 3 + [date(2015, 5, 21), date(2016, 1, 1)]
    bars = report_bars(YEAR, days, columns=365)
    assert [(bar.first, bar.count) for bar in bars] == [(date(2015, 5, 20), 3), (date(2015, 5, 21), 1)]
    assert bars[0].height > bars[1].height


def test_danger_band_tells_sure_days_from_possible_ones() -> None:
    [band] = danger_bands(YEAR, [(date(2015, 1, 1), date(2015, 12, 31), None, None)])
    assert (band.x, band.width) == (0, 365)
    assert band.sure_width <= 1


def test_danger_band_outside_the_scale_is_left_out() -> None:
    assert danger_bands(YEAR, [(date(1990, 1, 1), date(1990, 6, 1), date(1991, 1, 1), date(1992, 1, 1))]) == []
    assert danger_bands(YEAR, [(date(2016, 1, 1), date(2016, 1, 1), None, None)]) == []


def test_ticks_have_room_for_their_labels() -> None:
    for last in (date(2010, 6, 1), date(2011, 1, 1), date(2012, 1, 1), date(2016, 1, 1), date(2060, 1, 1)):
        ticks = Scale(date(2010, 1, 1), last).ticks
        gaps = [b[0] - a[0] for a, b in zip(ticks, ticks[1:], strict=False)]
        assert min(gaps) >= 30
