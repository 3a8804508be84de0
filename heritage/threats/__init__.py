"""Threats to sites: what people file, who reviews it, and what comes of it."""
