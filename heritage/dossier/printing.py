"""A brief as PDF: set by Typst, in the fonts of the pages."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import typst
from fontTools.ttLib import TTFont

from heritage.dossier.domain import version_of
from heritage.dossier.letters import Writer, letters_of

PAGES = 2
# Each step leaves more out, until the brief fits its two sheets.
STEPS = (0, 1, 2, 3)


def brief_pdf(brief: Mapping[str, Any], template: Path, fonts: Path) -> bytes:
    """Set a brief on two sheets of A4.

    Args:    brief: JSON values, with `as_of` (an ISO day) and `language`.  template: a Typst file.
             fonts: a folder as `readable_fonts` makes it.
    Returns: a tagged PDF (PDF/UA-1); the same brief always gives the same bytes. What the fonts have no letters for is
             written in Latin letters, and that is said.
    Raises:  typst.TypstError when the template and the brief do not agree.
    Source:  ADR-0019.
    """
    at = datetime.combine(date.fromisoformat(brief["as_of"]), time.min, UTC)
    writer = Writer(letters_of(fonts))
    written = writer.value(brief)
    written["romanised"] = writer.changed
    for step in STEPS:
        given = {"brief": json.dumps(written, ensure_ascii=False), "step": str(step)}
        # The texts go in as data and are never read as markup; nothing but the template's own folder can be read.
        compiler = typst.Compiler(str(template), str(template.parent), font_paths=_fonts(fonts), sys_inputs=given)
        if step == STEPS[-1] or json.loads(compiler.query("<pages>", field="value", one=True)) <= PAGES:
            pdf = compiler.compile(format="pdf", timestamp=at, pdf_standards=["ua-1"])
            assert isinstance(pdf, bytes)
            return pdf
    raise AssertionError("the last step always returns")


@lru_cache(maxsize=2)
def _fonts(folder: Path) -> typst.Fonts:
    # Only ours, so that the same brief looks the same on every machine.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def readable_fonts(packed: Path, kept: Path) -> Path:
    """The pages' fonts unpacked from WOFF2, which typesetters do not read; done once and kept.

    Args:    packed: the folder of woff2 files, whose names carry a hash of their content.  kept: where to keep them.
    Returns: the folder with the fonts.
    """
    # The cores that pages begin with are parts of the faces beside them.
    names = sorted(path.name for path in packed.glob("*.woff2") if "-core-" not in path.name)
    target = kept / f"fonts-{version_of({'fonts': names})}"
    if target.is_dir():
        return target
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = Path(mkdtemp(prefix="fonts-", dir=kept))
    for name in names:
        font = TTFont(packed / name)
        font.flavor = None
        font.save(making / f"{Path(name).stem}.ttf")
    try:
        making.rename(target)
    except OSError:
        # Another process was faster; what it made is the same.
        for path in making.iterdir():
            path.unlink()
        os.rmdir(making)
    return target
