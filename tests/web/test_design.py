"""The design's own page: colours as the sheet has them, far enough apart in both themes, in every language."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import nodes
from jinja2.runtime import Macro

from heritage.web.assets import DIST, built_name
from heritage.web.design import LEAST_READ, LEAST_TOLD, READ_ON, TOLD_FROM, colours, contrast, pairs

SHEET = ":root{--paper: #ffffff;--ink: #000000}\n@media (prefers-color-scheme: dark) {\n:root{--ink: #ffffff}\n}\n}\n"


def test_colours_are_read_by_theme_and_dark_falls_back_on_light() -> None:
    assert colours(SHEET) == {
        "light": {"paper": "#ffffff", "ink": "#000000"},
        "dark": {"paper": "#ffffff", "ink": "#ffffff"},
    }


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#123456", "#123456", 1)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_read_and_told_apart_is_far_enough_apart(theme: str) -> None:
    named = colours((DIST / built_name("heritage.css")).read_text(encoding="utf-8"))[theme]
    too_near = [pair for pair in pairs(named, READ_ON) if pair.ratio < LEAST_READ]
    too_near += [pair for pair in pairs(named, TOLD_FROM) if pair.ratio < LEAST_TOLD]
    assert too_near == []


def test_every_page_leads_to_the_designs_own(client: FlaskClient) -> None:
    assert 'href="/design?lang=fr"' in client.get("/methodology?lang=fr").text
    page = client.get("/design?lang=fr").text
    for kind in ("empty", "loading", "stale", "error", "shut"):
        assert f"state-{kind}" in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("file", ["_macros.html", "sites/_timeline.html"])
def test_every_macro_is_drawn_on_the_designs_own_page(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """A component added to the shared files is added to the page, or fails here."""
    source = app.jinja_env.loader.get_source(app.jinja_env, file)[0]  # type: ignore[union-attr]  # there is a loader
    there = {macro.name for macro in app.jinja_env.parse(source).find_all(nodes.Macro)}
    drawn = set()
    call = Macro.__call__

    def noted(self: Macro, *args: object, **kwargs: object) -> str:
        drawn.add(self.name)
        return call(self, *args, **kwargs)

    monkeypatch.setattr(Macro, "__call__", noted)
    assert client.get("/design").status_code == 200
    assert len(there) > 1
    assert there - drawn == set()
