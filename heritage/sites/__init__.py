"""The register: sites, names, component parts, boundaries, danger periods, condition."""
