"""One adapter for each source of reports: bytes to event drafts."""
