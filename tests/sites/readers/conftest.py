"""Building small register files in every container."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write bytes, text or a JSON document to a file of that name."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        if not isinstance(content, (bytes, str)):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def write_xlsx(tmp_path: Path) -> Write:
    """Write rows to the only sheet of a workbook."""

    def write_xlsx(name: str, rows: list[list[Any]]) -> Path:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return write_xlsx
