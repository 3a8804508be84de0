"""Build hook: makes the front-end assets when they are missing, and ships them."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = "heritage/static/dist"


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]  # the plain class is what hatchling looks for
    """Runs npm and node once; an editable install leaves that to `make`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is missing and name it to the wheel; git ignores the folder, so it would not go in by itself."""
        folder = Path(self.root) / ASSETS
        if version == "editable":
            return
        if not (folder / "manifest.json").is_file():
            self._build()
        build_data["force_include"][str(folder)] = ASSETS

    def _build(self) -> None:
        npm, node = shutil.which("npm"), shutil.which("node")
        if not npm or not node:
            raise RuntimeError(
                "Node 20 or newer with npm is needed once, to build the front-end assets (https://nodejs.org)."
            )
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=self.root, check=True)
        subprocess.run([node, "assets/build/build.mjs"], cwd=self.root, check=True)
