"""How the register and the reports are seen on a map: read only, and never more than may be shown of a place."""
